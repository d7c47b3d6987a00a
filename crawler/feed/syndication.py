"""Reads RSS 0.9x, 1.0, 2.0, RDF and Atom, through feedparser."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import feedparser

from crawler.errors import NotAFeed
from crawler.feed.dates import read_date
from crawler.feed.links import Links
from crawler.feed.markup import kept, plain
from crawler.feed.tidy import tidy
from crawler.model import Dated, Enclosure, Entry, EntryLink, EntrySource, Feed

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_TTL = timedelta(days=30)
_MOST = 200  # authors, links, contents of one entry: more is no article


def read_xml(text: str, *, url: str | None, now: datetime) -> Feed:
    """Return the feed in *text*. Raises NotAFeed where it is none or where it is a bomb."""
    tidied = tidy(text)
    parsed = _parsed(tidied.text)
    top = parsed["feed"]
    if not parsed.get("version") and not parsed["entries"]:
        raise NotAFeed("not a feed: XML, but neither RSS, RDF nor Atom")
    links = Links(url or _self_link(top), _text(top, "link"))
    entries = tuple(_Reader(one, links, now, atom=_is_atom(parsed)).entry() for one in parsed["entries"])
    problems = [*tidied.problems, *links.problems()]
    if parsed.get("bozo") and not tidied.problems:
        problems.append(f"the feed is not well-formed: {str(parsed.get('bozo_exception'))[:120]}")
    undated = [raw for one in parsed["entries"] if (raw := _bad_date(one, now))]
    if undated:
        problems.append(f"{len(undated)} date(s) cannot be read or cannot be true, the first: {undated[0][:60]!r}")
    return Feed(
        title=_title(top, atom=_is_atom(parsed)),
        url=links.site,
        language=_text(top, "language"),
        entries=entries,
        problems=tuple(problems),
        ttl=_ttl(top),
    )


def _parsed(text: str) -> Mapping[str, Any]:
    body = io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8"))
    try:
        found: Mapping[str, Any] = feedparser.parse(
            body,  # a stream: bytes would first be tried as a file name
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # its handlers raise whatever a hostile feed makes them raise
        raise NotAFeed(f"the feed cannot be read: {type(error).__name__}: {str(error)[:100]}") from error
    return found


class _Reader:
    """One entry as feedparser left it."""

    def __init__(self, one: Mapping[str, Any], links: Links, now: datetime, *, atom: bool) -> None:
        self.one = one
        self.links = links
        self.now = now
        self.atom = atom

    def entry(self) -> Entry:
        published, updated = self._dates()
        content = self._content()
        summary = kept(dict.get(_plain_dict(self.one), "summary"))
        return Entry(
            url=self._url(),
            id=_text(self.one, "id"),
            title=_title(self.one, atom=self.atom),
            authors=self._authors(),
            published=published,
            updated=updated,
            summary=None if summary == content else summary,
            content=content,
            source=self._source(),
            links=self._links(),
            enclosures=self._enclosures(),
        )

    def _url(self) -> str | None:
        original = self.links.read(_text(self.one, "feedburner_origlink"))
        if original:
            return original
        link, id = _text(self.one, "link"), _text(self.one, "id")
        if link and not (link == id and dict.get(_plain_dict(self.one), "guidislink")):
            return self.links.read(link)
        return self.links.permalink(id)  # a guid counts as a link only where it is one

    def _dates(self) -> tuple[Dated | None, Dated | None]:
        published = self._date("published") or self._date("created")
        updated = self._date("updated")
        if published is None and not self.atom:
            return updated, updated  # RSS has no date of change: dc:date alone is the publication
        return published, updated

    def _date(self, key: str) -> Dated | None:
        return read_date(_text(self.one, key), now=self.now)

    def _content(self) -> str | None:
        said = [kept(one.get("value")) for one in _dicts(self.one, "content")]
        return max((text for text in said if text), key=len, default=None)

    def _authors(self) -> tuple[str, ...]:
        people = _dicts(self.one, "authors") or _dicts({"one": [self.one.get("author_detail")]}, "one")
        names = [_text(person, "name") or _text(person, "email") for person in people]
        names = names if any(names) else [_text(self.one, "author")]
        return tuple(dict.fromkeys(said for name in names if name and (said := plain(name))))

    def _source(self) -> EntrySource | None:
        source = self.one.get("source")
        if isinstance(source, dict):
            name = _title(source, atom=self.atom)
            url = _text(source, "href") or _text(source, "link") or _text(source, "url") or _self_link(source)
            found = self.links.read(url) or self.links.permalink(_text(source, "id"))
            if name or found:
                return EntrySource(name=name, url=found)
        said = _text(self.one, "dc_source")
        if said is None:
            return None
        url = self.links.permalink(said)
        return EntrySource(name=None if url else plain(said), url=url)

    def _links(self) -> tuple[EntryLink, ...]:
        found: dict[EntryLink, None] = {}
        for link in _dicts(self.one, "links"):
            rel = (_text(link, "rel") or "alternate").lower()[:60]
            url = None if rel == "enclosure" else self.links.read(_text(link, "href"))
            if url:
                found[EntryLink(rel=rel, url=url)] = None
        return tuple(found)

    def _enclosures(self) -> tuple[Enclosure, ...]:
        enclosed = [link for link in _dicts(self.one, "links") if _text(link, "rel") == "enclosure"]
        found: dict[str, Enclosure] = {}
        for one in [*enclosed, *_dicts(self.one, "media_content")]:
            url = self.links.read(_text(one, "href") or _text(one, "url"))
            if url:
                found.setdefault(url, Enclosure(url=url, type=_text(one, "type")))
        return tuple(found.values())


def _title(one: Mapping[str, Any], *, atom: bool) -> str | None:
    said = dict.get(_plain_dict(one), "title")
    if not isinstance(said, str):
        return None
    detail = one.get("title_detail")
    # Only Atom says which titles are markup. In RSS nobody does, and most readers resolve it.
    literal = atom and isinstance(detail, dict) and detail.get("type") == "text/plain"
    return plain(said, markup=not literal)


def _self_link(top: Mapping[str, Any]) -> str | None:
    return next((_text(link, "href") for link in _dicts(top, "links") if _text(link, "rel") == "self"), None)


def _is_atom(parsed: Mapping[str, Any]) -> bool:
    return str(parsed.get("version") or "").startswith("atom")


def _bad_date(one: Mapping[str, Any], now: datetime) -> str | None:
    said = (_text(one, key) for key in ("published", "updated", "created"))
    return next((raw for raw in said if raw and read_date(raw, now=now) is None), None)


def _ttl(top: Mapping[str, Any]) -> timedelta | None:
    asked = []
    minutes = _text(top, "ttl")
    if minutes and minutes.isdecimal() and int(minutes[:9]):
        asked.append(timedelta(minutes=min(int(minutes[:9]), 100_000)))
    period = _PERIODS.get((_text(top, "sy_updateperiod") or "").lower())
    if period:
        often = _text(top, "sy_updatefrequency") or "1"
        asked.append(period / max(1, int(often[:6]) if often.isdecimal() else 1))
    return min(max(asked), _LONGEST_TTL) if asked else None


def _text(one: Mapping[str, Any], key: str) -> str | None:
    """Return what is written under *key* itself: feedparser's dictionaries answer for other keys too."""
    return kept(dict.get(_plain_dict(one), key))


def _plain_dict(one: Mapping[str, Any]) -> dict[str, Any]:
    return one if isinstance(one, dict) else dict(one)


def _dicts(one: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed: Iterable[Any] = dict.get(_plain_dict(one), key) or ()
    return [each for each in islice(listed, _MOST) if isinstance(each, dict)]
