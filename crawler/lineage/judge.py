"""Who one article was taken from: candidates, their evidence, and the choice between them.

The rules are those of the evidence model (attribution): text first, then what the page says, then
machine fields, residues, authorship and the clock. Everything here is a pure function of stored
facts about one article and its neighbours, so the order in which articles arrived cannot matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.lineage.credit import attribution
from crawler.lineage.evidence import (
    GROUPS,
    NAMING,
    VISIBLE,
    claim_bits,
    declared,
    from_claims,
    same_page,
    shared_claims,
    total,
)
from crawler.lineage.nearness import Fit, best, beyond, fit, nearness, words_of
from crawler.lineage.outlet import claimed_outlet, names
from crawler.lineage.when import SEEN_AFTER_BITS, order
from crawler.lineage.wires import dropped_line
from crawler.model import (
    ArticleId,
    Claim,
    Comparison,
    Dated,
    Edge,
    EdgeKind,
    Evidence,
    Level,
    Origin,
    SourceRef,
)
from crawler.ports import Dossier
from crawler.registry import Registry
from crawler.urls import article_id

TEXT_SEEN_PRIOR = -1.0  # the two texts match: one of two directions
UNSEEN_PRIOR = -3.0  # named by the page, its text not seen
UNSUPPORTED_PRIOR = -8.0  # named by the page, its text seen and different
DIRECTION_MARGIN = 2.0  # bits by which one direction must beat the other
CONFIRMED, PROBABLE, POSSIBLE = 0.95, 0.80, 0.50
MOST_BY_TEXT_AND_TIME = 0.94
MOST_UNSEEN, MOST_UNSEEN_SUPPORTED = 0.90, 0.97
MOST = 0.99
STITCHED_SHARE = 0.15  # of the copy's text that a further parent must explain alone
WIRED_SHARE = 0.8  # of a page that other outlets print, too
BRIEF = 60  # words
_ASIDES = ("via", "media", "residue", "pixel")  # claims that do not say of a parent where its text is from
DIGEST = 3  # parents, each of a part of its own
RIVALS_KEPT = 5
COPIED_BITS = 2.0
OWN_WORDS = 8.0  # of one candidate alone in the copy: it was made from that one
MOST_COMPARED = 12  # candidates that are compared with each other
_ASIDE = ("elsewhere", "carried")  # what tells candidates apart, but not who was first
_LINKING = ("credit", "source-line", "excerpt", "canonical", "feed-source", "pixel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The edges chosen for one article, best first, and those that were not."""

    parents: tuple[Edge, ...] = ()
    rivals: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
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


def judge(child: Dossier, near: Mapping[ArticleId, Dossier], registry: Registry) -> Judgement:
    """Return who *child* was taken from, as far as the facts tell.

    *near* holds the articles that match it and those its claims link. An empty judgement says
    that it is an original or that nothing tells.
    """
    claims = _foreign_claims(child, registry)
    matched = _matched(child, near)
    own_shell = (*_own_shell(claims, child, matched), *_wire_rule(child, claims, matched, registry))
    candidates = [c for other in matched if (c := _seen_candidate(child, other, own_shell, registry)) is not None]
    candidates += _unseen_candidates(child, own_shell, matched, near, registry)
    judgement = _choose(child, candidates, registry)
    return replace(judgement, rivals=(*judgement.rivals, *_contradicted(child, matched, own_shell, registry)))


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
    claims = _foreign_claims(child, registry)
    outlets = [claimed_outlet(c, registry) for c in claims]
    return (
        any(names(c, other.article.source) for c in claims)
        or any(names(c, outlet) for c in other.claims for outlet in outlets if outlet is not None)
        or (any(c.kind == "wire" for c in other.claims) and _unmarked(child, claims))
        or _net(child, other, seen, claims, registry) > -DIRECTION_MARGIN
    )


# --- what the page says -------------------------------------------------------------------------


def _foreign_claims(dossier: Dossier, registry: Registry) -> tuple[Claim, ...]:
    """Return the claims that name another outlet than the article's own."""
    own = dossier.article.source
    return tuple(
        c for c in dossier.claims if c.kind in NAMING and not names(c, own) and claimed_outlet(c, registry) is not None
    )


