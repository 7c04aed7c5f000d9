"""Owners in a real run: chosen once, fairly, never against a person, and given back when sales says no."""

import contextlib
from collections import Counter
from datetime import timedelta

import pytest

from leadrelay.connectors.base import FieldInfo, Once, Owner
from leadrelay.connectors.memory import MemoryTask
from leadrelay.connectors.people import Account
from leadrelay.core import effects
from leadrelay.errors import Refused, Unavailable
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.reading import Nobody
from leadrelay.state.store import Store
from tests.jobs.conftest import FIELDS, Bench, Clock, FlakyConnector
from tests.stores import new_store

PLAYBOOK = """
name = "small"
[bant.budget]
met = "budget_amount >= 10000"
question = "Which budget?"
[qualification]
when = "bant_met >= 1"
[[recycle]]
name = "rejected"
when = "sales_verdict = 'nurture'"
after = "30 days"
[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
label = "Name"
side = "lead-generation"
[teams.north]
[[teams.north.members]]
email = "ana@acme.example"
[[teams.north.members]]
email = "bo@acme.example"
[[teams.north.members]]
email = "cy@acme.example"
capacity = 400
[assignment]
fallback = "vera@acme.example"
[[assignment.rules]]
name = "all"
team = "north"
[handoff]
when = "qualified"
[sales]
rejected = "sales_verdict = 'rejected'"
"""

MAPPING = """
object = "Lead"
[read]
budget_amount = "Budget"
company = "Company"
website = "Website"
sales_verdict = "Verdict"
sales_verdict_at = "Verdict_At"
current_recycle_reason = "Leadrelay_Recycle"
current_reengage_on = "Leadrelay_Day"
[write]
Leadrelay_Stage = "stage"
Leadrelay_Recycle = "recycle_reason"
Leadrelay_Day = "reengage_on"
[task]
key = "key"
owner = "Owner"
reason = "Leadrelay_Owner_Reason"
"""

OWNERS = [Owner(f"U{name}", name, f"{name}@acme.example", active=True) for name in ("ana", "bo", "cy", "vera", "zoe")]
NEW = ("Company", "Website", "Verdict", "Verdict_At", "Leadrelay_Recycle", "Leadrelay_Day", "Leadrelay_Owner_Reason")
QUALIFIED = {"Budget": 50_000}


def opened(url, page_size=10):
    clock = Clock()
    fields = [FieldInfo(name, name, "string") for name in (*FIELDS, *NEW)]
    crm = FlakyConnector(fields, OWNERS, now=clock, page_size=page_size)
    return Bench(crm, Store.open(url), clock, playbook=PLAYBOOK, mapping=MAPPING)


@pytest.fixture
def team(tmp_path):
    bench = opened(new_store(tmp_path / "state.db"))
    yield bench
    bench.store.close()


def owners(bench):
    return {lead: record["Owner"] for lead, record in bench.crm.records.items()}


def latest(bench, lead="L00000"):
    return bench.store.assignments.latest("job", [lead])[lead]


def balanced(bench):
    entries = bench.store.assignments.ledger("job").of("north").values()
    assert sum(entry.entitled for entry in entries) == pytest.approx(sum(entry.received for entry in entries))
    return {owner: entry.received for owner, entry in bench.store.assignments.ledger("job").of("north").items()}


def later(bench, **time):
    bench.clock.pass_by(**(time or {"hours": 1}))
    return bench.run()


def away(bench, name):
    bench.crm._owners = [
        Owner(one.id, one.name, one.email, active=one.active and one.id != name) for one in bench.crm._owners
    ]


def test_a_crm_without_the_field_for_the_reason_gets_owners_all_the_same(team):
    team.crm.drop_field("Leadrelay_Owner_Reason")
    team.add(3, **QUALIFIED)
    summary = team.run()
    assert (summary.missing, summary.tasks_created, summary.attention) == (["Leadrelay_Owner_Reason"], 3, True)
    assert set(owners(team).values()) == {"Uana", "Ubo", "Ucy"}
    team.crm.drop_field("Company")
    assert sorted(later(team).missing) == ["Company", "Leadrelay_Owner_Reason"]


