"""A mapping's TOML -> `Mapping`. Everything that is wrong is told at once, each with its line and the way out."""

from __future__ import annotations

import json
import re
from collections import abc
from hashlib import sha256
from typing import Any

from leadrelay.core import casts, predicates
from leadrelay.core.casts import Target
from leadrelay.core.changes import MOST_WRITES, JsonValue, Policy, Write
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.enrich.provenance import LINE, of_field
from leadrelay.core.lead import Schema, Type
from leadrelay.core.outputs import OUTPUTS, RECYCLING, STAGE
from leadrelay.core.playbook.values import DIGITS, LETTERS, VERDICT_WORDS, Playbook
from leadrelay.core.predicates import Node
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest, parse
from leadrelay.core.touched import touched
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings.mapping_values import MOST_CASTS, STATUS, Mapping, Read, TaskMapping

_FIELD_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", re.ASCII)
_TASK_FIELD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OURS = re.compile(r"leadrelay_", re.IGNORECASE)
_BOOLEANS = ("true", "false")
_MEMORY = {
    "current_recycle_reason": "recycle_reason",
    "current_reengage_on": "reengage_on",
    "current_recycled_before": "recycled_before",
}
"""Lead fields that hold what was decided last, and the outputs that go there."""
_LASTING = frozenset({*RECYCLING, *STAGE, "recycled_before"})
"""Outputs that follow from what was decided last."""

_OPTIONAL = frozenset({"current_recycled_before"})
"""Needed only where leads have several causes at once."""


def load(text: str, file: str, playbook: Playbook) -> Mapping:
    """Read and check a mapping; raises `ConfigError` with every problem."""
    document = parse(text, file)
    problems: list[Problem] = []
    top = Table(document, "", document.data, problems)
    top.needs("object", "[read]")
    name, empty = top.text("object"), top.texts("empty") or ()
    reads, enriched = _Reads(document, playbook.schema, empty, problems).all(), playbook.enrichment.names
    filled = touched({*enriched, *(read.lead for read in reads)}, playbook.decision_group) | DUPLICATES | GROUP
    writes = _Writes(document, playbook, filled, problems).all()
    leave, task = _leave(top, playbook, reads), _task(top, playbook, reads, writes)
    _check_memory(top, playbook, reads, writes)
    for read in (read for read in reads if read.lead in enriched and read.default is not None):
        message = "a default counts as a person's value, so that nobody is ever asked for it."
        top.problem(f"read.{read.lead}", message, f"Remove the default, or [enrichment.fields.{read.lead}].")
    top.close("read", "write")
    if problems or name is None:
        raise ConfigError(problems)
    fingerprint = sha256(json.dumps(document.data, default=str).encode()).hexdigest()
    return Mapping(name, reads, writes, fingerprint, leave, task)


def _leave(top: Table, playbook: Playbook, reads: abc.Sequence[Read]) -> Node | None:
    """The predicate over read fields that says which leads are never written."""
    text = top.text("leave")
    if text is None:
        return None
    try:
        node = predicates.parse(text, playbook.schema, top.written("leave"))
    except predicates.PredicateError as error:
        top.note(error.problems)
        return None
    given = touched({read.lead for read in reads}, playbook.decision_group)
    for name in sorted(predicates.fields(node) - given):
        top.problem("leave", f"asks for '{name}', which [read] does not name.", "Add it to [read].")
    return node


def _check_memory(top: Table, playbook: Playbook, reads: abc.Sequence[Read], writes: abc.Sequence[Write]) -> None:
    """What is decided by what was decided before has to be read back; a date that is not kept never comes."""
    if not any(write.source in _LASTING for write in writes):
        return
    fields = {read.lead: read.field for read in reads}
    for name, output in _MEMORY.items() if playbook.recycling.rules else ():
        if name not in fields and name not in _OPTIONAL:
            cure = f"Read the field that [write] fills from {output}: {name} = ..."
            top.problem("read", f"the playbook recycles leads, and nothing fills lead field '{name}'.", cure)
        elif name in fields and fields[name] not in [write.field for write in writes if write.source == output]:
            message = f"lead field '{name}' is to hold what the playbook decided last."
            top.problem(f"read.{name}", message, f"Write it: {fields[name]} = {{ from = '{output}', policy = 'own' }}")
    if playbook.transitions and "current_stage" not in fields:
        message = "the playbook lists transitions, and nothing fills lead field 'current_stage'."
        top.problem("read", message, "Read the field that holds the stage: current_stage = ...")


