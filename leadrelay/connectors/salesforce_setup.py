"""What leadrelay owns in a Salesforce organisation: custom fields, and a permission set that the API user has.

A field made by API is hidden from everybody until a permission set shows it.
https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_customfield.htm
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadrelay.connectors import soql
from leadrelay.connectors.customising import TASK, OwnField, State, Step, is_ours
from leadrelay.connectors.salesforce_auth import Account, SalesforceSettings
from leadrelay.connectors.salesforce_definitions import ACTIVITY, Access, Definitions
from leadrelay.connectors.salesforce_describe import Field, described
from leadrelay.connectors.salesforce_holdings import Holdings
from leadrelay.connectors.salesforce_shapes import Shape, metadata, named, widened
from leadrelay.connectors.transport import Pace, Rejection
from leadrelay.errors import Refused

FIELD, SET, ACCESS, ASSIGNMENT = "field", "permission set", "access", "assignment"

_TASKS = "Task"
_CUSTOM = "__c"
_KEPT = (
    "Salesforce keeps a deleted field and its values for 15 days, under Object Manager, Fields & Relationships, "
    "Deleted Fields; its name is free at once."
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What there is. `seen`: fields as the user sees them, by object and name in small letters; `defined`: all.

    `others`: how many other users have the permission set.
    """

    seen: Mapping[str, Mapping[str, Field]]
    defined: Mapping[tuple[str, str], str]
    permission_set: str
    granted: Mapping[str, Access]
    assigned: bool
    others: int

    def field(self, target: str) -> Field | None:
        """A field, by `Lead.Name__c`, if the user sees it."""
        owner, _, name = target.lower().partition(".")
        return self.seen.get(owner, {}).get(name)


