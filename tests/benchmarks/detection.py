"""Prints how well copies are found on the labelled pairs of ../shared/data and on planted copies, and how fast.

    python tests/benchmarks/detection.py

The pairs go straight to ``compare``; how many of them the store would have offered is the row "offered".
The halves are split by a hash of the pair, so that a rule fitted on one can be seen on the other.
"""

from __future__ import annotations

import hashlib
import math
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
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
SOURCES = 150


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
    planted(texts, index)
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


def planted(texts: dict[str, str], index: Index) -> None:
    """Make copies of real texts, look for their sources among all texts, compare with them."""
    chance = random.Random(7)
    long = sorted(id for id, text in texts.items() if 300 <= len(text.split()) <= 1200)
    sources = chance.sample(long, SOURCES)
    hosts = chance.sample(long, SOURCES)
    print(f"== planted copies of {SOURCES} texts: source offered, then called a copy")
    for name, make in PLANTS.items():
        offered = called = 0
        kinds: Counter[str] = Counter()
        for source, host in zip(sources, hosts, strict=True):
            copy = make(texts[source].split(), texts[host].split(), chance)
            tokens = tokenize(copy)
            ids = index.candidates(fingerprint(tokens), CANDIDATES)
            offered += source in ids
            # Where the source has copies of its own among the texts, one of them does as well.
            shared = compare(tokens, tokenize(texts[source]), copy, texts[source])
            called += shared.kind in LABELS
            kinds[shared.kind] += 1
        found = " ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"   {name:<24} {offered / SOURCES:6.1%} {called / SOURCES:6.1%}  {found}")


Words = list[str]


def excerpt(words: Words, host: Words, chance: random.Random, length: int) -> str:
    start = chance.randrange(len(words) - length)
    middle = len(host) // 2
    return " ".join(host[:middle] + words[start : start + length] + host[middle:])


def swapped(words: Words, host: Words, chance: random.Random, share: float) -> str:
    return " ".join(chance.choice(host) if chance.random() < share else word for word in words)


def shuffled(words: Words, chance: random.Random) -> str:
    parts = [words[i : i + 40] for i in range(0, len(words), 40)]
    chance.shuffle(parts)
    return " ".join(word for part in parts for word in part)


PLANTS: dict[str, Callable[[Words, Words, random.Random], str]] = {
    "same words": lambda words, host, chance: " ".join(words),
    "first half": lambda words, host, chance: " ".join(words[: len(words) // 2]),
    "pieces moved": lambda words, host, chance: shuffled(words, chance),
    "5 % of words changed": lambda words, host, chance: swapped(words, host, chance, 0.05),
    "20 % of words changed": lambda words, host, chance: swapped(words, host, chance, 0.2),
    "30 % of words changed": lambda words, host, chance: swapped(words, host, chance, 0.3),
    "half of another text": lambda words, host, chance: " ".join(words[: len(words) // 2] + host[len(host) // 2 :]),
    "200 words in another": lambda words, host, chance: excerpt(words, host, chance, 200),
    "120 words in another": lambda words, host, chance: excerpt(words, host, chance, 120),
    "60 words in another": lambda words, host, chance: excerpt(words, host, chance, 60),
    "first 55 words": lambda words, host, chance: " ".join(words[:55]),
    "first 30 words": lambda words, host, chance: " ".join(words[:30]),
}


if __name__ == "__main__":
    main()
