"""Predicates alone, beside zen-engine and rule-engine: the same rules on the same leads, in turn, on one core.

`python -m bench.engines [--leads 2000] [--rounds 3]`. Both are from PyPI. Neither knows "unknown": each predicate is
translated into what makes it true and what makes it false, with a guard for each value that may be missing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import rule_engine
import zen

from bench.decide import NOW, Desk
from bench.raw_leads import first_batch
from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.outputs import VERDICTS
from leadrelay.core.predicates import Node, Op, bind, fields, walk

TARGET = 200
MANY = 100_000
"""Leads that ours is given at once; the others take them one by one."""

Row = dict[str, Any]
Engine = Callable[[Sequence[Row]], list[list[bool]]]


def main(leads: int, rounds: int) -> None:
    """Measure and print, in a process that has one thread."""
    if os.environ.get("POLARS_MAX_THREADS") == "1":
        _measure(leads, rounds)
        return
    command = [sys.executable, "-m", "bench.engines", "--leads", str(leads), "--rounds", str(rounds)]
    subprocess.run(command, check=True, env={**os.environ, "POLARS_MAX_THREADS": "1"})


def _measure(leads: int, rounds: int) -> None:
    ours = Ours()
    frame = ours.leads(MANY)
    rows = [_plain(row) for row in frame.head(leads).select(ours.fields).iter_rows(named=True)]
    expected = ours(frame.head(leads)).rows()
    engines: dict[str, Engine] = {}
    for name, ways in (("zen-engine", _zen(ours.nodes)), ("rule-engine", _rule_engine(ours.nodes))):
        wrong = sum(tuple(found) != right for found, right in zip(ways[0](rows), expected, strict=True))
        print(f"{name}: {len(ours.nodes)} of {ours.rules} rules translated, {wrong} of {leads:,} leads differ")
        assert not wrong, name
        engines[name] = min(ways, key=lambda way: _seconds(lambda way=way: way(rows[:100])))  # type: ignore[misc]
    spent: dict[str, list[float]] = {"leadrelay": [], **{name: [] for name in engines}}
    for _ in range(rounds):
        spent["leadrelay"].append(_seconds(lambda: ours(frame)) / frame.height)
        for name, engine in engines.items():
            spent[name].append(_seconds(lambda engine=engine: engine(rows)) / leads)  # type: ignore[misc]
    _show(spent, len(ours.nodes), pl.thread_pool_size())


def _show(spent: Mapping[str, Sequence[float]], rules: int, threads: int) -> None:
    print(f"{rules} predicates, microseconds of CPU a lead on {threads} core, median of {len(spent['leadrelay'])}")
    mine = statistics.median(spent["leadrelay"])
    for name, seconds in spent.items():
        each = statistics.median(seconds)
        ratio = "" if name == "leadrelay" else f"   {each / mine:>8,.0f} x   target {TARGET} x"
        print(f"  {name:12}{each * 1e6:>10,.2f}{1 / each:>14,.0f} leads/s{ratio}")


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


class Ours:
    """The shipped playbook's rule predicates as the decider lays them, on leads that have their BANT verdicts."""

    def __init__(self) -> None:
        self._desk = Desk()
        playbook = self._desk.playbook
        every = list(dict.fromkeys(bind(rule.when.node, NOW) for rule in playbook.rules))
        self.nodes = [node for node in every if _is_translated(node)]
        self.rules = len(every)
        self.fields = sorted({name for node in self.nodes for name in fields(node)})
        self._layers = Layers()
        holds = Holds(self._layers, playbook, NOW)
        wanted = {bind(rule.when.node, NOW): rule.when for rule in playbook.rules}
        self._names = [holds(wanted[node]).meta.output_name() for node in self.nodes]

    def leads(self, count: int) -> pl.DataFrame:
        """Sample leads."""
        leads = self._desk.reader.read(first_batch(count, self._desk.mapping, NOW))
        return leads.hstack(self._desk.decider(leads).select(tuple(VERDICTS)))

    def __call__(self, leads: pl.DataFrame) -> pl.DataFrame:
        """A column for each predicate: whether it holds."""
        return self._layers(leads, self._names).with_columns(pl.all().fill_null(value=False))


def _plain(row: Row) -> Row:
    """Moments as numbers, which both engines compare faster than dates."""
    return {name: _number(value) if isinstance(value, date) else value for name, value in row.items()}