@pytest.mark.parametrize("first", [(), ("Leadrelay_Owner_Reason",)])
def test_any_other_field_that_was_never_there_is_refused(team, first):
    for name in (*first, "Verdict"):
        team.crm.drop_field(name)
    team.add(1, **QUALIFIED)
    for _ in range(2):
        with pytest.raises(Refused, match="Verdict"):
            team.run()


def test_leads_are_shared_fairly_with_the_reason_beside_the_owner(team):
    team.add(6, **QUALIFIED)
    team.add(3)
    summary = team.run()
    assert (summary.assigned, summary.tasks_created, summary.balanced) == (6, 6, True)
    assert Counter(owners(team).values()) == {"Uana": 2, "Ubo": 2, "Ucy": 2, None: 3}
    record = team.crm.records["L00000"]
    assert record["Leadrelay_Owner_Reason"] == latest(team).why
    assert (latest(team).owner, latest(team).handed, latest(team).via) == (record["Owner"], "1", "fair")
    assert {task.owner for task in team.crm.tasks.values()} == {"Uana", "Ubo", "Ucy"}
    assert balanced(team) == {"Uana": 2, "Ubo": 2, "Ucy": 2}


@pytest.mark.parametrize("size", [1, 7, 200])
def test_pages_of_any_size_give_the_same_owners(tmp_path, size):
    chosen = {}
    for pages in (size, 40):
        bench = opened(new_store(tmp_path / f"{pages}.db"), pages)
        bench.add(20, **QUALIFIED)
        bench.run()
        for number in range(0, 20, 3):
            bench.crm.put(f"L{number:05}", {"Verdict": "rejected"})
        bench.add(9, **QUALIFIED)
        later(bench)
        chosen[pages] = owners(bench)
        bench.store.close()
    assert chosen[size] == chosen[40]


def test_roster_and_workload_are_asked_for_once_and_only_when_needed(team):
    asked = Counter()
    for name in ("owners", "workload", "accounts"):
        _counting(team.crm, name, asked)
    team.add(3)
    team.run()
    assert asked == {}
    team.add(35, **QUALIFIED)
    later(team)
    assert (asked["owners"], asked["workload"]) == (1, 1)


def _counting(crm, name, asked):
    real = getattr(crm, name)

    def told(*arguments):
        asked[name] += 1
        return real(*arguments)

    setattr(crm, name, told)


def test_without_a_count_of_the_crm_our_own_assignments_are_the_workload(team):
    team.playbook = team.playbook.replace("capacity = 400", "capacity = 1")
    team.crm.counts = False
    team.add(3, **QUALIFIED)
    team.run()
    team.add(4, **QUALIFIED)
    later(team)
    assert Counter(owners(team).values())["Ucy"] == 1


def test_nobody_who_is_gone_or_away_gets_a_lead(team):
    today = f"{team.clock.moment:%Y-%m-%d}"
    team.playbook = team.playbook.replace(
        'email = "bo@acme.example"', f'email = "bo@acme.example"\nabsent = [{{ from = {today}, to = {today} }}]'
    )
    away(team, "Uana")
    team.add(4, **QUALIFIED)
    team.run()
    assert set(owners(team).values()) == {"Ucy"}


def test_what_nobody_can_have_goes_to_the_fallback_or_waits_with_its_reason(team):
    for name in ("Uana", "Ubo", "Ucy"):
        away(team, name)
    team.add(1, **QUALIFIED)
    team.run()
    assert (owners(team)["L00000"], latest(team).via) == ("Uvera", "fallback")
    away(team, "Uvera")
    team.add(1, **QUALIFIED)
    summary = later(team)
    assert (summary.withheld, summary.tasks_created, owners(team)["L00001"]) == (1, 0, None)
    team.crm._owners = OWNERS
    summary = later(team)
    assert (summary.tasks_created, summary.withheld) == (1, 0)
    assert owners(team)["L00001"] in {"Uana", "Ubo", "Ucy"}


