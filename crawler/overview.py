"""Who takes from whom, over the whole store: counts, delays and credits, by outlet and by pair of outlets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from crawler.ports import Relation

WRONG = ("uncredited", "misattributed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What one outlet took directly from another."""

    source: str
    parent: str
    copies: int
    credited: int  # named where it was from
    uncredited: int  # seen whole, and names nobody or somebody else; the rest is not known
    linked: int  # with a link to the very article
    median_delay_seconds: float | None

    @property
    def credit_rate(self) -> float | None:
        """The share of copies with a credit among those of which it is known."""
        known = self.credited + self.uncredited
        return self.credited / known if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet, as publisher, as republisher and as origin."""

    id: str
    articles: int = 0  # stored
    taken: int = 0  # of these, with a parent
    lent: int = 0  # copies that others took directly from it
    originated: int = 0  # stored articles whose chain ends with it
    credited: int = 0  # of those taken
    uncredited: int = 0
    median_delay_seconds: float | None = None  # of those taken, from their origin

    @property
    def credit_rate(self) -> float | None:
        known = self.credited + self.uncredited
        return self.credited / known if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts of the whole store. Outlets by what they took and lent, most first; pairs by copies, most first."""

    articles: int = 0
    derived: int = 0
    originals: int = 0
    external: int = 0  # of those derived, with an origin known by credit only
    uncredited: int = 0  # of those derived, by the verdict on the first parent's credit
    outlets: tuple[Outlet, ...] = ()
    pairs: tuple[Pair, ...] = ()

    def outlet(self, id: str) -> Outlet:
        return next((outlet for outlet in self.outlets if outlet.id == id), Outlet(id=id))


@dataclass(slots=True)
class _Sum:
    copies: int = 0
    credited: int = 0
    uncredited: int = 0
    linked: int = 0
    articles: int = 0
    lent: int = 0
    originated: int = 0
    delays: list[float] = field(default_factory=list)

    def add(self, row: Relation) -> None:
        self.copies += 1
        self.credited += is_credited(row) is True
        self.uncredited += is_credited(row) is False
        self.linked += row.linked == "article"
        if row.delay_seconds is not None:
            self.delays.append(row.delay_seconds)

    @property
    def delay(self) -> float | None:
        return median(self.delays) if self.delays else None


def is_credited(row: Relation) -> bool | None:
    """Say whether an article names the parent of *row*; None where it has none or too little of it was seen."""
    if row.verdict in WRONG or row.credited == "no":
        return False
    return True if row.credited == "yes" else None


def overview(rows: Iterable[Relation]) -> Overview:
    """Return the counts of *rows*, which come article by article, best parent first (``Store.relations``)."""
    outlets: defaultdict[str, _Sum] = defaultdict(_Sum)
    pairs: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    totals = {"articles": 0, "derived": 0, "originals": 0, "external": 0, "uncredited": 0}
    last = None
    for row in rows:
        first, last = row.copy != last, row.copy
        if row.parent is not None:
            pairs[row.source, row.parent].add(row)
            outlets[row.parent].lent += 1
        if not first:
            continue
        totals["articles"] += 1
        totals["derived"] += row.role == "derived"
        totals["originals"] += row.role == "original"
        totals["external"] += row.external
        totals["uncredited"] += row.verdict == "uncredited"
        outlets[row.source].articles += 1
        if row.origin is not None:
            outlets[row.origin].originated += 1
        if row.parent is not None:
            outlets[row.source].add(row)
    return Overview(
        **totals,
        outlets=tuple(sorted((_outlet(id, s) for id, s in outlets.items()), key=lambda o: (-o.taken - o.lent, o.id))),
        pairs=tuple(sorted((_pair(ids, s) for ids, s in pairs.items()), key=lambda p: (-p.copies, p.source, p.parent))),
    )


def _outlet(id: str, s: _Sum) -> Outlet:
    return Outlet(
        id=id,
        articles=s.articles,
        taken=s.copies,
        lent=s.lent,
        originated=s.originated,
        credited=s.credited,
        uncredited=s.uncredited,
        median_delay_seconds=s.delay,
    )


def _pair(ids: tuple[str, str], s: _Sum) -> Pair:
    return Pair(
        source=ids[0],
        parent=ids[1],
        copies=s.copies,
        credited=s.credited,
        uncredited=s.uncredited,
        linked=s.linked,
        median_delay_seconds=s.delay,
    )
