"""Who may have been the parent of an article, and the evidence for each: what the text, the page and the clock say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.lineage.evidence import (
    NAMING,
    VISIBLE,
    declared,
    from_claims,
    same_page,
    shared_claims,
    total,
)
from crawler.lineage.outlet import claimed_outlet, names
from crawler.lineage.when import order
from crawler.lineage.wires import dropped_line
from crawler.model import ArticleId, Claim, Comparison, Dated, Evidence, Origin, SourceRef, iso
from crawler.ports import Dossier
from crawler.registry import Registry
from crawler.urls import article_id

TEXT_SEEN_PRIOR = -1.0  # the two texts match: one of two directions
UNSEEN_PRIOR = -3.0  # named by the page, its text not seen
UNSUPPORTED_PRIOR = -8.0  # named by the page, its text seen and different
DIRECTION_MARGIN = 2.0  # bits by which one direction must beat the other
MOST_BY_TEXT_AND_TIME = 0.94
MOST_UNSEEN, MOST_UNSEEN_SUPPORTED = 0.90, 0.97
MOST = 0.99
WIRED_SHARE = 0.8  # of a page that other outlets print, too
BRIEF = 60  # words
ASIDES = ("via", "media", "residue", "pixel")  # claims that do not say of a parent where its text is from
_UNDIRECTED = ("elsewhere", "carried")  # what tells candidates apart, but not who was first
_LINKING = ("credit", "source-line", "excerpt", "canonical", "feed-source", "pixel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible parent and what speaks for it. ``near`` and ``seen`` are None where its text was not seen to match.

    ``most`` bounds its confidence; ``undirected``: nothing tells it from a copy of the child.
    """

    origin: Origin
    rows: tuple[Evidence, ...]
    prior: float
    most: float
    claims: tuple[Claim, ...]
    near: Dossier | None = None
    seen: Comparison | None = None
    undirected: bool = False

    @property
    def bits(self) -> float:
        return total(self.rows) + self.prior


# --- what the page says -------------------------------------------------------------------------


def foreign_claims(dossier: Dossier, registry: Registry) -> tuple[Claim, ...]:
    """Return the claims that name another outlet than the article's own."""
    own = dossier.article.source
    return tuple(
        c for c in dossier.claims if c.kind in NAMING and not names(c, own) and claimed_outlet(c, registry) is not None
    )


def own_shell_of(
    claims: Sequence[Claim], child: Dossier, matched: Sequence[tuple[Dossier, Comparison]]
) -> tuple[Claim, ...]:
    """Return *claims* without those carried along from a page that the rest of them credits.

    A line that also stands on a matched page says something of *that* page's parent, once this page
    has a line of its own naming that page's outlet. An agency's dateline and sign-off travel with the
    text: once the page links the very article it took, they say where that one came from.
    """
    linked = any(c.linked == "article" and c.kind in _LINKING and c.strength != "weak" for c in claims)
    kept = [c for c in claims if not (linked and c.kind == "wire")]
    for other, _ in matched:
        shared = shared_claims(kept, other.claims)
        if any(names(c, other.article.source) for c in kept if c not in shared):
            kept = [c for c in kept if c not in shared or names(c, other.article.source)]
    return tuple(kept)


def wire_rule(
    child: Dossier, claims: Sequence[Claim], matched: Sequence[tuple[Dossier, Comparison]], registry: Registry
) -> tuple[Claim, ...]:
    """Return the agency's line that *child*, crediting nobody, seems to have dropped."""
    if not unmarked(child, claims):
        return ()
    printing = [
        (other.article, foreign_claims(other, registry)) for other, seen in matched if seen.coverage_left >= WIRED_SHARE
    ]
    claim = dropped_line(child.article, printing, registry)
    return () if claim is None else (claim,)


def unmarked(child: Dossier, claims: Sequence[Claim]) -> bool:
    """Say whether the page credits nobody and does not claim the text for itself either."""
    return not any(c.kind in VISIBLE or c.kind in _LINKING for c in claims) and not any(
        c.kind == "self" for c in child.claims
    )


def matched_articles(child: Dossier, near: Mapping[ArticleId, Dossier]) -> list[tuple[Dossier, Comparison]]:
    """Return the articles of other outlets that share text with *child*, each comparison with *child* on the left."""
    out = []
    for match in child.matches:
        other = near.get(match.other(child.article.id))
        if other is None or other.article.source.id == child.article.source.id:
            continue  # a mirror or variant of the same outlet is never an edge
        seen = match.seen_from(child.article.id)
        if not (child.has(match) and other.has(match)):
            seen = replace(seen, passages=())  # nothing can be quoted of a text that is not here
        out.append((replace(other, article=other.as_in(match)), seen))
    return out


def as_matched(child: Dossier, other: ArticleId) -> Dossier:
    """Return *child* with the text that matches *other*: its current one, or one that it had before."""
    match = next((m for m in child.matches if m.other(child.article.id) == other), None)
    return child if match is None or not child.versions else replace(child, article=child.as_in(match))


def _versions(child: Dossier, other: Dossier) -> Iterator[Evidence]:
    """Yield what says that a text was compared that its page has no more."""
    match = next((m for m in child.matches if m.other(child.article.id) == other.article.id), None)
    for whose, dossier in (("the copy", child), ("the original", other)) if match is not None else ():
        assert match is not None
        version = dossier.versions.get(match.version_of(dossier.article.id) or "")
        if version is not None:
            value = f"{whose} as it was when seen on {iso(version.last_seen_at)}"
            yield Evidence(type="version", weight=0.0, value=value, where="text")


# --- candidates -----------------------------------------------------------------------------------


def seen_candidate(
    child: Dossier, matched: tuple[Dossier, Comparison], claims: Sequence[Claim], registry: Registry
) -> Candidate | None:
    """Return a matched article as a candidate; None where what they share, or the direction, rules it out."""
    other, seen = matched
    child = as_matched(child, other.article.id)
    naming = tuple(c for c in claims if names(c, other.article.source))
    if seen.kind == "unrelated" or (seen.kind == "quote" and not _excerpt_declared(seen, naming)):
        return None
    rows = rows_for(child, other, seen, claims)
    lead = lead_of(rows, child, other, seen, registry)
    if lead <= -DIRECTION_MARGIN:
        return None
    # The same few words stand in many places: they are no copy unless the page itself says so.
    brief = min(child.article.word_count, other.article.word_count) < BRIEF
    return Candidate(
        origin=origin_of(other),
        rows=(*rows, *_versions(child, other)),
        prior=TEXT_SEEN_PRIOR,
        most=MOST if declared(rows) else MOST_BY_TEXT_AND_TIME,
        claims=naming,
        near=other,
        seen=seen,
        undirected=lead < DIRECTION_MARGIN or (brief and not declared(rows)),
    )


def _excerpt_declared(seen: Comparison, naming: Sequence[Claim]) -> bool:
    """Say whether the page declares the little it shares; for mere quotations it has to say "excerpt"."""
    said = {c.kind for c in naming if c.strength != "weak"}
    return "excerpt" in said or (seen.reason == "too little" and "credit" in said)


def net(child: Dossier, other: Dossier, seen: Comparison, claims: Sequence[Claim], registry: Registry) -> float:
    """Return the bits by which "*child* was taken from *other*" leads the opposite."""
    return lead_of(rows_for(child, other, seen, claims), child, other, seen, registry)


def lead_of(there: Sequence[Evidence], child: Dossier, other: Dossier, seen: Comparison, registry: Registry) -> float:
    """Return what ``net`` does, *there* being the rows for *child* having been taken from *other*."""
    back = rows_for(other, child, seen.flipped(), foreign_claims(other, registry))
    # Whoever credits a third page may still have copied this one on the way: that speaks against no direction.
    return _directed(there) - _directed(back)


