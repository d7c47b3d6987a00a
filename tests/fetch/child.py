"""Runs one round over a desk that comes pickled on stdin, and sends it back on stdout.

The dial below the guard is one that only ever leaves for loopback, and keeps a list: whatever a
hostile page names, no test sends a packet to it.
"""

from __future__ import annotations

import pickle
import sys
from datetime import UTC, datetime

from crawler.fetch.desk import Round
from crawler.fetch.logs import log_to_stderr
from crawler.fetch.readers import PooledReader, Readers, feed
from crawler.fetch.round import run_round
from crawler.model import Page
from tests.fetch.desks import BOUNDS, InHand, ListDesk, TestManners
from tests.fetch.dialling import a_watched_reactor


def main() -> None:
    desk, manners, longest = pickle.loads(sys.stdin.buffer.read())
    log_to_stderr("info", "json")
    with Readers({"feed": feed, "page": as_it_is}, many=2, seconds=10.0, memory_bytes=2**30) as readers:
        crawl(desk, manners, longest, PooledReader(readers, in_hand))


def as_it_is(page: Page) -> None:
    """Read nothing in *page*: the desk looks at its bytes."""


def in_hand(page: Page, made: None) -> InHand:
    return InHand(page)


def crawl(desk: ListDesk, manners: TestManners, longest: float, reader: PooledReader[InHand]) -> None:
    _, dialled = a_watched_reactor()
    work = Round(
        desk=desk,
        feeds=desk.due(datetime.now(UTC)),
        waiting=desk.waiting(1_000),
        revisits=desk.revisits(1_000, now=datetime.now(UTC)),
        bounds=lambda source_id: BOUNDS,
        links=lambda url: desk.links.get(url, ()),
        clock=lambda: datetime.now(UTC),
        jitter=lambda: 0.0,
        reader=reader,
    )
    run_round(work, manners, longest=longest)
    sys.stdout.buffer.write(pickle.dumps((desk, dict(work.counts), dialled)))


if __name__ == "__main__":
    main()
