"""What a query asks of lineages, in the server's words."""

from __future__ import annotations

from typing import Any

from crawler.ports import Query
from crawler.store.elastic.session import NOTHING
from crawler.store.rows import storable
from crawler.store.terms import CONTESTED

Json = dict[str, Any]
LONGEST_TERM = 8191  # characters; nothing longer is indexed as a keyword


def more_terms(query: Query) -> list[Json]:
    """Return the conditions of *query* beyond source, origin, role, time and words."""
    named = {
        "lineage.parents.source.id": query.parent,
        "lineage.parents.id": query.of,
        "lineage.kind": query.kind,
        "lineage.attribution.verdict": query.verdict,
        "lineage.attribution.linked": query.linked,
        "language": query.language,
        "claims.kind": query.claim,
    }
    terms = [
        {"term": {name: storable(value)}} if len(value) <= LONGEST_TERM else NOTHING
        for name, value in named.items()
        if value is not None
    ]
    if query.depth is not None:
        terms.append({"range": {"lineage.depth": {"gte": query.depth}}})
    if query.below is not None:
        terms.append({"range": {"lineage.parents.coverage": {"lt": query.below}}})
    if query.external:
        terms.append({"term": {"lineage.origin.external": True}})
    if query.edited:
        terms.append({"range": {"version": {"gt": 1}}})
    if query.revised:
        terms.append({"range": {"lineage.revision": {"gt": 1}}})
    if query.contested:
        terms.append({"range": {"lineage.rivals.confidence": {"gte": CONTESTED}}})
        terms.append({"bool": {"must_not": [{"exists": {"field": "lineage.parents.id"}}]}})
    return terms
