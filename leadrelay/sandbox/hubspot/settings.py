"""The portal's switches: what a test, a benchmark or a rehearsal may turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from leadrelay.sandbox.control import BadRequest


@dataclass(slots=True)
class Settings:
    """The limits of a Professional account; None switches a limit off.

    `shuffle_batches`: batch results come in an order of their own, as the real ones may; match them by id.
    """

    per_ten_seconds: int | None = 190
    per_day: int | None = 625_000
    searches_per_second: int | None = 5
    shuffle_batches: bool = False

    def get(self) -> dict[str, Any]:
        """All of them, as they are now."""
        return asdict(self)

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Turn those that are named; BadRequest where one is no switch or has no such value."""
        for name, value in wanted.items():
            _check(name, value)
        for name, value in wanted.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """As they were at first."""
        self.change(_DEFAULTS)


_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in fields(Settings)}


def _check(name: str, value: Any) -> None:
    if name not in _DEFAULTS:
        raise BadRequest(f"there is no setting {name}; there are: {', '.join(_DEFAULTS)}")
    if isinstance(_DEFAULTS[name], bool):
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false")
    elif value is not None and (type(value) is not int or value < 0):
        raise BadRequest(f"{name} must be a whole number, zero or more, or null for no limit")
