"""Keeps each answer in the archive as it comes off the wire, before anything is read in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Self

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.headers import Headers

from crawler.archive.records import Exchange
from crawler.archive.writer import Archive
from crawler.errors import ArchiveError
from crawler.fetch.desk import Round
from crawler.fetch.resting import RoundStopped, drop_queued
from crawler.fetch.wholeness import is_whole

CAPTURE = "capture"
UNPACKED = "unpacked_maxsize"  # where it differs from what may come over the wire
CUT = "dataloss"  # Scrapy's word
_ENCODING = "content_encoding"
_PACKED = "packed"

log = structlog.get_logger()


class NoteEncoding:
    """Notes how an answer was packed: Scrapy forgets that once it is unpacked."""

    def process_response(self, request: Request, response: Response) -> Response:
        encodings = [v.decode("latin-1") for v in _encodings(response)]
        request.meta[_ENCODING] = [("Content-Encoding", value) for value in encodings]
        if UNPACKED in request.meta:  # from here on the limit is one of what is unpacked
            request.meta["download_maxsize"] = request.meta[UNPACKED]
        if len(encodings) == 1:
            request.meta[_PACKED] = (encodings[0], response.body)
        return response


class MarkCut:
    """Marks an answer that was packed and ends before its end, as Scrapy marks others that were cut short."""

    def process_response(self, request: Request, response: Response) -> Response:
        encoding, packed = request.meta.pop(_PACKED, ("", b""))
        if not packed or is_whole(packed, encoding, len(response.body)):
            return response
        return response.replace(flags=[*response.flags, CUT])


class KeepAnswers:
    """Puts answers into the archive: pages, feeds, robots.txt, redirects, errors. ``meta["capture"]`` says where.

    Where the archive cannot take one the round ends: what cannot be proved later is not taken.
    """

    def __init__(
        self, archive: Archive, clock: Callable[[], datetime], give_up: Callable[[ArchiveError], RoundStopped]
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._give_up = give_up

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        work: Round = crawler.settings["COPYTRAIL_ROUND"]
        if work.archive is None:
            raise NotConfigured

        def give_up(error: ArchiveError) -> RoundStopped:
            stopped = RoundStopped(str(error))
            if not work.stopping:
                work.stopping = True
                work.counts["errors"] += 1
                log.error("round_stopping", error=str(error))
                drop_queued(crawler, stopped)
            return stopped

        return cls(work.archive, work.clock, give_up)

    def process_response(self, request: Request, response: Response) -> Response:
        try:
            request.meta[CAPTURE] = self._archive.keep(
                Exchange(
                    url=response.url,
                    at=self._clock(),
                    status=response.status,
                    headers=[
                        *_pairs(response.headers),
                        *([] if _encodings(response) else request.meta.get(_ENCODING, ())),
                    ],
                    body=response.body,
                    asked_with=_pairs(request.headers),
                    protocol=response.protocol or "HTTP/1.1",
                    address=str(response.ip_address) if response.ip_address else None,
                    cut_short=not {CUT, "download_stopped"}.isdisjoint(response.flags),
                )
            )
        except ArchiveError as error:
            raise self._give_up(error) from error
        return response


def _encodings(response: Response) -> list[bytes]:
    return response.headers.getlist("Content-Encoding")


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )
