"""Who one article was taken from: candidates, their evidence, and the choice between them.

The rules are those of the evidence model (attribution): text first, then what the page says, then
machine fields, residues, authorship and the clock. Everything here is a pure function of stored
facts about one article and its neighbours, so the order in which articles arrived cannot matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.lineage.candidates import (
    DIRECTION_MARGIN,
    MOST,
    TEXT_SEEN_PRIOR,
    Candidate,
    foreign_claims,
    lead_of,
    matched_articles,
    net,
    origin_of,
    own_shell_of,
    rows_for,
    seen_candidate,
    unmarked,
    unseen_candidates,
    wire_rule,
)
from crawler.lineage.choice import RIVALS_KEPT, Judgement, choose
from crawler.lineage.edges import edge_to
from crawler.lineage.evidence import VISIBLE
from crawler.lineage.outlet import claimed_outlet, names
from crawler.lineage.reviews import reviewed, standing
from crawler.lineage.when import SEEN_AFTER_BITS
from crawler.model import ArticleId, Claim, Comparison, Edge
from crawler.ports import Dossier
from crawler.registry import Registry

__all__ = ["Judgement", "judge", "touches"]


def judge(child: Dossier, near: Mapping[ArticleId, Dossier], registry: Registry) -> Judgement:
    """Return who *child* was taken from, as far as the facts tell.

    *near* holds the articles that match it, those its claims link and those its reviews name. An empty judgement
    says that it is an original or that nothing tells.
    """
    claims = foreign_claims(child, registry)
    matched = matched_articles(child, near)
    own_shell = (*own_shell_of(claims, child, matched), *wire_rule(child, claims, matched, registry))
    candidates = [c for other in matched if (c := seen_candidate(child, other, own_shell, registry)) is not None]
    candidates += unseen_candidates(child, own_shell, matched, near, registry)
    said = standing(child.reviews)
    rejected = [c for c in candidates if said.rejecting(c.origin) is not None]
    judgement = choose(child, [c for c in candidates if c not in rejected], registry)
    judgement = replace(judgement, rivals=(*judgement.rivals, *_contradicted(child, matched, own_shell, registry)))
    return reviewed(child, judgement, rejected, said, near, registry) if child.reviews else judgement


def touches(child: Dossier, other: Dossier, registry: Registry) -> bool:
    """Say whether the arrival of *other* can change what is judged of *child*, whose text it shares.

    It can when it may be a parent or a rival, when *child* names its outlet, or when both name an
    outlet that neither belongs to. A later copy that does none of these leaves *child* as it is.
    """
    one = child.article.id
    if child.article.source.id == other.article.source.id:
        return False
    seen = next((m.seen_from(one) for m in child.matches if m.other(one) == other.article.id), None)
    if seen is None or seen.kind == "unrelated":
        return False
    claims = foreign_claims(child, registry)
    outlets = [claimed_outlet(c, registry) for c in claims]
    return (
        any(names(c, other.article.source) for c in claims)
        or any(names(c, outlet) for c in other.claims for outlet in outlets if outlet is not None)
        or (any(c.kind == "wire" for c in other.claims) and unmarked(child, claims))
        or net(child, other, seen, claims, registry) > -DIRECTION_MARGIN
    )


def _contradicted(
    child: Dossier, matched: Sequence[tuple[Dossier, Comparison]], claims: Sequence[Claim], registry: Registry
) -> tuple[Edge, ...]:
    """Return an edge to each page that *child* credits although it was there before: kept for show, never believed."""
    found = []
    for other, seen in matched:
        naming = tuple(c for c in claims if names(c, other.article.source))
        credited = any(c.kind in VISIBLE and c.strength != "weak" for c in naming)
        if not credited or seen.kind in ("unrelated", "quote"):
            continue
        rows = rows_for(child, other, seen, claims)
        too_late = any(row.type == "time" and row.weight <= SEEN_AFTER_BITS for row in rows)
        if not too_late or lead_of(rows, child, other, seen, registry) > -DIRECTION_MARGIN:
            continue
        c = Candidate(
            origin=origin_of(other), rows=rows, prior=TEXT_SEEN_PRIOR, most=MOST, claims=naming, near=other, seen=seen
        )
        edge = edge_to(child, c, min(0.049, 1 / (1 + 2.0**-c.bits)), registry)
        found.append(replace(edge, attribution=replace(edge.attribution, verdict="misattributed", criteria=())))
    return tuple(sorted(found, key=lambda e: e.parent.id)[:RIVALS_KEPT])
