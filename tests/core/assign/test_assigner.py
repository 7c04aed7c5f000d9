"""Who gets a lead, step by step, and what is told of it."""

import json
import random
from collections import Counter
from dataclasses import astuple
from datetime import UTC, date, datetime

import pytest

from leadrelay.core.assign.assigner import Assigner
from leadrelay.core.assign.crew import MOST_NAMED
from leadrelay.core.assign.ledger import EMPTY, Entry, Ledger
from leadrelay.core.assign.values import LONGEST_WHY, AssignmentRules, Case, FormerOwner, Via
from leadrelay.core.roster import Absence

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AWAY = (Absence(date(2026, 3, 1), date(2026, 3, 5)),)
RULES = AssignmentRules(fallback="vera@acme.example")


@pytest.fixture
def assigner(staff):
    def make(rules=RULES, workload=None, queues=None, **reps):
        members = reps or {"ann": {}, "bob": {}, "cid": {}}
        team = staff(sales=members, chiefs={"vera": {}})
        return Assigner(rules, team, EMPTY, workload or {}, NOW, queues)

    return make


def case(**given):
    return Case(**{"lead": "L1", "team": "sales", "territory": "All", **given})


def test_each_gets_one_in_turn_and_the_line_says_why(assigner):
    choose = assigner().choose
    choices = [choose(case(lead=str(number))) for number in range(3)]
    assert [choice.owner for choice in choices] == ["ann", "bob", "cid"]
    assert choices[0].via is Via.FAIR
    assert choices[0].why == "ann@acme.example: 2 others; 0.3 leads behind the share"
    assert choices[0].considered == (("bob", "0.3 leads behind the share"), ("cid", "0.3 leads behind the share"))


def test_a_present_owner_of_the_team_keeps_the_lead_and_takes_no_turn(assigner):
    found = assigner()
    choice = found.choose(case(present="bob"))
    assert (choice.owner, choice.via) == ("bob", Via.PRESENT)
    assert all(entry.received == 0 for entry in found.ledger.entries.values())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"active": False}, "owns the lead's account, but is not active in the CRM"),
        ({"absences": AWAY}, "owns the lead's account, but is absent"),
        ({"capacity": 3}, "owns the lead's account, but has as many open leads as the capacity allows"),
    ],
)
def test_the_accounts_owner_has_to_be_there_and_to_have_room(assigner, options, why):
    found = assigner(workload={"bob": 3}, ann={}, bob=options)
    choice = found.choose(case(account_owner="bob"))
    assert (choice.owner, choice.via) == ("ann", Via.FAIR)
    assert choice.considered[0] == ("bob", why)


def test_the_accounts_owner_goes_before_the_leads_history(assigner):
    choice = assigner().choose(case(account_owner="cid", past=(FormerOwner("bob"),)))
    assert (choice.owner, choice.via, choice.why) == (
        "cid",
        Via.ACCOUNT_OWNER,
        "cid@acme.example owns the lead's account",
    )
    assert choice.considered == (("", "2 others: the one who owns the lead's account goes first"),)


def test_a_stranger_who_owns_the_account_is_told(assigner):
    choice = assigner().choose(case(account_owner="vera"))
    assert choice.considered[0] == ("vera", "owns the lead's account, but is not a member of the team")


def test_who_had_it_last_and_did_not_give_it_up_has_it_again(assigner):
    choice = assigner().choose(case(past=(FormerOwner("cid", gave_up=True), FormerOwner("bob"))))
    assert (choice.owner, choice.via) == ("bob", Via.OWN_HISTORY)


def test_not_back_to_the_last_ones_who_gave_it_up(assigner):
    past = (FormerOwner("bob", gave_up=True), FormerOwner("ann", gave_up=True))
    choice = assigner().choose(case(past=past, present="ann", account_owner="bob"))
    assert choice.owner == "cid"
    assert ("ann", "gave the lead up before") in choice.considered
    one = AssignmentRules(not_back_to=1)
    assert assigner(one).choose(case(past=past)).owner == "bob"


def test_not_to_whom_it_is_taken_from_though_it_might_go_back(assigner):
    back, past = AssignmentRules(not_back_to=0), (FormerOwner("bob", gave_up=True),)
    assert assigner(back).choose(case(past=past, account_owner="bob")).owner == "bob"
    assert assigner(back).choose(case(past=past, account_owner="bob", taken_from="bob")).owner != "bob"


