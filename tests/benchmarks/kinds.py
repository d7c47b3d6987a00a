"""Prints how well kinds are told on labelled pairs that their thresholds were not fitted to: cross validation.

    python tests/benchmarks/kinds.py [--halves N]

The hand-labelled pairs of ../shared/data are split at random, a pair's documents on one side only; the thresholds of
``crawler.match.kinds`` are fitted on one half and scored on the other, N times. Half of the splits keep whole corpora
together, so that what is scored is of another sort as well. What cannot be fitted anew are the patterns that tell
quotations and furniture: they were written with all of these pairs in sight, so the figures are an upper bound still.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler import match  # noqa: E402
from crawler.match import furniture, kinds, quoting  # noqa: E402
from crawler.match.kinds import Count, Side  # noqa: E402
from crawler.text import tokenize  # noqa: E402

DATA = Path(os.environ.get("EVAL_DATA", ROOT.parent / "shared" / "data"))
COPIES = ("exact", "near-dup", "partial")
GRID: Mapping[str, Sequence[float]] = {
    "QUOTED_WEIGHT": (0.0, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
    "CITED_WEIGHT": (0.4, 0.55, 0.7, 0.85, 1.0),
    "NEAR": (0.5, 0.6, 0.7),
    "WHOLE": (0.75, 0.85, 0.95),
    "FEWEST": (12, 16, 20, 24, 30),
    "SUBSTANCE": (10, 16, 20, 23, 26, 29, 33, 40),
    "VERBATIM": (60, 75, 90, 110, 150),
    "PASSAGE": (25, 33, 45, 60),
    "OWN": (10, 15, 20, 30),
}
SHIPPED = {name: getattr(kinds, name) for name in GRID}
MIDDLE = {name: values[len(values) // 2] for name, values in GRID.items()}


PATTERNS = {
    "no quotations but those in double marks": [
        (quoting, name) for name in ("_posts", "_spoken_lines", "_announced", "_between_single_marks")
    ],
    "no furniture": [(furniture, name) for name in ("_chrome", "_portraits", "_tail")],
}


@contextmanager
def without(patterns: Iterable[tuple[Any, str]]) -> Iterator[None]:
    """Let those functions find nothing inside."""
    own = [(module, name, getattr(module, name)) for module, name in patterns]
    for module, name, _ in own:
        setattr(module, name, lambda text: iter(()))
    match._spans.cache_clear()
    try:
        yield
    finally:
        for module, name, function in own:
            setattr(module, name, function)
        match._spans.cache_clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A pair with all that its kind is decided by; ``kind`` is there where nothing is left to decide."""

    pair: Mapping[str, Any]
    kind: str | None
    sides: tuple[Side, Side] | None = None
    passages: tuple[tuple[Count, bool], ...] = ()  # each with whether it stands at the foot
    other_figures: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--halves", type=int, default=20)
    halves = parser.parse_args().halves
    if not (DATA / "dev" / "reuse").exists():
        sys.exit(f"{DATA}: no labelled pairs there: nothing to measure")
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    texts = {id: doc["text"] for id, doc in load.docs("dev").items()}
    seen = [looked_at(pair, texts) for pair in load.pairs("dev") if pair["label_by"] == "hand"]
    print(f"== {len(seen)} pairs labelled by hand, {sum(not s.pair['borderline'] for s in seen)} of them clear; F1")
    print(f"   {'thresholds as shipped, all pairs seen':<44}{row([scores(seen, SHIPPED)])}")
    for name, group in (("halves of pairs", by_documents), ("halves of corpora", by_corpus)):
        fitted, shipped = [], []
        for seed in range(halves):
            one, other = split(seen, group, random.Random(seed))
            fitted.append(scores(other, fit(one)))
            shipped.append(scores(other, SHIPPED))
        print(f"   {name + ', fitted on the other half':<44}{row(fitted)}")
        print(f"   {name + ', thresholds as shipped':<44}{row(shipped)}")
    print("== without some of the patterns, thresholds as shipped: how much the figures owe to them")
    for name, off in PATTERNS.items():
        with without(off):
            less = [looked_at(one.pair, texts) for one in seen]
        print(f"   {name:<44}{row([scores(less, SHIPPED)])}")
    print("== what the shipped thresholds get wrong")
    for one in seen:
        if is_copy(one, SHIPPED) != (one.pair["label"] in COPIES):
            print(f"   {one.pair['a']} {one.pair['b']}: {one.pair['label']}, {one.pair['reason'][:90]}")


