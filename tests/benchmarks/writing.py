"""How fast articles are taken in, settled and loaded: SQLite and Elasticsearch side by side.

    python -m tests.benchmarks.writing [COUNT]        default: 400; Elasticsearch where `make elastic` was run

Rows are texts of 200 to 700 made-up words on 60 outlets; three in ten are copies of one of the last 400 with 8 words
changed. They are prepared beforehand (`Engine.begin`); measured is what the store is for: look-ups, comparing, judging,
saving, after others to warm up. "load" puts articles with their fingerprints on the shelf that `store copy` fills, with
nothing looked up.

CPU is in milliseconds an article, of this process and of the server. Articles a second depend on what else the machine
does; the CPU together says what they can be: two idle cores have 2,000 ms a second.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import elastic_transport

from crawler.flow import Begun, Engine
from crawler.model import Dated
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.shelves import KeptArticle
from crawler.store import open_store
from tests.benchmarks.corpus import Corpus
from tests.benchmarks.servers import a_server
from tests.builders import NOON
from tests.elastic.server import CACHE, VERSION

BLOCKS = (1, 10, 50)
OUTLETS = 60
COPIED = 0.3
WORDS = (550, 20)  # of a text that is loaded: as in life, and hardly more than its fingerprint
LOADED = 500  # in one put
_LETTERS = "abcdefghijklmnoprstuvwy"


def main(count: int) -> None:
    print(f"{'':28} {'articles/s':>10} {'CPU':>7} {'server':>7} {'requests':>9}")
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", lambda name: f"sqlite:///{folder}/{name}.db", count, ServerTime(None))
    if not (CACHE / f"elasticsearch-{VERSION}.zip").exists():
        print("Elasticsearch: not here; `make elastic` gets it")
        return
    with a_server() as server:
        measure("Elasticsearch", lambda name: f"{server.url}/bench-{name}", count, ServerTime(server.pid))


def measure(title: str, url: Callable[[str], str], count: int, server: ServerTime) -> None:
    warm_up(open_store(url("warm")), count)
    for block in BLOCKS:
        store = open_store(url(f"take-{block}"))
        store.status()  # makes the indices, which is done once in life
        engine = Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
        begun = [engine.begin(row) for row in rows(count)]
        shown(f"{title}, blocks of {block}", count, server, lambda e=engine, b=begun, n=block: taken_in(e, b, n))
        if block == max(BLOCKS) and store.refresh():
            shown(f"{title}, settle", count, server, engine.settle)
        store.close()
    for words in WORDS:
        store = open_store(url(f"load-{words}"))
        store.status()
        kept = [
            KeptArticle(article=article, claims=(), fingerprint=fingerprint, lineage=None, kept=number)
            for number, (article, fingerprint) in enumerate(Corpus(words=words).stretch(0, 5 * count), start=1)
        ]
        shown(f"{title}, load {words} words", len(kept), server, lambda s=store, k=kept: loaded(s, k))
        store.close()


def warm_up(store: Store, count: int) -> None:
    """Take articles in and settle them, unmeasured: a server that has just started is slow."""
    engine = Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
    taken_in(engine, [engine.begin(row) for row in rows(2 * count)], max(BLOCKS))
    engine.settle()
    store.close()


def taken_in(engine: Engine, begun: list[Begun], block: int) -> None:
    for start in range(0, len(begun), block):
        for outcome in engine.take_in(begun[start : start + block]):
            assert outcome.problem is None, outcome
            assert outcome.error is None, outcome


def loaded(store: Store, kept: list[KeptArticle]) -> None:
    shelf = store.shelves["articles"]
    for start in range(0, len(kept), LOADED):
        with store.writing():
            shelf.put(kept[start : start + LOADED])


def shown(what: str, count: int, server: ServerTime, work: Callable[[], Any]) -> None:
    """Do *work* on so many articles and print what it took."""
    with counted_requests() as requests:
        began, worked, served = time.perf_counter(), time.process_time(), server.seconds()
        work()
        wall, cpu, there = time.perf_counter() - began, time.process_time() - worked, server.seconds() - served
    mine, its = 1000 * cpu / count, 1000 * there / count
    print(f"{what:28} {count / wall:>10.0f} {mine:>7.2f} {its:>7.2f} {len(requests) / count:>9.2f}", flush=True)


@contextmanager
def counted_requests() -> Iterator[list[str]]:
    """Yield a list that grows with every request to Elasticsearch."""
    seen: list[str] = []
    perform = elastic_transport.Transport.perform_request

    def counting(self: Any, method: str, target: str, **named: Any) -> Any:
        seen.append(target)
        return perform(self, method, target, **named)

    elastic_transport.Transport.perform_request = counting  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        elastic_transport.Transport.perform_request = perform  # type: ignore[method-assign]


class ServerTime:
    """The CPU seconds of a group of processes, as Linux counts them; 0 where there is none."""

    def __init__(self, group: int | None) -> None:
        self._group = group

    def seconds(self) -> float:
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat") if self._group is not None else ():
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[2]) == self._group:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def rows(count: int) -> Iterator[Row]:
    """Yield rows, always the same."""
    pick = random.Random(3)
    words = ["".join(pick.choices(_LETTERS, k=pick.randint(2, 9))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(words))))
    texts: list[str] = []
    for number in range(count):
        at = NOON + timedelta(minutes=number)
        if texts and pick.random() < COPIED:
            copied = pick.choice(texts[-400:]).split()
            for place in pick.sample(range(len(copied)), 8):
                copied[place] = pick.choice(words)
            text = " ".join(copied)
        else:
            text = " ".join(pick.choices(words, cum_weights=weights, k=pick.randint(200, 700)))
            texts.append(text)
        yield Row(
            url=f"https://outlet-{number % OUTLETS}.example/{number}",
            title=f"Story {number}",
            text=text,
            fetched_at=at + timedelta(minutes=5),
            published=Dated(at=at),
            links=(),
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
