"""What may still become of one lead, depending on what nobody told yet, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outlook:
    """The best and the worst within reach; see `Reach`.

    `open`: fields that somebody may still be asked for. `deciding`: those among them that can change stage, band,
    grade, territory, team or hand-off. `routes`: how many territories and teams are within reach.
    """

    open: tuple[str, ...]
    deciding: tuple[str, ...]
    best_stage: str
    worst_stage: str
    best_band: str | None
    worst_band: str | None
    best_score: int
    worst_score: int
    routes: int

    def lines(self) -> Iterator[str]:
        """As `explain` shows it."""
        idle = [name for name in self.open if name not in self.deciding]
        if self.deciding:
            yield f"within reach by {', '.join(self.deciding)}: {', '.join(self._reach())}"
        if idle:
            yield f"can change nothing: {', '.join(idle)}"

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        return asdict(self) | {"open": list(self.open), "deciding": list(self.deciding)}

    def _reach(self) -> Iterator[str]:
        yield _between("stage", self.worst_stage, self.best_stage)
        if self.best_band or self.worst_band:
            yield _between("band", self.worst_band or "none", self.best_band or "none")
        yield _between("score", self.worst_score, self.best_score)
        if self.routes > 1:
            yield f"{self.routes} routes"


def _between(name: str, worst: object, best: object) -> str:
    return f"{name} {best}" if worst == best else f"{name} {worst} to {best}"
