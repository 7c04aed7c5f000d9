"""The report's measures: by hand on a few leads, and against plain loops on many."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from leadrelay.core.hours import Calendar
from leadrelay.core.report import facts as table
from leadrelay.core.report.clocks import Clocks
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.json import document
from leadrelay.core.report.report import Basis, Period, report
from leadrelay.core.targets import Targets
from leadrelay.core.trial.measures import Share
from leadrelay.report_words import ahead, weeks

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = Calendar("office", "UTC", ((((time(9), time(17)),),) * 5 + ((),) * 2), frozenset({date(2026, 11, 18)}))


def fact(lead, **more):
    return {"lead": lead, "number": 1, "last": True, "created_at": NOW - 10 * DAY, **more}


def told(*rows, days=70, by=("source", "team", "rep"), now=NOW, **basis):
    return report(table.frame(rows), Period(now - days * DAY, now, now), Basis(**basis), by)


def assigned(lead, ago, answered=None, **more):
    at = NOW - ago
    return fact(lead, assigned_at=at, responded_at=at + answered if answered is not None else None, **more)


# -- response ---------------------------------------------------------------------------------------------------------


def test_response_counts_who_waits_as_waiting():
    found = told(
        assigned("a", 50 * HOUR, HOUR / 2),
        assigned("b", 50 * HOUR, 2 * HOUR),
        assigned("c", 50 * HOUR, 30 * HOUR),
        assigned("d", 40 * HOUR),  # over both limits: missed
        assigned("e", 5 * HOUR),  # over the hour, not yet over the day
        assigned("f", HOUR / 4),  # too early to say anything
    ).figures.response
    assert (found.turns, found.answered, found.waiting, found.open) == (6, 3, 3, 3)
    assert found.within == {HOUR: Share(1, 5), 24 * HOUR: Share(2, 4)}
    assert found.early == {HOUR: 1, 24 * HOUR: 2}
    # Kaplan-Meier: f leaves before the first answer; 5 at risk, then 4; e leaves; 2 at risk at 30 h.
    assert found.median == 30 * HOUR  # 1 - 1/5 = .8, * 3/4 = .6, * 1/2 = .3
    assert found.p90 is None


def test_a_turn_that_was_taken_away_is_never_judged_and_is_not_early():
    gone = assigned("a", 50 * HOUR, ended_at=NOW - 48 * HOUR)
    found = told(gone, assigned("b", 50 * HOUR), assigned("c", 50 * HOUR, HOUR))
    assert found.figures.response.within[24 * HOUR] == Share(1, 2)
    assert found.figures.response.early[24 * HOUR] == 0
    assert not any("*" in cell for cells in weeks(found) for cell in cells[3:5])


def test_the_last_day_of_a_period_lies_within_it():
    first, after = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert Period(first, after, NOW).days == (date(2026, 10, 1), date(2026, 10, 31))
    assert Period(first, NOW, NOW).days[1] == NOW.date()


def test_without_anybody_who_waits_the_median_is_the_time_by_which_half_were_answered():
    found = told(*(assigned(str(hours), 99 * HOUR, hours * HOUR) for hours in (1, 2, 3, 4))).figures.response
    assert found.median == 2 * HOUR
    assert found.p90 == 4 * HOUR


def test_an_answer_from_before_the_assignment_spentno_time():
    assert told(assigned("a", HOUR, -HOUR)).figures.response.median == timedelta()


def test_business_time_is_that_of_the_owner_else_of_the_team():
    friday = datetime(2026, 11, 13, 16, tzinfo=UTC)
    monday = datetime(2026, 11, 16, 10, tzinfo=UTC)
    clocks = Clocks({"ann": OFFICE}, {"east": OFFICE})
    took = {
        owner: told(fact("a", owner=owner, team=team, assigned_at=friday, responded_at=monday), clocks=clocks)
        for owner, team in (("ann", ""), ("bob", "east"), ("cy", "west"))
    }
    assert {owner: found.figures.response.median for owner, found in took.items()} == {
        "ann": 2 * HOUR,
        "bob": 2 * HOUR,
        "cy": 66 * HOUR,
    }


def test_a_turn_that_ended_without_an_answer_waits_no_longer():
    found = told(assigned("a", 90 * HOUR, ended_at=NOW - 80 * HOUR), assigned("a", 80 * HOUR, HOUR, number=2))
    assert (found.figures.response.turns, found.figures.response.open) == (2, 0)
    assert found.figures.response.within[24 * HOUR] == Share(1, 1)  # it was not missed: ten hours are no day
    assert found.figures.response.within[HOUR] == Share(1, 2)


# -- conversion, accuracy, meetings, recycling ------------------------------------------------------------------------


def test_conversion_judges_leads_as_old_as_half_of_them_need():
    found = told(
        fact("a", created_at=NOW - 40 * DAY, opportunity_at=NOW - 30 * DAY),
        fact("b", created_at=NOW - 40 * DAY),
        fact("c", created_at=NOW - 12 * DAY, opportunity_at=NOW - 2 * DAY),
        fact("d", created_at=NOW - 3 * DAY),
        fact("e", created_at=NOW - 3 * DAY),
    )
    assert found.needed == 10 * DAY
    assert found.figures.conversion.all == Share(2, 5)
    assert found.figures.conversion.ripe == Share(2, 3)
    assert found.figures.conversion.young == 2
    assert [week.ripe for week in found.weeks if week.figures.conversion.all.whole] == [True, True, False]


def test_accuracy_is_of_hand_offs_that_were_judged():
    handed = {"handed_at": NOW - 5 * DAY}
    found = told(
        fact("a", verdict="accepted", **handed),
        fact("b", verdict="rejected", verdict_reason="No budget", **handed),
        fact("c", verdict="rejected", verdict_reason="No budget", **handed),
        fact("d", verdict="rejected", **handed),
        fact("e", **handed),
        fact("f", verdict="accepted"),  # never handed off
    ).figures.accuracy
    assert (found.accepted, found.unjudged) == (Share(1, 4), 1)
    assert found.reasons == {"No budget": 2, "": 1}
    assert list(found.reasons) == ["No budget", ""]


def test_meetings_are_judged_once_their_day_has_come():
    at = {"meeting_at": NOW - DAY}
    words = ("held", "held", "missed", "cancelled", "planned", "", None)
    rows = [fact(str(place), meeting=word, **at) for place, word in enumerate(words)]
    ahead = fact("ahead", meeting="planned", meeting_at=NOW + DAY)
    found = told(*rows, ahead).figures.meetings
    assert (found.held, found.planned, found.unknown) == (Share(2, 4), 2, 2)


def test_recycled_leads_come_back_and_are_won():
    at = {"recycled_at": NOW - 30 * DAY}
    found = told(
        fact("a", **at),
        fact("b", reengaged_at=NOW - 5 * DAY, **at),
        fact("c", reengaged_at=NOW - 5 * DAY, opportunity_at=NOW - DAY, **at),
        fact("d", reengaged_at=NOW - 40 * DAY, **at),  # it came back before it was recycled anew
        fact("e", opportunity_at=NOW - DAY, **at),  # won from nurture, by other means
    ).figures.recycled
    assert (found.leads, found.back, found.won) == (5, 2, 1)


# -- parts ------------------------------------------------------------------------------------------------------------


def test_every_breakdown_adds_up_and_the_largest_comes_first():
    rows = [
        assigned(str(n), HOUR, source=source, team=team, owner=owner)
        for n, (source, team, owner) in enumerate([("web", "east", "ann"), ("web", "east", "bob"), (None, "", "ann")])
    ]
    found = told(*rows)
    names = {by: [group.name for group in groups] for by, groups in found.by.items()}
    assert names == {"source": ["web", ""], "team": ["east", ""], "rep": ["ann", "bob"]}
    for groups in found.by.values():
        assert sum(group.figures.response.turns for group in groups) == 3


def test_a_period_takes_what_happened_in_it():
    rows = [assigned("a", 3 * DAY), assigned("b", 20 * DAY), fact("c", created_at=NOW)]
    found = told(*rows, days=8)
    assert found.figures.response.turns == 1
    assert found.leads == 0  # created ten days ago, or at its very end
    assert "Not one lead" in found.notes[0]
    assert [f"{week.start:%m-%d}" for week in found.weeks] == ["11-09", "11-16"]


def test_ages_count_open_days_and_name_the_overdue():
    clocks = Clocks({"ann": OFFICE})
    found = told(
        fact("a", stage="sal", stage_since=NOW - 4 * DAY, owner="ann"),  # Monday; Wednesday is closed
        fact("b", stage="sal", stage_since=NOW - 4 * DAY),
        fact("c", stage="sal", stage_since=NOW - 9 * DAY),
        fact("d", stage="name", stage_since=NOW - 99 * DAY),
        fact("e", stage="sal", stage_since=NOW - 99 * DAY, opportunity_at=NOW - DAY),
        fact("f", stage="sal", stage_since=NOW - 99 * DAY, last=False),
        clocks=clocks,
        limits={"sal": 3, "sql": 1},
        stages=("sal", "name"),
    )
    assert [(one.stage, one.leads, one.median, one.limit, one.overdue) for one in found.ages] == [
        ("sal", 3, 4, 3, 2),
        ("name", 1, 99, None, 0),
    ]
    assert [(one.lead, one.days) for one in found.overdue] == [("c", 9), ("b", 4)]


def test_targets_and_notes():
    found = told(assigned("a", 30 * DAY, HOUR), assigned("b", HOUR), targets=Targets(within=HOUR))
    response, conversion, accuracy, meetings = found.targets
    assert (response.met, response.found) == (True, Share(1, 1))
    assert (conversion.met, accuracy.met, meetings.met) == (False, None, None)
    assert any("Fewer than 30" in note and "response" in note for note in found.notes)
    assert "No answer yet: 1 lead, counted as waiting and not as answered." in found.notes
    assert any(note.startswith("No lead is known to have become an opportunity") for note in found.notes)


def test_nothing_at_all_is_a_report_too():
    found = document(told())
    assert found["leads"] == 0
    assert found["figures"]["conversion"]["value"] is None


def test_the_document_holds_hours_and_differences():
    found = document(told(assigned("a", 9 * HOUR, 3 * HOUR), received=[Received("east", "ann", 1.5, 2)]))
    assert found["figures"]["response"]["median_hours"] == 3.0
    assert found["fairness"][0]["difference"] == 0.5


# -- the slow oracle --------------------------------------------------------------------------------------------------


def population(seed, size=400):
    draw = random.Random(seed)

    def moment(chance, most=60):
        return NOW - draw.randint(0, most * 24 * 60) * timedelta(minutes=1) if draw.random() < chance else None

    for number in range(size):
        created = moment(1)
        turns = draw.randint(1, 2)
        lead = {
            "lead": f"L{number:04}",
            "source": draw.choice(["web", "event", None]),
            "created_at": created,
            "opportunity_at": draw.choice([None, None, created + draw.randint(0, 30) * DAY]),
            "meeting_at": moment(0.5),
            "meeting": draw.choice(["held", "missed", "cancelled", "planned", ""]),
            "recycled_at": moment(0.3),
            "reengaged_at": moment(0.3),
            "stage": draw.choice(["sal", "name"]),
            "stage_since": moment(0.9),
        }
        for turn in range(1, turns + 1):
            at = moment(0.9)
            yield lead | {
                "number": turn,
                "last": turn == turns,
                "owner": draw.choice(["ann", "bob", None]),
                "team": draw.choice(["east", "west", ""]),
                "assigned_at": at,
                "handed_at": draw.choice([at, None]),
                "responded_at": at + draw.randint(0, 90) * HOUR if at and draw.random() < 0.6 else None,
                "ended_at": at + draw.randint(1, 40) * HOUR if at and turn < turns else None,
                "verdict": draw.choice(["accepted", "accepted", "rejected", None]),
                "verdict_reason": draw.choice(["No budget", None]),
            }


def slow_response(rows, period, clocks):
    """Survival by the definition: at each time of an answer, the share of those still waiting that it did not reach."""
    took = []
    for row in rows:
        at = row["assigned_at"]
        if at is None or not period.since <= at < period.until:
            continue
        answered = row["responded_at"] is not None and row["responded_at"] <= period.now
        end = row["responded_at"] if answered else min(row["ended_at"] or period.now, period.now)
        calendar = clocks.owners.get(row["owner"])
        took.append((calendar.worked(at, end) if calendar else max(end - at, timedelta()), answered))
    left, curve = 1.0, []
    for moment in sorted({spent for spent, answered in took if answered}):
        left *= 1 - sum(spent == moment for spent, answered in took if answered) / sum(
            spent >= moment for spent, _ in took
        )
        curve.append((moment, left))
    half, tenth = (next((moment for moment, share in curve if share <= goal + 1e-9), None) for goal in (0.5, 0.1))
    within = {}
    for limit in (HOUR, 24 * HOUR):
        met = sum(answered and spent <= limit for spent, answered in took)
        within[limit] = Share(met, met + sum(spent > limit for spent, _ in took))
    return len(took), sum(answered for _, answered in took), half, tenth, within


def slow_conversion(rows, period):
    leads = [row for row in rows if row["last"]]
    took = sorted(row["opportunity_at"] - row["created_at"] for row in leads if row["opportunity_at"])
    needed = took[(len(took) - 1) // 2]
    here = [row for row in leads if period.since <= row["created_at"] < period.until]
    ripe = [row for row in here if row["created_at"] + needed <= period.now]
    return tuple(Share(sum(row["opportunity_at"] is not None for row in part), len(part)) for part in (here, ripe))


@pytest.mark.parametrize("seed", range(4))
def test_measures_agree_with_plain_loops(seed):
    rows = list(population(seed))
    clocks = Clocks({"ann": OFFICE})
    period = Period(NOW - 45 * DAY, NOW - 3 * DAY, NOW)
    found = report(table.frame(rows), period, Basis(clocks=clocks))
    parts = {"": (found.figures, rows)}
    for by, name in (("source", "source"), ("team", "team"), ("rep", "owner")):
        for group in found.by[by]:
            parts[by, group.name] = group.figures, [row for row in rows if (row[name] or "") == group.name]
    assert len(parts) == 10
    for figures, mine in parts.values():
        response = figures.response
        fast = (response.turns, response.answered, response.median, response.p90, dict(response.within))
        assert fast == slow_response(mine, period, clocks)
        judged = [row for row in mine if row["handed_at"] and period.since <= row["handed_at"] < period.until]
        verdicts = [row["verdict"] for row in judged if row["verdict"]]
        assert figures.accuracy.accepted == Share(verdicts.count("accepted"), len(verdicts))
        assert figures.accuracy.unjudged == len(judged) - len(verdicts)
    assert (found.figures.conversion.all, found.figures.conversion.ripe) == slow_conversion(rows, period)


@pytest.mark.parametrize("seed", range(2))
def test_weeks_are_the_same_as_periods_of_a_week(seed):
    rows = list(population(seed))
    frame = table.frame(rows)
    monday = datetime(2026, 10, 12, tzinfo=UTC)
    found = report(frame, Period(monday, monday + 28 * DAY, NOW), Basis(), ())
    for number, week in enumerate(found.weeks):
        start = monday + 7 * number * DAY
        alone = report(frame, Period(start, start + 7 * DAY, NOW), Basis(), ())
        assert week.start == start
        assert week.figures == alone.figures
    assert len(found.weeks) == 4


def test_what_rounds_to_nothing_is_not_below_zero():
    assert [ahead(one) for one in (-0.04, 0.0, -0.06, 1234.5)] == ["+0.0", "+0.0", "-0.1", "+1,234.5"]
