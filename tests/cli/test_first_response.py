"""First responses on both CRMs: a promise of the shipped playbook, kept by a person for one lead and by nobody else."""

from datetime import timedelta

from leadrelay.cli_common import now, opened_job
from leadrelay.jobs.qualify import Run, Surroundings

DONE = {"salesforce": {"Status": "Completed"}, "hubspot": {"hs_task_status": "COMPLETED"}}
REMINDED = {"salesforce": 2, "hubspot": 1}
"""Of three leads one is answered; one of HubSpot's belongs to nobody."""


def later(desk, crm, **time):
    """A run as if it were so much later."""
    with opened_job(desk.config, crm.name) as (house, job, store):
        return Run(job, store, house.run_id(), Surroundings(lambda: now() + timedelta(**time)))()


def test_only_who_nobody_answered_is_reminded_and_once(desk, crm, tell):
    assert tell("run", crm.name, "--json").json["tasks_created"] == crm.due
    crm.post("clock", advance=600)
    task = next(iter(crm.tasks()))
    kind = "Task" if crm.name == "salesforce" else "tasks"
    crm.post("edit", object=kind, id=task, fields=DONE[crm.name], actor="Ada")
    crm.post("clock", advance=6_600)
    run = later(desk, crm, hours=2)
    assert (run.answered, run.reminded, run.balanced) == (1, REMINDED[crm.name], True)
    again = later(desk, crm, hours=3)
    assert (again.answered, again.reminded, again.tasks_created) == (0, 0, 0)
    rollback = tell("rollback", run.run, "--json").json
    assert rollback["tasks"] == REMINDED[crm.name]
