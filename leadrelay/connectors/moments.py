"""The CRM's clock, and moments as cursors hold them: `2026-01-31T12:00:00.000Z`, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from leadrelay.connectors.transport import Answer, Broken

_LEEWAY = timedelta(minutes=1)


def server_time(answer: Answer) -> str:
    """The CRM's clock when it answered, whole seconds; raises `Broken` for an answer that does not tell it."""
    try:
        return stamp(parsedate_to_datetime(answer.headers.get("Date", "")))
    except (ValueError, TypeError):
        raise Broken("no Date header") from None


def stamp(moment: datetime) -> str:
    """A moment as cursors hold it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def before(moment: str, seconds: float) -> str:
    """The moment so many seconds earlier."""
    return stamp(datetime.fromisoformat(moment) - timedelta(seconds=seconds))


def is_ahead(moment: str, clock: str) -> bool:
    """Whether a moment lies in the future of the CRM's clock, by more than its servers' clocks may differ.

    Raises `ValueError` for what is no moment.
    """
    return datetime.fromisoformat(moment) > datetime.fromisoformat(clock) + _LEEWAY
