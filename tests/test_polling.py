from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.hints import cached_for, retry_after
from crawler.model import Entry, FeedState, Rhythm
from crawler.polling import Answer, Bounds, Question, Shown, Trouble, after, distinct, question, shown

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
    read_at=NOW - HOUR,
    seen="".join(f"old{number:03}" for number in range(10)),
    rhythm=Rhythm(news=23, seconds=86_400),
)


def showing(new: int, of: int = 10) -> tuple[Shown, ...]:
    """Return what a feed shows that has so many new entries over old ones."""
    return tuple(Shown(f"new{number:03}" if number < new else f"old{number - new:03}") for number in range(of))


READ = Answer(status=200, etag='"new"', last_modified="Mon, 23 Nov 2026 11:00:00 GMT", shown=showing(2))


def wait_after(state: FeedState, answer: Answer, bounds: Bounds = BOUNDS, jitter: float = 0.0) -> timedelta:
    later = after(state, answer, now=NOW, bounds=bounds, jitter=jitter)
    assert later.next_at is not None
    return later.next_at - NOW


def dated(*ages: timedelta) -> tuple[Shown, ...]:
    return tuple(Shown(f"{number:06}", NOW - age) for number, age in enumerate(ages))


def test_the_first_poll_of_a_feed_without_dates_is_followed_at_the_usual_interval() -> None:
    assert wait_after(NEW, replace(READ, shown=showing(10))) == HOUR


def test_the_dates_of_a_new_feed_tell_its_rhythm_at_once() -> None:
    busy, hourly, daily = (
        wait_after(NEW, replace(READ, shown=dated(*(gap * n for n in range(1, 20)))))
        for gap in (timedelta(minutes=4), HOUR, DAY)
    )
    assert busy < hourly * 0.4
    assert timedelta(minutes=50) < hourly < timedelta(minutes=70)
    assert 3 * HOUR < daily < 6 * HOUR


def test_dates_that_cannot_be_true_tell_no_rhythm() -> None:
    wrong = [Shown("1", NOW + DAY), Shown("2", datetime(1970, 1, 1, tzinfo=UTC)), Shown("3", None)]
    assert wait_after(NEW, replace(READ, shown=wrong)) == HOUR


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
    waits = [wait_after(POLLED, replace(READ, shown=showing(new))) for new in (10, 5, 2, 0)]
    assert waits == sorted(waits)
    assert waits[0] < HOUR <= waits[-1]


def test_not_modified_is_no_news() -> None:
    assert wait_after(POLLED, Answer(status=304)) == wait_after(POLLED, replace(READ, shown=showing(0)))


def test_a_feed_all_of_which_is_new_is_asked_at_least_twice_as_often() -> None:
    slow = replace(POLLED, polled_at=NOW - 8 * HOUR, succeeded_at=NOW - 8 * HOUR, rhythm=Rhythm(news=1, seconds=9e6))
    assert wait_after(slow, replace(READ, shown=showing(9))) > 4 * HOUR
    assert wait_after(slow, replace(READ, shown=showing(10))) <= 4 * HOUR


def test_a_feed_that_falls_silent_is_asked_less_and_less_down_to_our_bound() -> None:
    state, now, waits = POLLED, NOW, []
    for _ in range(60):
        state = after(state, replace(READ, shown=showing(0)), now=now, bounds=BOUNDS)
        assert state.next_at is not None
        waits.append(state.next_at - now)
        now = state.next_at
    assert waits == sorted(waits)
    assert waits[-1] > 12 * HOUR


def test_an_entry_is_known_by_its_address_then_its_id_then_its_title() -> None:
    entries = [Entry(url="http://a.example/1", title="A"), Entry(url="http://a.example/1", title="B"), Entry(id="i")]
    assert len(shown(entries)) == 2
    assert shown([Entry(url="http://a.example/1", title="C")])[0].mark == shown(entries)[0].mark
    assert [len(one.mark) for one in shown([*entries, Entry(title="t"), Entry()])] == [6] * 4
    assert len(shown(Entry(id=str(number)) for number in range(900))) == 500


