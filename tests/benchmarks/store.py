"""How fast the SQLite store saves articles and finds candidates, on made-up fingerprinted articles.

    python -m tests.benchmarks.store [COUNT ...]        default: 10000 100000

Articles have 105 hashes and 550 words; 30 % carry one of 20 boilerplates, 4 % are copies of earlier
ones. Asked are excerpts (30 % of a stored article in a text of its own) and unrelated texts with a
boilerplate. Compare within one run only: times move with what else the machine does.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import ParamSpec, TypeVar

from crawler.model import Article, ArticleId, Fingerprint
from crawler.store.sqlite import SqliteStore
from tests.builders import a_fingerprint, an_article, some_text

HASHES = 105
BATCH = 200
VOCABULARY = [f"{word.strip('.').lower()}{n}" for n in range(60) for word in set(some_text(400).split())]

P = ParamSpec("P")
R = TypeVar("R")


def main(counts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bench.db")
        made = articles(random.Random(1))
        sample: list[tuple[ArticleId, Fingerprint]] = []
        there = 0
        for count in sorted(counts):
            began, before = time.perf_counter(), there
            while there < count:
                with store.writing():
                    for article, fingerprint in islice(made, BATCH):
                        store.save_article(article, (), fingerprint)
                there += BATCH
                sample.append((article.id, fingerprint))
            rate = (there - before) / (time.perf_counter() - began)
            size = store.status().bytes or 0
            print(f"{there:,} articles, {size / there:,.0f} bytes each with text and words")
            print(f"  saved in batches of {BATCH}: {rate:,.0f}/s over this stretch")
            report(store, sample, made)
        store.close()


def report(
    store: SqliteStore, sample: list[tuple[ArticleId, Fingerprint]], made: Iterator[tuple[Article, Fingerprint]]
) -> None:
    """Print how long one save and one look-up take."""
    pick = random.Random(2)
    shown("one article a transaction", [timed(store.save_article, a, (), f)[0] for a, f in islice(made, 100)])
    excerpts, found = [], 0
    for id, fingerprint in pick.choices(sample, k=300):
        asked = hashes_of(pick.sample(fingerprint.hashes, int(HASHES * 0.3)) + fresh(pick, 70))
        milliseconds, answer = timed(store.candidates, asked, 20)
        excerpts.append(milliseconds)
        found += id in answer
    shown("candidates of an excerpt", excerpts, f"found {found / 3:.0f} %")
    strangers = [hashes_of([*fresh(pick, 90), *pick.choice(BOILERPLATES)]) for _ in range(300)]
    shown("candidates of boilerplate", [timed(store.candidates, stranger, 20)[0] for stranger in strangers])


def articles(pick: random.Random) -> Iterator[tuple[Article, Fingerprint]]:
    """Yield articles without end, each with its fingerprint."""
    earlier: list[tuple[int, ...]] = []
    number = 0
    while True:
        number += 1
        if earlier and pick.random() < 0.04:
            hashes = pick.sample(pick.choice(earlier), HASHES * 4 // 5) + fresh(pick, HASHES // 5)
        elif pick.random() < 0.3:
            hashes = [*fresh(pick, HASHES - 12), *pick.choice(BOILERPLATES)]
        else:
            hashes = fresh(pick, HASHES)
        text = " ".join(pick.choices(VOCABULARY, k=550))
        fingerprint = hashes_of(hashes)
        if len(earlier) < 1_000:
            earlier.append(fingerprint.hashes)
        yield an_article(f"bench-{number}", text=text), fingerprint


def fresh(pick: random.Random, count: int) -> list[int]:
    return [pick.getrandbits(48) for _ in range(count)]


def hashes_of(hashes: list[int]) -> Fingerprint:
    return a_fingerprint("bench", hashes=tuple(sorted(set(hashes))))


BOILERPLATES = [fresh(random.Random(n), 12) for n in range(20)]


def timed(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[float, R]:
    """Return how many milliseconds *call* took, and its answer."""
    began = time.perf_counter()
    answer = call(*args, **kwargs)
    return (time.perf_counter() - began) * 1000, answer


def shown(what: str, milliseconds: list[float], more: str = "") -> None:
    p95 = quantiles(milliseconds, n=20)[-1]
    print(f"  {what}: p50 {median(milliseconds):.2f} ms, p95 {p95:.2f} ms {more}".rstrip(), flush=True)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [10_000, 100_000])
