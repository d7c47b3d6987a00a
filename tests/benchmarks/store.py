"""How fast a store saves articles and finds candidates, by its size.

    python -m tests.benchmarks.store [--store URL | --elastic] [--words N] [--load] [COUNT ...]

Without a COUNT: 10000 100000; without a store: SQLite. ``--elastic`` starts a server of its own (`make elastic`);
``--load`` fills the store by the shelf, as `store copy` does, which is many times quicker there.

Articles are those of ``tests.benchmarks.corpus``. At each size: single saves, a transaction each, are timed alone; then
candidates of excerpts (30 % of a stored article in a text of its own) and of strangers (only common phrases and a
boilerplate), while another process goes on saving one article after the other. At the end the exponent of cost against
size is fitted.

Milliseconds. CPU is of this process: all there is for SQLite, for Elasticsearch the client's part only. Compare within
one run: times move with what else the machine does. ``--words 60`` makes the texts, and so the disk needed, a ninth of
real ones. A store that is named must be empty.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from math import log
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import fmean, linear_regression, median, quantiles
from typing import TypeVar

from crawler.ports import Store
from crawler.shelves import KeptArticle
from crawler.store import open_store
from tests.benchmarks.corpus import WORDS, Corpus
from tests.benchmarks.servers import a_server

BATCH = 200
LOADED = 500
SAVES = 1_000
LOOK_UPS = 500
FINGERPRINT_TABLES = ("earlier", "fingerprints", "merging", "postings", "recent", "schemes", "tail")
_ASIDE = 1_000_000_000  # from here on are the numbers of articles that are saved for their time only

V = TypeVar("V")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What so many calls took: milliseconds by the clock, and of this process's CPU."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def shown(self) -> str:
        p95 = quantiles(self.wall, n=20)[-1]
        return f"{median(self.wall):7.2f} {p95:7.2f} {max(self.wall):8.1f} {fmean(self.cpu):6.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was seen with so many articles stored."""

    articles: int
    batched: float  # milliseconds an article, saved in batches
    saves: Times
    excerpts: Times
    found: float  # share of the excerpts whose article was among the candidates
    strangers: Times

    def shown(self) -> str:
        found = f"{100 * self.found:5.1f} %"
        times = f"{self.saves.shown()} {self.excerpts.shown()} {found} {self.strangers.shown()}"
        return f"{self.articles:>10,} {self.batched:>8.2f} {times}"


def main(url: str, counts: Sequence[int], words: int, *, load: bool = False) -> None:
    corpus = Corpus(words=words)
    store = open_store(url)
    if store.status().articles:
        raise SystemExit("the store is not empty: name another")
    columns = "p50     p95     most    CPU"
    print(f"{'':>10} {'batched':>8} {'single save':>31} {'candidates of an excerpt':>31} {'of a stranger':>39}")
    print(f"{'articles':>10} {'a save':>8}   {columns:>29}   {columns:>29}   found {columns:>31}")
    measured: list[Measured] = []
    for count in sorted(counts):
        measured.append(measure(store, url, corpus, measured[-1].articles if measured else 0, count, load))
        print(measured[-1].shown(), flush=True)
        print_weights(store)
    if len(measured) > 1:
        print_exponents(measured)
    store.close()


def measure(store: Store, url: str, corpus: Corpus, there: int, count: int, load: bool) -> Measured:
    """Fill the store up to *count* articles and say how it does."""
    filled = (loaded if load else fill)(store, corpus, range(there, count))
    store.refresh()
    aside = _ASIDE + 2 * count
    fresh = [(corpus.article(n), corpus.fingerprint(n)) for n in range(aside, aside + SAVES)]
    saves, _ = timed(lambda pair: store.save_article(pair[0], (), pair[1]), fresh)
    pick = random.Random(count)
    asked = [pick.randrange(count) for _ in range(LOOK_UPS)]
    with writing_goes_on(url, corpus, aside + SAVES):
        excerpts, found = timed(lambda fp: store.candidates(fp, 20), [corpus.excerpt(n) for n in asked])
        strangers, _ = timed(lambda fp: store.candidates(fp, 20), [corpus.stranger(n) for n in asked])
    hits = fmean(corpus.article(n).id in answer for n, answer in zip(asked, found, strict=True))
    return Measured(
        articles=count,
        batched=filled / (count - there),
        saves=saves,
        excerpts=excerpts,
        found=hits,
        strangers=strangers,
    )


