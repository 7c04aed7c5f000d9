"""Holds a playbook against what its mapping gives it: fields that nothing fills, words that no record can bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.clean.words import WORDS
from leadrelay.core.lead import Type
from leadrelay.core.lints.lint import world_of
from leadrelay.core.lints.values import Lint, Part, parts
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Node, Op, fields, walk
from leadrelay.core.touched import touched
from leadrelay.mappings.mapping_values import Mapping as FieldMapping
from leadrelay.mappings.mapping_values import Read

_SHOWN = 5
_NEAR = 0.8
_FILL = "Add it to the mapping's [read], or remove what asks for it."


# -- fields that nothing fills -----------------------------------------------------------------------------------------


def unfilled(playbook: Playbook, mapping: FieldMapping, now: datetime) -> Iterator[Lint]:
    """Fields that the playbook asks for and nothing brings, with what can therefore never hold."""
    given = {*playbook.enrichment.names, *(read.lead for read in mapping.reads)}
    missing = playbook.fields_used - touched(given, playbook.decision_group)
    silent: dict[str, list[Part]] = defaultdict(list)
    world = world_of(playbook, now)
    for part in parts(playbook):
        lost = missing & fields(part.condition.node)
        cases = world.cases([part.condition.node], lost) if lost else None
        if cases and not any(cases.holds[0]):
            for name in lost:
                silent[name].append(part)
    for name in sorted(missing):
        yield _unfilled(name, silent[name])


def _unfilled(name: str, silent: Sequence[Part]) -> Lint:
    if not silent:
        return Lint(
            "", f"nothing fills lead field '{name}': what asks for it counts it as not known.", _FILL, hint=True
        )
    labels = _listed([part.label for part in silent])
    return Lint(silent[0].condition.place, f"nothing fills lead field '{name}', so {labels} can never hold.", _FILL)


# -- words that no record can bring ------------------------------------------------------------------------------------


def unknown_words(playbook: Playbook, mapping: FieldMapping, schema: Mapping[str, FieldInfo]) -> Iterator[Lint]:
    """Texts that a predicate compares a field with, and that neither the mapping nor the CRM's options can give.

    Misspelled ones, and predicates without any other, are told one by one; the rest, often the words of another CRM, by
    field. Of a field that providers may fill nothing is known, unless the mapping leaves no word as it is.
    """
    free = {read.lead for read in mapping.reads if read.lead in playbook.enrichment.names and read.other is None}
    known = {
        read.lead: words
        for read in mapping.reads
        if read.lead not in free and (words := words_of(read, schema)) is not None
    }
    for name, asked in _asked(playbook, known).items():
        for one in asked:
            yield from one.told(name, _NOT_GIVEN, "Mend the rule, the mapping, or the CRM's options.")
        yield from _others(name, asked, known[name])


def unsaid_words(playbook: Playbook, mapping: FieldMapping) -> Iterator[Lint]:
    """Texts that a predicate compares a derived field with, and that it never is. Not where a CRM field gives it."""
    given = {read.lead for read in mapping.reads}
    roles = dict.fromkeys(("group_known", "group_missing"), playbook.decision_group.names)
    known = {name: words for name, words in {**WORDS, **roles}.items() if name not in given}
    for name, asked in _asked(playbook, known).items():
        for one in asked:
            yield from one.told(name, "which it never is", f"What it can be: {_quoted(known[name])}.")
            if not one.alone and one.others:
                message = f"{one.part.label} asks whether {name} is {_quoted(one.others)}, which it never is."
                yield Lint(one.part.condition.place, message, f"What it can be: {_quoted(known[name])}.")


def _asked(playbook: Playbook, known: Mapping[str, Sequence[str]]) -> dict[str, list[_Asked]]:
    """By field of which the words are known, every comparison."""
    found: dict[str, list[_Asked]] = defaultdict(list)
    for part in parts(playbook):
        for atom in walk(part.condition.node):
            if (name := _subject(atom)) in known:
                found[name].append(_Asked.of(part, atom, known[name]))
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one comparison asks for: words that are not known, and which of them are most likely misspelled."""

    part: Part
    strange: tuple[str, ...]
    near: Mapping[str, str]
    alone: bool

    @classmethod
    def of(cls, part: Part, atom: Node, known: Sequence[str]) -> _Asked:
        """`known`: what the field can hold."""
        small = any(below.op is Op.LOWER for below in walk(atom))
        words = [word.lower() for word in known] if small else list(known)
        asked = [word for word in _constants(atom) if isinstance(word, str)]
        strange = tuple(word for word in asked if word not in words)
        near = {word: found for word in strange if (found := _meant(word, words)) and found not in asked}
        return cls(part, strange, near, len(strange) == len(asked))

    @property
    def others(self) -> tuple[str, ...]:
        """Words that look like no other."""
        return tuple(word for word in self.strange if word not in self.near)

    def told(self, name: str, never: str, cure: str) -> Iterator[Lint]:
        """`never`: why these words do not come; `cure`: for those that look like no other."""
        for word, meant in self.near.items():
            message = f"{self.part.label} asks whether {name} is '{word}', {never}."
            yield Lint(self.part.condition.place, message, f"Did you mean '{meant}'?")
        if self.alone and self.others:
            message = f"{self.part.label} asks whether {name} is {_quoted(self.others)}, {never}."
            yield Lint(self.part.condition.place, message, cure)


