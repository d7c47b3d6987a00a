"""Faults that no other test is about, and the table of all of them: docs/faults.md."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.feed.dates import read_date
from crawler.fetch.limits import ReaderDied, TookTooLong, Unread
from crawler.flow import Engine
from crawler.model import Entry, Feed, FeedState, Pending, Poll, Source, Visit
from crawler.polling import Answer, after, is_due
from crawler.registry import Registry
from crawler.store.memory import MemoryStore
from spiders.feed import FeedSpider
from tests.builders import NOON, a_pending
from tests.fetch.desks import BOUNDS

ROOT = Path(__file__).parents[1]
FEED = "https://quay.example/feed"
SOURCE = Source(id="quay", name="Quay", domains=("quay.example",), feeds=(FEED,))
HOUR = timedelta(hours=1)


class Deadly:
    """A reader that no page is survived by."""

    def __init__(self, error: Unread) -> None:
        self._error = error

    async def feed(self, body: bytes, **_: Any) -> Any:
        raise self._error

    async def page(self, page: Any) -> Any:
        raise self._error


def a_spider(error: Unread) -> tuple[FeedSpider, list[Poll], list[dict[str, Any]], list[Visit]]:
    polls: list[Poll] = []
    misses: list[dict[str, Any]] = []
    visits: list[Visit] = []

    def record(poll: Poll) -> list[Pending]:
        polls.append(poll)
        return []

    spider = FeedSpider(
        feeds=(),
        waiting=(),
        revisits=(),
        revisited=visits.append,
        stopping=lambda: False,
        record=record,
        missed=lambda key, reason, **how: misses.append({"reason": reason, **how}),
        bounds=lambda source: BOUNDS,
        clock=lambda: NOON,
        jitter=lambda: 0.0,
        links=lambda url: (),
        reader=Deadly(error),
        counts=Counter(),
        feed_bytes=1_000,
    )
    return spider, polls, misses, visits


def answer(url: str = "https://quay.example/1", flags: list[str] | None = None) -> HtmlResponse:
    return HtmlResponse(url, body=b"<p>x</p>", request=Request(url), flags=flags)


def run(found: Any) -> list[Any]:
    async def all_of_it() -> list[Any]:
        return [one async for one in found]

    return asyncio.run(all_of_it())


@pytest.mark.parametrize(("tries", "again"), [(0, True), (1, True), (2, False)])
def test_a_page_that_kills_its_reader_is_put_off_twice_and_given_up_the_third_time(tries: int, again: bool) -> None:
    spider, _, misses, _ = a_spider(ReaderDied("the process that read it died (SIGSEGV): set aside"))
    assert run(spider.read_page(answer(), a_pending(tries=tries))) == []
    (miss,) = misses
    assert miss["again"] is again
    assert miss["not_before"] == (NOON + 6 * HOUR if again else None)
    assert "SIGSEGV" in miss["reason"]


def test_a_feed_that_takes_too_long_to_read_is_blamed_and_asked_later_and_no_other_suffers() -> None:
    spider, polls, _, _ = a_spider(TookTooLong("took longer than 10 s to read: set aside"))
    state = FeedState(url=FEED, source_id="quay", etag="kept")
    asked = spider._ask(state).cb_kwargs["asked"]
    assert run(spider.read_feed(answer(FEED), state, asked)) == []
    (poll,) = polls
    assert poll.feed is None
    assert (poll.state.failures, poll.state.problem) == (1, "took longer than 10 s to read: set aside")
    assert poll.state.next_at is not None
    assert poll.state.next_at > NOON
    assert spider._counts["feeds_failed"] == spider._counts["unread"] == 1


def test_half_a_page_and_one_that_kills_its_reader_are_no_silent_edit() -> None:
    spider, _, misses, visits = a_spider(ReaderDied("died: set aside"))
    known = a_pending()
    assert run(spider.read_again(answer(flags=["dataloss"]), known)) == []
    assert run(spider.read_again(answer(), known)) == []
    assert [visit.found for visit in visits] == ["nothing", "nothing"]
    assert misses == []


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=400), -HOUR, timedelta(days=-3)])
def test_after_a_jump_of_the_clock_and_back_no_feed_is_forgotten_and_none_asked_again_at_once(
    jump: timedelta,
) -> None:
    state = FeedState(url=FEED, source_id="quay")
    good = Answer(status=200)
    asked = after(state, good, now=NOON + jump, bounds=BOUNDS, jitter=0.0)
    if jump > timedelta():
        assert is_due(asked, NOON + timedelta(seconds=5))  # though its next time is a day away
    else:
        assert asked.next_at is not None
        assert asked.next_at <= NOON + HOUR
    again = after(asked, good, now=NOON, bounds=BOUNDS, jitter=0.0)
    assert not is_due(again, NOON + timedelta(seconds=5))


def test_clocks_of_two_machines_that_differ_a_little_make_nobody_hasty() -> None:
    asked = after(FeedState(url=FEED, source_id="quay"), Answer(status=200), now=NOON, bounds=BOUNDS, jitter=0.0)
    assert not is_due(asked, NOON - timedelta(minutes=2))


def test_dates_that_a_wrong_clock_makes_impossible_are_unknown() -> None:
    assert read_date("2026-11-23T12:00:00Z", now=datetime(2026, 11, 20, tzinfo=UTC)) is None
    assert read_date("1970-01-01T00:00:00Z", now=NOON) is None


def test_a_feed_that_shows_5_000_old_entries_again_under_new_ids_brings_nothing_new() -> None:
    engine = Engine(MemoryStore(), Registry([SOURCE]), clock=lambda: NOON, jitter=lambda: 0.0)
    state = FeedState(url=FEED, source_id="quay")
    entries = tuple(Entry(url=f"https://quay.example/{n}", id=f"old-{n}", title=str(n)) for n in range(5_000))
    assert len(engine.record(Poll(state=state, feed=Feed(entries=entries)))) == 5_000
    again = tuple(replace(entry, id=f"new-{entry.id}") for entry in entries)
    seeded = replace(state, seeded=True)
    assert list(engine.record(Poll(state=seeded, feed=Feed(entries=again)))) == []
    assert len(engine.waiting(10_000)) == 5_000


def test_a_feed_that_turns_into_a_login_page_loses_none_of_its_entries() -> None:
    engine = Engine(MemoryStore(), Registry([SOURCE]), clock=lambda: NOON, jitter=lambda: 0.0)
    entry = Entry(url="https://quay.example/1", title="One")
    engine.record(Poll(state=FeedState(url=FEED, source_id="quay", seeded=True), feed=Feed(entries=(entry,))))
    failed = FeedState(url=FEED, source_id="quay", seeded=True, failures=1, problem="a web page instead of a feed")
    engine.record(Poll(state=failed))
    assert [pending.url for pending in engine.waiting(10)] == [entry.url]
    back = Poll(state=replace(failed, failures=0), feed=Feed(entries=(entry,)))
    assert list(engine.record(back)) == []


# the table

ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_fault_has_its_row_and_every_row_a_test_that_exists_or_says_why_not() -> None:
    table = (ROOT / "docs" / "faults.md").read_text()
    rows = ROW.findall(table)
    assert sorted(int(number) for number, _ in rows) == list(range(1, 45))
    for number, shown in rows:
        assert NAMED.findall(shown) or "not shown" in shown, number
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(table)
        if f"def {name}(" not in ((ROOT / path).read_text() if (ROOT / path).is_file() else "")
    ]
    assert missing == []
