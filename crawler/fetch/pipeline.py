"""Hands the pages that were fetched and read to the desk, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol, Self

import structlog
from scrapy.crawler import Crawler

from crawler.errors import SpoolFull, StoreError
from crawler.fetch.desk import Begun, Outcome, Round
from crawler.fetch.resting import RoundStopped, drop_queued
from crawler.model import Page

TOGETHER = 50  # pages
LONGEST_SECONDS = 0.15  # that a page waits for others
_AFTER_A_FAULT = timedelta(hours=6)  # of ours: it will hardly have healed sooner

log = structlog.get_logger()


class Call(Protocol):
    """One that is to come, and may be called off."""

    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Call]


class IngestPipeline:
    """Takes in the pages that were read, many together: a transaction, or a dozen requests, for all of them.

    A page that fails takes nobody else with it. What is in hand when the process dies is still pending in the store.
    """

    def __init__(self, work: Round, give_up: Callable[[Exception], None], later: Later) -> None:
        self._round = work
        self._give_up = give_up
        self._later = later
        self._held: list[Begun] = []
        self._call: Call | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        def later(seconds: float, call: Callable[[], None]) -> Call:
            reactor: Any = import_module("twisted.internet.reactor")  # not before it was installed
            coming: Call = reactor.callLater(seconds, call)
            return coming

        return cls(crawler.settings["COPYTRAIL_ROUND"], lambda error: drop_queued(crawler, error), later)

    def process_item(self, item: Begun) -> Begun:
        self._held.append(item)
        if len(self._held) >= TOGETHER:
            self.take_in()
        elif self._call is None:
            self._call = self._later(LONGEST_SECONDS, self._due)
        return item

    def close_spider(self) -> None:
        self.take_in()

    def _due(self) -> None:
        self._call = None
        self.take_in()

    def take_in(self) -> None:
        """Hand over what is held."""
        if self._call is not None:
            self._call.cancel()
            self._call = None
        some, self._held = self._held, []
        if not some:
            return
        try:
            outcomes = self._together(some)
        except StoreError as error:
            # Not the pages' fault: their entries stay as they were, and come up again in the next round.
            for one in some:
                self._failed(one.unit, error)
        except Exception as error:
            log.exception("ingest_failed", pages=len(some))
            for one in some:
                self._failed(one.unit, error)
        else:
            for one, outcome in zip(some, outcomes, strict=True):
                self._count(one.unit, outcome)

    def _together(self, some: Sequence[Begun]) -> Sequence[Outcome]:
        with self._round.working("page", _name(some[0].unit)):
            return self._round.desk.take_in(some, turn=lambda one: self._round.progress("page", _name(one.unit)))

    def _count(self, page: Page, outcome: Outcome) -> None:
        counts = self._round.counts
        if outcome.error is not None:
            self._failed(page, outcome.error)
            return
        counts["pages"] += 1
        if outcome.spooled:
            counts["spooled"] += 1
        elif outcome.problem is None:
            counts["articles"] += 1
        else:
            counts["not_articles"] += 1
            log.info("not_an_article", url=page.url, reason=outcome.problem)

    def _failed(self, page: Page, error: Exception) -> None:
        self._round.counts["errors"] += 1
        if isinstance(error, SpoolFull):
            if not self._round.stopping:
                log.error("round_stopping", url=page.url, error=str(error))
                self._round.stopping = True
                self._give_up(RoundStopped(str(error)))
        elif isinstance(error, StoreError):
            log.error("ingest_failed", url=page.url, error=str(error))
        else:
            log.error("ingest_failed", url=page.url, exc_info=error)
            self._put_back(page, f"copytrail failed on this page ({type(error).__name__}): please report it")

    def _put_back(self, page: Page, reason: str) -> None:
        if page.entry_key is None:
            return
        try:
            at = self._round.clock() + _AFTER_A_FAULT
            self._round.desk.missed(page.entry_key, reason, again=True, not_before=at)
        except StoreError as error:
            # Nothing may leave from here: Scrapy would log the whole page with it.
            log.error("ingest_failed", url=page.url, error=str(error))


def _name(page: Page) -> str:
    return page.entry_key or page.url
