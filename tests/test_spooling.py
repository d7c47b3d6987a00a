"""The crawl outlasts its store: nothing is lost, nothing doubled, and the store ends as if it had never been away."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from crawler.entries import entry_key
from crawler.errors import SpoolFull, StoreError
from crawler.flow import Begun, Engine, Ingested
from crawler.model import Entry, Feed, FeedState, Page, Poll, Source
from crawler.ports import Query
from crawler.prepare import Row
from crawler.readiness import readiness
from crawler.registry import Registry
from crawler.spooling import SpoolingEngine
from crawler.store import open_store
from crawler.store.places import beside
from crawler.store.spool import Spool
from tests.builders import NOON, a_variation, minutes, some_text
from tests.elastic.server import free_port

FEED = "https://harbour-post.example/feed"
HARBOUR = Source(id="harbour-post", name="Harbour Post", domains=("harbour-post.example",), feeds=(FEED,))
MERIDIAN = Source(id="meridian", name="Meridian", domains=("meridian.example",))
ROOM = 2**26


def crawling(folder: Path, *, room: int = ROOM, engine: type[Engine] = Engine, url: str = "") -> SpoolingEngine:
    """Return an engine for the crawl over the store in *folder*, as one process of the daemon's has it."""
    store = open_store(url or f"sqlite:///{folder}/store.db", patience_seconds=0.05)
    made = engine(store, Registry([HARBOUR, MERIDIAN]), clock=lambda: NOON, jitter=lambda: 0.0)
    return SpoolingEngine(
        made, Spool(beside(f"sqlite:///{folder}/store.db", ".spool"), most_bytes=room), clock=lambda: NOON
    )


