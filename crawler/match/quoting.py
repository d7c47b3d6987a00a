"""Tells which parts of a text are somebody else's speech: quotations, social posts, transcripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_LONGEST = 1_500  # characters; a mark whose partner is farther away is a stray one
_LONGEST_SINGLE = 600


def quoted_spans(text: str) -> list[Span]:
    """Return the spans of *text* that stand as the words of another, ascending; they may overlap."""
    spans = [*_between_marks(text), *_posts(text), *_spoken_lines(text), *_announced(text)]
    return sorted(spans)


_DOUBLE = re.compile(r"[\"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u300c\u300d\u300e\u300f]|``|''|\n")
_CLOSED_BY = {"\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "\u300c": "\u300d", "\u300e": "\u300f"}


def _between_marks(text: str) -> Iterator[Span]:
    opened: tuple[int, str] | None = None  # where, and the marks that close it
    for found in _DOUBLE.finditer(text):
        mark, at, after = found.group(), found.start(), found.end()
        if opened is not None and at - opened[0] > _LONGEST:
            opened = None
        if mark == "\n":
            # A quotation of several paragraphs is opened in each of them and closed in the last.
            if opened is not None:
                if _opens_next_paragraph(text, after):
                    yield opened[0], at
                opened = None
        elif opened is not None and mark in opened[1]:
            yield opened[0], after
            opened = None
        elif opened is None or mark == "\u201c":
            closed_by = _closing(text, mark, at, after)
            if closed_by is not None:
                opened = at, closed_by
    yield from _between_single_marks(text)


def _opens_next_paragraph(text: str, at: int) -> bool:
    return text[at : at + 40].lstrip()[:1] in ("\u201c", '"', "\u00ab", "\u201e")


def _closing(text: str, mark: str, at: int, after: int) -> str | None:
    """Return the marks that would close a quotation opened here, None where this mark cannot open one."""
    if mark in _CLOSED_BY:
        return _CLOSED_BY[mark]
    if mark in ("\u201d", "''", "\u300d", "\u300f"):
        return None
    before, behind = text[at - 1 : at], text[after : after + 1]
    if mark in ('"', "\uff02") and (before.isalnum() or not behind or behind.isspace()):
        return None
    return '\u201d\u201f"' if mark in ("\u201c", "\u201f") else "''\"\u201d" if mark == "``" else '"\uff02\u201d'


_SINGLE_OPEN = re.compile(r"(?<![^\s(\[\u2014\u2013\"\u201c:])['\u2018](?=\w)")
_SINGLE_CLOSE = re.compile(r"(?<=\S)['\u2019](?!\w)|\n")


def _between_single_marks(text: str) -> Iterator[Span]:
    at = 0
    while found := _SINGLE_OPEN.search(text, at):
        start, at = found.start(), found.end()
        end, doubtful = None, None
        for close in _SINGLE_CLOSE.finditer(text, at, at + _LONGEST_SINGLE):
            if close.group() == "\n":
                if _SINGLE_OPEN.match(text, close.end() + _blank(text, close.end())):
                    end = close.start()  # the next paragraph goes on with the same quotation
                break
            if text[close.start() - 1] != "s":
                end = close.end()
                break
            doubtful = doubtful or close.end()  # "the workers' pay" more often than a quotation's end
        end = end or doubtful
        if end is not None:
            yield start, end
            at = end


def _blank(text: str, at: int) -> int:
    """Return how many of the next few characters are blank."""
    ahead = text[at : at + 40]
    return len(ahead) - len(ahead.lstrip())


_POST = re.compile(
    r"\u2014 ?[^\n@()]{1,60}\(@\w{1,30}\)(?: ?\w{3,9}\.? \d{1,2},? \d{4}| ?\d{1,2} \w{3,9},? \d{4})?"
    r"|pic\.twitter\.com/\w+"
)


def _posts(text: str) -> Iterator[Span]:
    """A post on a social site, embedded with its author's handle at the end."""
    for found in _POST.finditer(text):
        window = max(0, found.start() - 300)
        newline = text.rfind("\n", window, max(window, found.start() - 1))
        yield (newline + 1 if newline >= 0 else window), found.end()


_SPEAKER = re.compile(
    r"^[A-Z][A-Z.'\u2019-]{1,30}(?: [A-Z][A-Z.'\u2019-]{1,30}){0,3}(?: \([^)\n]{1,40}\))?: [^\n]+", re.MULTILINE
)


def _spoken_lines(text: str) -> Iterator[Span]:
    """The lines of an interview or a hearing: the speaker's name in capitals, a colon, the words.

    Where only the first of several lines looks so, the name is that of a place: "NEW DELHI: ...".
    """
    lines = [found.span() for found in _SPEAKER.finditer(text)]
    is_dateline = len(lines) == 1 and not text[: lines[0][0]].strip() and text[lines[0][1] :].strip() != ""
    yield from () if is_dateline else lines


_ANNOUNCEMENT = re.compile(
    r"\b(?:statement|letter|note|memo|e-?mail|post|tweet|message|text|transcript|said|says|reads?|wrote|writes|follows|"
    r"following|below|added|adds|tweeted|posted|explained|full)\b[^\n.:]{0,60}:[ \t]{0,20}\n\s{0,40}(\S[^\n]+)",
    re.IGNORECASE,
)


def _announced(text: str) -> Iterator[Span]:
    """A paragraph given as another's words by the colon before it."""
    for found in _ANNOUNCEMENT.finditer(text):
        yield found.span(1)
