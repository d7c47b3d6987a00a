"""Cuts a page, or a bare text, into lines that know their links and where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, pairwise
from typing import Literal

from lxml import etree
from lxml.html import HtmlElement

from crawler.model import Link
from crawler.urls import web_address

Spot = Literal["byline", "top", "body", "foot"]

MAX_LINES = 6_000
MAX_LINE = 20_000
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
    raw = list(_raw_lines(tree))
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
                anchors=tuple(Anchor(text=a.text, url=target(a.url), start=a.start, end=a.end) for a in line.anchors),
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


def normal(text: str) -> str:
    """Return *text* on one line: NFKC, nothing invisible, one kind of space."""
    if text.isascii():
        return " ".join(text[:MAX_LINE].split())
    plain = unicodedata.normalize("NFKC", _TRADE.sub("", text[:MAX_LINE]))
    return " ".join(_INVISIBLE.sub("", plain).split())


_TRADE = re.compile("[™®℠]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SENTENCE_END = re.compile(r"(?<=[.!?…。])[\"”’»)\]]{0,3}\s(?=[\"“‘«(\[]?[A-ZÀ-ÞΑ-ΩА-ЯЁЇІЄ])|\s\|\s")

_BREAKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details",
        "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
        "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section",
        "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "video", "audio", "iframe",
    }
)  # fmt: skip
_SKIPPED = frozenset(
    {
        "script", "style", "noscript", "template", "head", "svg", "select", "button", "textarea", "input",
        "object", "math",
    }
)  # fmt: skip
_AWAY_TAGS = frozenset({"nav", "aside", "menu", "dialog"})
_CAPTION_TAGS = frozenset({"figcaption", "figure", "picture"})
_UNREAD = _SKIPPED | {"nav"}
_TELLING_TAGS = _AWAY_TAGS | _CAPTION_TAGS | {"article", "footer"}
_AWAY = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|related|recommend\w*|teasers?|comments?|commentlist|disqus|sidebar|widgets?|promo\w*"
    r"|breadcrumbs?|trending|popular|most-?read|most-?viewed|outbrain|taboola|cookie\w*|newsletter|subscribe|signup|social"
    r"|share\w*|advert\w*|sponsor\w*|carousel|slider|latest|more-(?:news|stories|from|articles)|read-?more|also-?read|up-?next"
    r"|recirc\w*|playlist|modal|popup|paywall|tags?|topics)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"caption|(?:image|photo|picture|img|media|gallery)[\w-]{0,20}(?:credit|source|copyright|author|legend)"
    r"|(?:^|[\s_-])(?:credits?|copyright-?image|photo-?credit|wp-caption|gallery|slideshow)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"by-?line|author|autor|(?:^|[\s_-])(?:source|quelle|fuente|fonte|byl|provider|agency)(?:$|[\s_-])", re.IGNORECASE
)
_TERMS = re.compile(
    r"\bpermission\b|\brepublish|\bcross-?post|\bcreative commons\b|\bmay (?:freely )?carry\b", re.IGNORECASE
)
_FILES = ("video", "source", "img", "audio", "iframe", "embed")


@dataclass(slots=True)
class _Raw:
    text: str
    anchors: list[Anchor]
    away: bool
    caption: bool
    byline: bool
    media: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the elements around a piece of text say of it."""

    away: bool = False
    caption: bool = False
    byline: bool = False
    article: bool = False


_NOTHING_AROUND = _Around()


def _raw_lines(tree: HtmlElement) -> Iterator[_Raw]:
    """Yield the page's lines in order, the first of very many."""
    return islice(_all_lines(tree), MAX_LINES)


def _all_lines(tree: HtmlElement) -> Iterator[_Raw]:
    """Yield every line. Walks without recursion: depth is in foreign hands."""
    pen = _Pen()
    body = tree.find(".//body")
    root = tree if body is None else body
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    stack = [_NOTHING_AROUND]
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag in _UNREAD:
                walk.skip_subtree()
                stack.append(stack[-1])
                continue
            stack.append(_inner(element, tag, stack[-1]))
            if tag in _BREAKS and (line := pen.line()):
                yield line
            pen.begin(tag, element)
            pen.write(element.text, stack[-1])
            continue
        if event == "end":
            stack.pop()
            if tag == "a":
                pen.close_anchor()
            elif tag in _BREAKS and tag != "nav" and (line := pen.line()):
                yield line
            if element is root:
                break
        pen.write(element.tail, stack[-1])
    if line := pen.line():
        yield line


