"""Finds the article inside its page: the text, and the part of the DOM that it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawler.errors import InputError
from crawler.plain import printable
from crawler.text import letters
from crawler.urls import host

MAX_TEXT = 1_000_000
MAX_TEASER = 300
LEAST_GAIN = 0.1

_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd", "label", "mark", "nobr", "o:p", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_UNSEEN = frozenset(
    {
        "script", "style", "noscript", "template", "svg", "textarea", "select", "option", "title", "head", "iframe",
        "object", "math", "canvas",
    }
)  # fmt: skip
_LEAD_IN = re.compile(
    r"^(?:- )?(?:(?:read|see|watch|learn)\s+(?:more|also|next|this)|also\s+read|don.t\s+miss|more\s+(?:on|"
    r"from)\s+this|related(?:\s+(?:article|stor|content|link)\w*)?|"
    r"recommended|click\s+here\s+to\s+(?:get|sign|subscribe|download)|lesen\s+sie\s+(?:auch|mehr)|"
    r"mehr\s+zum\s+thema|lire\s+aussi|à\s+lire\s+aussi|lea\s+también|"
    r"lee\s+también|leia\s+(?:também|mais)|leggi\s+anche|lees\s+ook|läs\s+också|les\s+også|læs\s+også|"
    r"czytaj\s+(?:też|także|również)|читайте\s+(?:также|також))\b"
    r"(?:\s?[:：|»>-]|\W*$)|^(?:advertisement|anzeige|publicité|publicidad|werbung|реклама|advert|ad)\W*$",
    re.I,
)
_TABLE_ROW = re.compile(r"^\|[^\n]*\|[ ]?$|^(?:---\|)+[ ]?$", re.M)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The running text directly in one block element; its line breaks are "\\n"."""

    element: HtmlElement
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The article's text and where in the page it stands."""

    text: str
    root: HtmlElement | None  # the smallest element with nearly all of the text; None where there is no text
    blocks: tuple[Block, ...]  # of the whole page, in document order
    own: tuple[bool, ...]  # which of the blocks are in the text
    teasers: int = 0  # lines left out of the text because they only lead to other pages of the site

    @property
    def first(self) -> int:
        """Index of the first block of the text that is a sentence or more; 0 where there is none."""
        return next((i for i, block in enumerate(self.blocks) if self.own[i] and len(block.text) >= 120), 0)


def read_body(tree: HtmlElement, url: str, *, title: str | None = None) -> Body:
    """Return the main text of *tree*, which is not changed; the text is "" where none was found.

    The headline *title* and lines that only lead to other pages of the site are not part of it.
    """
    blocks = tuple(_blocks(tree))
    text = _main_text(tree, url, recall=False)
    if _mostly_labels(text, blocks):
        text = min(text, _main_text(tree, url, recall=True), key=lambda one: (not one, len(one)))
    text, teasers = _without_furniture(text, blocks, letters(title or ""), url)
    text = _completed(text, blocks)
    squeezed = _squeezed(text)
    own = tuple(len(block.text) >= 20 and _squeezed(block.text) in squeezed for block in blocks)
    return Body(text=text, root=_holder(blocks, own), blocks=blocks, own=own, teasers=teasers)


def _main_text(tree: HtmlElement, url: str, *, recall: bool) -> str:
    # Without metadata (it would take the page's canonical for its URL) and dedupe (it eats the copies we look for).
    options = Extractor(
        output_format="python", fast=True, recall=recall, comments=False, dedup=False, with_metadata=False, url=url
    )
    found = bare_extraction(tree, url=url, options=options)
    return tidy(_TABLE_ROW.sub(_cells, str(getattr(found, "text", None) or "")))


def _cells(row: re.Match[str]) -> str:
    """Return the cells of one row of a table as words: the strokes between them were not on the page."""
    return " ".join(cell.strip() for cell in row.group(0).strip().strip("|").split("|") if cell.strip(" -"))


def _mostly_labels(text: str, blocks: tuple[Block, ...]) -> bool:
    """Say whether *text* is the whole page, menus and all, as it comes out when no article was recognised."""
    lines = [line for line in text.split("\n") if line]
    short = sum(len(line.split()) <= 4 for line in lines)
    whole = sum(len(block.text) for block in blocks)
    return len(lines) >= 40 and short * 2 > len(lines) and len(text) >= 0.6 * whole


def _without_furniture(text: str, blocks: tuple[Block, ...], title: str, url: str) -> tuple[str, int]:
    """Return *text* without its headline and the lines that lead to other pages of the site, and their number."""
    teasers = 0
    by_text = {_squeezed(block.text): block for block in blocks if len(block.text) <= MAX_TEASER}
    kept: list[str] = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if index < 5 and title and letters(line) == title:
            continue
        if len(line) <= MAX_TEASER:
            if _LEAD_IN.match(line):
                continue
            bare = line.removeprefix("- ")
            block = by_text.get(_squeezed(bare))
            if block is not None and _is_teaser(block, url):
                teasers += 1
                continue
            kept.append(line if block is None else bare)  # the stroke marks a list, it was not on the page
            continue
        kept.append(line)
    return "\n".join(kept).strip() or text, teasers


def _is_teaser(block: Block, url: str) -> bool:
    """Say whether *block* is nothing but a link to another page of the same site."""
    anchors = list(block.element.iter("a"))
    if not anchors or not 3 <= len(block.text.split()) <= 30:
        return False
    targets = [(anchor.get("href") or "").strip() for anchor in anchors]
    label = sum(len(_squeezed(shown(anchor))) for anchor in anchors)
    return label >= 0.9 * len(_squeezed(block.text)) and all(_same_site(target, url) for target in targets)


