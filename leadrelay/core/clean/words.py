"""What derived fields say: every word of those that have few."""

from __future__ import annotations

from collections.abc import Mapping

from leadrelay.core.clean.bands import EMPLOYEES, REVENUE
from leadrelay.core.clean.email import KINDS
from leadrelay.core.clean.known import KNOWN_COMPLIANCE, KNOWN_TECHNOLOGIES
from leadrelay.core.clean.sectors import SECTORS
from leadrelay.core.clean.titles import JOB_FUNCTIONS, SENIORITIES

WORDS: Mapping[str, tuple[str, ...]] = {
    "email_kind": KINDS,
    "seniority": SENIORITIES,
    "job_function": JOB_FUNCTIONS,
    "employee_band": tuple(name for _, name in EMPLOYEES),
    "revenue_band": tuple(name for _, name in REVENUE),
    "sector": SECTORS,
    "known_technologies": KNOWN_TECHNOLOGIES,
    "known_compliance": KNOWN_COMPLIANCE,
}
"""By derived field."""
