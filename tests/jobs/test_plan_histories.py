"""After whatever history: a plan that is applied leaves CRM, ledger and assignments as the run that it stands for.

Owners by teams, first responses that are late, topics, rejected and recycled leads, people who edit.
"""

import shutil
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Activity
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.reading import Nobody, leftovers
from leadrelay.state.store import Store
from tests.jobs import test_assigning, test_escalating
from tests.jobs.conftest import FIELDS, Bench, Clock, FlakyConnector
from tests.stores import new_store

SLA = test_escalating.SLA.partition("[sla]")[2]
PLAYBOOK = (
    test_assigning.PLAYBOOK.replace("[teams.north]\n", '[teams.north]\nmanager = "vera@acme.example"\n')
    + f"[sla]{SLA}".replace('do = "escalate"', 'do = "reassign"', 1)
    + test_escalating.TOPICS.replace("budget_status = 'asks'", "employees = 7")
)
MAPPING = test_assigning.MAPPING.replace("[read]\n", '[read]\nemployees = "Employees"\n')
OWNERS = [*test_assigning.OWNERS, *(one for one in test_escalating.BOSSES if one.id != "Uvera")]
OWNERS = [replace(one, active=one.id != "Uzoe") for one in OWNERS]


def opened(url, crm=None, clock=None):
    clock = clock or Clock(datetime.fromisoformat("2026-11-23T09:00:00+00:00"))
    fields = [FieldInfo(name, name, "string") for name in (*FIELDS, *test_assigning.NEW)]
    crm = crm or FlakyConnector(fields, OWNERS, now=clock, page_size=4)
    return Bench(crm, Store.open(url), clock, playbook=PLAYBOOK, mapping=MAPPING)


def lived(bench, random):
    """One turn of what people do to leads."""
    leads = list(bench.crm.records)
    for lead in random.sample(leads, min(3, len(leads))):
        change = random.choice(
            [
                {"Budget": random.choice([None, 5, 50_000])},
                {"Employees": random.choice([7, 10, 9_000])},
                {"Verdict": random.choice(["rejected", "nurture", None])},
                {"Owner": random.choice(["Uana", "Ucy", "Uzoe"])},
                {"Leadrelay_Stage": "odd"},
            ]
        )
        bench.crm.put(lead, change)
    if leads and random.random() < 0.3:
        bench.crm.answers.append(Activity(random.choice(leads), stamp(bench.clock.moment), "call", "Uana"))
    if random.random() < 0.5:
        bench.add(random.randint(1, 4), Budget=random.choice([5, 50_000]), Employees=random.choice([7, 20, 9_000]))
    bench.clock.pass_by(hours=random.choice([1, 3, 30]))


def stands(bench):
    """Less the moments and the runs."""
    tasks = sorted((task.lead, task.subject, task.body, task.owner, task.deleted) for task in bench.crm.tasks.values())
    records = {lead: {**record, "modified": ""} for lead, record in bench.crm.records.items()}
    given = bench.store.assignments.of("job", list(bench.crm.records))
    told = {
        lead: [(one.number, one.owner, one.via, one.handed, one.step, one.ended, one.response) for one in several]
        for lead, several in given.items()
    }
    return records, tasks, told, bench.store.assignments.ledger("job").entries


@pytest.mark.parametrize("seed", range(2))
def test_a_plan_applied_is_the_run_it_stands_for(tmp_path, seed):
    random = Random(seed)
    bench = opened(new_store(tmp_path / "state.db"))
    bench.add(6, Budget=50_000, Employees=20)
    for turn in range(4):
        if turn:
            lived(bench, random)
        bench.store.close()
        shutil.copy(tmp_path / "state.db", tmp_path / "copy.db")
        bench = opened(f"sqlite:///{tmp_path / 'state.db'}", bench.crm, bench.clock)
        beside = opened(f"sqlite:///{tmp_path / 'copy.db'}", *deepcopy((bench.crm, bench.clock)))
        ran = beside.run()
        around = bench.around()
        plan = Planning(bench.job(), bench.store, f"plan{turn}", around.now(), Nobody())()
        file.write(tmp_path / "plan.json", plan)
        plan = file.read(tmp_path / "plan.json")
        applying = Apply(bench.job(), bench.store, plan, around)
        summary = applying()
        assert applying.refused == []
        assert (summary.pending, summary.tasks_created) == (ran.pending, ran.tasks_created)
        for mine, its in zip(stands(bench), stands(beside), strict=True):
            assert mine == its
        beside.store.close()
    bench.store.close()


def test_an_answer_that_a_killed_application_noted_is_noted_once_and_refuses_nothing(tmp_path):
    bench = opened(new_store(tmp_path / "state.db"))
    bench.add(1, Budget=50_000, Employees=20)
    bench.run()
    bench.clock.pass_by(hours=1)
    bench.crm.answers.append(Activity("L00000", stamp(bench.clock.moment), "call", "Uana"))
    bench.clock.pass_by(hours=1)
    around = bench.around()
    plan = Planning(bench.job(), bench.store, "plan", around.now(), Nobody())()
    [row] = [one for one in plan.rows if one.assignments and not one.sends]
    assert row.assignments[-1].response
    [(page, _)] = leftovers(bench.job(), [row.lead])
    records = {record["id"]: record for record in page.records.iter_rows(named=True)}

    applying = Apply(bench.job(), bench.store, plan, around)
    before = applying._judge([row], records, frozenset())
    applying()
    after = Apply(bench.job(), bench.store, plan, around)._judge([row], records, frozenset())

    assert (before.refused, before.promised) == ({}, set())
    assert (after.refused, after.promised) == ({}, {row.lead})
    bench.store.close()