def _task(top: Table, playbook: Playbook, reads: abc.Sequence[Read], writes: abc.Sequence[Write]) -> TaskMapping | None:
    """Where hand-off tasks keep their key, and which field of the lead gets their owner.

    Where the playbook chooses nobody, there is no reason to tell, and its field is not asked for.
    """
    if "task" not in top:
        return None
    table = top.table("task")
    table.needs("key")
    key, owner, reason = (table.text(name) for name in ("key", "owner", "reason"))
    closed = table.texts("closed") or ()
    table.close()
    if closed and STATUS not in (read.lead for read in reads):
        table.problem("closed", f"[read] does not say which CRM field is '{STATUS}'.", f"Add to [read]: {STATUS} = ...")
    for name, text in (("key", key), ("owner", owner), ("reason", reason)):
        if text is not None and not _TASK_FIELD.fullmatch(text):
            table.problem(name, f"'{text}' is no name of a CRM field.", "Use the API name, not the label.")
    written = {write.field.lower() for write in writes}
    for name, text in (("owner", owner), ("reason", reason)):
        if text and text.lower() in written:
            table.problem(name, f"'{text}' is written by [write] already.", "Keep one of the two.")
    if reason and not owner:
        table.problem("reason", "is written together with the owner only.", "Name the field of the owner: owner = ...")
    told = reason if reason and playbook.assignment.goals else ""
    return TaskMapping(key or "", owner or "", table.place(), told, tuple(closed))


class _Section:
    """What `[read]` and `[write]` have in common."""

    name: str
    short: str

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems

    def _entries(self) -> abc.Iterator[tuple[str, Table, abc.Mapping[str, Any]]]:
        """Each key with its table; a bare text stands for a table of one key."""
        section = self._document.data.get(self.name, {})
        if not isinstance(section, dict):
            self._problem("", f"must be a table headed [{self.name}].")
            return
        for key, value in section.items():
            entry = {self.short: value} if isinstance(value, str) else value
            if isinstance(entry, dict):
                yield key, Table(self._document, f"{self.name}.{key}", entry, self._problems), entry
            else:
                self._problem(key, "must be a name in quotes or a table.", f'Such as: {key} = "..."')

    def _problem(self, key: str, message: str, cure: str = "") -> None:
        place = self._document.place(f"{self.name}.{key}" if key else self.name)
        self._problems.append(Problem(place, message, cure))

    def _check_name(self, table: Table, key: str, name: str) -> None:
        if not _FIELD_NAME.fullmatch(name):
            table.problem(key, f"'{name}' is no name of a CRM field.", "Use the API name, not the label.")


