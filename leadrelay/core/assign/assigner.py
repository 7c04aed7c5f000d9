"""Qualified leads, roster and ledger -> who gets each lead, by which step, and why not the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import isfinite

from leadrelay.core.assign.crew import MOST_NAMED, Candidates, Crew, Told
from leadrelay.core.assign.ledger import Ledger
from leadrelay.core.assign.line import Pool
from leadrelay.core.assign.values import LONGEST_WHY, AssignmentRules, Case, Choice, Credit, FormerOwner, Via
from leadrelay.core.roster import Staff
from leadrelay.core.shown import shortened

_NOBODY_BARRED: frozenset[str] = frozenset()


class Assigner:
    """Gives leads to owners, one after the other. Ids are the CRM's.

    `workload`: open leads by owner; what is given here is added to it. `queues`: the ids of the CRM's queues by name.
    `notes`: whether what is booked is noted, for whoever books it again later.
    """

    def __init__(
        self,
        rules: AssignmentRules,
        staff: Staff,
        ledger: Ledger,
        workload: Mapping[str, int],
        now: datetime,
        queues: Mapping[str, str] | None = None,
        *,
        notes: bool = False,
    ) -> None:
        self._rules, self._staff, self._before, self._now = rules, staff, ledger, now
        self._queues = {name.lower(): owner for name, owner in (queues or {}).items()}
        self._load = Counter(workload)
        by_value = rules.count == "value"
        self._crews = {
            name: Crew(reps, ledger.of(name), self._load, now, by_value=by_value) for name, reps in staff.teams.items()
        }
        self._order = tuple(map(Via, rules.order))
        self._phrases = _Phrases()
        self._credits: list[Credit] | None = [] if notes else None

    @property
    def ledger(self) -> Ledger:
        """As it is now, to be kept."""
        entries = dict(self._before.entries)
        for team, crew in self._crews.items():
            entries.update(((team, owner), entry) for owner, entry in crew.turns.entries())
        return Ledger(entries)

    def choose(self, case: Case) -> Choice:
        """Who gets this lead, which counts from now on."""
        crew = self._crews.get(case.team)
        if crew is None or not crew.reps:
            return self._elsewhere(case)
        barred = self._barred(case.past, case.taken_from)
        if case.present and not crew.why_not(case.present, barred, room=False):
            return self._kept(case, crew)
        return self._stepped(case, crew, barred)

    def give_back(self, team: str, owner: str, value: float = 0.0) -> None:
        """A lead that this owner had by the fair choice is returned, rejected or recycled."""
        self._book(team, owner, value, taken=False)

    def taken(self, team: str, owner: str, value: float = 0.0) -> None:
        """A person gave a lead of this team to this owner."""
        self._book(team, owner, value, taken=True)

    def credits(self) -> list[Credit]:
        """What was booked since this was asked last."""
        found = self._credits or []
        if found:
            self._credits = []
        return found

    def replay(self, credit: Credit) -> None:
        """Book what was booked elsewhere, for those of its candidates who are members still."""
        crew = self._crews.get(credit.team)
        if crew is None or credit.owner not in crew.turns.place:
            return
        members = [crew.turns.place[owner] for owner in credit.pool if owner in crew.reps]
        pool, place = crew.turns.pool(members or [*crew.turns.place.values()]), crew.turns.place[credit.owner]
        book = crew.turns.give_back if credit.leads < 0 else crew.turns.chosen if credit.chosen else crew.turns.enter
        book(pool, place, credit.value)

    def _book(self, team: str, owner: str, value: float, *, taken: bool) -> None:
        crew = self._crews.get(team)
        if crew is None or owner not in crew.turns.place:
            return
        place = crew.turns.place[owner]
        pool = crew.present() or crew.turns.pool([crew.turns.place[member] for member in crew.reps])
        book = crew.turns.enter if taken else crew.turns.give_back
        book(pool, place, _worth(value))
        self._note(Credit(team, owner, (), _worth(value), 1 if taken else -1), crew, pool)

    def _note(self, credit: Credit, crew: Crew, pool: Pool) -> None:
        if self._credits is not None:
            self._credits.append(replace(credit, pool=tuple(crew.turns.owners[place] for place in pool.places)))

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _stepped(self, case: Case, crew: Crew, barred: frozenset[str]) -> Choice:
        wanted = {Via.ACCOUNT_OWNER: case.account_owner, Via.OWN_HISTORY: _last(case.past)}
        notes: list[tuple[str, str]] = []
        candidates: Candidates | None = None
        for step in self._order:
            if step is Via.EXPERTISE:
                candidates = crew.candidates(case.language, case.industry, barred)
            elif owner := wanted.get(step):
                trouble = crew.why_not(owner, barred) or _outside(owner, crew, candidates)
                if not trouble:
                    return self._named(case, crew, owner, step)
                notes.append((owner, f"{_ROLES[step]}, but {trouble}"))
        return self._fair(case, crew, candidates or crew.candidates(None, None, barred), tuple(notes))

    def _kept(self, case: Case, crew: Crew) -> Choice:
        why = f"{crew.reps[case.present].member.email} has the lead already and belongs to team {case.team}"
        return self._choice(case, case.present, Via.PRESENT, why, _counted(crew, "the lead has an owner"))

    def _named(self, case: Case, crew: Crew, owner: str, step: Via) -> Choice:
        self._give(owner)
        told = _counted(crew, f"the one who {_ROLES[step]} goes first")
        return self._choice(case, owner, step, f"{crew.reps[owner].member.email} {_ROLES[step]}", told)

    def _fair(self, case: Case, crew: Crew, candidates: Candidates, notes: Told) -> Choice:
        pool = candidates.pool
        if pool is None:
            return self._fallen_back(
                case, f"nobody of team {case.team} is free: {candidates.troubles}", notes + candidates.left_out
            )
        value = _worth(case.value)
        place = crew.turns.choose(pool, value)
        owner = crew.turns.owners[place]
        told = (*notes, *self._nearest(crew, pool, place), *candidates.left_out)
        self._give(owner)
        self._note(Credit(case.team, owner, (), value, chosen=True), crew, pool)
        knows = candidates.knows(case)
        via = Via.EXPERTISE if knows else Via.FAIR
        return self._choice(case, owner, via, self._why(crew, knows, pool, place, value), told)

    def _why(self, crew: Crew, knows: str, pool: Pool, place: int, value: float) -> str:
        """Such as `ann@acme.example: Banking and de; 3 others; 0.4 leads behind the share`."""
        turns, others = crew.turns, len(pool.places) - 1
        (balance,) = turns.balances((place,))
        (standing,) = self._standings((balance + (value if turns.valued else 1),), valued=turns.valued)
        rivals = "the only candidate" if not others else f"{others} other{'' if others == 1 else 's'}"
        told = f"{rivals}; {standing}"
        return f"{crew.reps[turns.owners[place]].member.email}: {f'{knows}; {told}' if knows else told}"

    def _nearest(self, crew: Crew, pool: Pool, chosen: int) -> list[tuple[str, str]]:
        """Those whose turn comes next, and the number of the rest."""
        turns = crew.turns
        nearest = turns.nearest(pool, chosen, MOST_NAMED)
        told = self._standings(turns.balances(nearest), valued=turns.valued)
        found = [(turns.owners[place], standing) for place, standing in zip(nearest, told, strict=True)]
        rest = len(pool.places) - 1 - len(nearest)
        return [*found, ("", f"{rest} others: their turn comes later")] if rest else found

    def _standings(self, balances: Sequence[float], *, valued: bool) -> list[str]:
        """Such as `0.4 leads behind the share`, or `12,000 revenue ahead of the share`."""
        if valued:
            name = self._rules.value
            return [f"{abs(balance):,.0f} {name} {_side(balance)} the share" for balance in balances]
        phrases = self._phrases
        return [phrases[round(balance * 10)] for balance in balances]

    # -- nobody, and queues -------------------------------------------------------------------------------------------

    def _elsewhere(self, case: Case) -> Choice:
        """The goal is a queue, or there is no team."""
        if not case.team:
            return self._fallen_back(case, "no rule of [assignment] speaks for the lead", ())
        if owner := self._queues.get(case.team.lower()):
            return self._choice(case, owner, Via.QUEUE, f"rule {case.territory}: queue {case.team}", ())
        known = case.team in self._crews
        reason = "has no member whom the CRM knows" if known else "is neither a team nor a queue of the CRM"
        return self._fallen_back(case, f"{case.team} {reason}", ())

    def _fallen_back(self, case: Case, reason: str, told: Told) -> Choice:
        name = self._rules.fallback
        owner = self._staff.owner(name) or self._queues.get(name.lower(), "")
        if owner:
            return self._choice(case, owner, Via.FALLBACK, f"fallback {name}: {reason}", told)
        unknown = f"the CRM has no active user or queue {name} to fall back on" if name else "there is no fallback"
        return self._choice(case, "", Via.NOBODY, f"no owner: {reason}; {unknown}", told)

    # -- what is given ------------------------------------------------------------------------------------------------

    def _give(self, owner: str) -> None:
        self._load[owner] += 1
        for crew in self._crews.values():
            if owner in crew.reps and crew.full(owner):
                crew.changed()

    def _barred(self, past: tuple[FormerOwner, ...], taken_from: str) -> frozenset[str]:
        """The last ones who gave the lead up, and who has to lose it now."""
        barred = frozenset([taken_from]) if taken_from else _NOBODY_BARRED
        if not past or not self._rules.not_back_to:
            return barred
        owners = dict.fromkeys(one.owner for one in reversed(past) if one.gave_up)
        return barred.union(list(owners)[: self._rules.not_back_to])

    def _choice(self, case: Case, owner: str, via: Via, why: str, told: Told) -> Choice:
        line = shortened(why, LONGEST_WHY) if len(why) > LONGEST_WHY else why
        return Choice(case.lead, owner, case.team, case.territory, via, line, told)


_ROLES = {Via.ACCOUNT_OWNER: "owns the lead's account", Via.OWN_HISTORY: "had the lead before"}


def _last(past: tuple[FormerOwner, ...]) -> str:
    """Who had the lead last and did not give it up."""
    return past[-1].owner if past and not past[-1].gave_up else ""


def _outside(owner: str, crew: Crew, candidates: Candidates | None) -> str:
    """Where expertise comes first, only those who know most may have the lead."""
    if candidates is None or candidates.pool is None or crew.turns.place[owner] in candidates.pool.shares:
        return ""
    return "others know more of its language and industry"


def _counted(crew: Crew, reason: str) -> Told:
    others = len(crew.reps) - 1
    return (("", f"{others} other{'' if others == 1 else 's'}: {reason}"),) if others else ()


class _Phrases(dict[int, str]):
    """By tenths of a lead, how far somebody is from the share; each is made once."""

    def __missing__(self, tenths: int) -> str:
        phrase = self[tenths] = f"{abs(tenths) / 10} leads {_side(tenths)} the share"
        return phrase


def _side(balance: float) -> str:
    return "behind" if balance >= 0 else "ahead of"


def _worth(value: float) -> float:
    return value if isfinite(value) and value > 0 else 0.0
