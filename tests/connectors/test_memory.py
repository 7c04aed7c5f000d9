"""The memory as a CRM: the contract under each guarantee, and its faults."""

import pytest

from leadrelay.connectors.base import CHANGED_MEANWHILE, Once, Standing, Update
from leadrelay.errors import Unavailable
from tests.connectors.contract import ConnectorContract, handed
from tests.connectors.contract_people import PeopleContract


class TestMemory(ConnectorContract, PeopleContract):
    @pytest.fixture(params=[Once.ATOMIC, Once.CLAIM, Once.MARKER])
    def crm(self, memory_crm, request):
        memory_crm.once = request.param
        return memory_crm


def test_a_lost_reply_has_its_effect_and_a_lost_request_has_none(memory_crm):
    ids = memory_crm.fill(1)
    with memory_crm.connector() as memory:
        memory.lose_requests = lambda: True
        with pytest.raises(Unavailable):
            list(memory.write([Update(ids[0], {"Company": "ours"})]))
        assert memory_crm.value(ids[0], "Company") != "ours"
        memory.lose_requests, memory.lose_replies = (lambda: False), (lambda: True)
        with pytest.raises(Unavailable):
            list(memory.write([Update(ids[0], {"Company": "ours"})]))
        assert memory_crm.value(ids[0], "Company") == "ours"


def test_a_task_whose_reply_got_lost_is_adopted(memory_crm):
    ids = memory_crm.fill(2)
    with memory_crm.connector() as memory:
        hand_offs = handed(memory, memory_crm, ids)
        memory.lose_replies = lambda: True
        with pytest.raises(Unavailable):
            list(memory.hand_off(hand_offs))
        memory.lose_replies = lambda: False
        assert [(o.standing, o.adopted) for o in memory.hand_off(hand_offs)] == [(Standing.DONE, True)] * 2
    assert len(memory_crm.tasks()) == 2


def test_a_person_between_the_task_and_its_lead_leaves_the_lead_pending(memory_crm):
    memory_crm.once = Once.CLAIM
    [lead] = memory_crm.fill(1)
    with memory_crm.connector() as memory:
        hand_offs = handed(memory, memory_crm, [lead])
        memory_crm.tick(10)
        memory.between = lambda: memory_crm.edit(lead, {"Company": "a person's"})
        [outcome] = memory.hand_off(hand_offs)
    assert (outcome.standing, outcome.code, outcome.task) == (Standing.PENDING, CHANGED_MEANWHILE, "task-1")
    assert memory_crm.value(lead, "Company") == "a person's"


def test_what_was_deleted_comes_back_as_a_change(memory_crm):
    [lead] = memory_crm.fill(1)
    with memory_crm.connector() as memory:
        memory.delete(lead)
        assert memory.fetch([lead], ["Company"]).records.is_empty()
        memory_crm.tick(10)
        memory.restore(lead)
        [row] = memory.fetch([lead], ["Company"]).records.to_dicts()
    assert row["Company"] == f"Company {lead}"
    assert row["modified"] > memory_crm.now().isoformat()[:17]