_NOT_GIVEN = "which neither the mapping nor the CRM's options give"


def _meant(word: str, known: Sequence[str]) -> str:
    """The known word that was most likely meant: but for the case of letters the same, or nearly so."""
    folded = {other.lower(): other for other in known}
    (found, *_) = (*get_close_matches(word.lower(), list(folded), n=1, cutoff=_NEAR), "")
    return folded.get(found, "")


def _others(name: str, asked: Sequence[_Asked], known: Sequence[str]) -> Iterator[Lint]:
    """Words beside others that can come, in one line for the field."""
    beside = [found for found in asked if not found.alone and found.others]
    if beside:
        words = list(dict.fromkeys(word for found in beside for word in found.others))
        message = f"{name} is never {_quoted(words)}: neither the mapping nor the CRM's options give {_it(words)}."
        yield Lint(beside[0].part.condition.place, message, f"What it can be: {_quoted(known)}.", hint=True)


def _it(words: Sequence[str]) -> str:
    return "it" if len(words) == 1 else "them"


def words_of(read: Read, schema: Mapping[str, FieldInfo]) -> tuple[str, ...] | None:
    """Everything that the field can hold; None where the CRM takes any text."""
    if read.type not in {Type.TEXT, Type.LIST}:
        return None
    if read.constant is not None:
        return tuple(read.constant.split(read.separator)) if read.type is Type.LIST else (read.constant,)
    given = [*read.values.values(), *([read.default] if read.default is not None else [])]
    if read.other is not None:
        return tuple(dict.fromkeys([*given, read.other]))
    fields = [schema.get(name) for name in read.fields]
    infos = [info for info in fields if info and info.picklist and not info.extra.get("external_options")]
    if read.template or len(infos) < len(fields):
        return None
    options = [option for info in infos for option in info.picklist]
    passed = [option for option in options if option.strip().lower() not in {*read.values, *read.empty}]
    return tuple(dict.fromkeys([*given, *passed]))


def _subject(atom: Node) -> str:
    """The one field that is compared with constants, in whatever letters; "" where it is another form."""
    if atom.op not in {Op.EQ, Op.NE, Op.IN, Op.ANY_OF, Op.ALL_OF}:
        return ""
    names = [arg for arg in atom.args if arg.op is not Op.VALUE]
    plain = len(names) == 1 and all(part.op in {Op.FIELD, Op.LOWER, Op.TRIM} for part in walk(names[0]))
    return next(iter(fields(atom))) if plain else ""


def _constants(atom: Node) -> Sequence[object]:
    if atom.op in {Op.IN, Op.ANY_OF, Op.ALL_OF}:
        return tuple(atom.value)
    return [arg.value for arg in atom.args if arg.op is Op.VALUE]


def _quoted(words: Sequence[str]) -> str:
    return _listed([f"'{word}'" for word in words])


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_SHOWN])
    return f"{shown} and {len(words) - _SHOWN} more" if len(words) > _SHOWN else shown
