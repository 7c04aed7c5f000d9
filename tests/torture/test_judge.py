"""The judge is judged: an honest client passes, and each of sixteen planted faults is caught by the laws it breaks."""

from contextlib import suppress

import pytest

from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.wire import Response
from torture import evidence
from torture.door import Door
from torture.judge import judge
from torture.toy import FAULTS, Killed, Toy
from torture.toy_crms import Quota, ToyHubSpot, ToySalesforce

LEADS = 12


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options(leads=LEADS)) as running:
        yield running


class Org:
    """One CRM of the sandbox with toys at work in it."""

    def __init__(self, app, url, crm, folder):
        self.app, self.url, self.door, self.folder = app, url, Door(url), folder
        self.make = crm
        self.names = crm.names
        self.hubspot = crm is ToyHubSpot
        self.kind = "contacts" if self.hubspot else "Lead"
        self.store = app.store if self.hubspot else app.org.store
        self.toys = []
        self.door.reset()
        if self.hubspot:
            self.door.settings(per_ten_seconds=None, searches_per_second=None)
        self.door.advance(3600)
        self.store.db.execute(f'UPDATE "{self.kind}" SET "{self.names.status}" = ?', (self.names.initial,))
        self.begin = {str(lead[self.key]): lead for lead in self.leads()}

    @property
    def key(self):
        return self.store.key

    def leads(self):
        return self.store.select(f'SELECT * FROM "{self.kind}"')

    def ids(self):
        return sorted(self.begin)

    def owners(self):
        if self.hubspot:
            return ["41629779", "41629780", "41630112"]
        users = self.store.select("SELECT Id FROM User WHERE IsActive = 1 ORDER BY Id LIMIT 4")
        return [user["Id"] for user in users][1:]

    def toy(self, fault="", name="toy", lost=lambda _method, _path: False, turned=0, **seams):
        owners = self.owners()
        toy = Toy(
            self.make(self.url, lost), self.folder / f"{name}.db", owners[turned:] + owners[:turned], fault, **seams
        )
        self.toys.append(toy)
        return toy

    def edit(self, lead, **fields):
        self.door.edit(self.kind, lead, fields)

    def policy(self, **more):
        names = self.names
        fields = {names.score: "own", names.owner: "own", names.status: "unless-edited", names.fill: "fill"}
        make = evidence.hubspot if self.hubspot else evidence.salesforce
        told = {"companions": ("Write",), "noted": True, "steps": ("Answer now",)}
        return make(fields, {names.status: frozenset({names.initial})}, **told, **more)

    def verdict(self, *, fair=True):
        now = {str(lead[self.key]): lead for lead in self.leads()}
        leads = [
            evidence.Lead(key, due=True, fields={self.names.score: len(lead[self.names.city] or "")})
            for key, lead in now.items()
        ]
        stores = sorted({toy.store for toy in self.toys})
        email = "email" if self.hubspot else "Email"
        given = evidence.Evidence(
            self.policy(rota=frozenset(self.owners()) if fair else frozenset()),
            self.door.history(),
            [evidence.books_of(store) for store in stores],
            leads,
            begin=self.begin,
            outputs={"log": "\n".join(line for toy in self.toys for line in toy.log)},
            canaries={f"the e-mail of {key}": lead[email] for key, lead in self.begin.items() if lead[email]},
        )
        return judge(given)


@pytest.fixture(params=[ToySalesforce, ToyHubSpot])
def org(request, sandbox, tmp_path):
    return _org(request.param, sandbox, tmp_path)


@pytest.fixture
def salesforce(sandbox, tmp_path):
    return _org(ToySalesforce, sandbox, tmp_path)


@pytest.fixture
def hubspot(sandbox, tmp_path):
    return _org(ToyHubSpot, sandbox, tmp_path)


def _org(crm, sandbox, folder):
    hubspot = crm is ToyHubSpot
    app, url = (sandbox.hubspot, sandbox.hubspot_url) if hubspot else (sandbox.salesforce, sandbox.salesforce_url)
    return Org(app, url, crm, folder)


class Once:
    """True at the n-th call that fits, and only then."""

    def __init__(self, place, at=3):
        self.place, self.at, self.seen = place, at, 0

    def __call__(self, *said):
        fits = said[-1].endswith(self.place)
        self.seen += fits
        return fits and self.seen == self.at


def killed(toy):
    with pytest.raises(Killed):
        toy.run()
    toy.killed_at = lambda _: False


def laws(org, **how):
    return set(org.verdict(**how).laws())


# -- what happens in each case -----------------------------------------------------------------------------------------


def lost_replies(org, fault):
    org.toy(fault, lost=Once("/objects/tasks" if org.hubspot else "/composite/graph")).run()
    return laws(org)


