"""What `/_sandbox/act` has people, admins, workflows and HubSpot itself do in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadrelay.sandbox.control import Action, BadRequest
from leadrelay.sandbox.hubspot.acting import Act, Arguments, Done, actor_of
from leadrelay.sandbox.hubspot.admin import Admin
from leadrelay.sandbox.hubspot.colleagues import Colleagues
from leadrelay.sandbox.hubspot.conduct import RULES, fact_name
from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.merge import MergeApi
from leadrelay.sandbox.hubspot.objecttypes import CONTACTS, ObjectType, object_type
from leadrelay.sandbox.hubspot.owners import OWNERS
from leadrelay.sandbox.hubspot.portal import TASK_KEY
from leadrelay.sandbox.hubspot.scopes import GRANTED
from leadrelay.sandbox.hubspot.values import Invalid, moment, parse, text_of
from leadrelay.sandbox.hubspot.writes import Writer
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Response

MOST_SECONDS = 10 * 86_400


class Actions:
    """The actions by name. Each is carried out as a whole or refused in words."""

    def __init__(self, writer: Writer, merge: MergeApi) -> None:
        self.writer = writer
        self.merges = merge
        self.portal = writer.portal
        self.store = writer.store
        self.conduct = writer.conduct
        self.admin = Admin(writer.portal)
        self.colleagues = Colleagues(writer)

    def by_name(self) -> Mapping[str, Action]:
        """As the control endpoint calls them."""
        one, prop = ("object", "id"), ("object", "property")
        option = Act(self._remove_option, (*prop, "value"))
        acts = {
            "merge": Act(self._merge, ("primary", "loser"), ("object", "actor")),
            "delete": Act(self._delete, one, ("actor",)),
            "restore": Act(self._restore, one, ("actor",)),
            "automation": Act(self._automation, (*prop, "value"), ("times",)),
            "validation": Act(self._validation, (*prop, "rule")),
            "restrict": option,
            "remove_option": option,
            "add_option": Act(self._add_option, (*prop, "value")),
            "drop_property": Act(self._drop_property, prop),
            "restore_property": Act(self._restore_property, prop),
            "retype_property": Act(self._retype_property, (*prop, "type", "fieldType")),
            "hide_property": Act(self._hide_property, prop),
            "show_property": Act(self._show_property, prop),
            "use_property": Act(self._use_property, prop, ("by",)),
            "scopes": Act(self._scopes, (), ("remove", "all")),
            "lock": Act(self._lock, ("ids", "seconds")),
            "migrate": Act(self._migrate, ("seconds",)),
            "same_stamp": Act(self._same_stamp, ("object", "count"), ("stamp", "fields", "actor")),
            "archive_owner": Act(self._archive_owner, ("owner",)),
            "restore_owner": Act(self._restore_owner, ("owner",)),
            **self.colleagues.acts(),
        }
        return {name: self._safe(name, act) for name, act in acts.items()}

    def make_key_unique(self, name: str, unique: bool) -> None:
        """What the settings `unique_tasks` and `unique_notes` do to the sample portal's key property."""
        kind = object_type(self.store, name)
        prop = self.portal.properties(kind).get(TASK_KEY)
        if prop is None:
            return
        if unique and self.admin.twice(kind, prop):
            raise BadRequest(f"{name} share a value of {TASK_KEY}; delete the extra ones, or reset")
        self.portal.change(kind, replace(prop, unique=unique))

    def _safe(self, name: str, act: Act) -> Action:
        def run(arguments: Arguments) -> Response:
            absent = [word for word in act.needed if word not in arguments]
            known = (*act.needed, *act.optional)
            if absent or set(arguments) - set(known):
                raise BadRequest(
                    f"{name} takes {', '.join(known)}, and needs {', '.join(act.needed) or 'none of them'}"
                )
            try:
                with self.store.transaction():
                    return Response(200, act.run(arguments))
            except Refusal as refusal:
                raise BadRequest(refusal.message) from None
            except Invalid as invalid:
                raise BadRequest(invalid.message) from None

        return run

    # -- records ------------------------------------------------------------------------------------------------------

    def _merge(self, given: Arguments) -> Done:
        kind = object_type(self.store, str(given.get("object") or CONTACTS.name))
        keys = [self._key(kind, given[side]) for side in ("primary", "loser")]
        if keys[0] == keys[1]:
            raise BadRequest("a record cannot be merged with itself")
        return {"id": str(self.merges.join(kind, keys[0], keys[1], actor=actor_of(given)))}

    def _delete(self, given: Arguments) -> Done:
        kind = object_type(self.store, str(given["object"]))
        key = self._key(kind, given["id"])
        self.writer.archive(kind, key, actor_of(given))
        return {"id": str(key)}

    def _restore(self, given: Arguments) -> Done:
        kind = object_type(self.store, str(given["object"]))
        key = self._key(kind, given["id"], archived=True)
        self.writer.restore(kind, key, actor_of(given))
        return {"id": str(key)}

    def _same_stamp(self, given: Arguments) -> Done:
        """As an import that touches many records does: one modification time for the first so many by id."""
        kind, count = object_type(self.store, str(given["object"])), given["count"]
        if type(count) is not int or count < 1:
            raise BadRequest("count must be a whole number, one or more")
        at = self._moment(given.get("stamp"))
        keys = self.admin.first(kind, count)
        if len(keys) < count:
            raise BadRequest(f"there are {len(keys)} {kind.name}; load more")
        self.writer.index.before(kind, keys)
        values = self._values(kind, given.get("fields") or {})
        self.admin.touch(kind, keys, {**values, kind.modified: at}, actor_of(given))
        return {"count": count, "first": str(keys[0]), "last": str(keys[-1]), "stamp": at}

    def _moment(self, given: object) -> str:
        now = self.store.clock.now()
        found = now if given is None else moment(str(given))
        if found is None or found > now:
            raise BadRequest("stamp must be a moment that is not in the future, in ISO 8601 or milliseconds")
        return stamp(found)

    def _values(self, kind: ObjectType, fields: object) -> dict[str, Any]:
        if not isinstance(fields, dict):
            raise BadRequest("fields must be an object: {property: value}")
        found = {}
        for name, value in fields.items():
            prop = self.admin.find(kind, name)
            if prop.unique or prop.read_only:
                raise BadRequest(f"{name} cannot have one value on many records")
            text = text_of(value)
            found[self.portal.column(kind, name)] = parse(prop, text) if text else None
        return found

    def _key(self, kind: ObjectType, given: object, *, archived: bool = False) -> int:
        found = self.merges.records.resolve(kind, str(given), archived=archived)
        if found is None:
            raise BadRequest(f"there is no {'deleted ' if archived else ''}{kind.singular} {given}")
        return found

    # -- properties ---------------------------------------------------------------------------------------------------

    def _automation(self, given: Arguments) -> Done:
        """A workflow that answers each of our writes of a property, `times` often or always; value null ends it."""
        kind, prop = self._property(given)
        value, times = given["value"], given.get("times")
        if times is not None and (type(times) is not int or times < 1):
            raise BadRequest("times must be a whole number, one or more, or left out for always")
        if value is not None and (text := text_of(value)):
            parse(prop, text)
        flow = None if value is None else {"value": text_of(value), "times": times}
        self.conduct.note("workflow", fact_name(kind, prop.name), flow)
        return {"property": prop.name, "value": value}

    def _validation(self, given: Arguments) -> Done:
        """A rule of an admin, `{"type": one of RULES, "argument": limit or pattern}`; null ends it."""
        kind, prop = self._property(given)
        rule = given["rule"]
        if rule is not None:
            self.admin.expect_rule(rule)
        self.conduct.note("rule", fact_name(kind, prop.name), rule)
        return {"property": prop.name, "rule": rule, "rules": list(RULES)}

    def _remove_option(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.admin.set_option(kind, prop, str(given["value"]), there=False)

    def _add_option(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.admin.set_option(kind, prop, str(given["value"]), there=True)

    def _drop_property(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.admin.drop(kind, prop)

    def _restore_property(self, given: Arguments) -> Done:
        return self.admin.restore(object_type(self.store, str(given["object"])), str(given["property"]))

    def _retype_property(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.admin.retype(kind, prop, str(given["type"]), str(given["fieldType"]))

    def _hide_property(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.portal.change(kind, replace(prop, sensitive=True)).to_json()

    def _show_property(self, given: Arguments) -> Done:
        kind, prop = self._property(given)
        return self.portal.change(kind, replace(prop, sensitive=False)).to_json()

    def _use_property(self, given: Arguments) -> Done:
        """Let a workflow use a property, or none any more."""
        kind, prop = self._property(given)
        users = [{"type": "WORKFLOW", "name": str(given["by"])}] if given.get("by") else None
        self.conduct.note("use", fact_name(kind, prop.name), users)
        return {"property": prop.name, "used": bool(users)}

    def _property(self, given: Arguments) -> Any:
        kind = object_type(self.store, str(given["object"]))
        return kind, self.admin.find(kind, str(given["property"]))

    # -- the account --------------------------------------------------------------------------------------------------

    def _scopes(self, given: Arguments) -> Done:
        """Take scopes from the app, or give them `all` back."""
        lost = given.get("remove") or []
        known = isinstance(lost, list) and all(scope in GRANTED for scope in lost)
        if not known or (given.get("all") is True) == bool(lost):
            raise BadRequest(f'say {{"remove": [scope, ...]}} or {{"all": true}}; there are: {", ".join(GRANTED)}')
        self.conduct.put("scope", {**self.conduct.facts("scope"), **dict.fromkeys(lost, True)} if lost else {})
        return {"granted": [scope for scope in GRANTED if scope not in self.conduct.facts("scope")]}

    def _lock(self, given: Arguments) -> Done:
        """Lock records for writes of the API; 0 seconds unlocks them."""
        ids, until = given["ids"], self._until(given)
        if not isinstance(ids, list) or not all(isinstance(key, str | int) for key in ids):
            raise BadRequest("ids must be a list of record ids")
        kept = {**self.conduct.facts("lock"), **{str(key): until for key in ids}}
        self.conduct.put("lock", {key: at for key, at in kept.items() if at is not None})
        return {"ids": ids, "until": until}

    def _migrate(self, given: Arguments) -> Done:
        """Move the account to another data centre for so long; 0 seconds ends it."""
        until = self._until(given)
        self.conduct.put("migration", {"until": until} if until else {})
        return {"until": until}

    def _until(self, given: Arguments) -> str | None:
        seconds = given["seconds"]
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
            raise BadRequest(f"seconds must be a number from 0 to {MOST_SECONDS}")
        return self.conduct.later(seconds)

    def _archive_owner(self, given: Arguments) -> Done:
        return self._owner(given, self.store.clock.stamp())

    def _restore_owner(self, given: Arguments) -> Done:
        return self._owner(given, None)

    def _owner(self, given: Arguments, left_at: str | None) -> Done:
        wanted = str(given["owner"])
        for owner in OWNERS:
            if wanted in {owner["id"], owner["email"]} and not owner["archived"]:
                self.conduct.note("owner", owner["id"], left_at)
                return {"owner": owner["id"], "archived": left_at is not None}
        raise BadRequest("there is no such owner; name one of /crm/v3/owners by id or e-mail")
