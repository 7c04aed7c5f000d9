"""What every connector must say of people. A CRM gives the fixture `crm` of `contract.py`, and besides:

account(name, domain, owner) -> id of a company; set_company(company, values); `company_columns`: a number and picklist
of companies; colleague(company, name, title) -> id of somebody there, a lead or a contact; work(lead, owner) -> what a
person did for it just now: its kind; opportunity(lead): it became one;
notes() -> pairs (lead, text) of live notes. `note_keys`: whether notes are found by their key.
"""

from dataclasses import replace

import pytest

from leadrelay.connectors.base import Standing
from leadrelay.connectors.people import Firm, Note, TaskDraft
from leadrelay.errors import FieldsGone
from tests.connectors.contract import handed

DUE = "2026-12-02T09:00:00.000Z"


def laden(connector, crm, ids):
    """Hand-offs with a note and two follow-up tasks each."""
    for one in handed(connector, crm, ids):
        note = Note(f"{one.key}-n", "Hand-over", "5 < 6 & more", "<p>5 &lt; 6 &amp; more</p>")
        drafts = [
            TaskDraft(f"{one.key}-{step}", f"Step {step}", "call <them>", "<p>call</p>", DUE, crm.owners[0], kind)
            for step, kind in ((1, "email"), (2, "call"))
        ]
        yield replace(one, html="<p>body</p>", remind="2026-12-01T08:45:00.000Z", note=note, more=tuple(drafts))


