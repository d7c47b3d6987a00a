"""Asks for what a trip wants next, and hands over what comes: a live trace, a look at sources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.fetch.desk import Round
from crawler.fetch.limits import TookTooLong, in_time
from crawler.fetch.live import Trip
from crawler.fetch.miss import explain
from crawler.live import Ask
from crawler.model import Page
from spiders.feed import headers_of, page_problem, request_of


class LiveSpider(Spider):
    """One trip. Manners, limits of size and the address guard are those of every round."""

    name = "live"

    def __init__(self, *, trip: Trip, clock: Callable[[], datetime], feed_bytes: int) -> None:
        super().__init__()
        self._trip = trip
        self._clock = clock
        self._feed_bytes = feed_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        work: Round = crawler.settings["COPYTRAIL_ROUND"]
        spider = cls(
            trip=crawler.settings["COPYTRAIL_TRIP"],
            clock=work.clock,
            feed_bytes=crawler.settings.getint("COPYTRAIL_FEED_BYTES"),
        )
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        for ask in self._trip.first():
            for request in self._request(ask):
                yield request

    def _request(self, ask: Ask) -> Iterator[Request]:
        meta = {} if ask.kind == "page" else {"download_maxsize": self._feed_bytes}
        try:
            yield Request(
                ask.url,
                callback=self.read,
                errback=self.lose,
                cb_kwargs={"ask": ask},
                dont_filter=True,
                # Pages before look-ups: what is linked needs no guess.
                priority=10 if ask.kind == "page" else 0,
                meta=meta,
            )
        except ValueError as error:
            self._trip.missed(ask, f"not an address that can be asked: {error}")

    def read(self, response: Response, ask: Ask) -> Iterator[Request]:
        if ask.kind == "page" and (problem := page_problem(response)) is not None:
            self._trip.missed(ask, problem)
            return
        page = Page(
            url=ask.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self._clock(),
            status=response.status,
            headers=headers_of(response),
        )
        for following in self._handed_over(ask, page):
            yield from self._request(following)

    def _handed_over(self, ask: Ask, page: Page) -> Sequence[Ask]:
        """Let the trip read *page*, with bounds: what no reader comes to an end with is as good as not there."""
        try:
            with in_time(self._trip.limits.reading_seconds):
                return self._trip.got(ask, page)
        except TookTooLong as error:
            problem = str(error)
        except MemoryError:
            problem = "takes more memory to read than there is for it: set aside; please report it"
        return self._trip.missed(ask, problem) or ()

    def lose(self, failure: Failure) -> Iterator[Request]:
        request = request_of(failure)
        ask: Ask = request.cb_kwargs["ask"]
        miss = explain(failure.value, request.url)
        problem = miss.reason if miss else "not asked: the time was over (--timeout)"
        for following in self._trip.missed(ask, problem) or ():
            yield from self._request(following)
