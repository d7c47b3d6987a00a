"""A chosen candidate as an edge: its kind, its level, how it is credited."""

from __future__ import annotations

from crawler.lineage.candidates import ASIDES, Candidate, as_matched
from crawler.lineage.credit import attribution
from crawler.lineage.evidence import NAMING
from crawler.lineage.outlet import claimed_outlet
from crawler.model import Claim, Edge, EdgeKind, Level
from crawler.ports import Dossier
from crawler.registry import Registry

CONFIRMED, PROBABLE, POSSIBLE = 0.95, 0.80, 0.50


def edge_to(child: Dossier, c: Candidate, confidence: float, registry: Registry) -> Edge:
    """Return the edge from *child* to a candidate, its evidence strongest first."""
    child = as_matched(child, c.origin.id)
    known = registry.source(c.origin.source.id)
    ancestors = tuple(
        outlet
        for claim in (c.near.claims if c.near else ())
        if claim.kind in NAMING and claim.kind not in ASIDES and claim.strength != "weak"
        if (outlet := claimed_outlet(claim, registry)) is not None
    )
    return Edge(
        copy=child.article.id,
        parent=c.origin,
        kind=_kind(child, c),
        coverage=round(c.seen.coverage_left, 4) if c.seen else None,
        confidence=round(confidence, 4),
        level=level(confidence),
        evidence=tuple(sorted(c.rows, key=lambda r: (-abs(r.weight), r.type, r.value))),
        attribution=attribution(
            child.article,
            child.claims,
            c.origin.source,
            parent_url=c.origin.url,
            ancestors=ancestors,
            policy=known.policy if known else None,
            original=c.near.article if c.near else None,
            shared=c.seen,
        ),
    )


def level(confidence: float) -> Level:
    """Return the word for a probability. Below "possible" there is no edge, only a rival."""
    return "confirmed" if confidence >= CONFIRMED else "probable" if confidence >= PROBABLE else "possible"


def _nameless(claim: Claim) -> bool:
    return claim.source_id is None and claim.domain is None and claim.name is None


def _kind(child: Dossier, c: Candidate) -> EdgeKind:
    said = {claim.kind for claim in c.claims}
    if c.seen is None and (
        "translation" in said or any(k.kind == "translation" and _nameless(k) for k in child.claims)
    ):
        return "translation"
    if c.seen is None or c.near is None:
        return "claimed"
    ours, theirs = c.seen.coverage_left, c.seen.coverage_right
    ratio = child.article.word_count / max(1, c.near.article.word_count)
    if ours >= 0.8:
        return "copy" if ratio >= 0.6 else "excerpt"
    if theirs >= 0.8 and ours >= 0.6:
        return "copy"  # the whole of it, with a note or a frame of the copier's own
    return "excerpt" if "excerpt" in said else "partial"
