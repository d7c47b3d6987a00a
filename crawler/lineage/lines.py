"""Cuts a page, or a bare text, into lines that know their links and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from lxml.html import HtmlElement

from crawler.lineage.walk import MAX_LINE, MAX_LINES, RawLine, normal, raw_lines
from crawler.model import Link
from crawler.urls import web_address

Spot = Literal["byline", "top", "body", "foot"]

LONG = 300  # a longer line is prose: sentences of it may speak, the whole does not
PIECE = 600
UNBROKEN = 2_000  # a longer line of a bare text is a whole text without line breaks

_NEAR_BEFORE = 30  # lines above the first of the text that may still be its byline
_NEAR_AFTER = 14  # lines below the last that may still be its foot


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A link within a line. ``url`` is None where the target is lost ("#" or no href)."""

    text: str
    url: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a page. ``spot`` says where of the article it stands."""

    text: str
    anchors: tuple[Anchor, ...] = ()
    spot: Spot = "body"
    inside: bool = True  # part of the extracted text
    opening: bool = False  # among the first lines of the text
    byline: bool = False  # the page's markup calls it a byline or a source
    media: tuple[str, ...] = ()
    terms: bool = False  # of the page's shell: read for the outlet's terms only
    part: bool = False  # a sentence of a text that came without line breaks

    def pieces(self) -> Iterator[tuple[str, int]]:
        """Yield what a marker is tried on, with its offset: the line, or each sentence of a long one."""
        if len(self.text) <= LONG:
            yield self.text, 0
            return
        start = 0
        for sentence in sentences(self.text):
            yield sentence[:PIECE], start
            start += len(sentence)


def lines_of_text(text: str, links: Sequence[Link] = ()) -> tuple[Line, ...]:
    """Return the lines of a text that comes without its page; *links* are put where their text stands."""
    found: list[str] = []
    parts: set[int] = set()
    for raw in text.splitlines()[:MAX_LINES]:
        if len(raw) <= UNBROKEN:
            found += [one for one in [normal(raw)] if one]
            continue
        for sentence in sentences(raw)[:MAX_LINES]:
            if one := normal(sentence):
                parts.add(len(found))
                found.append(one)
    targets = [(normal(link.text), link.url) for link in links[:500] if len(link.text) > 2]
    total = sum(len(one) + 1 for one in found) or 1
    made, at = [], 0
    for number, one in enumerate(found):
        middle = (at + len(one) / 2) / total
        made.append(
            Line(
                text=one[:MAX_LINE],
                anchors=tuple(
                    Anchor(text=said, url=url, start=one.index(said), end=one.index(said) + len(said))
                    for said, url in targets
                    if said in one
                ),
                spot=_spot(middle, number, len(found)),
                opening=number < 12 or at < 1500,
                part=number in parts,
            )
        )
        at += len(one) + 1
    return _with_feet(made)


def lines_of_page(tree: HtmlElement, *, url: str, text: str) -> tuple[Line, ...]:
    """Return the lines of the article on the page, its byline and its foot; menus, teasers, captions are left out.

    The article is found by its extracted *text*; where that cannot be found the whole page counts.
    """
    raw = list(raw_lines(tree))
    target = _Targets(url)
    place = _places(raw, text)
    known = [at for at, offset in enumerate(place) if offset is not None]
    if not known:
        place = list(range(len(raw)))
        known = list(range(len(raw)))
        text = "x" * max(1, len(raw))
    if not known:
        return ()
    first, last = known[0], known[-1]
    total = max(1, len(text))
    made = []
    offset = 0
    seen = 0
    for at, line in enumerate(raw):
        here = place[at]
        far = line.away or not first - _NEAR_BEFORE <= at <= last + _NEAR_AFTER
        terms = far and here is None and at > last and _TERMS.search(line.text) is not None
        if here is None and far and not terms:
            continue
        if line.caption:
            continue
        spot: Spot
        if at < first:
            spot = "byline"
        elif at > last:
            spot = "foot"
        else:
            offset = here if here is not None else offset
            spot = _spot((offset + len(line.text) / 2) / total, seen, len(known))
            seen += here is not None
        made.append(
            Line(
                text=line.text,
                anchors=tuple(
                    Anchor(text=said, url=target(href), start=start, end=end) for said, href, start, end in line.anchors
                ),
                spot=spot,
                inside=here is not None,
                opening=here is not None and (seen <= 6 or offset < 1200),
                byline=line.byline,
                terms=terms,
                media=tuple(found for found in map(target, line.media) if found is not None),
            )
        )
    return _with_feet(made)


def _with_feet(lines: list[Line]) -> tuple[Line, ...]:
    """Return *lines*, a short one of the second half being the foot where next to no running text follows it.

    Terms and donation appeals can be longer than the article: the share of the text alone would call its credits
    mid-text.
    """
    prose = sum(len(line.text) > LONG for line in lines)
    seen = 0
    for number, line in enumerate(lines):
        seen += len(line.text) > LONG
        if line.spot == "body" and len(line.text) <= 200 and 2 * number > len(lines) and seen and prose - seen <= 2:
            lines[number] = replace(line, spot="foot")
    return tuple(lines)


def sentences(text: str) -> list[str]:
    """Return *text* in pieces that join to it again, cut where a sentence seems to end."""
    cuts = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


_SENTENCE_END = re.compile(r"(?<=[.!?…。])[\"”’»)\]]{0,3}\s(?=[\"“‘«(\[]?[A-ZÀ-ÞΑ-ΩА-ЯЁЇІЄ])|\s\|\s")

_TERMS = re.compile(
    r"\bpermission\b|\brepublish|\bcross-?post|\bcreative commons\b|\bmay (?:freely )?carry\b", re.IGNORECASE
)


class _Targets:
    """Makes links absolute; each is looked at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: dict[str, str | None] = {}

    def __call__(self, href: str | None) -> str | None:
        if not href or len(href) > 2000 or href.lstrip().startswith(("#", "javascript:", "data:", "mailto:", "tel:")):
            return None
        if href not in self._known:
            self._known[href] = web_address(href, self._url)
        return self._known[href]


def _places(raw: Sequence[RawLine], text: str) -> list[int | None]:
    """Return where in *text* each line stands, None for those that are not part of it."""
    parts = [normal(part) for part in text.splitlines()[:MAX_LINES]]
    whole, single = " ".join(parts), frozenset(parts)
    places: list[int | None] = []
    cursor = 0
    for line in raw:
        start = line.text[:60]
        if len(start) < 12 and line.text not in single:
            places.append(None)
            continue
        found = whole.find(start, cursor) if start else -1
        if found < 0 and start and cursor:
            found = whole.find(start, 0, cursor + len(start))
        if found < 0 or line.caption:
            places.append(None)
            continue
        if not line.away:
            cursor = found
        places.append(found)
    return places


def _spot(middle: float, number: int, count: int) -> Spot:
    """Return the position class of the line whose middle is at that share of the text."""
    if middle >= 0.75 or number >= count - 4:
        return "foot" if number >= 2 or middle >= 0.75 else "top"
    return "top" if middle <= 0.15 or number < 3 else "body"
