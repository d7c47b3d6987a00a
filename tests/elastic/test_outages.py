"""A server that goes away, hangs, refuses or loses a node costs nothing that was acknowledged or spooled.

The variable OUTAGE_SECONDS makes the outage longer than 5 s.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
import yaml

from crawler.errors import StoreError, StoreUnavailable
from crawler.flow import Engine
from crawler.model import Article
from crawler.ports import Query, Store
from crawler.registry import Registry
from crawler.spooling import SpoolingEngine
from crawler.store import open_store
from crawler.store.elastic import ElasticStore
from crawler.store.spool import Spool
from tests.builders import NOON, a_fingerprint, a_lineage, an_article, an_edge, an_origin
from tests.elastic.places import ask
from tests.elastic.server import Server, a_folder, cluster
from tests.hostile import Hostile, a_feed
from tests.scheduler.sites import a_daemon
from tests.scheduler.sites import a_folder as a_folder_of_settings
from tests.scheduler.sites import an_article as report
from tests.test_spooling import HARBOUR, MERIDIAN, PAGES, a_page, crawl, crawling, held

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "5"))
ARTICLES = 20_000
TOGETHER = 250


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    server = Server(a_folder(), {"http.max_content_length": "1mb"})  # as small as a proxy's limit may be
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.home.parent, ignore_errors=True)


@pytest.fixture
def place(own_server: Server) -> str:
    """The URL of an empty store on a server that may be ill-treated."""
    url = f"{own_server.url}/t-{uuid4().hex[:8]}"
    open_store(url).status()
    return url


def over(url: str, folder: Path, *, request_seconds: float = 5.0) -> SpoolingEngine:
    """Return the crawl's engine over the store at *url*, less patient than in earnest."""
    store = ElasticStore(url, patience_seconds=1.0, request_seconds=request_seconds)
    engine = Engine(store, Registry([HARBOUR, MERIDIAN]), clock=lambda: NOON, jitter=lambda: 0.0)
    return SpoolingEngine(engine, Spool(folder / "x.spool", most_bytes=2**26), clock=lambda: NOON)


def save(store: Store, articles: Sequence[Article]) -> None:
    with store.writing():
        for article in articles:
            store.save_article(article, (), a_fingerprint(article.text, hashes=(1, 2, 3)))


