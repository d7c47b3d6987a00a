"""What the planner's look at the feeds costs, by their number: the first, which reads all states, and those after it.

Each feed is due once in 52 minutes, as by the capacity model; a look is taken every five seconds, and what was due is
polled before the next. Beside it what reading all states each time would cost, as the first look does.

    python -m tests.benchmarks.looks [1000 20000 180000]        on Elasticsearch
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.flow import Engine
from crawler.model import FeedState, Source
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from tests.benchmarks.servers import a_server

EVERY = timedelta(seconds=5)
INTERVAL = timedelta(minutes=52)
LOOKS = 24
BLOCK = 500
PER_SOURCE = 20


def main(sizes: Sequence[int]) -> None:
    print("    feeds  first look s  of it CPU  later s  longest    due  first/later")
    with a_server() as server:
        for size in sizes:
            store = open_store(f"{server.url}/looks{size}")
            store.init()
            looked_at(store, size)
            store.close()


def looked_at(store: Store, size: int) -> None:
    now = datetime.now(UTC)
    states = [
        FeedState(
            url=f"https://o{number // PER_SOURCE}.example/{number % PER_SOURCE}/feed",
            source_id=f"o{number // PER_SOURCE}",
            next_at=now + INTERVAL * (number + 1) / size,
            etag='"0123456789abcdef"',
            seen="0123456789abcdef" * 30,
        )
        for number in range(size)
    ]
    for some in blocks(states):
        save(store, some)
    outlets: dict[str, list[str]] = {}
    for state in states:
        outlets.setdefault(state.source_id, []).append(state.url)
    sources = [Source(id=id, name=id, domains=(f"{id}.example",), feeds=tuple(urls)) for id, urls in outlets.items()]
    engine = Engine(store, Registry(sources), clock=lambda: now, jitter=lambda: 0.0)
    store.refresh()
    begun, spent = time.perf_counter(), time.process_time()
    assert engine.due(now) == []
    first, cpu = time.perf_counter() - begun, time.process_time() - spent
    took, found = [], []
    for number in range(1, LOOKS + 1):
        at = now + number * EVERY
        begun = time.perf_counter()
        due = engine.due(at)
        took.append(time.perf_counter() - begun)
        found.append(len(due))
        save(store, [replace(state, next_at=at + INTERVAL) for state in due])
        store.refresh()
    later = statistics.mean(took)
    print(
        f"{size:>9,} {first:>13.2f} {cpu:>10.2f} {later:>8.3f} {max(took):>8.3f} {statistics.mean(found):>6.0f} "
        f"{first / later:>12.0f}",
        flush=True,
    )


def save(store: Store, states: Sequence[FeedState]) -> None:
    with store.writing():
        for state in states:
            store.save_poll(state, ())


def blocks(states: Sequence[FeedState]) -> Iterator[Sequence[FeedState]]:
    for start in range(0, len(states), BLOCK):
        yield states[start : start + BLOCK]


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or [1_000, 20_000, 180_000])
