"""Providers of others: entry points of the group `leadrelay.providers`.

Each is a factory `(name: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Provider`: the name in
config.toml, what stands below `[providers.NAME]` besides what every kind has, and the revealed secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from leadrelay.core.toml_text import nearest
from leadrelay.enrichers.base import Local, Provider, Remote
from leadrelay.errors import ConfigError, Problem

GROUP = "leadrelay.providers"


def registered() -> tuple[EntryPoint, ...]:
    """Every entry point of the group that is installed."""
    return tuple(entry_points(group=GROUP))


def third_party(
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    *,
    place: str = "",
    built_in: Collection[str] = (),
    known: Iterable[EntryPoint] | None = None,
) -> Provider:
    """The provider that an installed distribution makes. `place`: of `[providers.NAME]`; `built_in`: our own kinds.

    `ConfigError` where there is no such kind, or where it cannot be made: it names the distribution.
    """
    points = registered() if known is None else tuple(known)
    found = [point for point in points if point.name == kind]
    if not found:
        cure = nearest(kind, [*built_in, *(point.name for point in points)])
        raise ConfigError([Problem(place, f"there is no kind of provider '{kind}'.", cure)])
    if len(found) > 1:
        makers = " and ".join(sorted(_distribution(point) for point in found))
        raise ConfigError([Problem(place, f"'{kind}' is offered by {makers}.", "Uninstall one of them.")])
    return _made(found[0], name, settings, secrets, place)


def _made(
    point: EntryPoint, name: str, settings: Mapping[str, Any], secrets: Mapping[str, str], place: str
) -> Provider:
    try:
        factory = point.load()
        made = factory(name, settings, secrets)
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
        what = f"cannot be made: {type(error).__name__} in its entry point {point.value}"
        raise ConfigError([_fault(point, what, place)]) from None
    if not isinstance(made, Remote | Local):
        raise ConfigError([_fault(point, f"is no provider but {type(made).__name__}", place)])
    if made.name != name:
        raise ConfigError([_fault(point, "does not bear the name that it was given", place)])
    return made


def _fault(point: EntryPoint, what: str, place: str) -> Problem:
    message = f"the provider '{point.name}' of the distribution {_distribution(point)} {what}."
    return Problem(place, message, "Update that distribution, or ask its makers.")


def _distribution(point: EntryPoint) -> str:
    return f"'{point.dist.name}'" if point.dist else "that is not known"