def _number(moment: date) -> float:
    known = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return known.timestamp() * 1000


@dataclass(frozen=True)
class Dialect:
    """How an engine writes what differs."""

    matches: str
    any_of: str
    lower: str
    length: str
    quote: Callable[[str], str]

    def true(self, node: Node) -> str:
        """What holds exactly when the predicate is true."""
        return self._is(node, wanted=True)

    def _is(self, node: Node, *, wanted: bool) -> str:
        if node.op is Op.NOT:
            return self._is(node.args[0], wanted=not wanted)
        if node.op in (Op.AND, Op.OR):
            between = " and " if (node.op is Op.AND) is wanted else " or "
            return f"({between.join(self._is(arg, wanted=wanted) for arg in node.args)})"
        if node.op is Op.NULL:
            return self._missing(node.args[0], missing=wanted)
        guards = [self._missing(arg, missing=False) for arg in node.args if arg.op is not Op.VALUE]
        atom = self._atom(node)
        return f"({' and '.join([*guards, atom if wanted else f'not ({atom})'])})"

    def _missing(self, node: Node, *, missing: bool) -> str:
        sign, between = ("==", " and ") if missing else ("!=", " or ")
        names = [part.value for part in walk(node) if part.op is Op.FIELD]
        return f"({between.join(f'{name} {sign} null' for name in names)})"

    def _atom(self, node: Node) -> str:
        args = [self._value(arg) for arg in node.args]
        match str(node.op):
            case "field":
                return f"{node.value} == true"
            case "=" | "<>" | "<" | "<=" | ">" | ">=" as sign:
                return f"{args[0]} {({'=': '==', '<>': '!='}).get(sign, sign)} {args[1]}"
            case "between":
                return f"({args[0]} >= {args[1]} and {args[0]} <= {args[2]})"
            case "in":
                return f"{args[0]} in {self._list(node.value)}"
            case "matches":
                return self.matches.format(args[0], self.quote(f"(?i){node.value}"))
            case "any_of":
                return self.any_of.format(args[0], self._list(node.value))
        raise ValueError(f"no translation of {node.op}")

    def _value(self, node: Node) -> str:
        match str(node.op):
            case "field":
                return str(node.value)
            case "value":
                return self._constant(node.value)
            case "lower":
                return self.lower.format(self._value(node.args[0]))
            case "length":
                return self.length.format(self._value(node.args[0]))
            case "coalesce":
                return self._value(node.args[0])  # only asked whether it is missing
        raise ValueError(f"no translation of {node.op}")

    def _constant(self, value: object) -> str:
        if isinstance(value, str):
            return self.quote(value)
        return repr(_number(value)) if isinstance(value, date) else str(value).lower()

    def _list(self, values: Sequence[object]) -> str:
        return f"[{', '.join(map(self._constant, values))}]"


def _is_translated(node: Node) -> bool:
    try:
        _ZEN.true(node)
    except ValueError:
        return False
    return True


_ZEN = Dialect("matches({}, {})", "some({}, # in {})", "lower({})", "len({})", lambda text: f"'{text}'")


def _zen(nodes: Sequence[Node]) -> tuple[Engine, ...]:
    texts = [_ZEN.true(node) for node in nodes]
    rules = [zen.compile_expression(text) for text in texts]
    at_once = zen.compile_expression(f"[{', '.join(texts)}]")
    return (
        lambda rows: [[rule.evaluate(row) for rule in rules] for row in rows],
        lambda rows: [at_once.evaluate(row) for row in rows],
    )


def _rule_engine(nodes: Sequence[Node]) -> tuple[Engine, ...]:
    quoted: Callable[[str], str] = lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"  # noqa: E731 - one of two of a kind
    any_of = "$any([member in {1} for member in {0}])"
    dialect = Dialect("{} =~~ {}", any_of, "{}.as_lower", "{}.length", quoted)
    texts = [dialect.true(node) for node in nodes]
    rules = [rule_engine.Rule(text) for text in texts]
    at_once = rule_engine.Rule(f"[{', '.join(texts)}]")
    return (
        lambda rows: [[rule.matches(row) for rule in rules] for row in rows],
        lambda rows: [list(at_once.evaluate(row)) for row in rows],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.rounds)
