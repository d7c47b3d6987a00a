"""What a feed's own rhythm is, and that its silence is an alarm only where it is not its way."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.diary import HOURS, begun, by_day, is_quiet, silence, together, written
from crawler.model import Diary

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def office(at: datetime) -> float:
    return 2.0 if at.weekday() < 5 and 8 <= at.hour < 18 else 0.0


def always(at: datetime) -> float:
    return 1.5


def weekly(at: datetime) -> float:
    return 1.0 if at.weekday() == 3 and at.hour == 9 else 0.0


def evenings(at: datetime) -> float:
    return 1.0 if at.hour in (19, 20) else 0.0


def kept(rate: Callable[[datetime], float], hours: int, dead: int = 0, seed: int = 1) -> Diary:
    """Return the diary of a feed that was asked every hour, the last of which it was *dead*."""
    chance = random.Random(seed)
    diary = begun([], MONDAY)
    for n in range(1, hours + dead + 1):
        at = MONDAY + n * HOUR
        diary = written(diary, at, int(chance.random() < rate(at) / 2) + (rate(at) >= 1) if n <= hours else 0)
    return diary


def is_alarming(diary: Diary) -> bool:
    found = silence(diary)
    return found is not None and is_quiet(found)


@pytest.mark.parametrize("rate", [office, always, weekly, evenings], ids=["office", "always", "weekly", "evenings"])
def test_a_feed_that_goes_on_as_it_always_did_is_never_quiet(rate: Callable[[datetime], float]) -> None:
    chance, diary = random.Random(7), begun([], MONDAY)
    for n in range(1, 8 * 7 * 24):
        at = MONDAY + n * HOUR
        diary = written(diary, at, 1 if rate(at) and chance.random() < 0.8 else 0)
        if rate is not weekly:  # one in five of its issues is left out: a silence of three weeks may come
            assert not is_alarming(diary), at


def test_a_quiet_weekend_is_no_alarm_and_a_quiet_tuesday_is() -> None:
    to_friday_evening = 4 * 24 + 18
    assert not is_alarming(kept(office, 2 * 168 + to_friday_evening, dead=62))
    assert is_alarming(kept(office, 3 * 168, dead=8 + 10 + 24 + 62))


def test_a_busy_feed_is_quiet_after_half_a_day_and_a_daily_one_after_a_week_or_two() -> None:
    assert is_alarming(kept(always, 3 * 168, dead=12))
    assert not is_alarming(kept(evenings, 3 * 168, dead=48))
    assert is_alarming(kept(evenings, 3 * 168, dead=14 * 24))


def test_nothing_is_known_of_a_feed_that_was_watched_for_less_than_eight_days() -> None:
    assert silence(kept(office, 100, dead=60)) is None


def test_what_nobody_looked_at_counts_neither_as_silence_nor_as_rhythm() -> None:
    before = kept(always, 3 * 168)
    away = written(before, MONDAY + (3 * 168 + 60) * HOUR, 0, seen=False)
    assert not is_alarming(away)
    assert away.hours.count(".") == 59


def test_the_dates_of_a_new_feed_are_its_diary_up_to_now() -> None:
    diary = begun([MONDAY - n * 6 * HOUR for n in range(1, 60)], MONDAY)
    assert (len(diary.hours), diary.longest) == (59 * 6 + 1, 6)
    assert silence(diary) is not None
    assert by_day(diary, MONDAY, days=3) == [4, 4, 0]


def test_feeds_of_one_source_are_heard_together() -> None:
    one, other = kept(office, 400, dead=100), kept(always, 500)
    both = together([one, other])
    assert both is not None
    assert not is_alarming(both)
    assert together([]) is None


@given(st.lists(st.tuples(st.integers(-5, 2000), st.integers(0, 30), st.booleans()), max_size=30))
def test_a_diary_is_bounded_and_never_goes_back(looks: list[tuple[int, int, bool]]) -> None:
    diary, at = begun([], MONDAY), MONDAY
    for hours, news, seen in looks:
        at += hours * HOUR
        later = written(diary, at, news, seen=seen)
        assert later.hour >= diary.hour
        assert 0 < len(later.hours) <= HOURS
        assert set(later.hours) <= set(".0123456789")
        assert later.longest >= diary.longest
        diary = later
        found = silence(diary)
        assert found is None or found.expected >= 0
