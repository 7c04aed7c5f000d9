"""A mapping as a file: what was picked, with the reasons, what was not sure enough, what is written, and tasks."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.customising import is_ours
from leadrelay.connectors.inspection import Currencies
from leadrelay.core.lead import Axis, Type
from leadrelay.mappings import crm_types
from leadrelay.mappings.proposing import options
from leadrelay.mappings.proposing.options import Table, Value
from leadrelay.mappings.proposing.proposals import Candidate, Proposal

_LIFE = "lifecyclestage"
_SHOWN, _LONGEST = 3, 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TITLES: Mapping[Axis, str] = {
    Axis.CONTACT: "who",
    Axis.ORGANISATION: "where",
    Axis.PROCESS: "how far",
    Axis.ENGAGEMENT: "engagement",
    Axis.INTENT: "intent",
    Axis.BANT: "BANT",
}
_HEAD = """\
# {object} of {connection} <-> lead: proposed by `leadrelay init` from its fields and {records} records.
# Behind each line stands why, and how sure. What was not sure enough is a comment: take the "# " away, or name another
# field. `leadrelay check` holds every line against the CRM; docs/mappings.md has every key.
"""
_LEAVE = """
# Leads for which this holds are read but never written: {why}.
leave = "converted"
"""
_CURRENCY = """
# What amounts are counted in; what one unit of another currency is worth in it is asked of the CRM.
[currency]
to = {to}
{own}from = {to}
rates = "crm"
"""
_READ = """
# -- What is read: lead field = "CRM field". Rules ask for lead fields; docs/fields.md says what each means. ----------
[read]
"""
_MEMORY = """
# what leadrelay decided last; `leadrelay setup {connection} --apply` creates these fields
"""
_WRITE = """
# -- What is written: CRM field = "what leadrelay decided". Fields of its own, which setup creates; nobody
# -- else's value is touched but for those below that have a policy. --------------------------------------------------
[write]
"""
_STATUS = """
# Shared with people: moved on while it holds what nobody chose, or what leadrelay wrote; a person's choice stays.
[write.{field}]
from = "stage"
policy = "unless-edited"
initial = {initial}
"""
_NO_STATUS = """
# The lead's status is left alone: no option of it was recognised as "being worked on".
"""
_LIFECYCLE = """
[write.lifecyclestage]
from = "stage"
policy = "unless-edited"
initial = ["subscriber", "lead"]
"""
_TASK = """
# -- Hand-off tasks: who gets a lead gets a task. `key` keeps any from being created twice; setup creates it. ---------
[task]
"""


_YES_AND_NO = {"true": ["yes", "y", "1", "ja", "oui", "si", "sí"], "false": ["no", "n", "0", "nein", "non", "nee"]}


_ONE = Currencies()


@dataclass(frozen=True, slots=True)
class Sketch:
    """All that a mapping's file is made of. `picked`: by lead field; `stages`: those of the playbook.

    `zone`: the organisation's, where the CRM tells it. `currencies`: what it counts in.
    """

    kind: str
    object: str
    connection: str
    schema: Mapping[str, FieldInfo]
    proposals: Sequence[Proposal]
    picked: Mapping[str, Candidate]
    stages: Collection[str]
    records: int = 0
    zone: str = ""
    currencies: Currencies = _ONE

    @property
    def own(self) -> Mapping[str, Value | Table]:
        """The lines of the shipped mapping that write fields of leadrelay's own."""
        return {name: line for name, line in options.shipped(self.kind)["write"].items() if is_ours(name)}  # type: ignore[misc]


def mapping_text(sketch: Sketch) -> str:
    """The file."""
    head = _HEAD.format(object=sketch.object, connection=sketch.connection, records=sketch.records)
    zone = f"zone = {quoted(sketch.zone)}  # of days that stand where a moment is needed\n" if sketch.zone else ""
    parts = [
        head,
        f"\nobject = {quoted(sketch.object)}\n",
        zone,
        *_leave(sketch),
        *_currency(sketch),
        *_reads(sketch),
        *_writes(sketch),
    ]
    return "".join([*parts, *_task(sketch)])


