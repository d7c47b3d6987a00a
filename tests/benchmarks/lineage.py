"""Prints how well lineage is traced in simulated newsrooms whose truth is known, and how far its confidence holds.

    python -m tests.benchmarks.lineage [--seeds 20] [--first 101] [--size 2000] [--jobs 2]

Seeds 1 to 3 were used for choosing rules and weights (docs/decisions/0006-calibration.md); the default ones were not.
"parent right" counts all articles, originals without a parent among them; "of copies" those that were taken from
somewhere; "told" the copies whose page names its parent or whom true clocks put behind it; "origin" the copies where
the pages, or the clocks, lead to the origin.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.simulator.runs import run
from tests.simulator.scores import Score, calibration_error, reliability

HEAD = (
    f"{'':>16} {'parent right':>12} {'of copies':>10} {'told':>7} {'edges right':>12} {'false':>6} {'origin':>7} "
    f"{'cycles':>7} {'ECE':>6}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=101)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    chosen = parser.parse_args()
    begun = time.monotonic()
    ours, earliest, first_seen = Score(), Score(), Score()
    print(HEAD)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for one in pool.map(partial(run, size=chosen.size), range(chosen.first, chosen.first + chosen.seeds)):
            show(f"seed {one.seed}", one.ours)
            ours += one.ours
            earliest += one.earliest_date
            first_seen += one.first_seen
    print()
    show("copytrail", ours)
    show("earliest date", earliest)
    show("first seen", first_seen)
    print(
        f"\n{ours.articles} articles, {ours.copies} copies; told {share(ours.told_copies, ours.copies)} of the copies,"
    )
    print(f"the origin of {share(ours.origins, ours.copies)}; false: parents given to {ours.false_edges} originals of")
    print(f"{ours.articles - ours.copies}; {time.monotonic() - begun:.0f} s")
    print(f"\n{'confidence':>12} {'edges':>7} {'stated':>7} {'true':>6}")
    for band in reliability(ours.stated):
        print(f"{band.low:>6.2f}-{min(1, band.high):.2f} {band.count:>7} {band.stated:>7.3f} {band.true:>6.3f}")


def show(name: str, s: Score) -> None:
    error = f"{calibration_error(s.stated):.3f}" if s.stated else "-"
    print(
        f"{name:>16} {share(s.right, s.articles):>12} {share(s.copies_right, s.copies):>10} "
        f"{share(s.told_right, s.told_copies):>7} {share(s.edges_right, s.edges):>12} {s.false_edges:>6} "
        f"{share(s.origins_right, s.origins):>7} {s.cycles:>7} {error:>6}",
        flush=True,
    )


def share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.4f}"


if __name__ == "__main__":
    main()