@contextmanager
def an_outage(folder: Path) -> Iterator[None]:
    """Hold the store so that nobody can save for the block."""
    with sqlite3.connect(folder / "store.db", isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")
    held.close()


def a_page(number: int, *, outlet: str = "harbour-post", late: float = 0, **changes: Any) -> Page:
    """Return a page with a text of its own on the Harbour Post; elsewhere with a copy of it."""
    text = some_text(200, seed=number)
    if outlet != "harbour-post":
        text = a_variation(text, changes=5, seed=number)
    url = f"https://{outlet}.example/{number}"
    paragraphs = "".join(f"<p>{line}.</p>" for line in text.split("."))
    html = (
        f"<html lang=en><head><title>Report {number}</title></head><body><article>{paragraphs}</article></body></html>"
    )
    at = NOON + minutes(number + late)
    page = Page(url=url, final_url=url, body=html.encode(), fetched_at=at, headers={"content-type": "text/html"})
    return replace(page, **changes)


def a_large_page(number: int) -> Page:
    page = a_page(number)
    return replace(page, body=page.body + f"<!-- {os.urandom(11_000).hex()} -->".encode())


def a_poll(*numbers: int, **changes: Any) -> Poll:
    state = FeedState(url=FEED, source_id="harbour-post", polled_at=NOON, seeded=True)
    entries = tuple(Entry(url=f"https://harbour-post.example/{number}", title=f"Report {number}") for number in numbers)
    return Poll(state=replace(state, **changes), feed=Feed(entries=entries))


def key_of(number: int) -> str:
    url = f"https://harbour-post.example/{number}"
    return entry_key("harbour-post", Entry(url=url), url)


def held(engine: SpoolingEngine) -> dict[str, Any]:
    """Return what the store holds, but for the moment of each decision and how often one was made."""
    articles = {
        article.url: (article, replace(lineage, decided_at=NOON, revision=1))
        for article, lineage in engine.store.search(Query(limit=10_000))
    }
    return {
        "articles": articles,
        "matches": tuple(engine.store.matches()),
        "pending": {entry.key for entry in engine.store.pending(["harbour-post"], 1000)},
    }


PAGES = [page for n in range(6) for page in (a_page(n, entry_key=key_of(n)), a_page(n, outlet="meridian", late=300))]


def crawl(engine: SpoolingEngine) -> None:
    engine.record(a_poll(*range(8)))
    for page in PAGES:
        engine.ingest(page)
    engine.missed(key_of(6), "gone", again=False)


# --- an outage


def test_after_an_outage_the_store_is_as_if_there_had_been_none(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    calm, rough = crawling(tmp_path / "calm"), crawling(tmp_path)
    crawl(calm)
    rough.store.status()
    with an_outage(tmp_path):
        crawl(rough)
        assert rough.replay() == 0
    assert held(rough)["articles"] == {}
    assert rough.replay() == len(PAGES) + 2
    assert held(rough) == held(calm)
    assert len(held(calm)["matches"]) == 6
    assert held(calm)["pending"] == {key_of(7)}
    assert rough.spool.is_empty()


def test_a_page_says_that_it_was_spooled(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.store.status()
    with an_outage(tmp_path):
        assert engine.ingest(a_page(1)).spooled
    engine.replay()
    assert not engine.ingest(a_page(2)).spooled


def test_what_comes_while_something_waits_goes_behind_it(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.store.status()
    with an_outage(tmp_path):
        engine.ingest(a_page(1))
    again = crawling(tmp_path)  # another process, which knows of no outage
    assert again.ingest(a_page(2)).spooled
    assert [page.url[-1] for _, page in again.spool.first(9) if isinstance(page, Page)] == ["1", "2"]
    again.replay()
    assert len(held(again)["articles"]) == 2


def test_entries_seen_during_an_outage_keep_the_time_they_were_seen_at(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.record(a_poll(1, succeeded_at=NOON - minutes(30)))
    with an_outage(tmp_path):
        (new,) = engine.record(a_poll(1, 2))
    assert (new.url[-1], new.first_seen_at, new.absent_at) == ("2", NOON, NOON - minutes(30))
    engine.replay()
    kept = {entry.url[-1]: entry for entry in engine.store.pending(["harbour-post"], 10)}
    assert kept["2"] == new


def test_pages_already_spooled_are_not_fetched_again(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.store.status()
    with an_outage(tmp_path):
        assert len(engine.record(a_poll(1, 2, 3))) == 3
        engine.ingest(a_page(1, entry_key=key_of(1)))
        engine.missed(key_of(2), "busy", again=True)
        assert [entry.url[-1] for entry in engine.waiting(10)] == ["3", "2"]
        assert [entry.url[-1] for entry in engine.record(a_poll(1, 2, 3, 4))] == ["4"]


def test_feeds_go_on_by_what_is_remembered_of_them(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.record(a_poll(1, next_at=NOON + minutes(5), etag="kept"))
    engine.flush()
    gone = crawling(tmp_path, url=f"http://127.0.0.1:{free_port()}")
    assert gone.due(NOON) == []
    (state,) = gone.due(NOON + minutes(5))
    assert (state.url, state.etag) == (FEED, "kept")
    assert gone.waiting(10) == ()


def test_what_a_crawl_knows_of_its_feeds_is_there_once_the_store_is_away(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    engine.record(a_poll(1, 2, etag="kept"))
    engine.record(Poll(state=a_poll(etag="newer").state, feed=None))
    with an_outage(tmp_path):
        (state,) = engine.due(NOON + minutes(9_999))
        assert state.etag == "newer"
        assert [entry.url[-1] for entry in engine.record(a_poll(1, 2, 3))] == ["3"]


def test_a_page_that_can_never_be_saved_is_put_aside_and_stops_no_other(tmp_path: Path) -> None:
    class Stumbling(Engine):
        def begin(self, unit: Page | Row) -> Begun:
            begun = super().begin(unit)
            return replace(begun, made=ZeroDivisionError()) if unit.url.endswith("/2") else begun

    engine = crawling(tmp_path, engine=Stumbling)
    engine.record(a_poll(2))
    with an_outage(tmp_path):
        for number in range(5):
            engine.ingest(a_page(number, entry_key=key_of(number)))
    engine.replay()
    assert {url[-1] for url in held(engine)["articles"]} == {"0", "1", "3", "4"}
    (reason,) = engine.spool.held().reasons
    assert reason == "https://harbour-post.example/2: ZeroDivisionError: please report it"
    assert [(entry.key, entry.tries) for entry in engine.waiting(5)] == [(key_of(2), 1)]


def test_a_failure_that_meets_every_page_is_the_stores_and_puts_none_aside(tmp_path: Path) -> None:
    class Refusing(Engine):
        refusing = True

        def take_in(self, begun: Sequence[Begun]) -> list[Ingested]:
            return (
                [Ingested(url=one.url, error=StoreError("400")) for one in begun]
                if self.refusing
                else super().take_in(begun)
            )

    engine = crawling(tmp_path, engine=Refusing)
    engine.store.status()
    with an_outage(tmp_path):
        crawl(engine)
    engine.replay()
    assert engine.spool.held().aside == 0
    assert engine.readiness().problem == "400"
    Refusing.refusing = False
    engine.replay()
    assert len(held(engine)["articles"]) == len(PAGES)


def test_a_full_spool_takes_no_work_and_says_so_until_the_store_is_back(tmp_path: Path) -> None:
    engine = crawling(tmp_path, room=20_000)
    engine.record(a_poll(1))
    with an_outage(tmp_path):
        engine.ingest(a_large_page(1))
        with pytest.raises(SpoolFull, match="no pages are taken until the store is back"):
            engine.ingest(a_large_page(2))
        assert (engine.due(NOON + timedelta(days=1)), engine.waiting(5)) == ((), ())
        assert engine.readiness().line().startswith("not ready: full; 1 spooled since 2024-03-01T12:00:00Z, ")
    engine.replay()
    assert engine.due(NOON + timedelta(days=1))
    assert not engine.ingest(a_page(2)).spooled


def test_the_readiness_says_what_is_the_matter(tmp_path: Path) -> None:
    engine = crawling(tmp_path)
    assert engine.readiness().line() == "ready"
    with an_outage(tmp_path):
        assert not engine.readiness().ready
        engine.ingest(a_page(1))
        found = engine.readiness()
        assert (found.state, found.ready, found.held.count) == ("unavailable", False, 1)
        assert "was held by another process" in found.line()
    found = readiness(engine.store, engine.spool)
    assert (found.state, found.ready) == ("catching up", True)
    engine.replay()
    assert engine.readiness().line() == "ready"


# --- kills


def replay_one_by_one(folder: Path) -> None:
    crawling(folder).replay(together=1)


def test_a_replay_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    calm, rough = crawling(tmp_path / "calm"), crawling(tmp_path)
    crawl(calm)
    rough.store.status()
    with an_outage(tmp_path):
        crawl(rough)
    pick = random.Random(5)
    kills = 0
    while not rough.spool.is_empty():
        replayer = get_context("fork").Process(target=replay_one_by_one, args=[tmp_path])
        replayer.start()
        replayer.join(pick.uniform(0.01, 0.1) * 1.1**kills)  # longer and longer, however slow the machine is
        kills += replayer.is_alive()
        replayer.kill()
        replayer.join()
        assert kills < 100, "it never comes to an end"
    assert kills
    assert held(crawling(tmp_path)) == held(calm)
