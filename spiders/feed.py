"""Asks feeds for news and follows their new entries to the pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import structlog
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import NotAFeed
from crawler.feed.sitemap import changed_parts
from crawler.fetch.desk import Begun, Reader, Round
from crawler.fetch.keeping import CAPTURE, CUT
from crawler.fetch.limits import Unread
from crawler.fetch.miss import Miss, cut_short, explain
from crawler.hints import cached_for
from crawler.model import Capture, Entry, Feed, FeedState, Page, Part, Pending, Poll, Visit
from crawler.polling import Answer, Bounds, Question, after, question, shown
from crawler.turns import DEADLY, next_try
from crawler.urls import is_home

log = structlog.get_logger()

_FEED_TYPES = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/rdf+xml,"
    "application/xml;q=0.9,text/xml;q=0.9,application/json;q=0.8,*/*;q=0.5"
)
_PAGE_TYPES = ("text/", "application/xhtml", "application/xml")
_PERMANENT = (301, 308)
_GONE = (404, 410)
_HEADERS_KEPT = 100
_HEADER_LENGTH = 2_000
_AFTER_A_DEATH = timedelta(hours=6)  # the page, or what reads it, will hardly be another one sooner


class FeedSpider(Spider):
    """One round: *feeds*, entries *waiting* from earlier ones, what comes up as *more*, and last the *revisits*.

    What a feed says is kept by *record* before any of its pages is asked for, so that a crawl that dies loses nothing.
    Yields each page that could be had as *reader* has read it; the others go to *missed*. Known pages are looked at
    again once nothing else is left to ask for; what brings no page to read goes to *revisited*.
    """

    name = "feed"

    def __init__(
        self,
        *,
        feeds: Sequence[FeedState],
        waiting: Sequence[Pending],
        revisits: Sequence[Pending],
        revisited: Callable[[Visit], None],
        stopping: Callable[[], bool],
        record: Callable[[Poll], Sequence[Pending]],
        missed: Callable[..., None],
        bounds: Callable[[str], Bounds],
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        links: Callable[[str], Sequence[str]],
        reader: Reader[Any],
        counts: Counter[str],
        feed_bytes: int,
        more: Callable[[], AsyncIterator[FeedState | Pending]] | None = None,
    ) -> None:
        super().__init__()
        self._feeds = feeds
        self._waiting = waiting
        self._revisits = list(revisits)
        self._revisited = revisited
        self._stopping = stopping
        self._record = record
        self._missed = missed
        self._bounds = bounds
        self._clock = clock
        self._jitter = jitter
        self._links = links
        self._reader = reader
        self._counts = counts
        self._feed_bytes = feed_bytes
        self._more = more

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        work: Round = crawler.settings["COPYTRAIL_ROUND"]
        assert work.reader is not None
        spider = cls(
            feeds=work.feeds,
            waiting=work.waiting,
            revisits=work.revisits,
            revisited=work.desk.revisited,
            stopping=lambda: work.stopping,
            record=work.desk.record,
            missed=work.desk.missed,
            bounds=work.bounds,
            clock=work.clock,
            jitter=work.jitter,
            links=work.links,
            reader=work.reader,
            counts=work.counts,
            feed_bytes=crawler.settings.getint("COPYTRAIL_FEED_BYTES"),
            more=work.more,
        )
        spider._set_crawler(crawler)
        crawler.signals.connect(spider.look_again, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        for state in self._feeds:
            yield self._ask(state)
        for pending in self._waiting:
            for request in self._follow(pending):
                yield request
        if self._more is not None:
            async for one in self._more():
                for request in self._begin(one):
                    yield request

    def _begin(self, one: FeedState | Pending) -> Iterator[Request]:
        if isinstance(one, FeedState):
            return iter([self._ask(one)])
        return self._revisit(one) if one.revisit else self._follow(one)

    def look_again(self) -> None:
        """Ask for the pages to be looked at again, now that nothing else is left to ask for."""
        some, self._revisits = self._revisits, []
        if some and not self._stopping():
            for number, pending in enumerate(some):
                for request in self._revisit(pending):
                    # Of equals the scheduler takes the last.
                    self.crawler.engine.crawl(request.replace(priority=-number))
            raise DontCloseSpider

    # a feed

    def _ask(self, state: FeedState) -> Request:
        headers: dict[str, str | bytes] = {} if self._links(state.url) else {"Accept": _FEED_TYPES}
        asked = question(state, self._clock())
        headers |= _only_if_changed(asked.etag, asked.last_modified)
        return Request(
            asked.url,
            headers=headers,
            callback=self.read_feed,
            errback=self.lose_feed,
            cb_kwargs={"state": state, "asked": asked},
            dont_filter=True,
            priority=10,
            meta={
                "download_maxsize": self._feed_bytes,
                "download_fail_on_dataloss": False,  # half a feed is still worth its entries
                "handle_httpstatus_list": [304],
            },
        )

    async def read_feed(self, response: Response, state: FeedState, asked: Question) -> AsyncIterator[Any]:
        now = self._clock()
        if response.status == 304:
            self._keep(state, Answer(status=304, in_full=asked.in_full, cached=_cached(response, now)), now)
            return
        feed = await self._read(response, now, self._links(state.url))
        if isinstance(feed, str):
            self._counts["feeds_failed"] += 1
            self._keep(state, Answer(status=response.status, trouble="hard", problem=feed), now)
            return
        answer = Answer(
            status=response.status,
            problem=feed.problems[0] if feed.problems else None,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            ttl=feed.ttl,
            cached=_cached(response, now),
            complete=CUT not in response.flags and (not feed.problems or _ends(response.body)),
            in_full=asked.in_full,
            moved_to=_moved_to(response, state.url, asked.url),
            # A part of a sitemap index is news when its date is.
            shown=shown([*feed.entries, *(Entry(title=f"{part.url} {part.changed}") for part in feed.parts)]),
        )
        for pending in self._keep(state, answer, now, feed, capture=response.meta.get(CAPTURE)):
            for request in self._follow(pending):
                yield request
        for part in changed_parts(feed.parts, state.read_at, now):
            yield self._ask_part(part, state)

    def _ask_part(self, part: Part, state: FeedState) -> Request:
        return Request(
            part.url,
            headers={"Accept": _FEED_TYPES},
            callback=self.read_part,
            errback=self.lose_part,
            cb_kwargs={"url": part.url, "state": state},
            dont_filter=True,
            priority=5,
            meta={"download_maxsize": self._feed_bytes, "download_fail_on_dataloss": False},
        )

    async def read_part(self, response: Response, url: str, state: FeedState) -> AsyncIterator[Any]:
        """Take in what one sitemap of an index lists. What comes of a new one is news where its index is known."""
        now = self._clock()
        own = FeedState(
            url=url,
            source_id=state.source_id,
            seeded=state.seeded,
            status=response.status,
            polled_at=now,
            succeeded_at=now,
            read_at=now,
        )
        feed = await self._read(response, now)
        if isinstance(feed, str):
            self._part_failed(url, state, feed)
            return
        new = self._record(Poll(state=own, feed=feed, capture=response.meta.get(CAPTURE)))
        self._counts["entries"] += len(new)
        log.info("polled", feed=url, source=state.source_id, status=response.status, new=len(new), part_of=state.url)
        for pending in new:
            for request in self._follow(pending):
                yield request

    def lose_part(self, failure: Failure) -> None:
        request = request_of(failure)
        miss = explain(failure.value, request.url)
        if miss is not None:
            self._part_failed(request.cb_kwargs["url"], request.cb_kwargs["state"], miss.reason)

    def _part_failed(self, url: str, state: FeedState, reason: str) -> None:
        self._counts["feeds_failed"] += 1
        log.warning("polled", feed=url, source=state.source_id, part_of=state.url, problem=reason)

    async def _read(self, response: Response, now: datetime, links: Sequence[str] = ()) -> Feed | str:
        """Return the feed in *response*, or why there is none: one that is at fault keeps nobody else waiting."""
        kind = _header(response, "Content-Type")
        try:
            return await self._reader.feed(response.body, url=response.url, content_type=kind, now=now, links=links)
        except NotAFeed as error:
            return str(error)
        except Unread as error:
            self._counts["unread"] += 1
            log.warning("unread", url=response.url, trouble=error.trouble, problem=str(error))
            return str(error)
        except RuntimeError as error:
            self._counts["errors"] += 1
            log.error("feed_failed", url=response.url, exc_info=error)
            return f"copytrail failed on this feed ({str(error)[:100]}): please report it"

    def lose_feed(self, failure: Failure) -> None:
        request = request_of(failure)
        state: FeedState = request.cb_kwargs["state"]
        miss = explain(failure.value, request.url)
        if miss is None:
            return
        self._counts["feeds_failed"] += 1
        answer = Answer(status=miss.status, trouble=miss.trouble, problem=miss.reason, retry_after=miss.retry_after)
        self._keep(state, answer, self._clock())

    def _keep(
        self,
        state: FeedState,
        answer: Answer,
        now: datetime,
        feed: Feed | None = None,
        *,
        capture: Capture | None = None,
    ) -> Sequence[Pending]:
        """Record the poll and return the entries it brought."""
        later = after(state, answer, now=now, bounds=self._bounds(state.source_id), jitter=self._jitter())
        new = self._record(Poll(state=later, feed=feed, capture=capture))
        self._counts["feeds"] += 1
        self._counts["entries"] += len(new)
        tell = log.warning if later.failures else log.info
        tell(
            "polled",
            feed=state.url,
            source=state.source_id,
            status=answer.status,
            new=len(new),
            next_at=str(later.next_at),
            problem=later.problem,
        )
        return new

    # a page

    def _follow(self, pending: Pending) -> Iterator[Request]:
        try:
            yield Request(
                pending.url,
                callback=self.read_page,
                errback=self.lose_page,
                cb_kwargs={"pending": pending},
                dont_filter=True,
            )
        except ValueError as error:
            self._miss(pending, Miss(reason=f"not an address that can be asked: {error}", again=False, trouble="hard"))

    async def read_page(self, response: Response, pending: Pending) -> AsyncIterator[Begun]:
        if (reason := page_problem(response)) is not None:
            self._miss(pending, Miss(reason=reason, again=False, trouble="hard"))
            return
        if CUT in response.flags:
            self._miss(pending, cut_short(response.url))
            return
        try:
            yield await self._reader.page(self._page(response, pending))
        except Unread as error:
            self._unread(pending, error)

    def _page(self, response: Response, pending: Pending) -> Page:
        return Page(
            url=pending.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self._clock(),
            status=response.status,
            headers=headers_of(response),
            source_id=pending.source_id,
            entry=pending.entry,
            entry_key=pending.key,
            seeding=pending.seeding,
            absent_at=pending.absent_at,
            capture=response.meta.get(CAPTURE),
        )

    def lose_page(self, failure: Failure) -> None:
        request = request_of(failure)
        pending: Pending = request.cb_kwargs["pending"]
        miss = explain(failure.value, request.url)
        if miss is not None:
            self._miss(pending, miss)

    def _miss(self, pending: Pending, miss: Miss) -> None:
        at = None
        if miss.again:
            now, jitter = self._clock(), self._jitter()
            at = next_try(pending, now=now, asked=miss.asked, wait=miss.retry_after, jitter=jitter)
        self._counts["missed"] += 1
        log.warning(
            "missed", url=pending.url, source=pending.source_id, reason=miss.reason, again=str(at) if at else False
        )
        self._missed(pending.key, miss.reason, again=at is not None, not_before=at, tried=miss.asked)

    def _unread(self, pending: Pending, error: Unread) -> None:
        """Put off a page that its reader did not survive; the third time it is given up."""
        again = pending.tries + 1 < DEADLY
        self._counts["missed"] += 1
        self._counts["unread"] += 1
        log.warning("unread", url=pending.url, trouble=error.trouble, problem=str(error), again=again)
        at = self._clock() + _AFTER_A_DEATH if again else None
        self._missed(pending.key, str(error), again=again, not_before=at)

    # a known page, again

    def _revisit(self, pending: Pending) -> Iterator[Request]:
        try:
            yield Request(
                pending.url,
                headers=_only_if_changed(pending.etag, pending.last_modified),
                callback=self.read_again,
                errback=self.lose_again,
                cb_kwargs={"pending": pending},
                dont_filter=True,
                meta={"handle_httpstatus_list": [304]},
            )
        except ValueError as error:
            self._looked(pending, "nothing", f"not an address that can be asked: {error}")

    async def read_again(self, response: Response, pending: Pending) -> AsyncIterator[Begun]:
        if response.status == 304:
            if pending.etag is None and pending.last_modified is None:
                self._looked(pending, "nothing", 'answers "304 not modified" without being asked what changed')
            else:
                self._looked(pending, "unchanged", None, response.meta.get(CAPTURE))
        elif is_home(response.url) and not is_home(pending.url):
            self._looked(pending, "gone", "leads to the front page now", response.meta.get(CAPTURE))
        elif (reason := page_problem(response)) is not None:
            self._looked(pending, "nothing", reason)
        elif CUT in response.flags:  # half a text is no edit
            self._looked(pending, "nothing", cut_short(response.url).reason)
        else:
            try:
                begun = await self._reader.page(self._page(response, pending))
            except Unread as error:
                self._looked(pending, "nothing", str(error))
            else:
                self._counts["looked_again"] += 1
                yield begun

    def lose_again(self, failure: Failure) -> None:
        request = request_of(failure)
        pending: Pending = request.cb_kwargs["pending"]
        miss = explain(failure.value, request.url)
        if miss is not None:
            answer = getattr(failure.value, "response", None)
            capture = answer.meta.get(CAPTURE) if miss.status is not None and answer is not None else None
            self._looked(pending, "gone" if miss.status in _GONE else "nothing", miss.reason, capture)

    def _looked(
        self,
        pending: Pending,
        found: Literal["unchanged", "gone", "nothing"],
        note: str | None,
        capture: Capture | None = None,
    ) -> None:
        self._counts["looked_again"] += 1
        if note is not None:
            log.warning("looked_again", url=pending.url, source=pending.source_id, found=found, reason=note)
        self._revisited(Visit(pending=pending, at=self._clock(), found=found, note=note, capture=capture))


def _only_if_changed(etag: str | None, last_modified: str | None) -> dict[str, str | bytes]:
    """Return the headers that ask for what has these validators no more: as they came, byte for byte."""
    told = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value.encode("latin-1", "replace") for name, value in told.items() if value is not None}


def page_problem(response: Response) -> str | None:
    """Return why there is no page in *response*; None where there may be one."""
    kind = (_header(response, "Content-Type") or "").strip().lower()
    if kind and not kind.startswith(_PAGE_TYPES):
        return f"not a web page but {kind[:80]!r}: nothing to read there"
    return None


def request_of(failure: Failure) -> Request:
    request: Request = failure.request  # type: ignore[attr-defined]
    return request


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")


def headers_of(response: Response) -> dict[str, str]:
    """Return the headers by lower-case name, the last of each; their number and length are bounded."""
    pairs = [(name, values) for name, values in list(response.headers.items())[:_HEADERS_KEPT] if values]
    return {name.decode("latin-1").lower(): values[-1].decode("latin-1")[:_HEADER_LENGTH] for name, values in pairs}


def _ends(body: bytes) -> bool:
    """Say whether the bytes of a feed come to the end of a feed: one with faults may still be whole."""
    return re.search(rb"(</([a-z]{1,9}:)?(rss|feed|rdf)\s{0,9}>|\})\Z", body[-200:].rstrip(), re.IGNORECASE) is not None


def _cached(response: Response, now: datetime) -> timedelta | None:
    return cached_for(_header(response, "Cache-Control"), _header(response, "Expires"), now)


def _moved_to(response: Response, own: str, asked: str) -> str | None:
    """Return where the feed with address *own* is now, as permanent redirects say; None where it is at home."""
    if any(reason not in _PERMANENT for reason in response.meta.get("redirect_reasons", ())):
        return None if asked == own else asked
    return None if response.url == own else response.url
