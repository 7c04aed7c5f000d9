"""Leads of the sandbox's kind, a live playbook and a new one."""

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from leadrelay import playbooks
from leadrelay.core.playbook.loading import load
from leadrelay.core.trial.trial import OUTCOME

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LIVE = load(playbooks.text("it-discovery"), "it-discovery.toml")
NEW_TEXT = (
    playbooks.text("it-discovery").replace("bant_met >= 3", "bant_met >= 2")
    + """
[[score.engagement]]
name = "Came at all"
when = "visits >= 1"
points = 9

[[score.intent]]
name = "Reads what others write"
when = "intent_score >= 50"
points = -4
"""
)


def lead_frame(count, seed=7, fields=LIVE.fields_used):
    """Typed leads with some of everything, and an outcome that leans on their size."""
    draw = random.Random(seed)
    options = {
        "text": lambda: draw.choice(
            [None, "Banking", "CIO", "Germany", "approved", "inbound", "assistant", "a@b.example"]
        ),
        "integer": lambda: draw.choice([None, 0, 1, 5, 50, 500, 5000]),
        "number": lambda: draw.choice([None, 0.0, 10_000.0, 50_000.0, 90.0]),
        "boolean": lambda: draw.choice([None, True, False]),
        "date": lambda: draw.choice([None, (NOW + timedelta(days=draw.randint(-200, 200))).date()]),
        "datetime": lambda: draw.choice([None, NOW - timedelta(days=draw.randint(0, 200))]),
        "list": lambda: draw.choice([None, ["ServiceNow"], ["ISO 27001", "asset visibility"]]),
    }
    schema = {name: LIVE.schema[name].type for name in sorted(fields)}
    columns = {name: [options[kind]() for _ in range(count)] for name, kind in schema.items()}
    frame = pl.DataFrame(columns, schema={name: kind.dtype for name, kind in schema.items()})
    won = [draw.choice([None, True, False, bool(size and size > 100)]) for size in columns["employees"]]
    ids = pl.Series("id", [f"lead-{number:05}" for number in range(count)])
    return frame.with_columns(ids, pl.Series(OUTCOME, won, dtype=pl.Boolean))


@pytest.fixture(scope="session")
def live():
    return LIVE


@pytest.fixture(scope="session")
def new():
    return load(NEW_TEXT, "new.toml")


@pytest.fixture(scope="session")
def leads():
    return lead_frame(600)
