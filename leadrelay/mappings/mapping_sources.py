"""What can be written: outputs, lead fields that something fills, and lines that tell where values come from."""

from __future__ import annotations

from leadrelay.core.enrich.provenance import LINE, of_field
from leadrelay.core.lead import Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.values import DIGITS, LETTERS, VERDICT_WORDS, Playbook
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

_BOOLEANS = ("true", "false")


class Sources:
    """For one playbook. `filled`: the lead fields that something fills."""

    def __init__(self, playbook: Playbook, filled: frozenset[str]) -> None:
        self._playbook = playbook
        self._filled = filled
        self._lines = [LINE, *map(of_field, playbook.enrichment.names)]

    def kind(self, table: Table, key: str, source: str) -> Type | None:
        """The type of what a key of the mapping names; a problem where it is unknown, or nothing fills it."""
        kind = self.type_of(source)
        if kind is None:
            known = [*OUTPUTS, *self._playbook.schema, *self._lines]
            table.problem(key, f"unknown output or lead field '{source}'.", nearest(source, known))
        elif source not in {*OUTPUTS, *self._filled, *self._lines}:
            table.problem(key, f"nothing fills lead field '{source}'.", "Add it to [read], or write an output.")
        return kind

    def type_of(self, source: str) -> Type | None:
        """None where there is no such thing."""
        if source in self._lines:
            return Type.TEXT
        found = OUTPUTS.get(source) or self._playbook.schema.get(source)
        return found.type if found else None

    def vocabulary(self, source: str | None) -> tuple[str, ...] | None:
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
        if source and self.type_of(source) is Type.BOOLEAN:
            return _BOOLEANS
        if source in {criterion.output for criterion in playbook.criteria}:
            return VERDICT_WORDS
        return None
