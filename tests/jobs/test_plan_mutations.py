"""Whatever stands in the file of a plan: refused with a place, or harmless; never a fault, never a field beyond.

`LEADRELAY_HUNT=400` mutates so many more.
"""

import json
import os
import shutil
from copy import deepcopy
from random import Random

from leadrelay.errors import ConfigError, LeadrelayError
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.plans.approving import register
from leadrelay.jobs.plans.checking import expect_ours
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.reading import Nobody
from tests.jobs.test_plan_histories import lived, opened
from tests.stores import new_store

MANY = 20 + min(int(os.environ.get("LEADRELAY_HUNT", "0")), 2_000)
ODD = (None, True, -1, 10**30, 1.5, "", "x" * 300, "\x00", [], {}, [[]], "L00001", "Phone", "9999-99-99T00:00:00Z")
THEIRS = ("Email", "Employees", "Budget", "Verdict")


def mutated(document, random):
    """One thing is otherwise."""
    holder, key = random.choice(list(_places(document)))
    if random.random() < 0.2 and isinstance(holder, dict):
        del holder[key]
    elif random.random() < 0.2 and isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[key] = random.choice(ODD)
    return document


def _places(node):
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def theirs(bench):
    return {lead: [record[name] for name in THEIRS] for lead, record in bench.crm.records.items()}


def test_a_mutated_plan_is_refused_or_harmless(tmp_path):
    random, path, refused, whole = Random(2), tmp_path / "plan.json", 0, tmp_path / "state.db"
    first = opened(new_store(whole))
    first.add(6, Budget=50_000, Employees=20)
    first.run()
    lived(first, random)
    lived(first, random)
    plan = Planning(first.job(), first.store, "plan", first.around().now(), Nobody())()
    assert {effect.kind for row in plan.rows for effect in row.effects} >= {"fields", "step", "handoff"}
    file.write(path, plan)
    register(first.store, plan, path, alone=False)
    first.store.close()
    text = path.read_text()
    for _ in range(MANY):
        shutil.copy(whole, tmp_path / "copy.db")
        bench = opened(f"sqlite:///{tmp_path / 'copy.db'}", *deepcopy((first.crm, first.clock)))
        path.write_text(json.dumps(mutated(json.loads(text), random)))
        told = [str(path)]
        try:
            found = file.read(path, edited=True)
            expect_ours(found, path, bench.job(), bench.store, edited=True)
            assert Apply(bench.job(), bench.store, found, bench.around(), recheck=True)().balanced
        except ConfigError as error:
            told = [problem.place for problem in error.problems]
            refused += 1
        except LeadrelayError:
            refused += 1
        assert all(str(path) in place for place in told), told
        assert theirs(bench) == theirs(first)
        bench.store.close()
    assert MANY / 5 < refused < MANY
