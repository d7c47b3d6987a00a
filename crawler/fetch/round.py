"""Runs one round of the crawl: one Scrapy process, one reactor, once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import structlog
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.reactor import install_reactor

from crawler.fetch.desk import Round
from crawler.fetch.guard import allowances, guard_reactor
from crawler.fetch.resting import RoundStopped, drop_queued
from crawler.fetch.settings import Manners, scrapy_settings

log = structlog.get_logger()

_HEARTBEAT = 2.0
_SOON = 0.05


def run_round(
    work: Round,
    manners: Manners,
    *,
    spider: str = "feed",
    longest: float = 900.0,
    alive: Callable[[], None] = lambda: None,
    started: Callable[[Callable[[], None]], None] = lambda stop: None,
    more: Mapping[str, Any] = {},
) -> None:
    """Ask the round's feeds and fetch its pages; return when all is done, or *longest* seconds are over.

    SIGTERM and SIGINT end the round early: what is on the wire is finished, the rest stays for the
    next one. *alive* is called every two seconds as long as the loop turns; *started* gets a function
    that ends the round the same way, from any thread; *more* are settings for the spider. Once in a process: a
    reactor does not start twice.
    """
    settings = scrapy_settings(manners, work) | dict(more)
    install_reactor(settings["TWISTED_REACTOR"])
    reactor: Any = import_module("twisted.internet.reactor")  # not before it was installed
    guard_reactor(reactor, allowances(manners.allow))
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(spider)

    def stop() -> None:
        reactor.callFromThread(_wind_down, work, crawler, reactor)

    def beat() -> None:
        alive()
        reactor.callLater(_HEARTBEAT, beat)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    reactor.callLater(0, beat)
    reactor.callLater(longest, _wind_down, work, crawler, reactor)
    started(stop)
    process.crawl(crawler)
    process.start(install_signal_handlers=False)
    errors = process.bootstrap_failed + crawler.stats.get_value("spider_exceptions/count", 0)
    if errors:
        work.counts["errors"] += errors


def _wind_down(work: Round, crawler: Crawler, reactor: Any) -> None:
    """End the round after what is on the wire. Twice is as good as once."""
    if work.stopping:
        return
    work.stopping = True
    _end(work, crawler, reactor)


def _end(work: Round, crawler: Crawler, reactor: Any) -> None:
    """End the crawl once it runs: Scrapy hangs, or refuses, when it is stopped while it starts (its issue 6916)."""
    if not crawler.crawling:
        reactor.stop()
        return
    if crawler.engine is None or not crawler.engine.running:
        reactor.callLater(_SOON, _end, work, crawler, reactor)
        return
    log.info("round_stopping", on_the_wire=_on_the_wire(crawler))
    # Requests that wait out their host's delay count as begun for Scrapy: it would wait for each.
    drop_queued(crawler, RoundStopped("the round is stopping"))
    deferred_from_coro(crawler.stop_async()).addErrback(
        lambda failure: log.error("stop_failed", error=str(failure.value))
    )


def _on_the_wire(crawler: Crawler) -> int:
    return sum(len(slot.transferring) for slot in crawler.engine.downloader.slots.values())
