"""What analysts say of an article's parents: it outranks what was inferred, and hides nothing of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.lineage.candidates import (
    MOST,
    TEXT_SEEN_PRIOR,
    UNSEEN_PRIOR,
    Candidate,
    foreign_claims,
    matched_articles,
    origin_of,
    rows_for,
)
from crawler.lineage.choice import Judgement
from crawler.lineage.edges import edge_to
from crawler.lineage.outlet import names
from crawler.model import ArticleId, Edge, Evidence, Lineage, Origin, Review
from crawler.ports import Dossier
from crawler.registry import Registry

VERDICT_BITS = 20.0  # more than all that can be inferred
REVIEWED = 0.99  # the confidence of an edge that an analyst vouches for
_WORTH_A_LOOK = 0.05  # a rival below this is one that the facts speak against


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the reviews of one article come to: the later goes before the earlier where the two disagree.

    ``only``: nothing but what is confirmed can be a parent.
    """

    confirmed: tuple[Review, ...] = ()
    rejected: tuple[Review, ...] = ()
    parentless: Review | None = None
    only: bool = False

    def rejecting(self, origin: Origin) -> Review | None:
        """Return the review that says *origin* is no parent."""
        return next((r for r in self.rejected if r.parent is not None and _is_same(r.parent, origin)), None)


def _is_same(said: Origin, origin: Origin) -> bool:
    # An external origin without an address is known by its outlet: its id changes with the copies that name it.
    return said.id == origin.id or (
        said.external and origin.external and said.source.id == origin.source.id and None in (said.url, origin.url)
    )


def standing(reviews: Sequence[Review]) -> Standing:
    """Return what *reviews*, by time, come to; those taken back do not count."""
    confirmed: dict[ArticleId, Review] = {}
    rejected: dict[ArticleId, Review] = {}
    parentless: Review | None = None
    only = False
    for review in reviews:
        if review.undone_at is not None:
            continue
        if review.parent is None:
            confirmed, parentless, only = {}, review, False
            continue
        id = review.parent.id
        if review.ruling == "reject":
            rejected[id] = review
            confirmed.pop(id, None)
            continue
        if review.ruling == "set-parent":
            confirmed, only = {}, True
        confirmed[id] = review
        rejected.pop(id, None)
        parentless = None
    return Standing(
        confirmed=tuple(confirmed.values()),
        rejected=tuple(rejected.values()),
        parentless=parentless,
        only=only and len(confirmed) > 0,
    )


def reviewed(
    child: Dossier,
    inferred: Judgement,
    rejected: Sequence[Candidate],
    said: Standing,
    near: Mapping[ArticleId, Dossier],
    registry: Registry,
) -> Judgement:
    """Return *inferred* as the reviews of *child* make it; what they overrule stays among the rivals.

    *rejected* are the candidates that *inferred* was made without.
    """
    refused = tuple(_refused(child, c, review, registry) for c in rejected if (review := said.rejecting(c.origin)))
    if said.parentless is not None:
        row = _row(said.parentless, "has no parent", -VERDICT_BITS)
        overruled = tuple(_overruled(e, row) for e in (*inferred.parents, *inferred.rivals))
        return Judgement(rivals=(*overruled, *refused))
    vouched = {
        e.parent.id: e for r in said.confirmed if (e := _vouched(child, r, inferred, near, registry)) is not None
    }
    if not vouched:
        return replace(inferred, rivals=(*inferred.rivals, *refused))
    among = not said.only and all(id in {e.parent.id for e in inferred.parents} for id in vouched)
    if among:
        parents = tuple(vouched.get(e.parent.id, e) for e in inferred.parents)
        return Judgement(parents=parents, rivals=(*inferred.rivals, *refused))
    parents = tuple(sorted(vouched.values(), key=lambda e: (-(e.coverage or 0.0), e.parent.id)))
    others = tuple(_unasked(e) for e in (*inferred.parents, *inferred.rivals) if e.parent.id not in vouched)
    return Judgement(parents=parents, rivals=(*others, *refused))


