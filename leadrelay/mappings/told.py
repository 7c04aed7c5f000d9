"""What each step of a mapping did with one record: the expressions of `record_texts` and `wanted_values`, told."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from leadrelay.core.amounts import RATE, Currency
from leadrelay.core.lead import Type
from leadrelay.core.numbers_in import Range
from leadrelay.core.shown import shown
from leadrelay.core.writes import Null, Policy, Write
from leadrelay.mappings.mapping_values import Mapping, Read
from leadrelay.mappings.record_texts import counted, given, raw_text
from leadrelay.mappings.wanted_values import value_of

_TIMES = frozenset({Type.DATE, Type.DATETIME})


@dataclass(frozen=True)
class Steps:
    """Of one record. `record`: one row of texts; `leads`, `verdicts`: what became of it, a row each."""

    mapping: Mapping
    record: pl.DataFrame
    leads: pl.DataFrame
    verdicts: pl.DataFrame

    # -- record -> lead ------------------------------------------------------------------------------------------------

    def of_read(self, read: Read) -> abc.Iterator[str]:
        """From the texts of the record to the value of the lead."""
        if read.constant is not None:
            yield "constant"
            return
        yield from self._chosen(read)
        raw = self._text(raw_text(read))
        text = (raw or "").strip()
        if not text:
            yield from self._defaulted(read, "empty")
            return
        if read.type is Type.LIST:
            yield from self._entries(read, text)
            return
        yield from self._meant(read, text)
        if not self.fits(read):
            yield f"not {_named(read.type)}: counts as not given"
        elif text.lower() in read.empty and text.lower() not in read.values:
            yield from self._defaulted(read, f"'{_short(text)}' means not given")

    def fits(self, read: Read) -> bool:
        """Whether what was given is of the lead field's type."""
        return read not in self.mapping.misfits(self.leads["bad_values"][0])

    def _chosen(self, read: Read) -> abc.Iterator[str]:
        if read.first:
            speaks = next((name for name in read.first if self._is_given(read, name)), None)
            yield f"first of {', '.join(read.first)}: {speaks or 'none is given'}"
        if read.template:
            missing = [name for name in read.fields if not self._is_given(read, name)]
            yield "template" + (f", without {', '.join(missing)}" if missing else "")

    def _is_given(self, read: Read, name: str) -> bool:
        return bool(self.record.select(given(pl.col(name), read)).item())

    def _entries(self, read: Read, text: str) -> abc.Iterator[str]:
        parts = [part.strip() for part in text.split(read.separator) if part.strip()]
        yield f"{len(parts)} {'entry' if len(parts) == 1 else 'entries'}, parted by '{read.separator}'"
        for part in parts:
            if part.lower() in read.empty and part.lower() not in read.values:
                yield f"'{_short(part)}' means not given"
            elif part.lower() in read.values or read.other is not None:
                yield f"'{_short(part)}' stands for {_short(read.values.get(part.lower()) or read.other or '')}"

    def _meant(self, read: Read, text: str) -> abc.Iterator[str]:
        folded = text.lower()
        if folded in read.empty and folded not in read.values:
            return
        if folded in read.values:
            yield f"'{_short(text)}' stands for {_short(read.values[folded])}"
        elif read.other is not None:
            yield f"'{_short(text)}' is not listed: {_short(read.other)}"
        elif read.number or read.currency:
            yield from self._amount(read, text)
        elif read.type in _TIMES:
            yield from self._time(read, text)

    def _amount(self, read: Read, text: str) -> abc.Iterator[str]:
        plain = pl.lit(text, pl.String)
        own = Read(read.lead, read.type, number=read.number)
        number = self.record.select(counted(plain, own)).item()
        if read.number and number != "?":
            spans = f", {read.number.range} of a range" if read.number.range is not Range.LOW or "-" in text else ""
            yield f"number in the text: {_figure(number)}{spans}"
        if read.currency and number != "?" and self.mapping.currency:
            yield self._converted(self.mapping.currency, number)

    def _converted(self, currency: Currency, number: str) -> str:
        code, worth = self._code(currency), self.record[RATE][0]
        if code is None:
            return f"{_figure(number)} of no currency: the record names none"
        if worth is None:
            return f"{_figure(number)} {_short(code)}: no rate of {_short(code)} is known{self._day(currency)}"
        there = shown(float(number) * worth)
        return f"{_figure(number)} {code} → {there} {currency.to} at {worth:.6g}{self._day(currency)}"

    def _code(self, currency: Currency) -> str | None:
        code: str | None = currency.codes(self.record)[0]
        return code

    def _day(self, currency: Currency) -> str:
        day: date = currency.days(self.record)[0]
        if not currency.on:
            return ""
        return f" of {day}" if day > date.min else f", as {currency.on} is empty"

    def _time(self, read: Read, text: str) -> abc.Iterator[str]:
        is_day = len(text) == len("2026-01-31")
        if is_day and read.type is Type.DATETIME:
            yield f"midnight in {read.zone}"
        elif not is_day and read.type is Type.DATE:
            yield f"the day in {read.zone}"

    def _defaulted(self, read: Read, why: str) -> abc.Iterator[str]:
        yield why if read.default is None else f"{why}: default {_short(read.default)}"

    def _text(self, expr: pl.Expr) -> str | None:
        text: str | None = self.record.select(expr).item()
        return text

    # -- lead -> record ------------------------------------------------------------------------------------------------

    def of_write(self, write: Write) -> abc.Iterator[str]:
        """From the outputs and lead fields to what the CRM field is to hold."""
        if not write.source and not write.template:
            yield "constant"
        if write.template:
            missing = [name for name in write.sources if _is_missing(self.value(name))]
            yield "template" + (f", without {', '.join(missing)}" if missing else "")
        value = self.value(write.source) if write.source else None
        if not _is_missing(value):
            yield from self._spelled(write, value)
        if write.cut and len(str(value or "")) > write.cut:
            yield f"cut at {write.cut} characters"
        if write.append:
            yield "added to what is there"
        if _is_missing(value) and write.source:
            yield self._nothing(write)

    def _spelled(self, write: Write, value: Any) -> abc.Iterator[str]:
        if write.values:
            word = str(value).lower() if isinstance(value, bool) else str(value)
            yield f"'{_short(word)}' becomes {_short(write.values[word])}" if word in write.values else _unlisted(word)
        elif write.currency and self.mapping.currency:
            yield self._paid(self.mapping.currency, write, value)
        elif write.zone and write.type in _TIMES:
            yield f"{'midnight' if write.type is Type.DATETIME else 'the day'} in {write.zone}"

    def _paid(self, currency: Currency, write: Write, value: Any) -> str:
        code, worth = self._code(currency), self.leads[RATE][0]
        if worth is None:
            return f"no rate of {_short(code)} is known" if code else "the record names no currency"
        there = self.leads.select(value_of(write)).item()
        return f"{shown(value)} {currency.to} → {shown(there)} {code} at {worth:.6g}{self._day(currency)}"

    def _nothing(self, write: Write) -> str:
        keeps = write.null is Null.LEAVE or write.append or not write.clears
        return "nothing to say: " + ("it keeps what it has" if keeps else _CLEARED[write.policy])

    def value(self, name: str) -> Any:
        """An output, or a lead field; None where it is neither known nor decided."""
        for frame in (self.verdicts, self.leads):
            if name in frame.columns:
                return frame[name].to_list()[0]
        return None


_CLEARED = {
    Policy.OWN: "it is cleared",
    Policy.UNLESS_EDITED: "it is cleared while it holds what leadrelay wrote last",
    Policy.FILL: "it keeps what it has",
}


def _unlisted(word: str) -> str:
    return f"'{_short(word)}' is not among 'values': not written"


def _is_missing(value: Any) -> bool:
    return value is None or value in ("", [])


def _figure(text: str) -> str:
    return f"{float(text):,.10g}"


def _named(kind: Type) -> str:
    return f"an {kind}" if kind is Type.INTEGER else f"a {kind}"


def _short(text: str) -> str:
    return shown(text, 60) or ""
