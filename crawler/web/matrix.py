"""Who takes from whom as a table: outlets down, those they take from across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from crawler.overview import Overview, Pair

MOST = 14  # rows and columns; a larger table is read by nobody
SHADES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One pair, and how dark it is drawn, 0 to 5."""

    pair: Pair | None
    shade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The outlets that take most and those that are taken from most; ``left_out`` copies are in no cell."""

    columns: tuple[tuple[str, str], ...]  # id, name
    rows: tuple[tuple[tuple[str, str], tuple[Cell, ...]], ...]
    left_out: int


def matrix(overview: Overview, name: Callable[[str], str]) -> Matrix:
    """Return the table of *overview*, most copies first both ways."""
    takers, lenders = Counter[str](), Counter[str]()
    for pair in overview.pairs:
        takers[pair.source] += pair.copies
        lenders[pair.parent] += pair.copies
    down, across = (
        [id for id, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST]]
        for counts in (takers, lenders)
    )
    held = {(p.source, p.parent): p for p in overview.pairs}
    most = max((p.copies for p in overview.pairs), default=1)

    def cell(source: str, parent: str) -> Cell:
        pair = held.get((source, parent))
        return Cell(pair=pair, shade=0 if pair is None else 1 + (SHADES - 1) * (pair.copies - 1) // max(1, most - 1))

    shown = sum(held[s, p].copies for s in down for p in across if (s, p) in held)
    return Matrix(
        columns=tuple((id, name(id)) for id in across),
        rows=tuple(((id, name(id)), tuple(cell(id, parent) for parent in across)) for id in down),
        left_out=sum(takers.values()) - shown,
    )
