"""Takes in its share of the copies of one text by the Engine: each line on stdin names a store and a share."""

from __future__ import annotations

import sys
from datetime import timedelta

from crawler.flow import Engine
from crawler.model import Dated
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_variation, some_text
from tests.contract.writer import COPIES

STORY = some_text(300, seed=7)


def main() -> None:
    for line in sys.stdin:
        url, first, step = line.split()
        store = open_store(url)
        engine = Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
        for number in range(int(first), COPIES, int(step)):
            engine.ingest_row(a_copy(number))
        store.close()
        print("done", flush=True)


def a_copy(number: int) -> Row:
    """Return copy *number* of the story, on an outlet of its own; 0 is the earliest."""
    at = NOON + timedelta(hours=number)
    return Row(
        url=f"https://outlet-{number}.example/story",
        title="The story",
        text=a_variation(STORY, changes=4, seed=number) if number else STORY,
        fetched_at=at + timedelta(minutes=5),
        published=Dated(at=at),
        links=(),
    )


if __name__ == "__main__":
    main()