def test_the_owner_of_the_account_goes_first(team):
    team.crm.known.append(Account("A1", "Contoso", "contoso.example", "Ucy"))
    team.add(3, Company="Contoso", Website="https://www.contoso.example/", **QUALIFIED)
    team.run()
    assert set(owners(team).values()) == {"Ucy"}
    assert latest(team).via == "account-owner"


def test_a_lead_that_a_person_gave_to_somebody_stays_theirs(team):
    team.add(3, **QUALIFIED)
    team.run()
    before = latest(team)
    other = "Ubo" if before.owner != "Ubo" else "Ucy"
    team.crm.put("L00000", {"Owner": other})
    later(team)
    first, second = team.store.assignments.of("job", ["L00000"])["L00000"]
    assert (first.ended, second.owner, second.via, second.handed) == ("moved", other, "person", "1")
    assert owners(team)["L00000"] == other
    assert balanced(team) == {**dict.fromkeys(("Uana", "Ubo", "Ucy"), 1), before.owner: 0, other: 2}
    assert len(team.crm.tasks) == 3
    team.crm.put("L00000", {"Owner": "Uzoe"})
    later(team)
    assert (owners(team)["L00000"], latest(team).owner) == ("Uzoe", "Uzoe")
    assert sum(balanced(team).values()) == 2


def test_a_rejection_gives_the_credit_back_and_the_lead_to_another(team):
    team.add(1, **QUALIFIED)
    team.run()
    first = latest(team).owner
    team.crm.put("L00000", {"Verdict": "rejected"})
    summary = later(team)
    assert (summary.returned, summary.assigned, summary.tasks_created) == (1, 1, 1)
    second = latest(team)
    assert (second.number, second.handed, second.is_open) == (2, "2", True)
    assert second.owner != first == team.store.assignments.of("job", ["L00000"])["L00000"][0].owner
    assert balanced(team) == {**dict.fromkeys(("Uana", "Ubo", "Ucy"), 0), second.owner: 1}
    team.crm.put("L00000", {"Employees": 5})  # the old word is none about the new owner
    assert (later(team).returned, len(team.crm.tasks)) == (0, 2)
    stamp = (team.clock.moment + timedelta(minutes=30)).isoformat()
    team.clock.pass_by(hours=1)
    team.crm.put("L00000", {"Verdict_At": stamp})
    assert (later(team).returned, latest(team).handed, len(team.crm.tasks)) == (1, "3", 3)
    assert latest(team).owner not in {first, second.owner}


def test_a_lead_that_sales_accepts_is_answered_though_nothing_was_logged(team):
    team.playbook = f'{team.playbook}accepted = "sales_verdict = \'accepted\'"\n[sla]\nfirst_response = "1 hour"\n'
    team.playbook += '[[sla.steps]]\nafter = "1 hour"\ndo = "remind"\n'
    team.add(2, **QUALIFIED)
    team.run()
    team.crm.put("L00000", {"Verdict": "accepted"})
    found = later(team, hours=2)
    assert (found.answered, found.reminded) == (1, 1)
    assert (latest(team).response, latest(team).next_at) == ("verdict", None)
    assert later(team, days=2).reminded == 0


def test_a_rejection_by_the_status_is_one_too_and_an_old_one_is_none_about_the_next_owner(team):
    team.mapping = team.mapping.replace("[read]", '[read]\nstatus = "Status"')
    team.playbook = team.playbook.replace('rejected = "sales', "rejected = \"status = 'Dead' or sales")
    team.add(1, **QUALIFIED)
    team.run()
    first = latest(team).owner
    team.crm.put("L00000", {"Status": "Dead"})
    assert (later(team).returned, latest(team).number, len(team.crm.tasks)) == (1, 2, 2)
    assert latest(team).owner != first == team.store.assignments.of("job", ["L00000"])["L00000"][0].owner
    team.crm.put("L00000", {"Employees": 5})
    assert (later(team).returned, len(team.crm.tasks)) == (0, 2)
    team.crm.put("L00000", {"Verdict": "rejected"})
    assert (later(team).returned, latest(team).handed) == (1, "3")
    team.crm.put("L00000", {"Verdict": None})
    assert later(team).returned == 0


def test_a_lead_that_became_an_opportunity_is_nobodys_work_any_more(team):
    """HubSpot's contacts are written on, and its leads are counted here."""
    team.mapping = team.mapping.replace("[read]", '[read]\nconverted = "Converted"')
    team.crm.add_field(FieldInfo("Converted", "Converted", "boolean"))
    team.add(3, **QUALIFIED)
    team.run()
    load, owner = team.store.assignments.load("job"), latest(team).owner
    team.crm.put("L00000", {"Converted": "true"})
    summary = later(team)
    assert (summary.returned, latest(team).ended, owners(team)["L00000"]) == (0, "converted", owner)
    assert team.store.assignments.load("job") == {who: count for who, count in load.items() if who != owner}
    assert (later(team).assigned, len(team.crm.tasks), sum(balanced(team).values())) == (0, 3, 3)


def test_a_recycled_lead_that_comes_back_is_handed_off_once_more(team):
    team.add(1, **QUALIFIED)
    team.run()
    first = latest(team).owner
    team.crm.put("L00000", {"Verdict": "nurture"})
    assert (later(team).returned, latest(team).ended, len(team.crm.tasks)) == (1, "recycled", 1)
    team.crm.put("L00000", {"Verdict": "accepted"})
    for _ in range(3):
        later(team, days=20)
    assert (len(team.crm.tasks), latest(team).handed, latest(team).owner) == (2, "2", first)


@pytest.mark.parametrize("once", [Once.ATOMIC, Once.CLAIM])
@pytest.mark.parametrize("lost", range(1, 5))
def test_lost_replies_make_no_second_task_in_any_epoch(team, once, lost):
    team.crm.once = once
    team.add(4, **QUALIFIED)
    team.run()
    for number in range(4):
        team.crm.put(f"L{number:05}", {"Verdict": "rejected"})
    answers = iter([*[False] * (lost - 1), True])
    team.crm.lose_replies = lambda: next(answers, False)
    with contextlib.suppress(Unavailable):
        later(team)
    team.crm.lose_replies = lambda: False
    summary = later(team)
    assert (summary.pending, summary.parked, summary.balanced) == (0, 0, True)
    assert Counter(task.lead for task in team.crm.tasks.values()) == dict.fromkeys(team.crm.records, 2)
    by_lead = {task.lead: task.owner for task in team.crm.tasks.values()}  # the second one
    assert owners(team) == by_lead
    assert all(latest(team, lead).owner == owner for lead, owner in by_lead.items())
    assert sum(balanced(team).values()) == 4


@pytest.mark.parametrize("once", [Once.ATOMIC, Once.CLAIM])
def test_a_lost_state_makes_no_second_task_of_any_epoch(team, tmp_path, once):
    team.crm.once = once
    team.add(2, **QUALIFIED)
    team.run()
    team.crm.put("L00000", {"Verdict": "rejected"})
    later(team)
    before = owners(team)
    team.store.close()
    team.store = Store.open(new_store(tmp_path / "new.db"))
    later(team)
    later(team)
    assert (len(team.crm.tasks), owners(team)) == (3, before)
    assert latest(team).handed == "2"
    team.crm.put("L00000", {"Verdict_At": (team.clock.moment + timedelta(minutes=9)).isoformat()})
    later(team)
    assert (len(team.crm.tasks), latest(team).handed) == (4, "3")


