"""Who is next: turns in a circle, whatever happened between one run and the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


class Rota:
    """Owners who take turns. `given`: how many turns each had so far; who is not named had none."""

    def __init__(self, owners: Sequence[str], given: Mapping[str, int]) -> None:
        if not owners:
            raise ValueError("a rota needs at least one owner")
        self._had = {owner: given.get(owner, 0) for owner in owners}
        self._turns: Counter[str] = Counter()

    @property
    def turns(self) -> Mapping[str, int]:
        """The turns that were taken since, by owner; who took none is absent."""
        return dict(self._turns)

    def next(self) -> str:
        """The owner with the fewest turns; of several, the one who is named first."""
        owner = min(self._had, key=self._had.__getitem__)
        self._had[owner] += 1
        self._turns[owner] += 1
        return owner
