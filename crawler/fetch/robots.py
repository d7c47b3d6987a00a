"""Obeys robots.txt after RFC 9309: none is consent, one that cannot be read is refusal for now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from crawler.errors import FetchError
from crawler.fetch.desk import Round
from crawler.fetch.guard import AddressRefused
from crawler.fetch.keeping import UNPACKED
from crawler.fetch.resting import NO_ANSWER, HostResting, RoundStopped
from crawler.fetch.settings import ROBOTS_BYTES

_LONGEST_PACE = 60.0


class RobotsForbid(FetchError):
    """The site's robots.txt does not let us have this address."""


class RobotsUnreadable(FetchError):
    """The site's robots.txt could not be had, so nothing may be fetched for now."""


class RobotsMiddleware:
    """Lets a request pass if its site's robots.txt does. Each site's is read once a round."""

    def __init__(
        self,
        download: Callable[[Request], Awaitable[Response]],
        name: str,
        pace: Callable[[str, float], None] = lambda host, seconds: None,
    ) -> None:
        self._download = download
        self._name = name
        self._pace = pace
        self._rules: dict[str, asyncio.Future[ProtegoRobotParser | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured

        async def download(request: Request) -> Response:
            return await crawler.engine.download_async(request)

        def pace(host: str, seconds: float) -> None:
            throttle = crawler.get_extension(Throttle)
            if throttle is not None:
                throttle.pace[host] = seconds
            slot = crawler.engine.downloader.slots.get(host)
            if slot is not None:
                slot.delay = max(slot.delay, seconds)
            work: Round = crawler.settings["COPYTRAIL_ROUND"]
            if work.turnstile is not None:
                work.turnstile.slow_down(host, seconds)

        crawler.signals.connect(stop_reading, signal=signals.bytes_received)
        return cls(download, crawler.settings["ROBOTSTXT_USER_AGENT"], pace)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        rules = await self._rules_of(request.url)
        if rules is not None and not rules.allowed(request.url, self._name):
            host = urlsplit(request.url).hostname
            raise RobotsForbid(
                f"{host}: its robots.txt does not allow {self._name} here; ask the site, or drop this feed",
                url=request.url,
            )

    async def _rules_of(self, url: str) -> ProtegoRobotParser | None:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = asyncio.ensure_future(self._read(site, parts.hostname or ""))
        return await asyncio.shield(self._rules[site])

    async def _read(self, site: str, host: str) -> ProtegoRobotParser | None:
        request = Request(
            f"{site}/robots.txt",
            priority=1_000,
            callback=NO_CALLBACK,
            meta={"robots": True, "download_maxsize": 2**40, UNPACKED: 8 * ROBOTS_BYTES},
        )
        try:
            response = await self._download(request)
        except (AddressRefused, HostResting, RoundStopped, *NO_ANSWER):
            raise  # as the page itself would have ended
        except Exception as error:
            raise RobotsUnreadable(
                f"{host}: its robots.txt could not be had ({_short(error)}), so nothing is fetched; tried again later",
                url=request.url,
            ) from error
        if response.status >= 500 or response.status == 429:
            raise RobotsUnreadable(
                f"{host}: its robots.txt answered {response.status}, so nothing is fetched; tried again later",
                url=request.url,
            )
        if response.status != 200:
            return None
        rules = rules_in(response.body)
        delay = rules.crawl_delay(self._name)
        if delay:
            self._pace(host, min(float(delay), _LONGEST_PACE))
        return rules


def stop_reading(data: bytes, request: Request) -> None:
    """Take the beginning of a long robots.txt for all of it, as RFC 9309 (2.5) lets a crawler."""
    if request.meta.get("robots"):
        had = request.meta["robots_bytes"] = request.meta.get("robots_bytes", 0) + len(data)
        if had > ROBOTS_BYTES:
            raise StopDownload(fail=False)


def rules_in(body: bytes) -> ProtegoRobotParser:
    """Return what a robots.txt says, of a long one its beginning. Whatever it holds says something, if only nothing."""
    if len(body) > ROBOTS_BYTES:
        body = body[:ROBOTS_BYTES].rpartition(b"\n")[0]  # half a line might forbid what the whole one does not
    return ProtegoRobotParser(body, None)


class Throttle(AutoThrottle):
    """Scrapy's AutoThrottle, never faster than the Crawl-delay a site asks for."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.pace: dict[str, float] = {}

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        slot.delay = max(slot.delay, self.pace.get(urlsplit(response.url).hostname or "", 0.0))


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200] or type(error).__name__
