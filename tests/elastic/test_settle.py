"""What settling promises where saves become visible a little later: one at a time, and no alerts of what is old."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from crawler.alerts.rules import Rule
from crawler.flow import Engine
from crawler.model import Page
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from crawler.store.elastic.notes import holding
from crawler.store.elastic.places import state_place
from tests.builders import NOON, a_fingerprint, an_article, minutes, some_text
from tests.contract.reporter import a_copy

STORY = some_text(200, seed=31)


def an_engine(store: Store) -> Engine:
    return Engine(store, Registry(()), rules=(Rule(name="all"),), clock=lambda: NOON, jitter=lambda: 0.0)


def a_page(number: int, *, seeding: bool = False) -> Page:
    at = NOON + minutes(60 * number)
    date = f'<meta property="article:published_time" content="{at.isoformat()}">'
    body = f"<html><head><title>Story</title>{date}</head><body><article><p>{STORY}</p></article></body></html>"
    url = f"https://outlet-{number}.example/story"
    return Page(url=url, final_url=url, body=body.encode(), fetched_at=at + minutes(5), headers={}, seeding=seeding)


def graph(store: Store) -> dict[str, Any]:
    judged = {id: store.lineage(id) for id in store.article_ids()}
    return {id: replace(held, revision=1, decided_at=NOON, reason=None) for id, held in judged.items() if held}


@pytest.mark.parametrize("seeding", [True, False])
def test_a_pair_found_by_settle_is_told_unless_it_came_with_a_first_round(elastic: str, seeding: bool) -> None:
    one, other = open_store(elastic), open_store(elastic)
    an_engine(one).ingest(a_page(0, seeding=True))
    an_engine(other).ingest(a_page(1, seeding=seeding))  # it sees nothing of the first yet
    assert other.alerts(10) == ()
    an_engine(one).settle()
    assert len(list(one.matches())) == 1
    assert len(one.alerts(10)) == (0 if seeding else 1)
    for store in (one, other):
        store.close()


def test_a_note_is_old_news_only_if_all_who_left_it_say_so(elastic: str) -> None:
    store = open_store(elastic)
    article = an_article()
    store.save_article(article, (), a_fingerprint(article.text), seeding=True)
    assert store.seeding([article.id]) == [article.id]
    store.leave([article.id], seeding=True)
    assert store.seeding([article.id]) == [article.id]
    store.leave([article.id])
    store.leave([article.id], seeding=True)
    assert store.seeding([article.id]) == []
    store.close()


def test_two_settles_at_once_leave_the_edges_of_one_writer(elastic: str) -> None:
    numbers = list(range(14))
    expected = open_store("memory:")
    for number in numbers:
        an_engine(expected).ingest_row(a_copy(number))
    stores = [open_store(elastic), open_store(elastic)]
    for number in numbers:
        an_engine(stores[number % 2]).ingest_row(a_copy(number))
    threads = [threading.Thread(target=an_engine(store).settle) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[0].refresh()
    assert stores[0].left(1) == ()
    assert graph(stores[0]) == graph(expected)
    for store in stores:
        store.close()


def test_one_settles_at_a_time_in_any_process(elastic: str) -> None:
    stores = [open_store(elastic), open_store(elastic)]
    inside: list[str] = []

    def settle(store: Store, name: str) -> None:
        with store.settling():
            inside.append(f"{name} in")
            time.sleep(0.5)
            inside.append(f"{name} out")

    threads = [threading.Thread(target=settle, args=(store, name)) for store, name in zip(stores, "ab", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inside[:2]) in (["a in", "a out"], ["b in", "b out"])
    assert len(inside) == 4
    for store in stores:
        store.close()


def test_the_lease_of_one_that_died_is_taken_over(elastic: str) -> None:
    store: Any = open_store(elastic)
    with store.writing():
        store._docs.replace(state_place("lease", "settle"), {"kind": "lease", "id": "settle", "at": 0, "row": {}})
    began = time.monotonic()
    with holding(store._docs, store.writing, "settle", abandoned_seconds=0.5):
        assert time.monotonic() - began >= 0.5
    assert store._docs.read([state_place("lease", "settle")]) == [None]
    store.close()


def test_settling_again_changes_nothing(elastic: str) -> None:
    store = open_store(elastic)
    an_engine(store).ingest_many([a_copy(number) for number in range(5)])
    an_engine(store).settle()
    before = graph(store), list(store.matches())
    store.leave(list(store.article_ids()))
    assert an_engine(store).settle() == 0
    assert (graph(store), list(store.matches())) == before
    store.close()
