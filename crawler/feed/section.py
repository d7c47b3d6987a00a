"""Reads a page that lists articles, of a site without feeds, as a feed: the links that a pattern says are articles.

A pattern is no regular expression, which strangers' addresses could keep busy for ever: ``*`` is anything within one
part of a path, ``**`` anything at all, ``#`` a number; all else is itself. Each letter is looked at once for each mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.errors import NotAFeed
from crawler.feed.markup import plain
from crawler.model import Entry, Feed
from crawler.urls import host, site, web_address

MOST = 100  # links taken of a page, from its top: what is further down is no news
_LOOKED_AT = 20_000  # anchors
_LONGEST_ADDRESS = 2_000
_LONGEST_TITLE = 300

_ONE, _PART, _ANY, _NUMBER = "one", "part", "any", "number"


def read_section(text: str, *, url: str | None, patterns: Sequence[str]) -> Feed:
    """Return the links of the page in *text* that are articles by one of *patterns*, from the top, each once.

    An entry is an address of the page's own site and its title: the longest words of the links that lead there. It has
    no date. Raises NotAFeed where there is no such link: an error page, a wall, or another look of the site.
    """
    tree = _tree(text)
    base = next((found for one in tree.iter("base") if (found := web_address(one.get("href") or "", url))), url)
    titles: dict[str, str] = {}
    for number, anchor in enumerate(tree.iter("a")):
        if number >= _LOOKED_AT:
            break
        address = web_address((anchor.get("href") or "")[:_LONGEST_ADDRESS], base)
        if address is None or not any(fits(address, pattern, url) for pattern in patterns):
            continue
        if address not in titles and len(titles) >= MOST:
            continue
        words = (plain("".join(anchor.itertext())[:2_000], markup=False) or "")[:_LONGEST_TITLE]
        titles[address] = max(titles.get(address, ""), words, key=len)
    if not titles:
        named = " or ".join(patterns)
        raise NotAFeed(f"none of its links is of the pattern {named}: look at the page, and put the pattern right")
    entries = tuple(Entry(url=address, id=address, title=title or None) for address, title in titles.items())
    heading = next((plain("".join(one.itertext())[:2_000], markup=False) for one in tree.iter("title")), None)
    return Feed(title=heading, url=url, language=tree.get("lang"), entries=entries)


def fits(address: str, pattern: str, page: str | None) -> bool:
    """Say whether *address* is of *pattern*: a whole address, or a path on the site of *page*.

    The query counts only where the pattern has one; a slash at the end never does.
    """
    parts = urlsplit(address)
    told = f"{parts.path}?{parts.query}" if "?" in pattern and parts.query else parts.path
    if not pattern.startswith("/"):
        return _matches(_marks(pattern.rstrip("/")), f"{parts.scheme}://{parts.netloc}{told}".rstrip("/"))
    own = page is None or site(host(address)) == site(host(page))
    return own and _matches(_marks(pattern.rstrip("/")), told.rstrip("/"))


@lru_cache(maxsize=1000)
def _marks(pattern: str) -> tuple[tuple[str, str], ...]:
    """Return *pattern* as marks: what each stands for, and the letter of one that stands for itself."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            found.append((_ANY, ""))
            at += 2
            continue
        letter = pattern[at]
        found.append((_PART, "") if letter == "*" else (_NUMBER, "") if letter == "#" else (_ONE, letter))
        at += 1
    return tuple(found)


def _matches(marks: Sequence[tuple[str, str]], text: str) -> bool:
    """Say whether all of *text* is of *marks*: every place in them that may have been reached, letter by letter."""
    places = _passed({0}, marks)
    for letter in text[:_LONGEST_ADDRESS]:
        reached = set()
        for place in places:
            kind, own = marks[place] if place < len(marks) else ("", "")
            if kind == _ANY or (kind == _PART and letter != "/"):
                reached.add(place)
            elif kind == _NUMBER and letter.isdigit():
                reached |= {place, place + 1}
            elif kind == _ONE and letter == own:
                reached.add(place + 1)
        places = _passed(reached, marks)
        if not places:
            return False
    return len(marks) in places


def _passed(places: set[int], marks: Sequence[tuple[str, str]]) -> set[int]:
    """Return *places* and those behind marks that may stand for nothing."""
    found, line = set(places), list(places)
    while line:
        place = line.pop()
        if place < len(marks) and marks[place][0] in (_PART, _ANY) and place + 1 not in found:
            found.add(place + 1)
            line.append(place + 1)
    return found


def _tree(text: str) -> HtmlElement:
    try:
        # Whatever its label says, it is text by now.
        made = document_fromstring(text.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeed(f"not a web page that can be read: {str(error)[:100]}") from error
    if not isinstance(made, HtmlElement):
        raise NotAFeed("not a web page")
    return made
