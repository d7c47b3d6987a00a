"""How often the class of an edit is the one that a careful reader gives it: a line a class, then what was missed.

    python -m tests.benchmarks.edits

On the self-written edits of tests/lineage/edit_cases.py; see docs/edits.md for what the classes mean.
"""

from __future__ import annotations

from collections import Counter

from crawler.lineage.editing import GRAVITY, edit_classes
from crawler.prepare import compare_texts
from tests.lineage.edit_cases import cases


def main() -> None:
    given: Counter[str] = Counter()
    right: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    missed = []
    for case in cases():
        shared = compare_texts(case.after.text, case.before.text)
        found = edit_classes(case.before, case.after, shared)[0]
        given[found] += 1
        expected[case.expected] += 1
        right[found] += found == case.expected
        if found != case.expected:
            missed.append(f"{case.name}: {found}, a reader says {case.expected}")
    print(f"{'class':<12} {'edits':>6} {'called so':>10} {'rightly':>8} {'precision':>10} {'recall':>7}")
    for name in GRAVITY:
        if expected[name] or given[name]:
            precision = right[name] / given[name] if given[name] else 0.0
            recall = right[name] / expected[name] if expected[name] else 0.0
            counts = f"{expected[name]:>6} {given[name]:>10} {right[name]:>8}"
            print(f"{name:<12} {counts} {precision:>10.2f} {recall:>7.2f}")
    print(f"{'all':<12} {expected.total():>6} {'':>10} {right.total():>8} {right.total() / expected.total():>10.2f}")
    print(*missed, sep="\n")


if __name__ == "__main__":
    main()