def _directed(rows: Sequence[Evidence]) -> float:
    return total([row for row in rows if row.type not in _UNDIRECTED])


def rows_for(child: Dossier, other: Dossier, seen: Comparison, claims: Sequence[Claim]) -> tuple[Evidence, ...]:
    """Return the evidence for *child* having been taken from *other*, whose texts match."""
    source = other.article.source
    naming = [c for c in claims if names(c, source)]
    rows = list(from_claims(naming, url=other.article.url))
    wanted = same_page(other.article.url)
    if any(same_page(link.url) == wanted for link in child.article.links):
        rows.append(Evidence(type="links", weight=3.0, value=other.article.url, where="body"))
    clock = order(child.article, other.article)
    # Who wrote for an outlet may show the text before it does: then the clock tells nothing between the two.
    commissioned = _written_for(claims, source) or _written_for(other.claims, child.article.source)
    if clock is not None and not commissioned:
        rows.append(clock)
    if (
        seen.coverage_right >= 0.95
        and 0.8 <= seen.coverage_left < 0.97
        and child.article.word_count > other.article.word_count
    ):
        rows.append(Evidence(type="shell", weight=1.0, value="the whole of it, with words added", where="text"))
    if any(c.kind in ("self", "co-publication") for c in other.claims):
        rows.append(Evidence(type="self", weight=3.0, value="it names itself as the origin", where="foot"))
    others = elsewhere(claims, source)
    if any(c.kind == "self" for c in child.claims) and not others and not naming:
        rows.append(
            Evidence(type="credits-other", weight=-4.0, value="the copy names itself as the origin", where="foot")
        )
    elif others and not naming:
        rows.append(
            Evidence(
                type="elsewhere",
                weight=-4.0,
                value=f"the copy credits {others[0].name}",
                where=others[0].where,
            )
        )
    return tuple(rows)


def elsewhere(claims: Sequence[Claim], source: SourceRef) -> list[Claim]:
    """Return the claims that credit somebody else than *source*, in words or in fields made for that."""
    telling = [c for c in claims if (c.kind in VISIBLE or c.kind in _LINKING) and c.strength != "weak"]
    return [c for c in telling if not names(c, source)]


def _written_for(claims: Sequence[Claim], source: SourceRef) -> bool:
    return any(c.marker == "EN-09" and names(c, source) for c in claims)


def origin_of(dossier: Dossier) -> Origin:
    """Return an article of ours as the end of an edge."""
    a = dossier.article
    return Origin(id=a.id, url=a.url, title=a.title, published=a.published, source=a.source)


def unseen_candidates(
    child: Dossier,
    claims: Sequence[Claim],
    matched: Sequence[tuple[Dossier, Comparison]],
    near: Mapping[ArticleId, Dossier],
    registry: Registry,
) -> list[Candidate]:
    """Return a candidate for each outlet the page names whose text we have not seen match."""
    seen_sources = [other.article.source for other, seen in matched if seen.kind != "unrelated"]
    by_outlet: dict[str, tuple[SourceRef, list[Claim]]] = {}
    for claim in claims:
        outlet = claimed_outlet(claim, registry)
        if outlet is None or any(names(claim, source) for source in seen_sources):
            continue
        by_outlet.setdefault(outlet.id, (outlet, []))[1].append(claim)
    found = [
        c for outlet, said in by_outlet.values() if (c := _unseen(child, outlet, said, near, registry)) is not None
    ]
    return _outermost_first(found, claims)


