"""Our own fields as Salesforce defines them, and whether a field that is there already would do.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customfield.htm
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.connectors.customising import OwnField, State, is_ours
from leadrelay.connectors.salesforce_describe import Field
from leadrelay.core.lead import Type
from leadrelay.core.references import Reference

SHORT = 255
"""The longest text that is not a Long Text Area, in characters."""

_LONGEST, _LONGEST_HELP = 131_072, 510
_DIGITS = 3
"""A score has up to three digits."""

_PRECISION, _DECIMALS = 18, 2
_TEXTS = frozenset({"string", "textarea", "picklist", "combobox"})
_NUMBERS = frozenset({"double", "int", "currency", "percent"})
_TAKES: Mapping[Type, frozenset[str]] = {
    Type.TEXT: _TEXTS,
    Type.LIST: _TEXTS,
    Type.INTEGER: _NUMBERS | {"string"},
    Type.NUMBER: _NUMBERS | {"string"},
    Type.BOOLEAN: frozenset({"boolean", "string"}),
    Type.DATE: frozenset({"date", "string"}),
    Type.DATETIME: frozenset({"datetime", "string"}),
}
"""In describe's words."""

_SHOWN: Mapping[str, str] = {"DateTime": "Date/Time", "LongTextArea": "Long Text Area", "TextArea": "Text Area"}
"""Types as Setup spells them, where it spells them otherwise."""

_TARGETS = {Reference.OWNER: "User", Reference.ACCOUNT: "Account"}
_WORDS: Mapping[str, str] = {
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "Number": "double",
    "Percent": "percent",
    "Picklist": "picklist",
    "Text": "string",
    "TextArea": "textarea",
}
"""The Metadata API's words for types in those of describe."""


def metadata(field: OwnField) -> dict[str, Any]:
    """What the Tooling API, and a file of a project, say of the field."""
    told = {"label": field.label, "description": field.description, "inlineHelpText": field.description[:_LONGEST_HELP]}
    return told | _typed(field)


def _typed(field: OwnField) -> dict[str, Any]:
    length = field.length or SHORT
    if field.reference:
        name = field.name.removesuffix("__c")
        return {"type": "Lookup", "referenceTo": _TARGETS[field.reference], "relationshipName": name}
    if field.unique:
        return {"type": "Text", "length": length, "unique": True, "externalId": True, "caseSensitive": False}
    if field.type in {Type.TEXT, Type.LIST} and length > SHORT:
        return {"type": "LongTextArea", "length": min(length, _LONGEST), "visibleLines": 5}
    made: Mapping[Type, dict[str, Any]] = {
        Type.INTEGER: {"type": "Number", "precision": _PRECISION, "scale": 0},
        Type.NUMBER: {"type": "Number", "precision": _PRECISION, "scale": _DECIMALS},
        Type.BOOLEAN: {"type": "Checkbox", "defaultValue": "false"},
        Type.DATE: {"type": "Date"},
        Type.DATETIME: {"type": "DateTime"},
    }
    return made.get(field.type) or {"type": "Text", "length": length}


def named(field: OwnField) -> str:
    """Its type as Setup shows it: Text(40), Number(18, 0)."""
    made = metadata(field)
    size = f"{made['precision']}, {made['scale']}" if "precision" in made else ""
    detail = made.get("length") or made.get("referenceTo") or size
    kind = _SHOWN.get(made["type"], made["type"])
    return f"{kind}({detail})" if detail else str(kind)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field that is there can hold. `digits`: before the point; `type` in describe's words.

    `refers`: whose ids it holds.
    """

    type: str
    length: int = 0
    digits: int = 0
    scale: int = 0
    unique: bool = False
    external: bool = False
    calculated: bool = False
    refers: tuple[str, ...] = ()

    @classmethod
    def described(cls, field: Field) -> Shape:
        """Of a field that the API user sees."""
        digits = field.digits or field.precision - field.scale
        return cls(
            field.type,
            field.length,
            digits,
            field.scale,
            field.unique,
            field.external_id,
            calculated=field.calculated,
            refers=tuple(field.reference_to),
        )

    @classmethod
    def defined(cls, known: Mapping[str, Any]) -> Shape:
        """Of one that is hidden from it, by its metadata."""
        kind = _WORDS.get(str(known.get("type")), str(known.get("type")).lower())
        length = known.get("length") or (SHORT if kind == "textarea" else 0)
        precision, scale = known.get("precision") or 0, known.get("scale") or 0
        marks = bool(known.get("unique")), bool(known.get("externalId")), bool(known.get("formula"))
        refers = (str(known["referenceTo"]),) if known.get("referenceTo") else ()
        return cls(kind, int(length), int(precision) - int(scale), int(scale), *marks, refers)

    def judge(self, field: OwnField) -> tuple[State, str]:
        """Whether it does for our field; to do: it can be made to, and no value of it is lost."""
        kind = f"is there as {self._named()}"
        if self.calculated:
            return State.CONFLICT, "is a formula, which nobody can write"
        if field.reference:
            fits = _TARGETS[field.reference] in self.refers
            return (State.DONE, "") if fits else (State.CONFLICT, f"{kind}, where {named(field)} is needed")
        if self.type not in _TAKES[field.type] or (field.unique and self.type != "string"):
            return State.CONFLICT, f"{kind}, where {named(field)} is needed"
        short = (field.length or 0) if self.type in {"string", "textarea"} else 0
        if short > SHORT and self.length <= SHORT:
            return State.CONFLICT, f"{kind}({self.length}), where {named(field)} is needed"
        lacks = "; ".join(self._lacks(field, short))
        return (self._mendable(field), lacks) if lacks else (State.DONE, "")

    def _named(self) -> str:
        short = self.type == "textarea" and self.length <= SHORT
        spelled = {word: kind for kind, word in _WORDS.items() if kind != ("LongTextArea" if short else "TextArea")}
        kind = spelled.get(self.type, self.type)
        return _SHOWN.get(kind, kind)

    def _mendable(self, field: OwnField) -> State:
        same = self.type == _WORDS[metadata(field)["type"]]
        return State.TO_DO if same and is_ours(field.name) else State.CONFLICT

    def _lacks(self, field: OwnField, short: int) -> list[str]:
        lacks = [f"has {self.length} characters, and needs {short}"] if self.length < short else []
        if self.type in {"double", "currency", "percent"} and self.digits < _DIGITS:
            lacks.append(f"has room for {self.digits} digits, and needs {_DIGITS}")
        if self.type in {"double", "currency", "percent"} and field.type is Type.NUMBER and not self.scale:
            lacks.append("has no decimal places")
        if field.unique and not (self.unique and self.external):
            lacks.append("is not unique and external id")
        return lacks


def widened(field: OwnField, known: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a field that is there, with room for ours and nothing else changed. Only ever wider."""
    wanted = metadata(field)
    found = {name: value for name, value in known.items() if value is not None}
    for name in ("length", "precision", "scale"):
        if name in wanted:
            found[name] = max(int(found.get(name) or 0), wanted[name])
    return found | ({"unique": True, "externalId": True, "caseSensitive": False} if field.unique else {})
