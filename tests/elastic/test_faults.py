"""A killed server loses nothing it has acknowledged, and doubles nothing when all is sent again."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress

import pytest

from crawler.errors import StoreError
from crawler.model import Article
from crawler.ports import Store
from crawler.store import open_store
from tests.builders import a_fingerprint, an_article
from tests.elastic.server import Server, a_folder

BLOCKS = 400
TOGETHER = 25


@pytest.fixture
def own_server() -> Iterator[Server]:
    server = Server(a_folder())
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.home.parent, ignore_errors=True)


def save(store: Store, articles: Iterable[Article]) -> None:
    with store.writing():
        for article in articles:
            store.save_article(article, (), a_fingerprint(article.text))


def test_a_killed_server_loses_and_doubles_nothing(own_server: Server) -> None:
    store = open_store(own_server.url)
    store.status()
    blocks = [[an_article(f"b{b}n{n}", text=f"text {b} {n}") for n in range(TOGETHER)] for b in range(BLOCKS)]
    begun = threading.Event()

    def kill() -> None:
        begun.wait()
        own_server.stop(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    acknowledged: list[Article] = []
    with suppress(StoreError):
        for number, block in enumerate(blocks):
            if number == 10:
                begun.set()
            save(store, block)
            acknowledged += block
    killer.join()
    assert len(acknowledged) < BLOCKS * TOGETHER
    own_server.start()
    held = store.dossiers([article.id for article in acknowledged])
    assert len(held) == len(acknowledged) >= 10 * TOGETHER
    unfinished = len(acknowledged) // TOGETHER
    for block in blocks[: unfinished + 2]:
        save(store, block)
    assert store.status().articles == (unfinished + 2) * TOGETHER
    store.close()
