"""A mapping's TOML -> `Mapping`. Everything that is wrong is told at once, each with its line and the way out."""

from __future__ import annotations

import json
from collections import abc
from dataclasses import replace
from hashlib import sha256

from leadrelay.core import predicates
from leadrelay.core.amounts import Currency, places_of
from leadrelay.core.changes import Write
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.outputs import RECYCLING, STAGE
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Node
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import parse
from leadrelay.core.touched import touched
from leadrelay.core.zones import UTC
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings import mapping_keys
from leadrelay.mappings.mapping_currency import currency_of
from leadrelay.mappings.mapping_reads import Reads, Usual
from leadrelay.mappings.mapping_section import zone_of
from leadrelay.mappings.mapping_sources import Sources
from leadrelay.mappings.mapping_task import task_of
from leadrelay.mappings.mapping_values import Mapping, Read
from leadrelay.mappings.mapping_writes import Writes

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
    name, empty, zone = top.text("object"), top.texts("empty") or (), zone_of(top) or UTC
    usual = Usual(empty, zone, currency_of(top, zone), "zone" in top)
    reads, enriched = Reads(document, playbook.schema, usual, problems).all(), playbook.enrichment.names
    filled = touched({*enriched, *(read.lead for read in reads)}, playbook.decision_group) | DUPLICATES | GROUP
    writes = Writes(document, Sources(playbook, filled), usual, problems).all()
    leave, task = _leave(top, playbook, reads), task_of(top, playbook, reads, writes)
    _check_memory(top, playbook, reads, writes)
    _check_enriched(top, reads, enriched)
    _check_both_ways(top, reads, writes)
    top.only(mapping_keys.names(mapping_keys.TOP))
    if problems or name is None:
        raise ConfigError(problems)
    fingerprint = sha256(json.dumps(document.data, default=str).encode()).hexdigest()
    writes = tuple(_to_the_cent(writes, reads, usual.currency))
    return Mapping(name, reads, writes, fingerprint, leave, task, usual.currency)


def _check_both_ways(top: Table, reads: abc.Sequence[Read], writes: abc.Sequence[Write]) -> None:
    """What is read from where it is written: else each run would make another day or amount of it."""
    known = {(read.lead, name.lower()): read for read in reads for name in read.fields if not read.template}
    for write in writes:
        read = known.get((write.source, write.field.lower()))
        if read and read.currency != write.currency:
            way = (
                "read in the record's currency, and not written so" if read.currency else "written so, and not read so"
            )
            cure = "Say currency = true in both places, or in none."
            top.problem(f"write.{write.field}", f"an amount that is {way} changes with every run.", cure)
        if read and write.zone and write.zone != read.zone:
            message = f"is written as a day in {write.zone}, and read as one in {read.zone}."
            top.problem(f"write.{write.field}", message, "Give both the same zone.")


def _to_the_cent(
    writes: abc.Sequence[Write], reads: abc.Sequence[Read], currency: Currency | None
) -> abc.Iterator[Write]:
    """A converted amount has decimals without end, and a field of fewer would be written in every run."""
    amounts = {read.lead for read in reads if read.currency}
    for write in writes:
        plain = currency is not None and write.source in amounts and not write.currency
        yield replace(write, places=places_of(currency.to)) if plain and currency else write


def _check_enriched(top: Table, reads: abc.Sequence[Read], enriched: abc.Collection[str]) -> None:
    for read in (read for read in reads if read.lead in enriched):
        word = "constant" if read.constant is not None else "default" if read.default is not None else ""
        if word:
            message = f"a {word} counts as a person's value, so that nobody is ever asked for it."
            top.problem(f"read.{read.lead}", message, f"Remove the {word}, or [enrichment.fields.{read.lead}].")


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
    if not any(_LASTING.intersection(write.sources) for write in writes):
        return
    fields = {read.lead: read.field for read in reads}
    for name, output in _MEMORY.items() if playbook.recycling.rules else ():
        if name not in fields and name not in _OPTIONAL:
            cure = f"Read the field that [write] fills from {output}: {name} = ..."
            top.problem("read", f"the playbook recycles leads, and nothing fills lead field '{name}'.", cure)
        elif name in fields and fields[name] not in [write.field for write in writes if write.source == output]:
            message = f"lead field '{name}' is to hold what the playbook decided last."
            field = fields[name] or "field"
            top.problem(f"read.{name}", message, f"Write it: {field} = {{ from = '{output}', policy = 'own' }}")
    if playbook.transitions and "current_stage" not in fields:
        message = "the playbook lists transitions, and nothing fills lead field 'current_stage'."
        top.problem("read", message, "Read the field that holds the stage: current_stage = ...")
