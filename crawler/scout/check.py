"""Probes feeds and says what is wrong with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from crawler.errors import NotAFeed
from crawler.feed import parse_feed
from crawler.live import Ask
from crawler.model import Feed, Page, Source
from crawler.scout.trips import Trip
from crawler.urls import article_id, host, site

_QUIET = timedelta(days=30)
_FOREIGN = 0.5  # of the links
_SHOWN = 5
_SAME = 0.8  # of the entries of two feeds

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found at one address. ``words`` are empty where all is well."""

    source: str
    url: str
    state: State
    entries: int = 0
    newest: datetime | None = None
    words: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()  # of a page that lists articles: the first links that are taken for some


@dataclass(slots=True, kw_only=True)
class Checkup(Trip):
    """A look at every address that *sources* are polled at."""

    sources: Sequence[Source]
    _feeds: dict[str, tuple[Page, Feed]] = field(default_factory=dict)
    _wrong: dict[str, str] = field(default_factory=dict)

    def first(self) -> Sequence[Ask]:
        return self.asks((url for source in self.sources for url in source.polled), why="polled")

    def got(self, ask: Ask, page: Page) -> Sequence[Ask]:
        try:
            kind = page.headers.get("content-type")
            links = next((s.links for source in self.sources for s in source.sections if s.url == ask.url), ())
            feed = parse_feed(page.body, url=page.final_url, content_type=kind, now=self.now(), links=links)
            self._feeds[ask.url] = (page, feed)
        except NotAFeed as error:
            self._wrong[ask.url] = str(error)
        return []

    def missed(self, ask: Ask, problem: str) -> None:
        self._wrong[ask.url] = problem

    def verdicts(self) -> list[Verdict]:
        """Return what was found, in the order of the sources."""
        return [self._verdict(source, url) for source in self.sources for url in source.polled]

    def _verdict(self, source: Source, url: str) -> Verdict:
        if url not in self._feeds:
            why = self._wrong.get(url, "not asked: the time was over, ask for fewer sources")
            return Verdict(source=source.id, url=url, state="wrong", words=(why,))
        page, feed = self._feeds[url]
        listed = any(section.url == url for section in source.sections)
        said = _said(url, page, feed, self.now(), dated=not listed)
        words = (*said, *self._foreign(source, feed), *self._double(source, url, feed))
        return Verdict(
            source=source.id,
            url=url,
            state="warning" if words else "ok",
            entries=len(feed.entries) or len(feed.parts),
            newest=newest(feed),
            words=words,
            shows=tuple(f"{one.title or '(no words)'}: {one.url}" for one in feed.entries[:_SHOWN]) if listed else (),
        )

    def _foreign(self, source: Source, feed: Feed) -> Iterator[str]:
        """Say so where most links lead to sites of others: what is fetched there would count as this outlet's."""
        own = {site(domain) for domain in source.domains}
        hosts = Counter(site(host(entry.url)) for entry in feed.entries if entry.url)
        away = Counter({name: count for name, count in hosts.items() if name not in own})
        if own and sum(away.values()) > _FOREIGN * sum(hosts.values()):
            name, count = away.most_common(1)[0]
            of = sum(hosts.values())
            yield f"{count} of {of} links lead to {name}: if that is its own site, add it to its domains"

    def _double(self, source: Source, url: str, feed: Feed) -> Iterator[str]:
        """Say so where another feed, named before, shows the same."""
        mine = _addresses(feed)
        for other in self.sources:
            for address in other.polled:
                if address == url and other.id == source.id:
                    return
                if mine and address in self._feeds:
                    theirs = _addresses(self._feeds[address][1])
                    if len(mine & theirs) > _SAME * len(mine | theirs):
                        yield f"shows what {address} of {other.id!r} shows: one of them is enough"


def _said(url: str, page: Page, feed: Feed, now: datetime, *, dated: bool) -> Iterator[str]:
    if article_id(url) != article_id(page.final_url):
        yield f"leads to {page.final_url}: if that is for good, put it into sources.yaml"
    yield from feed.problems[:3]
    if not feed.entries and not feed.parts:
        yield "no entry in it"
    if feed.entries and not any(entry.url for entry in feed.entries):
        yield "none of its entries has a link: nothing can be fetched"
    at = newest(feed)
    if at is not None and now - at > _QUIET:
        yield f"its newest entry is {(now - at).days} days old"
    elif at is None and feed.entries and dated:
        yield "its entries bear no dates: who was first is told by our own looks alone"


def newest(feed: Feed) -> datetime | None:
    """Return the date of the newest entry."""
    return max((dated.at for entry in feed.entries if (dated := entry.published or entry.updated)), default=None)


def _addresses(feed: Feed) -> frozenset[str]:
    return frozenset(article_id(entry.url) for entry in feed.entries if entry.url)
