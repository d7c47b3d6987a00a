"""Hands fetched pages to the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import structlog
from scrapy.crawler import Crawler

from crawler.errors import SpoolFull, StoreError
from crawler.fetch.desk import Round
from crawler.fetch.resting import RoundStopped, drop_queued
from crawler.model import Page

log = structlog.get_logger()


class IngestPipeline:
    """Takes in each page as it arrives. A page that fails takes nobody else with it."""

    def __init__(self, work: Round, give_up: Callable[[Exception], None]) -> None:
        self._round = work
        self._give_up = give_up

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["COPYTRAIL_ROUND"], lambda error: drop_queued(crawler, error))

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Page):
            self._take(item)
        return item

    def _take(self, page: Page) -> None:
        counts = self._round.counts
        try:
            with self._round.working("page", page.entry_key or page.url):
                outcome = self._round.desk.ingest(page)
        except SpoolFull as error:
            counts["errors"] += 1
            if not self._round.stopping:
                log.error("round_stopping", url=page.url, error=str(error))
            self._round.stopping = True
            self._give_up(RoundStopped(str(error)))
        except StoreError as error:
            # Not the page's fault: its entry stays as it was, and comes up again in the next round.
            counts["errors"] += 1
            log.error("ingest_failed", url=page.url, error=str(error))
        except Exception as error:
            counts["errors"] += 1
            log.exception("ingest_failed", url=page.url)
            self._put_back(page, f"copytrail failed on this page ({type(error).__name__}): please report it")
        else:
            counts["pages"] += 1
            if outcome.spooled:
                counts["spooled"] += 1
            elif outcome.problem is None:
                counts["articles"] += 1
            else:
                counts["not_articles"] += 1
                log.info("not_an_article", url=page.url, reason=outcome.problem)

    def _put_back(self, page: Page, reason: str) -> None:
        if page.entry_key is None:
            return
        try:
            self._round.desk.missed(page.entry_key, reason, again=True)
        except StoreError as error:
            # Nothing may leave from here: Scrapy would log the whole page with it.
            log.error("ingest_failed", url=page.url, error=str(error))
