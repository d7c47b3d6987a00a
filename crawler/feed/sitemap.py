"""Reads what a sitemap lists: addresses, dates, and titles where it is one for news; and the parts of an index."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import islice
from urllib.parse import unquote, urlsplit

from crawler.errors import NotAFeed
from crawler.feed.dates import read_date
from crawler.feed.markup import plain
from crawler.model import Dated, Entry, Feed, Part
from crawler.urls import web_address

MOST = 50_000  # addresses of one sitemap: sitemaps.org allows no more
LISTED = 5_000
LONGEST = 10_000_000  # bytes read of one
RECENT = timedelta(days=7)
_PARTS = 5_000
_NEVER = datetime.min.replace(tzinfo=UTC)
_GZIP = b"\x1f\x8b"
_LONGEST_BLOCK = 9_000
_NEWS = re.compile(r"news|latest|recent", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_ROOT = re.compile(r"<((?:\w{1,20}:)?)(urlset|sitemapindex)[\s>]")


def _field(name: str) -> re.Pattern[str]:
    return re.compile(rf"<(?:\w{{1,20}}:)?{name}>\s{{0,99}}")


_LOC, _TITLE, _LASTMOD = _field("loc"), _field("title"), _field("lastmod")
_PUBLISHED, _NAME, _LANGUAGE = _field("publication_date"), _field("name"), _field("language")


def is_sitemap(text: str) -> bool:
    """Say whether *text* is a sitemap or an index of sitemaps, by its first element, with a prefix or without."""
    return _ROOT.search(text[:2000]) is not None


def _prefix(text: str) -> str:
    """Return the prefix that the elements of a sitemap have, with its colon; "" for none."""
    found = _ROOT.search(text[:2000])
    return found[1] if found else ""


def read_sitemap(text: str, *, url: str | None, now: datetime, since: datetime | None = None) -> Feed:
    """Return what the sitemap in *text* lists, newest first, and the parts of an index.

    *since*: of the addresses only what was published, or changed, from then on; what bears no date is left out then,
    and a problem says how much that was. Nothing of the file is trusted: no entity is expanded.
    """
    text = text[:LONGEST]
    entries, left_out, dead = [], 0, 0
    first = None
    prefix = _prefix(text)
    for block in islice(_blocks(text, f"{prefix}url"), MOST):
        first = first or block
        entry = _entry(block, url, now)
        if entry is None:
            dead += 1
        elif since is not None and _when(entry) < since:
            left_out += 1
        else:
            entries.append(entry)
    parts = [part for block in islice(_blocks(text, f"{prefix}sitemap"), MOST) if (part := _part(block, url, now))]
    problems = [f"{dead} address(es) are no web address"] if dead else []
    if left_out:
        what = f"{left_out} address(es) are older than {RECENT.days} days or bear no date"
        problems.append(f"{what}: left out; `copytrail sources backfill` takes them")
    return Feed(
        title=_text(_NAME, first or ""),
        url=url,
        language=_text(_LANGUAGE, first or ""),
        entries=tuple(sorted(entries, key=_when, reverse=True)),
        problems=tuple(problems),
        parts=tuple(parts[:_PARTS]),
    )


def changed_parts(parts: tuple[Part, ...], since: datetime | None, now: datetime, most: int = 20) -> list[Part]:
    """Return the parts of an index that may hold news since it was last read: by their dates, those without one, too.

    Two days are granted: a part whose date is a bare day, or that failed the last time, is read again.
    """
    start = (since or now - RECENT) - timedelta(days=2)
    dated = [(part.changed.at, part) for part in parts if part.changed is not None and part.changed.at >= start]
    newest = [part for _, part in sorted(dated, key=lambda pair: pair[0], reverse=True)]
    return [*newest, *(part for part in parts if part.changed is None)][:most]


def unpacked(body: bytes, most: int) -> bytes:
    """Return *body* out of its gzip, if it is in one. Raises NotAFeed beyond *most* bytes and for a broken one."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise NotAFeed(f"compressed (gzip), and broken: {error}") from error
    if len(found) > most:
        raise NotAFeed(f"larger than {most // 1024 // 1024} MiB once unpacked: not read")
    return found


