"""The part of a playbook that says which matters somebody else has to see to, beside the lead's owner."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from difflib import get_close_matches

from leadrelay.core.hours import Interval
from leadrelay.core.playbook.intervals import read_interval
from leadrelay.core.playbook.rules import Rules, check_among_others
from leadrelay.core.playbook.templates import Templates, read_subject
from leadrelay.core.sla import Topic
from leadrelay.core.toml_table import Table

LONGEST = 64
"""Letters of a name: it is part of what makes the key of its task."""

MOST = 63
"""As many as one mask holds."""

SUBJECT = "{topic}: {first_name} {last_name}, {company}"
WITHIN = Interval(1, timedelta(0))


def read_topics(tables: Sequence[Table], rules: Rules, teams: Collection[str]) -> tuple[Topic, ...]:
    """Every `[[topics]]`, as written. `teams`: the names of the playbook's teams."""
    if len(tables) > MOST:
        tables[MOST].problem("", f"is one too many: a playbook has at most {MOST} topics.", "Join some with 'or'.")
    templates = Templates(rules)
    return tuple(
        topic for place, table in enumerate(tables) for topic in _topic(table, tables[:place], rules, teams, templates)
    )


def _topic(
    table: Table, earlier: Sequence[Table], rules: Rules, teams: Collection[str], templates: Templates
) -> Iterator[Topic]:
    table.needs("name", "when", "to")
    name, to = _name(table, earlier), _to(table, teams)
    when = rules.condition(table, "when", rules.after_stages)
    within = read_interval(table, "within")
    subject, text = read_subject(table, "subject", ["topic", *rules.after_stages]), templates.text(table, "text")
    table.close()
    if name and when and to:
        yield Topic(name, when, to, within or WITHIN, subject or SUBJECT, text)


def _name(table: Table, earlier: Sequence[Table]) -> str | None:
    name = table.text("name")
    if name is None:
        return None
    if name in [other.text("name") for other in earlier]:
        table.problem("name", f"a topic '{name}' is there already.", "Rename one of them, or join them with 'or'.")
    check_among_others(table, name, LONGEST)
    return name


def _to(table: Table, teams: Collection[str]) -> str | None:
    """A user's e-mail address, a team, or the name of a queue, which only the CRM knows."""
    to = table.text("to")
    if to is None or "@" in to or to in teams:
        return to
    if close := get_close_matches(to.lower(), [team.lower() for team in teams], n=1, cutoff=0.8):
        cure = f"Did you mean '{close[0]}'? A queue has to be named unlike any team."
        table.problem("to", f"there is no team '{to}'.", cure)
    return to
