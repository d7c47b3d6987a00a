"""The wire rule: what several outlets print at once as an agency's is the agency's, its line dropped or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from crawler.lineage.outlet import claimed_outlet
from crawler.lineage.when import interval
from crawler.model import Article, Claim
from crawler.registry import Registry

OUTLETS = 2  # that name the agency
WITHIN = timedelta(hours=6)  # of the first of them; later it is rather a copy
BEFORE = timedelta(hours=1)  # all of them: whoever was that early may be whom the agency took it from


def dropped_line(
    article: Article, printing: Sequence[tuple[Article, Sequence[Claim]]], registry: Registry
) -> Claim | None:
    """Return the claim that *article*, which credits nobody, might have made; None where the others do not tell.

    *printing* are pages with its whole text and what they claim. Subscribers of an agency drop its line now and then;
    they do not copy from each other.
    """
    named: dict[str, list[tuple[Article, Claim]]] = {}
    for other, claims in printing:
        for claim in claims:
            outlet = claimed_outlet(claim, registry) if claim.kind == "wire" else None
            if outlet is not None and outlet.id != article.source.id:
                named.setdefault(outlet.id, []).append((other, claim))
    for _, said in sorted(named.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        outlets = {other.source.id: other.source.name for other, _ in said}
        if len(outlets) >= OUTLETS and _at_once(article, [other for other, _ in said]):
            claim = min((c for _, c in said), key=lambda c: (c.name or "", c.quote))
            quote = f"printed as {claim.name}'s by {', '.join(sorted(outlets.values())[:5])}"
            return replace(claim, marker="siblings", quote=quote, where="text", url=None, linked="no")
    return None


def _at_once(article: Article, others: Sequence[Article]) -> bool:
    own, spans = interval(article), [interval(other) for other in others]
    if all(span.lo is not None and own.hi + BEFORE < span.lo for span in spans):
        return False
    return (own.lo or own.hi) <= min(span.hi for span in spans) + WITHIN
