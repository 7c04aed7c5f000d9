#!/usr/bin/env python
"""Writes the tables of sandbox.md: run it after a change of faults, scenarios, settings or actions."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import orjson

from leadrelay.sandbox.actors import PERSON
from leadrelay.sandbox.control import Control
from leadrelay.sandbox.fault_kinds import COMMON, KINDS
from leadrelay.sandbox.hubspot import settings as hubspot_settings
from leadrelay.sandbox.hubspot.app import HubSpot
from leadrelay.sandbox.keys import Key
from leadrelay.sandbox.provider import settings as provider_settings
from leadrelay.sandbox.provider.app import VENDORS, Provider
from leadrelay.sandbox.provider.dns import FAULT
from leadrelay.sandbox.provider.dns import KINDS as NAME_FAULTS
from leadrelay.sandbox.provider.truth import Directory
from leadrelay.sandbox.provider.views import HABITS
from leadrelay.sandbox.salesforce import settings as salesforce_settings
from leadrelay.sandbox.salesforce.app import Salesforce
from leadrelay.sandbox.scenario import ACT
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request

PAGE = Path(__file__).with_name("sandbox.md")
BEGIN, END = "<!-- {}, written by docs/sandbox_reference.py -->\n", "<!-- end -->\n"

SALESFORCE_ACTS = {
    "merge": "merges `losers` (one or two) into `master`, as the merge page does; `object` is Lead unless said",
    "convert": "makes an account and a contact of a lead, and an `opportunity` of that name where one is given",
    "delete": "puts a record into the recycle bin",
    "restore": "takes a record out of the recycle bin",
    "hide_rows": "narrows the API user's access: a `share` (0 to 1) of the records is not seen any more",
    "show_rows": "gives the access back",
    "same_stamp": "touches the first `count` records in one moment, as a mass update does",
    "complete_task": "sets a task to Completed",
    "log_call": "logs a call with a lead: a task that is completed from the start",
    "log_email": "logs an e-mail to a lead, likewise",
    "log_event": "puts an event with a lead into the calendar, `starts_in` minutes from now; below 0: one that was",
    "change_owner": "gives a record to `owner`, an id; `object` is Lead unless said",
    "sales_verdict": "what sales says of a lead: `verdict` is accepted or rejected, with a `reason`",
    "deactivate_user": "deactivates a `user`, by id or e-mail",
    "activate_user": "takes that back",
    "hide_object": "takes the API user's right to see an object type at all",
    "show_object": "gives it back",
    "lock": "another transaction holds the records for `seconds` of the org's clock: UNABLE_TO_LOCK_ROW",
    "unlock": "lets them go",
    "validation": "a validation rule: refuses records whose `field` holds what `equals` says, or all that `when` says",
    "restrict": "makes a field a restricted picklist of `values`",
    "unrestrict": "lets the field take any value again",
    "duplicates": "a duplicate rule over `fields`: `rule` is alert or block",
    "automation": "a flow: when the API writes `field`, it puts `value` there, `times` for each record or always",
    "assignment_rule": "switches the lead assignment rule on or off (`active`)",
    "grant": "gives the API user a permission: `ModifyAllData`, as UserPermissionAccess names it",
    "revoke": "takes it",
    "clear_rules": "drops the rules of an object; locks and picklists stay",
    "create_object": "makes a custom object, whose `name` ends with `__c`; `activities` false: no tasks are about it;"
    " `master`: an object whose details its records are, without owners of their own",
    "drop_field": "deletes a custom field",
    "retype_field": "gives a custom field another type; values that do not fit are lost",
    "hide_field": "takes the API user's right to see a field",
    "show_field": "gives it back",
    "read_only": "takes the right to write a field",
    "formula": "puts a formula in the place of a custom field, which nobody can write",
    "writable": "gives it back",
    "expire_locators": "ends all query locators",
}
HUBSPOT_ACTS = {
    "merge": "merges `loser` into `primary`; `object` is contacts unless said",
    "delete": "puts a record into the recycling bin",
    "restore": "takes a record out of the recycling bin",
    "same_stamp": "touches the first `count` records in one moment, as an import does",
    "automation": "a workflow: when the API writes `property`, it puts `value` there, `times` or always; null ends it",
    "validation": "a rule of an admin for a property's values; null ends it",
    "restrict": "the same as `remove_option`",
    "remove_option": "removes an option of an enumeration; records that have it keep it",
    "add_option": "adds one",
    "drop_property": "archives a property with its values",
    "restore_property": "brings it back, without values",
    "retype_property": "gives a property another type; values that do not fit are lost",
    "hide_property": "makes a property sensitive: the app does not see it",
    "show_property": "gives it back",
    "use_property": "a workflow, `by` its name, uses a property, which cannot be archived then; without `by`: none",
    "scopes": "takes scopes from the app (`remove`), or gives `all` back",
    "lock": "locks records for writes of the API for `seconds`: 423; 0 unlocks",
    "migrate": "the account moves to another data centre for `seconds`: 477; 0 ends it",
    "archive_owner": "deactivates a user, by id or e-mail",
    "restore_owner": "brings the user back",
    "complete_task": "completes a task",
    "log": "logs a call, an email, a meeting or a linkedin message (`kind`) with a contact, `at` a moment or now",
    "change_owner": "gives a record to another owner, by id or e-mail",
    "verdict": "what sales says of a contact: accepted or rejected, and the `reason`",
    "open_deal": "opens a deal with a contact, which makes it an opportunity",
}


def current(page: str) -> str:
    """The page with its tables as the code has them now."""
    for name, lines in tables().items():
        before, _, rest = page.partition(BEGIN.format(name))
        _, _, after = rest.partition(END)
        table = "\n".join(lines)
        page = f"{before}{BEGIN.format(name)}\n{table}\n\n{END}{after}"
    return page


def tables() -> Mapping[str, Iterable[str]]:
    """Every table by name."""
    with controls() as (salesforce, hubspot):
        return {
            "faults": _kinds(),
            "keys of all faults": _keys(COMMON),
            "people": _keys(PERSON),
            "acts": _keys(ACT),
            "Salesforce's settings": [*_settings(salesforce, _trailing(salesforce_settings))],
            "HubSpot's settings": [*_settings(hubspot, _below(hubspot_settings))],
            "Salesforce's actions": [*_actions(salesforce, SALESFORCE_ACTS)],
            "HubSpot's actions": [*_actions(hubspot, HUBSPOT_ACTS)],
            "vendors": _vendors(),
            "the providers' settings": [*_settings(_provider(), _below(provider_settings))],
            "faults of the name server": _keys(FAULT),
            "kinds of faults of the name server": _names(),
        }


@contextmanager
def controls() -> Iterator[tuple[Control, Control]]:
    """What answers for Salesforce and for HubSpot."""
    with closing(Store()) as first, closing(Store()) as second:
        yield Salesforce(first, lambda: "").control, HubSpot(second).control


def _provider() -> Control:
    with closing(Store()) as store:
        return Provider(store, Directory(0)).control


def _vendors() -> Iterator[str]:
    yield from _head("vendor", "addresses", "knows", "years old", "another's", "fields missing")
    for vendor in VENDORS:
        habits = HABITS[vendor.name]
        addresses = ", ".join(f"`{one.methods.replace(' ', '` or `')} {one.path}`" for one in vendor.endpoints)
        shares = (habits.known, habits.stale, habits.wrong, habits.gaps)
        yield _row(vendor.name, addresses, *(f"{share:.0%}" for share in shares))


def _names() -> Iterator[str]:
    yield from _head("kind", "what happens")
    for name, meaning in NAME_FAULTS.items():
        yield _row(f"`{name}`", meaning)


def _kinds() -> Iterator[str]:
    yield from _head("kind", "what happens", "keys")
    for name, kind in KINDS.items():
        yield _row(f"`{name}`", kind.meaning, "; ".join(_told(key) for key in kind.keys))


def _told(key: Key) -> str:
    need = "" if key.required else f" ({_default(key)})"
    return f"`{key.name}`{need}: {key.meaning}, {key.takes.words}"


def _keys(keys: Iterable[Key]) -> Iterator[str]:
    yield from _head("key", "takes", "default", "meaning")
    for key in keys:
        yield _row(f"`{key.name}`", key.takes.words, "required" if key.required else _default(key), key.meaning)


def _default(key: Key) -> str:
    return "optional" if key.default is None else f"`{orjson.dumps(key.default).decode()}`"


def _settings(control: Control, meanings: Mapping[str, str]) -> Iterator[str]:
    yield from _head("setting", "at first", "meaning")
    for name, value in control.settings().items():
        yield _row(f"`{name}`", f"`{orjson.dumps(value).decode()}`", meanings[name])


def _trailing(module: ModuleType) -> dict[str, str]:
    """What a comment behind each entry of a dict says."""
    return dict(re.findall(r'^    "(\w+)": .*?,  # (.+)$', inspect.getsource(module), re.MULTILINE))


def _below(module: ModuleType) -> dict[str, str]:
    """What the text below each field of the class Settings says."""
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    [body] = [node.body for node in classes if node.name == "Settings"]
    return {ast.unparse(a.target): _text(b) for a, b in pairwise(body) if isinstance(a, ast.AnnAssign)}


def _text(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


def _actions(control: Control, meanings: Mapping[str, str]) -> Iterator[str]:
    """An action tells what it takes when it is asked for something else."""
    yield from _head("action", "takes", "what happens")
    for name in control.actions:
        refusal = control.handle(Request("POST", "/_sandbox/act", body=orjson.dumps({"action": name, "?": True}))).body[
            "error"
        ]
        taken = re.sub(r"^\w+ takes |, (not|and needs) .*", "", refusal)
        yield _row(f"`{name}`", re.sub(r"\w+", r"`\g<0>`", taken).replace("`nothing`", "nothing"), meanings[name])


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
