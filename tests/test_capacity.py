"""The model of what feeds need says what the code does, and grows as it should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import FeedState, Rhythm
from crawler.polling import Answer, Bounds, after
from tests.benchmarks.capacity import Measured, need, polls_a_day

NOW = datetime(2026, 11, 2, tzinfo=UTC)
BOUNDS = Bounds(usual=timedelta(minutes=30), least=timedelta(minutes=5), most=timedelta(days=1))


@pytest.mark.parametrize("news", [1.0, 8.0, 24.0, 96.0])
def test_a_feed_is_polled_as_often_as_the_model_says(news: float) -> None:
    days = 400.0
    known = Rhythm(news=news * days, seconds=days * 86_400, silent=0.0)
    state = FeedState(
        url="https://a.example/feed", source_id="a", seeded=True, rhythm=known, succeeded_at=NOW, read_at=NOW
    )
    later = after(state, Answer(status=304), now=NOW, bounds=BOUNDS, jitter=0.0)
    assert later.next_at is not None
    wait = (later.next_at - NOW).total_seconds()
    assert 86_400 / wait == pytest.approx(polls_a_day(news), rel=0.03)


def test_a_feed_that_brings_nothing_is_asked_once_a_day_and_no_feed_more_often_than_may_be() -> None:
    assert polls_a_day(0) == 1
    assert polls_a_day(1e6) == 288


def test_twice_the_feeds_need_twice_the_room_and_questions() -> None:
    one, two = need(10_000), need(20_000)
    for name in ("polls", "articles", "documents", "store_bytes", "archive_bytes", "questions", "redis_a_second"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    assert two.workers >= one.workers
    assert 2 * one.shards - 1 <= two.shards <= 2 * one.shards


def test_a_replica_has_a_node_of_its_own() -> None:
    assert need(10, replicas=0).nodes == 1
    assert need(10, replicas=1).nodes == 2


def test_costlier_articles_need_more_workers() -> None:
    assert need(180_000, measured=Measured(cpu_seconds=1.0)).workers > need(180_000).workers