def looked_at(pair: Mapping[str, Any], texts: Mapping[str, str]) -> Seen:
    """Return what ``compare`` hands to ``decide`` for this pair."""
    heard: dict[str, Any] = {}
    passages: list[tuple[Count, bool]] = []

    def decide(left: Side, right: Side, *, verbatim: bool, other_figures: bool) -> tuple[str, None]:
        heard.update(sides=(left, right), other_figures=other_figures)
        return "unrelated", None

    def is_copied(passage: Count, *, at_foot: bool) -> bool:
        passages.append((passage, at_foot))
        return False

    own = match.decide, match.is_copied
    match.decide, match.is_copied = decide, is_copied  # type: ignore[assignment]
    try:
        a, b = texts[pair["a"]], texts[pair["b"]]
        shared = match.compare(tokenize(a), tokenize(b), a, b)
    finally:
        match.decide, match.is_copied = own
    return Seen(pair=pair, kind=None if heard else shared.kind, passages=tuple(passages), **heard)


def is_copy(one: Seen, thresholds: Mapping[str, float]) -> bool:
    if one.sides is None:
        return one.kind in ("exact", "near_copy", "partial")
    for name, value in thresholds.items():
        setattr(kinds, name, value)
    verbatim = any(kinds.is_copied(passage, at_foot=at_foot) for passage, at_foot in one.passages)
    kind, _ = kinds.decide(*one.sides, verbatim=verbatim, other_figures=one.other_figures)
    return kind in ("near_copy", "partial")


def scores(seen: Iterable[Seen], thresholds: Mapping[str, float]) -> tuple[float, float]:
    """Return the F1 of "copy" on the clear pairs, and with the borderline ones."""
    found = [(one.pair["label"] in COPIES, is_copy(one, thresholds), one.pair["borderline"]) for one in seen]
    return f1((a, b) for a, b, borderline in found if not borderline), f1((a, b) for a, b, _ in found)


def f1(found: Iterable[tuple[bool, bool]]) -> float:
    rows = list(found)
    right = sum(a and b for a, b in rows)
    return 2 * right / max(1, 2 * right + sum(a != b for a, b in rows))


def fit(seen: Sequence[Seen]) -> dict[str, float]:
    """Return the thresholds that do best on *seen*, one after the other, from the middle of what is tried."""
    best = dict(MIDDLE)
    reached = sum(scores(seen, best))
    for _ in range(3):
        before = dict(best)
        for name, values in GRID.items():
            tried = {value: sum(scores(seen, best | {name: value})) for value in values}
            top = max(tried.values())
            if top > reached:
                # Of all that do as well the one in the middle: a threshold at the edge of a plateau is luck.
                plateau = [value for value in values if tried[value] == top]
                best[name], reached = plateau[len(plateau) // 2], top
        if best == before:
            break
    return best


def by_documents(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Return the pairs in groups that share no document."""
    group: dict[str, str] = {}

    def root(id: str) -> str:
        while group.setdefault(id, id) != id:
            id = group[id]
        return id

    for one in seen:
        group[root(one.pair["a"])] = root(one.pair["b"])
    groups: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        groups[root(one.pair["a"])].append(one)
    return list(groups.values())


def by_corpus(seen: Sequence[Seen]) -> list[list[Seen]]:
    groups: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        groups[one.pair["a"].partition(":")[0]].append(one)
    return list(groups.values())


def split(
    seen: Sequence[Seen], group: Callable[[Sequence[Seen]], list[list[Seen]]], chance: random.Random
) -> tuple[list[Seen], list[Seen]]:
    groups = group(seen)
    chance.shuffle(groups)
    halves: tuple[list[Seen], list[Seen]] = ([], [])
    for some in groups:
        min(halves, key=len).extend(some)
    return halves if chance.random() < 0.5 else halves[::-1]


def row(found: Sequence[tuple[float, float]]) -> str:
    parts = []
    for name, values in zip(("clear", "all"), zip(*found, strict=True), strict=True):
        spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
        parts.append(f"{name} {statistics.mean(values):.3f}{spread}")
    return "   ".join(parts)


if __name__ == "__main__":
    main()
