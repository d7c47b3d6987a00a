"""Reads JSON Feed (1.0 and 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawler.errors import NotAFeed
from crawler.feed.dates import read_date
from crawler.feed.links import Links
from crawler.feed.markup import kept, plain
from crawler.feed.tidy import MAX_ENTRIES
from crawler.model import Enclosure, Entry, EntryLink, Feed


def read_json(text: str, *, url: str | None, now: datetime) -> Feed:
    """Return the JSON Feed in *text*. Raises NotAFeed where it is none."""
    top = _parsed(text)
    if not isinstance(top, dict) or not isinstance(top.get("items"), list):
        raise NotAFeed("this is JSON but no JSON Feed: it has no list 'items'")
    links = Links(url or _said(top, "feed_url"), _said(top, "home_page_url"))
    listed = [one for one in top["items"] if isinstance(one, dict)]
    entries = tuple(_entry(one, links, now) for one in listed[:MAX_ENTRIES])
    problems = []
    if len(listed) < len(top["items"]):
        problems.append(f"{len(top['items']) - len(listed)} of the feed's items are no objects: left out")
    if len(listed) > MAX_ENTRIES:
        problems.append(f"the feed has more than {MAX_ENTRIES} entries: only the first {MAX_ENTRIES} were read")
    if not str(top.get("version", "")).startswith(("https://jsonfeed.org/", "http://jsonfeed.org/")):
        problems.append("the feed does not say which version of JSON Feed it is: read as 1.1")
    return Feed(
        title=plain(_said(top, "title") or "", markup=False),
        url=links.site,
        language=_said(top, "language"),
        entries=entries,
        problems=(*problems, *links.problems()),
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)[:80]
        raise NotAFeed(f"the feed is broken JSON: {reason}") from error


def _entry(one: Mapping[str, Any], links: Links, now: datetime) -> Entry:
    external = links.read(_said(one, "external_url"))
    own = links.read(_said(one, "url")) or links.permalink(_said(one, "id"))
    summary = kept(one.get("summary"))
    return Entry(
        url=own or external,
        id=_said(one, "id"),
        title=plain(_said(one, "title") or "", markup=False),
        authors=_authors(one),
        published=read_date(_said(one, "date_published"), now=now),
        updated=read_date(_said(one, "date_modified"), now=now),
        summary=summary,
        content=kept(one.get("content_html")) or kept(one.get("content_text")),
        links=(EntryLink(rel="external", url=external),) if external else (),
        enclosures=_enclosures(one.get("attachments"), links),
    )


def _authors(one: Mapping[str, Any]) -> tuple[str, ...]:
    authors = one.get("authors")
    listed = [*(authors if isinstance(authors, list) else ()), one.get("author")]
    names = (_said(author, "name") for author in listed if isinstance(author, dict))
    return tuple(dict.fromkeys(said for name in names if name and (said := plain(name, markup=False))))


def _enclosures(listed: object, links: Links) -> tuple[Enclosure, ...]:
    found = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and (url := links.read(_said(one, "url"))):
            found.append(Enclosure(url=url, type=_said(one, "mime_type")))
    return tuple(found)


def _said(one: Mapping[str, Any], key: str) -> str | None:
    value = one.get(key)
    if isinstance(value, bool | dict | list) or value is None:
        return None
    return kept(str(value)[:10_000])
