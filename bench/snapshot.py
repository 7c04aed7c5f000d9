"""Back-tests on a typed snapshot: everything, other points, one edited predicate; each compared with what was.

`python -m bench.snapshot [--leads 1000000] [--rounds 7]`
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle, islice
from typing import Any

import polars as pl

from bench.decide import NOW, Desk, write_first_batch
from bench.raw_leads import BATCH, batches
from leadrelay import playbooks
from leadrelay.core.outputs import GATE, SCORES, STAGE
from leadrelay.core.playbook.loading import Playbook, load
from leadrelay.core.qualify import HANDOFF
from leadrelay.core.snapshot import Before, Snapshot

OUTPUTS = (*SCORES, *GATE, *STAGE, HANDOFF)
TARGET = {"everything": 2_000, "new points": 150, "one predicate": 100}


def main(leads: int, rounds: int) -> dict[str, Any]:
    """Measure and print."""
    frame = typed(leads)
    playbook = load(playbooks.text("it-discovery"), "it-discovery.toml")
    snapshot = Snapshot(frame, NOW)
    base = Before(snapshot.verdicts(playbook, OUTPUTS))
    edits = {"new points": other_points(playbook), "one predicate": other_predicates()}
    print(f"back-test on {leads:,} typed leads, {len(playbook.rules)} rules, median of {rounds} in milliseconds")
    found: dict[str, Any] = {}

    def everything() -> None:
        fresh = Snapshot(frame, NOW)
        base.moves(fresh.verdicts(playbook, OUTPUTS))

    _measured(found, "everything", everything, rounds)
    for name, edited in edits.items():
        _measured(found, name, partial(_compare, snapshot, base, iter(list(islice(edited, rounds)))), rounds)
    print(f"  leads {frame.estimated_size('mb'):,.0f} MB, kept beside them {snapshot.estimated_size / 2**20:,.0f} MB")
    return found


def _compare(snapshot: Snapshot, base: Before, edited: Iterator[Playbook]) -> None:
    base.moves(snapshot.verdicts(next(edited), OUTPUTS))


def _measured(found: dict[str, Any], name: str, work: Callable[[], None], rounds: int) -> None:
    spent, cpu = [], []
    for _ in range(rounds):
        started, before = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - started) * 1e3)
        cpu.append((time.process_time() - before) * 1e3)
    found[name] = statistics.median(spent)
    print(
        f"  {name:14}{found[name]:>8,.0f}  target {TARGET[name]:,}  "
        f"(best {min(spent):,.0f}, worst {max(spent):,.0f}; CPU {statistics.median(cpu):,.0f})"
    )


def typed(leads: int) -> pl.DataFrame:
    """Sample leads as the mapping gives them."""
    desk = Desk()
    write = partial(write_first_batch, min(leads, BATCH), 0.0, False)
    return pl.concat([desk.reader.read(batch.records) for batch in batches(leads, write)], rechunk=True)


def other_points(playbook: Playbook) -> Iterator[Playbook]:
    """Playbooks in which three rules that do not fade are worth more or less."""
    for round_, shift in enumerate(cycle([1, 2, 3])):
        rules = [
            replace(rule, points=rule.points + shift * ((place + round_) % 23 == 0 and rule.decay is None))
            for place, rule in enumerate(playbook.rules)
        ]
        yield replace(playbook, rules=tuple(rules))


def other_predicates() -> Iterator[Playbook]:
    """Playbooks in which one rule has another predicate: a number, a word, a pattern on titles."""
    text = playbooks.text("it-discovery")
    edits = (
        ("employees >= 1000", "employees >= 1{:03}"),
        ("'@(gmail|", "'@(gmail{}|"),
        ("lizenzmanager", "license {}"),
    )
    assert all(text.count(old) >= 1 for old, _ in edits)
    for round_, (old, new) in enumerate(cycle(edits)):
        yield load(text.replace(old, new.format(round_ + 1), 1), "it-discovery.toml")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.rounds)
