"""Actions of admins on whole objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.salesforce import custom_objects, objects
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.custom_objects import Definition
from leadrelay.sandbox.salesforce.org import Org


class ObjectActs:
    """Custom fields of what is made here come through the Tooling API, as those of Lead do."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def acts(self) -> Mapping[str, Any]:
        return {"create_object": (self._create, "name label plural activities master")}

    def _create(self, given: Arguments) -> Done:
        name = given.text("name")
        label = given.text("label", name.removesuffix("__c").replace("_", " "))
        master = objects.find(self._org.store, given.text("master")) if given.has("master") else None
        if given.has("master") and master is None:
            raise given.refuse(f"there is no object type {given.text('master')}")
        activities = given.value("activities") if given.has("activities") else True
        if not isinstance(activities, bool):
            raise given.refuse("activities must be true or false")
        definition = Definition(name, label, given.text("plural", f"{label}s"), activities, master)
        kind = custom_objects.create(self._org.store, definition)
        return {"object": kind.name, "keyPrefix": kind.prefix}