def quoted(value: object) -> str:
    """A value in TOML's spelling."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON lets it stand, TOML does not


def _leave(sketch: Sketch) -> Iterator[str]:
    if "converted" in sketch.picked:
        salesforce = sketch.kind == "salesforce"
        yield _LEAVE.format(
            why="Salesforce keeps a converted lead as it is" if salesforce else "they are sales' affair"
        )


def _currency(sketch: Sketch) -> Iterator[str]:
    """Where records may each say their own, or a portal has several: what leads are counted in."""
    money, amounts = sketch.currencies, _amounts(sketch)
    if not amounts:
        return
    said = {str(sketch.picked[lead].info.extra.get("currency_property") or "") for lead in amounts}
    field = _ISO if sketch.kind == "salesforce" else min(said) if len(said) == 1 else ""
    own = f"field = {quoted(field)}\n" if field in sketch.schema else ""
    yield _CURRENCY.format(to=quoted(money.default), own=own)


_ISO = "CurrencyIsoCode"


def _amounts(sketch: Sketch) -> tuple[str, ...]:
    """The lead fields that are read from amounts of the CRM's, where these are of several currencies."""
    money = sketch.currencies
    if not (money.several and money.default and money.rates):
        return ()
    picked = ((one.lead, sketch.picked[one.lead.name]) for one in sketch.proposals if one.lead.name in sketch.picked)
    return tuple(lead.name for lead, found in picked if lead.type is Type.NUMBER and _is_amount(found.info))


def _is_amount(info: FieldInfo) -> bool:
    return info.type == "currency" or bool(info.extra.get("amount"))


# -- read -------------------------------------------------------------------------------------------------------------


def _reads(sketch: Sketch) -> Iterator[str]:
    yield _READ
    tables: list[str] = []
    for axis in _TITLES:
        yield f"# {_TITLES[axis]}\n"
        for one in (one for one in sketch.proposals if one.lead.axis is axis):
            if picked := sketch.picked.get(one.lead.name):
                line, table = _line(one, picked, sketch.kind, amount=one.lead.name in _amounts(sketch))
                yield line
                tables += table
            else:
                yield from _doubtful(one, sketch.picked)
        yield "\n"
    if company := [*_account(sketch)]:
        yield "# of the account\n"
        yield from (f"{lead} = {quoted(field)}\n" for lead, field in company)
        yield "\n"
    yield _MEMORY.format(connection=sketch.connection).lstrip("\n")
    yield from (f"{lead} = {quoted(field)}\n" for lead, field in _memory(sketch))
    yield from tables


def _line(one: Proposal, picked: Candidate, kind: str, *, amount: bool) -> tuple[str, list[str]]:
    """A line of its own, or a table that stands behind all lines."""
    values, other = options.reading(one.lead.name, picked, kind)
    reason = f"# {_why(picked)}\n"
    if not values:
        way: Table = {"first": [picked.field, picked.other]} if picked.other else {"field": picked.field}
        more = {**_reading(one.lead.type, picked, kind), **({"currency": True} if amount else {})}
        told = _inline({**way, **more}) if more or picked.other else quoted(picked.field)
        return f"{one.lead.name} = {told}  {reason}", []
    text = f"\n{reason}[read.{one.lead.name}]\nfield = {quoted(picked.field)}\n"
    text += f"other = {quoted(other)}\n" if other is not None else ""
    lines = (f"{_key(name)} = {quoted(value)}\n" for name, value in values.items())
    return "", [text, f"[read.{one.lead.name}.values]\n", *lines]


def _reading(wanted: Type, picked: Candidate, kind: str) -> Table:
    """How a number or a yes is found in a text."""
    if crm_types.held(picked.info, kind) is not Type.TEXT:
        return {}
    if wanted in crm_types.NUMBERS:
        return {"number": "text", **({"decimal": ","} if picked.dotted else {})}
    return _YES_AND_NO if wanted is Type.BOOLEAN else {}


