"""Leaves a host alone for the rest of the round once it asks for that or stops answering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response

from crawler.fetch.desk import Round

log = structlog.get_logger()

_SILENCES = 3
NO_ANSWER = (CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError)


class HostResting(IgnoreRequest):
    """The host is left alone until the next round."""


class RoundStopped(IgnoreRequest):
    """The round was told to stop before this request was sent."""


class RestingHosts:
    """Holds back requests to hosts that said 429 or 503, or failed to answer three times in a row."""

    def __init__(self, work: Round, drop: Callable[[str, Exception], None]) -> None:
        self._round = work
        self._drop = drop
        self._silences: Counter[str] = Counter()
        self._resting: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["COPYTRAIL_ROUND"], lambda host, error: drop_queued(crawler, error, host=host))

    def process_request(self, request: Request) -> None:
        if self._round.stopping:
            raise RoundStopped("the round is stopping")
        # A redirect keeps its request's slot: the other host would be asked at the first one's pace.
        request.meta.pop("download_slot", None)
        reason = self._resting.get(_host(request))
        if reason is not None:
            raise HostResting(reason)

    def process_response(self, request: Request, response: Response) -> Response:
        host = _host(request)
        self._silences.pop(host, None)
        if response.status in (429, 503):
            self._rest(host, f"{host} answered {response.status}: left alone until the next round")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not isinstance(exception, NO_ANSWER):
            return
        host = _host(request)
        self._silences[host] += 1
        if self._silences[host] >= _SILENCES:
            self._rest(host, f"{host} did not answer {_SILENCES} times in a row: left alone until the next round")

    def _rest(self, host: str, reason: str) -> None:
        if host not in self._resting:
            self._resting[host] = reason
            self._drop(host, HostResting(reason))
            log.warning("host_resting", host=host, reason=reason)


def drop_queued(crawler: Crawler, error: Exception, *, host: str | None = None) -> None:
    """Fail the requests, of *host* or all, that wait for their turn: they have passed the middlewares already."""
    for slot in crawler.engine.downloader.slots.values():
        waiting = list(slot.queue)
        slot.queue.clear()
        for request, answer in waiting:
            if host in (None, _host(request)):
                answer.errback(error)
            else:
                slot.queue.append((request, answer))


def _host(request: Request) -> str:
    return urlsplit(request.url).netloc.lower()