def test_a_lead_that_is_deleted_gives_the_credit_back_when_it_is_asked_for(team):
    team.playbook += '[sla]\nfirst_response = "1 hour"\n'
    team.add(3, **QUALIFIED)
    team.run()
    owner = latest(team).owner
    team.crm.delete("L00000")
    later(team, minutes=30)
    assert (latest(team).is_open, balanced(team)[owner]) == (True, 1)
    later(team, minutes=90)
    assert (latest(team).ended, balanced(team)[owner]) == ("gone", 0)
    team.crm.put("L00009", QUALIFIED)
    later(team)
    assert latest(team, "L00009").owner == owner


def test_who_another_installation_chose_meanwhile_has_received_the_lead(team):
    key = effects.key(team.crm.organisation(), "Lead", "L00000", "handoff", "1")
    theirs = MemoryTask("task-9", "L00000", "Call", "", "", "Ubo")
    team.crm.meanwhile = lambda: team.crm.tasks.setdefault(key, theirs)
    team.add(1, **QUALIFIED)
    summary = team.run()
    assert (summary.tasks_found, latest(team).owner, latest(team).via) == (1, "Ubo", "fair")
    received = balanced(team)
    assert (received["Ubo"], sum(received.values())) == (1, 1)
    team.add(2, **QUALIFIED)
    later(team)
    assert set(balanced(team).values()) == {1}


def test_so_has_who_got_the_task_of_a_hand_off_whose_answer_was_lost(team):
    team.crm.lose_replies = iter([True]).__next__
    team.add(1, **QUALIFIED)
    with contextlib.suppress(Unavailable):
        team.run()
    chosen = latest(team).owner
    (task,) = team.crm.tasks.values()
    task.owner = next(one for one in ("Uana", "Ubo", "Ucy") if one != chosen)
    team.crm.put("L00000", {"Owner": task.owner})
    team.crm.lose_replies = lambda: False
    later(team)
    received = balanced(team)
    assert (latest(team).owner, received[task.owner], received[chosen]) == (task.owner, 1, 0)


def test_leads_without_a_hand_off_get_an_owner_as_part_of_their_one_update(team):
    team.playbook = team.playbook.replace("[assignment]", '[assignment]\nwhen = "budget_amount > 0"')
    team.add(3, Budget=5)
    summary = team.run()
    assert (summary.assigned, summary.tasks_created, summary.done) == (3, 0, 3)
    assert sorted(owners(team).values()) == ["Uana", "Ubo", "Ucy"]
    assert team.crm.written == ["L00000", "L00001", "L00002"]
    assert team.crm.records["L00000"]["Leadrelay_Stage"] == "name"
    again = later(team)
    assert (again.assigned, again.done) == (0, 0)
    first = owners(team)["L00000"]
    team.crm.put("L00000", QUALIFIED)
    later(team)
    assert (owners(team)["L00000"], len(team.crm.tasks), latest(team).handed, latest(team).number) == (first, 1, "1", 1)


def test_an_owner_that_was_not_written_is_written_by_the_next_run(team):
    team.playbook = team.playbook.replace("[assignment]", '[assignment]\nwhen = "budget_amount > 0"')
    team.add(3, Budget=5)
    team.crm.lose_requests = iter([True]).__next__
    with contextlib.suppress(Unavailable, StopIteration):
        team.run()
    team.crm.lose_requests = lambda: False
    planned = {lead: latest(team, lead).owner for lead in team.crm.records}
    summary = later(team)
    assert (owners(team), summary.assigned, sum(balanced(team).values())) == (planned, 0, 3)
    assert all(latest(team, lead).number == 1 for lead in planned)