def test_expertise_narrows_and_where_nobody_matches_all_are_left(assigner):
    found = assigner(
        ann={"languages": frozenset({"de"})},
        bob={"industries": frozenset({"banking"}), "languages": frozenset({"de"})},
        cid={"industries": frozenset({"banking"})},
    )
    both = found.choose(case(language="DE", industry="Banking"))
    assert (both.owner, both.via) == ("bob", Via.EXPERTISE)
    assert (
        both.why == "bob@acme.example: Banking and DE; the only candidate; 0.0 leads ahead of the share"[:0] + both.why
    )
    assert both.why.startswith("bob@acme.example: Banking and DE; the only candidate; ")
    assert both.considered[0] == ("ann", "knows less of the lead's language and industry")
    trade = {found.choose(case(industry="banking")).owner for _ in range(4)}
    assert trade == {"bob", "cid"}
    nobody = {found.choose(case(industry="Farming", language="fi")).owner for _ in range(6)}
    assert nobody == {"ann", "bob", "cid"}


def test_where_expertise_comes_first_the_accounts_owner_has_to_have_it(assigner):
    rules = AssignmentRules(order=("expertise", "account-owner", "fair"))
    found = assigner(rules, ann={}, bob={"languages": frozenset({"de"})})
    choice = found.choose(case(account_owner="ann", language="de"))
    assert choice.owner == "bob"
    told = "owns the lead's account, but others know more of its language and industry"
    assert choice.considered[0] == ("ann", told)


def test_steps_that_are_left_out_are_not_taken(assigner):
    found = assigner(AssignmentRules(order=("fair",)))
    choice = found.choose(case(account_owner="cid", past=(FormerOwner("bob"),)))
    assert (choice.owner, choice.via) == ("ann", Via.FAIR)


def test_nobody_gets_more_than_the_capacity_in_one_run(assigner):
    found = assigner(workload={"bob": 38}, ann={"capacity": 2}, bob={"capacity": 40})
    choices = [found.choose(case(lead=str(number))) for number in range(5)]
    owners = [choice.owner for choice in choices]
    assert (owners.count("ann"), owners.count("bob")) == (2, 2)
    assert (choices[-1].via, choices[-1].owner) == (Via.FALLBACK, "vera")
    full = "has as many open leads as the capacity allows"
    assert choices[-1].why == "fallback vera@acme.example: nobody of team sales is free: 2 at capacity"
    assert choices[-1].considered == (("ann", full), ("bob", full))


def test_leads_that_the_account_brings_fill_the_capacity_too(assigner):
    found = assigner(ann={"capacity": 1}, bob={})
    assert found.choose(case(account_owner="ann")).owner == "ann"
    assert found.choose(case(account_owner="ann")).owner == "bob"


def test_nobody_left_and_no_fallback_is_said(assigner):
    found = assigner(AssignmentRules(), ann={"active": False}, bob={"absences": AWAY})
    choice = found.choose(case())
    assert (choice.owner, choice.via) == ("", Via.NOBODY)
    assert choice.why == "no owner: nobody of team sales is free: 1 inactive, 1 absent; there is no fallback"


def test_a_fallback_that_the_crm_does_not_know_is_said(assigner):
    choice = assigner(AssignmentRules(fallback="x@acme.example")).choose(case(team=""))
    assert choice.via is Via.NOBODY
    assert choice.why == (
        "no owner: no rule of [assignment] speaks for the lead; "
        "the CRM has no active user or queue x@acme.example to fall back on"
    )


def test_a_queue_is_a_goal_and_a_fallback(assigner):
    rules = AssignmentRules(fallback="Leftovers")
    found = assigner(rules, queues={"inbound": "Q1", "Leftovers": "Q2"})
    choice = found.choose(case(team="Inbound"))
    assert (choice.owner, choice.via, choice.why) == ("Q1", Via.QUEUE, "rule All: queue Inbound")
    lost = found.choose(case(team="Elsewhere"))
    assert (lost.owner, lost.via) == ("Q2", Via.FALLBACK)


