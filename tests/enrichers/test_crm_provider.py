"""The contract for the CRM's own companies, over the connector in memory."""

from datetime import timedelta

import polars as pl
import pytest

from leadrelay.connectors.memory import MemoryConnector
from leadrelay.connectors.people import Account
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.crm import PIECE, CrmProvider
from leadrelay.errors import Refused, Unavailable
from leadrelay.jobs.enriching.questions import Questions
from tests.enrichers.contract import RemoteContract

COLUMNS = {"employees": "Employees", "industry": "Industry"}


class Breakable(MemoryConnector):
    fault = None

    def company_values(self, domains, fields):
        self.calls += bool(domains)
        if self.fault:
            raise self.fault
        found = super().company_values(domains, fields)
        self.calls -= bool(domains)
        return found


class CrmCase:
    hit, miss = {"domain": "acme.com"}, {"domain": "nobody.example"}

    def __init__(self):
        self.crm = Breakable([])
        self.crm.known.append(Account("A1", "ACME", "acme.com", ""))
        self.crm.company_columns = tuple(COLUMNS.values())
        self.crm.company_records["A1"] = {"Employees": "1200", "Industry": "Banking"}

    def remote(self, columns=COLUMNS, **settings):
        return CrmProvider("crm", self.crm, columns, **settings)

    def break_down(self):
        self.crm.fault = Unavailable("the CRM is away", 30)

    def garble(self):
        self.crm.fault = Refused("the token may not read companies")

    def asked(self):
        return self.crm.calls


class TestCrm(RemoteContract):
    @pytest.fixture
    def case(self):
        return CrmCase()

    def test_a_piece_is_one_call(self, case, provider):
        asked = [Question("crm", {"domain": f"c{number}.example"}) for number in range(PIECE)]
        assert {answer.found for answer in provider.ask(asked)} == {Found.MISS}
        assert case.asked() == 1

    def test_it_is_as_sure_as_the_configuration_says(self, case):
        [answer] = case.remote(sure=0.7).ask([Question("crm", case.hit)])
        assert dict(answer.fields) == {"employees": "1200", "industry": "Banking"}
        assert set(answer.confidence.values()) == {0.7}

    def test_a_record_without_the_values_is_a_miss_and_what_does_not_fit_is_left_out(self, case):
        case.crm.company_records["A1"] = {"Employees": "many", "Industry": "Banking"}
        assert dict(case.remote().ask([Question("crm", case.hit)])[0].fields) == {"industry": "Banking"}
        case.crm.company_records["A1"] = {}
        assert case.remote().ask([Question("crm", case.hit)])[0].found is Found.MISS

    def test_without_a_job_nobody_is_asked(self):
        provider = CrmProvider("crm", None, COLUMNS)
        [answer] = provider.ask([Question("crm", {"domain": "acme.com"})])
        assert (answer.found, answer.down, list(provider.problems())) == (Found.FAILED, True, [])

    def test_a_crm_that_is_away_says_when_to_come_again(self, case, provider):
        case.break_down()
        [answer] = provider.ask([Question("crm", case.hit)])
        assert (answer.again, answer.down) == (timedelta(seconds=30), True)

    def test_a_field_that_is_not_there_fails_and_is_told_with_the_nearest_name(self, case):
        provider = case.remote({"employees": "Employes", "industry": "Industry"}, places={"employees": "config.toml:7"})
        [answer] = provider.ask([Question("crm", case.hit)])
        assert answer.found is Found.FAILED
        assert "Employes" in answer.why
        [problem] = provider.problems()
        assert problem.place == "config.toml:7"
        assert "'Employes'" in problem.message
        assert "'Employees'" in problem.cure


def key(provider):
    leads = pl.DataFrame({"id": ["L1"], "domain": ["acme.com"]})
    return Questions(provider).of(leads)["key"].to_list()


def test_another_crm_or_another_field_is_another_question():
    """Jobs of two CRMs share a state store, and the name of the provider."""

    class Other(MemoryConnector):
        def organisation(self):
            return "another"

    one, fewer = CrmCase(), {"employees": "Employees"}
    assert key(one.remote()) == key(one.remote()) == key(CrmCase().remote())
    assert len({*key(one.remote()), *key(CrmProvider("crm", Other([]), COLUMNS)), *key(one.remote(fewer))}) == 3