def _own_shell(
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


def _wire_rule(
    child: Dossier, claims: Sequence[Claim], matched: Sequence[tuple[Dossier, Comparison]], registry: Registry
) -> tuple[Claim, ...]:
    """Return the agency's line that *child*, crediting nobody, seems to have dropped."""
    if not _unmarked(child, claims):
        return ()
    printing = [
        (other.article, _foreign_claims(other, registry))
        for other, seen in matched
        if seen.coverage_left >= WIRED_SHARE
    ]
    claim = dropped_line(child.article, printing, registry)
    return () if claim is None else (claim,)


def _unmarked(child: Dossier, claims: Sequence[Claim]) -> bool:
    return not any(c.kind in VISIBLE or c.kind in _LINKING for c in claims) and not any(
        c.kind == "self" for c in child.claims
    )


def _matched(child: Dossier, near: Mapping[ArticleId, Dossier]) -> list[tuple[Dossier, Comparison]]:
    out = []
    for match in child.matches:
        other = near.get(match.other(child.article.id))
        if other is None or other.article.source.id == child.article.source.id:
            continue  # a mirror or variant of the same outlet is never an edge
        out.append((other, match.seen_from(child.article.id)))
    return out


# --- candidates -----------------------------------------------------------------------------------


def _seen_candidate(
    child: Dossier, matched: tuple[Dossier, Comparison], claims: Sequence[Claim], registry: Registry
) -> _Candidate | None:
    other, seen = matched
    naming = tuple(c for c in claims if names(c, other.article.source))
    if seen.kind == "unrelated" or (seen.kind == "quote" and not _excerpt_declared(seen, naming)):
        return None
    net = _net(child, other, seen, claims, registry)
    if net <= -DIRECTION_MARGIN:
        return None
    rows = _rows(child, other, seen, claims)
    # The same few words stand in many places: they are no copy unless the page itself says so.
    brief = min(child.article.word_count, other.article.word_count) < BRIEF
    return _Candidate(
        origin=origin_of(other),
        rows=rows,
        prior=TEXT_SEEN_PRIOR,
        most=MOST if declared(rows) else MOST_BY_TEXT_AND_TIME,
        claims=naming,
        near=other,
        seen=seen,
        undirected=net < DIRECTION_MARGIN or (brief and not declared(rows)),
    )


def _excerpt_declared(seen: Comparison, naming: Sequence[Claim]) -> bool:
    """Say whether the page declares the little it shares; for mere quotations it has to say "excerpt"."""
    said = {c.kind for c in naming if c.strength != "weak"}
    return "excerpt" in said or (seen.reason == "too little" and "credit" in said)


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
        rows = _rows(child, other, seen, claims)
        too_late = any(row.type == "time" and row.weight <= SEEN_AFTER_BITS for row in rows)
        if not too_late or _net(child, other, seen, claims, registry) > -DIRECTION_MARGIN:
            continue
        c = _Candidate(
            origin=origin_of(other), rows=rows, prior=TEXT_SEEN_PRIOR, most=MOST, claims=naming, near=other, seen=seen
        )
        edge = _edge(child, c, min(0.049, 1 / (1 + 2.0**-c.bits)), registry)
        found.append(replace(edge, attribution=replace(edge.attribution, verdict="misattributed", criteria=())))
    return tuple(sorted(found, key=lambda e: e.parent.id)[:RIVALS_KEPT])


def _net(child: Dossier, other: Dossier, seen: Comparison, claims: Sequence[Claim], registry: Registry) -> float:
    there = _rows(child, other, seen, claims)
    back = _rows(other, child, seen.flipped(), _foreign_claims(other, registry))
    # Whoever credits a third page may still have copied this one on the way: that speaks against no direction.
    return total([r for r in there if r.type not in _ASIDE]) - total([r for r in back if r.type not in _ASIDE])


def _rows(child: Dossier, other: Dossier, seen: Comparison, claims: Sequence[Claim]) -> tuple[Evidence, ...]:
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
    elsewhere = _elsewhere(claims, source)
    if any(c.kind == "self" for c in child.claims) and not elsewhere and not naming:
        rows.append(
            Evidence(type="credits-other", weight=-4.0, value="the copy names itself as the origin", where="foot")
        )
    elif elsewhere and not naming:
        rows.append(
            Evidence(
                type="elsewhere",
                weight=-4.0,
                value=f"the copy credits {elsewhere[0].name}",
                where=elsewhere[0].where,
            )
        )
    return tuple(rows)


def _elsewhere(claims: Sequence[Claim], source: SourceRef) -> list[Claim]:
    """Return the claims that credit somebody else than *source*, in words or in fields made for that."""
    telling = [c for c in claims if (c.kind in VISIBLE or c.kind in _LINKING) and c.strength != "weak"]
    return [c for c in telling if not names(c, source)]


def _written_for(claims: Sequence[Claim], source: SourceRef) -> bool:
    return any(c.marker == "EN-09" and names(c, source) for c in claims)


def origin_of(dossier: Dossier) -> Origin:
    """Return an article of ours as the end of an edge."""
    a = dossier.article
    return Origin(id=a.id, url=a.url, title=a.title, published=a.published, source=a.source)


def _unseen_candidates(
    child: Dossier,
    claims: Sequence[Claim],
    matched: Sequence[tuple[Dossier, Comparison]],
    near: Mapping[ArticleId, Dossier],
    registry: Registry,
) -> list[_Candidate]:
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
) -> _Candidate | None:
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
    return _Candidate(
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
        for other, seen in _matched(child, near)
        if seen.kind in ("exact", "near_copy") and any(names(c, outlet) for c in other.claims)
    ]


