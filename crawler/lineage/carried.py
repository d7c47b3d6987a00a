"""Tells which version of its parent a copy carries: by the words that not all versions have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.text import Tokens, fold, tokenize

SPAN = 4  # words in a row by which versions are told apart
QUOTES = 3  # shown for a version
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which of several texts a copy carries. ``which``: its place; None: they cannot be told apart by what it has.

    ``words`` are the copy's own, that other versions have not; ``among`` are the places of the versions that the copy
    may have been made from, none where it has words of several that never stood together.
    """

    which: int | None
    among: tuple[int, ...]
    words: tuple[str, ...] = ()


def carried(copy: str, versions: Sequence[str], *, title: str | None = None, titles: Sequence[str | None] = ()) -> Told:
    """Return which of *versions* the text of *copy* was made from, as far as its words tell.

    What a copy leaves out says nothing; each run of four words that some of the versions have and others have not
    leaves those that have it, as does a headline that only some have.
    """
    ours = tokenize(copy)
    held = [_runs(tokenize(text)) for text in versions]
    everywhere = frozenset.intersection(*held) if held else frozenset()
    somewhere = frozenset().union(*held) - everywhere
    among = set(range(len(versions)))
    told: list[tuple[int, frozenset[int]]] = []
    for at, run in enumerate(_in_order(ours)):
        if run in somewhere:
            those = frozenset(n for n, runs in enumerate(held) if run in runs)
            told.append((at, those))
            among &= those
    if title is not None and titles:
        named = {n for n, one in enumerate(titles) if one is not None and fold(one) == fold(title)}
        among &= named or among
    if not told and len(among) == len(versions):
        return Told(which=None, among=tuple(sorted(among)))
    which = next(iter(among)) if len(among) == 1 else None
    return Told(which=which, among=tuple(sorted(among)), words=_quotes(copy, ours, told))


def _runs(tokens: Tokens) -> frozenset[tuple[str, ...]]:
    return frozenset(_in_order(tokens))


def _in_order(tokens: Tokens) -> list[tuple[str, ...]]:
    words = tokens.words
    return [tuple(words[at : at + SPAN]) for at in range(len(words) - SPAN + 1)]


def _quotes(copy: str, tokens: Tokens, told: Sequence[tuple[int, frozenset[int]]]) -> tuple[str, ...]:
    """Return the words of *copy* that tell, those that the fewest versions have first."""
    stretches: list[tuple[int, int, int]] = []  # how many versions have it, from which word, behind which
    for at, those in told:
        if stretches and stretches[-1][0] == len(those) and at <= stretches[-1][2]:
            stretches[-1] = (len(those), stretches[-1][1], at + SPAN)
        else:
            stretches.append((len(those), at, at + SPAN))
    best = sorted(stretches)[:QUOTES]
    return tuple(copy[tokens.starts[first] : tokens.ends[behind - 1]][:_LONGEST_QUOTE] for _, first, behind in best)
