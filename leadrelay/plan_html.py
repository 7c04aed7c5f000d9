"""A plan as one page that can be filtered: no network, its data inside, packed; a note for who has no script."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import orjson

from leadrelay.core.effects import HANDOFF
from leadrelay.html_page import STYLE, tiles
from leadrelay.jobs.plans.collecting import uncollected
from leadrelay.jobs.plans.values import Effect, Plan, Row
from leadrelay.plan_script import SCRIPT

_MORE_STYLE = """
form { position: sticky; top: 0; background: var(--ground); display: flex; flex-wrap: wrap; gap: .5rem .75rem;
  padding: .75rem 0; border-bottom: 1px solid var(--line); z-index: 1; align-items: end; }
label { display: flex; flex-direction: column; font-size: .8rem; color: var(--soft); flex: 1 1 9rem; }
label.q { flex: 3 1 14rem; }
input, select, button { font: inherit; font-size: .95rem; color: var(--ink); background: var(--tile);
  border: 1px solid var(--line); border-radius: .4rem; padding: .35rem .5rem; min-width: 0; }
button { cursor: pointer; } button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--live); outline-offset: 1px; }
nav { display: flex; gap: .75rem; align-items: center; margin: .75rem 0; flex-wrap: wrap; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .75rem 0; }
article h2 { border: 0; margin: 0; font-size: 1rem; display: flex; flex-wrap: wrap; gap: .25rem .9rem; }
article h2 span { font-weight: 400; color: var(--soft); } a { color: var(--live); }
article table { width: 100%; table-layout: fixed; margin: .4rem 0 0; }
article td, article th { text-align: left; white-space: normal; overflow-wrap: anywhere; padding: .2rem .9rem .2rem 0; }
th.f { width: 21%; } th.old { width: 17%; } th.new { width: 35%; }
td.old { color: var(--soft); text-decoration: line-through; }
td.none { text-decoration: none; } td.new { font-weight: 600; } td.long { font-weight: 400; }
td.gone { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; } details ul { margin: .2rem 0; padding-left: 1.1rem; color: var(--soft); }
.task { border-left: 4px solid var(--good); padding-left: .75rem; margin-top: .5rem; } .kept { color: var(--new); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .3rem 0; color: var(--soft); }
code { overflow-wrap: anywhere; }
@media (max-width: 40rem) { body { padding: 1rem .75rem 3rem; } form { position: static; }
  article thead { display: none; } article tr { display: block; padding: .3rem 0; }
  article td { display: block; padding: 0; } }
@media print { form, nav { display: none; } }
"""
_UNPACKED = (
    "This page needs a browser with scripts to unpack and filter the plan (Chromium 80, Firefox 113, Safari 16.4)."
)


def page(plan: Plan) -> str:
    """The whole page."""
    with uncollected():
        data = orjson.dumps(_data(plan))
    packed = base64.b64encode(gzip.compress(data, compresslevel=9, mtime=0)).decode()
    title = escape(f"Plan of {plan.job}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}"><style>{STYLE}{_MORE_STYLE}</style></head>'
        f"<body>\n{''.join(_head(plan))}\n{_BODY}"
        f'<script type="application/octet-stream" id="data">{packed}</script>\n<script>{SCRIPT}</script>\n'
        f"</body></html>\n"
    )


def _policy() -> str:
    """Nothing is fetched, and no other script runs, whatever stands in a record."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"


def _head(plan: Plan) -> Iterator[str]:
    found = plan.tallied
    yield f"<header><h1>{escape(f'Plan of {plan.job}')}</h1>"
    made = f"made {plan.made_at:%Y-%m-%d %H:%M} UTC for {plan.object} of {plan.organisation} ({plan.connection})"
    yield f'<p class="soft">{escape(made)}</p>'
    figures = {
        "leads read": found.read,
        "leads changed": found.changed,
        "fields": found.fields,
        "hand-offs": found.hand_offs,
        "tasks": found.tasks,
        "other owners": found.owners,
        "values cleared, in leads": found.cleared,
        "withheld": found.withheld,
    }
    yield from tiles({name: f"{count:,}" for name, count in figures.items()})
    if plan.brake:
        yield f'<p class="note">The brake: this plan would {escape(plan.brake)}.</p>'
    if plan.missing:
        yield f'<p class="note">The CRM does not have these fields any more: {escape(", ".join(plan.missing))}.</p>'
    yield f'<p class="soft">{escape(_calls(plan))} {escape(plan.note)}</p>'
    yield f'<p class="soft">sha256 <code>{plan.sha256}</code></p></header>'