def listed(body: bytes) -> list[tuple[str, str]]:
    """Return address and title of what *body* lists, the first 5,000; without a title, the words of the address.

    Empty for what is no sitemap.
    """
    text = body[:LONGEST].decode("utf-8", "replace")
    root = _ROOT.search(text[:2000])
    if root is None or root[2] != "urlset":
        return []
    found = []
    for block in _blocks(text, f"{root[1]}url"):
        url = _text(_LOC, block)
        if url is None:
            continue
        found.append((url, _title(block) or _words(url)))
        if len(found) >= LISTED:
            break
    return found


def indexed(body: bytes) -> list[str]:
    """Return the sitemaps that *body*, a sitemap index, lists: those for news first, then those changed last.

    Empty for what is no index; the first 5,000 are looked at.
    """
    text = body[:LONGEST].decode("utf-8", "replace")
    root = _ROOT.search(text[:2000])
    if root is None or root[2] != "sitemapindex":
        return []
    found: list[tuple[bool, str, str]] = []
    for block in islice(_blocks(text, f"{root[1]}sitemap"), LISTED):
        url = _text(_LOC, block)
        if url is not None:
            found.append((_NEWS.search(_path(url)) is not None, _text(_LASTMOD, block) or "", url))
    found.sort(key=lambda one: one[:2], reverse=True)  # stable: else in their order
    return [url for _, _, url in found]


def _entry(block: str, base: str | None, now: datetime) -> Entry | None:
    url = web_address(_text(_LOC, block) or "", base)
    if url is None:
        return None
    published, changed = _date(_PUBLISHED, block, now), _date(_LASTMOD, block, now)
    return Entry(url=url, id=url, title=_title(block), published=published, updated=changed)


def _part(block: str, base: str | None, now: datetime) -> Part | None:
    url = web_address(_text(_LOC, block) or "", base)
    return None if url is None else Part(url=url, changed=_date(_LASTMOD, block, now))


def _when(entry: Entry) -> datetime:
    dated = entry.published or entry.updated
    return dated.at if dated else _NEVER


def _date(field: re.Pattern[str], block: str, now: datetime) -> Dated | None:
    return read_date(_text(field, block), now=now)


def _text(field: re.Pattern[str], block: str) -> str | None:
    """Return what stands in the first element of that name."""
    found = field.search(block)
    if found is None:
        return None
    start, end = found.end(), "<"
    if marked := block.startswith("<![CDATA[", start):
        start, end = start + len("<![CDATA["), "]]>"
    stop = block.find(end, start)
    said = block[start : stop if stop >= 0 else start].strip()[:2_000]
    return plain(said if marked else unescape(said), markup=False)


def _title(block: str) -> str | None:
    """Return the title in *block*. Within CDATA nothing is to be escaped, but many a title is, once too often."""
    said = _text(_TITLE, block)
    return None if said is None else plain(unescape(said), markup=False)


def _blocks(text: str, name: str) -> Iterator[str]:
    """Yield what stands in each element of that name; one that is not closed, or far too long, is passed over.

    Searched, not matched: a pattern over half-open elements takes time squared.
    """
    opened, closed, at = f"<{name}", f"</{name}>", 0
    while (end := text.find(closed, at)) >= 0:
        start = text.rfind(opened, max(at, end - _LONGEST_BLOCK), end)
        if start >= 0:
            yield text[start:end]
        at = end + len(closed)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _words(url: str) -> str:
    try:
        parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    except ValueError:
        return ""
    return " ".join(_WORDS.findall(parts[-1].rsplit(".", 1)[0])) if parts else ""
