"""A frame of leads on which Polars fails: the leads that make it fail are set apart, the others go on."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from leadrelay.errors import LeadrelayError

ERROR = "error"
"""The column that says why a lead has no verdict; null for all that have one."""

MOST_FAILED = 100
"""Leads of one frame that may fail: with more it is not the leads that are at fault."""

_FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


class Salvage:
    """Calls `decide` with a frame, in halves where it fails, down to the lead that it fails on.

    A panic of Polars is no `Exception`, so that it would take a whole worker with it.
    """

    def __init__(self, decide: Callable[[pl.DataFrame], pl.DataFrame], leads: pl.DataFrame) -> None:
        self._decide = decide
        self._leads = leads
        self._failed = 0

    def verdicts(self) -> pl.DataFrame:
        """A row for each lead, in order."""
        return self._of(self._leads)

    def _of(self, leads: pl.DataFrame) -> pl.DataFrame:
        try:
            return self._decide(leads).with_columns(pl.lit(None, pl.String).alias(ERROR))
        except _FAULTS as fault:
            if not leads.height:
                raise LeadrelayError(f"Polars cannot carry out these rules: {_name(fault)}") from fault
            if leads.height == 1:
                return self._set_apart(leads, fault)
        half = leads.height // 2
        return pl.concat([self._of(leads[:half]), self._of(leads[half:])])

    def _set_apart(self, lead: pl.DataFrame, fault: BaseException) -> pl.DataFrame:
        self._failed += 1
        if self._failed > MOST_FAILED:
            told = f"Polars fails on more than {MOST_FAILED} leads of one batch: {_name(fault)}"
            raise LeadrelayError(told) from fault
        nothing = self._of(lead.clear()).clear(1)
        return nothing.with_columns(lead["id"], pl.lit(f"Polars fails on this lead: {_name(fault)}").alias(ERROR))


def _name(fault: BaseException) -> str:
    """Its kind; what it says may hold a value of the lead."""
    return type(fault).__name__