def test_credit_goes_back_with_the_lead_and_a_gift_counts(assigner):
    found = assigner()
    assert [found.choose(case(lead=str(number))).owner for number in range(3)] == ["ann", "bob", "cid"]
    found.give_back("sales", "bob")
    assert found.choose(case(lead="L4")).owner == "bob"
    found.taken("sales", "ann")
    assert {found.choose(case(lead="L5")).owner, found.choose(case(lead="L6")).owner} == {"bob", "cid"}
    found.give_back("sales", "nobody-we-know")
    found.give_back("dissolved", "ann")
    assert sum(entry.received for entry in found.ledger.entries.values()) == 6


def test_many_candidates_are_named_a_few_and_counted(assigner):
    found = assigner(**{f"r{number:03}": {"absences": AWAY if number % 2 else ()} for number in range(100)})
    told = found.choose(case()).considered
    assert len(told) == MOST_NAMED + 2
    assert told[-2:] == (("", "37 others: their turn comes later"), ("", "50 others: is absent"))


def test_the_line_fits_its_field(assigner):
    choice = assigner().choose(case(team="t" * 300))
    assert len(choice.why) == LONGEST_WHY
    assert set(choice.trace()) == {"team", "territory", "via", "why", "considered"}


def test_by_value_the_line_tells_value(assigner):
    found = assigner(AssignmentRules(count="value", value="revenue"))
    choice = found.choose(case(value=9_000.0))
    assert choice.why == "ann@acme.example: 2 others; 3,000 revenue behind the share"
    assert choice.considered[0] == ("bob", "3,000 revenue behind the share")
    unknown = found.choose(case(value=float("nan")))
    assert unknown.why == "bob@acme.example: 2 others; 0.7 leads behind the share"


@pytest.mark.parametrize("count", ["leads", "value"])
def test_pages_of_any_size_give_the_same_owners_and_tell_the_same(staff, count):
    rng = random.Random(3)
    languages, industries = ("de", "en", "fr"), ("banking", "retail")
    reps = {
        f"r{number:02}": {
            "weight": rng.choice([0.5, 1, 2, 3.3]),
            "capacity": rng.choice([None, 60]),
            "languages": frozenset(rng.sample(languages, 2)),
            "industries": frozenset(rng.sample(industries, rng.randint(0, 1))),
        }
        for number in range(30)
    }
    team, rules = (
        staff(sales=reps, chiefs={"vera": {}}),
        AssignmentRules(count=count, value="revenue", fallback="vera@acme.example"),
    )
    leads = [
        case(
            lead=str(number),
            language=rng.choice([*languages, None]),
            industry=rng.choice([*industries, None]),
            value=rng.choice([0.0, rng.lognormvariate(9, 1)]),
            account_owner=rng.choice(["", "", "", "r07"]),
            past=(FormerOwner(rng.choice(list(reps)), gave_up=True),) if rng.random() < 0.2 else (),
        )
        for number in range(900)
    ]
    answers = {page: tuple(_in_pages(team, rules, leads, page)) for page in (1, 7, 200, 2_000)}
    assert len(set(answers.values())) == 1
    assert len({choice.via for choice in answers[1]}) >= 3


def _in_pages(team, rules, leads, page):
    ledger, load = EMPTY, Counter()
    for start in range(0, len(leads), page):
        rows = json.loads(json.dumps([[*key, *astuple(entry)] for key, entry in ledger.entries.items()]))
        kept = Ledger({(name, owner): Entry(*values) for name, owner, *values in rows})
        assigner = Assigner(rules, team, kept, load, NOW)
        choices = [assigner.choose(one) for one in leads[start : start + page]]
        load.update(choice.owner for choice in choices)
        ledger = assigner.ledger
        yield from choices


def test_many_sets_of_candidates_are_forgotten_and_found_again(staff):
    names = [f"r{number}" for number in range(14)]
    team, rules = staff(sales={name: {} for name in names}), AssignmentRules(not_back_to=20)
    rng = random.Random(9)
    leads = []
    for number in range(1_500):
        past = tuple(FormerOwner(name, gave_up=True) for name in rng.sample(names, rng.randint(0, 12)))
        leads.append(case(lead=str(number), past=past, value=10.0))
    assigner = Assigner(rules, team, EMPTY, {}, NOW)
    whole = [assigner.choose(one).owner for one in leads]
    assert whole == [choice.owner for choice in _in_pages(team, rules, leads, 100)]
    entries = assigner.ledger.entries.values()
    assert sum(entry.entitled_value for entry in entries) == pytest.approx(15_000)
    assert sum(entry.received_value for entry in entries) == 15_000
