"""Stored values as the API prints them, and rows as sObjects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from leadrelay.sandbox.salesforce.soql_scope import Source, Target
from leadrelay.sandbox.store import Column

Row = tuple[Any, ...]
Sobject = dict[str, Any]


def print_value(column: Column, value: Any, *, csv: bool = False) -> Any:
    """A stored value as JSON has it, or as the cells of a Bulk API 2.0 result have it."""
    if column.kind == "boolean":
        return ("true" if value else "false") if csv else bool(value)
    if value is None:
        return None
    if column.kind == "datetime" and not csv:
        return f"{value[:23]}+0000"
    if column.kind == "real":
        return float(value)
    return orjson.loads(value) if column.meta["type"] == "address" else value


def selected(target: Target, *, csv: bool) -> str:
    """SQL that reads a value already printed, as far as SQL can: booleans and addresses of JSON come out raw."""
    if target.column.kind == "datetime" and not csv:
        return f"substr({target.sql}, 1, 23) || '+0000'"
    if target.column.kind == "boolean" and csv:
        return f"CASE WHEN {target.sql} THEN 'true' ELSE 'false' END"
    return target.sql


def raw_printer(column: Column) -> Callable[[Any], Any] | None:
    """What is left to do after `selected`, for JSON."""
    if column.kind == "boolean":
        return bool
    return _address if column.meta["type"] == "address" else None


def _address(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


@dataclass
class _Node:
    """An sObject within the answer: where in the row its values stand."""

    key: int
    type: int
    fields: list[tuple[str, int]] = field(default_factory=list)
    parents: list[tuple[str, _Node]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


class Shape:
    """How rows become sObjects: `expressions` are what SQL must select, `records` makes the objects of the rows."""

    def __init__(self, object_name: str, targets: Sequence[Target], version: str) -> None:
        self._base = f"/services/data/v{version}/sobjects/"
        self._object = object_name
        self._names = [target.label for target in targets]
        self.expressions = ['t."Id"', *(selected(target, csv=False) for target in targets)]
        self._printers = [
            (place, printer)
            for place, target in enumerate(targets, 1)
            if (printer := raw_printer(target.column)) is not None
        ]
        self._flat = not any(target.parents for target in targets)
        self._root = _Node(0, -1)
        for place, target in enumerate(targets, 1):
            self._place(target, place)

    def records(self, rows: Iterable[Row]) -> Iterator[Sobject]:
        return self._flat_records(rows) if self._flat else self._nested_records(rows)

    def _flat_records(self, rows: Iterable[Row]) -> Iterator[Sobject]:
        base, name = f"{self._base}{self._object}/", self._object
        names = ["attributes", *self._names]
        printers = [(names[place], printer) for place, printer in self._printers]
        for row in rows:
            record = dict(zip(names, row, strict=True))
            record["attributes"] = {"type": name, "url": base + row[0]}
            for field_name, printer in printers:
                record[field_name] = printer(record[field_name])
            yield record

    def _nested_records(self, rows: Iterable[Row]) -> Iterator[Sobject]:
        for row in rows:
            values = list(row)
            for place, printer in self._printers:
                values[place] = printer(values[place])
            yield self._record(self._root, values)

    def _record(self, node: _Node, values: Sequence[Any]) -> Sobject:
        type_ = self._object if node.type < 0 else values[node.type]
        made: Sobject = {"attributes": {"type": type_, "url": f"{self._base}{type_}/{values[node.key]}"}}
        made.update(dict.fromkeys(node.order))
        for name, place in node.fields:
            made[name] = values[place]
        for name, parent in node.parents:
            made[name] = None if values[parent.key] is None else self._record(parent, values)
        return made

    def _place(self, target: Target, place: int) -> None:
        node = self._root
        for name, source in zip(target.path, target.parents, strict=False):
            node = self._parent(node, name, source)
        node.fields.append((target.path[-1], place))
        node.order.append(target.path[-1])

    def _parent(self, node: _Node, name: str, source: Source) -> _Node:
        found = dict(node.parents).get(name)
        if found is None:
            found = _Node(len(self.expressions), len(self.expressions) + 1)
            self.expressions += [source.key, source.type]
            node.parents.append((name, found))
            node.order.append(name)
        return found
