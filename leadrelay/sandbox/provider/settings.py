"""The switches of the providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.keys import SWITCH, Takes, number, whole

MOST_LATENCY = 60_000


@dataclass(slots=True)
class Settings:
    """What all vendors share. None: no limit, or as each vendor is by itself."""

    latency_ms: float = 0
    """Every answer takes so long, on the machine's clock; what was asked is carried out before."""
    credits: int | None = None
    """So much may be billed by each vendor, from the start or a reset; then it refuses."""
    per_second: int | None = None
    """Requests within a second to each vendor; then it refuses for the rate."""
    known: float | None = None
    """The share of companies, and of people, that a vendor knows."""
    stale: float | None = None
    """The share of companies of which a vendor tells what was true years ago."""
    wrong: float | None = None
    """The share of companies of which a vendor tells what is true of another one."""
    gaps: float | None = None
    """The share of fields that a vendor does not know of a company that it knows."""
    invents: bool = False
    """Companies are made up for domains that no sample lead has."""

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
_SHARE = number(0, 1)
_TAKES: Mapping[str, Takes] = {
    "latency_ms": number(0, MOST_LATENCY),
    "credits": whole(0),
    "per_second": whole(1),
    "known": _SHARE,
    "stale": _SHARE,
    "wrong": _SHARE,
    "gaps": _SHARE,
    "invents": SWITCH,
}


def _check(name: str, value: Any) -> None:
    if name not in _TAKES:
        raise BadRequest(f"there is no setting {name}; there are: {', '.join(_TAKES)}")
    if value is None and _DEFAULTS[name] is None:
        return
    if not _TAKES[name].accepts(value):
        or_null = ", or null" if _DEFAULTS[name] is None else ""
        raise BadRequest(f"{name} must be {_TAKES[name].words}{or_null}")