def _earlier(date: Dated, published: Dated | None) -> bool:
    return published is not None and date.at.date() < published.at.date()


def _outermost_first(candidates: list[_Candidate], claims: Sequence[Claim]) -> list[_Candidate]:
    """Weaken all but the outermost of several credited outlets whose pages we have not seen.

    The line that this page's own shell added is the last one of its foot; the others came with the text.
    """
    credited = [c for c in candidates if any(k.kind in ("credit", "source-line", "excerpt") for k in c.claims)]
    if len(credited) < 2:
        return candidates
    place = {id(claim): i for i, claim in enumerate(claims)}

    def last(candidate: _Candidate) -> tuple[bool, int]:
        visible = [c for c in candidate.claims if c.kind in ("credit", "source-line", "excerpt")]
        return any(c.where == "foot" for c in visible), max(place[id(c)] for c in visible)

    outermost = max(credited, key=last)
    carried = Evidence(
        type="credits-other", weight=-3.0, value=f"the outer credit names {outermost.origin.source.name}", where="foot"
    )
    return [replace(c, rows=(*c.rows, carried)) if c in credited and c is not outermost else c for c in candidates]


def _weighed(child: Dossier, competing: Sequence[_Candidate], registry: Registry) -> list[_Candidate]:
    """Return candidates for the same words with what their texts and their own pages say of each other."""
    seen = [c for c in competing if c.seen is not None and c.near is not None]
    if len(seen) < 2:
        return list(competing)
    fits = {c.origin.id: _fit(child, c) for c in seen}
    said = words_of(child.claims)
    # What cannot be the parent by direction shall not speak against what can.
    rival = best([fits[c.origin.id] for c in seen if not c.undirected] or list(fits.values()))
    credited = [c for c in seen if _is_credited(c)]
    downstream = _downstream(seen, registry)
    out = []
    for c in competing:
        if c.origin.id not in fits:
            out.append(c)
            continue
        kept = c.rows
        added = list(nearness(fits[c.origin.id], rival, said=said))
        above = [p for p in credited if beyond(fits[p.origin.id], fits[c.origin.id], said) >= OWN_WORDS]
        passed = _passed_on(c, above, registry)
        carried = passed or _carried(child, c, seen, registry)
        if carried is not None:
            kept = tuple(r for r in kept if r.type != "elsewhere")
            added.append(carried)
        if passed is None and c.origin.id in downstream:
            added.append(downstream[c.origin.id])
        out.append(replace(c, rows=(*kept, *added)))
    return out


def _fit(child: Dossier, c: _Candidate) -> Fit:
    assert c.seen is not None
    assert c.near is not None
    return fit(c.seen, copy_words=child.article.word_count, parent_words=c.near.article.word_count)


def _is_credited(c: _Candidate) -> bool:
    """Say whether the copy credits it. Of one that was edited since, nobody knows which words it had."""
    return declared(c.rows) and c.near is not None and c.near.article.version == 1


