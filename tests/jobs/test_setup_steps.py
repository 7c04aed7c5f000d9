"""Setting a CRM up step by step: it can stop anywhere, and what holds values stays."""

from dataclasses import dataclass, field, replace

import pytest

from leadrelay.connectors.customising import LEAD, TASK, OwnField, State, Step
from leadrelay.core.lead import Type
from leadrelay.errors import Refused, Unavailable
from leadrelay.jobs.setup import Bench, Needs, removable, remove, take, wanted

SCORE, STAGE = (OwnField(LEAD, f"leadrelay_{name}", name, Type.TEXT, "") for name in ("score", "stage"))
KEY = OwnField(TASK, "leadrelay_key", "key", Type.TEXT, "", unique=True)
FIELDS = (SCORE, STAGE, KEY)


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Workbench:
    """A CRM that knows what is in it. `dies_at`: at which of its writes, and how."""

    there: set[str] = field(default_factory=set)
    holds: dict[str, int | None] = field(default_factory=dict)
    dies_at: int = 0
    dies_of: BaseException = field(default_factory=Killed)
    writes: int = 0

    def steps(self, fields):
        return [self._step("group", "leadrelay"), *(self._step("field", _target(one), one) for one in fields)]

    def removals(self, fields):
        here = [one for one in fields if _target(one) in self.there]
        steps = [Step("field", _target(one), State.TO_DO, field=one, holds=self.holds.get(one.name, 0)) for one in here]
        return [*steps, Step("group", "leadrelay", State.TO_DO)] if "leadrelay" in self.there else steps

    def take(self, step):
        self._write()
        self.there.add(step.target)

    def remove(self, step):
        self._write()
        self.there.remove(step.target)

    def _write(self):
        self.writes += 1
        if self.writes == self.dies_at:
            raise self.dies_of

    def _step(self, what, target, one=None):
        return Step(what, target, State.DONE if target in self.there else State.TO_DO, field=one)


def _target(one):
    return f"{one.on}.{one.name}"


ALL = {"leadrelay", *map(_target, FIELDS)}


def unseen(_done, _everything):
    return None


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_anywhere_it_goes_on_and_does_nothing_twice(at):
    crm = Workbench(dies_at=at)
    bench = Bench(crm, FIELDS)
    with pytest.raises(Killed):
        take([bench], wanted([bench]), unseen)
    assert len(crm.there) == at - 1

    again = take([bench], wanted([bench]), unseen)

    assert crm.there == ALL
    assert sum(one.taken for one in again.due) == len(ALL) - (at - 1)
    assert crm.writes == len(ALL) + 1


def test_the_first_refusal_ends_it_and_tells_how_far_it_came():
    crm, seen = Workbench(dies_at=3, dies_of=Unavailable("away")), []

    benches = [Bench(crm, FIELDS)]
    result = take(benches, wanted(benches), lambda done, everything: seen.append((done, everything)))

    assert str(result.refusal) == "away"
    assert [one.taken for one in result.due] == [True, True, False, False]
    assert [one.open for one in result.due] == [False, False, True, True]
    assert seen == [(0, 4), (1, 4), (2, 4)]


def test_what_a_step_brought_along_is_told_after_a_refusal():
    crm = Workbench(dies_at=2, dies_of=Refused("no"))
    benches = [Bench(crm, FIELDS)]
    due = wanted(benches)
    crm.there.add(_target(KEY))

    result = take(benches, due, unseen)

    assert [one.taken for one in result.due] == [True, False, False, True]


def test_a_conflict_is_left_to_a_person_and_the_rest_is_done():
    crm = Workbench()
    benches = [Bench(crm, FIELDS)]
    due = wanted(benches)
    due[1] = replace(due[1], step=replace(due[1].step, state=State.CONFLICT))

    take(benches, due, unseen)

    assert crm.there == ALL - {_target(SCORE)}


def test_what_two_objects_share_is_done_once():
    crm = Workbench()
    benches = [Bench(crm, (SCORE, KEY)), Bench(crm, (replace(SCORE, on="other"), KEY))]

    due = wanted(benches)

    assert [one.step.target for one in due] == [
        "leadrelay",
        "lead.leadrelay_score",
        "task.leadrelay_key",
        "other.leadrelay_score",
    ]
    assert take(benches, due, unseen).refusal is None


@pytest.mark.parametrize(
    ("holds", "told"),
    [
        (None, "whether records hold a value there is not known"),
        (1, "1 record holds a value"),
        (1234, "1,234 records hold a value"),
    ],
)
def test_what_holds_values_stays_and_what_it_stands_in_too(holds, told):
    crm = Workbench(set(ALL), {SCORE.name: holds})

    due = removable([Bench(crm, FIELDS)], force=False)

    kept = {one.step.target: one.kept for one in due if one.kept}
    assert kept == {_target(SCORE): told, "leadrelay": "a field that stays needs it"}
    remove(due, unseen)
    assert crm.there == set(kept)
    assert remove(removable([Bench(crm, FIELDS)], force=True), unseen).refusal is None
    assert crm.there == set()


def test_a_group_of_another_object_does_not_stay():
    crm = Workbench({"lead.leadrelay_score", "task.leadrelay_key"}, {SCORE.name: 3})
    group = Step("group", "task.leadrelay", State.TO_DO)
    steps = [*crm.removals(FIELDS), group, Step("group", "lead.leadrelay", State.TO_DO)]
    crm.removals = lambda _fields: steps

    kept = {one.step.target for one in removable([Bench(crm, FIELDS)], force=False) if one.kept}

    assert kept == {"lead.leadrelay_score", "lead.leadrelay"}


def test_other_fields_that_are_named_come_with_what_is_done_to_them():
    needs = Needs(
        (OwnField(LEAD, "Leadrelay_Score__c", "", Type.NUMBER, ""),),
        frozenset({"Name", "Budget__c", "leadrelay_score__C"}),
        frozenset({"Rating__c", "Leadrelay_Score__c"}),
    )
    assert needs.others("Lead.", "__c") == {"Lead.Budget__c": False, "Lead.Rating__c": True}


def test_what_objects_share_goes_last_and_stays_while_one_of_them_needs_it():
    """As a permission set, which lets one see whether the fields of both hold values."""
    shared = Step("permission set", "Leadrelay", State.TO_DO)
    steps = [
        Step("field", _target(one), State.TO_DO, holds=holds, field=one) for one, holds in ((SCORE, 0), (STAGE, 3))
    ]
    benches = []
    for step in steps:
        crm = Workbench(set(ALL))
        crm.removals = lambda _fields, step=step: [step, shared]
        benches.append(Bench(crm, FIELDS))

    due = removable(benches, force=False)

    assert [one.step.target for one in due] == [_target(STAGE), _target(SCORE), "Leadrelay"]
    assert [bool(one.kept) for one in due] == [True, False, True]