def _calls(plan: Plan) -> str:
    calls = plan.calls
    left = f", of {max(0, calls.total - calls.used):,} that are left today" if calls.total else ""
    return f"Applying takes about {calls.needed:,} API calls{left}."


_BODY = f"""<main><form id="filter" role="search" autocomplete="off">
<label class="q">Search<input id="q" type="search" placeholder="lead, value, reason, task"></label>
<label>Field<select id="field"><option value="">all</option></select></label>
<label>Kind of change<select id="kind"><option value="">all</option></select></label>
<label>Owner<select id="owner"><option value="">all</option></select></label>
<button type="reset">Clear</button></form>
<nav aria-label="Pages"><button id="back" type="button">Back</button><button id="on" type="button">Next</button>
<span id="count" role="status" aria-live="polite">Unpacking…</span></nav>
<div id="leads"></div></main>
<noscript><p class="note">{_UNPACKED} Everything stands in the plan file too: leadrelay show FILE</p></noscript>
<p id="old" class="note" hidden>{_UNPACKED}</p>
"""


# -- the data ----------------------------------------------------------------------------------------------------------


def _data(plan: Plan) -> dict[str, Any]:
    """What the script shows. What repeats stands once."""
    names = list(dict.fromkeys(change.field for row in plan.rows for change in row.changes))
    places = {name: place for place, name in enumerate(names)}
    owners = {owner: place for place, owner in enumerate(plan.owners)}
    return {
        "fields": names,
        "ownerField": plan.owner_field,
        "owners": [plan.owners[owner] or owner for owner in owners],
        **_steps(plan),
        "reasons": [[one.short, list(one.because)] for one in plan.reasons],
        "rows": [_row(row, places, owners, plan.owners) for row in plan.rows if row.sends or row.withheld],
    }


def _steps(plan: Plan) -> dict[str, Any]:
    """Steps are a rule and what was found: the rules are few, and what was found is found by many rules."""
    rules: dict[str, int] = {}
    evidence: dict[str, int] = {}
    steps = []
    for step in plan.steps:
        rule, bracket, found = step.partition(" [")
        places = [rules.setdefault(rule, len(rules))]
        steps.append([*places, evidence.setdefault(found, len(evidence))] if bracket else places)
    return {"rules": list(rules), "evidence": list(evidence), "steps": steps}


def _row(row: Row, fields: Mapping[str, int], owners: Mapping[str, int], names: Mapping[str, str]) -> list[Any]:
    return [
        row.lead,
        row.link,
        owners.get(row.owner, -1),
        [[fields[one.field], _shown(one.old, names), _shown(one.new, names), one.why] for one in row.changes],
        [[one.field, one.why] for one in row.withheld],
        [_task(effect, owners) for effect in row.effects if effect.task.get("subject")],
    ]


def _shown(value: Any, names: Mapping[str, str]) -> Any:
    """An owner's id with the name."""
    name = names.get(value) if isinstance(value, str) else None
    return f"{name} ({value})" if name else value


def _task(effect: Effect, owners: Mapping[str, int]) -> list[Any]:
    task = effect.task
    note = task.get("note") or {}
    more = [[one.get("subject", ""), one.get("due", ""), one.get("body", "")] for one in task.get("more") or ()]
    return [
        "hand-off" if effect.kind == HANDOFF else "task",
        task["subject"],
        task.get("due", ""),
        owners.get(task.get("owner", ""), -1),
        task.get("body", ""),
        more,
        [note.get("title", ""), note.get("body", "")] if note else None,
    ]
