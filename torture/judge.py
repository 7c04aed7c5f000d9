"""Decides the five laws from the CRM's history and the audit tables alone. Shares no code with the product.

L1 no lead is lost. L2 at most one task, note and step of each kind a lead, and one owner for lead and hand-off.
L3 no person's value is replaced. L4 no effect without an audit row, no audit row without an effect. L5 no secret and no
person's data in any output. L6 the ledger of each team adds up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from torture import audits, canaries, edits, laws, ledgers, tasks
from torture.evidence import WAITING, Evidence, Lead, Row
from torture.families import Families
from torture.values import same, short

SHOWN = 5
"""So many violations of each law are told in full."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One law broken in one place. `seq` is that of the history, 0 where it is not about one row of it."""

    law: str
    record: str
    field: str
    seq: int
    words: str

    def __str__(self) -> str:
        where = " ".join(part for part in (self.record, self.field, f"#{self.seq}" if self.seq else "") if part)
        return f"{self.law} {where}: {self.words}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found. `figures`: counts worth telling, also of what is no violation."""

    violations: tuple[Violation, ...]
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.violations

    def laws(self) -> Counter[str]:
        """How often each law was broken."""
        return Counter(violation.law for violation in self.violations)

    def __str__(self) -> str:
        if self.ok:
            return "all laws hold"
        some = {law: [found for found in self.violations if found.law == law][:SHOWN] for law in sorted(self.laws())}
        shown = "\n".join(str(violation) for several in some.values() for violation in several)
        return f"{len(self.violations)} violations {dict(sorted(self.laws().items()))}\n{shown}"


def judge(evidence: Evidence) -> Verdict:
    """Decide all laws."""
    families = Families(evidence.policy, evidence.history)
    made = tasks.created(evidence.policy, evidence.history, families)
    walk = edits.Walk(evidence.policy, families)
    walk.over(evidence.history)
    checked = audits.Check(evidence, made, families)
    violations = [
        *_lost(evidence, families, made, walk),
        *_unbalanced(evidence),
        *(Violation("L1", *found) for found in laws.left_out(evidence, made) if evidence.settled),
        *(Violation("L2", *found) for found in laws.second_tasks(evidence, made, families)),
        *(Violation("L2", *found) for found in laws.two_owners(evidence, made, _ours(evidence, made, walk))),
        *(Violation("L3", *found) for found in walk.replaced()),
        *(Violation("L4", *found) for found in checked.wrong()),
        *_turns(evidence, made),
        *_leaks(evidence),
        *(Violation("L6", at, "", 0, words) for books in evidence.books for at, words in ledgers.wrong(books)),
    ]
    figures = {
        "rows": len(evidence.history),
        "leads": len(evidence.leads),
        "tasks": len(tasks.handed(evidence.policy, made)),
        "more tasks": len(made) - len(tasks.handed(evidence.policy, made)),
        "crossed": walk.crossed,
        "put_back": walk.put_back,
        "rewrites_a_day": walk.rewrites(),
        "waste": checked.waste(),
        "waiting": len(_waiting(evidence, families)),
        "parked": len({row["lead"] for books in evidence.books for row in books.intents if row["state"] == "parked"}),
    }
    return Verdict(tuple(violations), figures)


# -- L1 ---------------------------------------------------------------------------------------------------------------


def _lost(evidence: Evidence, families: Families, made: tasks.Tasks, walk: edits.Walk) -> Iterator[Violation]:
    """Leads that are neither done, nor waiting, nor parked with a reason."""
    waiting, excused = _waiting(evidence, families), _excused(evidence, families)
    handed = {families.of(task.lead) for task in tasks.handed(evidence.policy, made)}
    handed |= {families.of(row["lead"]) for row in _intents(evidence) if _takes_turn(row) and row["state"] != "done"}
    for lead in evidence.leads:
        family = families.of(lead.id)
        merged_away = family != short(lead.id)
        if merged_away or family in families.gone or family in excused:
            continue
        if family in waiting:
            if evidence.settled:
                yield Violation("L1", lead.id, "", 0, "still waits, though nothing stands in its way")
            continue
        yield from _unfinished(evidence, families, lead, walk)
        if lead.due and family not in handed:
            yield Violation("L1", lead.id, "", 0, "is due for a task, has none and none is promised")
    yield from _without_reason(evidence)


def _unfinished(evidence: Evidence, families: Families, lead: Lead, walk: edits.Walk) -> Iterator[Violation]:
    record = families.survivor(lead.id)
    begin = evidence.begin.get(lead.id, {})
    for name, wanted in lead.fields.items():
        if not same(walk.value(record, name, begin.get(name)), wanted):
            yield Violation("L1", lead.id, name, 0, "was never brought to what it is to hold")


def _without_reason(evidence: Evidence) -> Iterator[Violation]:
    for row in _intents(evidence):
        if row["state"] == "parked" and not (row.get("code") or row.get("message")):
            yield Violation("L1", row["lead"], "", 0, "is parked without a reason")


def _intents(evidence: Evidence) -> Iterable[Row]:
    return (row for books in evidence.books for row in books.intents)


def _waiting(evidence: Evidence, families: Families) -> set[str]:
    return {families.of(row["lead"]) for row in _intents(evidence) if row["state"] in WAITING}


def _excused(evidence: Evidence, families: Families) -> set[str]:
    return {families.of(row["lead"]) for row in _intents(evidence) if row["state"] == "parked"}


def _unbalanced(evidence: Evidence) -> Iterator[Violation]:
    """A run that ended must be able to tell of every lead that it read where it went."""
    for number, run in enumerate(evidence.runs):
        told = sum(int(run.get(name, 0)) for name in ("unchanged", "done", "pending", "parked"))
        if int(run.get("read", 0)) != told:
            words = f"run {run.get('run', number)} read {run.get('read', 0)} leads and accounts for {told}"
            yield Violation("L1", "", "", 0, words)


# -- L2 ---------------------------------------------------------------------------------------------------------------


def _ours(evidence: Evidence, made: tasks.Tasks, walk: edits.Walk) -> dict[str, tuple[str, int]]:
    """By lead with a task, its owner where we set it last, and when."""
    cells = {task.lead: walk.cell(task.lead, evidence.policy.owner) for task in made}
    return {lead: (str(cell.value or ""), cell.seq) for lead, cell in cells.items() if cell is not None and cell.ours}


# -- L4: turns --------------------------------------------------------------------------------------------------------


def _turns(evidence: Evidence, made: tasks.Tasks) -> Iterator[Violation]:
    """Every turn of the round robin belongs to one hand-off: none skipped, none taken twice."""
    rota = evidence.policy.rota
    if not rota:
        return
    given = Counter(task.owner for task in tasks.handed(evidence.policy, made))
    counts = [given[owner] for owner in rota]
    if max(counts) - min(counts) > 1:
        yield Violation("L4", "", evidence.policy.owner, 0, f"turns are not equal: {sorted(counts)}")
    for books in evidence.books:
        taken, used = sum(books.turns.values()), sum(_takes_turn(row) for row in books.intents)
        if books.turns and taken != used:
            yield Violation("L4", "", evidence.policy.owner, 0, f"{taken} turns were taken for {used} hand-offs")


def _takes_turn(intent: Row) -> bool:
    return bool(intent.get("kind", "handoff") == "handoff")


# -- L5 ---------------------------------------------------------------------------------------------------------------


def _leaks(evidence: Evidence) -> Iterator[Violation]:
    for output, canary, spelling, at in canaries.leaks(evidence.outputs, evidence.canaries):
        yield Violation("L5", "", "", 0, f"{output} holds {canary}, {spelling}, at character {at}")
