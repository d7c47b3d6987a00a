"""Finds the feeds of a site: those its page names, the sitemaps of its robots.txt, and the usual places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.errors import CopytrailError, NotAFeed
from crawler.extract.dom import parse
from crawler.feed import parse_feed
from crawler.live import Ask
from crawler.model import Feed, Page
from crawler.scout.trips import Trip
from crawler.urls import web_address

FEED_TYPES = re.compile(r"(?i)^\s*(application|text)/((rss|atom|rdf|feed)\+(xml|json)|x-rss\+xml)\b")
_LIKE_A_FEED = re.compile(r"(?i)[/._=?-](rss|atom|feeds?|rdf)(\d?\.0)?([/._?&-]|$)")
_PLACES = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
_NEWS_PLACES = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml")
_SITEMAP_LINE = re.compile(rb"(?im)^\s{0,9}sitemap\s{0,9}:\s{0,9}(\S{1,2000})")
_MOST_LINKS = 30
_MOST_ELEMENTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed or sitemap, and how it came to be found."""

    url: str
    kind: str  # feed, sitemap, sitemap index
    why: str
    title: str | None
    entries: int
    newest: datetime | None
    problems: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Discovery(Trip):
    """The feeds of the site that ``url`` is a page of."""

    url: str
    found: list[Found] = field(default_factory=list)

    def first(self) -> Sequence[Ask]:
        return self.asks([self.url], why="given")

    def got(self, ask: Ask, page: Page) -> Sequence[Ask]:
        if ask.why == "robots.txt":
            return self._robots(page)
        try:
            feed = parse_feed(
                page.body, url=page.final_url, content_type=page.headers.get("content-type"), now=self.now(), old=True
            )
        except NotAFeed as error:
            if ask.depth:
                if ask.depth == 1:
                    self.problems.append(f"{ask.url} ({ask.why}): {error}")
                return []
            return self._page(page)
        self._add(ask, page, feed)
        return []

    def missed(self, ask: Ask, problem: str) -> None:
        if ask.depth < 2:  # a usual place where nothing is says nothing
            self.problems.append(f"{ask.url}: {problem}")

    def _add(self, ask: Ask, page: Page, feed: Feed) -> None:
        if any(one.url == page.final_url for one in self.found):
            return
        dates = [dated.at for entry in feed.entries if (dated := entry.published or entry.updated)]
        self.found.append(
            Found(
                url=page.final_url,
                kind=kind_of(page.body, feed),
                why=ask.why,
                title=feed.title,
                entries=len(feed.entries) or len(feed.parts),
                newest=max(dates, default=None),
                problems=feed.problems,
            )
        )

    def _page(self, page: Page) -> Sequence[Ask]:
        try:
            named, linked = feed_links(parse(page), page.final_url)
        except CopytrailError as error:
            self.problems.append(f"{page.url}: {error}")
            return []
        asks = self.asks(named, why="named by the page", depth=1)
        asks += self.asks(linked[:_MOST_LINKS], why="linked on the page", depth=2)
        if not named:
            asks += self.asks((urljoin(page.final_url, place) for place in _PLACES), why="a usual place", depth=2)
        return [*asks, *self.asks([urljoin(page.final_url, "/robots.txt")], why="robots.txt", depth=2)]

    def _robots(self, page: Page) -> Sequence[Ask]:
        lines = [line.decode("utf-8", "replace") for line in _SITEMAP_LINE.findall(page.body[:500_000])]
        urls = [url for line in lines[:_MOST_LINKS] if (url := web_address(line, page.final_url)) is not None]
        asks = self.asks(urls, why="named by robots.txt", depth=1)
        if not any("news" in url for url in urls):
            asks += self.asks((urljoin(page.final_url, place) for place in _NEWS_PLACES), why="a usual place", depth=2)
        return asks


def kind_of(body: bytes, feed: Feed) -> str:
    """Return what kind of feed the bytes are."""
    if feed.parts:
        return "sitemap index"
    return "sitemap" if b"<urlset" in body[:2000] or body[:2] == b"\x1f\x8b" else "feed"


def feed_links(tree: HtmlElement, base: str) -> tuple[list[str], list[str]]:
    """Return the addresses that the page names as its feeds, and those that it links and that look like feeds."""
    named: dict[str, None] = {}
    linked: dict[str, None] = {}
    site = urlsplit(base).hostname
    for number, element in enumerate(tree.iter("link", "a")):
        url = web_address(element.get("href") or "", base)
        if number >= _MOST_ELEMENTS or url is None:
            continue
        if element.tag == "link":
            if "alternate" in (element.get("rel") or "").lower().split() and FEED_TYPES.match(
                element.get("type") or ""
            ):
                named[url] = None
        elif urlsplit(url).hostname == site and _LIKE_A_FEED.search(
            urlsplit(url)._replace(scheme="", netloc="").geturl()
        ):
            linked[url] = None
    return list(named), [url for url in linked if url not in named]
