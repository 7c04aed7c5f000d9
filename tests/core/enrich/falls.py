"""What the tests of the waterfall share: plans, frames, and answers by hand."""

from datetime import UTC, datetime, timedelta

import polars as pl

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.enrich.values import ANSWERS, Enrichment, FieldPlan
from leadrelay.core.enrich.waterfall import Waterfall
from leadrelay.core.lead import Axis, Field, Type
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.predicates import parse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIELDS = SCHEMA.extended([Field("form_employees", Type.INTEGER, Axis.ORGANISATION, "Size, as the lead wrote it")])


def when(text):
    return Condition(text, parse(text, FIELDS, ""))


def fall(*plans, now=NOW):
    return Waterfall(Enrichment(plans), FIELDS, now)


def employees(*providers, **more):
    return FieldPlan("employees", providers or ("crm", "pdl", "apollo"), **more)


def industry(*providers, **more):
    return FieldPlan("industry", providers or ("crm", "pdl", "apollo"), **more)


def leads(*rows):
    names = {name for row in rows for name in row} - {"id"}
    schema = {"id": pl.String, **{name: FIELDS[name].type.dtype for name in sorted(names)}}
    return pl.DataFrame([{"id": str(place), **row} for place, row in enumerate(rows)], schema=schema)


def said(provider, field, value, confidence=0.9, days=0.0, lead="0", cost=0):
    at = NOW - timedelta(days=days)
    return dict(zip(ANSWERS, (lead, provider, field, value, confidence, at, cost), strict=True))


def answers(*rows):
    return pl.DataFrame(rows, schema=ANSWERS)


def ours(frame, *names):
    """Of these fields, every value is one that we wrote."""
    return frame.select("id", *(pl.lit(value=True).alias(name) for name in names))


def asked(*pairs):
    return pl.DataFrame(pairs, schema={"id": pl.String, "provider": pl.String}, orient="row")


def merged(waterfall, frame, *rows, mine=()):
    return waterfall.merge(frame, ours(frame, *mine), answers(*rows))


def wanted(waterfall, found, *pairs):
    return waterfall.wanted(found, asked(*pairs)).drop("since").rows()


def won(found):
    """By field, who won, of a frame of one lead."""
    return dict(found.facts.filter("won").select("field", "provider").iter_rows())
