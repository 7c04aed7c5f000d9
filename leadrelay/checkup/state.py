"""The state store: opens, up to date, writable, and made with the same organisations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leadrelay.checkup.values import Sight
from leadrelay.core.organisations import same
from leadrelay.errors import ConfigError, LeadrelayError
from leadrelay.findings import Finding, Level
from leadrelay.state.store import Store
from leadrelay.wiring import House

SECTION = "state store"


def opened(house: House) -> tuple[Store | None, list[Finding]]:
    """The store, or what is in the way of it."""
    try:
        return house.store(), []
    except ConfigError as error:
        return None, [Finding.of(SECTION, problem) for problem in error.problems]


def examine(house: House, store: Store, sights: Iterable[Sight]) -> Iterator[Finding]:
    """Whether it can be written, and whose memory it holds."""
    place = house.document.place("state.url")
    found = [*_written(store, place), *(one for sight in sights for one in _pinned(store, sight, place))]
    yield from found
    if not found:
        yield Finding(SECTION, Level.OK, "opens, is up to date, and can be written")


def _written(store: Store, place: str) -> Iterator[Finding]:
    try:
        store.pins.expect_writable()
    except LeadrelayError as error:
        cure = "Let the user that runs leadrelay write to it, and to its folder."
        yield Finding(SECTION, Level.ERROR, f"cannot be written ({error}).", place, cure)


def _pinned(store: Store, sight: Sight, place: str) -> Iterator[Finding]:
    made = store.pins.get(sight.connection)
    found = sight.inspection.organisation
    if made is not None and not same(made, found):
        message = f"it was made with organisation {made}, and {sight.connection} leads to {found} now."
        cure = "Mend the credentials, or give the other organisation a connection or a state store of its own."
        yield Finding(SECTION, Level.ERROR, message, place, cure)
