"""What a trip reads is bounded: what no reader comes to an end with is noted as missed, and the trip goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from scrapy.http import TextResponse

from crawler.live import Ask, Limits
from crawler.model import Page
from spiders.live import LiveSpider
from tests.builders import NOON

NEXT = Ask(url="https://next.example/", kind="page", depth=1, why="linked")


def for_ever() -> None:
    while True:
        pass


def too_much() -> None:
    raise MemoryError


@dataclass
class ATrip:
    """One that reads as *reader* does."""

    reader: Callable[[], None]
    limits: Limits = field(default_factory=lambda: Limits(reading_seconds=0.2))
    problems: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return NOON

    def first(self) -> Sequence[Ask]:
        return ()

    def got(self, ask: Ask, page: Page) -> Sequence[Ask]:
        self.reader()
        return (NEXT,)

    def missed(self, ask: Ask, problem: str) -> Sequence[Ask]:
        self.problems.append(f"{ask.url}: {problem}")
        return (NEXT,)


@pytest.mark.parametrize(
    ("reader", "words"), [(for_ever, "took longer than 0.2 s to read: set aside"), (too_much, "takes more memory")]
)
def test_what_cannot_be_read_in_its_bounds_is_missed(reader: Callable[[], None], words: str) -> None:
    trip = ATrip(reader)
    assert followed(trip) == [NEXT.url]
    (problem,) = trip.problems
    assert problem.startswith("https://a.example/: ")
    assert words in problem


def test_what_is_read_in_time_leads_on() -> None:
    trip = ATrip(lambda: None)
    assert followed(trip) == [NEXT.url]
    assert trip.problems == []


def followed(trip: ATrip) -> list[str]:
    spider = LiveSpider(trip=trip, clock=lambda: NOON, feed_bytes=1_000)
    ask = Ask(url="https://a.example/", kind="feed", depth=0, why="given")
    return [request.url for request in spider.read(TextResponse(ask.url, body=b"x"), ask)]
