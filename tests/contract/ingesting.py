"""A process that ingests its share of the copies of one text: each line on stdin names a store and a share."""

from __future__ import annotations

import sys
from datetime import timedelta

from crawler.flow import Engine
from crawler.model import Dated
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_variation, minutes, some_text

COPIES = 40
STORY = some_text(150, seed=7)


def main() -> None:
    for line in sys.stdin:
        url, first, step = line.split()
        ingest(url, int(first), int(step))
        print("done", flush=True)


def ingest(url: str, first: int, step: int) -> None:
    """Ingest every *step*-th copy from *first* on, each of an outlet of its own, an hour after the one before."""
    store = open_store(url)
    engine = Engine(store, Registry([]), clock=lambda: NOON, jitter=lambda: 0.0)
    for number in range(first, COPIES, step):
        outcome = engine.ingest_row(a_row(number))
        assert outcome.problem is None, outcome
    store.close()


def a_row(number: int) -> Row:
    at = NOON + timedelta(hours=number)
    text = a_variation(STORY, changes=4, seed=number)
    return Row(
        url=f"https://outlet-{number}.example/text",
        title=f"Copy {number}",
        text=text,
        fetched_at=at + minutes(5),
        published=Dated(at=at),
        links=(),
    )


if __name__ == "__main__":
    main()
