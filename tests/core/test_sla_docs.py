"""docs/sla.md is followed: its boxes make a playbook, and its example happens as the page says."""

import tomllib
from datetime import datetime
from zoneinfo import ZoneInfo

from leadrelay import config
from leadrelay.connectors.base import Owner
from leadrelay.core.playbook.loading import load
from leadrelay.core.roster import bound
from leadrelay.core.sla import ACTIONS, ESCALATE, addressee, due_step, next_at, timers
from tests.core.small import PLAYBOOK
from tests.pages import boxes, page, table_rows

PAGE = page("sla.md")
BLOCKS = boxes(PAGE, "toml")
BERLIN = ZoneInfo("Europe/Berlin")


def playbook():
    blocks = [block for block in BLOCKS if not block.startswith("# config.toml")]
    return load(PLAYBOOK + "\n".join(blocks), "playbook.toml")


def table(heading):
    """The rows of the table under that first heading cell, without the head."""
    return [[cell.strip("`") for cell in row] for row in table_rows(PAGE, f"| {heading} |")]


def test_the_boxes_of_the_page_make_a_playbook():
    found = playbook()
    assert [step.do for step in found.sla.steps] == ["remind", "escalate", "escalate"]
    assert [topic.name for topic in found.topics] == ["Pricing", "Technical question", "Complaint"]
    assert found.ageing.limits == {"sal": 2}
    assert [row[0] for row in table("`do`")] == list(ACTIONS)


def test_the_schedule_of_the_page_is_one():
    (block,) = (block for block in BLOCKS if block.startswith("# config.toml"))
    assert config.trigger(tomllib.loads(block)["schedule"])


def test_the_example_happens_as_the_page_says():
    rules, roster = playbook().sla, playbook().roster
    people = ["ann@acme.example", "vera@acme.example", *rules.path[1:]]
    staff = bound(roster, [Owner(email, "", email, active=True) for email in people])
    calendar, assigned = staff.calendar(people[0]), datetime(2026, 11, 20, 16, 30, tzinfo=BERLIN)
    assert timers(rules, assigned, calendar).due_at == datetime(2026, 11, 23, 9, 30, tzinfo=BERLIN)
    told, now = [], assigned
    for taken in range(len(rules.steps)):
        now = next_at(rules, assigned, calendar, taken, now)
        step = due_step(rules, assigned, calendar, taken, now)
        to = addressee(rules, taken, roster.teams["inbound"].manager, people[0], staff).owner
        owner = to if step.do == ESCALATE else people[0]
        told.append([f"{now.astimezone(BERLIN):%Y-%m-%d %H:%M}", step.do, owner])
    assert told == table("in Berlin")
