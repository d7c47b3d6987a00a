"""The choice between candidates: those that explain the same words compete, and a parent must lead clearly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import floor

from crawler.lineage.candidates import (
    DIRECTION_MARGIN,
    UNSUPPORTED_PRIOR,
    Candidate,
    as_matched,
    elsewhere,
    foreign_claims,
    net,
)
from crawler.lineage.edges import POSSIBLE, PROBABLE, edge_to
from crawler.lineage.evidence import GROUPS, claim_bits, declared, shared_claims, total
from crawler.lineage.nearness import Fit, best, beyond, fit, nearness, words_of
from crawler.lineage.outlet import names
from crawler.model import Article, ArticleId, Comparison, Edge, Evidence
from crawler.ports import Dossier
from crawler.registry import Registry

STITCHED_SHARE = 0.15  # of the copy's text that a further parent must explain alone, ...
STITCHED_WORDS = 80  # ... or so many words of it: a digest of ten has a tenth of each
DIGEST = 3  # parents, each of a part of its own
RIVALS_KEPT = 5
COPIED_BITS = 2.0
OWN_WORDS = 8.0  # of one candidate alone in the copy: it was made from that one
MOST_COMPARED = 12  # candidates that are compared with each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The edges chosen for one article, best first, and those that were not."""

    parents: tuple[Edge, ...] = ()
    rivals: tuple[Edge, ...] = ()


def choose(child: Dossier, candidates: Sequence[Candidate], registry: Registry) -> Judgement:
    parents: list[Edge] = []
    rivals: list[tuple[float, Candidate]] = []  # with their confidence
    seen = {c.origin.id: c.seen for c in candidates if c.seen is not None}
    for group in _competitions(child, candidates):
        competing = _one_an_outlet(_weighed(child, group, registry))
        weights = {c.origin.id: 2.0 ** min(c.bits, 60.0) for c in competing}
        whole = 1.0 + sum(weights.values())
        ranked = sorted(competing, key=lambda c: (-c.bits, c.origin.id))
        joint = _signed_together(ranked)
        whole -= sum(weights[c.origin.id] for c in joint[1:])
        chosen: Candidate | None = None
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
                parents.append(edge_to(child, c, confidence, registry))
            elif confidence >= 0.05 or c.undirected:
                rivals.append((min(confidence, 0.499) if chosen is None else confidence, c))
        if chosen is None:
            # Those that were taken from the first have lost COPIED_BITS for it: they are tied with it still.
            tied = [c for c in ranked if c.bits >= ranked[0].bits - DIRECTION_MARGIN]
            upstream = _upstream(tied, registry)
            both = sum(weights[c.origin.id] for c in ranked if c.bits > 0) / whole
            if upstream is not None and both >= POSSIBLE:
                parents.append(edge_to(child, upstream, min(both, PROBABLE - 0.01), registry))
                rivals = [(confidence, c) for confidence, c in rivals if c.origin.id != upstream.origin.id]
    # Of several parents, each of other words, the one that gave most comes first: its chain leads to the origin.
    parents.sort(key=lambda e: (-(e.coverage or 0.0), -e.confidence, e.parent.id))
    parents = _credited(child.article, parents, seen)
    if sum(e.coverage is not None for e in parents) >= DIGEST:
        parents = [replace(e, kind="digest") if e.coverage is not None else e for e in parents]
    rivals.sort(key=lambda rival: (-round(rival[0], 4), rival[1].origin.id))
    unlucky = [edge_to(child, c, confidence, registry) for confidence, c in rivals[:RIVALS_KEPT]]
    # Nobody asks twelve questions of an edge that was not chosen; stored they would be most of a lineage.
    unasked = [replace(r, attribution=replace(r.attribution, criteria=())) for r in unlucky]
    return Judgement(parents=tuple(parents), rivals=tuple(unasked))


def _credited(copy: Article, parents: Sequence[Edge], seen: Mapping[ArticleId, Comparison]) -> list[Edge]:
    """Return *parents* with each word of the copy counted for one of them, the first that has it.

    So the coverages of a stitched piece or a digest add up to what was taken, never above 1. Of a passage that an
    earlier parent has in part, the words go by the share of its characters that is left.
    """
    if sum(e.coverage is not None for e in parents) < 2:
        return list(parents)
    credited = bytearray(len(copy.text))
    out = []
    for edge in parents:
        words = 0.0
        for passage in seen[edge.parent.id].passages if edge.coverage is not None else ():
            start, end = passage.left
            words += passage.words * credited.count(0, start, end) / (end - start)
            credited[start:end] = b"\1" * (end - start)
        share = floor(10_000 * words / max(1, copy.word_count)) / 10_000
        out.append(edge if edge.coverage is None else replace(edge, coverage=min(edge.coverage, share)))
    return out