class SalesforceCustomiser:
    """An organisation as its API user may customise it. `reads`, `writes`: the object's fields that a mapping names.

    Of those, what is custom and hidden from the user gets access too, and no more than it needs.
    """

    def __init__(
        self, account: Account, object_type: str, reads: Collection[str] = (), writes: Collection[str] = ()
    ) -> None:
        soql.checked([object_type, *reads, *writes], account.settings.place)
        self._account = account
        self._type = object_type
        self._writes = {name.lower() for name in writes}
        self._mapped = [name for name in dict.fromkeys([*writes, *reads]) if name.lower().endswith(_CUSTOM)]
        self._definitions = Definitions(account)
        self._holdings = Holdings(account)

    @classmethod
    def connect(
        cls,
        settings: SalesforceSettings,
        object_type: str = "Lead",
        pace: Pace | None = None,
        reads: Collection[str] = (),
        writes: Collection[str] = (),
    ) -> SalesforceCustomiser:
        """A customiser that signs in when it is first used. Raises `ConfigError` for settings that cannot work."""
        return cls(Account(settings, pace or Pace()), object_type, reads, writes)

    def close(self) -> None:
        """Let go of connections."""
        self._account.close()

    # -- what is to do -------------------------------------------------------------------------------------------------

    def steps(self, fields: Sequence[OwnField]) -> list[Step]:
        """Fields, then the permission set, then what it grants, then whom it is for."""
        with self._definitions.rights(FIELD):
            look = self._look(fields)
        made = [self._creation(field, look) for field in fields]
        fit = [field for field, step in zip(fields, made, strict=True) if step.state is not State.CONFLICT]
        access = [self._own_access(field, look) for field in fit]
        access += [self._access(name, look) for name in self._hidden(fields, look)]
        if not look.permission_set and all(step.state is State.DONE for step in access):
            return [*made, *access]
        return [*made, self._set(look), *access, self._assignment(look)]

    def take(self, step: Step) -> None:
        """Do it, unless it was done meanwhile."""
        with self._definitions.rights(step.what):
            if step.what == FIELD and step.field:
                self._create(step.field)
            elif step.what == SET:
                self._definitions.create_set()
            elif step.what == ACCESS:
                self._definitions.grant(step.target, edit=self._edits(step))
            elif step.what == ASSIGNMENT:
                self._definitions.assign(self._account.user())

    def _look(self, fields: Sequence[OwnField], *, mapped: bool = True) -> _Look:
        soql.checked([field.name for field in fields], self._account.settings.place)
        objects = dict.fromkeys([self._type, *(self._object(field) for field in fields)])
        seen = {
            name.lower(): {one.lower(): info for one, info in described(self._account, name).items()}
            for name in objects
        }
        names: dict[str, list[str]] = {}
        for field in fields:
            names.setdefault(self._table(field), []).append(field.name)
        if mapped:
            names.setdefault(self._type, []).extend(name for name in self._mapped)
        found = self._definitions.permission_set()
        holders = self._definitions.holders(found) if found else {}
        assigned = bool(holders) and self._account.user() in holders
        return _Look(
            seen,
            self._definitions.defined(names),
            found,
            self._definitions.granted(found) if found else {},
            assigned,
            len(holders) - assigned,
        )

    def _object(self, field: OwnField) -> str:
        return _TASKS if field.on == TASK else self._type

    def _table(self, field: OwnField) -> str:
        """Where it is defined: fields of tasks and events lie on Activity."""
        return ACTIVITY if field.on == TASK or self._type in {_TASKS, "Event"} else self._type

    def _creation(self, field: OwnField, look: _Look) -> Step:
        target = f"{self._table(field)}.{field.name}"
        seen = look.field(f"{self._object(field)}.{field.name}")
        defined = look.defined.get((self._table(field).lower(), field.name.lower()))
        if seen is None and defined is None:
            return self._missing(field, target)
        shape = Shape.described(seen) if seen else Shape.defined(self._definitions.metadata(defined or ""))
        state, lacks = shape.judge(field)
        if state is State.CONFLICT:
            return Step(FIELD, target, state, f"{lacks}.", self._way_out(field, target), field=field)
        told = f"{lacks}: becomes {named(field)}" if state is State.TO_DO else "fits"
        return Step(FIELD, target, state, told, field=field)

    def _missing(self, field: OwnField, target: str) -> Step:
        if field.name.lower().endswith(_CUSTOM):
            return Step(FIELD, target, State.TO_DO, named(field), field=field)
        told = "is not there, and a name that does not end in __c is none of a custom field."
        return Step(FIELD, target, State.CONFLICT, told, "Name it otherwise in the mapping.", field=field)

    def _way_out(self, field: OwnField, target: str) -> str:
        owner = target.partition(".")[0]
        rename = "Give it another name in the mapping"
        return f"{rename}, or change it to {named(field)} in Setup: Object Manager, {owner}, Fields & Relationships."

    # -- access --------------------------------------------------------------------------------------------------------

    def _own_access(self, field: OwnField, look: _Look) -> Step:
        target = f"{self._object(field)}.{field.name}"
        return self._access_step(target, look, edit=True, field=field)

    def _access(self, name: str, look: _Look) -> Step:
        return self._access_step(f"{self._type}.{name}", look, edit=name.lower() in self._writes)

    def _access_step(self, target: str, look: _Look, *, edit: bool, field: OwnField | None = None) -> Step:
        told = "read and edit" if edit else "read"
        needed, seen = Access(read=True, edit=edit), look.field(target)
        has = Access(read=seen is not None, edit=bool(seen and seen.updateable and seen.createable))
        done = has.covers(needed) or look.granted.get(target.lower(), Access()).covers(needed)
        return Step(ACCESS, target, State.DONE if done else State.TO_DO, told, field=field)

    def _hidden(self, fields: Sequence[OwnField], look: _Look) -> Iterator[str]:
        """Custom fields that the mapping names, and that the user lacks access to."""
        own = {field.name.lower() for field in fields}
        for name in self._mapped:
            seen = look.field(f"{self._type}.{name}")
            hidden = seen is None and (self._type.lower(), name.lower()) in look.defined
            locked = seen is not None and not seen.updateable and not seen.calculated and name.lower() in self._writes
            granted = f"{self._type}.{name}".lower() in look.granted
            if name.lower() not in own and (hidden or locked or granted):
                yield name

    def _edits(self, step: Step) -> bool:
        return step.field is not None or step.target.partition(".")[2].lower() in self._writes

    def _set(self, look: _Look) -> Step:
        told = f"{_users(look.others, 'other ')} may read and edit the same, as they have it" if look.others else ""
        return Step(SET, Definitions.NAME, State.DONE if look.permission_set else State.TO_DO, told)

    def _assignment(self, look: _Look) -> Step:
        told = "to the user of this connection"
        return Step(ASSIGNMENT, Definitions.NAME, State.DONE if look.assigned else State.TO_DO, told)

    def _create(self, field: OwnField) -> None:
        table = self._table(field)
        target = f"{table}.{field.name}"
        key = self._definitions.find(table, field.name) or self._definitions.create(target, metadata(field))
        if not key:
            return
        known = self._definitions.metadata(key)
        state, lacks = Shape.defined(known).judge(field)
        if state is State.CONFLICT:
            place = self._account.settings.place
            raise Refused(f"{place}: {target} {lacks}. {self._way_out(field, target)}")
        if state is State.TO_DO:
            self._definitions.change(key, widened(field, known))

    # -- taking it away again ------------------------------------------------------------------------------------------

    def removals(self, fields: Sequence[OwnField]) -> list[Step]:
        """Fields first: without the permission set, nobody here could tell whether they hold values."""
        ours = [field for field in fields if is_ours(field.name)]
        with self._definitions.rights(FIELD, removing=True):
            look = self._look(ours, mapped=False)
        there = [field for field in ours if self._is_there(field, look)]
        holds = self._holds(there, look)
        steps = [self._removal(field, holds.get(f"{self._object(field)}.{field.name}")) for field in there]
        if not look.permission_set:
            return steps
        users = look.others + look.assigned
        assignment = [Step(ASSIGNMENT, Definitions.NAME, State.TO_DO, f"from {_users(users)}")] if users else []
        return [*steps, *assignment, Step(SET, Definitions.NAME, State.TO_DO)]

    def _is_there(self, field: OwnField, look: _Look) -> bool:
        """Whether the field is there and ours: one that has our name but not our type, somebody else made."""
        key = look.defined.get((self._table(field).lower(), field.name.lower()))
        return bool(key) and self._creation(field, look).state is not State.CONFLICT

    def _removal(self, field: OwnField, holds: int | None) -> Step:
        told = _KEPT if holds is not None else f"Records were not all counted: hidden, or a long text. {_KEPT}"
        return Step(FIELD, f"{self._table(field)}.{field.name}", State.TO_DO, told, holds=holds, field=field)

    def _holds(self, fields: Sequence[OwnField], look: _Look) -> Mapping[str, int]:
        seen: dict[str, list[Field]] = {}
        for field in fields:
            owner = self._object(field)
            info = look.field(f"{owner}.{field.name}")
            if info is not None:
                seen.setdefault(owner, []).append(info)
        counted = {owner: self._holdings.of(owner, infos) for owner, infos in seen.items()}
        names = {f"{self._object(field)}.{field.name}".lower(): field for field in fields}
        return {
            f"{owner}.{names[f'{owner}.{name}'.lower()].name}": count
            for owner, found in counted.items()
            for name, count in found.items()
        }

    def remove(self, step: Step) -> None:
        """Take it away, unless it is gone."""
        with self._definitions.rights(step.what, removing=True):
            if step.what == FIELD:
                self._drop(*step.target.split(".", 1))
            elif step.what == ASSIGNMENT:
                self._definitions.unassign()
            elif step.what == SET:
                self._definitions.drop_set()

    def _drop(self, table: str, name: str) -> None:
        """Any other field than one of ours stays, whoever asks."""
        if not is_ours(name):
            raise Refused(f"{self._account.settings.place}: {table}.{name} is not leadrelay's, and stays.")
        if key := self._definitions.find(table, name):
            try:
                self._definitions.drop(key)
            except Rejection as no:
                if no.status != 404:
                    raise


def _users(count: int, which: str = "") -> str:
    return f"{count:,} {which}user{'s' if count != 1 else ''}"
