from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Entry, FeedState, Pending
from scheduler.plan import Crawls, calm, crawl_now, try_again

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FEED = FeedState(url="http://site.example/feed", source_id="site")


def a_pending(tries: int) -> Pending:
    return Pending(key="k", url="u", source_id="s", entry=Entry(), first_seen_at=NOW, tries=tries)


def test_a_crawl_begins_when_a_feed_is_due_or_a_page_is_left_over() -> None:
    assert crawl_now([FEED], [], Crawls(), NOW)
    assert crawl_now([], [a_pending(0)], Crawls(), NOW)
    assert not crawl_now([], [], Crawls(), NOW)


def test_failed_pages_are_tried_again_at_most_every_five_minutes() -> None:
    old = NOW + timedelta(days=30)
    lately = Crawls(tried_again_at=old - timedelta(minutes=4))
    assert crawl_now([], [a_pending(3)], Crawls(), old)
    assert not crawl_now([], [a_pending(3)], lately, old)
    assert crawl_now([], [a_pending(3), a_pending(0)], lately, old)
    assert try_again(lately, old + timedelta(minutes=1))


def test_one_crawl_runs_at_a_time() -> None:
    assert not crawl_now([FEED], [], Crawls(running=True), NOW)


def test_after_a_failed_crawl_there_is_a_pause() -> None:
    failed = Crawls(failures=2, ended_at=NOW)
    assert not crawl_now([FEED], [], failed, NOW + timedelta(seconds=9))
    assert crawl_now([FEED], [], failed, NOW + timedelta(seconds=10))


@given(st.integers(0, 10_000))
def test_the_pause_grows_and_ends(failures: int) -> None:
    assert calm(failures) <= calm(failures + 1) <= timedelta(minutes=10)
