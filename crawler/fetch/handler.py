"""Downloads over HTTP: when it is the host's turn, and with a cap on the head of a response, which Scrapy lacks."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol
from twisted.web._newclient import Request as TxRequest
from twisted.web.iweb import IResponse

from crawler.fetch.desk import Round
from crawler.fetch.settings import HEAD_BYTES

IDLE_SECONDS = 20  # Twisted's 240 held a descriptor for each of 500 hosts; a thousand is what many systems give


class CappedHandler(HTTP11DownloadHandler):
    """Scrapy's handler; a response whose status line and headers pass 256 KiB is cut off."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _CappedFactory
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
        self._round: Round | None = crawler.settings.get("COPYTRAIL_ROUND")

    async def download_request(self, request: Request) -> Response:
        """Return the answer to *request*; with a crew, sent when it is its host's turn."""
        work = self._round
        if work is None or work.turnstile is None:
            return await super().download_request(request)
        slots = self._crawler.engine.downloader.slots
        slot = slots.get(request.meta.get("download_slot", ""))
        return await work.turnstile.passed(
            request,
            lambda: slot.delay if slot is not None else 0.0,
            lambda: work.stopping,
            lambda: HTTP11DownloadHandler.download_request(self, request),
        )


class _CappedProtocol(_LenientHTTP11ClientProtocol):
    _head = 0

    def request(self, request: TxRequest) -> Deferred[IResponse]:
        self._head = 0
        return super().request(request)

    def dataReceived(self, bytes: bytes) -> None:
        # Measured without the cap: endless headers took 3.5 GB in 20 s, DOWNLOAD_MAXSIZE or not.
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._head += len(bytes)
            if self._head > HEAD_BYTES:
                transport: Any = self.transport
                transport.abortConnection()
                return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class _CappedFactory(_LenientHTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        return _CappedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
