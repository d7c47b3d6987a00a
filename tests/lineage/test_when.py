"""What dates say of who was first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lineage.when import FEED_LAG, delay_seconds, interval, order
from crawler.model import Dated
from tests.builders import NOON, a_date, an_article


def day(number: int, *, zone_known: bool = False) -> Dated:
    return Dated(at=datetime(2024, 3, number, tzinfo=UTC), precision="day", zone_known=zone_known, basis="meta")


def at(dated: Dated | None, *, seen: datetime = NOON + timedelta(days=60)):
    return an_article(published=dated, first_seen_at=seen, last_seen_at=seen)


def test_a_bare_day_may_lie_in_any_zone():
    span = interval(at(day(5)))
    assert span.lo == datetime(2024, 3, 4, 10, tzinfo=UTC)
    assert span.hi == datetime(2024, 3, 6, 12, tzinfo=UTC)


def test_a_date_after_we_saw_the_page_counts_as_none():
    span = interval(at(a_date(NOON + timedelta(days=3)), seen=NOON))
    assert (span.lo, span.hi) == (None, NOON)


def test_neighbouring_days_decide_nothing_but_distant_days_do():
    near = order(at(day(6)), at(day(5)))
    assert near is not None
    assert near.weight == 1.5
    far = order(at(day(9)), at(day(5)))
    assert far is not None
    assert far.weight > 2


@pytest.mark.parametrize(("hours", "bits"), [(1, 3.0), (7, 5.0), (700, 5.0)])
def test_the_bits_grow_with_the_gap_up_to_five(hours, bits):
    row = order(at(a_date(NOON + timedelta(hours=hours))), at(a_date(NOON)))
    assert row is not None
    assert row.weight == bits


def test_a_parent_that_appeared_after_we_saw_the_copy_is_ruled_out():
    row = order(at(a_date(NOON), seen=NOON + timedelta(minutes=5)), at(a_date(NOON + timedelta(hours=4))))
    assert row is not None
    assert row.weight == -12


def looked(dated: Dated | None, *, absent: float, seen: float):
    """Return an article that was not there *absent* hours after noon, and was there *seen* hours after it."""
    shown = NOON + timedelta(hours=seen)
    return an_article(
        published=dated, absent_at=NOON + timedelta(hours=absent), first_seen_at=shown, last_seen_at=shown
    )


def test_our_own_looks_bound_a_page_without_a_date():
    span = interval(looked(None, absent=1, seen=2))
    assert (span.lo, span.hi) == (NOON + timedelta(hours=1) - FEED_LAG, NOON + timedelta(hours=2))


def test_what_we_saw_before_the_copy_was_there_counts_more_than_dates():
    seen = order(looked(None, absent=5, seen=6), looked(None, absent=0, seen=1))
    claimed = order(at(a_date(NOON + timedelta(hours=6))), at(a_date(NOON + timedelta(hours=1))))
    assert seen is not None
    assert claimed is not None
    assert seen.weight > claimed.weight
    back = order(looked(None, absent=0, seen=1), looked(None, absent=5, seen=6))
    assert back is not None
    assert back.weight == -12


def test_a_clock_behind_by_hours_does_not_make_a_page_older_than_our_looks_allow():
    skewed = looked(a_date(NOON - timedelta(hours=3)), absent=4, seen=5)
    assert interval(skewed).lo == NOON + timedelta(hours=4) - FEED_LAG
    assert order(looked(a_date(NOON), absent=-1, seen=1), skewed) is not None
    assert order(looked(a_date(NOON), absent=-1, seen=1), skewed).weight < 0


def test_a_date_set_back_by_days_makes_nobody_first():
    back = looked(a_date(NOON - timedelta(days=400)), absent=4, seen=5)
    row = order(looked(a_date(NOON), absent=-1, seen=1), back)
    assert row is None or row.weight <= 0


def test_an_old_page_that_its_feed_names_late_is_not_ruled_out_as_a_parent():
    late = looked(a_date(NOON - timedelta(days=3)), absent=20, seen=21)
    row = order(looked(a_date(NOON), absent=-1, seen=1), late)
    assert row is None or row.weight > -12


def test_seen_earlier_is_a_hint_but_less_than_the_margin():
    row = order(at(None), at(None, seen=NOON))
    assert row is not None
    assert row.weight == 1.0


def test_unknown_dates_say_nothing():
    assert order(at(None), at(None)) is None


@given(st.integers(-200_000, 0), st.integers(-200_000, 0))
def test_the_clock_never_speaks_for_both_directions(one, other):
    a, b = (at(a_date(NOON + timedelta(minutes=m))) for m in (one, other))
    there, back = order(a, b), order(b, a)
    assert not (there and back and there.weight > 0 and back.weight > 0)


_MINUTES = st.integers(-5000, 5000)


@given(st.lists(st.tuples(st.none() | _MINUTES, st.none() | _MINUTES, _MINUTES), min_size=2, max_size=2))
def test_with_looks_of_any_kind_the_clock_never_speaks_for_both_directions(two):
    a, b = (
        an_article(
            published=None if dated is None else a_date(NOON + timedelta(minutes=dated)),
            absent_at=None if absent is None else NOON + timedelta(minutes=absent),
            first_seen_at=NOON + timedelta(minutes=seen),
            last_seen_at=NOON + timedelta(minutes=seen),
        )
        for dated, absent, seen in two
    )
    there, back = order(a, b), order(b, a)
    assert not (there and back and there.weight > 0 and back.weight > 0)


@pytest.mark.parametrize(
    ("origin", "copy", "seconds"),
    [
        (day(5), day(6), 86_400.0),
        (day(5), day(5), None),
        (day(5), a_date(NOON), None),
        (None, a_date(NOON), None),
        (a_date(NOON), a_date(NOON + timedelta(hours=2)), 7200.0),
    ],
)
def test_a_delay_is_only_given_where_both_dates_bear_it(origin, copy, seconds):
    assert delay_seconds(origin, copy) == seconds
