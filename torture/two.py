"""What is not promised to the books of two installations at once."""

from __future__ import annotations

from dataclasses import replace

from torture.arena import Case
from torture.audits import AGAIN
from torture.judge import Verdict, Violation

LIMITS = """\
Two stores on one HubSpot: a patch whose answer was lost is sent again, and lands twice while it is told once. Two on
either CRM: a patch in doubt is told whole where the other store wrote a part of it; what a person cleared, and only the
other store had written, may be filled again."""
"""What is not promised to two installations at once."""


def of_two(verdict: Verdict, case: Case) -> Verdict:
    """Without what LIMITS says of the books of two installations."""
    left = [found for found in verdict.violations if found.law != "L4" or not _is_of_two(found, case)]
    return replace(verdict, violations=tuple(left))


def _is_of_two(found: Violation, case: Case) -> bool:
    """A patch told whole, or one that landed twice; never one that is not told at all, never a task."""
    never_was = found.field in case.place.policy().fields and not found.seq
    return never_was or (case.place.name == "hubspot" and found.words == AGAIN)