def _same_site(target: str, url: str) -> bool:
    if not target or target.startswith("#"):
        return False
    if target.startswith("/") and not target.startswith("//"):
        return True
    try:
        return host(urljoin(url, target[:2000])) == host(url)
    except (InputError, ValueError):
        return False


def _completed(text: str, blocks: tuple[Block, ...]) -> str:
    """Return *text* with the paragraphs of sister sections that were passed over.

    Some outlets cut an article into several equal sections (for advertisements between them), of which
    only the first few are recognised. A sister has the same tag and class, and so has its parent.
    """
    lines = text.split("\n")
    place = {_squeezed(line): index for index, line in enumerate(lines)}
    sections: dict[tuple[str, ...], int] = {}
    seen: set[HtmlElement] = set()
    for block in blocks:
        if block.element.tag == "p" and len(block.text) >= 40 and _squeezed(block.text) in place:
            key = _section(block.element)
            sections[key] = sections.get(key, 0) + len(block.text)
            seen.add(block.element.getparent())
    if not sections:
        return text
    main, size = max(sections.items(), key=lambda one: one[1])
    if size < 0.5 * len(text) or not main[1]:
        return text
    after: dict[int, list[str]] = {}
    last = None
    for block in blocks:
        mine = _squeezed(block.text)
        if mine in place:
            last = place[mine]
        elif last is not None and block.element.tag == "p" and len(block.text) >= 40:
            if block.element.getparent() in seen or _section(block.element) != main:
                continue
            labels = sum(len(shown(anchor)) for anchor in block.element.iter("a"))
            if labels * 2 < len(block.text):
                after.setdefault(last, []).append(block.text)
    if sum(len(piece) for pieces in after.values() for piece in pieces) < LEAST_GAIN * len(text):
        return text
    return tidy("\n".join(piece for index, line in enumerate(lines) for piece in (line, *after.get(index, ()))))


def _section(paragraph: HtmlElement) -> tuple[str, ...]:
    """Return the tags and classes of the section around *paragraph* and of what is around that."""
    found: list[str] = []
    element: HtmlElement | None = paragraph.getparent()
    for _ in range(3):
        found += [str(element.tag), element.get("class") or ""] if element is not None else ["", ""]
        element = element.getparent() if element is not None else None
    return tuple(found)


def tidy(text: str) -> str:
    """Return *text* as it is stored: printable, one space between words, paragraphs at line ends, of bounded size."""
    text = printable(
        text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()


def shown(element: HtmlElement) -> str:
    """Return the visible inline text of *element* as one line."""
    pieces: list[str] = []
    _collect(element, pieces, deep=True)
    return " ".join("".join(pieces).split())


def opening(element: HtmlElement, limit: int) -> str:
    """Return at least the first *limit* characters of the text in *element* as one line; all if it has fewer."""
    pieces: list[str] = []
    size = 0
    for one in element.iter():
        if isinstance(one.tag, str) and one.tag not in _UNSEEN and one.text:
            pieces.append(one.text)
        if one is not element and one.tail:
            pieces.append(one.tail)
        size += len(pieces[-1]) if pieces else 0
        if size > limit + 1000:  # white space counts here, not in what is returned
            break
    return " ".join("".join(pieces).split())


def _blocks(tree: HtmlElement) -> Iterator[Block]:
    body = tree.find("body")
    stack = [tree if body is None else body]
    while stack:
        element = stack.pop()
        pieces: list[str] = []
        below = _collect(element, pieces)
        text = "".join(pieces)
        if text and not text.isspace():
            lines = (" ".join(line.split()) for line in text.split("\n"))
            yield Block(element=element, text="\n".join(line for line in lines if line))
        stack.extend(reversed(below))


def _collect(element: HtmlElement, pieces: list[str], *, deep: bool = False) -> list[HtmlElement]:
    """Add the inline text of *element* to *pieces*; return the block elements found on the way."""
    below: list[HtmlElement] = []
    if element.text:
        pieces.append(element.text)
    for child in element:
        tag = child.tag
        if tag == "br":
            pieces.append(" " if deep else "\n")
        elif tag in _INLINE or (deep and isinstance(tag, str) and tag not in _UNSEEN):
            below += _collect(child, pieces, deep=deep)
        elif isinstance(tag, str) and tag not in _UNSEEN:
            pieces.append("\n")
            below.append(child)
        if child.tail:
            pieces.append(child.tail)
    return below


def _holder(blocks: tuple[Block, ...], own: tuple[bool, ...]) -> HtmlElement | None:
    """Return the smallest element with at least 85 % of the characters of the own blocks."""
    weights: dict[HtmlElement, int] = {}
    total, heaviest = 0, None
    for block, mine in zip(blocks, own, strict=True):
        if not mine:
            continue
        size = len(block.text)
        total += size
        if heaviest is None or size > len(heaviest.text):
            heaviest = block
        element: HtmlElement | None = block.element
        while element is not None:
            weights[element] = weights.get(element, 0) + size
            element = element.getparent()
    if heaviest is None:
        return None
    element = heaviest.element
    while weights[element] < 0.85 * total:
        element = element.getparent()
    return element


def _squeezed(text: str) -> str:
    return "".join(text.split())
