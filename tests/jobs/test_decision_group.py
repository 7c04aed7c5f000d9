"""Who decides at an account: leads of the page and of the store, and whom the CRM knows besides."""

import pytest

from leadrelay.connectors.people import Account, Colleague
from leadrelay.core.playbook.loading import load
from leadrelay.errors import ConfigError
from leadrelay.jobs.preview import explanation
from tests.core.small import PLAYBOOK
from tests.jobs.test_people import benched, put, settled

GROUP = """
[decision_group]
"budget holder" = "contains(title, 'CFO')"
champion = "contains(title, 'Fan')"
"""


@pytest.fixture
def bench(tmp_path):
    made = benched(f"sqlite:///{tmp_path / 'group.db'}", groups=GROUP, page_size=1)
    yield made
    made.store.close()


def group(bench, lead):
    record = bench.crm.records[lead]
    return record["Group_Known"], record["Group_Missing"], int(float(record["Group_Size"] or 0))


def test_a_colleague_who_gets_a_role_makes_all_of_the_account_due_and_then_there_is_peace(bench):
    put(bench, "L1", Site="acme.com", Role="user")
    put(bench, "L2", Site="www.acme.com", Title="Nobody")
    put(bench, "L3", Site="other.com", Title="CFO")
    settled(bench)
    others = "budget holder;champion;decision maker;influencer"
    assert group(bench, "L1") == group(bench, "L2") == ("user", others, 1)
    assert group(bench, "L3")[0] == "budget holder"
    put(bench, "L2", Site="www.acme.com", Title="CFO")
    settled(bench)
    known = ("budget holder;user", "champion;decision maker;influencer", 2)
    assert group(bench, "L1") == group(bench, "L2") == known
    assert settled(bench, 1).changed == 0


def test_a_word_of_the_leads_own_wins_and_one_person_counts_once(bench):
    put(bench, "L1", Email="ann@acme.com", Title="CFO", Role="Economic Buyer", Site="acme.com")
    put(bench, "L2", Email="ann@acme.com", Title="CFO", Role="user", Site="acme.com")
    put(bench, "L3", Title="CFO", Role="blocker", Site="acme.com")
    settled(bench)
    assert group(bench, "L3") == ("budget holder;user", "champion;decision maker;influencer", 1)


def test_the_crm_is_asked_about_an_account_once_a_day_and_its_contacts_count(bench):
    bench.crm.known.append(Account("A1", "ACME", "acme.com", ""))
    contact, other = (Colleague(f"C{number}", "Bo", "", "bo@acme.com", "", "decision_maker") for number in (1, 2))
    bench.crm.staff["A1"] = [contact, other, Colleague("L1", "Ann", "CFO"), Colleague("C3", "Cy", "Clerk")]
    for lead in ("L1", "L2", "L3"):
        put(bench, lead, Site="acme.com", Title="Fan")
    before = bench.crm.calls
    bench.run()
    asked = bench.crm.calls - before
    assert group(bench, "L3") == ("champion;decision maker", "budget holder;influencer;user", 4)
    settled(bench)
    told = explanation(bench.job(), bench.store, "L3", bench.clock()).group
    fans = dict.fromkeys(("L1", "L2", "L3"), "champion")
    assert dict(told.people) == {"C1": "decision maker", "C2": "decision maker", **fans}
    assert told.missing == ("budget holder", "influencer", "user")
    before = bench.crm.calls
    bench.run(everything=True)
    assert bench.crm.calls - before < asked


def test_nobody_is_asked_where_nobody_wants_to_know(tmp_path):
    bench = benched(f"sqlite:///{tmp_path / 'state.db'}")
    bench.crm.known.append(Account("A1", "ACME", "acme.com", ""))
    put(bench, "L1", Site="acme.com")
    bench.run()
    assert bench.store.people.of("job", ["L1"])["L1"].grouped == ""
    assert bench.store.people.asked("job", ["x"]) == {}
    bench.store.close()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("'budget holder' = 'group_size > 1'", "unknown field 'group_size'"),
        ("'Big Boss' = 'true'", "small letters"),
        ("'a;b' = 'true'", "without ';'"),
    ],
)
def test_what_a_group_cannot_be(line, said):
    with pytest.raises(ConfigError, match=said):
        load(f"{PLAYBOOK}\n[decision_group]\n{line}\n", "playbook.toml")
