"""A search finds the same whether an index leads to the rows or all are looked at in their order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.ports import Query
from crawler.store.sqlite import SqliteStore
from tests.builders import NOON, a_source_ref, an_id, minutes
from tests.everything import fill

QUERIES = (
    Query(words="ferry"),
    Query(words="ferry ещё"),
    Query(words="no-such-word"),
    Query(role="derived"),
    Query(role="unmatched", words="ferry"),
    Query(verdict="compliant"),
    Query(uncredited=True),
    Query(origin="southern-wire"),
    Query(origin="harbour-post", role="derived", words="The"),
    Query(of=an_id("copy-0"), words="ferry"),
    Query(role="derived", after=(NOON, an_id("copy-3"))),
    Query(role="derived", oldest=True),
    Query(source=a_source_ref("outlet-1").id, role="derived", since=NOON - minutes(1)),
)


class InOrder(SqliteStore):
    """A store to which no number of rows is few."""

    few = -1


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_both_ways_find_the_same_in_the_same_order(tmp_path: Path, query: Query) -> None:
    led, in_order = SqliteStore(tmp_path / "store.db"), InOrder(tmp_path / "store.db")
    fill(led)
    for limit in (100, 3):
        asked = replace(query, limit=limit)
        assert led.search(asked) == in_order.search(asked)
    led.close()
    in_order.close()


def test_most_of_these_queries_find_something(tmp_path: Path) -> None:
    store = InOrder(tmp_path / "store.db")
    fill(store)
    assert sum(bool(store.search(query)) for query in QUERIES) >= 6
    store.close()
