"""Reads and writes OPML, the lists of feeds that feed readers exchange."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from xml.sax.saxutils import quoteattr

import yaml
from lxml import etree

from crawler.errors import InputError
from crawler.model import Source
from crawler.plain import printable
from crawler.urls import article_id, host, site, web_address

_BARE = re.compile(rb"&(?!(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
MOST = 10_000  # outlines
LARGEST = 20 * 2**20
_SHARED = frozenset({"feedburner.com", "feeds.feedburner.com", "google.com", "rss.app", "medium.com", "wordpress.com"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed as an OPML file lists it; ``tags`` are the headings above it."""

    title: str
    feed: str
    home: str | None = None
    tags: tuple[str, ...] = ()


_FEED = re.compile(r"\bxmlUrl\s{0,9}=\s{0,9}\"([^\"<>]{1,2000})\"", re.IGNORECASE)


def read_opml(body: bytes) -> tuple[list[Outline], list[str]]:
    """Return the feeds of an OPML file and what is wrong with it, a line each. Raises InputError where it is none."""
    if len(body) > LARGEST or re.search(rb"<!(DOCTYPE|ENTITY)", body, re.IGNORECASE):
        raise InputError("not a list of feeds: it declares entities, or is larger than 20 MiB")
    # Many lists in the wild have bare ampersands in their addresses.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(_BARE.sub(b"&amp;", body), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError(f"not OPML: {error}") from error
    if root is None or str(root.tag).lower() != "opml":
        raise InputError("not OPML" if root is None else f"not OPML but <{printable(str(root.tag))[:40]}>")
    found: dict[str, Outline] = {}
    problems = []
    for outline in _outlines(root):
        url = web_address(outline.feed)
        if url is None:
            problems.append(f"{outline.title!r}: not a web address: {outline.feed[:200]!r}")
        elif len(found) < MOST:
            found.setdefault(article_id(url), replace(outline, feed=url))
    for url in _torn(body) if len(parser.error_log) else ():
        if len(found) < MOST:
            found.setdefault(article_id(url), Outline(title=host(url), feed=url))
    return list(found.values()), problems


def _torn(body: bytes) -> Iterator[str]:
    """Yield the addresses of feeds in what is no XML: a quote within a quoted title tears its outline apart."""
    first, *rest = body.split(b"<!--")
    text = b" ".join((first, *(part.partition(b"-->")[2] for part in rest))).decode("utf-8", "replace")
    yield from filter(None, (web_address(unescape(found)) for found in _FEED.findall(text)))


def _outlines(root: etree._Element) -> Iterator[Outline]:
    body = next((child for child in root if str(child.tag).lower() == "body"), root)
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(child, ()) for child in reversed(body)]
    while waiting:
        element, tags = waiting.pop()
        said = {str(name).lower(): " ".join(printable(str(value)).split()) for name, value in element.items()}
        title = (said.get("title") or said.get("text") or "")[:200]
        if feed := said.get("xmlurl"):
            home = web_address(said["htmlurl"]) if said.get("htmlurl") else None
            yield Outline(title=title, feed=feed, home=home, tags=tags)
        below = (*tags, title[:60]) if title and not said.get("xmlurl") else tags
        waiting += [(child, below) for child in reversed(element)]


def as_sources(outlines: Sequence[Outline], known: Sequence[Source]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a row of sources.yaml for each outlet that is not *known*, and a line on each feed that needs a hand.

    Feeds of one registered domain are one outlet's. A feed that is watched already is left out without a word.
    """
    watched = {article_id(url) for source in known for url in source.polled}
    owners = {site(domain): source for source in known for domain in source.domains}
    taken = {source.id for source in known}
    rows: dict[str, dict[str, Any]] = {}
    by_hand = []
    for outline in outlines:
        if article_id(outline.feed) in watched:
            continue
        home = _home(outline)
        if home is not None and home in owners:
            by_hand.append(f"{outline.feed}: of {owners[home].id!r}, which is known: add it to that one's feeds")
            continue
        key = home or outline.feed
        if key not in rows:
            id = _free((outline.title, home or "", "outlet"), taken)
            taken.add(id)
            row: dict[str, Any] = {"id": id, "name": outline.title or home or id}
            rows[key] = row | ({"domains": [home]} if home else {}) | {"feeds": []}
            if outline.tags:
                rows[key]["tags"] = list(dict.fromkeys(outline.tags))
        rows[key]["feeds"].append(outline.feed)
    return list(rows.values()), by_hand


def _home(outline: Outline) -> str | None:
    """Return the outlet's own domain; None where the feed lies at a service that serves many."""
    domain = site(host(outline.home or outline.feed))
    return None if domain in _SHARED else domain


def _free(names: Sequence[str], taken: set[str]) -> str:
    """Return the first of *names* that has letters we can use, as an id that nobody has."""
    plain = next(id for name in names if (id := _ascii(name)))
    number, id = 1, plain
    while id in taken:
        number += 1
        id = f"{plain}-{number}"
    return id


def _ascii(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:50].strip("-")


def as_yaml(rows: Sequence[dict[str, Any]]) -> str:
    """Return *rows* as the lines of sources.yaml."""
    return yaml.safe_dump(list(rows), allow_unicode=True, sort_keys=False, width=1_000, default_flow_style=None)


def write_opml(sources: Sequence[Source]) -> str:
    """Return the feeds of *sources* as OPML 2.0; sitemaps, which readers do not know, are left out."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>copytrail</title></head>",
    ]
    lines.append("  <body>")
    for source in sources:
        home = f" htmlUrl={_quoted(f'https://{source.domains[0]}/')}" if source.domains else ""
        name = _quoted(source.name)
        tags = f" category={_quoted(','.join(source.tags))}" if source.tags else ""
        lines += [
            f'    <outline type="rss" text={name} title={name} xmlUrl={_quoted(feed)}{home}{tags}/>'
            for feed in source.feeds
        ]
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _quoted(text: str) -> str:
    return quoteattr(printable(text))
