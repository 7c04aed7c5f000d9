"""Whether a connection leads where it is meant to lead, and may do there what is needed and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from leadrelay.checkup.values import Sight, Subject
from leadrelay.connectors import hubspot_needs, salesforce_needs
from leadrelay.connectors.inspection import Inspection
from leadrelay.connectors.needs import Excess, Need, Uses, missing, needed
from leadrelay.core.organisations import same
from leadrelay.findings import Finding, Level


@dataclass(frozen=True)
class _Table:
    """What a CRM may grant: what uses of it need, and what is too much for them."""

    needed: Callable[[Uses], Sequence[Need]]
    surplus: Callable[[Collection[str], Uses], Iterable[Excess]]

    def for_setup(self, uses: Sequence[Uses]) -> frozenset[str]:
        """What the set-up needs."""
        every = (self.needed(Uses(one.object, reads=False, setup=True)) for one in uses)
        return frozenset(need.grant for needs in every for need in needs)


_TABLES: Mapping[str, _Table] = {
    "salesforce": _Table(partial(needed, salesforce_needs.NEEDS), salesforce_needs.surplus),
    "hubspot": _Table(hubspot_needs.scopes_needed, hubspot_needs.surplus),
}


def signed_in(section: str, sight: Sight) -> Finding:
    """That the sign-in worked, or that it was not tried."""
    found = sight.inspection
    where = f"{found.organisation}{f' ({found.organisation_name})' if found.organisation_name else ''}"
    if sight.saved:
        message = f"not tried: {sight.saved} is judged instead, of organisation {where} as of {_day(found)}"
        return Finding(section, Level.HINT, message)
    test = ", for tests" if found.test else ""
    return Finding(section, Level.OK, f"{sight.connection} is organisation {where}{test}")


def _day(found: Inspection) -> str:
    return found.taken_at[:10] or "an unknown day"


def organisation(section: str, sight: Sight, meant: str | None, place: str) -> Finding:
    """Whether it is the organisation that the configuration means."""
    found = sight.inspection.organisation
    if not meant:
        cure = f'To let it lead nowhere else, add to it: organisation = "{found}"'
        return Finding(section, Level.OK, "any organisation is taken, since the configuration names none", place, cure)
    if same(meant, found):
        return Finding(section, Level.OK, f"it is the organisation that is meant, {meant}")
    message = f"the connection leads to organisation {found}, but the configuration means {meant}."
    return Finding(section, Level.ERROR, message, place, "Mend its credentials, or `organisation`.")


def grants(section: str, sight: Sight, uses: Sequence[Uses], place: str) -> Iterator[Finding]:
    """What is granted, held against what all jobs of the connection need."""
    granted, table = sight.inspection.granted, _TABLES.get(sight.inspection.kind)
    if table is None:
        return
    if granted is None:
        message = "the CRM does not tell what this user may do; the sections below tell what is seen of it"
        yield Finding(section, Level.HINT, message)
        if sight.inspection.fields and sight.inspection.records is None:
            message = f"the CRM does not let this user read records of {sight.inspection.object}: no lead can be read."
            yield Finding(section, Level.ERROR, message, place, _readable(table, uses))
        return
    needs = [need for one in uses for need in table.needed(one)]
    vital = {need.grant for one in uses for need in table.needed(replace(one, report=False)) if need.vital}
    wanting = _once(missing(needs, granted))
    for need in wanting:
        level = Level.ERROR if need.grant in vital else Level.WARNING
        yield Finding(section, level, f"{need.grant} is not granted, for {need.what}: {need.without}.", place, need.how)
    if not any(need.grant in vital for need in wanting):
        yield Finding(section, Level.OK, f"all {len({need.grant for need in needs})} permissions needed are granted")
    yield from _surplus(section, table, sight, granted, uses, place)


def _readable(table: _Table, uses: Sequence[Uses]) -> str:
    """How reading leads is granted."""
    needs = [need for one in uses for need in table.needed(Uses(one.object)) if need.vital]
    return " ".join(dict.fromkeys(need.how for need in needs))


def _surplus(
    section: str, table: _Table, sight: Sight, granted: Collection[str], uses: Sequence[Uses], place: str
) -> Iterator[Finding]:
    """What no job of the connection needs, in a line for each way out of it.

    Whoever sets it up may keep what that takes: a hint. So is what a HubSpot account for tests grants, which holds no
    customers; a Salesforce sandbox may hold copies of all of them.
    """
    found = [{one.grant: one for one in table.surplus(granted, use)} for use in uses]
    common = [one for grant, one in found[0].items() if all(grant in other for other in found)] if found else []
    setup = table.for_setup(uses)
    lines: dict[tuple[bool, str], list[Excess]] = {}
    for one in common:
        lines.setdefault((one.grant in setup, one.cure), []).append(one)
    for (for_setup, cure), some in lines.items():
        harmless = for_setup or (sight.inspection.test and sight.inspection.kind == "hubspot")
        level = Level.HINT if harmless else Level.WARNING
        names = ", ".join(one.grant for one in some)
        why = "needed for `leadrelay setup` only" if for_setup else f"not needed ({some[0].why})"
        yield Finding(section, level, f"granted, and {why}: {names}", place, cure)


def lacks(section: str, subject: Subject, sight: Sight, place: str) -> Iterator[Finding]:
    """What the CRM hides, or does not take.

    A file tells of all that was looked at, a live CRM of what was asked for: what a live one lacks matters to the job.
    """
    if sight.saved and not subject.cares:
        return
    told = told_of(sight, subject.uses)
    found = [lack for lack in sight.inspection.lacks if not any(follows in lack.message for follows in told)]
    yield from (Finding(section, Level.WARNING, lack.message, place, lack.cure) for lack in found)
    if not sight.inspection.lacks and subject.cares:
        yield Finding(section, Level.OK, "notes, activities, accounts and colleagues are in sight")


def told_of(sight: Sight, uses: Uses) -> frozenset[str]:
    """What follows from what is not granted, as `grants` tells it."""
    granted, table = sight.inspection.granted, _TABLES.get(sight.inspection.kind)
    if table is None or granted is None:
        return frozenset()
    return frozenset(need.without for need in missing(table.needed(uses), granted))


def _once(needs: Sequence[Need]) -> list[Need]:
    """Each grant but once, as it matters most."""
    found: dict[str, Need] = {}
    for need in sorted(needs, key=lambda need: not need.vital):
        found.setdefault(need.grant, need)
    return list(found.values())
