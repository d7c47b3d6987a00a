"""When a feed counts as not seen, whether anything was missed, and what stands of it beside a lineage."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.cli import show
from crawler.flow import Engine
from crawler.gaps import bearing_on
from crawler.model import FeedState, Gap, Source
from crawler.polling import Answer, Bounds, Shown, after
from crawler.present import trail as as_json
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_fingerprint, a_gap, a_lineage, a_source_ref, an_article

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(usual=HOUR, least=timedelta(minutes=5), most=DAY)


def seen(*marks: int, age: timedelta | None = None) -> Answer:
    at = None if age is None else NOON - age
    return Answer(status=200, shown=[Shown(f"m{mark:05}", at) for mark in marks])


FAILED = Answer(status=503, trouble="soft", problem="HTTP 503")
FIRST = after(FeedState(url="http://a.example/f", source_id="a"), seen(1, 2, 3), now=NOON - 9 * HOUR, bounds=BOUNDS)


def polls(*answers: tuple[float, Answer]) -> list[FeedState]:
    """Return the states after the first look and further ones, each so many hours before noon."""
    states = [FIRST]
    for hours, answer in answers:
        states.append(after(states[-1], answer, now=NOON - hours * HOUR, bounds=BOUNDS))
    return states


def test_a_feed_that_still_shows_something_known_has_no_gap_however_late_it_is_asked() -> None:
    assert polls((0, seen(3, 4, 5)))[-1].gap is None
    assert polls((0, Answer(status=304)))[-1].gap is None


def test_what_rolled_out_of_a_feed_between_two_looks_is_a_gap() -> None:
    gap = polls((8, seen(3, 4)), (6, seen(7, 8)))[-1].gap
    assert gap is not None
    assert (gap.since, gap.until, gap.caught_up) == (NOON - 8 * HOUR, NOON - 6 * HOUR, False)


def test_the_gap_ends_with_the_oldest_entry_shown_and_there_is_none_where_that_is_older_than_the_last_look() -> None:
    assert (gap := polls((0, seen(7, 8, age=2 * HOUR)))[-1].gap) is not None
    assert gap.until == NOON - 2 * HOUR
    assert polls((0, seen(7, 8, age=10 * HOUR)))[-1].gap is None


def test_a_feed_that_is_outrun_at_every_look_has_one_gap_that_grows() -> None:
    states = polls((8, seen(11)), (7, seen(12)), (6, seen(13)))
    assert {state.gap.since for state in states[1:] if state.gap} == {NOON - 9 * HOUR}
    assert states[-1].gap is not None
    assert states[-1].gap.until == NOON - 6 * HOUR
    assert polls((8, seen(11)), (7, seen(11, 12)))[-1].gap is None


def test_a_feed_that_fails_for_an_hour_is_in_a_gap_from_its_last_good_look_on() -> None:
    states = polls((8.9, FAILED), (8.8, FAILED), (8.7, FAILED), (7, FAILED), (5, FAILED))
    assert [state.gap is not None for state in states[1:]] == [False, False, False, True, True]
    assert states[-1].gap == Gap(feed=FIRST.url, source_id="a", since=NOON - 9 * HOUR, why="HTTP 503")


def test_once_it_can_be_read_again_the_gap_is_caught_up_or_was_missed() -> None:
    down = [(7.0, FAILED), (6.0, FAILED), (5.0, FAILED)]
    caught, missed = (polls(*down, (1, answer))[-1].gap for answer in (seen(2, 3, 4), seen(8, 9)))
    assert caught is not None
    assert missed is not None
    assert (caught.caught_up, caught.until) == (True, NOON - HOUR)
    assert (missed.caught_up, missed.until, missed.why) == (False, NOON - HOUR, "HTTP 503")
    assert polls(*down, (1, seen(2, 3, 4)), (0, seen(4, 5)))[-1].gap is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 200)), max_size=20))
def test_gaps_of_a_feed_never_overlap_and_lie_between_two_looks(story: list[tuple[int, int]]) -> None:
    state, now, mark, gaps = FIRST, NOON - 9 * HOUR, 100, {}
    looks = [now]
    for kind, minutes in story:
        now += timedelta(minutes=minutes)
        mark += 10
        answer = (FAILED, seen(mark), seen(mark, mark - 10))[kind]
        state = after(state, answer, now=now, bounds=BOUNDS)
        if kind:
            looks.append(now)
        if state.gap is not None:
            gaps[state.gap.since] = state.gap
    kept = [gaps[since] for since in sorted(gaps)]
    assert all(gap.since in looks and (gap.until is None or gap.until in looks) for gap in kept)
    for one, other in itertools.pairwise(kept):
        assert one.until is not None
        assert one.until <= other.since


def test_gaps_of_the_own_source_and_those_caught_up_do_not_bear_on_a_lineage() -> None:
    gaps = [a_gap(source_id=id, caught_up=id == "c") for id in ("a", "b", "c", "d")]
    assert [gap.source_id for gap in bearing_on(gaps, own="a", near=["d"])] == ["d", "b"]
    twice = [a_gap(feed) for feed in ("http://x.example/1", "http://x.example/2")]
    assert len(bearing_on(twice, own="a", near=[])) == 1


def test_a_trail_names_the_sources_that_were_not_seen_before_it_came_out_and_no_others() -> None:
    store = open_store("memory:")
    sources = [Source(id=id, name=id.title(), domains=(f"{id}.example",)) for id in ("bbc", "later", "harbour-post")]
    article = an_article("ferry", source=a_source_ref("harbour-post"))
    out = article.published.at if article.published else NOON
    store.save_article(article, (), a_fingerprint(article.text))
    store.save_lineage(article.id, a_lineage(role="unmatched"))
    for id, since in (("bbc", out - 5 * HOUR), ("later", out + HOUR), ("harbour-post", out - HOUR)):
        state = FeedState(url=f"http://{id}.example/f", source_id=id)
        store.save_poll(replace(state, gap=a_gap(state.url, source_id=id, since=since, until=since + HOUR)), [])
    trail = Engine(store, Registry(sources), clock=lambda: NOON, jitter=lambda: 0.0).trail(article.id)
    assert trail is not None
    (unseen,) = trail.gaps
    assert unseen.source.name == "Bbc"
    assert unseen.words.endswith("(503): an earlier copy there could be missed")
    (row,) = as_json(trail)["gaps"]
    assert row["source"] == {"id": "bbc", "name": "Bbc", "domain": "bbc.example"}
    assert any("not seen: Bbc was not seen from" in line for line in show.tree(trail))
    assert trail.lineage.parents == ()
