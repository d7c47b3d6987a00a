"""Prints how well copies are told on the labelled pairs of ../shared/data, and how fast.

    python tests/benchmarks/detection.py

The pairs go straight to ``compare``; how many of them the store would have offered is the row "offered".
The halves are split by a hash of the pair, so that a rule fitted on one can be seen on the other.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.fingerprint import fingerprint  # noqa: E402
from crawler.match import compare  # noqa: E402
from crawler.model import Comparison, Fingerprint  # noqa: E402
from crawler.text import Tokens, tokenize  # noqa: E402

DATA = Path(os.environ.get("EVAL_DATA", ROOT.parent / "shared" / "data"))
LABELS = {"exact": "exact", "near_copy": "near-dup", "partial": "partial"}
COPIES = frozenset(LABELS.values())
CANDIDATES = 20


def main() -> None:
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    texts = {id: doc["text"] for id, doc in load.docs("dev").items()}
    start = time.process_time()
    tokens = {id: tokenize(text) for id, text in texts.items()}
    tokenized = time.process_time()
    prints = {id: fingerprint(one) for id, one in tokens.items()}
    printed = time.process_time()
    index = Index()
    for id, one in prints.items():
        index.add(id, one)
    labelled(list(load.pairs("dev")), texts, tokens, prints, index)
    words = sum(map(len, tokens.values()))
    print("== speed, one core")
    print(f"   {len(texts)} texts of {words / len(texts):.0f} words; for 600 words:")
    print(f"   tokenize {(tokenized - start) / words * 6e5:.2f} ms")
    print(f"   fingerprint {(printed - tokenized) / words * 6e5:.2f} ms")


class Index:
    """Articles by hash, in memory: the ranking of the store's ``candidates``, with every posting read."""

    def __init__(self) -> None:
        self._postings: defaultdict[int, list[str]] = defaultdict(list)
        self._count = 0

    def add(self, id: str, one: Fingerprint) -> None:
        self._count += 1
        for hash in one.hashes:
            self._postings[hash].append(id)

    def candidates(self, one: Fingerprint, limit: int, least: int = 2) -> list[str]:
        sums: defaultdict[str, float] = defaultdict(float)
        shared: Counter[str] = Counter()
        for hash in one.hashes:
            found = self._postings.get(hash, [])
            for id in found:
                sums[id] += math.log(1 + self._count / len(found))
                shared[id] += 1
        ids = sorted((id for id in sums if shared[id] >= least), key=lambda id: (-sums[id], id))
        return ids[:limit]


def labelled(
    pairs: Sequence[dict[str, Any]],
    texts: dict[str, str],
    tokens: dict[str, Tokens],
    prints: dict[str, Fingerprint],
    index: Index,
) -> None:
    start = time.process_time()
    found = {
        (pair["a"], pair["b"]): compare(tokens[pair["a"]], tokens[pair["b"]], texts[pair["a"]], texts[pair["b"]])
        for pair in pairs
    }
    took = time.process_time() - start
    hand = [pair for pair in pairs if pair["label_by"] == "hand"]
    clear = [pair for pair in hand if not pair["borderline"]]
    rows = {
        "by hand, clear": clear,
        "   half one": [pair for pair in clear if half(pair) == 0],
        "   half two": [pair for pair in clear if half(pair) == 1],
        "by hand, all": hand,
        "   half one ": [pair for pair in hand if half(pair) == 0],
        "   half two ": [pair for pair in hand if half(pair) == 1],
        "by rule or event": [pair for pair in pairs if pair["label_by"] != "hand"],
    }
    print("== labelled pairs: copy against not")
    for name, chosen in rows.items():
        print(f"   {name:<18}", copy_scores((pair["label"], found[pair["a"], pair["b"]]) for pair in chosen))
    for name in ("by hand, clear", "by hand, all", "by rule or event"):
        print(f"== {name}: label > found")
        confusion = Counter((pair["label"], found[pair["a"], pair["b"]].kind) for pair in rows[name])
        print("  ", ", ".join(f"{a} > {b} {n}" for (a, b), n in sorted(confusion.items())))
    copies = [pair for pair in pairs if pair["label"] in COPIES]
    offered = sum(is_offered(pair["a"], pair["b"], prints, index) for pair in copies)
    print(f"== offered: {offered} of {len(copies)} labelled copies among the first {CANDIDATES} candidates of either")
    print(f"== compare: {took / len(pairs) * 1000:.2f} ms a pair")


def half(pair: dict[str, Any]) -> int:
    name = "|".join(sorted((pair["a"], pair["b"])))
    return hashlib.sha1(name.encode()).digest()[0] & 1


def copy_scores(results: Iterable[tuple[str, Comparison]]) -> str:
    counts = Counter((label in COPIES, shared.kind in LABELS) for label, shared in results)
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    f1 = 2 * right / max(1, 2 * right + wrong + missed)
    errors = f"of {counts.total()} ({wrong} false, {missed} missed)"
    return f"precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f} {errors}"


def is_offered(a: str, b: str, prints: dict[str, Fingerprint], index: Index) -> bool:
    if prints[a].digest == prints[b].digest:
        return True
    both = ((a, b), (b, a))
    return any(other in index.candidates(prints[one], CANDIDATES + 1) for one, other in both)


if __name__ == "__main__":
    main()
