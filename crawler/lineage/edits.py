"""Finds what was done to a text on its way: paragraphs added and cut, and words exchanged within those that stayed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.lineage.lines import sentences
from crawler.model import Comparison, Passage
from crawler.text import Tokens, in_one_alphabet, tokenize
from crawler.wording import Parting, between, characters, partings, words_in

PARAGRAPH = 600  # a longer line is told sentence by sentence
MISSING = 0.4  # a paragraph is new, or cut, when less than this share of its words is in the other text

Paragraph = tuple[int, str]
"""Where it stands in the copy, and its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """Words of the parent (``was``) and what stands in their place in the copy; either may be empty."""

    was: str
    now: str
    span: tuple[int, int]  # of ``now``, in the copy
    spaced: bool  # a space stands beside ``was``
    opens: tuple[bool, bool]  # the parent's, the copy's words begin a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """All that was done, in the order of the copy (``cut``: of the parent, with the places in the copy)."""

    added: tuple[Paragraph, ...]
    cut: tuple[Paragraph, ...]
    exchanged: tuple[Exchanged, ...]


def edits(parent: str, copy: str, shared: Comparison) -> Edits:
    """Return how *copy* differs from *parent*; *shared* is their comparison with the copy on its left.

    Each word of either text is in a passage of both, in a paragraph added or cut, in an exchange, or at the same place
    of the other text. Words that are in several passages are told by the longest of them.
    """
    ours, theirs = in_one_alphabet(tokenize(copy), tokenize(parent))
    known = _covered(ours, [p.left for p in shared.passages])
    left = _covered(theirs, [p.right for p in shared.passages])
    added, cut = _strangers(copy, ours, known), _strangers(parent, theirs, left)
    inside = [one for passage in _each_once(ours, shared.passages) for one in partings(ours, theirs, passage)]
    ends = [(words_in(ours, p.left)[1], words_in(theirs, p.right)[1]) for p in shared.passages]
    outside = [one for pair in _loose(_runs(known), _runs(left), ends) for one in between(ours, theirs, *pair)]
    found = sorted((*inside, *outside), key=lambda one: (one.left, one.right))
    return Edits(
        added=tuple((start, copy[start:end]) for start, end in added),
        cut=tuple((_in_copy(start, shared.passages), parent[start:end]) for start, end in cut),
        exchanged=tuple(_exchanged(one, parent, copy, theirs, ours) for one in found),
    )


# --- paragraphs


def _covered(tokens: Tokens, spans: Iterable[tuple[int, int]]) -> bytearray:
    """Return for each word 1 where one of *spans* has it, else 0."""
    known = bytearray(len(tokens))
    for span in spans:
        first, behind = words_in(tokens, span)
        known[first:behind] = b"\1" * (behind - first)
    return known


def _strangers(text: str, tokens: Tokens, known: bytearray) -> list[tuple[int, int]]:
    """Return the paragraphs of *text* of which too few words are known; their words count as told from then on."""
    found = []
    for start, end in _paragraphs(text):
        first, behind = words_in(tokens, (start, end))
        if behind > first and sum(known[first:behind]) < MISSING * (behind - first):
            found.append((start, end))
            known[first:behind] = b"\1" * (behind - first)
    return found


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if len(line) <= PARAGRAPH:
            yield start, start + len(line)
        else:
            at = start
            for sentence in sentences(line):
                yield at, at + len(sentence)
                at += len(sentence)
        start += len(line)


def _in_copy(at: int, passages: Sequence[Passage]) -> int:
    """Return where in the copy something at *at* of the parent would stand: behind what stands before it."""
    before = [p for p in passages if p.right[0] <= at]
    return max(before, key=lambda p: p.right[0]).left[1] if before else 0


# --- words


def _each_once(ours: Tokens, passages: Sequence[Passage]) -> Iterator[Passage]:
    """Yield *passages*, the longest first, without those that hold the same words of the copy again."""
    told = bytearray(len(ours))
    for passage in sorted(passages, key=lambda p: (-p.words, p.left, p.right)):
        first, behind = words_in(ours, passage.left)
        if 2 * sum(told[first:behind]) <= behind - first:
            told[first:behind] = b"\1" * (behind - first)
            yield passage


def _runs(known: bytearray) -> Iterator[tuple[int, int]]:
    """Yield the runs of words that are not known: from one to before another."""
    start = known.find(0)
    while start >= 0:
        end = known.find(1, start)
        yield start, (end if end >= 0 else len(known))
        start = known.find(0, end) if end >= 0 else -1


_Words = tuple[int, int]


def _loose(
    ours: Iterable[_Words], theirs: Iterable[_Words], ends: Sequence[tuple[int, int]]
) -> Iterator[tuple[_Words, _Words]]:
    """Yield the words which no passage holds, of paragraphs that stayed: the copy's, and the parent's for them.

    *ends*: behind which words of the copy and of the parent a passage ends. What comes behind one passage in both texts
    stands for each other.
    """
    by_ours, by_theirs = sorted(ends), sorted(ends, key=lambda end: end[::-1])
    waiting: dict[tuple[int, int], list[_Words]] = {}
    for words in theirs:
        waiting.setdefault(_last(by_theirs, words[0], side=1), []).append(words)
    for words in ours:
        end = _last(by_ours, words[0], side=0)
        if waiting.get(end):
            yield words, waiting[end].pop(0)
        else:
            yield words, (end[1], end[1])
    for end, left in waiting.items():
        yield from (((end[0], end[0]), words) for words in left)


def _last(ends: Sequence[tuple[int, int]], at: int, *, side: int) -> tuple[int, int]:
    """Return the last of *ends* that is not behind the word *at* of that side; the beginning of both if none is."""
    before = bisect_right(ends, at, key=lambda end: end[side])
    return ends[before - 1] if before else (0, 0)


def _exchanged(one: Parting, parent: str, copy: str, theirs: Tokens, ours: Tokens) -> Exchanged:
    span, before = characters(ours, one.left, copy), characters(theirs, one.right, parent)
    if span[0] == span[1] and "\n" not in _gap(parent, theirs, one.right[0]):
        # It stood at the end of a paragraph, not at the beginning of the next.
        span = (_line_end(copy, ours, one.left[0]),) * 2
    return Exchanged(
        was=parent[slice(*before)],
        now=copy[slice(*span)],
        span=span,
        spaced=any(parent[at : at + 1].isspace() for at in (max(0, before[0] - 1), before[1])),
        opens=(_begins(parent, theirs, one.right[0]), _begins(copy, ours, one.left[0])),
    )


def _begins(text: str, tokens: Tokens, at: int) -> bool:
    """Say whether a sentence begins at that word: its capital says nothing."""
    if at == 0 or at >= len(tokens):
        return at == 0
    return any(mark in _gap(text, tokens, at) for mark in '.!?:\n"“”«»')


def _gap(text: str, tokens: Tokens, at: int) -> str:
    """Return what stands between the word *at* and the one before it."""
    return text[tokens.ends[at - 1] if at else 0 : tokens.starts[at] if at < len(tokens) else len(text)]


def _line_end(text: str, tokens: Tokens, at: int) -> int:
    """Return where something before the word *at* stands: in its line, or at the end of the line before."""
    gap = _gap(text, tokens, at)
    end = tokens.starts[at] if at < len(tokens) else len(text)
    return end - len(gap) + gap.index("\n") if at and "\n" in gap else end
