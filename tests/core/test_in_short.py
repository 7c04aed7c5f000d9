"""Why, in one line: what the screens of `plan` and `explain` show."""

from datetime import UTC, datetime

import pytest

from leadrelay import playbooks
from leadrelay.core.explain import trace
from leadrelay.core.lead import LEAD
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEAD_OF_ACME = {
    "email": "it@acme.example",
    "employees": 1_300,
    "industry": "Banking",
    "budget_status": "approved",
    "authority": "decides",
}


@pytest.fixture(scope="module")
def found():
    playbook = load(playbooks.text("it-discovery"), "it-discovery")
    return trace({**dict.fromkeys(LEAD), **LEAD_OF_ACME}, playbook, NOW)


def test_a_sum_tells_its_parts(found):
    outputs = found.outputs
    parts = ("fit", "engagement", "intent")
    told = ", ".join(f"{part} {outputs[part]}" for part in parts)
    assert found.in_short("score").startswith(f"{told}, bant score {outputs['bant_score']}")


def test_a_group_tells_its_rules(found):
    spoke = [rule.reason for rule in found.rules if rule.output == "organisation_fit" and rule.reason]
    assert found.in_short("organisation_fit") == ", ".join(spoke)
    assert spoke


def test_a_criterion_tells_its_evidence(found):
    assert found.in_short("bant_budget") == "by Approved: budget_status approved"
    assert found.in_short("bant_timeline") == ""


def test_a_stage_tells_what_is_known(found):
    taken = next(stage for stage in found.stages if stage.name == found.outputs["stage"])
    assert found.in_short("stage") == taken.finding.known
    assert "unknown" not in found.in_short("stage")


def test_a_text_says_so_itself_and_a_lead_field_its_value(found):
    assert found.in_short("reasons") == ""
    assert found.in_short("industry") == "the lead's industry is Banking"


def test_every_output_has_a_line_without_predicates(found):
    assert not [output for output in OUTPUTS if " matches " in found.in_short(output)]
