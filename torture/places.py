"""The two CRMs of an arena: names of fields, the configuration for them, and how a case of theirs is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torture import evidence

PLAYBOOK = """\
name = "arena"

[teams.large]
manager = "MANAGER"
[[teams.large.members]]
email = "REP1"
weight = 2
[[teams.large.members]]
email = "REP2"
[[teams.large.members]]
email = "GONE"

[teams.small]
[[teams.small.members]]
email = "REP2"
[[teams.small.members]]
email = "REP3"

[assignment]
order = ["own-history", "fair"]
fallback = "MANAGER"
[[assignment.rules]]
name = "Large"
when = "employees >= 1000"
team = "large"
[[assignment.rules]]
name = "Small"
team = "small"

[bant.budget]
met = "budget_amount >= 10000"
unmet = "budget_amount < 10000"
question = "Which budget?"

[bant.need]
met = "need_summary is not null"
question = "What for?"

[qualification]
when = "bant_met >= 1"

[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = 20

[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"

[[stages]]
name = "name"
label = "Name"
side = "lead-generation"

[handoff]
when = "qualified"
subject = "Call {company}"
due = "1 day"
note = true
[[handoff.cadence]]
kind = "email"
after = "1 day"
subject = "Write to {company}"
text = "Write."
[[handoff.cadence]]
kind = "call"
after = "2 days"
subject = "Ring {company} again"
text = "Ring."

[sla]
first_response = "1 hour"
[[sla.steps]]
after = "1 hour"
do = "remind"
[[sla.steps]]
after = "2 hours"
do = "reassign"
[[sla.steps]]
after = "3 hours"
do = "escalate"
[escalation]
path = ["manager"]

[sales]
rejected = "sales_verdict = 'rejected'"

[[topics]]
name = "Price"
when = "budget_amount >= 60000"
to = "small"
within = "4 hours"
subject = "{topic} for {company}"
"""

MAPPING = """\
object = "{kind}"

[read]
employees = "{employees}"
budget_amount = "{budget}"
company = "{company}"
last_name = "{last_name}"
email = "{email}"
sales_verdict = "{verdict}"

[write]
{score} = "score"

[write.{status}]
from = "stage"
policy = "unless-edited"
initial = ["{initial}"]
values = {{ sal = "{moved}" }}

[write.{fill}]
from = "question"
policy = "fill"

[task]
key = "{task_key}"
owner = "{owner}"
"""


REJECTED = "rejected"
"""What sales says of a lead that it gives back."""

SUBJECTS: Mapping[str, Any] = {
    "companions": ("Write to ", "Ring "),
    "noted": True,
    "passed_on": ("Yours now",),
    "steps": ("Answer now", "No answer yet", "Yours now"),
    "topics": ("Price ",),
}
"""How the subjects of the playbook's tasks begin, by what they are for."""


@dataclass(frozen=True, slots=True)
class Place:
    """One CRM. `verdict`: the field for the word of sales. `owners`: three reps; `reps`: their ids; `gone` left."""

    name: str
    kind: str
    task_key: str
    owner: str
    score: str
    status: str
    initial: str
    moved: str
    fill: str
    employees: str
    budget: str
    company: str
    last_name: str
    email: str
    verdict: str
    owners: tuple[str, ...]
    reps: tuple[str, ...]
    manager: str
    gone: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def playbook(self) -> str:
        people = {"REP1": self.owners[0], "REP2": self.owners[1], "REP3": self.owners[2]}
        text = PLAYBOOK
        for name, email in {**people, "MANAGER": self.manager, "GONE": self.gone}.items():
            text = text.replace(name, email)
        return text

    def mapping(self) -> str:
        names = {name: getattr(self, name) for name in type(self).__slots__}
        return MAPPING.format(**names)

    def connection(self, url: str) -> str:
        """The table of the configuration."""
        if self.name == "hubspot":
            return f'kind = "hubspot"\nbase_url = "{url}"\naccess_token = {{ env = "TOKEN" }}\n'
        told = f'kind = "salesforce"\ninstance_url = "{url}"\nclient_id = "sandbox-client"\n'
        return told + 'client_secret = { env = "SECRET" }\n'

    def policy(self, **more: Any) -> evidence.Policy:
        """As the judge is to read it. Whom a lead belongs to is ours to say when it is handed off."""
        fields = {self.score: "own", self.status: "unless-edited", self.fill: "fill", self.owner: "own"}
        make = evidence.hubspot if self.name == "hubspot" else evidence.salesforce
        given = {**SUBJECTS, "returned": (self.verdict, REJECTED), **more}
        return make(fields, {self.status: frozenset({self.initial})}, **given)

    def lead(self, row: Mapping[str, Any], key: str) -> evidence.Lead:
        """What a record asks for, by the playbook above."""
        large = int(row[self.employees] or 0) >= 1000
        return evidence.Lead(key, due=int(row[self.budget] or 0) >= 10_000, fields={self.score: 20 if large else 0})


SALESFORCE = Place(
    name="salesforce",
    kind="Lead",
    task_key="Leadrelay_Key__c",
    owner="OwnerId",
    score="Leadrelay_Score__c",
    status="Status",
    initial="Open - Not Contacted",
    moved="Working - Contacted",
    fill="Description",
    employees="Headcount__c",
    budget="Budget__c",
    company="Company",
    last_name="LastName",
    email="Email",
    verdict="Sales_Verdict__c",
    owners=tuple(f"{name}@sandbox.example" for name in ("ada.okafor", "ben.lindqvist", "chiara.moretti")),
    reps=tuple(f"005Hs000000000{n}IAA" for n in (2, 3, 4)),
    manager="farid.haddad@sandbox.example",
    gone="greta.nilsson@sandbox.example",
    settings={"daily_requests": 10**8},
)
HUBSPOT = Place(
    name="hubspot",
    kind="contacts",
    task_key="leadrelay_key",
    owner="hubspot_owner_id",
    score="leadrelay_score",
    status="hs_lead_status",
    initial="NEW",
    moved="IN_PROGRESS",
    fill="message",
    employees="headcount",
    budget="budget",
    company="company",
    last_name="lastname",
    email="email",
    verdict="sales_verdict",
    owners=tuple(f"{name}@sandbox.example" for name in ("ada.byrne", "ravi.menon", "lena.vogt")),
    reps=("41629779", "41629780", "41630112"),
    manager="grace.okafor@sandbox.example",
    gone="paul.former@sandbox.example",
    settings={"per_ten_seconds": 1_000_000, "per_day": None, "searches_per_second": None},
)
PLACES = {place.name: place for place in (SALESFORCE, HUBSPOT)}


DOMAIN = "leak.example"


def table(leads: int, domain: str = DOMAIN) -> str:
    """A CSV file of leads for both: half of them large, two of three with a budget, each a canary.

    `domain`: of their addresses; `{n}` in it is the number of the lead.
    """
    head = "Last Name,Company,Email,Headcount,Budget,Status,hs_lead_status"
    rows = (
        f"Canaryname{n:06},Acme {n},canary{n:06}@{domain.format(n=n)},{2000 if n % 2 else 20},"
        f"{50_000 if n % 3 else 100},{SALESFORCE.initial},{HUBSPOT.initial}"
        for n in range(leads)
    )
    return "\n".join([head, *rows, ""])
