"""Reps, teams and staffs, without a CRM."""

import pytest

from leadrelay.core.roster import Member, Rep, Roster, Staff, Team


@pytest.fixture
def staff():
    """Makes a staff of teams; each rep is (owner, options of a member or `active`)."""

    def make(**teams):
        reps = {
            name: tuple(_rep(name, owner, options) for owner, options in team.items()) for name, team in teams.items()
        }
        roster = Roster({name: Team(name, tuple(rep.member for rep in team)) for name, team in reps.items()})
        users = {rep.member.email: _User(rep) for team in reps.values() for rep in team}
        return Staff(roster, reps, users)

    return make


class _User:
    def __init__(self, rep):
        self.id, self.email, self.active = rep.owner, rep.member.email, rep.active


def _rep(team, owner, options):
    active = options.get("active", True)
    rest = {name: value for name, value in options.items() if name != "active"}
    return Rep(owner, team, Member(f"{owner}@acme.example", **rest), active)