class PeopleContract:
    def test_the_workload_counts_leads_by_owner_in_one_call(self, crm):
        ids = crm.fill(5)
        one, other = crm.owners
        with crm.connector() as connector:
            connector.organisation()
            before = dict(connector.workload() or {})
            for lead, owner in zip(ids, (one, one, other, one, other), strict=True):
                crm.edit(lead, {crm.owner: owner})
            crm.tick(10)
            calls = connector.calls
            after = connector.workload()
            assert connector.calls - calls <= 1
        if after is not None:
            assert {owner: after[owner] - before.get(owner, 0) for owner in (one, other)} == {one: 3, other: 2}

    def test_an_account_is_found_by_domain_before_name(self, crm):
        by_name = crm.account("Northwind Traders", "northwind.example", crm.owners[0])
        by_domain = crm.account("Contoso", "contoso.example", crm.owners[1])
        crm.tick(10)
        leads = crm.fill(4)
        firms = [
            Firm(leads[0], "contoso.example", "Northwind Traders"),
            Firm(leads[1], "", "Northwind Traders"),
            Firm(leads[2], "nobody.example", "Nobody Knows"),
            Firm(leads[3]),
        ]
        with crm.connector() as connector:
            found = connector.accounts(firms)
        assert {lead: account.id for lead, account in found.items()} == {leads[0]: by_domain, leads[1]: by_name}
        assert [found[lead].owner for lead in leads[:2]] == [crm.owners[1], crm.owners[0]]
        assert found[leads[1]].name == "Northwind Traders"

    def test_a_company_tells_what_its_record_holds(self, crm):
        employees, industry = crm.company_columns
        older, newer = (crm.account(name, "contoso.example", crm.owners[0]) for name in ("Contoso", "Contoso Group"))
        crm.account("Fabrikam", "fabrikam.example", crm.owners[0])
        crm.set_company(older, {employees: "10"})
        crm.tick(10)
        crm.set_company(newer, {employees: "4200", industry: "BANKING" if industry == "industry" else "Banking"})
        crm.tick(10)
        with crm.connector() as connector:
            connector.organisation()
            calls = connector.calls
            domains = ["contoso.example", "fabrikam.example", "nobody.example"]
            found = connector.company_values(domains, [employees, industry])
            assert connector.calls - calls == 1
            assert connector.company_values([], [employees]) == {}
            assert {employees, industry} <= set(connector.company_fields())
        assert found.keys() == {"contoso.example", "fabrikam.example"}
        assert float(found["contoso.example"][employees]) == 4200
        assert found["contoso.example"][industry].lower() == "banking"
        assert found["fabrikam.example"] == {}

    def test_a_field_that_companies_have_not_is_told(self, crm):
        crm.set_company(crm.account("Contoso", "contoso.example", crm.owners[0]), {crm.company_columns[0]: "10"})
        crm.tick(10)
        with crm.connector() as connector, pytest.raises(FieldsGone, match="no_such"):
            connector.company_values(["contoso.example"], [crm.company_columns[0], "no_such"])

    def test_colleagues_are_the_others_at_the_company(self, crm):
        company = crm.account("Contoso", "contoso.example", crm.owners[0])
        known = {crm.colleague(company, name, title) for name, title in (("Ada Byron", "CIO"), ("Bo Diaz", "CFO"))}
        crm.tick(10)
        [lead] = crm.fill(1)
        with crm.connector() as connector:
            found = connector.colleagues([Firm(lead, "contoso.example", "Contoso")])
            assert len(connector.colleagues([Firm(lead, "contoso.example", "Contoso")], most=1)[lead]) == 1
            assert connector.colleagues([Firm(lead, "nobody.example", "Nobody Knows")]) == {}
        assert {one.id for one in found[lead]} == known
        assert {(one.name, one.title) for one in found[lead]} == {("Ada Byron", "CIO"), ("Bo Diaz", "CFO")}

    def test_nobody_is_asked_about_nothing(self, crm):
        with crm.connector() as connector:
            connector.organisation()
            calls = connector.calls
            assert (connector.accounts([]), connector.colleagues([])) == ({}, {})
            assert (connector.responses({}), connector.milestones([])) == ({}, {})
            assert connector.calls == calls

    def test_the_first_response_is_a_persons_and_not_before_its_time(self, crm):
        ids = crm.fill(3)
        crm.tick(60)
        early = crm.clock()
        crm.work(ids[0], crm.owners[0])
        crm.tick(60)
        since = crm.clock()
        kind = crm.work(ids[1], crm.owners[1])
        crm.tick(60)
        crm.work(ids[1], crm.owners[0])
        crm.tick(60)
        with crm.connector() as connector:
            found = connector.responses(dict.fromkeys(ids, since))
            assert set(connector.responses({ids[0]: early})) == {ids[0]}
        assert set(found) == {ids[1]}
        assert (found[ids[1]].kind, found[ids[1]].lead) == (kind, ids[1])
        assert found[ids[1]].by in {"", crm.owners[1]}
        assert since[:19] <= found[ids[1]].at[:19] <= crm.clock()[:19]

    def test_our_own_writes_are_no_response(self, crm):
        ids = crm.fill(1)
        crm.tick(60)
        since = crm.clock()
        with crm.connector() as connector:
            list(connector.hand_off(list(laden(connector, crm, ids)), crm.clock()))
            crm.tick(60)
            assert connector.responses(dict.fromkeys(ids, since)) == {}

    def test_milestones_tell_what_became_of_a_lead(self, crm):
        one, other = crm.fill(2)
        crm.tick(60)
        crm.opportunity(one)
        with crm.connector() as connector:
            found = connector.milestones([one, other])
        assert found[one].opportunity_at[:19] <= crm.clock()[:19]
        assert found[one].opportunity_at
        assert other not in found or not found[other].opportunity_at

    # -- what goes along with a hand-off ------------------------------------------------------------------------------

    def test_a_hand_off_brings_its_note_and_its_cadence(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            hand_offs = list(laden(connector, crm, ids))
            outcomes = list(connector.hand_off(hand_offs, crm.clock()))
        assert [(o.standing, o.adopted) for o in outcomes] == [(Standing.DONE, False)] * 2
        made = {(task.lead, task.subject, task.key) for task in crm.tasks()}
        keys = {one.update.id: one.key for one in hand_offs}
        assert made == {
            (lead, subject, key + end)
            for lead, key in keys.items()
            for subject, end in (("Call <them> & tell", ""), ("Step 1", "-1"), ("Step 2", "-2"))
        }
        assert sorted(lead for lead, _ in crm.notes()) == sorted(ids)
        assert all("5" in text and "6" in text for _, text in crm.notes())

    def test_the_same_again_brings_nothing_twice(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            list(connector.hand_off(list(laden(connector, crm, ids)), crm.clock()))
            crm.tick(10)
            list(connector.hand_off(list(laden(connector, crm, ids)), crm.clock()))
        assert (len(crm.tasks()), len(crm.notes())) == (6, 2)

    def test_what_went_along_is_found_and_taken_back(self, crm):
        ids = crm.fill(1)
        crm.tick(10)
        with crm.connector() as connector:
            [one] = list(laden(connector, crm, ids))
            list(connector.hand_off([one], crm.clock()))
            crm.tick(10)
            keys = [one.key, *(task.key for task in one.more), *([one.note.key] if crm.note_keys else [])]
            claims = connector.claims(keys)
            assert set(claims) == set(keys)
            outcomes = list(connector.withdraw(list(claims.values())))
        assert {outcome.standing for outcome in outcomes} == {Standing.DONE}
        assert crm.tasks() == []
        assert crm.notes() == [] or not crm.note_keys
