"""What `check` reports: one line a finding, by section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from leadrelay.errors import Problem, masked


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    HINT = "hint"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `endured`: an error that the job lives with, doing what is left to do."""

    section: str
    level: Level
    message: str
    place: str = ""
    cure: str = ""
    endured: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", masked(self.message))

    @classmethod
    def of(cls, section: str, problem: Problem) -> Finding:
        """A problem as an error of a section."""
        return cls(section, Level.ERROR, problem.message, problem.place, problem.cure)

    def to_json(self) -> dict[str, Any]:
        """As `check --json` prints it."""
        return asdict(self)


def worst(findings: Sequence[Finding]) -> Level:
    """The worst level of a report."""
    levels = {finding.level for finding in findings}
    return next(
        level for level in (Level.ERROR, Level.WARNING, Level.HINT, Level.OK) if level in levels or level is Level.OK
    )
