"""What a feed may make us fetch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crawler.entries import AWAY, polled
from crawler.model import Entry, Feed, FeedState, Poll, Source
from crawler.registry import Registry
from tests.builders import NOON

HARBOUR = Source(id="harbour-post", name="Harbour Post", domains=("harbour-post.example", "hp.example"))
MERIDIAN = Source(id="meridian", name="Meridian", domains=("meridian.example",))
STATE = FeedState(url="https://harbour-post.example/feed", source_id="harbour-post", polled_at=NOON)


def a_poll(urls: Sequence[str]) -> Poll:
    return Poll(state=STATE, feed=Feed(entries=tuple(Entry(url=url, title=url) for url in urls)))


def shown(urls: Sequence[str], source: Source = HARBOUR) -> tuple[FeedState, list[str]]:
    state, entries = polled(a_poll(urls), None, Registry([source, MERIDIAN]), NOON)
    return state, [entry.url for entry in entries]


def test_entries_of_the_outlets_own_sites_are_all_taken() -> None:
    hosts = ("harbour-post.example", "www.harbour-post.example", "sport.hp.example")
    urls = [f"https://{hosts[number % 3]}/{number}" for number in range(5 * AWAY)]
    assert shown(urls) == (replace(STATE, seeded=True), urls)


@pytest.mark.parametrize("host", ["victim.example", "meridian.example"])
def test_a_feed_cannot_make_us_visit_another_site_as_often_as_it_likes(host: str) -> None:
    urls = [f"https://{host}/{number}" for number in range(AWAY + 10)]
    state, taken = shown(["https://hp.example/own", *urls])
    assert taken == ["https://hp.example/own", *urls[:AWAY]]
    assert state.problem == (
        f"{AWAY + 10} of {AWAY + 11} entries lead to other sites ({host}): {AWAY} of them were taken; "
        "if the outlet owns them, add them to its domains"
    )


def test_a_few_links_to_other_sites_are_nothing_to_speak_of() -> None:
    urls = [f"https://elsewhere.example/{number}" for number in range(AWAY)]
    assert shown(urls) == (replace(STATE, seeded=True), urls)


def test_an_aggregator_leads_wherever_it_likes() -> None:
    urls = [f"https://elsewhere{number}.example/" for number in range(AWAY + 10)]
    state, taken = shown(urls, replace(HARBOUR, kind="aggregator"))
    assert (state.problem, taken) == (None, urls)
