#!/usr/bin/env python
"""Writes the operators and functions into rules.md, and all of fields.md: run it after a change of either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from leadrelay.core.clean.fields import ABOUT_OTHERS, DERIVED
from leadrelay.core.clean.recipes import RECIPES
from leadrelay.core.lead import LEAD, Axis, Schema, Type
from leadrelay.core.outputs import (
    ASSIGNMENT,
    GATE,
    QUALIFICATION,
    RECYCLING,
    SALES,
    SCORES,
    STAGE,
    TEXTS,
    VERDICTS,
)
from leadrelay.core.predicates import FUNCTIONS, OPERATORS, Doc

PAGE = Path(__file__).with_name("rules.md")
FIELDS = Path(__file__).with_name("fields.md")
BEGIN = "<!-- What follows up to the next such line is written by docs/reference.py. -->\n"
END = "<!-- end -->\n"

AXES: Mapping[Axis, str] = {
    Axis.CONTACT: "Who they are.",
    Axis.ORGANISATION: "Where they work.",
    Axis.ENGAGEMENT: "What they did with us.",
    Axis.INTENT: "What they look for elsewhere.",
    Axis.BANT: "Whether they can buy.",
    Axis.PROCESS: "Where they stand.",
}
TYPES: Mapping[Type, str] = {
    Type.TEXT: "text, compared letter by letter",
    Type.INTEGER: "a whole number up to 9,007,199,254,740,992 (2^53)",
    Type.NUMBER: "a number with a fraction",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a day",
    Type.DATETIME: "a moment in UTC, to the millisecond",
    Type.LIST: "texts",
}
DECIDED: Mapping[str, Schema] = {
    "BANT": VERDICTS,
    "Scores": SCORES,
    "Qualification": QUALIFICATION,
    "Gate": GATE,
    "Recycling": RECYCLING,
    "Stage": STAGE,
    "Assignment": ASSIGNMENT,
    "Sales": SALES,
    "Texts, made when a mapping asks for them": TEXTS,
}
"""The outputs, in the order in which they are decided."""


def current(page: str) -> str:
    """The page with the reference as the rule language has it now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{reference()}{END}{after}"


def reference() -> str:
    """Every operator and every function: how it is written, what it means, an example."""
    parts = ["## Operators", *_entries(OPERATORS.values()), "## Functions", *_entries(FUNCTIONS.values())]
    return "\n" + "\n\n".join(parts) + "\n\n"


def _entries(docs: Iterable[Doc]) -> Iterator[str]:
    for doc in docs:
        yield f"`{doc.usage}`: {doc.meaning}"
        yield f"```sql\n{doc.example}\n```"


def fields() -> str:
    """The page of all lead fields and outputs."""
    return "\n\n".join([*_introduction(), *_lead_fields(), *_derived(), *_outputs()]) + "\n"


def _introduction() -> Iterator[str]:
    yield "# Fields"
    yield "<!-- Written by docs/reference.py from leadrelay/core/lead.py, core/clean/fields.py and core/outputs.py. -->"
    yield (
        "What [rules](rules.md) may ask for and [mappings](mappings.md) may fill or write. A playbook adds fields of "
        "its own under [`[fields]`](rules.md#fields-of-your-own). Any of them may be missing."
    )
    yield "\n".join(["| type | holds |", "|---|---|", *(f"| `{kind}` | {holds} |" for kind, holds in TYPES.items())])


def _lead_fields() -> Iterator[str]:
    yield "## Lead fields"
    yield "By axis: what a field tells about. A mapping's `[read]` fills them from the CRM."
    for axis, meaning in AXES.items():
        yield f"### {axis.capitalize() if axis is not Axis.BANT else 'BANT'}"
        yield meaning
        yield _table(LEAD, axis)


def _derived() -> Iterator[str]:
    yield "## Derived fields"
    yield (
        "Lead fields that leadrelay makes of others where no CRM field gives them: [what they hold](cleaning.md)."
        " A value that a mapping reads wins. They cost nothing where nobody asks for them."
    )
    lines = ["| field | type | meaning | from |", "|---|---|---|---|"]
    for field in DERIVED.values():
        made_of = ", ".join(f"`{name}`" for name in RECIPES[field.name].inputs) if field.name in RECIPES else ""
        lines.append(f"| `{field.name}` | {field.type} | {field.meaning} | {made_of} |")
    yield "\n".join(lines)
    yield "And what is found out beside the lead itself, by enrichment and among other leads:"
    lines = ["| field | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| `{one.name}` | {one.type} | {one.unit} | {one.meaning} |" for one in ABOUT_OTHERS.values()]
    yield "\n".join(lines)


def _outputs() -> Iterator[str]:
    yield "## Outputs"
    yield (
        "What leadrelay decides, in this order. A rule may ask for what is decided before it, and a mapping's "
        "`[write]` may write all of them and lead fields too."
    )
    for heading, schema in DECIDED.items():
        yield f"### {heading}" if heading != "BANT" else "### BANT verdicts"
        yield _table(schema)


def _table(schema: Schema, axis: Axis | None = None) -> str:
    rows = [field for field in schema.values() if axis in (None, field.axis)]
    head = "| field | type | unit | meaning |" if axis else "| output | type | unit | axis | meaning |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for field in rows:
        about = "" if axis else f" {field.axis} |"
        lines.append(f"| `{field.name}` | {field.type} | {field.unit} |{about} {field.meaning} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    FIELDS.write_text(fields(), encoding="utf-8")