def _doubtful(one: Proposal, picked: Mapping[str, Candidate]) -> Iterator[str]:
    """What may be meant, as comments; what fills another lead field already is not."""
    taken = {candidate.field for candidate in picked.values()}
    for candidate in [found for found in one.candidates if found.field not in taken][:_SHOWN]:
        yield f"# {one.lead.name} = {quoted(candidate.field)}  # {_why(candidate)}\n"


def _why(candidate: Candidate) -> str:
    label = "" if candidate.info.label == candidate.field else f'"{plain(candidate.info.label)}", '
    return f"{label}{candidate.score:.0%}: {plain('; '.join(candidate.reasons))}"


def plain(text: str) -> str:
    """Of somebody else's text, what a line of a file may hold."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _account(sketch: Sketch) -> Iterator[tuple[str, str]]:
    """What a Salesforce contact does not tell itself, its account does."""
    if sketch.kind == "salesforce" and _ACCOUNT in sketch.schema:
        yield from ((lead, field) for lead, field in _OF_ACCOUNT.items() if lead not in sketch.picked)


_ACCOUNT = "AccountId"
_OF_ACCOUNT = {
    "company": "Account.Name",
    "website": "Account.Website",
    "industry": "Account.Industry",
    "employees": "Account.NumberOfEmployees",
    "revenue": "Account.AnnualRevenue",
}


def _memory(sketch: Sketch) -> Iterator[tuple[str, str]]:
    for lead, line in options.shipped(sketch.kind)["read"].items():
        if lead.startswith("current_") and isinstance(line, str):
            yield lead, line


# -- write ------------------------------------------------------------------------------------------------------------


def _writes(sketch: Sketch) -> Iterator[str]:
    yield _WRITE
    yield from (f"{name} = {_inline(line)}\n" for name, line in sketch.own.items())
    yield from _status(sketch)
    if sketch.kind == "hubspot" and _LIFE in sketch.schema:
        steps = {"mql": "marketingqualifiedlead", "sal": "marketingqualifiedlead", "sql": "salesqualifiedlead"}
        known = sketch.schema[_LIFE].picklist
        values = {stage: option for stage, option in steps.items() if stage in sketch.stages and option in known}
        yield from [_LIFECYCLE, f"values = {_inline(values)}\n"] if values else []


def _status(sketch: Sketch) -> Iterator[str]:
    status = sketch.picked.get("status")
    working = options.statuses(status.info, options.WORKING) if status else ()
    stages = [stage for stage in ("sal", "sql") if stage in sketch.stages]
    if status is None or not status.info.updateable or not working or not stages:
        yield _NO_STATUS
        return
    initial = options.statuses(status.info, options.NEW)[:1]
    yield _STATUS.format(field=status.field, initial=quoted(list(initial)))
    yield f"values = {_inline(dict.fromkeys(stages, working[0]))}\n"


def _inline(line: Value | Table) -> str:
    if isinstance(line, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {quoted(value)}" for name, value in line.items()) + " }"
    return quoted(line)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)


# -- tasks ------------------------------------------------------------------------------------------------------------


def _task(sketch: Sketch) -> Iterator[str]:
    shipped = {key: value for key, value in _shipped_task(sketch.kind).items() if isinstance(value, str)}
    owner = sketch.picked.get("owner")
    shipped["owner"] = owner.field if owner else shipped["owner"]
    yield _TASK
    yield from (f"{key} = {quoted(value)}\n" for key, value in shipped.items())
    status = sketch.picked.get("status")
    closed = options.statuses(status.info, options.REJECTED) if status else ()
    if closed and sketch.kind == "salesforce":
        yield f"closed = {quoted(list(closed))}  # the leads that count as nobody's work any more\n"


def _shipped_task(kind: str) -> Mapping[str, object]:
    return options.shipped(kind)["task"]
