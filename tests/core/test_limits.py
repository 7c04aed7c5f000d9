from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.core.limits import Brake, Counts, Limit, Quota

NONE = Brake()
ALL = Brake(*map(Limit.parse, ("20%", "5", "0")))


@dataclass
class Usage:
    used: int
    total: int = 1_000


@pytest.mark.parametrize(
    ("text", "count", "of", "allowed"),
    [
        ("20%", 200, 1_000, True),
        ("20%", 201, 1_000, False),
        ("20 %", 1, 4, False),
        ("0.1%", 1, 1_000, True),
        ("0.1%", 1, 999, False),
        ("100%", 7, 7, True),
        ("0%", 0, 10, True),
        ("0%", 1, 10, False),
        ("20%", 0, 0, True),
        ("500", 500, 501, True),
        (500, 501, 1_000_000, False),
        (0, 1, 10, False),
    ],
)
def test_a_limit(text, count, of, allowed):
    assert Limit.parse(text).allows(count, of) is allowed


@pytest.mark.parametrize("text", ["", "20", 20, "20%"])
def test_a_limit_is_shown_as_it_was_written(text):
    if text:
        assert str(Limit.parse(text)) == str(text)


@pytest.mark.parametrize("text", ["", "many", "-1", -1, "101%", "1e3", "20 percent", True, "%", "1,000", "١٢%"])
def test_what_is_no_limit(text):
    with pytest.raises(ValueError, match=r"is no (limit|share)"):
        Limit.parse(text)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 100))
def test_a_share_is_exact(count, of, percent):
    assert Limit.parse(f"{percent}%").allows(count, of) is (100 * count <= percent * of)


def test_without_limits_there_is_no_brake():
    assert not NONE
    assert NONE.verdict(Counts(10**6, 10**6, 10**6), 1) is None


def test_within_its_limits_a_run_may_begin():
    assert ALL
    assert ALL.verdict(Counts(200, 5, 0), 1_000) is None


def test_the_brake_names_the_limit_the_figures_and_the_way_out():
    way_out = "Look at `leadrelay plan inbound`; to let it through once: leadrelay run inbound --no-brake"
    assert ALL.verdict(Counts(812, 1), 1_000, "inbound") == (
        f"this run would change 812 of 1,000 leads (81 %), more than max_changes = 20%. {way_out}"
    )
    assert ALL.verdict(Counts(0, 6, 3), 1_000, "inbound") == (
        "this run would give 6 of 1,000 leads (0 %) to another owner, more than max_owners = 5, "
        f"and clear a field of 3 of 1,000 leads (0 %), more than max_cleared = 0. {way_out}"
    )


def test_a_share_of_nothing_known():
    assert "change 3 leads, more than max_changes = 20%" in (ALL.verdict(Counts(3), 0) or "")


def test_counts_add_up():
    assert Counts(1, 2, 3) + Counts(10) == Counts(11, 2, 3)


@pytest.mark.parametrize(
    ("used", "calls", "reads", "writes"),
    [
        (0, 0, True, True),
        (799, 249, True, True),
        (800, 0, False, True),
        (999, 0, False, True),
        (1_000, 0, False, False),
        (1_200, 0, False, False),
        (0, 250, False, True),
        (0, 449, False, True),
        (0, 450, False, False),
    ],
)
def test_a_quota(used, calls, reads, writes):
    quota = Quota.parse("25%", "80%", "20%")
    assert quota == Quota()
    assert quota.may_read(Usage(used), calls) is reads
    assert quota.may_write(Usage(used), calls) is writes


def test_a_crm_that_tells_nothing_allows_all():
    assert Quota().may_read(None, 10**9)
    assert Quota().may_write(None, 10**9)


def test_the_reserve_never_goes_beyond_the_quota():
    assert not Quota.parse("100%", "100%", "50%").may_write(Usage(1_000), 0)


def test_a_number_is_no_share():
    with pytest.raises(ValueError, match="percentage"):
        Quota.parse("25%", "800", "20%")
