"""The file of a plan: written as a whole or not at all, for its owner's eyes, and signed by a hash of its content."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.plans.collecting import uncollected
from leadrelay.jobs.plans.values import FORMAT, Plan

_ANEW = "Make a new one: leadrelay plan JOB --out FILE"
_MOST_TOLD = 20
_LARGEST = 1 << 30


def signed(plan: Plan) -> Plan:
    """The same with the hash of its content."""
    with uncollected():
        return replace(plan, sha256=_hash(orjson.loads(orjson.dumps(plan))))


def changes_of(plan: Plan) -> str:
    """A digest of what it changes: the same for two that were made one after the other of the same records."""
    told = [
        [
            row.lead,
            row.version,
            sorted((change.field, change.new) for change in row.changes),
            [(effect.kind, effect.epoch if effect.task.get("subject") else "") for effect in row.effects],
            row.effect.task.get("owner", "") if row.effect else "",
        ]
        for row in sorted(plan.rows, key=lambda row: row.lead)
        if row.sends
    ]
    return sha256(orjson.dumps([plan.rules, told])).hexdigest()


def write(path: Path, plan: Plan) -> None:
    """For nobody else to read: it holds values of records."""
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:  # its mode is 0600
        try:
            file.writelines(_lines(plan))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _lines(plan: Plan) -> Iterable[bytes]:
    """A line for each lead, so that two plans can be compared line by line."""
    head = orjson.dumps(replace(plan, rows=()), option=orjson.OPT_INDENT_2)
    before, after = head.split(b'\n  "rows": []')
    yield before + b'\n  "rows": ['
    for place, row in enumerate(plan.rows):
        yield (b",\n" if place else b"\n") + orjson.dumps(row)
    yield b"\n]" + after + b"\n"


def read(path: Path, *, edited: bool = False) -> Plan:
    """The plan; raises `ConfigError` for what is none, or not as it was made. `edited`: where that is meant so."""
    with uncollected():
        return _read(path, edited=edited)


def _read(path: Path, *, edited: bool) -> Plan:
    data = _bytes(path)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = f"is not whole, or no JSON ({error.msg}, line {error.lineno})."
        raise ConfigError([Problem(str(path), message, _ANEW)]) from None
    if not isinstance(document, dict) or "leadrelay_plan" not in document:
        raise ConfigError([Problem(str(path), "is no plan of leadrelay.", _ANEW)])
    if document["leadrelay_plan"] != FORMAT:
        message = f"is a plan of another form than this leadrelay's ({FORMAT})."
        raise ConfigError([Problem(str(path), message, f"Apply it with the leadrelay that made it. {_ANEW}")])
    try:
        digest = _hash(document)
    except orjson.JSONEncodeError:  # it reads deeper nesting than it writes
        raise ConfigError([Problem(str(path), "is nested deeper than any plan.", _ANEW)]) from None
    if not edited and document.get("sha256") != digest:
        message = "was edited since it was made: its content is not what its sha256 says."
        cure = "Take the file as it was made; or have it validated and taken as it is: leadrelay apply FILE --recheck"
        raise ConfigError([Problem(str(path), message, cure)])
    try:
        plan = _adapter().validate_json(data)
    except ValidationError as error:
        raise ConfigError(list(_problems(path, error))) from None
    return replace(plan, sha256=digest)


def _bytes(path: Path) -> bytes:
    cure = "Name the file that leadrelay plan JOB --out FILE wrote."
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError([Problem(str(path), "is too large for a plan.", cure)])
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError([Problem(str(path), "there is no such file.", cure)]) from None
    except OSError as error:
        raise ConfigError([Problem(str(path), f"cannot be read ({error.strerror}).", cure)]) from None
    except ValueError:
        raise ConfigError([Problem(repr(str(path)), "is no name of a file (a zero byte).", cure)]) from None


def _problems(path: Path, error: ValidationError) -> Iterable[Problem]:
    """Where it is wrong, without a value of it."""
    for found in error.errors(include_input=False, include_url=False, include_context=False)[:_MOST_TOLD]:
        place = ".".join(str(part) for part in found["loc"])
        yield Problem(f"{path}: {place}", f"{found['msg']}.", _ANEW)


def _hash(document: dict[str, Any]) -> str:
    """Of everything but itself, whatever order it stands in."""
    rest = {name: value for name, value in document.items() if name != "sha256"}
    return sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)
