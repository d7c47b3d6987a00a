"""Collects what a site published before we watched it, from WordPress's REST API or its sitemaps."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.errors import InputError, NotAFeed
from crawler.feed import parse_feed
from crawler.feed.dates import read_date
from crawler.feed.markup import plain
from crawler.feed.sitemap import changed_parts
from crawler.live import Ask
from crawler.model import Entry, Feed, FeedState, Page, Poll
from crawler.scout.trips import Trip
from crawler.urls import article_id, host, site, web_address

_PAGE = 100  # posts: more are not given
_MOST_PARTS = 500
_SITEMAP_LINE = re.compile(rb"(?im)^\s{0,9}sitemap\s{0,9}:\s{0,9}(\S{1,2000})")
_USUAL = ("/sitemap.xml", "/sitemap_index.xml")


@dataclass(slots=True, kw_only=True)
class Backfill(Trip):
    """What was published since then at the site of ``url``, or in the sitemap that it is."""

    url: str
    since: datetime
    longest: int = 20_000  # addresses collected
    undated: int = 0
    foreign: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)

    def first(self) -> Sequence[Ask]:
        if re.search(r"(?i)\.xml(\.gz)?$", urlsplit(self.url).path):
            return self.asks([self.url], why="sitemap")
        return self.asks([self._posts(1)], why="posts")

    def got(self, ask: Ask, page: Page) -> Sequence[Ask]:
        if ask.why == "posts":
            return self._take_posts(ask, page)
        if ask.why == "robots.txt":
            lines = [line.decode("utf-8", "replace") for line in _SITEMAP_LINE.findall(page.body[:500_000])]
            urls = [url for line in lines if (url := web_address(line, page.final_url)) is not None]
            return self.asks(urls or self._usual(), why="sitemap")
        return self._take_sitemap(ask, page)

    def missed(self, ask: Ask, problem: str) -> Sequence[Ask]:
        """Note the problem; return what to ask for instead."""
        self.problems.append(f"{ask.url}: {problem}")
        if ask.why == "posts" and not ask.depth:
            return self.asks([urljoin(self.url, "/robots.txt")], why="robots.txt")
        return self.asks(self._usual(), why="sitemap") if ask.why == "robots.txt" else []

    def poll(self, source_id: str) -> Poll:
        """Return what was collected as a poll that the store can keep: its pages are pending, and raise no alert."""
        # Not the address itself: what is remembered of it as a feed stays as it is.
        state = FeedState(
            url=f"{self.url}#backfill", source_id=source_id, polled_at=self.now(), succeeded_at=self.now()
        )
        return Poll(state=state, feed=Feed(entries=tuple(self.entries.values())))

    # WordPress

    def _posts(self, page: int) -> str:
        after = self.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        asked = f"after={after}&per_page={_PAGE}&page={page}&orderby=date&order=desc&_fields=link,date_gmt,title"
        return urljoin(self.url, f"/wp-json/wp/v2/posts?{asked}")

    def _take_posts(self, ask: Ask, page: Page) -> Sequence[Ask]:
        try:
            posts = _posts_in(page.body)
        except InputError as error:
            return self.missed(ask, str(error))
        for link, at, title in posts:
            published = read_date(f"{at}Z" if at else None, now=self.now())
            self._add(Entry(url=web_address(link, page.final_url), title=title, published=published))
        if len(posts) < _PAGE or len(self.entries) >= self.longest:
            return []
        return [replace(one, depth=1) for one in self.asks([self._posts(len(self._asked) + 1)], why="posts")]

    # sitemaps

    def _usual(self) -> list[str]:
        return [urljoin(self.url, place) for place in _USUAL]

    def _take_sitemap(self, ask: Ask, page: Page) -> Sequence[Ask]:
        try:
            feed = parse_feed(page.body, url=page.final_url, now=self.now(), old=True)
        except NotAFeed as error:
            self.problems.append(f"{ask.url}: {error}")
            return []
        for entry in feed.entries:
            self._add(entry)
        if ask.depth > 2:
            return []
        parts = changed_parts(feed.parts, self.since, self.now(), _MOST_PARTS)
        return self.asks([part.url for part in parts], why="sitemap", depth=ask.depth + 1)

    def _add(self, entry: Entry) -> None:
        dated = entry.published or entry.updated
        if entry.url is None or len(self.entries) >= self.longest:
            return
        if dated is None:
            self.undated += 1
        elif site(host(entry.url)) != site(host(self.url)):
            self.foreign += 1
        elif dated.at >= self.since:
            self.entries.setdefault(article_id(entry.url), entry)


def _posts_in(body: bytes) -> list[tuple[str, str | None, str | None]]:
    """Return link, date and title of the posts that WordPress names. Raises InputError for another answer."""
    try:
        posts: Any = json.loads(body)
        return [
            (str(post["link"]), post.get("date_gmt"), plain(str(post.get("title", {}).get("rendered", ""))))
            for post in posts[:_PAGE]
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError("no list of posts: the site does not run on WordPress, or does not tell") from error
