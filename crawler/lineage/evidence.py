"""What speaks for "this text was taken from that one", in bits, grouped and capped.

The form and the start values are those of the evidence model in ``docs/how-it-works.md``: within a group the
strongest row counts whole and the others a quarter, so that ten signs of one kind never look like
ten kinds of signs; each group has a cap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from crawler.model import Claim, Evidence
from crawler.text import fold
from crawler.urls import identity

same_page = lru_cache(maxsize=1 << 15)(identity)  # the links of one page are asked about again and again

CAPS = {
    "text": 10.0,
    "machine": 9.0,
    "residue": 7.0,
    "authorship": 4.0,
    "time": 6.0,
    "asymmetry": 2.0,
    "self": 4.0,
    "prior": 2.0,
    "verdict": 20.0,
}

GROUPS = {
    "credit": "text",
    "source-line": "text",
    "dateline": "text",
    "wire": "text",
    "excerpt": "text",
    "partial": "text",
    "translation": "text",
    "via": "text",
    "canonical": "machine",
    "feed-source": "machine",
    "pixel": "machine",
    "media": "residue",
    "residue": "residue",
    "carried": "text",
    "links": "residue",
    "byline": "authorship",
    "copyright": "authorship",
    "time": "time",
    "closeness": "asymmetry",
    "shell": "asymmetry",
    "copied": "prior",
    "self": "self",
    "credits-other": "self",
    "elsewhere": "self",
    "verdict": "verdict",
    "version": "asymmetry",
}

# Claims that a reader of the page can see; the others are only in its machine-readable part.
VISIBLE = frozenset(
    {"credit", "source-line", "dateline", "wire", "excerpt", "partial", "byline", "copyright", "translation"}
)
# Claims that can name the origin of the whole text; the rest only support.
NAMING = frozenset(
    {"credit", "source-line", "dateline", "wire", "excerpt", "partial", "byline", "canonical", "feed-source", "pixel"}
    | {"copyright", "media", "residue", "translation", "via"}
)


# Bits of a claim: when it is weak, strong or certain, and when it links the very article.
_BITS: dict[str, tuple[float, float, float, float]] = {
    "credit": (2.0, 5.0, 6.0, 9.0),
    "excerpt": (2.0, 5.0, 6.0, 9.0),
    "partial": (2.0, 5.0, 6.0, 9.0),
    "source-line": (2.0, 4.0, 4.0, 7.0),
    "dateline": (6.0, 6.0, 6.0, 6.0),
    "wire": (2.0, 5.0, 8.0, 8.0),
    "translation": (2.0, 4.0, 4.0, 7.0),
    "via": (1.0, 1.0, 1.0, 1.0),
    "canonical": (3.0, 7.0, 7.0, 7.0),
    "feed-source": (3.0, 6.0, 6.0, 6.0),
    "pixel": (4.0, 4.0, 9.0, 9.0),
    "media": (4.0, 4.0, 4.0, 4.0),
    "residue": (5.0, 5.0, 5.0, 5.0),
    "byline": (4.0, 4.0, 4.0, 4.0),
    "copyright": (2.0, 2.0, 2.0, 2.0),
}
_STRENGTHS = ("weak", "strong", "certain")


def claim_bits(claim: Claim, *, exact: bool) -> float:
    """Return the weight of *claim*, 0 for one that names no parent; *exact* says that it links the very article."""
    bits = _BITS.get(claim.kind)
    if bits is None:
        return 0.0
    if claim.kind == "canonical" and claim.linked == "home":
        return 1.0  # a network's hub, or a slip in a template
    # What is weak stays weak however it links: a discovery credit with a link is still no origin.
    return bits[3] if exact and claim.strength != "weak" else bits[_STRENGTHS.index(claim.strength)]


def from_claims(claims: Iterable[Claim], *, url: str | None) -> tuple[Evidence, ...]:
    """Return a row for each claim, all of them naming one outlet; *url* is the candidate's own."""
    wanted = same_page(url) if url else None
    rows = []
    for claim in claims:
        exact = claim.linked == "article" and (wanted is None or _same(claim.url, wanted))
        bits = claim_bits(claim, exact=exact)
        if bits:
            rows.append(
                Evidence(
                    type=claim.kind, weight=bits, value=claim.quote or claim.name or claim.url or "", where=claim.where
                )
            )
    return tuple(rows)


def _same(url: str | None, wanted: str) -> bool:
    return url is not None and same_page(url) == wanted


def total(rows: Sequence[Evidence]) -> float:
    """Return the bits of *rows*: per group the strongest plus a quarter of the rest, capped; both signs apart."""
    bits = 0.0
    for sign in (1, -1):
        groups: dict[str, list[float]] = {}
        for row in rows:
            if row.weight * sign > 0:
                groups.setdefault(GROUPS[row.type], []).append(abs(row.weight))
        for group, weights in groups.items():
            weights.sort(reverse=True)
            grouped = weights[0] + 0.25 * sum(weights[1:])
            # A hard contradiction (the clock) is not softened by the cap of its group.
            bits += sign * (min(grouped, CAPS[group]) if sign > 0 else grouped)
    return bits


def declared(rows: Sequence[Evidence]) -> bool:
    """Say whether something on the page itself, read by people or machines, names the parent."""
    return any(GROUPS[row.type] in ("text", "machine") and row.type not in ("via", "carried") for row in rows)


def shared_claims(claims: Sequence[Claim], others: Sequence[Claim]) -> frozenset[Claim]:
    """Return those of *claims* that stand on the other page too: carried along, or carried by both."""
    there = {(c.kind, c.source_id or c.domain or fold(c.name or ""), fold(c.quote)) for c in others}
    return frozenset(
        c for c in claims if (c.kind, c.source_id or c.domain or fold(c.name or ""), fold(c.quote)) in there
    )