def _signed_together(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the likeliest candidate and the agencies that sign the text in the same line: no rivals of each other."""

    def lines(c: Candidate) -> set[str]:
        return {claim.quote for claim in c.claims if claim.kind == "wire"} if c.seen is None else set()

    first = ranked[0]
    return [first, *(c for c in ranked[1:] if lines(c) & lines(first))]


def _one_an_outlet(competing: Sequence[Candidate]) -> list[Candidate]:
    """Return the likeliest page of each outlet: its old domain, or a second address, is no rival of it."""
    best: dict[str, Candidate] = {}
    for c in sorted(competing, key=lambda c: (-c.bits, c.origin.external, c.origin.id)):
        best.setdefault(c.origin.source.id, c)
    return list(best.values())


def _competitions(child: Dossier, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return groups of candidates that explain the same words of the copy; a stitched piece has several.

    Candidates whose text was not seen compete in the first group: that of the largest share. So do those that share
    with another version of the copy: which words of the one are which of the other is not known.
    """
    seen = sorted((c for c in candidates if c.seen is not None), key=lambda c: (-_chars(c), c.origin.id))
    unseen = [c for c in candidates if c.seen is None]
    compared = {m.other(child.article.id): m.version_of(child.article.id) for m in child.matches}
    groups: list[tuple[list[tuple[int, int]], list[Candidate]]] = []
    for c in seen:
        assert c.seen is not None
        spans = [p.left for p in c.seen.passages]
        for held, members in groups:
            other_text = compared.get(c.origin.id) != compared.get(members[0].origin.id)
            if other_text or _overlap(spans, held) >= 0.5 * max(1, sum(e - s for s, e in spans)):
                members.append(c)
                break
        else:
            words = sum(p.words for p in c.seen.passages)
            if not groups or c.seen.coverage_left >= STITCHED_SHARE or words >= STITCHED_WORDS:
                groups.append((spans, [c]))
    if not groups:
        return [unseen] if unseen else []
    groups[0][1].extend(unseen)
    return [members for _, members in groups]


def _chars(c: Candidate) -> int:
    return sum(p.left[1] - p.left[0] for p in c.seen.passages) if c.seen else 0


def _overlap(spans: Sequence[tuple[int, int]], held: Sequence[tuple[int, int]]) -> int:
    return sum(max(0, min(e, he) - max(s, hs)) for s, e in spans for hs, he in held)


def _upstream(tied: Sequence[Candidate], registry: Registry) -> Candidate | None:
    """Return the one of *tied* from which all the others were taken, when their own pages tell."""
    if len(tied) < 2 or any(c.near is None for c in tied):
        return None
    for c in tied:
        if not c.undirected and all(other is c or _taken_from(other, c, registry) for other in tied):
            return c
    return None


def _taken_from(child: Candidate, parent: Candidate, registry: Registry) -> bool:
    return _lead(child, parent, registry) >= DIRECTION_MARGIN


def _lead(child: Candidate, parent: Candidate, registry: Registry) -> float:
    """Return the bits by which *child* from *parent* leads the opposite, by their own pages; 0 without shared text."""
    assert child.near is not None
    assert parent.near is not None
    one = child.near.article.id
    seen = next((m.seen_from(one) for m in child.near.matches if m.other(one) == parent.origin.id), None)
    if seen is None:
        return 0.0
    return net(child.near, parent.near, seen, foreign_claims(child.near, registry), registry)


def _weighed(child: Dossier, competing: Sequence[Candidate], registry: Registry) -> list[Candidate]:
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


def _fit(child: Dossier, c: Candidate) -> Fit:
    assert c.seen is not None
    assert c.near is not None
    child = as_matched(child, c.origin.id)
    return fit(c.seen, copy_words=child.article.word_count, parent_words=c.near.article.word_count)


def _is_credited(c: Candidate) -> bool:
    """Say whether the copy credits it. Of one that was edited since, nobody knows which words it had."""
    return declared(c.rows) and c.near is not None and c.near.article.version == 1


def _passed_on(c: Candidate, credited: Sequence[Candidate], registry: Registry) -> Evidence | None:
    """Return the row for a page whose own words stand in the copy, though that credits the page above it.

    *credited* lack those words.
    """
    for p in credited:
        if _taken_from(c, p, registry):
            bits = total([r for r in p.rows if GROUPS[r.type] in ("text", "machine", "residue")])
            value = f"its own words are there, and it was taken from {p.origin.source.name}, which the copy credits"
            return Evidence(type="carried", weight=round(bits, 2), value=value, where="text")
    return None


def _carried(child: Dossier, c: Candidate, seen: Sequence[Candidate], registry: Registry) -> Evidence | None:
    """Return the row for a page that credits another candidate in the very words of the copy: they may have come along.

    An agency's line says nothing here: all its subscribers have it. Nor does a link that only the copy has.
    """
    if c.near is None or not any(r.type == "elsewhere" for r in c.rows):
        return None
    said = elsewhere(foreign_claims(child, registry), c.origin.source)
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


def _downstream(seen: Sequence[Candidate], registry: Registry) -> dict[ArticleId, Evidence]:
    """Return the candidates that were themselves taken from another one, each with what that says.

    Most copies are made of the original; of the copies of a copy there are fewer.
    """
    best = max(c.bits for c in seen)
    known = sorted((c for c in seen if c.bits > best - 8.0), key=lambda c: (-c.bits, c.origin.id))[:MOST_COMPARED]
    leads: dict[tuple[ArticleId, ArticleId], float] = {}
    for c, p in combinations(known, 2):
        leads[c.origin.id, p.origin.id] = lead = _lead(c, p, registry)
        leads[p.origin.id, c.origin.id] = -lead
    out: dict[ArticleId, Evidence] = {}
    for c in known if len(known) > 1 else ():
        lead, above = max(
            ((leads[c.origin.id, p.origin.id], p) for p in known if p is not c), key=lambda x: (x[0], x[1].origin.id)
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
