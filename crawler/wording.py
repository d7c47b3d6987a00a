"""Tells where two texts part within a passage that they share, word by word."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.model import Passage
from crawler.text import Tokens

WINDOW = 24  # words within which two wordings meet again
_MEETING = 2  # words in a row that make a meeting: one alone ("the") is chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A stretch of words, from one to before another, and what stands in its place; either may be empty."""

    left: tuple[int, int]
    right: tuple[int, int]


def partings(left: Tokens, right: Tokens, passage: Passage) -> Iterator[Parting]:
    """Yield where the two sides of *passage* differ, in order; what lies between are the same words in both.

    Time grows with the length of the passage, whatever is in it: wordings that do not meet again within 24 words are
    taken as different for so long.
    """
    return between(left, right, words_in(left, passage.left), words_in(right, passage.right))


def between(left: Tokens, right: Tokens, one: tuple[int, int], other: tuple[int, int]) -> Iterator[Parting]:
    """Yield where these words of the two texts, each from one to before another, differ; as ``partings``."""
    (i, i_end), (j, j_end) = one, other
    apart: tuple[int, int] | None = None
    while i < i_end and j < j_end:
        if left.words[i] == right.words[j]:
            if apart is not None:
                yield Parting(left=(apart[0], i), right=(apart[1], j))
                apart = None
            i, j = i + 1, j + 1
            continue
        apart = apart or (i, j)
        further, along = _meeting(
            left.words[i : min(i_end, i + WINDOW + _MEETING)], right.words[j : min(j_end, j + WINDOW + _MEETING)]
        )
        i, j = i + further, j + along
    first, second = apart or (i, j)
    if first < i_end or second < j_end:
        yield Parting(left=(first, i_end), right=(second, j_end))


def words_in(tokens: Tokens, span: tuple[int, int]) -> tuple[int, int]:
    """Return which words begin in that span of characters: the first, and the one behind the last."""
    return bisect_left(tokens.starts, span[0]), bisect_left(tokens.starts, span[1])


def characters(tokens: Tokens, words: tuple[int, int], text: str) -> tuple[int, int]:
    """Return the span of *words* in *text*; of no words: the place before the next one, twice."""
    first, behind = words
    if first < behind:
        return tokens.starts[first], tokens.ends[behind - 1]
    at = tokens.starts[first] if first < len(tokens) else len(text)
    return at, at


def _meeting(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """Return after how many words of each the two go on alike; where they do not, what is left of them, bounded."""
    for total in range(1, 2 * WINDOW):
        for a in range(max(0, total - WINDOW), min(total, WINDOW) + 1):
            b = total - a
            same = left[a : a + _MEETING]
            if same and same == right[b : b + _MEETING]:
                return a, b
    return min(len(left), WINDOW), min(len(right), WINDOW)
