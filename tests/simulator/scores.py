"""Compares lineages with the truth of a world: parents, origins, cycles, and how far confidence can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from crawler.lineage.when import published_within
from crawler.model import Article, ArticleId, Lineage, Origin
from crawler.ports import Dossier
from crawler.urls import article_id, slug
from tests.simulator.world import Piece, World

Said = Sequence[Origin]  # parents, best first
Stated = tuple[float, bool]  # a confidence and whether it was right
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Score:
    """Counts over one world or several; ``+=`` adds them up."""

    articles: int = 0
    right: int = 0  # articles whose first parent is right, or rightly none
    copies: int = 0
    copies_right: int = 0
    told_copies: int = 0  # copies whose own page, or the clock, tells the parent
    told_right: int = 0
    edges: int = 0  # first parents stated
    edges_right: int = 0
    false_edges: int = 0  # parents stated of what was taken from nobody
    origins: int = 0  # copies where the pages or the clock tell the origin
    origins_right: int = 0
    cycles: int = 0
    stated: list[Stated] = field(default_factory=list)

    def __iadd__(self, other: Score) -> Score:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def parent_rate(self) -> float:
        return self.right / max(1, self.articles)

    @property
    def origin_rate(self) -> float:
        return self.origins_right / max(1, self.origins)


def score(world: World, lineages: Mapping[ArticleId, Lineage]) -> Score:
    """Return how near *lineages* come to the truth of *world*."""
    out = Score()
    for piece in world.pieces:
        held = lineages[article_id(piece.url)]
        _count(out, piece, [edge.parent for edge in held.parents], held.origin)
        out.stated += [(e.confidence, any(same(e.parent, p) for p in piece.parents)) for e in held.parents]
    out.cycles = _cycles(lineages)
    return out


def baseline(world: World, dossiers: Mapping[ArticleId, Dossier], when: Callable[[Article], datetime | None]) -> Score:
    """Return the score of "the earliest wins": of all whose text matches, the first by *when* is parent and origin."""
    out = Score()
    for piece in world.pieces:
        one = dossiers[article_id(piece.url)]
        mine = when(one.article)
        ahead = []
        for match in one.matches:
            other = dossiers[match.other(one.article.id)].article
            at = when(other)
            kind = match.shared.kind
            if (
                kind not in ("quote", "unrelated")
                and other.source.id != one.article.source.id
                and at
                and mine
                and at < mine
            ):
                ahead.append((at, other.id, other))
        first = [
            Origin(id=a.id, url=a.url, title=a.title, published=a.published, source=a.source)
            for *_, a in sorted(ahead)[:1]
        ]
        _count(out, piece, first, first[0] if first else None)
    return out


def by_date(article: Article) -> datetime | None:
    return article.published.at if article.published else None


def by_first_sight(article: Article) -> datetime | None:
    return article.first_seen_at


def same(origin: Origin, piece: Piece) -> bool:
    """Say whether *origin* is *piece*; one that is not crawled is known by its outlet."""
    if piece.outlet.crawled:
        return origin.id == article_id(piece.url)
    return origin.external and origin.source.id in (piece.outlet.id, slug(piece.outlet.domain), slug(piece.outlet.name))


def _count(out: Score, piece: Piece, parents: Said, origin: Origin | None) -> None:
    hit = bool(parents) and any(same(parents[0], p) for p in piece.parents)
    unknowable = bool(piece.parents) and not piece.parents[0].outlet.crawled and not _tells_of(piece, piece.origin)
    right = hit or (not parents and (not piece.parents or unknowable))
    out.articles += 1
    out.right += right
    out.edges += bool(parents)
    out.edges_right += hit
    if not piece.parents:
        out.false_edges += bool(parents)
        return
    out.copies += 1
    out.copies_right += right
    if not piece.misleads and (piece.parents[0].outlet.id in piece.names or _is_first(piece.parents[0], piece)):
        out.told_copies += 1
        out.told_right += right
    if _tells_of(piece, piece.origin):
        out.origins += 1
        out.origins_right += origin is not None and any(same(origin, _root(p)) for p in piece.parents)


def _root(piece: Piece) -> Piece:
    return piece.origin


def _tells_of(piece: Piece, origin: Piece) -> bool:
    """Say whether *piece*, with the pages that it leads to, tells of *origin*: by its words, or the clock does."""
    if piece is origin:
        return True
    if piece.misleads:
        return False
    if origin.outlet.id in piece.names or _is_first(origin, piece):
        return True
    return any(p.outlet.id in piece.names and _tells_of(p, origin) for p in piece.parents)


def _is_first(origin: Piece, piece: Piece) -> bool:
    """Say whether true clocks put *origin* before *piece* and before all that may have come between."""
    if not origin.outlet.crawled:
        return False
    first, mine = _known(origin), _known(piece)
    between = [p for p in _up(piece) if p is not origin and p.outlet.crawled]
    return first[1] < mine[0] and all(first[1] < _known(p)[0] for p in between)


def _up(piece: Piece) -> Iterable[Piece]:
    for parent in piece.parents:
        yield parent
        yield from _up(parent)


def _known(piece: Piece) -> tuple[datetime, datetime]:
    """Return between when and when page and polls show *piece* to have come out; the polls alone where it misleads."""
    lo, hi = piece.absent or _EVER, piece.seen
    if piece.published is not None and piece.outlet.honest:
        start, end = published_within(piece.published)
        if start - timedelta(minutes=2) <= piece.at <= end + timedelta(minutes=2):
            return max(lo, start), min(hi, end)
    return lo, hi


def _cycles(lineages: Mapping[ArticleId, Lineage]) -> int:
    """Return how many articles lie on a cycle of stated parents."""
    found = 0
    for start in lineages:
        line, seen = [e.parent.id for e in lineages[start].parents], set()
        while line:
            here = line.pop()
            if here in seen:
                continue
            seen.add(here)
            if here in lineages:
                line += [e.parent.id for e in lineages[here].parents]
        found += start in seen
    return found


@dataclass(frozen=True, slots=True)
class Band:
    """The edges whose stated confidence lies between *low* and *high*."""

    low: float
    high: float
    count: int
    stated: float
    true: float


def reliability(
    stated: Sequence[Stated], edges: Sequence[float] = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)
) -> list[Band]:
    """Return what was stated against what was true, by bands of confidence."""
    out = []
    for low, high in pairwise(edges):
        held = [(c, ok) for c, ok in stated if low <= c < high]
        if held:
            n = len(held)
            out.append(Band(low, high, n, sum(c for c, _ in held) / n, sum(ok for _, ok in held) / n))
    return out


def calibration_error(stated: Sequence[Stated]) -> float:
    """Return the expected calibration error: the mean gap between stated and true over the bands, by their size."""
    bands = reliability(stated)
    return sum(b.count * abs(b.stated - b.true) for b in bands) / max(1, sum(b.count for b in bands))