def _passed_on(c: _Candidate, credited: Sequence[_Candidate], registry: Registry) -> Evidence | None:
    """Return the row for a page whose own words stand in the copy, though that credits the page above it.

    *credited* lack those words.
    """
    for p in credited:
        if _taken_from(c, p, registry):
            bits = total([r for r in p.rows if GROUPS[r.type] in ("text", "machine", "residue")])
            value = f"its own words are there, and it was taken from {p.origin.source.name}, which the copy credits"
            return Evidence(type="carried", weight=round(bits, 2), value=value, where="text")
    return None


def _carried(child: Dossier, c: _Candidate, seen: Sequence[_Candidate], registry: Registry) -> Evidence | None:
    """Return the row for a page that credits another candidate in the very words of the copy: they may have come along.

    An agency's line says nothing here: all its subscribers have it. Nor does a link that only the copy has.
    """
    if c.near is None or not any(r.type == "elsewhere" for r in c.rows):
        return None
    said = _elsewhere(_foreign_claims(child, registry), c.origin.source)
    if not said:
        return None
    there = [k for k in c.near.claims if k.kind in ("credit", "source-line", "dateline")]
    same = shared_claims(said, there)
    linked = {(k.kind, k.quote) for k in there if k.linked == "article"}
    if any(k not in same or (k.linked == "article" and (k.kind, k.quote) not in linked) for k in said):
        return None
    if not all(any(names(k, other.origin.source) for other in seen) for k in said):
        return None  # whom both credit has not been seen: two copies of one page are more likely
    bits = max(claim_bits(k, exact=False) for k in said)
    return Evidence(type="carried", weight=bits, value=f"it has the same words: {said[0].quote}", where="foot")


def _downstream(seen: Sequence[_Candidate], registry: Registry) -> dict[ArticleId, Evidence]:
    """Return the candidates that were themselves taken from another one, each with what that says.

    Most copies are made of the original; of the copies of a copy there are fewer.
    """
    best = max(c.bits for c in seen)
    known = sorted((c for c in seen if c.bits > best - 8.0), key=lambda c: (-c.bits, c.origin.id))[:MOST_COMPARED]
    out: dict[ArticleId, Evidence] = {}
    for c in known if len(known) > 1 else ():
        lead, above = max(
            ((_lead(c, p, registry), p) for p in known if p is not c), key=lambda x: (x[0], x[1].origin.id)
        )
        if lead >= 0.5:
            sure = "itself taken from" if lead >= DIRECTION_MARGIN else "perhaps taken from"
            out[c.origin.id] = Evidence(
                type="copied",
                weight=-round(min(COPIED_BITS, lead), 2),
                value=f"{sure} {above.origin.source.name}",
                where="text",
            )
    return out


# --- the choice -----------------------------------------------------------------------------------


def _choose(child: Dossier, candidates: Sequence[_Candidate], registry: Registry) -> Judgement:
    parents: list[Edge] = []
    rivals: list[Edge] = []
    for group in _competitions(candidates):
        competing = _one_an_outlet(_weighed(child, group, registry))
        weights = {c.origin.id: 2.0 ** min(c.bits, 60.0) for c in competing}
        whole = 1.0 + sum(weights.values())
        ranked = sorted(competing, key=lambda c: (-c.bits, c.origin.id))
        joint = _signed_together(ranked)
        whole -= sum(weights[c.origin.id] for c in joint[1:])
        chosen: _Candidate | None = None
        for c in ranked:
            confidence = min(c.most, weights[c.origin.id] / whole)
            if (
                (chosen is None or chosen in joint)
                and any(c is one for one in joint)
                and confidence >= POSSIBLE
                and not c.undirected
                and c.prior > UNSUPPORTED_PRIOR
            ):
                chosen = chosen or c
                parents.append(_edge(child, c, confidence, registry))
            elif confidence >= 0.05 or c.undirected:
                rivals.append(_edge(child, c, min(confidence, 0.499) if chosen is None else confidence, registry))
        if chosen is None:
            upstream = _upstream([c for c in ranked if c.bits > ranked[0].bits - DIRECTION_MARGIN], registry)
            if upstream is not None:
                both = sum(weights[c.origin.id] for c in ranked if c.bits > 0) / whole
                parents.append(_edge(child, upstream, min(both, PROBABLE - 0.01), registry))
                rivals = [r for r in rivals if r.parent.id != upstream.origin.id]
    # Of several parents, each of other words, the one that gave most comes first: its chain leads to the origin.
    parents.sort(key=lambda e: (-(e.coverage or 0.0), -e.confidence, e.parent.id))
    if sum(e.coverage is not None for e in parents) >= DIGEST:
        parents = [replace(e, kind="digest") if e.coverage is not None else e for e in parents]
    rivals.sort(key=lambda e: (-e.confidence, e.parent.id))
    # Nobody asks twelve questions of an edge that was not chosen; stored they would be most of a lineage.
    unasked = [replace(r, attribution=replace(r.attribution, criteria=())) for r in rivals[:RIVALS_KEPT]]
    return Judgement(parents=tuple(parents), rivals=tuple(unasked))


