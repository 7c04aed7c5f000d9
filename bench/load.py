"""Loading and checking a playbook of 200 rules: read and checked, looked over for slips, ten examples judged.

`python -m bench.load [--rules 200] [--rounds 7]`
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import cycle, islice
from typing import Any

from bench.decide import NOW
from leadrelay import playbooks
from leadrelay.core.examples import expect_proof
from leadrelay.core.explain import Tracer
from leadrelay.core.lints.lint import lint
from leadrelay.core.playbook.loading import load
from leadrelay.sandbox.samples import people

TARGET_MS = 300
EXAMPLES = 10
NEAR = ("IT", "CMDB", "asset", "security", "cloud", "network", "operations", "compliance", "audit", "service")
INDUSTRIES = ("Banking", "Insurance", "Retail", "Energy", "Telecommunications", "Manufacturing", "Public Sector")
COUNTRIES = ("DE", "FR", "US", "GB", "ES", "JP", "CH")
TOOLS = (
    "ServiceNow",
    "Lansweeper",
    "Flexera",
    "Splunk",
    "Zabbix",
    "VMware",
    "Nutanix",
    "Nagios",
    "BMC Helix",
    "Ivanti",
)
SHAPES = (
    ("fit", "contact", "title matches '\\b({word}|{other}) (manager|lead|architect)\\b'"),
    ("fit", "organisation", "employees between {low} and {high} and industry in ('{industry}', '{second}')"),
    ("engagement", "", "visits >= {small} and (downloads > {tiny} or webinars >= {tiny})"),
    ("intent", "", "intent_score > {small} and '{tool}' = any(intent_topics)"),
    ("bant", "", "bant_met >= 2 and budget_amount / 2 > {high}"),
    ("fit", "organisation", "any_of(technologies, '{tool}', '{next}') or servers >= {high}"),
    ("fit", "contact", "lower(department) like '%{word}%' or coalesce(phone, mobile) is not null and language = 'en'"),
    ("engagement", "", "days_since(last_activity_at) < {small} and emails_clicked * 2 + emails_opened > {tiny}"),
    ("intent", "", "last_intent_at >= now() - interval '{small} days' and competitor_research is true"),
    ("bant", "", "timeline_months <= {tiny} and not need_summary ilike '%{word}%' and bant_budget <> 'unmet'"),
    ("fit", "organisation", "revenue >= {high}000 and country = '{country}'"),
    ("fit", "organisation", "cloud_resources + network_devices > {high} or initiatives ilike '%{word}%'"),
    ("engagement", "", "pages_viewed >= {small} and campaign like '{word}%'"),
    ("fit", "contact", "decision_role = 'influencer' and title ilike '%{word}%'"),
    ("intent", "", "'{tool}' = any(intent_topics) and last_intent_at > now() - interval '{tiny} months'"),
    ("fit", "organisation", "any_of(compliance, 'ISO 2700{tiny}', 'NIS2') and servers > {low}"),
    ("bant", "", "authority = 'decides' and stakeholders >= {tiny}"),
    ("engagement", "", "emails_opened >= {small} and not opted_out"),
    ("fit", "contact", "email matches '@({word}|{other})\\.' or website like '%{word}.example'"),
    ("fit", "organisation", "city = '{word}' or state = '{other}' or postal_code like '{small}%'"),
    ("bant", "", "project_start < today() + interval '{small} days' and cmdb_status <> 'accurate'"),
    ("engagement", "", "webinars >= {tiny} and source in ('event', 'referral')"),
    ("bant", "", "length(pains) >= {tiny} and evaluators ilike '%{tool}%'"),
    ("fit", "contact", "created_at > now() - interval '{small} days' and language in ('en', 'de')"),
)


def main(rules: int, rounds: int) -> dict[str, Any]:
    """Measure and print."""
    text = generated(rules)
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds + 1):
        at, before = [time.perf_counter()], time.process_time()
        playbook = load(text, "generated.toml")
        at.append(time.perf_counter())
        found = lint(playbook, NOW)
        at.append(time.perf_counter())
        expect_proof(playbook, NOW)
        at.append(time.perf_counter())
        for name, start, end in zip(("read", "look over", "judge examples"), at, at[1:], strict=False):
            spent[name].append((end - start) * 1e3)
        spent["all"].append((at[-1] - at[0]) * 1e3)
        spent["CPU"].append((time.process_time() - before) * 1e3)
    medians = {name: statistics.median(times[1:]) for name, times in spent.items()}
    conditions = sum(1 for _ in playbook.conditions())
    print(
        f"playbook of {len(playbook.rules)} rules ({conditions} predicates, {len(text):,} bytes, {EXAMPLES} examples)"
    )
    print(f"  load and check {medians['all']:,.0f} ms, median of {rounds}, warm   target {TARGET_MS}")
    print("  " + " · ".join(f"{name} {medians[name]:,.0f}" for name in ("read", "look over", "judge examples", "CPU")))
    print(f"  the first, with what is imported late, {spent['all'][0]:,.0f} ms; {len(found)} remarks")
    return medians


def generated(rules: int) -> str:
    """The shipped playbook with other rules, and with examples of what comes out."""
    shipped = playbooks.text("it-discovery")
    head, _, rest = shipped.partition("[[score.")
    tail = rest[rest.index("[caps]") :].partition("[[examples]]")[0]
    text = head + "\n".join(islice(_rules(), rules)) + "\n" + tail
    text = re.sub(r"^\[caps\.groups\]\n[^\[]*", "", text, flags=re.MULTILINE)  # of groups that are gone
    return text + "\n".join(_examples(text))


def _rules() -> Iterator[str]:
    shapes = cycle(SHAPES)
    for number, (axis, about, shape) in enumerate(shapes):
        when = shape.format(
            word=NEAR[number // 24 % 10],
            other=NEAR[number // 7 % 10],
            tool=TOOLS[number // 3 % 10],
            next=TOOLS[number // 7 % 10],
            country=COUNTRIES[number % 7],
            industry=INDUSTRIES[number % 7],
            second=INDUSTRIES[(number + 2) % 7],
            low=number * 10,
            high=number * 25 + 100,
            small=number % 60 + 1,
            tiny=number % 9 + 1,
        )
        points = f"about = '{about}'\npoints = {number % 9 + 1}" if about else f"points = {number % 7 - 10}"
        decay = "half_life_days = 30\nsince = 'last_activity_at'\n" if axis == "engagement" and number % 4 == 0 else ""
        yield f"[[score.{axis}]]\nname = 'Rule {number}'\nwhen = '''\n{when}\n'''\n{points}\n{decay}"


def _examples(text: str) -> Iterator[str]:
    tracer = Tracer(load(text, "generated.toml"), NOW)
    for number, lead in enumerate(people(EXAMPLES, 5, NOW)):
        outputs = tracer(lead).outputs
        fields = "\n".join(f"{name} = {_toml(value)}" for name, value in lead.items() if value not in (None, [], ""))
        yield (
            f'[[examples]]\nname = "Lead {number}"\nat = {_toml(NOW)}\n[examples.lead]\n{fields}\n[examples.expect]\n'
            f'stage = "{outputs["stage"]}"\nscore = {outputs["score"]}\nqualified = {_toml(outputs["qualified"])}\n'
        )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return value.isoformat() if isinstance(value, date | datetime) else repr(value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    main(arguments.rules, arguments.rounds)