def _row(review: Review, words: str, bits: float) -> Evidence:
    note = f": {review.note}" if review.note else ""
    value = f"{review.by} says that it {words}{note}"
    return Evidence(type="verdict", weight=bits, value=value, where="review")


def _refused(child: Dossier, c: Candidate, review: Review, registry: Registry) -> Edge:
    row = _row(review, f"was not taken from {c.origin.source.name}", -VERDICT_BITS)
    return _unasked(edge_to(child, replace(c, rows=(row, *c.rows)), 0.0, registry))


def _overruled(edge: Edge, row: Evidence) -> Edge:
    return replace(_unasked(edge), confidence=0.0, level="possible", evidence=(row, *edge.evidence))


def _unasked(edge: Edge) -> Edge:
    return replace(edge, attribution=replace(edge.attribution, criteria=()))


def _vouched(
    child: Dossier, review: Review, inferred: Judgement, near: Mapping[ArticleId, Dossier], registry: Registry
) -> Edge | None:
    """Return the edge that an analyst vouches for, with what was inferred of it; None within one outlet."""
    assert review.parent is not None
    id = review.parent.id
    candidate = _candidate(child, review.parent, near, registry)
    if candidate.origin.source.id == child.article.source.id:
        return None  # the registry has learnt since that the two are one outlet
    held = next((e for e in (*inferred.parents, *inferred.rivals) if e.parent.id == id), None)
    row = _row(review, f"was taken from {candidate.origin.source.name}", VERDICT_BITS)
    rows = candidate.rows if held is None else held.evidence
    return edge_to(child, replace(candidate, rows=(row, *rows)), REVIEWED, registry)


def _candidate(child: Dossier, parent: Origin, near: Mapping[ArticleId, Dossier], registry: Registry) -> Candidate:
    """Return *parent*, as it is known now, as a candidate."""
    claims = foreign_claims(child, registry)
    known = near.get(parent.id)
    if known is None:
        source = registry.source(parent.source.id)
        origin = replace(parent, source=source.ref if source else parent.source, external=True)
        naming = tuple(c for c in claims if names(c, origin.source))
        return Candidate(origin=origin, rows=(), prior=UNSEEN_PRIOR, most=MOST, claims=naming)
    naming = tuple(c for c in claims if names(c, known.article.source))
    seen = next((s for d, s in matched_articles(child, near) if d.article.id == parent.id), None)
    if seen is None:
        return Candidate(origin=origin_of(known), rows=(), prior=UNSEEN_PRIOR, most=MOST, claims=naming)
    return Candidate(
        origin=origin_of(known),
        rows=rows_for(child, known, seen, claims),
        prior=TEXT_SEEN_PRIOR,
        most=MOST,
        claims=naming,
        near=known,
        seen=seen,
    )


def is_vouched(edge: Edge) -> bool:
    """Say whether an analyst has spoken of *edge*."""
    return any(row.type == "verdict" for row in edge.evidence)


def doubt(lineage: Lineage) -> float | None:
    """Return by how many bits the choice of parent could have gone the other way, 0 where nothing tells.

    That is the distance of the best edge from even odds, or its lead over a rival, whichever is less. None where there
    was nothing to choose, or an analyst has spoken.
    """
    rivals = [e for e in lineage.rivals if e.confidence >= _WORTH_A_LOOK]
    edges = [*lineage.parents, *rivals]
    if not edges or any(map(is_vouched, (*lineage.parents, *lineage.rivals))):
        return None
    if not lineage.parents:
        return min(abs(_bits(e.confidence)) for e in rivals)
    best = max(map(_bits, (e.confidence for e in rivals)), default=-math.inf)
    return min(min(abs(_bits(e.confidence)), abs(_bits(e.confidence) - best)) for e in lineage.parents)


def _bits(probability: float) -> float:
    within = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log2(within / (1 - within))
