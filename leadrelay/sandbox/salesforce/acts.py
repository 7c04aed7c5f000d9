"""What `/_sandbox/act` does in an org, by name: what people, admins and the CRM itself do beside the API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from leadrelay.sandbox.control import Action, BadRequest
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.acts_fields import FieldActs
from leadrelay.sandbox.salesforce.acts_objects import ObjectActs
from leadrelay.sandbox.salesforce.acts_records import RecordActs
from leadrelay.sandbox.salesforce.acts_rules import RuleActs
from leadrelay.sandbox.salesforce.acts_work import WorkActs
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.person import People
from leadrelay.sandbox.wire import Response

Act = Callable[[Arguments], Done]


def actions(org: Org, people: People) -> Mapping[str, Action]:
    """All actions; each refuses words that it does not know, so that a slip is no silence."""
    acts: dict[str, tuple[Act, str]] = {
        **RecordActs(org, people).acts(),
        **WorkActs(org, people).acts(),
        **RuleActs(org).acts(),
        **FieldActs(org).acts(),
        **ObjectActs(org).acts(),
        "expire_locators": (lambda _: _expire(org), ""),
    }
    return {name: _action(org, name, act, words.split()) for name, (act, words) in acts.items()}


def _action(org: Org, name: str, act: Act, words: Collection[str]) -> Action:
    def action(given: Mapping[str, Any]) -> Response:
        unknown = [word for word in given if word not in words]
        if unknown:
            raise BadRequest(f"{name} takes {', '.join(words) or 'nothing'}, not {', '.join(unknown)}")
        try:
            with org.store.transaction():
                return Response(200, act(Arguments(org, name, given)))
        except SalesforceError as error:
            raise BadRequest(f"{name}: {error}") from None

    return action


def _expire(org: Org) -> Done:
    """End all query locators, as the end of their two days does."""
    count = len(org.cursors)
    org.cursors.clear()
    return {"expired": count}
