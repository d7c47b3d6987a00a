"""Candidates out of postings: the articles that share most, the same way in every store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log

from crawler.model import ArticleId

# Of each hash the oldest postings are read, never all: a story copied 200 times still leads to its
# original, and a cookie notice in half the store costs no more than this. detection.md, part 2.
OLDEST = 64
# One more is asked for, so that a hash known to be common weighs less than one at the limit.
READ = OLDEST + 1


def leaders(postings: Iterable[Sequence[int]], *, articles: int, least: int, limit: int) -> dict[int, int]:
    """Return the scores of the numbers that share at least *least* hashes and may be among the *limit* best.

    Each of *postings* holds the numbers of the articles having one hash, oldest first, at most ``READ``.
    All that tie with the last one are there. Scores are millionths of the sum of ln(1 + N / df), as
    whole numbers: sums do not depend on their order.
    """
    scores: dict[int, int] = {}
    shared: dict[int, int] = {}
    for numbers in postings:
        if not numbers:
            continue
        weight = round(1_000_000 * log(1 + articles / len(numbers)))
        for number in numbers[:OLDEST]:
            scores[number] = scores.get(number, 0) + weight
            shared[number] = shared.get(number, 0) + 1
    enough = {number: score for number, score in scores.items() if shared[number] >= least}
    if limit <= 0:
        return {}
    if len(enough) <= limit:
        return enough
    last = sorted(enough.values(), reverse=True)[limit - 1]
    return {number: score for number, score in enough.items() if score >= last}


def best_first(scores: Mapping[int, int], ids: Mapping[int, ArticleId], limit: int) -> tuple[ArticleId, ...]:
    """Return at most *limit* ids, highest score first, ties by id."""
    ranked = sorted((-score, ids[number]) for number, score in scores.items())
    return tuple(id for _, id in ranked[: max(0, limit)])
