"""Reads what a sitemap lists: addresses, titles where it is one for news, or the sitemaps it is the index of."""

from __future__ import annotations

import re
from html import unescape
from itertools import islice
from urllib.parse import unquote, urlsplit

MOST = 5_000
LONGEST = 10_000_000  # bytes read of one
_URL = re.compile(r"<url>(.{1,4000}?)</url>", re.DOTALL)
_SITEMAP = re.compile(r"<sitemap>(.{1,4000}?)</sitemap>", re.DOTALL)
_CHANGED = re.compile(r"<lastmod>\s{0,99}([0-9T:.Z+-]{4,40})")
_NEWS = re.compile(r"news|latest|recent", re.IGNORECASE)
_LOC = re.compile(r"<loc>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<\]\s]{1,2000})")
_TITLE = re.compile(r"<(?:\w{1,20}:)?title>\s{0,99}(?:<!\[CDATA\[)?([^<\]]{1,500})")
_WORDS = re.compile(r"[^\W_]+")


def listed(body: bytes) -> list[tuple[str, str]]:
    """Return address and title of what *body* lists, the first 5,000; without a title, the words of the address.

    Empty for what is no sitemap. Nothing of the file is trusted: no entity is expanded.
    """
    text = body[:LONGEST].decode("utf-8", "replace")
    if "<urlset" not in text[:2000]:
        return []
    found = []
    for block in _URL.finditer(text):
        loc = _LOC.search(block[1])
        if loc is None:
            continue
        url = unescape(loc[1])
        title = _TITLE.search(block[1])
        found.append((url, unescape(title[1]).strip() if title else _words(url)))
        if len(found) >= MOST:
            break
    return found


def indexed(body: bytes) -> list[str]:
    """Return the sitemaps that *body*, a sitemap index, lists: those for news first, then those changed last.

    Empty for what is no index; the first 5,000 are looked at.
    """
    text = body[:LONGEST].decode("utf-8", "replace")
    if "<sitemapindex" not in text[:2000]:
        return []
    found: list[tuple[bool, str, str]] = []
    for block in islice(_SITEMAP.finditer(text), MOST):
        loc, changed = _LOC.search(block[1]), _CHANGED.search(block[1])
        if loc is not None:
            url = unescape(loc[1])
            found.append((_NEWS.search(_path(url)) is not None, changed[1] if changed else "", url))
    found.sort(key=lambda one: one[:2], reverse=True)  # stable: else in their order
    return [url for _, _, url in found]


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
