"""The chapters of the demo about what others know: who is asked, what it costs, where values come from."""

from __future__ import annotations

from leadrelay import demo_enriched_files as files
from leadrelay import screens_demo, screens_explain, screens_people, screens_providers
from leadrelay.demo_stage import Stage
from leadrelay.jobs.duplicates import duplicates
from leadrelay.jobs.preview import explanation
from leadrelay.terminal import plain

_JOB = "salesforce"
_ENRICHED = "Leadrelay_Enriched_By__c"
_LINES = 15
_PEOPLE = 4


def note_sizes(stage: Stage, companies: list[files.Known]) -> None:
    """Sales noted how large some accounts are, before the story begins."""
    sizes = files.noted(companies)
    with stage.house().connector(_JOB, "Account") as connector:
        pages = [page.records for page in connector.changes(("Website",), None)]
    for record, site in (row for page in pages for row in page.select("id", "Website").iter_rows()):
        if size := next((size for domain, size in sizes.items() if domain in (site or "")), None):
            stage.crms.edit(record, {"NumberOfEmployees": size}, "Ada Okafor", "Account")


def who_is_asked(stage: Stage) -> None:
    """What the playbook allows."""
    told = f"Sales' accounts and a table for nothing, two vendors for money; at the end of {stage.name('toml')}:"
    stage.say("2. Who is asked for what is missing", told)
    stage.print(screens_demo.box(files.enrichment(_JOB), _LINES))


def what_others_knew(stage: Stage) -> None:
    """The bill, and one lead with its sources."""
    told = "HubSpot's leads are of the same companies: what was paid for once is kept, and is not paid again."
    stage.say("What it cost", told)
    stage.command("providers")
    house = stage.house()
    store = house.store()
    rows = house.standings(store, stage.crms.now())
    store.close()
    stage.print(*screens_providers.providers(rows))
    lead = _told_apart(stage)
    stage.say("Where a value comes from", "Each has its source; where vendors differ, the first in the list wins.")
    stage.command(f"explain {_JOB} {lead}")
    with stage.ready(_JOB) as (job, store):
        found = explanation(job, store, lead, stage.crms.now())
    stage.print(*screens_explain.others(found))


def who_is_doubled(stage: Stage) -> None:
    """Leads that are one person."""
    stage.say("One person, one lead", "Nothing is merged; of the leads of one person one is handed off.")
    stage.command(f"duplicates {_JOB}")
    with stage.ready(_JOB) as (job, store):
        found = duplicates(job, store)
    stage.print(*screens_people.duplicates(found, _PEOPLE))


def _told_apart(stage: Stage) -> str:
    """The lead of which most is told; vendors differ about it, if they do about any."""
    lines = {lead: record[_ENRICHED] or "" for lead, record in stage.leads().items()}
    return plain(max(lines, key=lambda lead: ("; " in lines[lead], "pdl" in lines[lead], len(lines[lead]), lead)))
