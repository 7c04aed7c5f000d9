"""The connection, tried: what there is, who we are there, what we may; and a sample of records to propose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from leadrelay.connectors.base import Owner
from leadrelay.connectors.inspection import Inspection
from leadrelay.core.toml_text import nearest
from leadrelay.errors import CrmError, Problem, Refused, Unavailable, Unexpected
from leadrelay.mappings.proposing.proposals import fields_to_sample
from leadrelay.wiring import House

PARTS = frozenset({"zone", "currencies", "fields", "owners", "granted", "lacks"})
SAMPLE = 200
_ADDRESS = "Is its domain or address right?"
_NOTHING = "Nothing was written; --no-test writes the configuration without signing in."


@dataclass(frozen=True, slots=True)
class Look:
    """What the CRM told. `sample`: records as the connector gives them, to be looked at and forgotten."""

    inspection: Inspection
    sample: pl.DataFrame

    @property
    def users(self) -> tuple[Owner, ...]:
        """Active people who may own leads."""
        known = self.inspection.owners or ()
        return tuple(owner for owner in known if owner.active and not owner.queue and owner.email)

    def unknown(self, emails: Sequence[str]) -> list[Problem]:
        """Those of these addresses that belong to nobody active; none where the CRM does not tell."""
        known = [user.email for user in self.users]
        folded = {email.lower() for email in known}
        asked = enumerate(emails, 1) if self.inspection.owners is not None else ()
        wrong = {number: email for number, email in asked if email.lower() not in folded}
        # By its number: no message quotes an address.
        message = f"address {{}} of {len(emails)} is no active user of the CRM."
        return [
            Problem("--owners", message.format(number), nearest(email, known) or "See them in the CRM.")
            for number, email in wrong.items()
        ]


def look(house: House, connection: str, object_type: str, advice: str = _NOTHING) -> Look:
    """Sign in and look; raises a `CrmError` that says what to do next."""
    try:
        with house.connector(connection, object_type) as connector:
            inspection = connector.inspect(PARTS)
            names = _sampled(fields_to_sample(inspection.fields, inspection.kind))
            return Look(inspection, connector.sample(names, SAMPLE))
    except Unavailable as error:
        raise Unavailable(f"{error} {_ADDRESS} {advice}".rstrip(), error.retry_after) from None
    except (Refused, Unexpected) as error:
        raise _same_kind(error)(f"{error} {advice}".rstrip()) from None


_MOST = 400
"""Fields that are sampled; a portal may have a thousand, of which those first in its list are its own."""


def _sampled(names: Sequence[str]) -> list[str]:
    return list(names[:_MOST])


def _same_kind(error: CrmError) -> type[CrmError]:
    return Refused if isinstance(error, Refused) else Unexpected