def _signed_together(ranked: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the likeliest candidate and the agencies that sign the text in the same line: no rivals of each other."""

    def lines(c: _Candidate) -> set[str]:
        return {claim.quote for claim in c.claims if claim.kind == "wire"} if c.seen is None else set()

    first = ranked[0]
    return [first, *(c for c in ranked[1:] if lines(c) & lines(first))]


def _one_an_outlet(competing: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the likeliest page of each outlet: its old domain, or a second address, is no rival of it."""
    best: dict[str, _Candidate] = {}
    for c in sorted(competing, key=lambda c: (-c.bits, c.origin.external, c.origin.id)):
        best.setdefault(c.origin.source.id, c)
    return list(best.values())


def _competitions(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Return groups of candidates that explain the same words of the copy; a stitched piece has several.

    Candidates whose text was not seen compete in the first group: that of the largest share.
    """
    seen = sorted((c for c in candidates if c.seen is not None), key=lambda c: (-_chars(c), c.origin.id))
    unseen = [c for c in candidates if c.seen is None]
    groups: list[tuple[list[tuple[int, int]], list[_Candidate]]] = []
    for c in seen:
        assert c.seen is not None
        spans = [p.left for p in c.seen.passages]
        for held, members in groups:
            if _overlap(spans, held) >= 0.5 * max(1, sum(e - s for s, e in spans)):
                members.append(c)
                break
        else:
            if not groups or c.seen.coverage_left >= STITCHED_SHARE:
                groups.append((spans, [c]))
    if not groups:
        return [unseen] if unseen else []
    groups[0][1].extend(unseen)
    return [members for _, members in groups]


def _chars(c: _Candidate) -> int:
    return sum(p.left[1] - p.left[0] for p in c.seen.passages) if c.seen else 0


def _overlap(spans: Sequence[tuple[int, int]], held: Sequence[tuple[int, int]]) -> int:
    return sum(max(0, min(e, he) - max(s, hs)) for s, e in spans for hs, he in held)


def _upstream(tied: Sequence[_Candidate], registry: Registry) -> _Candidate | None:
    """Return the one of *tied* from which all the others were taken, when their own pages tell."""
    if len(tied) < 2 or any(c.near is None for c in tied):
        return None
    for c in tied:
        if not c.undirected and all(other is c or _taken_from(other, c, registry) for other in tied):
            return c
    return None


def _taken_from(child: _Candidate, parent: _Candidate, registry: Registry) -> bool:
    return _lead(child, parent, registry) >= DIRECTION_MARGIN


def _lead(child: _Candidate, parent: _Candidate, registry: Registry) -> float:
    """Return the bits by which *child* from *parent* leads the opposite, by their own pages; 0 without shared text."""
    assert child.near is not None
    assert parent.near is not None
    one = child.near.article.id
    seen = next((m.seen_from(one) for m in child.near.matches if m.other(one) == parent.origin.id), None)
    if seen is None:
        return 0.0
    return _net(child.near, parent.near, seen, _foreign_claims(child.near, registry), registry)


# --- edges ----------------------------------------------------------------------------------------


def _edge(child: Dossier, c: _Candidate, confidence: float, registry: Registry) -> Edge:
    known = registry.source(c.origin.source.id)
    ancestors = tuple(
        outlet
        for claim in (c.near.claims if c.near else ())
        if claim.kind in NAMING and claim.kind not in _ASIDES and claim.strength != "weak"
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


def _kind(child: Dossier, c: _Candidate) -> EdgeKind:
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
