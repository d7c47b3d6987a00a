"""Tells which parts of a text are furniture: what a site or a company puts under all it publishes.

Only what can be told from one text is told here. What recurs in many articles has to be learnt from the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_CHROME_LIMIT = 400  # characters; a longer paragraph has more to say than its furniture words
_CHROME_LINE = 200  # characters; a longer one says "subscription" or "cookies" once in an article about them
_NEIGHBOUR = 150  # characters
_BODY = 0.4  # an organisation describes itself behind this share of the text
_HEADED_BODY = 0.25  # ... and where a heading says so already behind this


def furniture_spans(text: str) -> list[Span]:
    """Return the spans of *text* that are furniture, ascending; they may overlap."""
    return sorted([*_chrome(text), *_portraits(text), *_tail(text)])


_LINE = re.compile(r"[^\n]+")
_CHROME = re.compile(
    r"\b(?:subscri(?:be|ption)|newsletters?|sign up|log ?in|terms of (?:service|use)|privacy policy|cookies?|"
    r"javascript|all rights reserved|copyright|follow (?:us|me|him|her)|like us on|share this|click here|"
    r"read more|report abuse|leave a comment|post a comment|advertisement|opt[- ]out|email address|"
    r"(?:may|must) not be (?:published|reproduced|copied|broadcast)|views expressed|"
    r"download (?:the|our) app|related (?:articles|stories)|respect your privacy|spam you|"
    r"keep your (?:comments|language)|attack other readers|most (?:read|popular)|"
    r"(?:attention|note to) editors|separate buy|information (?:about|on) purchasing)\b|\u00a9",
    re.IGNORECASE,
)


def _chrome(text: str) -> Iterator[Span]:
    """The lines a site puts around its articles, and the same lines run together in one."""
    for line in _LINE.finditer(text):
        if line.end() - line.start() > _CHROME_LIMIT:
            yield from _crowded(text, line.start(), line.end())
        elif _is_chrome(line.group()):
            yield line.span()


def _is_chrome(line: str) -> bool:
    """Say whether a line is the site's. A long one may be an article's on what these words name."""
    found = {one.lower() for one in _CHROME.findall(line)}
    return bool(found) and (len(line) <= _CHROME_LINE or len(found) > 1 or not found <= _ALSO_NEWS)


_ALSO_NEWS = frozenset(
    (
        *("subscribe", "subscription", "newsletter", "newsletters", "cookie", "cookies", "advertisement", "copyright"),
        *(
            "share this",
            "follow him",
            "follow her",
            "sign up",
            "most read",
            "most popular",
            "email address",
            "read more",
        ),
    )
)


def _crowded(text: str, start: int, end: int) -> Iterator[Span]:
    """Stretches with furniture words close to each other: at least three, each within a sentence of the last."""
    crowd: list[Span] = []
    for found in _CHROME.finditer(text, start, end):
        if crowd and found.start() - crowd[-1][1] > _NEIGHBOUR:
            yield from _crowd(crowd, end)
            crowd = []
        crowd.append(found.span())
    yield from _crowd(crowd, end)


def _crowd(crowd: list[Span], end: int) -> Iterator[Span]:
    if len(crowd) >= 3:
        behind = crowd[-1][1]
        yield crowd[0][0], end if end - behind <= _NEIGHBOUR else behind


_PORTRAIT = re.compile(
    r"\bis (?:one of )?(?:the|a|an) (?:[\w'\u2019-]+ ){0,3}?(?:leading|premier|largest|global|non-?profit"
    r"|not-for-profit|national|independent|(?:world|nation|country|state)['\u2019]s|official|peer-reviewed|[\d,]+-member)\b"
    r"|\b(?:agency|organi[sz]ation|company|association|society|institute|provider|foundation|center|centre) "
    r"(?:within|that|dedicated|committed|focused|of more than|representing)\b"
    r"|\b(?:dedicated|committed) to\b|\b(?:founded|established|incorporated) in \d{4}\b|\bheadquartered in\b"
    r"|\bconsists of\b|\b(?:its|our|the) mission\b|\bmission (?:is|of)\b|\bfor more information\b"
    r"|\bvisit (?:us |our |https?:|www\.)|\branked (?:among|as|no\.|#)|\b(?:is|are) responsible for\b"
    r"|\btraded on\b|\bunder the symbol\b|\bemploys? (?:more than|over|about|some|nearly|\d)"
    r"|\bmembers? in (?:more than )?\d+ (?:countries|states)\b|\bimpact factor\b",
    re.IGNORECASE,
)


def _portraits(text: str) -> Iterator[Span]:
    """The paragraphs in which an organisation describes itself, however they are headed, and their continuations."""
    behind = len(text) * _BODY
    going = False
    for line in _LINE.finditer(text):
        if line.start() < behind or not line.group().strip():
            continue
        cues = sum(1 for _ in _PORTRAIT.finditer(line.group()))
        going = cues >= 3 or (cues == 2 and line.end() - line.start() < 700) or (going and cues > 0)
        if going:
            yield line.span()


_HEADING = re.compile(
    r"^[ \t]*(?:(?:About|ABOUT) (?:the )?[A-Z\u201c\"][^\n.:]{0,80}(?::|[ \t]*$)|About [Uu]s\b|#{3}|-30-"
    r"|Notes? (?:to|for) [Ee]ditors?\b|(?:Media|Press) [Cc]ontacts?\b|Forward[- ][Ll]ooking [Ss]tatements?\b"
    r"|(?:Disclaimer|DISCLAIMER|Disclosures?)\b[ \t]*(?::|$)"
    r"|(?:IMPORTANT SAFETY|Important Safety|PRESCRIBING|Prescribing) (?:INFORMATION|Information)\b)",
    re.MULTILINE,
)


def _tail(text: str) -> Iterator[Span]:
    """What follows the heading under which press releases describe their sender, to the end."""
    found = _HEADING.search(text, int(len(text) * _HEADED_BODY))
    if found:
        yield found.start(), len(text)