def test_what_was_shown_is_known_at_the_next_poll() -> None:
    entries = [Entry(id=str(number)) for number in range(900)]
    state = after(POLLED, replace(READ, shown=shown(entries)), now=NOW, bounds=BOUNDS)
    again = after(state, replace(READ, shown=shown(entries)), now=NOW + HOUR, bounds=BOUNDS)
    assert state.rhythm is not None
    assert again.rhythm is not None
    assert again.rhythm.news < state.rhythm.news


def test_a_source_with_its_own_interval_is_asked_at_just_that() -> None:
    own = Bounds(usual=timedelta(minutes=7), least=timedelta(minutes=7), most=timedelta(minutes=7))
    assert {wait_after(POLLED, replace(READ, shown=showing(f)), own) for f in (0, 2, 10)} == {timedelta(minutes=7)}


def test_a_publisher_that_asks_for_longer_pauses_gets_them_within_our_bounds() -> None:
    assert wait_after(POLLED, replace(READ, ttl=5 * HOUR)) == 5 * HOUR
    assert wait_after(POLLED, replace(READ, ttl=90 * DAY)) == DAY
    assert wait_after(POLLED, replace(READ, shown=showing(10), cached=HOUR)) == HOUR


@pytest.mark.parametrize(
    ("cache_control", "expires", "wait"),
    [
        ("public, max-age=600", None, timedelta(minutes=10)),
        ('max-age="90"', format_datetime(NOW + 5 * HOUR, usegmt=True), timedelta(seconds=90)),
        ("max-age=31536000", None, HOUR),
        ("max-age=0", None, None),
        ("no-cache, max-age=600", None, None),
        ("no-store", format_datetime(NOW + HOUR, usegmt=True), None),
        (None, format_datetime(NOW + timedelta(minutes=7), usegmt=True), timedelta(minutes=7)),
        (None, format_datetime(NOW - HOUR, usegmt=True), None),
        (None, "0", None),
        (None, "-1", None),
        ("s-maxage", None, None),
        (None, None, None),
    ],
)
def test_caching_headers_are_heeded_up_to_an_hour(
    cache_control: str | None, expires: str | None, wait: timedelta | None
) -> None:
    assert cached_for(cache_control, expires, NOW) == wait


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
    cached=st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)),
    in_full=st.booleans(),
    complete=st.booleans(),
    moved_to=st.none() | st.just("http://new.example/feed"),
    shown=st.lists(st.builds(Shown, st.integers(0, 99).map("{:06}".format), st.none() | st.just(NOW)), max_size=30),
)


@given(st.lists(answers, max_size=30), st.floats(-0.1, 0.1))
def test_no_history_of_answers_makes_a_feed_hasty_or_lost(history: list[Answer], jitter: float) -> None:
    state, now = NEW, NOW
    for answer in history:
        state = after(state, answer, now=now, bounds=BOUNDS, jitter=jitter)
        assert state.next_at is not None
        assert BOUNDS.least * 0.9 <= state.next_at - now <= 7 * DAY * 1.1
        assert state.failures == 0 or answer.trouble is not None or answer.status == 304
        now = state.next_at


@given(st.integers(1, 300), st.sampled_from(["hard", "soft", "dns"]))
def test_each_further_failure_waits_at_least_as_long(failures: int, trouble: Trouble) -> None:
    answer = Answer(status=None, trouble=trouble)
    assert wait_after(replace(POLLED, failures=failures - 1), answer) <= wait_after(
        replace(POLLED, failures=failures), answer
    )


def test_a_feed_without_validators_is_asked_in_full() -> None:
    assert question(replace(POLLED, etag=None, last_modified=None), NOW).in_full
    assert question(NEW, NOW) == Question(url=NEW.url)


