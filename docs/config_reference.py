#!/usr/bin/env python
"""Writes configuration.md from the models of the configuration: run it after a change of one."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from leadrelay.config import HubSpotConnection, Job, LeadLimit, SalesforceConnection, Share, State
from leadrelay.config_providers import (
    Asked,
    CrmProvider,
    DnsProvider,
    HttpProvider,
    Money,
    OtherProvider,
    Sure,
    TableProvider,
)
from leadrelay.config_secrets import Secret

PAGE = Path(__file__).with_name("configuration.md")

TABLES: Mapping[str, tuple[type[BaseModel], ...]] = {
    "[state]": (State,),
    "[connections.NAME] of Salesforce": (SalesforceConnection,),
    "[connections.NAME] of HubSpot": (HubSpotConnection,),
    "[jobs.NAME]": (Job,),
    "Providers that are asked over a network": (Asked,),
    '[providers.NAME] with kind = "http"': (HttpProvider,),
    '[providers.NAME] with kind = "dns"': (DnsProvider,),
    '[providers.NAME] with kind = "table"': (TableProvider,),
    '[providers.NAME] with kind = "crm"': (CrmProvider,),
    "[providers.NAME] of an extension": (OtherProvider,),
    "Secrets": (Secret,),
}
"""Headings, and what stands below them; keys that a table shares with others stand where they are said first."""

ABOUT: Mapping[str, str] = {
    "Providers that are asked over a network": "`http`, `dns` and extensions take these besides their own.",
    "[providers.NAME] of an extension": "Keys that are not known here are the extension's own.",
    "Secrets": "A secret never stands in the configuration. Wherever a key takes a secret, it is a table with one of:",
}
WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    Secret: "[secret](#secrets)",
    dict: "table",
}
NAMED = (
    (Share, "share, such as `25%`"),
    (LeadLimit, "share, such as `20%`, or number of leads"),
    (Money, "amount"),
    (Sure, "number from 0 to 1"),
)
"""Types with a meaning of their own, known by what checks them."""

HEAD = """\
# Configuration

Every key of `config.toml`. This page is written by `docs/config_reference.py` from the code that reads the file. \
`config.example.toml` shows all of it as a file; the [mapping](mappings.md) and the [playbook](playbook.md) are files \
of their own.

Every key can be overridden by an environment variable, `LEADRELAY_` and the path of the key with two underscores \
between its parts: `LEADRELAY_STATE__URL` is `url` of `[state]`.

Paths start at the folder of the configuration. An unknown key is an error: `leadrelay check` tells all of them at \
once, each with its line.
"""


def page() -> str:
    """All of configuration.md."""
    return "\n".join([HEAD, *(_section(heading, models) for heading, models in TABLES.items())])


def _section(heading: str, models: Iterable[type[BaseModel]]) -> str:
    rows = [row for model in models for row in rows_of(model)]
    about = [ABOUT[heading], ""] if heading in ABOUT else []
    code = f"`{heading.partition(' ')[0]}`{heading.removeprefix(heading.partition(' ')[0])}"
    title = code if heading.startswith("[") else heading
    return "\n".join([f"## {title}", "", *about, "| key | takes | default | meaning |", "|---|---|---|---|", *rows, ""])


def rows_of(model: type[BaseModel]) -> Iterator[str]:
    """A row for each key that this model says itself, or takes from one that has no table of its own."""
    for name, meaning in told(model).items():
        field = model.model_fields[name]
        yield f"| `{name}` | {taken(field)} | {default(field)} | {meaning} |"


def told(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each key in the source."""
    shown = {one for models in TABLES.values() for one in models} - {model}
    kin = [one for one in model.__mro__ if one is not BaseModel and issubclass(one, BaseModel) and one not in shown]
    found: dict[str, str] = {}
    for one in kin:
        found = {**found, **{name: meaning for name, meaning in _told(one).items() if name not in found}}
    return found


def _told(model: type[BaseModel]) -> dict[str, str]:
    (body,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found = {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(below, ast.Expr):
            found[line.target.id] = ast.literal_eval(below.value)
    return found


def taken(field: FieldInfo) -> str:
    """What a key takes, in words."""
    for kind, words in NAMED if get_origin(field.annotation) is not dict else ():
        if any(_same(meta, known) for meta in _metadata(field) for known in get_args(kind)[1:]):
            return words
    words = _words(field.annotation)
    return words if words == "table" else words + _bounds(field)


def _metadata(field: FieldInfo) -> list[Any]:
    """Also of one that may be left out."""
    parts = [one for one in get_args(field.annotation) if get_origin(one) is Annotated]
    inner = [meta for one in parts for meta in get_args(one)[1:]]
    bounds = [bound for meta in inner if isinstance(meta, FieldInfo) for bound in meta.metadata]
    return [*field.metadata, *inner, *bounds]


def _same(one: Any, other: Any) -> bool:
    return one is other or (not isinstance(other, FieldInfo) and one == other)


def _words(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _words(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return " or ".join(f'`"{one}"`' for one in get_args(kind))
    if get_origin(kind) is list:
        return f"list of {_words(get_args(kind)[0])}s"
    if get_origin(kind) is dict:
        return "table"
    parts = [one for one in get_args(kind) if one is not NoneType]
    return _words(parts[0]) if parts else WORDS[kind]


def _bounds(field: FieldInfo) -> str:
    found = [(Ge, "from"), (Gt, "above"), (Le, "to")]
    return "".join(
        f" {word} {getattr(meta, kind.__name__.lower()):,}"
        for kind, word in found
        for meta in _metadata(field)
        if isinstance(meta, kind)
    )


def default(field: FieldInfo) -> str:
    """What holds where a key is left out."""
    if field.default_factory is not None:
        return _shown(field.default_factory())  # type: ignore[call-arg]
    if field.default is PydanticUndefined:
        return "required"
    return _shown(field.default)


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return ", ".join(f'`"{one}"`' for one in value)
    if isinstance(value, str):
        return f'`"{value}"`'
    return f"`{_number(value)}`"


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else f"{float(value):.0%}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
