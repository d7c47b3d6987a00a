"""Finds the stretches two word sequences share, in any order, small edits included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long and how clean a shared stretch has to be, in words."""

    seed: int = 3
    repeats: int = 6  # a seed that occurs more often in one text says nothing of where it came from
    gap: int = 10
    reach: int = 150  # a longer gap is bridged where enough of the words in it stand in their places
    bridged: float = 0.35  # of them
    drift: int = 6
    fall: float = 8.0  # of the score behind its best at which an extension ends
    joined: int = 2  # equal words that make an extension
    least: int = 12
    density: float = 0.45


SPACED = Scale()
UNSPACED = Scale(seed=6, gap=20, reach=300, drift=12, least=24, fall=16.0, joined=4)

Run = tuple[int, int, int]
"""The same words: from left word, from right word, how many."""


@dataclass(slots=True)
class Stretch:
    """Runs of the same words close to each other on both sides, ascending on both."""

    runs: list[Run] = field(default_factory=list)
    matched: int = 0

    @property
    def left(self) -> tuple[int, int]:
        return self.runs[0][0], self.runs[-1][0] + self.runs[-1][2]

    @property
    def right(self) -> tuple[int, int]:
        return self.runs[0][1], self.runs[-1][1] + self.runs[-1][2]

    @property
    def span(self) -> int:
        """How many words it takes, on the side where it takes more."""
        (a, b), (c, d) = self.left, self.right
        return max(b - a, d - c)

    @property
    def is_clean(self) -> bool:
        """Whether nine words in ten are the same, where it takes fewer: the other may have had something put in."""
        (a, b), (c, d) = self.left, self.right
        return 10 * self.matched >= 9 * min(b - a, d - c)


def align(left: Sequence[str], right: Sequence[str], scale: Scale = SPACED) -> list[Stretch]:
    """Return the stretches of *left* found in *right*, in the order of *left*, no word of *left* in two of them.

    Words of *right* may be in several: a text may repeat what the other says once.
    """
    runs = _runs(left, right, scale)
    chains = [part for chain in _chains(runs, scale) for part in _dense_parts(chain, scale)]
    chains.sort(key=lambda chain: (-chain.matched, chain.runs[0]))
    taken = bytearray(len(left))
    chosen = []
    for chain in chains:
        start, end = chain.left
        if 2 * sum(taken[start:end]) > end - start:
            continue
        for free in _untaken(chain, taken):
            if _is_dense(free, scale):
                chosen.append(free)
                for at, _, length in free.runs:
                    taken[at : at + length] = b"\1" * length
                start, end = free.left
                taken[start:end] = b"\1" * (end - start)
    return sorted(chosen, key=lambda stretch: stretch.runs[0])


def _runs(left: Sequence[str], right: Sequence[str], scale: Scale) -> list[Run]:
    """Return the longest runs of equal words around each seed, by left start."""
    size = scale.seed
    places: dict[tuple[str, ...], list[int]] = {}
    for j, seed in enumerate(zip(*(right[k:] for k in range(size)), strict=False)):
        places.setdefault(seed, []).append(j)
    reached: dict[int, int] = {}  # diagonal -> where its last run ended on the left
    runs = []
    for i, seed in enumerate(zip(*(left[k:] for k in range(size)), strict=False)):
        found = places.get(seed)
        if found is None or len(found) > scale.repeats:
            continue
        for j in found:
            if reached.get(i - j, -1) > i:
                continue
            start, low = i, max(reached.get(i - j, 0), i - j, 0)
            while start > low and left[start - 1] == right[start - 1 - i + j]:
                start -= 1
            end, top = i + size, min(len(left), len(right) + i - j)
            while end < top and left[end] == right[end - i + j]:
                end += 1
            reached[i - j] = end
            runs.append((start, start - i + j, end - start))
    more = [*_bridges(runs, left, right, scale), *_extensions(runs, left, right, scale)]
    return sorted([*runs, *more])


def _bridges(runs: Iterable[Run], left: Sequence[str], right: Sequence[str], scale: Scale) -> list[Run]:
    """Return the equal words between two runs that are equally far apart in both texts: others were exchanged there."""
    bridges: list[Run] = []
    ends: dict[int, int] = {}  # diagonal -> where its last run ended on the left
    for i, j, length in runs:
        start = ends.get(i - j, i)
        ends[i - j] = i + length
        if 0 < i - start <= scale.reach:
            same = [k for k in range(start, i) if left[k] == right[k - i + j]]
            if len(same) >= scale.bridged * (i - start):
                bridges += ((k, k - i + j, 1) for k in same)
    return bridges


_WALKED = 8  # times the words of both texts: so far the diagonals are followed, those with most equal words first


