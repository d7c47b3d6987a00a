"""What is due by the timetable is what is due by all states; those that are not due are seldom read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import FeedState
from crawler.polling import distinct, is_due
from crawler.timetable import ANEW, Timetable
from tests.builders import NOON

WATCHED = {
    "https://a.example/feed": "a",
    "http://a.example/feed": "a",
    "https://a.example/other": "a",
    "https://b.example/feed": "b",
    "https://c.example/feed": "c",
}
URLS = list(WATCHED)


class Shelf:
    def __init__(self) -> None:
        self.states: dict[str, FeedState] = {}
        self.read: list[str] = []

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        self.read += urls
        return {url: self.states[url] for url in urls if url in self.states}


polls = st.tuples(
    st.sampled_from(URLS),
    st.integers(0, 3_000),  # seconds until its next time
    st.integers(0, 2),
    st.sampled_from([None, "https://a.example/other", "https://b.example/new"]),
)
looks = st.tuples(st.integers(0, 900), st.lists(polls, max_size=4))  # so many seconds later, after these polls


@given(st.lists(looks, max_size=12))
def test_what_is_due_is_what_all_states_say(some: Sequence[tuple[int, list[tuple[str, int, int, str | None]]]]) -> None:
    shelf, now = Shelf(), NOON
    timetable = Timetable(shelf, WATCHED)
    for seconds, done in some:
        for url, until, failures, moved_to in done:  # by whoever: a feed is polled when it is due
            state = shelf.states.get(url) or FeedState(url=url, source_id=WATCHED[url])
            if is_due(state, now):
                next_at = now + timedelta(seconds=until)
                shelf.states[url] = replace(state, next_at=next_at, failures=failures, moved_to=moved_to)
        now += timedelta(seconds=seconds)
        assert timetable.due(now) == by_all(shelf, now)


def by_all(shelf: Shelf, now: object) -> list[FeedState]:
    states = [shelf.states.get(url) or FeedState(url=url, source_id=id) for url, id in WATCHED.items()]
    ready = [state for state in distinct(states) if is_due(state, now)]  # type: ignore[arg-type]
    return sorted(ready, key=lambda s: (s.next_at.timestamp() if s.next_at else 0.0, s.url))


def test_those_that_are_not_due_are_read_once_in_ten_minutes() -> None:
    shelf = Shelf()
    for number, (url, id) in enumerate(WATCHED.items()):
        shelf.states[url] = FeedState(url=url, source_id=id, next_at=NOON + timedelta(minutes=7 * number))
    timetable = Timetable(shelf, WATCHED)
    timetable.due(NOON)
    assert shelf.read == URLS
    shelf.read.clear()
    for seconds in range(5, int(ANEW.total_seconds()), 5):
        timetable.due(NOON + timedelta(seconds=seconds))
    assert set(shelf.read) == set(URLS[:2])
    shelf.read.clear()
    timetable.due(NOON + ANEW)
    assert shelf.read == URLS


def test_what_was_changed_by_hand_is_seen_after_ten_minutes_or_when_the_clock_was_set_back() -> None:
    shelf = Shelf()
    later = {url: FeedState(url=url, source_id=id, next_at=NOON + timedelta(days=1)) for url, id in WATCHED.items()}
    shelf.states |= later
    timetable = Timetable(shelf, WATCHED)
    assert timetable.due(NOON) == []
    shelf.states[URLS[3]] = replace(later[URLS[3]], next_at=None)
    assert timetable.due(NOON + ANEW - timedelta(seconds=1)) == []
    assert timetable.due(NOON - timedelta(seconds=1)) == [shelf.states[URLS[3]]]
    shelf.states[URLS[4]] = replace(later[URLS[4]], next_at=None)
    assert timetable.due(NOON + ANEW) == [shelf.states[URLS[3]], shelf.states[URLS[4]]]