def fill(store: Store, corpus: Corpus, numbers: range) -> float:
    """Save the articles of those numbers; return the milliseconds it took, the making of them not counted."""
    taken = 0.0
    for at in range(0, len(numbers), BATCH):
        made = [(corpus.article(n), corpus.fingerprint(n)) for n in numbers[at : at + BATCH]]
        began = time.perf_counter()
        with store.writing():
            for article, fingerprint in made:
                store.save_article(article, (), fingerprint)
        taken += 1000 * (time.perf_counter() - began)
    return taken


def loaded(store: Store, corpus: Corpus, numbers: range) -> float:
    """Do as ``fill`` does, with nothing asked of the store."""
    taken = 0.0
    for at in range(0, len(numbers), LOADED):
        kept = [
            KeptArticle(
                article=corpus.article(n), claims=(), fingerprint=corpus.fingerprint(n), lineage=None, kept=n + 1
            )
            for n in numbers[at : at + LOADED]
        ]
        began = time.perf_counter()
        with store.writing():
            store.shelves["articles"].put(kept)
        taken += 1000 * (time.perf_counter() - began)
    return taken


@contextmanager
def writing_goes_on(url: str, corpus: Corpus, start: int) -> Iterator[None]:
    """Have another process save articles, one a transaction."""
    context = mp.get_context("spawn")
    ready, enough = context.Event(), context.Event()
    writer = context.Process(target=save_on, args=(url, corpus, start, ready, enough), daemon=True)
    writer.start()
    ready.wait(60)
    try:
        yield
    finally:
        enough.set()
        writer.join()


def save_on(url: str, corpus: Corpus, start: int, ready: Event, enough: Event) -> None:
    with closing(open_store(url)) as store:
        number = start
        while not enough.is_set():
            store.save_article(corpus.article(number), (), corpus.fingerprint(number))
            number += 1
            ready.set()


def timed(call: Callable[[V], R], values: Sequence[V]) -> tuple[Times, list[R]]:
    """Call it with each of *values*; return how long each call took, and the answers."""
    wall, cpu, answers = [], [], []
    for value in values:
        began, worked = time.perf_counter(), time.process_time()
        answers.append(call(value))
        cpu.append(1000 * (time.process_time() - worked))
        wall.append(1000 * (time.perf_counter() - began))
    return Times(wall=wall, cpu=cpu), answers


def print_weights(store: Store) -> None:
    """Say how many bytes an article takes; of a SQLite file, what for."""
    status = store.status()
    if status.bytes is None:
        return
    print(f"{'':>10} {status.bytes / status.articles:,.0f} bytes an article", end="")
    path = status.url.removeprefix("sqlite:///")
    if path != status.url:
        with closing(sqlite3.connect(path)) as connection:
            weights = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        ours = {name: weight for name, weight in weights.items() if name.startswith(FINGERPRINT_TABLES)}
        parts = ", ".join(f"{name} {weight / status.articles:,.0f}" for name, weight in sorted(ours.items()))
        print(f"; of these {sum(ours.values()) / status.articles:,.0f} for fingerprints: {parts}", end="")
    print(flush=True)


def print_exponents(measured: Sequence[Measured]) -> None:
    """Say by which power of the size the middle cost grows: 0 not at all, 1 in step with it."""
    sizes = [log(m.articles) for m in measured]
    for name, costs in {
        "single save, CPU": [fmean(m.saves.cpu) for m in measured],
        "single save, p50": [median(m.saves.wall) for m in measured],
        "candidates of an excerpt, CPU": [fmean(m.excerpts.cpu) for m in measured],
        "candidates of an excerpt, p50": [median(m.excerpts.wall) for m in measured],
        "candidates of a stranger, p50": [median(m.strangers.wall) for m in measured],
    }.items():
        print(f"{name}: cost ~ size ^ {linear_regression(sizes, [log(c) for c in costs]).slope:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How fast a store saves articles and finds candidates, by its size.")
    parser.add_argument("--store", help="URL of an empty store; default: a SQLite file of its own")
    parser.add_argument("--elastic", action="store_true", help="on an Elasticsearch started for it")
    parser.add_argument("--load", action="store_true", help="fill the store by the shelf")
    parser.add_argument("--words", type=int, default=WORDS, help="words of a text (default: %(default)s)")
    parser.add_argument("count", type=int, nargs="*", default=[10_000, 100_000])
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = options.store or f"sqlite:///{Path(folder) / 'bench.db'}"
        if options.elastic:
            url = f"{stack.enter_context(a_server()).url}/bench"
        main(url, options.count, options.words, load=options.load)