def _extensions(runs: Iterable[Run], left: Sequence[str], right: Sequence[str], scale: Scale) -> list[Run]:
    """Return the equal words before the first run of each diagonal and behind its last: others were exchanged there."""
    first: dict[int, int] = {}
    behind: dict[int, int] = {}
    equal: Counter[int] = Counter()
    for i, j, length in runs:
        first.setdefault(i - j, i)
        behind[i - j] = i + length
        equal[i - j] += length
    extensions: list[Run] = []
    budget = _WALKED * (len(left) + len(right))
    for diagonal in sorted(equal, key=lambda one: (-equal[one], one)):
        low = max(0, diagonal, first[diagonal] - scale.reach)
        high = min(len(left), len(right) + diagonal, behind[diagonal] + scale.reach)
        for places in (range(first[diagonal] - 1, low - 1, -1), range(behind[diagonal], high)):
            same, walked = _extension(left, right, diagonal, places, scale)
            extensions += ((i, i - diagonal, 1) for i in same)
            budget -= walked
        if budget < 0:
            break
    return extensions


_LOST = 0.6  # of the score by a word that is not equal; one that is adds 1


def _extension(
    left: Sequence[str], right: Sequence[str], diagonal: int, places: range, scale: Scale
) -> tuple[list[int], int]:
    """Return where words are equal at *places*, as far as they are dense enough, and how many were looked at.

    The walk ends where the score has fallen so far behind its best that more is not to be hoped for: X-drop, as in
    BLAST (Altschul et al., Journal of Molecular Biology 215, 1990).
    """
    same: list[int] = []
    score = most = 0.0
    kept, walked, densest = 0, 0, 0.0
    for walked, i in enumerate(places, start=1):
        if left[i] == right[i - diagonal]:
            same.append(i)
            score += 1
            most = max(most, score)
            dense = len(same) - scale.density * walked
            if dense >= densest:
                kept, densest = len(same), dense
        else:
            score -= _LOST
            if score < most - scale.fall:
                break
    return same[:kept] if kept >= scale.joined else [], walked


def _chains(runs: Iterable[Run], scale: Scale) -> list[Stretch]:
    """Join each run to the nearest stretch that ends shortly before it on both sides."""
    done: list[Stretch] = []
    going: list[Stretch] = []
    for run in runs:
        i, j, length = run
        best, best_distance = None, 0
        still = []
        for chain in going:
            at, there, count = chain.runs[-1]
            gap_left, gap_right = i - at - count, j - there - count
            if gap_left > scale.gap:
                done.append(chain)
                continue
            still.append(chain)
            overlap = max(0, -gap_left, -gap_right)
            if gap_right > scale.gap or abs(gap_left - gap_right) > scale.drift or overlap >= min(length, count):
                continue
            distance = abs(gap_left) + abs(gap_right)
            if best is None or distance < best_distance:
                best, best_distance = chain, distance
        going = still
        if best is None:
            best = Stretch()
            going.append(best)
            overlap = 0
        else:
            at, there, count = best.runs[-1]
            overlap = max(0, at + count - i, there + count - j)
        best.runs.append((i + overlap, j + overlap, length - overlap))
        best.matched += length - overlap
    return done + going


def _is_dense(chain: Stretch, scale: Scale) -> bool:
    return chain.matched >= max(scale.least, scale.density * chain.span)


def _dense_parts(chain: Stretch, scale: Scale) -> list[Stretch]:
    """Return *chain* if it is dense, else those of its parts that are: a sparse neighbour does not undo them."""
    if _is_dense(chain, scale):
        return [chain]
    parts, waiting = [], [chain.runs]
    while waiting:
        runs = waiting.pop()
        first, behind = _densest(runs, scale)
        part = Stretch(runs=runs[first:behind], matched=sum(length for _, _, length in runs[first:behind]))
        if part.runs and _is_dense(part, scale):
            parts.append(part)
            waiting += [some for some in (runs[:first], runs[behind:]) if some]
    return parts


def _densest(runs: Sequence[Run], scale: Scale) -> tuple[int, int]:
    """Return from which of *runs* to behind which most words are equal, over what the density asks for."""
    most, chosen = 0.0, (0, 0)
    start, over = 0, 0.0
    for at, (i, j, length) in enumerate(runs):
        if at > start:
            x, y, count = runs[at - 1]
            over -= scale.density * max(i - x - count, j - y - count)
        if over <= 0:
            start, over = at, 0.0
        over += (1 - scale.density) * length
        if over > most:
            most, chosen = over, (start, at + 1)
    return chosen


def _untaken(chain: Stretch, taken: bytearray) -> list[Stretch]:
    """Return what is left of *chain* where another one was there before: a stretch for each free part."""
    parts: list[Stretch] = [Stretch()]
    reached = chain.runs[0][0]
    for i, j, length in chain.runs:
        if any(taken[reached:i]):
            parts.append(Stretch())
        at = i
        while at < i + length:
            end = at
            while end < i + length and not taken[end]:
                end += 1
            if end > at:
                parts[-1].runs.append((at, j + at - i, end - at))
                parts[-1].matched += end - at
            if end < i + length:
                parts.append(Stretch())
            at = end + 1
        reached = i + length
    return [part for part in parts if part.runs]
