"""Feed bytes to entries: RSS, RDF, Atom, JSON Feed, sitemaps and pages that list articles, however broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crawler.errors import NotAFeed
from crawler.feed.encoding import decode
from crawler.feed.jsonfeed import read_json
from crawler.feed.section import read_section
from crawler.feed.sitemap import RECENT, is_sitemap, read_sitemap, unpacked
from crawler.feed.syndication import read_xml
from crawler.model import Feed

MAX_BYTES = 10 * 1024 * 1024

__all__ = ["MAX_BYTES", "parse_feed"]


def parse_feed(
    body: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    now: datetime,
    old: bool = False,
    links: Sequence[str] = (),
) -> Feed:
    """Return what the bytes of a feed or sitemap say; *url* is where they came from, for its relative links.

    *links*: it is a web page that lists articles, and these patterns say which of its links they are.

    A malformed feed keeps its entries and says in ``problems`` what is wrong with it. Entries without
    id, date, title or link are kept, as are several with one id. Of a sitemap, which may list all that a site ever had,
    what is a week old or bears no date is only kept if *old* is asked for. Raises NotAFeed, and nothing else,
    for a web page, an empty body, a bomb or anything that is no feed; the message says whose fault it is.
    """
    try:
        return _read(unpacked(body, MAX_BYTES), url, content_type, now, old, links)
    except NotAFeed as error:
        raise NotAFeed(str(error), url=url) from error


def _read(
    body: bytes, url: str | None, content_type: str | None, now: datetime, old: bool, links: Sequence[str]
) -> Feed:
    if len(body) > MAX_BYTES:
        size = f"{MAX_BYTES // 1024 // 1024} MiB"
        raise NotAFeed(f"the feed is larger than {size}: not read; ask the site for a shorter one")
    text, problem = decode(body, content_type)
    text = text.lstrip("\ufeff \t\r\n\0")
    if not text:
        raise NotAFeed("the site sent an empty body instead of a feed; try again later")
    if links:
        feed = read_section(text, url=url, patterns=links)
    elif is_sitemap(text):
        feed = read_sitemap(text, url=url, now=now, since=None if old else now - RECENT)
    else:
        feed = (read_json if text[0] in "{[" else read_xml)(text, url=url, now=now)
    return replace(feed, problems=(problem, *feed.problems)) if problem else feed