def lost_reply_and_stale_index(org, fault):
    org.app.faults.append(
        lambda request: Response(200, {"total": 0, "results": []}) if request.path.endswith("tasks/search") else None
    )
    try:
        return lost_replies(org, fault)
    finally:
        org.app.faults.clear()


def split_brain(org, fault):
    org.toy(fault, "one").run()
    org.toy(fault, "two", turned=1).run()
    return laws(org, fair=False)


def completed_before_recovery(org, fault):
    toy = org.toy(fault, killed_at=Once("settle"))
    killed(toy)
    task = str(org.store.select('SELECT * FROM "tasks" ORDER BY 1 DESC LIMIT 1')[0][org.key])
    org.door.edit("tasks", task, {"hs_task_status": "COMPLETED"})
    toy.run()
    return laws(org)


def equal_stamps(org, fault):
    org.door.edits([{"object": "Lead", "id": key, "fields": {"City": "Ulm"}} for key in org.ids()])
    org.toy(fault).run()
    return laws(org)


def edited_while_written(org, fault):
    busy = set(org.ids()[:3])

    def edit(lead):
        if lead in busy:
            org.edit(lead, Description="mine", Status="Closed - Not Converted")

    org.toy(fault, meanwhile=edit).run()
    return laws(org)


def late_commit(org, fault):
    toy = org.toy(fault)
    toy.run()
    org.door.advance(120)
    toy.run()
    org.door.advance(120)
    org.door.edit(org.kind, org.ids()[0], {org.names.city: "Llanfairpwll"}, late=60)
    org.door.advance(30)
    toy.run()
    org.door.advance(31)
    toy.run()
    return laws(org)


def quota_gone(org, fault):
    org.door.settings(daily_requests=6)
    toy = org.toy(fault)
    with suppress(Quota):
        toy.run()
    org.door.settings(daily_requests=100_000)
    toy.run()
    toy.run()
    return laws(org)


def cleared(org, fault):
    toy = org.toy(fault)
    toy.run()
    filled = next(str(lead[org.key]) for lead in org.leads() if lead[org.names.fill] == "relayed")
    org.edit(filled, **{org.names.fill: ""})
    toy.run()
    return laws(org)


def killed_after_the_turn(org, fault):
    toy = org.toy(fault, killed_at=Once("turn"))
    killed(toy)
    toy.run()
    return laws(org)


def killed_after_the_note(org, fault):
    toy = org.toy(fault, killed_at=Once("along"))
    killed(toy)
    org.door.advance(2)
    toy.run()
    return laws(org)


def late_twice(org, fault):
    toy = org.toy(fault, late=True)
    toy.run()
    org.door.advance(2)
    toy.run()
    return laws(org)


def plain(org, fault):
    org.toy(fault).run()
    return laws(org)


CASES = {
    "naive create": (lost_replies, ToySalesforce, {"L2", "L4"}),
    "search first": (lost_reply_and_stale_index, ToyHubSpot, {"L2", "L4"}),
    "owner first": (split_brain, ToyHubSpot, {"L2"}),
    "upsert": (completed_before_recovery, ToyHubSpot, {"L3", "L4"}),
    "strict cursor": (equal_stamps, ToySalesforce, {"L1"}),
    "date header": (edited_while_written, ToySalesforce, {"L3"}),
    "no lookback": (late_commit, ToyHubSpot, {"L1"}),
    "success on quota": (quota_gone, ToySalesforce, {"L1"}),
    "refill cleared": (cleared, ToySalesforce, {"L3"}),
    "turn apart": (killed_after_the_turn, ToySalesforce, {"L4"}),
    "assignment on": (plain, ToySalesforce, {"L2", "L4"}),
    "log leak": (plain, ToyHubSpot, {"L5"}),
    "note again": (killed_after_the_note, ToySalesforce, {"L2", "L4"}),
    "follow-up by time": (killed_after_the_note, ToyHubSpot, {"L2"}),
    "step a run": (late_twice, ToySalesforce, {"L2"}),
    "owner untold": (late_twice, ToyHubSpot, {"L2", "L4"}),
}


def test_there_is_a_case_for_every_fault():
    assert set(CASES) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault, sandbox, tmp_path):
    case, crm, expected = CASES[fault]
    assert case(_org(crm, sandbox, tmp_path), fault) == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_an_honest_client_passes_the_same_case(fault, sandbox, tmp_path):
    case, crm, _ = CASES[fault]
    assert case(_org(crm, sandbox, tmp_path), "") == set()


def test_an_honest_client_passes_in_both(org):
    toy = org.toy()
    toy.run()
    toy.run()
    verdict = org.verdict()
    assert verdict.ok, str(verdict)
    assert verdict.figures["tasks"] == LEADS
