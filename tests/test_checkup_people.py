"""Whom the CRM does not know, or has deactivated, is named by its place in the playbook, never by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from leadrelay.checkup.people import examine, ownable
from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.saved import hashed
from leadrelay.core.playbook.loading import load
from leadrelay.mappings.mapping import load as load_mapping

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEAD = """name = "p"
[qualification]
when = "true"
[[stages]]
name = "raw"
side = "lead-generation"
"""
OWNERS = (
    Owner("1", "Ann", "ann@acme.example", active=True),
    Owner("2", "Bob", "Bob@acme.example", active=False),
    Owner("3", "Vera", "vera@acme.example", active=True),
    Owner("4", "Inbound queue", "carl@acme.example", active=True, queue=True),
)


def told(text, owners=OWNERS):
    playbook = load(HEAD + text, "p.toml")
    found = list(examine("people", playbook, owners, NOW))
    assert not [one for one in found if "@" in one.message + one.cure]
    return [(one.level, one.place, one.message) for one in found]


def test_everybody_is_known():
    text = '[teams.t]\nmanager = "VERA@acme.example"\nmembers = [{ email = "Ann@acme.example" }]\n'
    assert told(text) == [("ok", "", "every member is an active user of the CRM: 1")]


def test_members_unknown_and_deactivated():
    text = "".join(f'[[teams.t.members]]\nemail = "{name}@acme.example"\n' for name in ("ann", "bob", "carl"))
    assert told(text) == [
        ("warning", "p.toml:10 teams.t.members[1].email", "the CRM has deactivated this user."),
        ("error", "p.toml:12 teams.t.members[2].email", "the CRM has no user with this e-mail address."),
    ]


def test_an_address_of_two_users_is_told():
    twin = Owner("5", "Ann too", "ANN@acme.example", active=True)
    text = '[teams.t]\nmembers = [{ email = "ann@acme.example" }]\n'
    assert told(text, (*OWNERS, twin)) == [
        (
            "warning",
            "p.toml:8 teams.t.members[0].email",
            "the CRM has several active users with this e-mail address.",
        )
    ]
    assert told(text, (*OWNERS, Owner("5", "Ann", "ann@acme.example", active=False)))[0][0] == "ok"


def test_a_queue_is_found_however_it_is_spelled():
    assert told(
        '[assignment]\nfallback = "INBOUND queue"\n[teams.t]\nmembers = [{ email = "ann@acme.example" }]\n'
    ) == [("ok", "", "every member is an active user of the CRM: 1")]


def test_a_team_of_whom_nobody_is_there():
    assert told('[teams.t]\nmembers = [{ email = "bob@acme.example" }]')[1:] == [
        ("error", "p.toml:7 teams.t", "nobody of team 't' is an active user of the CRM.")
    ]


def test_owners_of_the_hand_off():
    text = '[handoff]\nowners = [\n  "ann@acme.example",\n  "carl@acme.example",\n]\n'
    assert told(text) == [
        ("error", "p.toml:10 handoff.owners[1]", "the CRM has no user with this e-mail address."),
    ]


def test_everybody_to_whom_something_is_sent():
    text = """
[teams.t]
manager = "bob@acme.example"
members = [{ email = "ann@acme.example" }]
[assignment]
fallback = "Inbound quue"
[[assignment.rules]]
name = "A"
queue = "Nowhere"
[handoff]
[sla]
first_response = "1 hour"
[[sla.steps]]
after = "1 hour"
do = "escalate"
[escalation]
path = ["manager", "carl@acme.example"]
[[topics]]
name = "T"
when = "employees > 0"
to = "nobody@acme.example"
[[topics]]
name = "U"
when = "employees > 0"
to = "Inbound queue"
"""
    assert told(text) == [
        ("error", "p.toml:9 teams.t.manager", "the CRM has deactivated this user."),
        ("error", "p.toml:23 escalation.path[1]", "the CRM has no user with this e-mail address."),
        ("error", "p.toml:27 topics[0].to", "the CRM has no user with this e-mail address."),
        ("error", "p.toml:13 assignment.rules[0]", "the CRM has no queue 'Nowhere'."),
        ("error", "p.toml:12 assignment.fallback", "the CRM has no queue 'Inbound quue'."),
    ]


def test_a_calendar_that_never_opens():
    sundays = (date(2025, 12, 28) + timedelta(weeks=week) for week in range(250))
    closed = ", ".join(map(str, sundays))
    calendar = f'[calendars.c]\nzone = "UTC"\nhours = "sun 9:00-10:00"\nclosed = [{closed}]\n'
    assert told(calendar) == [("error", "p.toml:7 calendars.c", "is never open in the 3 years around 2026.")]


@pytest.mark.parametrize(("text", "findings"), [("", 0), ('[teams.t]\nmembers = [{ email = "a@x.example" }]', 1)])
def test_a_crm_that_tells_nobody_is_wrong_only_where_somebody_is_named(text, findings):
    found = list(examine("people", load(HEAD + text, "p.toml"), None, NOW))
    assert len(found) == findings
    assert all("does not tell its users" in one.message for one in found)


def test_addresses_may_come_as_hashes():
    saved = tuple(replace(owner, name="", email=hashed(owner.email)) for owner in OWNERS[:3])
    text = '[teams.t]\nmembers = [{ email = "Ann@acme.example" }, { email = "eve@acme.example" }]\n'
    assert [level for level, *_ in told(text, saved)] == ["error"]


QUEUES = """[teams.t]
members = [{ email = "ann@acme.example" }]
[assignment]
fallback = "Inbound queue"
[[assignment.rules]]
name = "all"
when = "true"
queue = "Other queue"
"""


@pytest.mark.parametrize(("holders", "count"), [("User", 2), ("Group,User", 0), ("", 0)])
def test_a_contact_belongs_to_no_queue(holders, count):
    playbook = load(HEAD + QUEUES, "p.toml")
    text = 'object = "Contact"\n[read]\nemail = "Email"\n[task]\nkey = "Key__c"\nowner = "OwnerId"\n'
    fields = {"OwnerId": FieldInfo("OwnerId", "Owner", "reference", extra={"reference_to": holders})}
    found = list(ownable("people", playbook, load_mapping(text, "m.toml", playbook), fields))
    assert [one.level for one in found] == ["error"] * count
    assert all("Contact belongs to a user" in one.message for one in found)