def _unseen(
    child: Dossier, outlet: SourceRef, said: Sequence[Claim], near: Mapping[ArticleId, Dossier], registry: Registry
) -> Candidate | None:
    # Furniture and pictures of another outlet support a credit; alone they do not make one.
    # The same holds for a counter without an article's number: it was seen on pages that are no copies.
    if not any(
        c.kind not in ("media", "residue", "copyright", "via") and (c.kind, c.strength) != ("pixel", "weak")
        for c in said
    ):
        return None
    url = next((c.url for c in said if c.linked == "article" and c.url), None)
    date = next((c.date for c in said if c.date is not None), None)
    alike = _alike(child, outlet, near)
    url = url or next(
        (c.url for d in alike for c in d.claims if names(c, outlet) and c.linked == "article" and c.url), None
    )
    rows = list(from_claims(said, url=url))
    if date is not None and _earlier(date, child.article.published):
        rows.append(
            Evidence(type="time", weight=3.0, value=f"the page dates the original {date.iso()}", where="byline")
        )
    known = near.get(article_id(url)) if url else None
    if known is not None and known.article.source.id == child.article.source.id:
        return None
    supported = len(alike) > 0 or any(c.kind in ("media", "pixel", "residue") for c in said)
    return Candidate(
        origin=Origin(
            id=external_id(outlet, url, _naming(child, outlet, alike)),
            url=known.article.url if known else url,
            title=known.article.title if known else None,
            published=known.article.published if known else date,
            source=outlet,
            external=known is None,
        ),
        rows=tuple(rows),
        prior=UNSUPPORTED_PRIOR if known is not None else TEXT_SEEN_PRIOR if alike else UNSEEN_PRIOR,
        most=MOST_UNSEEN_SUPPORTED if supported else MOST_UNSEEN,
        claims=tuple(said),
    )


def _naming(child: Dossier, outlet: SourceRef, alike: Sequence[Dossier]) -> list[ArticleId]:
    """Return which of *child* and the pages alike name *outlet*: they all have to come to the same external origin."""
    naming = [d.article.id for d in (child, *alike) if any(names(c, outlet) for c in d.claims)]
    return naming or [child.article.id]


def external_id(outlet: SourceRef, url: str | None, copies: Sequence[ArticleId]) -> ArticleId:
    """Return the id of an external origin.

    With a URL it is the id that article will have when it is crawled; else it is made of the outlet
    and the smallest id among the *copies* that name it, so that alike copies share one origin.
    """
    if url is not None:
        return article_id(url)
    return ArticleId(hashlib.sha256(f"external\n{outlet.id}\n{min(copies)}".encode()).hexdigest()[:40])


def _alike(child: Dossier, outlet: SourceRef, near: Mapping[ArticleId, Dossier]) -> list[Dossier]:
    """Return the neighbours of other outlets with the same text that name the same outlet."""
    return [
        other
        for other, seen in matched_articles(child, near)
        if seen.kind in ("exact", "near_copy") and any(names(c, outlet) for c in other.claims)
    ]


def _earlier(date: Dated, published: Dated | None) -> bool:
    return published is not None and date.at.date() < published.at.date()


def _outermost_first(candidates: list[Candidate], claims: Sequence[Claim]) -> list[Candidate]:
    """Weaken all but the outermost of several credited outlets whose pages we have not seen.

    The line that this page's own shell added is the last one of its foot; the others came with the text.
    """
    credited = [c for c in candidates if any(k.kind in ("credit", "source-line", "excerpt") for k in c.claims)]
    if len(credited) < 2:
        return candidates
    place = {id(claim): i for i, claim in enumerate(claims)}

    def last(candidate: Candidate) -> tuple[bool, int]:
        visible = [c for c in candidate.claims if c.kind in ("credit", "source-line", "excerpt")]
        return any(c.where == "foot" for c in visible), max(place[id(c)] for c in visible)

    outermost = max(credited, key=last)
    carried = Evidence(
        type="credits-other", weight=-3.0, value=f"the outer credit names {outermost.origin.source.name}", where="foot"
    )
    return [replace(c, rows=(*c.rows, carried)) if c in credited and c is not outermost else c for c in candidates]