def until(true: Callable[[], object], patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def blocks_of(articles: int, together: int) -> list[list[Article]]:
    return [
        [an_article(f"b{start}n{n}", text=f"text {start} {n}") for n in range(together)]
        for start in range(0, articles, together)
    ]


# --- kills


def test_a_server_killed_during_a_bulk_of_20_000_articles_loses_and_doubles_nothing(own_server: Server) -> None:
    store = open_store(f"{own_server.url}/t-{uuid4().hex[:8]}")
    store.status()
    blocks = blocks_of(ARTICLES, TOGETHER)
    killer = threading.Timer(0, lambda: own_server.stop(signal.SIGKILL))
    acknowledged: list[Article] = []
    with suppress(StoreUnavailable):
        for number, block in enumerate(blocks):
            if number == len(blocks) // 3:
                killer.start()
            save(store, block)
            acknowledged += block
    killer.join()
    assert len(blocks) // 3 * TOGETHER <= len(acknowledged) < ARTICLES
    own_server.start()
    for start in range(0, len(acknowledged), 1000):
        some = acknowledged[start : start + 1000]
        assert len(store.dossiers([article.id for article in some])) == len(some)
    for block in blocks[len(acknowledged) // TOGETHER :]:
        save(store, block)
    assert store.status().articles == ARTICLES
    store.close()


def test_a_cluster_that_loses_a_node_loses_no_article() -> None:
    nodes = cluster()
    try:
        hosts = ",".join(node.url.removeprefix("http://") for node in nodes)
        store = open_store(f"http://{hosts}/t")
        store.status()
        until(lambda: ask(f"{nodes[1].url}/_cluster/health")["status"] == "green")
        primary = next(
            one for one in ask(f"{nodes[1].url}/_cat/shards/t-articles-v*?format=json") if one["prirep"] == "p"
        )
        number = int(primary["node"].rpartition("-")[2])
        blocks = blocks_of(4_000, 50)
        killer = threading.Timer(0, lambda: nodes[number].stop(signal.SIGKILL))
        for at, block in enumerate(blocks):
            if at == len(blocks) // 4:
                killer.start()
            save(store, block)
        killer.join()
        assert store.status().articles == 4_000
        store.close()
    finally:
        for node in nodes:
            node.stop(signal.SIGKILL)
            shutil.rmtree(node.home.parent, ignore_errors=True)


# --- outages


def test_pages_of_an_outage_are_saved_once_it_is_over(own_server: Server, place: str, tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    calm = crawling(tmp_path / "calm")
    crawl(calm)
    rough = over(place, tmp_path)
    rough.store.status()
    own_server.stop(signal.SIGKILL)
    gone = time.monotonic()
    crawl(rough)
    assert not rough.readiness().ready
    assert "cannot be reached" in rough.readiness().line()
    while time.monotonic() < gone + OUTAGE_SECONDS:
        assert rough.replay() == 0
        time.sleep(0.5)
    own_server.start()
    until(lambda: rough.replay() or rough.spool.is_empty())
    assert rough.spool.is_empty()
    rough.settle()
    assert held(rough) == held(calm)
    assert rough.readiness().line() == "ready"


def test_pages_are_spooled_while_the_server_hangs(own_server: Server, place: str, tmp_path: Path) -> None:
    engine = over(place, tmp_path, request_seconds=1.0)
    engine.ingest(PAGES[0])
    own_server.freeze()
    try:
        begun = time.monotonic()
        assert all(engine.ingest(page).spooled for page in PAGES[1:5])
        assert time.monotonic() - begun < 10.0
        assert engine.replay() == 0
    finally:
        own_server.thaw()
    until(lambda: engine.replay() or engine.spool.is_empty())
    assert set(held(engine)["articles"]) == {page.url for page in PAGES[:5]}


def test_a_read_only_block_is_waited_for_and_said(own_server: Server, place: str, tmp_path: Path) -> None:
    engine = over(place, tmp_path)
    engine.ingest(PAGES[0])
    ask(f"{place}-*/_settings", {"index.blocks.read_only_allow_delete": True}, method="PUT")
    assert engine.ingest(PAGES[1]).spooled
    assert engine.replay() == 0
    assert "is read-only: make room on its disks" in engine.readiness().line()
    ask(f"{place}-*/_settings", {"index.blocks.read_only_allow_delete": None}, method="PUT")
    assert engine.replay() == 1
    assert set(held(engine)["articles"]) == {page.url for page in PAGES[:2]}
    assert engine.readiness().line() == "ready"


def test_a_red_index_is_waited_for_and_said(place: str, tmp_path: Path) -> None:
    """An index whose only part no node may have: new ones obey that, others are brought back in spite of it."""
    index = f"{place}-articles-v1"
    nobody = {"index.routing.allocation.require._name": "nobody"}
    alias = {f"{place.rpartition('/')[2]}-articles": {"is_write_index": True}}
    ask(index, method="DELETE")
    ask(f"{index}?wait_for_active_shards=0", {"settings": nobody, "aliases": alias}, method="PUT")
    engine = over(place, tmp_path)
    assert all(engine.ingest(page).spooled for page in PAGES[:2])
    assert engine.replay() == 0
    assert "is red" in engine.readiness().line()
    ask(f"{index}/_settings", dict.fromkeys(nobody), method="PUT")
    until(lambda: engine.replay() or engine.spool.is_empty())
    assert set(held(engine)["articles"]) == {page.url for page in PAGES[:2]}
    assert engine.readiness().line() == "ready"


def test_a_server_with_hardly_any_room_for_writing_gets_everything_in_the_end(tmp_path: Path) -> None:
    """It answers 429 to most of what is sent at once."""
    server = Server(a_folder(), {"indexing_pressure.memory.limit": "60kb", "thread_pool.write.queue_size": "1"})
    server.start()
    try:
        store = ElasticStore(server.url, patience_seconds=60.0)
        store.status()
        busy = []

        def write(number: int) -> None:
            mine = ElasticStore(server.url, patience_seconds=60.0)
            for n in range(10):
                save(mine, [an_article(f"w{number}n{n}p{p}", text=f"text {number} {n} {p} " * 200) for p in range(4)])
            mine.close()

        writers = [threading.Thread(target=write, args=[number]) for number in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        stats = ask(f"{server.url}/_nodes/stats/indexing_pressure,thread_pool")
        (node,) = stats["nodes"].values()
        busy = [
            node["indexing_pressure"]["memory"]["total"]["coordinating_rejections"],
            node["indexing_pressure"]["memory"]["total"]["primary_rejections"],
            node["thread_pool"]["write"]["rejected"],
        ]
        assert sum(busy) > 0, json.dumps(busy)
        assert store.status().articles == 240
        assert store.status().refused == 0
        store.close()
    finally:
        server.stop()
        shutil.rmtree(server.home.parent, ignore_errors=True)


def test_a_daemon_goes_on_through_an_outage_and_saves_what_it_took(
    own_server: Server, place: str, tmp_path: Path
) -> None:
    def stored() -> set[str]:
        return {article.url.rpartition("/")[2] for article, _ in open_store(place).search(Query(limit=100))}

    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1"))} | {f"/{number}": report(number) for number in (1, 2, 3)}
        folder = a_folder_of_settings(tmp_path, site, "/feed")
        change(folder / "copytrail.yaml", lambda held: held.update(store=place, spool={"folder": str(tmp_path)}))
        change(folder / "sources.yaml", lambda held: held["sources"][0].update(interval_minutes=0.02))
        with a_daemon(folder) as daemon:
            Thread(target=lambda: daemon.stderr and daemon.stderr.read(), daemon=True).start()
            until(lambda: stored() == {"1"})
            notice = next(iter(tmp_path.glob("*.readyz")))
            assert notice.read_text() == "ready\n"
            own_server.stop(signal.SIGKILL)
            site.replies["/feed"] = a_feed(*(site.url(f"/{number}") for number in (1, 2, 3)))
            until(lambda: site.times_asked("/2") and site.times_asked("/3"))
            until(lambda: notice.read_text().startswith("not ready: unavailable; "))
            assert (site.times_asked("/1"), site.times_asked("/2"), site.times_asked("/3")) == (1, 1, 1)
            own_server.start()
            until(lambda: stored() == {"1", "2", "3"})
            until(lambda: notice.read_text() == "ready\n")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30.0) == 0
        assert not notice.exists()
        assert [site.times_asked(f"/{number}") for number in (1, 2, 3)] == [1, 1, 1]


def change(path: Path, how: Callable[[Any], None]) -> None:
    held = yaml.safe_load(path.read_text())
    how(held)
    path.write_text(yaml.safe_dump(held))


# --- what is refused for good, and races


def test_one_bad_document_in_a_thousand_is_put_aside_and_999_are_saved(place: str) -> None:
    store = open_store(place)
    articles = [an_article(f"n{n}", text=f"text {n}") for n in range(1000)]
    articles[500] = an_article("n500", text="text 500", word_count=2**70)
    save(store, articles)
    status = store.status()
    assert (status.articles, status.refused) == (999, 1)
    assert articles[500].id in status.refusals[0]
    store.close()


def test_what_is_too_large_for_one_request_goes_in_several_and_a_document_that_is_is_put_aside(place: str) -> None:
    store = open_store(place)
    articles = [an_article(f"n{n}", text=f"text {n} " * 2_000) for n in range(150)]
    articles[70] = an_article("n70", text="long " * 250_000)
    save(store, articles)
    status = store.status()
    assert (status.articles, status.refused) == (149, 1)
    assert articles[70].id in status.refusals[0]
    assert "takes no request as large as that (413)" in status.refusals[0]
    store.close()


def test_of_many_writers_on_one_lineage_none_is_lost(place: str) -> None:
    writers, rounds = 8, 12
    article = an_article()
    first = open_store(place)
    save(first, [article])
    failed: list[StoreError] = []

    def write(number: int) -> None:
        store = open_store(place)
        try:
            for n in range(rounds):
                parent = an_origin(an_article(f"parent-{number}-{n}"))
                store.save_lineage(article.id, a_lineage(an_edge(article.id, parent)))
        except StoreError as error:
            failed.append(error)
        store.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    lineage = first.lineage(article.id)
    assert lineage is not None
    assert lineage.revision == writers * rounds
    first.refresh()
    assert list(first.left(10)) == [article.id]
    first.close()


def test_a_page_that_is_taken_in_twice_around_an_outage_is_one_article(place: str, tmp_path: Path) -> None:
    engine = over(place, tmp_path)
    engine.ingest(a_page(1))
    engine.spool.add(a_page(1), NOON)
    engine.spool.add(a_page(1), NOON + timedelta(seconds=1))
    engine.replay()
    engine.store.refresh()
    assert engine.store.status().articles == 1
    (article,) = (article for article, _ in held(engine)["articles"].values())
    assert article.version == 1
