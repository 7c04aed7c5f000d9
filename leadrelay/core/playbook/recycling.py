"""The part of a playbook that says which leads go back to nurture, and when they come back by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadrelay.core.lead import LEAD
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.rules import Rules, check_among_others
from leadrelay.core.playbook.values import Recycler, Recycling
from leadrelay.core.predicates import fields, parse
from leadrelay.core.predicates.dates import Shift, interval, within_a_century
from leadrelay.core.toml_table import Table

_DUE = "current_reengage_on <= today()"
_ANEW = f"{_DUE} and sales_verdict_at between current_reengage_on and now()"
_DAYS = 24


def read_recycling(tables: Sequence[Table], rules: Rules) -> Recycling:
    """Every `[[recycle]]`, from the one that is tried first."""
    found = tuple(one for place, table in enumerate(tables) for one in _recycler(table, tables[:place], rules))
    rules.know("recycle_reason", [one.name for one in found])
    if not found:
        return Recycling()
    of_sales = tuple(place for place, one in enumerate(found) if "sales_verdict" in fields(one.when.node))
    return Recycling(found, _always(_DUE), _always(_ANEW) if of_sales else None, of_sales)


def _always(text: str) -> Condition:
    return Condition(text, parse(text, LEAD, ""))


def _recycler(table: Table, earlier: Sequence[Table], rules: Rules) -> Iterator[Recycler]:
    table.needs("name", "when", "after")
    name, after = _name(table, earlier), _after(table)
    when = rules.condition(table, "when", rules.after_gate)
    table.close()
    if name and when and after:
        yield Recycler(name, when, " ".join((table.text("after") or "").split()), after)


def _name(table: Table, earlier: Sequence[Table]) -> str | None:
    name = table.text("name")
    if name is None:
        return None
    if name in [other.text("name") for other in earlier]:
        table.problem("name", f"'{name}' recycles leads already.", "Rename one of them, or join them with 'or'.")
    check_among_others(table, name)
    return name


def _after(table: Table) -> Shift | None:
    text = table.text("after")
    if text is None:
        return None
    shift = interval(text)
    if shift is None or shift.hours % _DAYS:
        table.problem("after", f"'{text}' is no interval of days, weeks, months or years.", "Such as: '90 days'.")
    elif not any(shift) or not within_a_century([shift]):
        table.problem("after", f"'{text}' is not between one day and 100 years.", "Such as: '90 days'.")
    else:
        return shift
    return None
