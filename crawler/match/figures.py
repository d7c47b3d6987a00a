"""Reads the figures that shared stretches report: a form filled in again has others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.text import Tokens

_WRITTEN = "two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: str(number) for number, word in enumerate(_WRITTEN.split(), start=2)} | {"one": "1"}
_AMOUNT = r"hundred|thousand|million|billion|trillion|mln|bln|per ?cent|pct"
_FIGURE = re.compile(
    rf"(?<![A-Za-z\d_.])\d+(?:[.,/:-]\d+)*|\b(?:{_WRITTEN.replace(' ', '|')})\b|\bone(?=[ -](?:{_AMOUNT})\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_BESIDE = 4  # words; 6-3/4 are three


def figures_in(tokens: Tokens, text: str, stretches: Sequence[tuple[int, int]]) -> list[str]:
    """Return the figures in the *stretches* of words and right beside them: where two reports part, there are theirs.

    Years are left out: they are the same in unlike reports.
    """
    found: list[str] = []
    reached = 0
    for stretch in sorted(stretches):
        first, behind = _with_figures_beside(tokens.words, *stretch)
        start, end = max(reached, tokens.starts[first]), tokens.ends[behind - 1]
        if start < end:
            found += (one.lower() for one in _FIGURE.findall(text, start, end) if not _YEAR.fullmatch(one))
            reached = end
    return [_NUMBERS.get(one, one) for one in found]


def _with_figures_beside(words: Sequence[str], first: int, behind: int) -> tuple[int, int]:
    low, high = max(0, first - _BESIDE), min(len(words), behind + _BESIDE)
    while first > low and words[first - 1][0].isdecimal():
        first -= 1
    while behind < high and words[behind][0].isdecimal():
        behind += 1
    return first, behind
