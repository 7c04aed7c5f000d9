"""The CRM's clock, and moments as cursors hold them: `2026-01-31T12:00:00.000Z`, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from math import ceil

from leadrelay.connectors.transport import Answer, Broken

_LEEWAY = timedelta(minutes=1)


def stamp_field(kind: str, object_type: str) -> str:
    """The field by which a CRM's changed records are found. HubSpot's contacts have a name of their own for it.

    https://github.com/supaglue-labs/supaglue/issues/478
    """
    if kind == "salesforce":
        return "SystemModstamp"
    return "lastmodifieddate" if object_type in {"contacts", "contact", "0-1"} else "hs_lastmodifieddate"


def server_time(answer: Answer) -> str:
    """The CRM's clock when it answered, whole seconds; raises `Broken` for an answer that does not tell it."""
    try:
        return stamp(parsedate_to_datetime(answer.headers.get("Date", "")))
    except (ValueError, TypeError):
        raise Broken("no Date header") from None


def asked_at(answer: Answer) -> str:
    """A moment of the CRM's clock, whole seconds, that is not after it began to answer; raises as `server_time` does.

    The Date header tells when it was done, with the fraction of a second left out.
    """
    return before(server_time(answer), ceil(answer.seconds))


def stamp(moment: datetime) -> str:
    """A moment as cursors hold it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def before(moment: str, seconds: float) -> str:
    """The moment so many seconds earlier."""
    return stamp(datetime.fromisoformat(moment) - timedelta(seconds=seconds))


def http_date(moment: str) -> str:
    """A moment as HTTP headers hold it; a fraction of a second is left out. Raises `ValueError` for what is none."""
    return format_datetime(datetime.fromisoformat(moment).astimezone(UTC).replace(microsecond=0), usegmt=True)


def in_form(moment: str) -> str:
    """Salesforce's `+0000` as cursors hold it."""
    return moment.replace("+0000", "Z")


def is_ahead(moment: str, clock: str) -> bool:
    """Whether a moment lies in the future of the CRM's clock, by more than its servers' clocks may differ.

    Raises `ValueError` for what is no moment.
    """
    return datetime.fromisoformat(moment) > datetime.fromisoformat(clock) + _LEEWAY
