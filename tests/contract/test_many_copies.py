"""A text with very many copies costs like one with some: what is kept and read of a newcomer has a bound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.flow import Engine
from crawler.matching import CANDIDATES, REJECTED, SAME_TEXT
from crawler.model import ArticleId, Dated
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from crawler.tracer import NEAR
from tests.builders import NOON, a_variation, some_text

STORY = some_text(200, seed=5)
MOST = CANDIDATES + SAME_TEXT + REJECTED
MANY = 100  # more than are looked at


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store({"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}[request.param])
    yield opened
    opened.close()


def an_engine(store: Store) -> Engine:
    return Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)


def a_copy(number: int, *, changes: int = 0, dated: bool = True) -> Row:
    """Return copy *number*, on an outlet of its own; 0 is the earliest."""
    at = NOON + timedelta(days=2 * number)
    return Row(
        url=f"https://outlet-{number}.example/story",
        title="The story",
        text=a_variation(STORY, changes=changes, seed=number) if changes and number else STORY,
        fetched_at=at,
        published=Dated(at=at) if dated else None,
        links=(),
    )


def degree(store: Store, id: ArticleId) -> int:
    return len(store.matched(id, 10_000))


@pytest.mark.parametrize("changes", [0, 4], ids=["exact", "edited"])
def test_a_copy_of_a_much_copied_text_is_matched_with_a_bounded_number(store: Store, changes: int) -> None:
    engine = an_engine(store)
    ids = [engine.ingest_row(a_copy(n, changes=changes)).id for n in range(MANY)]
    assert degree(store, ids[0]) == MANY - 1
    assert 0 < degree(store, ids[-1]) <= min(MOST, NEAR)


@pytest.mark.parametrize("changes", [0, 4], ids=["exact", "edited"])
@pytest.mark.parametrize("order", ["first", "last"])
def test_every_copy_of_a_much_copied_text_leads_to_the_original(store: Store, order: str, changes: int) -> None:
    engine = an_engine(store)
    numbers = range(MANY) if order == "first" else [*range(1, MANY), 0]
    ids = {n: engine.ingest_row(a_copy(n, changes=changes)).id for n in numbers}
    engine.settle()
    origins = set()
    for n in (1, 2, MANY // 2, MANY - 2, MANY - 1):
        held = store.lineage(ids[n])
        assert held is not None
        assert held.origin is not None, n
        origins.add(held.origin.id)
    assert origins == {ids[0]}
    original = store.lineage(ids[0])
    assert original is not None
    assert (original.role, original.copies) == ("original", MANY - 1)


def test_an_undated_copy_of_many_leaves_to_settle_whoever_it_only_might_have_copied(store: Store) -> None:
    engine = an_engine(store)
    for n in range(40):
        engine.ingest_row(a_copy(n, dated=False))
    assert len(store.left(100)) > 0
    engine.settle()
    assert store.left(100) == ()
    assert {held.role for id in store.article_ids() if (held := store.lineage(id))} == {"unmatched"}


def test_the_number_of_copies_is_the_same_whether_counted_up_or_counted_over(store: Store) -> None:
    engine = an_engine(store)
    for n in (3, 0, 5, 1, 4, 2):
        engine.ingest_row(a_copy(n, changes=2))
    for id in store.article_ids():
        held = store.lineage(id)
        assert held is not None
        assert held.copies == store.descendants(id)
