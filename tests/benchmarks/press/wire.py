"""Who publishes what, and when. Follows from a seed; nothing is kept."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.simulator.prose import an_event, headline, paragraphs

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
COPIED = 0.15  # share of the pieces that are somebody else's
_PARAGRAPHS = (7, 13)  # some 300 to 700 words


class Piece(NamedTuple):
    """The *number*-th piece of an outlet, both from 0."""

    outlet: int
    number: int

    @property
    def path(self) -> str:
        return f"/{2026}/{self.number}-report-of-outlet-{self.outlet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """So many outlets; ``standing`` pieces of each are out at the start, then one ``every`` seconds up to ``most``.

    Of pieces we write, some are another outlet's, with a credit. ``real`` ones are texts of the evaluation data, in
    their order, whoever copied them; there are as many as there are texts.
    """

    outlets: int
    standing: int
    most: int
    every: float = 0.0  # seconds; 0: the others come when told
    seed: int = 1
    real: bool = False

    def host(self, outlet: int) -> str:
        return f"o{outlet}.example"

    def name(self, outlet: int) -> str:
        return f"Outlet {outlet}"

    def out(self, outlet: int, seconds: float) -> int:
        """Return how many pieces of *outlet* are out so many seconds after the start."""
        if not self.every:
            return self.standing
        late = Random(f"{self.seed} {outlet}").random() * self.every
        return min(self.most, self.standing + int((seconds + late) // self.every))

    def at(self, piece: Piece) -> float:
        """Return when a piece comes out, in seconds after the start; of those that stand there, before it."""
        late = Random(f"{self.seed} {piece.outlet}").random() * (self.every or 3600.0)
        return (piece.number - self.standing + 1) * (self.every or 3600.0) - late

    def original(self, piece: Piece) -> Piece | None:
        """Return the piece that this one is taken from, one that came out before it; None where it is its own."""
        if self.real:
            return None
        pick = Random(f"{self.seed} {piece} original")
        if pick.random() >= COPIED:
            return None
        other = Piece(pick.randrange(self.outlets), pick.randrange(piece.number + 1))
        is_own = Random(f"{self.seed} {other} original").random() >= COPIED
        return other if other.outlet != piece.outlet and is_own and self.at(other) < self.at(piece) - 60.0 else None

    def headline(self, piece: Piece) -> str:
        return self._written(piece)[0]

    def paragraphs(self, piece: Piece) -> tuple[str, ...]:
        return self._written(piece)[1]

    def _written(self, piece: Piece) -> tuple[str, tuple[str, ...]]:
        if self.real:
            texts = real_texts()
            return texts[(piece.number * self.outlets + piece.outlet) % len(texts)]
        return _made_up(self.seed, self.original(piece) or piece)


@lru_cache(1)
def real_texts() -> list[tuple[str, tuple[str, ...]]]:
    """Return the headlines and paragraphs of the evaluation data's texts of 200 to 1,500 words, those of 1987 aside."""
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    return [
        (doc.get("title") or "", tuple(line for line in doc["text"].splitlines() if line.strip()))
        for doc in load.docs("dev").values()
        if doc["corpus"] != "r21578" and 200 <= len(doc["text"].split()) <= 1_500
    ]


@lru_cache(4_096)
def _made_up(seed: int, piece: Piece) -> tuple[str, tuple[str, ...]]:
    pick = Random(f"{seed} {piece} text")
    event = an_event(pick)
    title = headline(pick, event)
    return title, paragraphs(pick, event, pick.randint(*_PARAGRAPHS))
