"""The verdict of sales on a lead: accepted, rejected, or none yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadrelay.core.playbook.condition import Condition


@dataclass(frozen=True, slots=True)
class SalesRules:
    """When a lead counts as accepted by sales, and when as rejected; None where the playbook does not say."""

    accepted: Condition | None = None
    rejected: Condition | None = None

    @property
    def by_output(self) -> Mapping[str, Condition | None]:
        """Each predicate by the output that it decides."""
        return {"sales_accepted": self.accepted, "sales_rejected": self.rejected}

    def conditions(self) -> Iterator[Condition]:
        """Every predicate."""
        yield from filter(None, self.by_output.values())
