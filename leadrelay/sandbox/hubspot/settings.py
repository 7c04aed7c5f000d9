"""The portal's switches: its limits, and each answer of the real one that nobody could confirm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta, timezone
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.store import Store

KEPT_AS = "settings"
MOST_LAG = 86_400


@dataclass(slots=True)
class Settings:
    """The limits of a Professional account (None switches one off), and what is switched."""

    per_ten_seconds: int | None = 190
    """Calls within ten seconds."""
    per_day: int | None = 625_000
    """Calls a day."""
    searches_per_second: int | None = 5
    """Searches within a second."""
    custom_properties: int | None = 1_000
    """Custom properties of an object, as HubSpot's limits tracking tells it of every object."""
    shuffle_batches: bool = False
    """Batch results come in an order of their own, as the real ones may; match them by id."""
    unique_tasks: bool = True
    """Tasks may have unique properties; without, `leadrelay_key` is a plain text and a unique one cannot be created."""
    unique_notes: bool = True
    """Notes may have unique properties; without, their `leadrelay_key` is a plain text."""
    duplicate_answer: str = "validation"
    """A unique value that is taken: `validation` (400, CONFLICTING_UNIQUE_VALUE) or `conflict` (409, Existing ID)."""
    bin_keeps_unique: bool = False
    """A record in the recycling bin still holds its unique values."""
    merge_answer: str = "new-id"
    """A merge gives a `new-id` to which both lead; or keeps the `primary-id`, to which the loser leads or is `gone`."""
    index_lag_seconds: float = 0
    """Search sees a change only when the portal's clock has moved on so far; what is changed from now on."""
    index_lag_random: bool = False
    """Each record has a lag of its own, from 0 to the whole, always the same one."""

    time_zone: str = "America/Panama"
    """Of the portal; the daily limit starts anew at its midnight."""
    currency: str = "USD"
    """The company's."""
    several_currencies: bool = False
    """The portal has further currencies, with exchange rates."""
    account_type: str = "SANDBOX"
    """STANDARD, SANDBOX, DEVELOPER_TEST or APP_DEVELOPER."""
    tells_scopes: bool = True
    """A token tells its scopes; without, only what is refused tells that they are missing."""

    @property
    def zone(self) -> timezone:
        """The portal's time zone."""
        return timezone(timedelta(hours=ZONES[self.time_zone]))

    def get(self) -> dict[str, Any]:
        """All of them, as they are now."""
        return asdict(self)

    def unique(self, object_type: str) -> bool:
        """Whether an object type may have unique properties."""
        return {"tasks": self.unique_tasks, "notes": self.unique_notes}.get(object_type, True)

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Turn those that are named; BadRequest where one is no switch or has no such value."""
        for name, value in wanted.items():
            _check(name, value)
        for name, value in wanted.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """As they were at first."""
        self.change(_DEFAULTS)


class Switchboard:
    """The settings as `/_sandbox/settings` turns them, kept with the state. What may be unique changes the portal."""

    def __init__(self, settings: Settings, store: Store, make_unique: Callable[[str, bool], None]) -> None:
        self._settings = settings
        self._store = store
        self._make_unique = make_unique

    def get(self) -> dict[str, Any]:
        return self._settings.get()

    def change(self, wanted: Mapping[str, Any]) -> None:
        before = self.get()
        self._settings.change(wanted)
        try:
            with self._store.transaction():
                for kind in ("tasks", "notes"):
                    if before[f"unique_{kind}"] != self._settings.unique(kind):
                        self._make_unique(kind, self._settings.unique(kind))
                self._store.remember(KEPT_AS, self.get())
        except BadRequest:
            self._settings.change(before)
            raise

    def restore(self) -> None:
        """As a state file that is opened again has them."""
        kept = self._store.recall(KEPT_AS, {})
        self._settings.change({name: value for name, value in kept.items() if name in _DEFAULTS})


_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in fields(Settings)}
ZONES: Mapping[str, int] = {"Africa/Lagos": 1, "America/Panama": -5, "Asia/Tokyo": 9}
"""Time zones without summer time, and their hours from UTC, so that no time zone database is needed."""
CURRENCIES: Mapping[str, float] = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "JPY": 0.0067, "KWD": 3.25}
"""What one unit of each is worth in US dollars."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "account_type": ("STANDARD", "SANDBOX", "DEVELOPER_TEST", "APP_DEVELOPER"),
    "currency": tuple(CURRENCIES),
    "time_zone": tuple(ZONES),
    "duplicate_answer": ("conflict", "validation"),
    "merge_answer": ("new-id", "primary-id", "gone"),
}


def _check(name: str, value: Any) -> None:
    if name not in _DEFAULTS:
        raise BadRequest(f"there is no setting {name}; there are: {', '.join(_DEFAULTS)}")
    if name in _WORDS:
        if value not in _WORDS[name]:
            raise BadRequest(f"{name} must be one of {', '.join(_WORDS[name])}")
    elif isinstance(_DEFAULTS[name], bool):
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false")
    elif name == "index_lag_seconds":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_LAG:
            raise BadRequest(f"{name} must be a number from 0 to {MOST_LAG}")
    elif value is not None and (type(value) is not int or value < 0):
        raise BadRequest(f"{name} must be a whole number, zero or more, or null for no limit")
