"""What `apply` says of a plan of which nothing came."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from leadrelay.core.changes import Withheld
from leadrelay.jobs.summary import Summary
from leadrelay.screens_plans import applied


def said(summary, *, sends, refused=()):
    plan = SimpleNamespace(job="inbound", run="20261123T000000-00000000", sends=sends)
    lines = applied(SimpleNamespace(plan=plan, refused=refused, before=0), summary, Path("plan.json"))
    return "\n".join(line for line in lines if isinstance(line, str))


@pytest.mark.parametrize(("sends", "why"), [(True, "was applied already"), (False, "nothing in this plan")])
def test_a_plan_without_changes_was_not_applied_before(sends, why):
    assert why in said(Summary(run="r", job="inbound", kind="apply", complete=True), sends=sends)


def test_what_was_not_done_needs_no_undoing():
    summary = Summary(run="r", job="inbound", kind="apply", complete=True, read=1, unchanged=1, withheld=1)
    assert "rollback" not in said(summary, sends=True, refused=[Withheld("1", "", "it is gone")])
    summary = Summary(run="r", job="inbound", kind="apply", complete=True, read=1, done=1)
    assert "To undo it: leadrelay rollback 2026" in said(summary, sends=True)
