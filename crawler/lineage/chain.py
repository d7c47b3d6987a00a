"""Edges joined up: the chain from an article to its origin, and the lineage read off it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from math import prod

from crawler.lineage.judge import Judgement
from crawler.lineage.reviews import is_vouched
from crawler.lineage.when import delay_seconds
from crawler.model import Article, ArticleId, Dated, Edge, Lineage, Role

ParentsOf = Callable[[ArticleId], Sequence[Edge]]

LONGEST = 50  # a chain longer than this is cut: nothing real comes near it


def chain(start: ArticleId, parents_of: ParentsOf) -> tuple[Edge, ...]:
    """Return the first-parent edges from *start* to its origin, nearest first.

    A cycle is cut at its weakest edge (then by copy id), the same one from wherever it is entered; one that an analyst
    vouches for only where all are.
    """
    path: list[Edge] = []
    place: dict[ArticleId, int] = {start: 0}
    here = start
    while len(path) < LONGEST:
        edge = next(iter(parents_of(here)), None)
        if edge is None:
            break
        path.append(edge)
        here = edge.parent.id
        if here in place:
            cycle = path[place[here] :]
            weakest = min(cycle, key=lambda e: (is_vouched(e), e.confidence, e.copy))
            return tuple(path[: path.index(weakest)])
        place[here] = len(path)
    return tuple(path)


def lineage(article: Article, judgement: Judgement, parents_of: ParentsOf, *, copies: int, now: datetime) -> Lineage:
    """Return the lineage of *article*, its parents being those of *judgement* and the rest looked up."""
    return joined(article.id, article.published, judgement, parents_of, copies=copies, now=now)


def joined(
    id: ArticleId, published: Dated | None, judgement: Judgement, parents_of: ParentsOf, *, copies: int, now: datetime
) -> Lineage:
    """Return what ``lineage`` does, of the article only what it needs.

    An edge that closes a cycle and is its weakest is shown among the rivals.
    """
    parents, rivals = judgement.parents, judgement.rivals

    def upward(one: ArticleId) -> Sequence[Edge]:
        return parents if one == id else parents_of(one)

    steps = chain(id, upward)
    if parents and not steps:
        rivals, parents = (*parents, *rivals), ()
    if not parents:
        role: Role = "original" if copies else "unmatched"
        return Lineage(role=role, rivals=rivals, copies=copies, decided_at=now)
    origin = steps[-1].parent
    return Lineage(
        role="derived",
        kind=parents[0].kind,
        origin=origin,
        parents=parents,
        rivals=rivals,
        depth=len(steps),
        delay_seconds=delay_seconds(origin.published, published),
        confidence=round(prod(step.confidence for step in steps), 4),
        copies=copies,
        attribution=parents[0].attribution,
        decided_at=now,
    )
