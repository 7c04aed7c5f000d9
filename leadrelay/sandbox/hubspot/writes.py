"""Writing records: all values of a record are checked first, then it is written as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from leadrelay.sandbox.hubspot.associations import Associations
from leadrelay.sandbox.hubspot.conduct import Conduct
from leadrelay.sandbox.hubspot.errors import Issue, Refusal, bad_input, bad_values
from leadrelay.sandbox.hubspot.index import Index
from leadrelay.sandbox.hubspot.objecttypes import CONTACTS, LEADS, MEETINGS, TASKS, ObjectType
from leadrelay.sandbox.hubspot.owners import user_of
from leadrelay.sandbox.hubspot.pipelines import PIPELINE_IDS, STAGE_IDS
from leadrelay.sandbox.hubspot.portal import AUTOMATION, INTEGRATION
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.records import Records
from leadrelay.sandbox.hubspot.scopes import missing_scopes
from leadrelay.sandbox.hubspot.values import Invalid, Stored, options_in, parse, text_of
from leadrelay.sandbox.store import Row

Values = dict[str, Stored]

_DEFAULTS: Mapping[str, Mapping[str, Stored]] = {
    "contacts": {"lifecyclestage": "lead"},
    "companies": {"lifecyclestage": "lead"},
    "deals": {"pipeline": PIPELINE_IDS["deals"][0]},
    "leads": {"hs_pipeline": PIPELINE_IDS["leads"][0], "hs_pipeline_stage": STAGE_IDS["leads"][0]},
    "tasks": {"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TODO"},
}
"""What a new record has where nothing is said."""


class Writer:
    """Creates, changes, archives and restores records."""

    def __init__(self, records: Records, associations: Associations, conduct: Conduct, index: Index) -> None:
        self.records = records
        self.associations = associations
        self.conduct = conduct
        self.index = index
        self.settings = index.settings
        self.portal = records.portal
        self.store = records.store
        self._started: list[tuple[ObjectType, int, Iterable[str]]] = []

    def create(self, kind: ObjectType, given: Mapping[str, Any], actor: str) -> int:
        """Create a record of `properties` and `associations`, and give its id."""
        checked = self._checked(kind, given.get("properties"), {}, actor)
        values: Values = {column: value for column, value in checked.items() if value is not None}
        if kind is MEETINGS and "hs_meeting_start_time" in values:
            values.setdefault("hs_timestamp", values["hs_meeting_start_time"])
        self._expect_required(kind, values)
        self._expect_unique(kind, values, None)
        key, now = self.portal.new_ids(1)[0], self.store.clock.stamp()
        self.index.before(kind, [key])
        row = {kind.created: now, **_DEFAULTS.get(kind.name, {}), **values, **_made_by(actor)}
        row |= {**follows(kind, row, now), self.store.key: key, kind.modified: now}
        self.store.insert(kind.name, [row], actor)
        reached = self.associations.link_inline(kind, key, given.get("associations"), actor)
        if kind is LEADS and CONTACTS.name not in reached:
            raise Refusal(400, "A lead must be associated with an existing contact.")
        self._start(kind, key, values, actor)
        return key

    def update(self, kind: ObjectType, row: Row, properties: object, actor: str) -> None:
        """Change a record. Values that are as they were leave no trace, not even a new modification time."""
        key: int = row[self.store.key]
        if actor == INTEGRATION:
            self.conduct.expect_unlocked(key)
        values = self._checked(kind, properties, row, actor)
        changed = {column: value for column, value in values.items() if row[column] != value}
        if not changed:
            return
        self._expect_unique(kind, changed, key)
        self.index.before(kind, [key])
        now = self.store.clock.stamp()
        changed |= {**follows(kind, changed, now, row), kind.modified: now}
        self.store.update(kind.name, str(key), changed, actor, row)
        self._start(kind, key, changed, actor)

    def archive(self, kind: ObjectType, key: int, actor: str) -> None:
        """Put a record into the recycling bin."""
        if actor == INTEGRATION:
            self.conduct.expect_unlocked(key)
        self._bin(kind, key, archived=True)
        self.associations.put_away(kind, key)
        self.store.note(actor, "delete", kind.name, str(key))

    def restore(self, kind: ObjectType, key: int, actor: str) -> None:
        """Take a record out of the recycling bin, with the associations that it had."""
        self._expect_unique(kind, self.records.row(kind, key), key)
        self._bin(kind, key, archived=False)
        self.associations.bring_back(kind, key)
        self.store.note(actor, "restore", kind.name, str(key))

    def purge(self, kind: ObjectType, key: int, actor: str) -> None:
        """Forget a record for good."""
        self.take_away(kind, key)
        self.store.note(actor, "purge", kind.name, str(key))

    def take_away(self, kind: ObjectType, key: int) -> None:
        """Take a record away for good, without a word in the history."""
        self.index.before(kind, [key])
        self.store.db.execute(f'DELETE FROM "{kind.name}" WHERE "{self.store.key}" = ?', (key,))
        self.associations.forget(kind, key)

    def run_workflows(self) -> None:
        """Let the workflows run that the last call has started: after its answer, as they do."""
        started, self._started = self._started, []
        for kind, key, names in started:
            row, values = self.store.get(kind.name, str(key)), self.conduct.workflows(kind, names)
            if row is not None and values:
                # A workflow that cannot do its work fails by itself; the API never hears of it.
                with suppress(Refusal), self.store.transaction():
                    self.update(kind, row, values, AUTOMATION)

    def drop_workflows(self) -> None:
        """A call that was undone starts none."""
        self._started.clear()

    def _start(self, kind: ObjectType, key: int, written: Values, actor: str) -> None:
        if actor == INTEGRATION and self.conduct.facts("workflow"):
            self._started.append((kind, key, written))

    def _bin(self, kind: ObjectType, key: int, *, archived: bool) -> None:
        now = self.store.clock.stamp()
        self.index.before(kind, [key])
        self.store.db.execute(
            f'UPDATE "{kind.name}" SET "_archived" = ?, "_archived_at" = ?, "{kind.modified}" = ? '
            f'WHERE "{self.store.key}" = ?',
            (archived or None, now if archived else None, now, key),
        )

    def _checked(self, kind: ObjectType, properties: object, old: Row, actor: str) -> Values:
        """What is to be stored, by column; raises with every value that is not valid."""
        if not isinstance(properties, dict):
            raise bad_input("Some required fields were not set: [properties]")
        known = self.portal.properties(kind)
        values: Values = {}
        issues: list[Issue] = []
        for name, given in properties.items():
            try:
                if given is not None:
                    self._take(kind, _writable(known.get(name), name), text_of(given), old, actor, values)
            except Invalid as invalid:
                issues.append(Issue(name, invalid.code, invalid.message))
        if issues:
            raise bad_values(issues)
        return values

    def _take(self, kind: ObjectType, prop: Property, text: str, old: Row, actor: str, values: Values) -> None:
        if old and not text and prop.name in kind.required:
            raise Invalid("REQUIRED_PROPERTY", f'"{prop.name}" is required; it cannot be empty.')
        column = self.portal.column(kind, prop.name)
        if actor == INTEGRATION:
            if prop.sensitive:
                raise missing_scopes([f"crm.objects.{kind.name}.sensitive.write.v2"])
            self.conduct.expect_valid(kind, prop, text)
        value = parse(prop, text) if text else None
        if prop.several and text.startswith(";"):
            value = ";".join(options_in(f"{old.get(column) or ''};{value or ''}")) or None
        if prop.name == "lifecyclestage" and actor == INTEGRATION and _backwards(prop, old.get(column), value):
            return
        values[column] = value
        if prop.name == "email":
            values["hs_email_domain"] = str(value).rpartition("@")[2] if value else None

    def _expect_required(self, kind: ObjectType, values: Values) -> None:
        absent = [name for name in kind.required if name not in values]
        if absent:
            text = f"Error creating {kind.singular.upper()}. Some required properties were not set."
            raise Refusal(400, text, context={"properties": absent})

    def _expect_unique(self, kind: ObjectType, values: Mapping[str, Any], own: int | None) -> None:
        known = self.portal.properties(kind)
        for column, value in values.items():
            prop = known.get(column)
            if prop is None or not prop.unique or value is None:
                continue
            other = self.records.resolve(kind, str(value), prop.name)
            if other is None and self.settings.bin_keeps_unique:
                other = self.records.resolve(kind, str(value), prop.name, archived=True)
            if other is not None and other != own:
                raise self._conflict(kind, prop, value, own, other)

    def _conflict(self, kind: ObjectType, prop: Property, value: Stored, own: int | None, other: int) -> Refusal:
        if prop.name == "email" or self.settings.duplicate_answer == "conflict":
            text = f"{kind.singular.capitalize()} already exists. Existing ID: {other}"
            return Refusal(409, text, "CONFLICT")
        where = f"PropertyValueCoordinates{{propertyName={prop.name}, value={value}}}"
        text = f"Cannot set {where} on {own or 'a new record'}. {other} already has that value."
        return bad_values([Issue(prop.name, "CONFLICTING_UNIQUE_VALUE", text)])


def _made_by(actor: str) -> Values:
    if actor == INTEGRATION:
        return {"hs_object_source": "INTEGRATION"}
    return {"hs_object_source": "CRM_UI", "hs_created_by_user_id": user_of(actor)}


def follows(kind: ObjectType, written: Mapping[str, Any], now: str, old: Row | None = None) -> Values:
    """What HubSpot sets by itself when these columns are written."""
    if kind is TASKS and "hs_task_status" in written:
        return {"hs_task_completion_date": now if written["hs_task_status"] == "COMPLETED" else None}
    if kind is CONTACTS and written.get("lifecyclestage") == "opportunity":
        first = (old or {}).get("hs_lifecyclestage_opportunity_date") or now
        return {"hs_lifecyclestage_opportunity_date": first, "hs_v2_date_entered_opportunity": now}
    return {}


def _writable(prop: Property | None, name: str) -> Property:
    if prop is None:
        raise Invalid("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if prop.read_only:
        what = "calculated" if prop.calculated else "read only"
        raise Invalid("READ_ONLY_VALUE", f'"{name}" is a {what} property; its value cannot be set.')
    return prop


def _backwards(prop: Property, old: Stored, new: Stored) -> bool:
    """Whether a lifecycle stage would go back; clearing it is allowed, and the way to go back."""
    order = prop.values
    return old in order and new in order and order.index(str(new)) < order.index(str(old))
