"""What leadrelay owns in a portal, made and unmade: a group for each object that has any of it, and its properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from leadrelay.connectors.customising import LEAD, NOTE, TASK, OwnField, State, Step, is_ours
from leadrelay.connectors.hubspot_schema import (
    GROUP,
    Defined,
    Schema,
    Schemas,
    clash,
    definition,
    kind_of,
    named_badly,
    shown,
)
from leadrelay.connectors.hubspot_wire import Forbidden, Portal
from leadrelay.connectors.transport import Rejection
from leadrelay.errors import Refused

T = TypeVar("T")

MOST = 100
"""Properties that HubSpot creates in one call."""

TOGETHER = 5
"""Filter groups that any version of HubSpot's documentation allows in one search."""

_TAKEN = 409
_KEPT = "HubSpot keeps an archived property for 90 days, under Settings, Properties, Archived."


class HubSpotCustomiser:
    """A portal, for leads of one object type. `Customiser` of connectors/customising.py."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._place = portal.settings.place
        self._schemas = Schemas(portal)
        self._kinds = {LEAD: object_type, TASK: "tasks", NOTE: "notes"}
        self._due: dict[str, list[OwnField]] = {}
        self._made: dict[str, Mapping[str, Defined]] = {}

    # -- make ---------------------------------------------------------------------------------------------------------

    def steps(self, fields: Sequence[OwnField]) -> list[Step]:
        """By object: the group, where a property has to go into it, then every property."""
        self._due.clear()
        self._made.clear()
        return [step for kind, some in self._by_kind(fields) for step in self._steps_of(kind, some)]

    def take(self, step: Step) -> None:
        """Create a group or a property; the first property brings along all that its object lacks, in one call."""
        kind, name = step.target.split(".", 1)
        try:
            if step.field is None:
                self._add_group(kind)
            elif name not in self._together(kind):
                self._add(kind, step.field)
        except Forbidden as no:
            raise Refused(f"{self._place} does not let this token create properties of {kind}. {no.cure}") from None

    def _steps_of(self, kind: str, fields: Sequence[OwnField]) -> Iterator[Step]:
        schema = self._schemas.look(kind)
        steps = [_step(kind, field, schema) for field in fields]
        self._due[kind] = [step.field for step in steps if step.field and step.state is State.TO_DO]
        there = GROUP in schema.groups
        if there or self._due[kind]:
            yield Step("group", f"{kind}.{GROUP}", State.DONE if there else State.TO_DO)
        yield from steps

    def _add_group(self, kind: str) -> None:
        try:
            self._schemas.add_group(kind)
        except Rejection as no:
            if no.status != _TAKEN:
                raise self._refused(f"create the group {GROUP} of {kind}", no) from None

    def _together(self, kind: str) -> Mapping[str, Defined]:
        """What one call could create of all that is due there; the rest is tried one by one, and tells why not."""
        if kind not in self._made:
            self._made[kind] = {}
            for some in _pieces(self._due.get(kind, []), MOST):
                try:
                    made = self._schemas.add_all(kind, [definition(field) for field in some])
                except Rejection:
                    continue
                self._made[kind] = {**self._made[kind], **made}
        return self._made[kind]

    def _add(self, kind: str, field: OwnField) -> None:
        try:
            made = self._schemas.add(kind, definition(field))
        except Rejection as no:
            if no.status != _TAKEN:
                cure = _FOR_UNIQUE if field.unique and kind in {"tasks", "notes"} else ""
                raise self._refused(f"create {kind}.{field.name}", no, cure) from None
            made = self._met(kind, field.name)
        if why := clash(field, made):
            raise Refused(f"{self._place} has {kind}.{field.name} already, and {why}. {_ANOTHER_NAME}")

    def _met(self, kind: str, name: str) -> Defined:
        try:
            return self._schemas.property(kind, name)
        except Rejection:
            told = f"{self._place} says that {kind}.{name} is there already, and does not show it"
            cure = (
                f"Repeat the command in a minute. If it says so again, a sensitive property has that name: {_RENAME}."
            )
            raise Refused(f"{told}. {cure}") from None

    # -- unmake -------------------------------------------------------------------------------------------------------

    def removals(self, fields: Sequence[OwnField]) -> list[Step]:
        """By object: our properties with how many records hold a value, as search knows it; then the group."""
        return [step for kind, some in reversed(self._by_kind(fields)) for step in self._removals_of(kind, some)]

    def remove(self, step: Step) -> None:
        """Archive a property, or the group; what is gone already is gone."""
        kind, name = step.target.split(".", 1)
        try:
            if step.field is None:
                self._schemas.drop_group(kind)
            else:
                self._schemas.drop(kind, name)
        except Forbidden as no:
            raise Refused(f"{self._place} does not let this token remove properties of {kind}. {no.cure}") from None
        except Rejection as no:
            if no.status != 404:
                raise self._refused(f"remove {step.target}", no, _IN_USE) from None

    def _removals_of(self, kind: str, fields: Sequence[OwnField]) -> Iterator[Step]:
        schema = self._schemas.look(kind)
        ours = [field for field in fields if _is_ours(field, schema.properties.get(field.name))]
        held = self._held(kind, [field.name for field in ours])
        for field in ours:
            yield Step("field", f"{kind}.{field.name}", State.TO_DO, _KEPT, holds=held[field.name], field=field)
        if GROUP in schema.groups:
            yield _group_removal(kind, schema, {field.name for field in ours})

    def _held(self, kind: str, names: Sequence[str]) -> dict[str, int]:
        """Search allows few questions a second: where none of five holds anything, one is enough."""
        held = dict.fromkeys(names, 0)
        for some in _pieces(names, TOGETHER):
            if self._schemas.holding(kind, list(some)):
                held |= {name: self._schemas.holding(kind, [name]) for name in some}
        return held

    # -- both ---------------------------------------------------------------------------------------------------------

    def _by_kind(self, fields: Sequence[OwnField]) -> list[tuple[str, list[OwnField]]]:
        found = [(kind, [field for field in fields if field.on == on]) for on, kind in self._kinds.items()]
        return [(kind, some) for kind, some in found if some]

    def _refused(self, what: str, no: Rejection, cure: str = "") -> Refused:
        said = f": {no.said}" if no.said else ""
        return Refused(f"{self._place} does not {what} ({no.code}{said}).{f' {cure}' if cure else ''}")


_RENAME = "give ours another name in the mapping"
_ANOTHER_NAME = f"{_RENAME.capitalize()}."
_FOR_UNIQUE = (
    "If your portal takes no unique values there, create the property by hand without them: docs/operations.md says "
    "what then holds."
)
_IN_USE = "Take it out of the workflows, lists, forms and reports that use it, and repeat the command."


def _pieces(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _step(kind: str, field: OwnField, schema: Schema) -> Step:
    step = Step("field", f"{kind}.{field.name}", State.TO_DO, kind_of(field), field=field)
    found, gone = schema.properties.get(field.name), schema.archived.get(field.name)
    if found:
        why = clash(field, found)
        told = f"adopted from the group {found.group_name}" if found.group_name != GROUP else kind_of(field)
        return (
            _conflict(step, f"is there, but {why}", _out(field, found))
            if why
            else replace(step, state=State.DONE, told=told)
        )
    if named_badly(field):
        told = "HubSpot's names are lower-case letters, digits and _, begin with a letter, and have 100 at most"
        return replace(step, state=State.CONFLICT, told=told, cure="Rename it in the mapping.")
    if gone and (gone.type != definition(field)["type"] or gone.has_unique_value != field.unique):
        unique = ", unique" if gone.has_unique_value else ""
        return _conflict(step, f"an archived property of this name holds {shown(gone.type)}{unique}")
    return replace(step, told=f"{step.told}, from the archive") if gone else step


def _conflict(step: Step, told: str, cure: str = "") -> Step:
    return replace(step, state=State.CONFLICT, told=told, cure=cure or _ANOTHER_NAME)


def _out(field: OwnField, found: Defined) -> str:
    """A key that only lacks unique values does its work, less surely."""
    plain = field.unique and found.type == definition(field)["type"]
    return f"{_ANOTHER_NAME} Or leave it so: leadrelay check says what then holds." if plain else _ANOTHER_NAME


def _is_ours(field: OwnField, found: Defined | None) -> bool:
    """What stands in our group, or under our name and fits; never what HubSpot or the company defined."""
    if found is None or not found.ours_to_remove:
        return False
    return found.group_name == GROUP or (is_ours(field.name) and not clash(field, found))


def _group_removal(kind: str, schema: Schema, ours: set[str]) -> Step:
    step = Step("group", f"{kind}.{GROUP}", State.TO_DO)
    others = sorted(found.name for found in schema.properties.values() if found.group_name == GROUP)
    others = [name for name in others if name not in ours]
    if not others:
        return step
    told = (
        f"stays: {', '.join(others[:3])}{' and others' if len(others) > 3 else ''} stand in it, and no job writes them"
    )
    return replace(
        step, state=State.CONFLICT, told=told, cure="Move them to another group, or remove them, in HubSpot."
    )
