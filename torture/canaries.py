"""L5: whether a secret or a person's data stands in any output, plain or in another spelling."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

GRAM = 6
"""What is shorter than this is a word, not a canary."""


def leaks(outputs: Mapping[str, str], canaries: Mapping[str, str]) -> Iterator[tuple[str, str, str, int]]:
    """Output, canary, spelling and place of every canary's first appearance in each output."""
    grams = _grams(canaries)
    for output, text in outputs.items():
        seen: set[str] = set()
        for canary, spelling, at in _found(text.lower(), grams):
            if canary not in seen:
                seen.add(canary)
                yield output, canary, spelling, at


def _found(text: str, grams: Mapping[str, list[tuple[str, str, str]]]) -> Iterator[tuple[str, str, int]]:
    for at in range(len(text) - GRAM + 1):
        for canary, spelling, form in grams.get(text[at : at + GRAM], ()):
            if text.startswith(form, at):
                yield canary, spelling, at


def _grams(canaries: Mapping[str, str]) -> dict[str, list[tuple[str, str, str]]]:
    grams: dict[str, list[tuple[str, str, str]]] = {}
    for name, value in canaries.items():
        if len(value) < GRAM:
            raise ValueError(f"the canary {name} is shorter than {GRAM} characters")
        for spelling, form in _spellings(value):
            grams.setdefault(form[:GRAM], []).append((name, spelling, form))
    return grams


def _spellings(value: str) -> Iterator[tuple[str, str]]:
    """Without regard to capitals: a log may change them, and no two canaries differ in them alone."""
    yield "plain", value.lower()
    yield "reversed", value[::-1].lower()
    others = {
        "URL-encoded": {quote(value, safe=""), quote_plus(value)},
        "JSON-escaped": {json.dumps(value)[1:-1]},
        "HTML-escaped": {html.escape(value)},
        "base64": set(_base64(value.encode())),
    }
    for spelling, forms in others.items():
        for form in forms - {value}:
            if len(form) >= GRAM:
                yield spelling, form.lower()


def _base64(value: bytes) -> Iterator[str]:
    """What stays of it in the base64 of any longer text: one form per place within three bytes, without the edges."""
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + value).decode().rstrip("=")
        first = -(-lead * 8 // 6)
        last = (lead + len(value)) * 8 // 6
        yield whole[first:last]
