"""The part of the Store contract that pages are turned by: what comes after a place, copies, relations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.model import Article, ArticleId, Attribution
from crawler.ports import Query, Relation, Store
from crawler.store import open_store
from crawler.store.terms import content_time
from tests.builders import (
    NOON,
    a_date,
    a_fingerprint,
    a_lineage,
    an_alert,
    an_article,
    an_edge,
    an_external,
    an_id,
    minutes,
)
from tests.contract.test_store import an_empty_store

FERRY = an_article("ferry")
COPIES = 9


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(an_empty_store(request, tmp_path))
    yield store
    store.close()


def keep_copies(store: Store) -> list[Article]:
    """Keep the ferry and its copies, three of them published at one time; return the copies."""
    store.save_article(FERRY, (), a_fingerprint(FERRY.text))
    store.save_lineage(FERRY.id, a_lineage(role="original", copies=COPIES))
    copies = []
    for number in range(COPIES):
        at = a_date(NOON + minutes(10 + number // 3))
        copy = an_article(f"copy-{number}", outlet=f"outlet-{number % 2}", published=at, text=FERRY.text)
        store.save_article(copy, (), a_fingerprint(copy.text))
        parents = [an_edge(copy.id, FERRY)] if number else [an_edge(copy.id, an_external()), an_edge(copy.id, FERRY)]
        store.save_lineage(copy.id, a_lineage(*parents))
        copies.append(copy)
    store.refresh()
    return copies


def pages(store: Store, size: int, **asked: object) -> list[ArticleId]:
    """Return what turning the pages of a search shows."""
    seen: list[ArticleId] = []
    after = None
    while found := store.search(Query(limit=size, after=after, **asked)):  # type: ignore[arg-type]
        seen += [article.id for article, _ in found]
        last = found[-1][0]
        after = (content_time(last), last.id)
    return seen


@pytest.mark.parametrize("size", [1, 2, 4, 100])
@pytest.mark.parametrize("oldest", [False, True])
def test_turning_pages_shows_everything_once_in_order(store: Store, size: int, oldest: bool) -> None:
    copies = keep_copies(store)
    ordered = sorted([*copies, FERRY], key=lambda a: a.id)
    ordered.sort(key=content_time, reverse=not oldest)
    assert pages(store, size, oldest=oldest) == [article.id for article in ordered]


def test_the_copies_of_an_article_are_those_taken_directly_from_it(store: Store) -> None:
    copies = keep_copies(store)
    further = an_article("further", outlet="outlet-3", text=FERRY.text)
    store.save_article(further, (), a_fingerprint(further.text))
    store.save_lineage(further.id, a_lineage(an_edge(further.id, copies[1]), rivals=[an_edge(further.id, FERRY)]))
    store.refresh()
    assert set(pages(store, 4, of=FERRY.id)) == {copy.id for copy in copies}
    assert pages(store, 4, of=copies[1].id) == [further.id]
    assert pages(store, 4, of=an_external().id) == [copies[0].id]
    assert pages(store, 4, of=an_id("not-there")) == []


def test_republishers_are_the_outlets_of_the_copies_most_first(store: Store) -> None:
    keep_copies(store)
    assert list(store.republishers(FERRY.id).items()) == [("outlet-0", 5), ("outlet-1", 4)]
    assert list(store.republishers(an_external().id).items()) == [("outlet-0", 1)]
    assert store.republishers(an_id("not-there")) == {}


def test_inside_a_block_what_it_saved_itself_is_paged_too(store: Store) -> None:
    keep_copies(store)
    with store.writing():
        late = an_article("late", outlet="outlet-4", published=a_date(NOON + minutes(99)), text=FERRY.text)
        store.save_article(late, (), a_fingerprint(late.text))
        store.save_lineage(late.id, a_lineage(an_edge(late.id, FERRY)))
        assert pages(store, 3, of=FERRY.id)[0] == late.id
        assert pages(store, 3, of=FERRY.id, oldest=True)[-1] == late.id
        assert len(pages(store, 3)) == COPIES + 2


def test_relations_have_a_row_for_each_parent_and_one_for_an_article_without(store: Store) -> None:
    copies = keep_copies(store)
    rows = list(store.relations())
    assert [row.copy for row in rows] == sorted(row.copy for row in rows)
    assert [row for row in rows if row.copy == FERRY.id] == [
        Relation(copy=FERRY.id, source="harbour-post", at=NOON, role="original")
    ]
    rest = {
        "copy": copies[0].id,
        "source": "outlet-0",
        "at": NOON + minutes(10),
        "role": "derived",
        "origin": "southern-wire",
        "external": True,
        "kind": "copy",
        "delay_seconds": 600.0,
        "credited": "yes",
        "verdict": "compliant",
        "linked": "article",
    }
    assert [row for row in rows if row.copy == copies[0].id] == [
        Relation(**rest, parent="southern-wire"),
        Relation(**rest, parent="harbour-post"),
    ]
    assert len(rows) == 1 + COPIES + 1


def test_relations_are_many_without_harm(store: Store) -> None:
    store.save_article(FERRY, (), a_fingerprint(FERRY.text))
    unknown = a_lineage(
        an_edge(FERRY.id, an_external(), kind="claimed", attribution=Attribution()), delay_seconds=None, origin=None
    )
    store.save_lineage(FERRY.id, unknown)
    store.refresh()
    (row,) = store.relations()
    assert (row.kind, row.verdict, row.credited, row.linked, row.delay_seconds, row.origin) == (
        "claimed",
        "unknown",
        "unknown",
        "unknown",
        None,
        None,
    )


def test_an_alert_is_found_by_its_key(store: Store) -> None:
    store.queue_alert(an_alert("one", title="first"))
    assert store.alert("one") == an_alert("one", title="first")
    assert store.alert("two") is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3), max_size=8), st.integers(1, 4))
def test_turning_the_pages_of_alerts_shows_each_once(times: list[int], size: int) -> None:
    store = open_store("memory:")
    _turn(store, times, size)


@pytest.mark.parametrize("state", [None, "pending"])
def test_alerts_of_one_moment_are_paged_by_their_keys(store: Store, state: str | None) -> None:
    _turn(store, [0, 0, 0, 1, 2, 2], 2, state=state)


def _turn(store: Store, times: list[int], size: int, *, state: str | None = None) -> None:
    alerts = [an_alert(f"k{n}", created_at=NOON + minutes(at / 60_000_000)) for n, at in enumerate(times)]
    for alert in alerts:
        store.queue_alert(alert)
    store.refresh()
    seen = []
    after = None
    while found := store.alerts(size, state=state, after=after):
        seen += found
        after = (found[-1].created_at, found[-1].key)
    assert seen == sorted(sorted(alerts, key=lambda a: a.key), key=lambda a: a.created_at, reverse=True)
