"""Whatever a store keeps can be read out of it and put into another, which then says the same."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.ports import Store
from crawler.shelves import SHELVES
from crawler.store import open_store
from tests.builders import a_lineage, an_alert, an_article
from tests.contract.test_store import an_empty_store
from tests.elastic.places import ask, emptied
from tests.everything import COPIES, READS, answers, differences, fill, moved

KINDS = [kind.name for kind in SHELVES]


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(an_empty_store(request, tmp_path))
    yield store
    store.close()


class Heard:
    """A store that notes which of its methods are called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.called.add(name)
        return getattr(self._store, name)


def test_the_full_store_of_these_tests_is_filled_by_every_method_that_keeps_anything() -> None:
    heard = Heard(open_store("memory:"))
    fill(heard)  # type: ignore[arg-type]
    methods = {name for name, _ in inspect.getmembers(Store) if not name.startswith("_")}
    assert methods - READS - heard.called == set(), "call it in tests/everything.py, or list it there under READS"
    assert methods >= READS


def test_the_full_store_has_something_on_every_shelf(store: Store) -> None:
    fill(store)
    assert [name for name, shelf in store.shelves.items() if not shelf.count()] == []
    assert list(store.shelves) == KINDS


def test_what_is_read_out_and_put_into_another_store_says_the_same(store: Store) -> None:
    fill(store)
    memory = open_store("memory:")
    moved(store, memory)
    assert answers(memory)["kept"] == answers(store)["kept"]


def test_a_store_filled_out_of_another_says_the_same(store: Store) -> None:
    memory = open_store("memory:")
    fill(memory)
    moved(memory, store)
    assert differences(answers(store, ranked=False), answers(memory, ranked=False)) == {}


def test_a_store_filled_out_of_what_was_read_from_it_ranks_as_before(
    store: Store, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(store)
    counted_anew(store)
    before = answers(store)
    memory = open_store("memory:")
    moved(store, memory)
    if store.url.startswith("http"):
        store.close()
        emptied(*store.url.rsplit("/", 1))
        anew = open_store(store.url)
    else:
        anew = open_store("memory:" if store.url == "memory:" else f"sqlite:///{tmp_path}/anew.db")
    moved(memory, anew)
    counted_anew(anew)
    assert differences(answers(anew), before) == {}
    anew.close()


def counted_anew(store: Store) -> None:
    """Have Elasticsearch forget what was replaced: until it merges, that counts in how rare it takes a hash to be."""
    if store.url.startswith("http"):
        store.refresh()
        place = f"{store.url}-fingerprints"
        for _ in range(300):  # it keeps what was deleted for some 30 s, for copies of the index that lag behind
            ask(f"{place}/_flush?force=true", method="POST")
            ask(f"{place}/_forcemerge?max_num_segments=1", method="POST")
            if not ask(f"{place}/_stats/docs")["_all"]["primaries"]["docs"]["deleted"]:
                return
            time.sleep(0.2)
        pytest.fail("the server still counts what was replaced")


def test_what_is_put_twice_is_there_once(store: Store) -> None:
    memory = open_store("memory:")
    fill(memory)
    moved(memory, store)
    moved(memory, store)
    assert differences(answers(store, ranked=False), answers(memory, ranked=False)) == {}


@pytest.mark.parametrize("kind", SHELVES, ids=lambda kind: kind.name)
def test_pages_go_on_behind_a_place_and_get_finds_what_they_hold(store: Store, kind: Any) -> None:
    fill(store)
    shelf = store.shelves[kind.name]
    rows = [row for _, page in shelf.pages() for row in page]
    assert len(rows) == shelf.count()
    place, _ = list(shelf.pages())[-1]
    assert [row for _, page in shelf.pages(place) for row in page] == []
    assert dict(shelf.get([kind.key(row) for row in rows])) == {kind.key(row): row for row in rows}
    assert dict(shelf.get([("nobody",) * len(kind.key(rows[0]))])) == {}


@pytest.mark.parametrize("kind", SHELVES[1:], ids=lambda kind: kind.name)
def test_what_is_dropped_is_gone_and_nothing_else(store: Store, kind: Any) -> None:
    fill(store)
    shelf = store.shelves[kind.name]
    first, *others = [row for _, page in shelf.pages() for row in page]
    with store.writing():
        shelf.drop([kind.key(first)])
    store.refresh()
    assert [row for _, page in shelf.pages() for row in page] == others


def test_articles_come_in_the_order_of_their_first_save(store: Store) -> None:
    fill(store)
    urls = [row.article.url for _, page in store.shelves["articles"].pages() for row in page]
    assert urls == [f"https://outlet-{n % 3}.example/copy-{n}" for n in range(COPIES)]


@pytest.mark.parametrize("store", ["sqlite", "elastic"], indirect=True)  # of memory nobody else knows
def test_in_a_snapshot_what_is_written_meanwhile_is_not_seen(store: Store) -> None:
    fill(store)
    other = open_store(store.url)
    with store.snapshot():
        before = {name: [row for _, page in shelf.pages() for row in page] for name, shelf in store.shelves.items()}
        other.queue_alert(an_alert("meanwhile"))
        other.save_lineage(an_article("copy-4", outlet="outlet-1").id, a_lineage())
        other.refresh()
        again = {name: [row for _, page in shelf.pages() for row in page] for name, shelf in store.shelves.items()}
    assert again == before
    assert ("meanwhile",) in store.shelves["alerts"].get([("meanwhile",)])
    other.close()


def test_a_marker_is_kept_until_it_is_taken_away(store: Store) -> None:
    assert store.marker("copy") is None
    store.put_marker("copy", "a")
    store.put_marker("copy", "b")
    assert store.marker("copy") == "b"
    store.put_marker("copy", None)
    assert store.marker("copy") is None
