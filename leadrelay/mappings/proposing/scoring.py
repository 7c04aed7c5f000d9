"""How well a CRM field fits a lead field, by its name, its type, and what is in it; with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lead import Field, Type
from leadrelay.mappings.crm_types import NUMBERS, READABLE
from leadrelay.mappings.proposing import likeness as names
from leadrelay.mappings.proposing.shapes import TELLING, Shape
from leadrelay.mappings.proposing.words import known, meanings, standard

_STANDARD, _FURTHER = 1.0, 0.9
_LOOKS, _HARDLY = 0.6, 0.4
_WRONG_SHAPE, _WRONG_KIND, _WRONG_WORDS = 0.45, 0.4, 0.7
_GAIN, _GAIN_BY_WORDS = 0.35, 0.5
_UNSEEN, _EMPTY, _OTHER_TYPE = 0.98, 0.9, 0.95
_BY_VALUES = {"email": 0.55, "url": 0.5, "country": 0.5, "phone": 0.45, "industry": 0.45}
_BY_WORDS = 0.55
_CERTAIN, _FEWEST_WORDS, _MOST_WORDS = 0.85, 3, 60
_FILL = 0.02

_KINDS = {
    "email": "email",
    "phone": "phone",
    "phonenumber": "phone",
    "url": "url",
    "boolean": "boolean",
    "bool": "boolean",
    "date": "moment",
    "datetime": "moment",
    "reference": "reference",
}
"""What the CRM's own types say of the shape of values."""
_NOT_TEXT = frozenset({"email", "phone", "url", "boolean", "moment", "reference"})


@dataclass(frozen=True, slots=True)
class Column:
    """A CRM field with what its sample looks like. `texts`: its options, else what it holds where that is little."""

    info: FieldInfo
    held: Type
    shape: Shape
    texts: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The shape that its type stands for; "" where the type leaves it open."""
        if self.info.extra.get("external_options"):
            return "reference"
        return _KINDS.get(str(self.info.extra.get("field_type")), "") or _KINDS.get(self.info.type, "")


@dataclass
class _Scale:
    """A score that grows and shrinks, each time with the reason."""

    score: float
    reasons: list[str] = field(default_factory=list)

    def gain(self, share: float, reason: str) -> None:
        self.score += (1 - self.score) * share
        self.reasons.append(reason)

    def lose(self, factor: float, reason: str = "") -> None:
        self.score *= factor
        if reason:
            self.reasons.append(reason)


def score(lead: Field, column: Column, kind: str) -> tuple[float, tuple[str, ...]]:
    """From 0 to 1, and why. `kind`: of the CRM."""
    if column.held not in READABLE[lead.type] or lead.name not in known():
        return 0.0, ()
    scale = _named(lead, column.info, kind) or _by_values(lead, column)
    if scale is None:
        return 0.0, ()
    if column.info.name not in standard(kind, lead.name):
        _weigh_shape(scale, lead, column)
    _weigh_words(scale, lead, column)
    if column.held is not lead.type and not {column.held, lead.type} <= NUMBERS and not known()[lead.name].words:
        scale.lose(_OTHER_TYPE)
    _weigh_fill(scale, column)
    return scale.score, tuple(scale.reasons)


def _named(lead: Field, info: FieldInfo, kind: str) -> _Scale | None:
    own = standard(kind, lead.name)
    if info.name in own:
        return _Scale(_STANDARD if info.name == own[0] else _FURTHER, ["the CRM's own field for it"])
    found = [(likely[lead.name], what) for text, what in _texts(info) if lead.name in (likely := names.likeness(text))]
    if not found:
        return None
    best, what = max(found, key=lambda pair: pair[0].degree)
    how = "is" if best.degree >= names.SAME_WORDS else "is nearly" if best.degree > _CERTAIN else "holds"
    return _Scale(best.degree, [f'its {what} {how} "{best.name}"'])


def _texts(info: FieldInfo) -> Sequence[tuple[str, str]]:
    return ((info.name, "name"), (info.label, "label"))


def _by_values(lead: Field, column: Column) -> _Scale | None:
    """What a name does not say, values may."""
    one = known()[lead.name]
    if one.words and column.texts:
        share = _told(one.words, column.texts)
        return _Scale(_BY_WORDS, []) if share >= _CERTAIN and len(column.texts) >= _FEWEST_WORDS else None
    start = _BY_VALUES.get(one.shape) if column.held is Type.TEXT else None
    return _Scale(start, []) if start and (column.shape.share(one.shape) or 0) >= _CERTAIN else None


def _weigh_shape(scale: _Scale, lead: Field, column: Column) -> None:
    wanted, kind = known()[lead.name].shape, column.kind
    if kind and kind == wanted:
        scale.gain(_GAIN, f"its type is {column.info.type}")
    elif kind in _NOT_TEXT and wanted != kind and not _may_be_text(lead, kind):
        scale.lose(_WRONG_KIND, f"its type is {column.info.type}")
    elif (share := column.shape.share(wanted)) is not None:
        if share >= _LOOKS and wanted in TELLING:
            scale.gain(_GAIN * share, f"{share:.0%} are {TELLING[wanted]}")
        elif share < _HARDLY:
            scale.lose(_WRONG_SHAPE, f"its values do not look so: {column.shape.told}")


def _may_be_text(lead: Field, kind: str) -> bool:
    """Where a date or a yes is not a slip: a number of months is none."""
    return kind == "boolean" and bool(known()[lead.name].words)


def _weigh_words(scale: _Scale, lead: Field, column: Column) -> None:
    table = known()[lead.name].words
    if not table or not column.texts:
        return
    share = _told(table, column.texts)
    if share >= 1 / 2:
        scale.gain(_GAIN_BY_WORDS, f"{share:.0%} of its texts are known")
    elif not share:
        scale.lose(_WRONG_WORDS, "none of its texts is known")


def _told(table: str, texts: Sequence[str]) -> float:
    looked = texts[:_MOST_WORDS]
    return sum(map(bool, meanings(table, looked))) / len(looked)


def _weigh_fill(scale: _Scale, column: Column) -> None:
    fill = column.shape.fill
    if fill is None:
        scale.lose(_UNSEEN)
    elif not fill:
        scale.lose(_EMPTY, "it is empty in all records of the sample")
    else:
        scale.gain(_FILL * fill, f"filled in {fill:.0%}")