@given(st.text(max_size=20), st.integers(1, 23))
def test_once_a_day_a_feed_is_asked_in_full_and_at_its_own_address(url: str, hours: int) -> None:
    state, full, last_full = replace(POLLED, url=url, polled_at=NOW, moved_to="http://new.example/feed"), 0, NOW
    for step in range(1, 200 // hours):
        now = NOW + step * hours * HOUR
        asked = question(state, now)
        if asked.in_full:
            full, last_full = full + 1, now
        assert asked.url == (url if asked.in_full else "http://new.example/feed")
        assert now - last_full <= DAY + hours * HOUR
        state = replace(state, polled_at=now)
    assert full >= 200 // hours * hours // 24 - 1


# --- servers that lie


def hidden(since: FeedState) -> Answer:
    """Return a full answer with an entry that "not modified" cannot have been true of."""
    assert since.read_at is not None
    return replace(READ, in_full=True, shown=[*showing(0), Shown("hidden", since.read_at + timedelta(minutes=1))])


def a_day_of_not_modified(state: FeedState, full: Answer, now: datetime) -> FeedState:
    for hour in range(1, 24):
        state = after(state, Answer(status=304), now=now + hour * HOUR, bounds=BOUNDS)
    return after(state, full, now=now + DAY, bounds=BOUNDS)


def test_a_server_that_twice_in_a_row_said_not_modified_of_a_changed_feed_is_not_asked_that_again() -> None:
    once = a_day_of_not_modified(POLLED, hidden(POLLED), NOW)
    assert once.lies == 1
    assert not question(once, NOW + DAY).in_full
    second = replace(hidden(once), shown=[Shown("second", NOW + DAY + HOUR)])
    twice = a_day_of_not_modified(once, second, NOW + DAY)
    assert twice.lies == 2
    assert question(twice, NOW + 2 * DAY).in_full
    assert after(twice, replace(READ, in_full=True), now=NOW + 3 * DAY, bounds=BOUNDS).lies == 2


def test_what_came_out_after_the_last_not_modified_or_is_older_than_the_feed_we_know_is_no_lie() -> None:
    for at in (NOW + 22.5 * HOUR, NOW - 30 * DAY, None):
        answer = replace(READ, in_full=True, shown=[Shown("hidden", at)])
        assert a_day_of_not_modified(POLLED, answer, NOW).lies == 0


def test_one_wrong_not_modified_is_forgiven() -> None:
    once = a_day_of_not_modified(POLLED, hidden(POLLED), NOW)
    right = replace(READ, in_full=True, shown=[Shown("hidden", NOW)])
    assert a_day_of_not_modified(once, right, NOW + DAY).lies == 0


def test_not_modified_to_a_question_without_conditions_is_a_trouble() -> None:
    state = replace(POLLED, etag=None, last_modified=None)
    later = after(state, Answer(status=304, in_full=True), now=NOW, bounds=BOUNDS)
    assert later.failures == 1
    assert later.succeeded_at == POLLED.succeeded_at
    assert "without being asked" in (later.problem or "")


# --- where a feed is


def test_a_feed_that_moved_for_good_is_asked_there_until_that_fails() -> None:
    moved = after(POLLED, replace(READ, moved_to="http://new.example/feed"), now=NOW, bounds=BOUNDS)
    assert question(moved, NOW + timedelta(minutes=1)).url in {"http://new.example/feed", POLLED.url}
    assert after(moved, Answer(status=304), now=NOW, bounds=BOUNDS).moved_to == "http://new.example/feed"
    assert after(moved, READ, now=NOW, bounds=BOUNDS).moved_to is None
    assert after(moved, Answer(status=404, trouble="hard"), now=NOW, bounds=BOUNDS).moved_to is None


def test_one_feed_under_several_addresses_is_asked_once_a_round() -> None:
    def a_state(url: str, source: str = "site", **changes: object) -> FeedState:
        return replace(FeedState(url=url, source_id=source), **changes)  # type: ignore[arg-type]

    plain, secure = a_state("http://site.example/feed"), a_state("https://www.site.example/feed/")
    moved = a_state("http://old.example/rss", moved_to="https://site.example/feed")
    other = a_state("http://site.example/feed?lang=fr")
    foreign = a_state("http://site.example/feed", "another")
    assert distinct([plain, secure, moved, other, foreign]) == [plain, other, foreign]
    failing = replace(plain, failures=3)
    assert distinct([failing, secure, moved]) == [secure]
