"""Actions of reps and their managers: the work on a lead, who owns it, what sales says of it, who is employed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.person import People
from leadrelay.sandbox.store import stamp

_PERSON = "person"
_VERDICTS = ("accepted", "rejected")
_LONGEST_AHEAD = 366 * 24 * 60.0


class WorkActs:
    """Who acts is a person: `actor`, where it is given."""

    def __init__(self, org: Org, people: People) -> None:
        self._org = org
        self._people = people

    def acts(self) -> Mapping[str, Any]:
        return {
            "complete_task": (self._complete, "id actor"),
            "log_call": (self._logged("Call", "Call"), "lead subject actor"),
            "log_email": (self._logged("Email", "Email"), "lead subject actor"),
            "log_event": (self._event, "lead subject minutes starts_in actor"),
            "change_owner": (self._owner, "object id owner actor"),
            "sales_verdict": (self._verdict, "lead verdict reason actor"),
            "deactivate_user": (self._employed(active=False), "user"),
            "activate_user": (self._employed(active=True), "user"),
            "hide_object": (self._visible(visible=False), "object"),
            "show_object": (self._visible(visible=True), "object"),
        }

    def _complete(self, given: Arguments) -> Done:
        task = given.key("id", objects.OBJECTS["Task"])
        return self._people.edit("Task", task, {"Status": "Completed"}, given.text("actor", _PERSON))

    def _logged(self, kind: str, subject: str) -> Callable[[Arguments], Done]:
        """What the pages do where somebody logs a call or an e-mail: a task that is completed from the start."""

        def act(given: Arguments) -> Done:
            fields = {
                "WhoId": given.key("lead", objects.OBJECTS["Lead"]),
                "Subject": given.text("subject", subject),
                "TaskSubtype": kind,
                "Status": "Completed",
                "ActivityDate": stamp(self._org.now())[:10],
            }
            return {"id": self._people.create("Task", fields, given.text("actor", _PERSON))}

        return act

    def _event(self, given: Arguments) -> Done:
        """`starts_in`: minutes from now; below 0 for an event that was."""
        ahead = given.number("starts_in", -_LONGEST_AHEAD, _LONGEST_AHEAD, 0)
        fields = {
            "WhoId": given.key("lead", objects.OBJECTS["Lead"]),
            "Subject": given.text("subject", "Meeting"),
            "StartDateTime": stamp(self._org.now() + timedelta(minutes=ahead)),
            "DurationInMinutes": given.whole("minutes", 0, 24 * 60, 30),
        }
        return {"id": self._people.create("Event", fields, given.text("actor", _PERSON))}

    def _owner(self, given: Arguments) -> Done:
        kind = given.kind() if given.has("object") else objects.OBJECTS["Lead"]
        fields = {"OwnerId": given.text("owner")}
        return self._people.edit(kind.name, given.key("id", kind), fields, given.text("actor", _PERSON))

    def _verdict(self, given: Arguments) -> Done:
        verdict = given.text("verdict")
        if verdict not in _VERDICTS:
            raise given.refuse(f"verdict must be {' or '.join(_VERDICTS)}")
        fields = {
            "Sales_Verdict__c": verdict,
            "Sales_Reason__c": given.text("reason") if given.has("reason") else None,
            "Sales_Verdict_At__c": stamp(self._org.now()),
        }
        lead = given.key("lead", objects.OBJECTS["Lead"])
        return self._people.edit("Lead", lead, fields, given.text("actor", _PERSON))

    def _employed(self, *, active: bool) -> Callable[[Arguments], Done]:
        def act(given: Arguments) -> Done:
            user = given.text("user")
            found = self._org.store.select("SELECT Id FROM User WHERE ?1 IN (Id, Email, Username)", (user,))
            if not found:
                raise given.refuse(f"there is no user {user}")
            return self._people.edit("User", found[0]["Id"], {"IsActive": active}, _PERSON)

        return act

    def _visible(self, *, visible: bool) -> Callable[[Arguments], Done]:
        """The API user's right to see an object at all."""

        def act(given: Arguments) -> Done:
            name = given.kind().name
            (self._org.closed.discard if visible else self._org.closed.add)(name)
            return {"object": name}

        return act
