"""Walks the elements of a page and yields its lines, with what the elements around them say of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

MAX_LINES = 6_000
MAX_LINE = 20_000

_Link = tuple[str, str | None, int, int]
"""An anchor as it is written: what it says, its target, where it starts and ends in the line."""


@dataclass(slots=True)
class RawLine:
    """A line as the page has it. ``away``: in a menu, a teaser, a comment box; ``byline``: the markup calls it one."""

    text: str
    anchors: list[_Link]
    away: bool
    caption: bool
    byline: bool
    media: list[str] = field(default_factory=list)


def normal(text: str) -> str:
    """Return *text* on one line: NFKC, nothing invisible, one kind of space."""
    if text.isascii():
        return " ".join(text[:MAX_LINE].split())
    plain = unicodedata.normalize("NFKC", _TRADE.sub("", text[:MAX_LINE]))
    return " ".join(_INVISIBLE.sub("", plain).split())


_TRADE = re.compile("[™®℠]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


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
_NOTED = frozenset({"a", "video", "source", "img", "audio", "iframe", "embed"})  # a link, or a file


# What the elements around a piece of text say of it, as bits: there are some 600 elements on a page.
_Around = int
_IS_AWAY, _IS_CAPTION, _IS_BYLINE, _IN_ARTICLE = 1, 2, 4, 8


def raw_lines(tree: HtmlElement) -> Iterator[RawLine]:
    """Yield the page's lines in order, the first of very many."""
    return islice(_all_lines(tree), MAX_LINES)


def _all_lines(tree: HtmlElement) -> Iterator[RawLine]:
    """Yield every line. Walks without recursion: depth is in foreign hands."""
    pen = _Pen()
    root = next(tree.iter("body"), tree)
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    around: _Around = 0
    stack = [around]
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag in _UNREAD:
                walk.skip_subtree()
                stack.append(around)
                continue
            around |= _said_of(element, tag, around)
            stack.append(around)
            if tag in _BREAKS and pen.has_ink and (line := pen.line()):
                yield line
            if tag in _NOTED:
                pen.begin(tag, element)
            if text := element.text:
                pen.write(text, around)
            continue
        if event == "end":
            stack.pop()
            around = stack[-1]
            if tag == "a":
                pen.close_anchor()
            elif tag in _BREAKS and tag != "nav" and pen.has_ink and (line := pen.line()):
                yield line
            if element is root:
                break
        if text := element.tail:
            pen.write(text, around)
    if line := pen.line():
        yield line


def _said_of(element: HtmlElement, tag: str, around: _Around) -> _Around:
    """Return what an element says of the text in it, by its tag and by what it is called."""
    said = _SAID_BY_TAG.get(tag, 0)
    if tag == "article" or element.get("itemprop") == "articleBody":
        said |= _IN_ARTICLE
    elif tag == "footer" and not around & _IN_ARTICLE:
        said |= _IS_AWAY
    names, id = element.get("class"), element.get("id")
    if (names or id) and tag not in _NAMED_BY_THE_PAGE:
        said |= _said_by(names, id)
    if element.get("hidden") is not None:
        said |= _IS_AWAY
    if element.get("rel") == "author":
        said |= _IS_BYLINE
    return said


_SAID_BY_TAG = dict.fromkeys(_AWAY_TAGS, _IS_AWAY) | dict.fromkeys(_CAPTION_TAGS, _IS_CAPTION)
_NAMED_BY_THE_PAGE = frozenset({"body", "html", "main", "article"})  # their classes say what page it is


@lru_cache(maxsize=4096)
def _said_by(names: str | None, id: str | None) -> _Around:
    """Return what the classes and the id of an element call it."""
    said = 0
    for name in f"{names or ''} {id or ''}"[:500].split():  # one by one: few names make many combinations
        said |= _said_by_name(name)
    return said


@lru_cache(maxsize=1 << 14)
def _said_by_name(name: str) -> _Around:
    away = _IS_AWAY if _AWAY.search(name) else 0
    caption = _IS_CAPTION if _CAPTION.search(name) else 0
    return away | caption | (_IS_BYLINE if _BYLINE.search(name) else 0)


class _Pen:
    """Collects the text, links and files of the line that is being read."""

    def __init__(self) -> None:
        self._href: str | None = None
        self._in_anchor = False
        self._clear()

    def _clear(self) -> None:
        self._text = ""
        self._space = False
        self._anchors: list[_Link] = []
        self._anchor_start = 0
        self._around: _Around | None = None
        self._byline = False
        self._files: list[str] = []

    @property
    def has_ink(self) -> bool:
        """Say whether there is anything that could make a line."""
        return bool(self._text or self._files)

    def write(self, text: str, around: _Around) -> None:
        shown = "" if text.isspace() else normal(text)
        if not shown:
            self._space = True
            return
        if self._around is None:
            self._around = around
        elif around & _IS_AWAY and not self._around & _IS_AWAY:
            return  # a share button or a newsletter box within a paragraph
        self._byline = self._byline or bool(around & _IS_BYLINE)
        if self._text and (self._space or text[0].isspace()):
            self._text += " "
        self._space = text[-1].isspace()
        if len(self._text) < MAX_LINE:
            self._text += shown

    def begin(self, tag: str, element: HtmlElement) -> None:
        """Note the link or file that an element is."""
        if tag == "a":
            self.open_anchor(element.get("href"))
        else:
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
            self._anchors.append((said.strip(), self._href, start, len(self._text)))

    def file(self, src: str | None) -> None:
        if src and len(self._files) < 50:
            self._files.append(src)

    def line(self) -> RawLine | None:
        """Return the line read so far and start the next one; None if there was nothing."""
        if self._in_anchor:  # a link around several lines belongs to each
            self._end_anchor()
        made = None
        if self._text or self._files:
            around = self._around or 0
            away, caption = bool(around & _IS_AWAY), bool(around & _IS_CAPTION)
            made = RawLine(self._text, self._anchors, away, caption, self._byline, self._files)
        self._clear()
        return made
