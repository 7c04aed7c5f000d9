"""What the demo writes about providers: whom to ask, what may be asked, what is written back, and a table of companies.

Each part is an example to copy.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from leadrelay import mappings
from leadrelay.sandbox.samples import truths

CONFIG = """
# -- Who is asked about leads. What they may fill, and in which order, stands in the playbooks, under [enrichment]. ---

[providers.accounts]                      # the CRM's own accounts: what sales knows costs nothing
kind = "crm"
fields = {{ employees = "NumberOfEmployees" }}

[providers.companies]                     # a table of one's own
kind = "table"
file = "companies.csv"
match = ["domain", "name"]
columns = {{ domain = "website", name = "company" }}
fields = {{ employees = "headcount", industry = "sector" }}

[providers.mail]                          # who carries the mail of the lead's domain
kind = "dns"
nameservers = ["{dns}"]        # the sandbox's; without this line the machine's own

[providers.pdl]
kind = "http"
description = "people-data-labs-company"  # comes along; an API of your own is a TOML file beside this one
secrets = {{ key = {{ file = "providers.secret" }} }}
hosts = ["{vendors}"]              # the sandbox's vendors: for the real one, leave out this line, the next two ...
private = true
per_second = 200
cost_per_hit = "0.10"                     # ... and let this be what your contract says
unit = "USD"
per_day = 20

[providers.apollo]
kind = "http"
description = "apollo-organization"
secrets = {{ key = {{ file = "providers.secret" }} }}
hosts = ["{vendors}"]
private = true
per_second = 200
cost_per_hit = "0.05"
unit = "USD"
per_day = 5
"""

ENRICHMENT = """\
[enrichment.fields.employees]
from = [{accounts}"companies", "pdl", "apollo"]
min_confidence = 0.7                 # the first that is so sure wins
run_if = "email_kind = 'company'"    # no look-ups for free mail
fresh = "180 days"                   # how long answers count

[enrichment.fields.industry]
from = ["companies", "pdl", "apollo"]
min_confidence = 0.7
run_if = "email_kind = 'company'"

[enrichment.fields.technologies]
from = ["apollo"]
run_if = "email_kind = 'company'"

[enrichment.fields.mail_provider]
from = ["mail"]

[[score.fit]]
name = "Mail in the cloud"
about = "organisation"
when = "mail_provider in ('Microsoft 365', 'Google Workspace')"
points = 1
"""

GROUP = """\
[decision_group]
"budget holder" = "seniority in ('c-level', 'vp') and job_function = 'finance'"
"decision maker" = "seniority in ('c-level', 'vp') and job_function in ('it', 'security')"
influencer = "seniority in ('director', 'manager')"
"""

_WRITTEN = {
    "salesforce": """

# -- What others know ------------------------------------------------------------------------------------------

[write.NumberOfEmployees]                 # only where nobody typed a number
from = "employees"
policy = "unless-edited"

[write.Industry]                          # only where nobody chose one
from = "industry"
policy = "fill"

[write.Technologies__c]
from = "technologies"
policy = "fill"

[write.Leadrelay_Enriched_By__c]          # who said it, how sure, and when
from = "provenance"
cut = 255

[write.Leadrelay_Duplicate_Of__c]         # the oldest lead of the same person
from = "duplicate_of"

[write.Leadrelay_Group_Missing__c]        # whom of the decision group nobody knows yet
from = "group_missing"
""",
    "hubspot": """

# -- What others know ------------------------------------------------------------------------------------------

[write.industry]                          # only where nobody chose one
from = "industry"
policy = "fill"

[write.technologies]
from = "technologies"
policy = "fill"

[write.leadrelay_enriched_by]             # who said it, how sure, and when
from = "provenance"
cut = 255
policy = "own"
""",
}
SHIPPED: Mapping[str, str] = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}

_EVERY = 4


@dataclass(frozen=True, slots=True)
class Known:
    """A company as somebody noted it."""

    domain: str
    name: str
    industry: str
    employees: int


def known(leads: int, seed: int) -> list[Known]:
    """Every company of so many sample leads."""
    found = {truth.company.domain: truth.company for _, truth in truths(leads, seed, datetime(2026, 1, 1, tzinfo=UTC))}
    return [Known(domain, one.names[0], one.industry, one.employees) for domain, one in found.items()]


def listed(companies: list[Known]) -> list[Known]:
    """Those of the table."""
    return companies[::_EVERY]


def noted(companies: list[Known]) -> Mapping[str, int]:
    """By domain, the sizes that sales noted in the CRM's accounts."""
    return {one.domain: one.employees for one in companies[1::2]}


def table(companies: list[Known]) -> str:
    """The table of companies as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["website", "company", "headcount", "sector"])
    writer.writerows([one.domain, one.name, one.employees, one.industry] for one in listed(companies))
    return text.getvalue()


def enrichment(job: str) -> str:
    """The sections of a job's playbook about what others know."""
    return ENRICHMENT.format(accounts='"accounts", ' if job == "salesforce" else "")


def mapping(job: str) -> str:
    """The shipped mapping, with what is found out written back."""
    return mappings.text(SHIPPED[job]).rstrip() + _WRITTEN[job]