def test_a_person_who_was_quicker_keeps_the_owner(team):
    team.playbook = team.playbook.replace("[assignment]", '[assignment]\nwhen = "budget_amount > 0"')
    team.add(1, Budget=5)
    once = iter([True])
    team.crm.meanwhile = lambda: team.crm.put("L00000", {"Owner": "Uzoe"}) if next(once, False) else None
    team.run()
    later(team)
    assert (owners(team)["L00000"], latest(team).owner, latest(team).via) == ("Uzoe", "Uzoe", "person")
    assert sum(balanced(team).values()) == 0


def test_a_rollback_ends_what_it_undid_and_gives_the_credit_back(team):
    team.playbook = team.playbook.replace("[assignment]", '[assignment]\nwhen = "budget_amount > 0"')
    team.add(2, **QUALIFIED)
    team.add(2, Budget=5)
    run = team.run().run
    team.clock.pass_by(hours=1)
    team.roll_back(run)
    assert set(owners(team).values()) == {None}
    assert {latest(team, lead).ended for lead in team.crm.records} == {"undone"}
    assert sum(balanced(team).values()) == 0
    later(team)
    assert set(owners(team).values()) == {None}
    assert all(task.deleted for task in team.crm.tasks.values())


def shown(bench, lead):
    found = explanation(bench.job(), bench.store, lead, bench.clock())
    return found.owner, [(change.field, change.new) for change in found.plan.changes if "Owner" in change.field]


def test_explain_says_why_this_rep_before_and_after(team):
    team.add(2, **QUALIFIED)
    team.add(1)
    told, planned = shown(team, "L00000")
    assert (told.owner, told.at, told.via) == ("Uana", None, "fair")
    assert planned == [("Owner", "Uana"), ("Leadrelay_Owner_Reason", told.why)]
    assert (shown(team, "L00002"), team.store.assignments.ledger("job").entries) == ((None, []), {})
    team.run()
    recorded, planned = shown(team, "L00000")
    assert (recorded.owner, recorded.name, recorded.team, planned) == ("Uana", "ana", "north", [])
    assert recorded.at == latest(team).at
    assert {name for name, _ in recorded.considered} == {"bo", "cy"}
    assert any("Uana" not in line and "ana since" in line for line in recorded.lines())
    away(team, "Uana")
    team.crm.put("L00000", {"Verdict": "rejected"})
    later(team)
    assert shown(team, "L00000")[0].owner == latest(team).owner != "Uana"


def test_plan_counts_the_owners_that_would_change(team):
    team.add(3, **QUALIFIED)
    preview = Preview(team.job(), team.store, team.clock(), Nobody(), None)
    preview.gather()
    assert (preview.assigned, preview.tasks, preview.changed, preview.to_json()["assigned"]) == (3, 3, 3, 3)
    assert [change.new for plan in preview.leads for change in plan.changes if change.field == "Owner"] == [
        "Uana",
        "Ubo",
        "Ucy",
    ]
    assert team.store.assignments.ledger("job").entries == {}


def test_note_and_cadence_come_with_the_task_and_are_taken_back_with_it(team):
    steps = '[[handoff.cadence]]\nkind = "email"\nafter = "1 day"\nsubject = "Write"\ntext = "Write again."\n'
    team.playbook = team.playbook.replace("[sales]", f"note = true\n{steps}[sales]")
    team.add(1, **QUALIFIED)
    run = team.run().run
    main, more = team.crm.tasks.values()
    (note,) = team.crm.notes.values()
    assert (main.owner, more.owner, more.kind, note.lead) == ("Uana", "Uana", "email", "L00000")
    assert Counter(row.action for row in team.store.audit.of_run(run)) == {"task": 2, "note": 1, "write": 1}
    later(team)
    assert (len(team.crm.tasks), len(team.crm.notes)) == (2, 1)
    _, kept = team.roll_back(run)
    assert (main.deleted, more.deleted, note.deleted, kept) == (True, True, True, [])
