"""Scenarios of size: a poisoned batch, late commits and equal stamps, an editing burst."""

from __future__ import annotations

from typing import Any

from torture.arena import Arena, Case
from torture.report import Options, Report, settled

REFUSED = "Acme 7"
MOST_CALLS = 17


def bad_record(options: Options) -> Report:
    """One record of a batch of 100 is refused, for a value that the CRM does not take."""
    report = Report()
    with Arena(100, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            _refuse_one(case)
            summary, calls = _counted(case)
            report.add("done", summary["done"])
            report.add("calls", calls)
            report.take(case.verdict(), name)
            if summary["done"] != len(case.begin) - 1 or summary["parked"] != 1:
                report.wrong.append(f"{name}: {summary['done']} done, {summary['parked']} parked")
            if calls > MOST_CALLS:
                report.wrong.append(f"{name}: {calls} calls")
            report.seen += f"{name}: {summary['done']} of 100 done, {calls} calls; "
    report.seen = report.seen.removesuffix("; ")
    return report


def _refuse_one(case: Case) -> None:
    """A rule of an admin that one of the records does not meet, before us or after us."""
    place = case.place
    if place.name == "salesforce":
        rule = {"field": "Company", "equals": REFUSED, "message": "Not this one."}
        case.door.act("validation", object=place.kind, name="No", **rule)
        return
    sizes = dict.fromkeys(case.begin, 20)
    sizes[next(key for key, row in case.begin.items() if row[place.company] == REFUSED)] = 2000
    case.door.edits(
        [{"object": place.kind, "id": key, "fields": {place.employees: size}} for key, size in sizes.items()]
    )
    ceiling = {"type": "MAX_NUMBER", "argument": 10}
    case.door.act("validation", object=place.kind, property=place.score, rule=ceiling)
    case.door.advance(120)


def _counted(case: Case) -> tuple[dict[str, Any], int]:
    """A run, and how many calls it made: all of them, or those with the batch in which the record is."""
    calls = [0]

    def count(request: Any, when: str) -> None:
        whole = case.place.name == "salesforce" or request.path.endswith("/contacts/batch/update")
        calls[0] += when == "before" and whole

    case.line.interceptors.append(count)
    summary = case.run().summary()
    case.line.interceptors.remove(count)
    return summary, calls[0]


def late_commits(options: Options) -> Report:
    """Changes that become visible up to ten minutes after their stamp, and many that share one stamp."""
    report = Report()
    with Arena(400 if options.short else 100_000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            case.run()
            case.door.advance(3600)
            case.run()
            _late(case, arena)
            settled(case, report, name)
            report.add("changed", len(case.begin))
    report.seen = report.told("changed")
    return report


def _late(case: Case, arena: Arena) -> None:
    """Every lead gets another size: a quarter under one stamp, the others up to ten minutes late, with runs between."""
    keys = sorted(case.begin)
    arena.random.shuffle(keys)
    quarter = len(keys) // 4
    case.door.edits([_edit(case, key, 0) for key in keys[:quarter]])
    for start in range(quarter, len(keys), quarter):
        case.door.edits([_edit(case, key, arena.random.randint(0, 590)) for key in keys[start : start + quarter]])
        case.door.advance(150)
        case.run()
    case.door.advance(600)


def _edit(case: Case, key: str, late: int) -> dict[str, Any]:
    small = int(case.begin[key][case.place.employees]) < 1000
    size = {case.place.employees: 2000 if small else 20}
    return {"object": case.place.kind, "id": key, "fields": size, "late": late}


def editing_burst(options: Options) -> Report:
    """People edit what we are writing, while we write it: everything once, and then everything anew, in both CRMs."""
    report = Report()
    with Arena(200 if options.short else 50_000, options.seed) as arena:
        for name in options.crms:
            case = arena.case(name)
            place = case.place
            fields = {place.fill: ["mine {n}"], place.status: [place.moved], place.employees: [20, 2000]}
            for records in ("any", "written"):
                person = {"object": place.kind, "fields": fields, "rate": 5, "records": records}
                case.door.actors(person, seed=options.seed)
                case.run("run", "job", "--all")
                case.door.clear()
                if records == "any":
                    case.door.edits([_edit(case, key, 0) for key in sorted(case.begin)])
                case.door.advance(2)
            settled(case, report, name)
            report.add("writes", _writes(case))
    report.seen = report.told("writes")
    return report


def _writes(case: Case) -> int:
    """How often we wrote a record, with however many fields."""
    ours = (row for row in case.door.history() if row["actor"] == "integration" and row["object"] == case.place.kind)
    return len({(row["record"], row["at"]) for row in ours})
