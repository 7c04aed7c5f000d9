"""What a verdict says about a lead: the typed outputs that mappings may write and later rules may ask for.

They are decided in this order: BANT verdicts, scores, qualification, gate, recycling, stage, assignment, the verdict of
sales. A predicate may ask for what was decided before it.
"""

from __future__ import annotations

from leadrelay.core.lead import Axis, Field, Schema, Type

_T, _I, _B, _D = Type.TEXT, Type.INTEGER, Type.BOOLEAN, Type.DATE

VERDICTS = Schema(
    [
        Field("bant_budget", _T, Axis.BANT, "Budget: met, unmet, unknown or contradicted"),
        Field("bant_authority", _T, Axis.BANT, "Authority: met, unmet, unknown or contradicted"),
        Field("bant_need", _T, Axis.BANT, "Need: met, unmet, unknown or contradicted"),
        Field("bant_timeline", _T, Axis.BANT, "Timeline: met, unmet, unknown or contradicted"),
        Field("bant_met", _I, Axis.BANT, "How many of the four criteria are met", "criteria"),
        Field("bant_unmet", _I, Axis.BANT, "How many criteria are unmet", "criteria"),
        Field("bant_unknown", _I, Axis.BANT, "How many criteria are unknown", "criteria"),
        Field("bant_contradicted", _I, Axis.BANT, "How many criteria are met and unmet at once", "criteria"),
    ]
)
"""What BANT says; score rules may ask for it."""

SCORES = Schema(
    [
        Field("contact_fit", _I, Axis.CONTACT, "Fit of the person, after its cap", "points"),
        Field("organisation_fit", _I, Axis.ORGANISATION, "Fit of the company, after its cap", "points"),
        Field("fit", _I, Axis.ORGANISATION, "Fit of person and company, after its cap", "points"),
        Field("engagement", _I, Axis.ENGAGEMENT, "What they did with us, after its cap", "points"),
        Field("intent", _I, Axis.INTENT, "What they look for elsewhere, after its cap", "points"),
        Field("bant_score", _I, Axis.BANT, "Points for BANT, after their cap", "points"),
        Field("score", _I, Axis.PROCESS, "Fit, engagement, intent and BANT together, after the cap", "points"),
        Field("grade", _T, Axis.PROCESS, "A to D by fit, 1 to 4 by engagement and intent: A1 is best"),
        Field("band", _T, Axis.PROCESS, "The highest of the playbook's bands that the score reaches"),
    ]
)
"""What the rules add up to; disqualifiers, the qualification and all that follows may ask for it."""

QUALIFIED = Schema(
    [
        Field("disqualified", _B, Axis.PROCESS, "A disqualifier of the playbook holds"),
        Field("qualified", _B, Axis.PROCESS, "The playbook's qualification holds, and no disqualifier does"),
    ]
)
"""Who is qualified; the statuses of the qualification may ask for it."""

QUALIFICATION = Schema(
    [*QUALIFIED.values(), Field("qualification", _T, Axis.PROCESS, "Status of the qualification, by its name")]
)
"""How far the qualification has come; the gate may ask for it."""

GATE = Schema(
    [
        Field("gate_passed", _B, Axis.PROCESS, "Every condition of the gate holds; qualified where there is no gate"),
    ]
)
"""Who may pass; recycling, stages and the hand-off may ask for it."""

RECYCLING = Schema(
    [
        Field("recycled", _B, Axis.PROCESS, "The lead is back in nurture until its day comes"),
        Field("recycle_reason", _T, Axis.PROCESS, "Why it was recycled, as long as that lasts"),
        Field("reengage_on", _D, Axis.PROCESS, "The day on which it comes back, or came back, by itself"),
    ]
)
"""Who goes back to nurture; stages may ask for it."""

STAGE = Schema(
    [
        Field("stage", _T, Axis.PROCESS, "Stage in the funnel, by its name in the playbook"),
        Field("stage_label", _T, Axis.PROCESS, "The same, as people read it"),
        Field("side", _T, Axis.PROCESS, "Who has the lead in that stage: lead-generation or sales"),
        Field("stage_held", _T, Axis.PROCESS, "The stage that it would be in, if the playbook listed a way there"),
    ]
)
"""Where it stands; the hand-off, assignment and the verdict of sales may ask for it."""

ASSIGNMENT = Schema(
    [
        Field("territory", _T, Axis.PROCESS, "The first rule of [assignment] that speaks for the lead"),
        Field("team", _T, Axis.PROCESS, "The team or queue that the lead belongs to"),
    ]
)
"""Where a lead belongs; the hand-off and what follows it may ask for it."""

SALES = Schema(
    [
        Field("sales_accepted", _B, Axis.PROCESS, "Sales accepted the lead, as the playbook's [sales] says"),
        Field("sales_rejected", _B, Axis.PROCESS, "Sales rejected the lead, as the playbook's [sales] says"),
    ]
)
"""The verdict of sales."""

TEXTS = Schema(
    [
        Field("reasons", _T, Axis.PROCESS, "Every rule that spoke, with its points, and what a cap took or gave"),
        Field("bant", _T, Axis.BANT, "The four verdicts in one line"),
        Field(
            "bant_evidence", _T, Axis.BANT, "The four verdicts with the fields that speak for them, and their values"
        ),
        Field("gate_missing", _T, Axis.PROCESS, "What the gate still lacks: its conditions that do not hold"),
        Field("question", _T, Axis.BANT, "What to ask next: the first question of the first criterion that is open"),
        Field("questions", _T, Axis.BANT, "All that is left to ask, a line each"),
        Field("recycled_before", _T, Axis.PROCESS, "What else it was recycled for before, and what still lasts"),
    ]
)
"""Made only when asked for."""

ENDLESS = frozenset(TEXTS) - {"question"}
"""Outputs whose length grows with the rules; a playbook's questions are checked where they are written."""

_PARTS = (VERDICTS, SCORES, QUALIFICATION, GATE, RECYCLING, STAGE, ASSIGNMENT, SALES, TEXTS)
OUTPUTS = Schema([field for part in _PARTS for field in part.values()])
"""Everything that a mapping may write besides lead fields."""