class _Reads(_Section):
    name = "read"
    short = "field"

    def __init__(self, document: Document, schema: Schema, empty: abc.Sequence[str], problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._schema = schema
        self._empty = empty

    def all(self) -> tuple[Read, ...]:
        reads = tuple(read for lead, table, entry in self._entries() for read in self._read(lead, table, entry))
        if sum(read.may_misfit for read in reads) > MOST_CASTS:
            self._problem("", f"more than {MOST_CASTS} fields that are not text.", "Leave out those that no rule uses.")
        return reads

    def _read(self, lead: str, table: Table, entry: abc.Mapping[str, Any]) -> abc.Iterator[Read]:
        known = self._schema.get(lead)
        if known is None:
            cure = nearest(lead, list(self._schema)) or "Add it to the playbook's [fields]."
            table.problem("", f"unknown lead field '{lead}'.", cure)
        kind = known.type if known else Type.TEXT
        table.needs("field")
        name = table.text("field")
        if name:
            self._check_name(table, "field", name)
        read = Read(
            lead=lead,
            type=kind,
            field=name or "",
            values=self._values(table, entry, kind),
            other=self._scalar(table, entry, "other", kind),
            default=self._default(table, entry, kind),
            empty=_folded([*self._empty, *(table.texts("empty") or ())]),
            separator=self._separator(table, entry, kind),
            place=table.place(),
        )
        table.close("values", "other", "default")
        if known and name:
            yield read

    def _values(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> dict[str, str]:
        table.table("values")
        found: dict[str, str] = {}
        given = entry.get("values", {})
        for text, value in given.items() if isinstance(given, dict) else ():
            (folded,) = _folded([text]) or ("",)
            if not folded:
                table.problem("values", "a blank text counts as not given anyway.", "Use 'default' for it.")
            if folded in found:
                table.problem("values", f"'{text}' stands there twice; case does not matter.", "Remove one.")
            if self._fits(table, "values", value, kind):
                found[folded] = casts.spelled(value)
        return found

    def _scalar(self, table: Table, entry: abc.Mapping[str, Any], key: str, kind: Type) -> str | None:
        """A value of the lead field's type, whichever that is."""
        value = entry.get(key)
        return casts.spelled(value) if value is not None and self._fits(table, key, value, kind) else None

    def _default(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> str | None:
        if kind is Type.LIST and "default" in entry:
            table.problem("default", "a list that is not given has no default.", "Remove it.")
        return self._scalar(table, entry, "default", kind)

    def _fits(self, table: Table, key: str, value: Any, kind: Type) -> bool:
        wanted = Type.TEXT if kind is Type.LIST else kind
        scalar = isinstance(value, str) or (wanted is not Type.TEXT and not isinstance(value, list | dict))
        if scalar and casts.fits(value, Target(wanted)):
            return True
        table.problem(key, f"{json.dumps(value, default=str)} is not of the lead field's type, {wanted}.")
        return False

    def _separator(self, table: Table, entry: abc.Mapping[str, Any], kind: Type) -> str:
        if "separator" in entry and kind is not Type.LIST:
            table.problem("separator", f"the lead field is no list but {kind}.", "Remove the separator.")
        return table.text("separator") or ";"


class _Writes(_Section):
    name = "write"
    short = "from"

    def __init__(self, document: Document, playbook: Playbook, filled: frozenset[str], problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._playbook = playbook
        self._filled = filled
        self._taken: dict[str, str] = {}

    def all(self) -> tuple[Write, ...]:
        writes = tuple(write for name, table, entry in self._entries() for write in self._write(name, table, entry))
        if len(writes) > MOST_WRITES:
            self._problem("", f"more than {MOST_WRITES} fields.", "Spread them over two jobs.")
        return writes

    def _write(self, name: str, table: Table, entry: abc.Mapping[str, Any]) -> abc.Iterator[Write]:
        self._check_target(name, table)
        source, constant = table.text("from"), self._constant(table, entry)
        if ("from" in table) == ("constant" in table):
            table.problem("", "needs one of 'from' and 'constant'.", "Name an output or a lead field: from = ...")
        kind = self._kind(table, source, constant)
        policy = self._policy(name, table)
        values = self._values(table, entry, source, kind)
        initial, cut = self._initial(table, policy), self._cut(table, kind, values)
        backward = self._backward(table, entry, source, Type.TEXT if values else kind)
        table.close("values", "constant", "backward")
        if kind and policy:
            known = self._known(source, constant, values)
            final, place = Type.TEXT if values else kind, table.place()
            yield Write(name, final, policy, source or "", constant, values, initial, cut, known, place, backward)

    def _check_target(self, name: str, table: Table) -> None:
        self._check_name(table, "", name)
        if "." in name or name.lower() == "id":
            table.problem("", f"'{name}' cannot be written.", "Write a field of the record itself.")
        if first := self._taken.get(name.lower()):
            table.problem("", f"'{name}' is written already, as '{first}'.", "Keep one of the two.")
        self._taken.setdefault(name.lower(), name)

    def _constant(self, table: Table, entry: abc.Mapping[str, Any]) -> JsonValue:
        value = entry.get("constant")
        if value is None or isinstance(value, str | bool | int | float):
            return value
        table.problem("constant", "must be a text, a number, true or false.")
        return None

    def _kind(self, table: Table, source: str | None, constant: JsonValue) -> Type | None:
        if source is None:
            return _type_of(constant)
        kind = self._type(source)
        if kind is None:
            known = [*OUTPUTS, *self._playbook.schema, *self._lines]
            table.problem("from", f"unknown output or lead field '{source}'.", nearest(source, known))
        elif source not in {*OUTPUTS, *self._filled, *self._lines}:
            table.problem("from", f"nothing fills lead field '{source}'.", "Add it to [read], or write an output.")
        return kind

    @property
    def _lines(self) -> list[str]:
        """What tells where enriched values come from."""
        return [LINE, *map(of_field, self._playbook.enrichment.names)]

    def _type(self, source: str) -> Type | None:
        if source in self._lines:
            return Type.TEXT
        found = OUTPUTS.get(source) or self._playbook.schema.get(source)
        return found.type if found else None

    def _policy(self, name: str, table: Table) -> Policy | None:
        if "policy" not in table and _OURS.match(name):
            return Policy.OWN
        if "policy" not in table:
            cure = (
                'Add policy = "own" (always ours), "fill" (while empty) or "unless-edited" (until a person edits it).'
            )
            table.problem("", f"'{name}' is not a field of leadrelay's own, so it needs a policy.", cure)
        word = table.choice("policy", Policy)
        return Policy(word) if word else None

    def _values(
        self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None
    ) -> dict[str, str]:
        table.table("values")
        given = entry.get("values", {})
        if not isinstance(given, dict) or "values" not in entry:
            return {}
        if kind not in {Type.TEXT, Type.BOOLEAN, None} or source is None:
            table.problem("values", "maps texts, and true and false, that come from somewhere.", "Remove it.")
        vocabulary = self._vocabulary(source)
        for key in given if vocabulary else ():
            if key not in (vocabulary or ()):
                table.problem("values", f"'{key}' is no value of '{source}'.", nearest(key, vocabulary or ()))
        for key, value in given.items():
            if not isinstance(value, str) or not value.strip():
                table.problem(
                    "values", f"what '{key}' becomes must be a text, not empty.", "Leave out what is not written."
                )
        return {key: str(value) for key, value in given.items()}

    def _vocabulary(self, source: str | None) -> tuple[str, ...] | None:
        """Every text that an output can be, where that is certain."""
        playbook, stages = self._playbook, self._playbook.stages
        if source in {"stage", "stage_held"}:
            return tuple(stage.name for stage in stages)
        if source == "stage_label":
            return tuple(dict.fromkeys(stage.label for stage in stages))
        if source == "side":
            return tuple(dict.fromkeys(stage.side for stage in stages))
        if source == "qualification":
            return tuple(status.name for status in playbook.statuses) or None
        if source in {"territory", "team"}:
            rules = playbook.assignment
            return (rules.goals if source == "team" else tuple(rule.name for rule in rules.territories)) or None
        if source in {"band", "recycle_reason"}:
            return (playbook.bands.names if source == "band" else playbook.recycling.names) or None
        if source == "grade":
            return tuple(letter + digit for letter in LETTERS for digit in DIGITS)
        if source and self._type(source) is Type.BOOLEAN:
            return _BOOLEANS
        if source in {criterion.output for criterion in self._playbook.criteria}:
            return VERDICT_WORDS
        return None

    def _known(self, source: str | None, constant: JsonValue, values: abc.Mapping[str, str]) -> tuple[str, ...] | None:
        if isinstance(constant, str):
            return (constant,)
        return tuple(dict.fromkeys(values.values())) if values else self._vocabulary(source)

    def _initial(self, table: Table, policy: Policy | None) -> tuple[str, ...]:
        initial = table.texts("initial") or ()
        if "initial" in table and policy not in {Policy.UNLESS_EDITED, None}:
            table.problem(
                "initial", "has a meaning for policy 'unless-edited' only.", "Remove it, or change the policy."
            )
        return initial

    def _backward(self, table: Table, entry: abc.Mapping[str, Any], source: str | None, kind: Type | None) -> bool:
        backward = entry.get("backward", False)
        if not isinstance(backward, bool):
            table.problem("backward", "must be true or false.")
        elif backward and (source is None or kind not in {Type.TEXT, None}):
            table.problem("backward", "only texts that come from somewhere, such as the stage, go back.", "Remove it.")
        return backward is True

    def _cut(self, table: Table, kind: Type | None, values: abc.Mapping[str, str]) -> int | None:
        cut = table.integer("cut")
        if cut is not None and cut < 2:
            table.problem("cut", "must be at least 2: one character and the sign that some are missing.")
        if "cut" in table and (kind not in {Type.TEXT, None} or values):
            table.problem("cut", "only free text can be cut.", "Remove it.")
            return None
        return cut


def _folded(texts: abc.Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for text in texts if (folded := text.strip().lower())))


def _type_of(constant: JsonValue) -> Type | None:
    kinds = ((bool, Type.BOOLEAN), (int, Type.INTEGER), (float, Type.NUMBER), (str, Type.TEXT))
    return next((kind for python, kind in kinds if isinstance(constant, python)), None)
