"""Time passes on both CRMs while nobody touches a lead: rules about the last days and points that fade follow it."""

from datetime import timedelta

import pytest

from leadrelay.cli_common import now, opened_job
from leadrelay.jobs.qualify import Run, Surroundings

WEEK = 7 * 86_400


@pytest.fixture
def later(desk, crm):
    """later(days): a run as if it were so many days on."""

    def run(days, **options):
        def clock():
            return now() + timedelta(days=days)

        with opened_job(desk.config, crm.name) as (house, job, store):
            return Run(job, store, house.run_id(), Surroundings(clock))(**options)

    return run


def test_leads_follow_the_time_and_each_is_asked_for_only_when_it_is_due(crm, tell, later):
    tell("run", crm.name, "--json")
    crm.post("clock", advance=WEEK)
    tell("run", crm.name, "--json")
    crm.post("clock", advance=WEEK)
    before = crm.business()
    fourteen = later(14)
    assert 0 < fourteen.due == fourteen.read < len(before)
    assert fourteen.balanced
    changed = {lead for lead, row in crm.business().items() if row != before[lead]}
    assert 0 < len(changed) <= fourteen.done
    crm.post("clock", advance=WEEK)
    later(14)
    crm.post("clock", advance=WEEK)
    again = later(14)
    assert (again.read, again.due) == (0, 0)
    assert again.api_calls <= 3
    whole = later(14, everything=True)
    assert (whole.read, whole.changed) == (len(before), 0)
