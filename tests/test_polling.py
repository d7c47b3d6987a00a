from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Entry, FeedState, Pending
from crawler.polling import Answer, Bounds, Trouble, after, conditional, ready, retry_after, worth_another_try

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(usual=HOUR, least=timedelta(minutes=5), most=DAY)
NEW = FeedState(url="http://site.example/feed", source_id="site")
POLLED = replace(
    NEW,
    polled_at=NOW - HOUR,
    succeeded_at=NOW - HOUR,
    next_at=NOW,
    status=200,
    etag='W/"old"',
    last_modified="Mon, 23 Nov 2026 10:00:00 GMT",
    seeded=True,
)
READ = Answer(status=200, etag='"new"', last_modified="Mon, 23 Nov 2026 11:00:00 GMT", entries=10, fresh=2)


def wait_after(state: FeedState, answer: Answer, bounds: Bounds = BOUNDS, jitter: float = 0.0) -> timedelta:
    later = after(state, answer, now=NOW, bounds=bounds, jitter=jitter)
    assert later.next_at is not None
    return later.next_at - NOW


def test_the_first_poll_is_followed_at_the_usual_interval() -> None:
    assert wait_after(NEW, READ) == HOUR


def test_validators_of_a_whole_feed_are_kept_byte_for_byte() -> None:
    later = after(NEW, replace(READ, etag='W/"\xe4 "'), now=NOW, bounds=BOUNDS)
    assert (later.etag, later.last_modified) == ('W/"\xe4 "', READ.last_modified)


def test_validators_of_half_a_feed_are_forgotten() -> None:
    later = after(POLLED, replace(READ, complete=False), now=NOW, bounds=BOUNDS)
    assert (later.etag, later.last_modified) == (None, None)


def test_bytes_that_are_no_feed_cost_the_old_validators_too() -> None:
    later = after(POLLED, Answer(status=200, trouble="hard", problem="a web page"), now=NOW, bounds=BOUNDS)
    assert (later.etag, later.last_modified, later.problem) == (None, None, "a web page")


def test_not_modified_keeps_the_validators_and_counts_as_success() -> None:
    later = after(replace(POLLED, failures=2), Answer(status=304), now=NOW, bounds=BOUNDS)
    assert (later.etag, later.last_modified) == (POLLED.etag, POLLED.last_modified)
    assert (later.failures, later.succeeded_at) == (0, NOW)


def test_a_failure_keeps_the_time_of_the_last_success_and_the_validators() -> None:
    later = after(POLLED, Answer(status=500, trouble="soft", problem="500"), now=NOW, bounds=BOUNDS)
    assert (later.succeeded_at, later.etag, later.failures) == (POLLED.succeeded_at, POLLED.etag, 1)


def test_a_feed_with_news_is_asked_sooner_and_a_quiet_one_later() -> None:
    waits = [wait_after(POLLED, replace(READ, fresh=fresh)) for fresh in (10, 5, 2, 0)]
    assert waits == sorted(waits)
    assert waits[0] < HOUR < waits[-1]


def test_a_source_with_its_own_interval_is_asked_at_just_that() -> None:
    own = Bounds(usual=timedelta(minutes=7), least=timedelta(minutes=7), most=timedelta(minutes=7))
    assert {wait_after(POLLED, replace(READ, fresh=f), own) for f in (0, 2, 10, None)} == {timedelta(minutes=7)}


def test_a_publisher_that_asks_for_longer_pauses_gets_them_within_our_bounds() -> None:
    assert wait_after(POLLED, replace(READ, ttl=5 * HOUR)) == 5 * HOUR
    assert wait_after(POLLED, replace(READ, ttl=90 * DAY)) == DAY


def test_soft_troubles_are_tried_again_sooner_than_hard_ones() -> None:
    soft, hard = (wait_after(POLLED, Answer(status=None, trouble=t)) for t in ("soft", "hard"))
    assert soft < hard


def test_a_feed_taken_down_for_good_is_probed_weekly() -> None:
    assert wait_after(POLLED, Answer(status=410, trouble="gone")) == 7 * DAY


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("316800", DAY),  # 88 h
        ("1000000000", DAY),
        (format_datetime(NOW + 2 * HOUR, usegmt=True), 2 * HOUR),
        (format_datetime(NOW - 2 * HOUR, usegmt=True), timedelta()),
        (format_datetime(NOW + 90 * DAY, usegmt=True), DAY),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_up_to_a_day(header: str | None, wait: timedelta | None) -> None:
    assert retry_after(header, NOW) == wait


def test_retry_after_is_obeyed_even_by_a_source_with_its_own_interval() -> None:
    own = Bounds(usual=timedelta(minutes=7), least=timedelta(minutes=7), most=timedelta(minutes=7))
    assert wait_after(POLLED, Answer(status=429, trouble="soft", retry_after="36000"), own) == 10 * HOUR


answers = st.builds(
    Answer,
    status=st.sampled_from([None, 200, 304, 404, 410, 429, 500, 503]),
    trouble=st.sampled_from([None, "hard", "soft", "dns", "gone"]),
    retry_after=st.none() | st.text(max_size=40) | st.integers(0, 10**13).map(str),
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)),
    entries=st.integers(0, 500),
    fresh=st.none() | st.integers(0, 500),
)


@given(st.lists(answers, max_size=30), st.floats(-0.1, 0.1))
def test_no_history_of_answers_makes_a_feed_hasty_or_lost(history: list[Answer], jitter: float) -> None:
    state, now = NEW, NOW
    for answer in history:
        state = after(state, answer, now=now, bounds=BOUNDS, jitter=jitter)
        assert state.next_at is not None
        assert BOUNDS.least * 0.9 <= state.next_at - now <= 7 * DAY * 1.1
        assert state.failures == 0 or answer.trouble is not None
        now = state.next_at


@given(st.integers(1, 300), st.sampled_from(["hard", "soft", "dns"]))
def test_each_further_failure_waits_at_least_as_long(failures: int, trouble: Trouble) -> None:
    answer = Answer(status=None, trouble=trouble)
    assert wait_after(replace(POLLED, failures=failures - 1), answer) <= wait_after(
        replace(POLLED, failures=failures), answer
    )


def test_a_feed_without_validators_is_asked_in_full() -> None:
    assert not conditional(replace(POLLED, etag=None, last_modified=None), NOW)


@given(st.text(max_size=20), st.integers(1, 23))
def test_once_a_day_a_feed_is_asked_in_full(url: str, hours: int) -> None:
    state, full, last_full = replace(POLLED, url=url, polled_at=NOW), 0, NOW
    for step in range(1, 200 // hours):
        now = NOW + step * hours * HOUR
        if not conditional(state, now):
            full, last_full = full + 1, now
        assert now - last_full <= DAY + hours * HOUR
        state = replace(state, polled_at=now)
    assert full >= 200 // hours * hours // 24 - 1


def a_pending(tries: int) -> Pending:
    return Pending(key="k", url="u", source_id="s", entry=Entry(), first_seen_at=NOW, tries=tries)


def test_a_page_is_fetched_at_once_the_first_time_and_later_and_later_after_that() -> None:
    assert ready(a_pending(0), NOW)
    for tries, minutes in ((1, 5), (2, 15), (3, 35)):
        assert not ready(a_pending(tries), NOW + timedelta(minutes=minutes - 1))
        assert ready(a_pending(tries), NOW + timedelta(minutes=minutes))


def test_a_page_is_given_up_after_ten_tries_over_days() -> None:
    assert worth_another_try(a_pending(9))
    assert not worth_another_try(a_pending(10))
    assert not ready(a_pending(9), NOW + DAY)
