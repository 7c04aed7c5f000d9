"""What every remote provider must do. A provider gives a fixture `case` of its own and inherits the rest.

`case` has: remote() -> a provider; hit and miss: what to ask with; break_down() and garble(): from then on every call
fails, or answers something that is not of the documented form; asked(): how many look-ups came through.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from leadrelay.core.casts import Target, fits
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.enrichers.base import Answer, Found, Question, Remote


def one(remote, asked):
    return remote.ask([Question(remote.name, asked)])[0]


class RemoteContract:
    """The laws."""

    @pytest.fixture
    def provider(self, case):
        made = case.remote()
        yield made
        made.close()

    def test_it_is_a_remote_provider(self, provider):
        assert isinstance(provider, Remote)
        assert provider.fields <= set(SCHEMA)
        assert {name for fields in provider.asks for name in fields} <= set(SCHEMA)
        assert provider.at_once >= 1
        assert provider.piece >= 1

    def test_a_hit_tells_fields_of_its_own_only_with_confidence_and_cost(self, case, provider):
        answer = one(provider, case.hit)
        assert answer.found is Found.HIT
        assert answer.fields
        assert set(answer.fields) <= provider.fields
        assert set(answer.confidence) == set(answer.fields)
        assert all(0 <= sure <= 1 for sure in answer.confidence.values())
        assert all(fits(value, Target(SCHEMA[name].type)) for name, value in answer.fields.items())
        assert answer.cost == provider.price.hit

    def test_a_miss_is_an_answer_too(self, case, provider):
        answer = one(provider, case.miss)
        assert (answer.found, answer.fields, answer.cost) == (Found.MISS, {}, provider.price.miss)
        assert not answer.down

    def test_a_failure_is_a_value_and_says_why(self, case, provider):
        case.break_down()
        answer = one(provider, case.hit)
        assert (answer.found, answer.fields) == (Found.FAILED, {})
        assert answer.why
        assert not any(value in answer.why for value in case.hit.values())

    def test_an_answer_of_another_shape_is_a_failure_that_may_have_been_paid(self, case, provider):
        case.garble()
        answer = one(provider, case.hit)
        assert (answer.found, answer.fields) == (Found.FAILED, {})
        assert 0 <= answer.cost <= provider.price.most

    def test_after_failures_in_a_row_nothing_more_is_asked(self, case, provider):
        case.break_down()
        answers = [one(provider, case.hit) for _ in range(20)]
        before = case.asked()
        assert answers[-1].down
        assert one(provider, case.hit).found is Found.FAILED
        assert case.asked() == before

    def test_answers_come_in_the_order_of_the_questions(self, case, provider):
        asked = [case.hit, case.miss, case.hit, case.miss]
        answers = [answer for each in asked for answer in provider.ask([Question(provider.name, each)])]
        assert [answer.found for answer in answers] == [Found.HIT, Found.MISS, Found.HIT, Found.MISS]
        together = provider.ask([Question(provider.name, each) for each in asked])
        assert [answer.found for answer in together] == [answer.found for answer in answers]

    def test_nothing_asked_is_nothing_answered(self, case, provider):
        assert list(provider.ask([])) == []
        assert case.asked() == 0

    def test_many_threads_ask_at_once(self, case, provider):
        asked = [case.hit, case.miss] * 16
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda each: one(provider, each), asked))
        assert [answer.found for answer in answers] == [Found.HIT, Found.MISS] * 16
        assert case.asked() == len(asked)

    def test_it_can_be_closed_twice(self, case, provider):
        assert isinstance(one(provider, case.hit), Answer)
        provider.close()
        provider.close()