def _inner(element: HtmlElement, tag: str, around: _Around) -> _Around:
    said = element.items()
    if not said and tag not in _TELLING_TAGS:
        return around
    held = dict(said)
    names = f"{held.get('class') or ''} {held.get('id') or ''}"[:500] if said else " "
    away, caption, byline, article = around.away, around.caption, around.byline, around.article
    if tag == "article" or held.get("itemprop") == "articleBody":
        article = True
    if tag in _AWAY_TAGS or (tag == "footer" and not article) or "hidden" in held:
        away = True
    if tag in _CAPTION_TAGS:
        caption = True
    if not names.isspace() and tag not in ("body", "html", "main", "article"):
        by_names = _said_by(names)
        away, caption, byline = away or by_names[0], caption or by_names[1], byline or by_names[2]
    if held.get("rel") == "author":
        byline = True
    if (away, caption, byline, article) == (around.away, around.caption, around.byline, around.article):
        return around
    return _Around(away=away, caption=caption, byline=byline, article=article)


@lru_cache(maxsize=4096)
def _said_by(names: str) -> tuple[bool, bool, bool]:
    """Return whether class and id *names* call an element away from the article, a caption, a byline."""
    return _AWAY.search(names) is not None, _CAPTION.search(names) is not None, _BYLINE.search(names) is not None


class _Pen:
    """Collects the text, links and files of the line that is being read."""

    def __init__(self) -> None:
        self._href: str | None = None
        self._in_anchor = False
        self._clear()

    def _clear(self) -> None:
        self._text = ""
        self._space = False
        self._anchors: list[Anchor] = []
        self._anchor_start = 0
        self._around: _Around | None = None
        self._byline = False
        self._files: list[str] = []

    def write(self, text: str | None, around: _Around) -> None:
        if not text:
            return
        shown = "" if text.isspace() else normal(text)
        if not shown:
            self._space = True
            return
        if self._around is None:
            self._around = around
        elif around.away and not self._around.away:
            return  # a share button or a newsletter box within a paragraph
        self._byline = self._byline or around.byline
        if self._text and (self._space or text[0].isspace()):
            self._text += " "
        self._space = text[-1].isspace()
        if len(self._text) < MAX_LINE:
            self._text += shown

    def begin(self, tag: str, element: HtmlElement) -> None:
        """Note the link or file that an element is."""
        if tag == "a":
            self.open_anchor(element.get("href"))
        elif tag in _FILES:
            self.file(element.get("src"))

    def open_anchor(self, href: str | None) -> None:
        self.close_anchor()
        self._in_anchor = True
        self._href = href
        self._anchor_start = len(self._text)

    def close_anchor(self) -> None:
        if self._in_anchor:
            self._end_anchor()
        self._in_anchor = False

    def _end_anchor(self) -> None:
        said = self._text[self._anchor_start :]
        start = self._anchor_start + len(said) - len(said.lstrip())
        if said.strip() and len(self._anchors) < 200:
            self._anchors.append(Anchor(text=said.strip(), url=self._href, start=start, end=len(self._text)))

    def file(self, src: str | None) -> None:
        if src and len(self._files) < 50:
            self._files.append(src)

    def line(self) -> _Raw | None:
        """Return the line read so far and start the next one; None if there was nothing."""
        if self._in_anchor:  # a link around several lines belongs to each
            self._end_anchor()
        made = None
        if self._text or self._files:
            around = self._around or _NOTHING_AROUND
            made = _Raw(self._text, self._anchors, around.away, around.caption, self._byline, self._files)
        self._clear()
        return made


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


def _places(raw: Sequence[_Raw], text: str) -> list[int | None]:
    """Return where in *text* each line stands, None for those that are not part of it."""
    whole = " ".join(normal(part) for part in text.splitlines()[:MAX_LINES])
    single = {normal(part) for part in text.splitlines()[:MAX_LINES]}
    places: list[int | None] = []
    cursor = 0
    for line in raw:
        start = line.text[:60]
        if len(start) < 12 and line.text not in single:
            places.append(None)
            continue
        found = whole.find(start, cursor) if start else -1
        if found < 0 and start:
            found = whole.find(start)
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
