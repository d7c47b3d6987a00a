"""Pages taken in many at a time: the same as one by one, and none spoils another."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.alerts.rules import Rule
from crawler.flow import Engine
from crawler.model import Dated, Entry, Feed, FeedState, Link, Page, Poll
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_variation, some_text
from tests.elastic.places import emptied

KINDS = ["memory", "sqlite", "elastic"]
STORIES = [some_text(120, seed=seed) for seed in (21, 22, 23)]


def a_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if kind == "elastic":
        return str(request.getfixturevalue("elastic"))
    return {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}[kind]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(a_url(request.param, request, tmp_path))
    yield opened
    opened.close()


def an_engine(store: Store) -> Engine:
    return Engine(store, Registry(()), rules=(Rule(name="all"),), clock=lambda: NOON, jitter=lambda: 0.0)


def a_copy(number: int, story: int = 0, *, linking: int | None = None) -> Row:
    """Return copy *number* of a story, on an outlet of its own; it may credit another copy, by a link."""
    at = NOON + timedelta(hours=number)
    text = a_variation(STORIES[story], changes=number % 5, seed=number) if number % 5 else STORIES[story]
    links: tuple[Link, ...] = ()
    if linking is not None:
        links = (Link(url=f"https://outlet-{linking}.example/story", text=f"Outlet {linking}"),)
        text += f"\n\nThis article was originally published by Outlet {linking}."
    return Row(
        url=f"https://outlet-{number}.example/story",
        title=f"Story {story}",
        text=text,
        fetched_at=at + timedelta(minutes=5),
        published=Dated(at=at) if number % 7 else None,
        links=links,
    )


def an_edit(row: Row) -> Row:
    """Return the page of *row* a day later, a passage of another story in it."""
    return replace(row, text=row.text + " " + STORIES[2], fetched_at=row.fetched_at + timedelta(days=1))


def known(store: Store) -> dict[str, Any]:
    """Return what the store says of every article, without when and how often it was decided, and what it tells."""
    lineages = {id: store.lineage(id) for id in store.article_ids()}
    return {
        "lineages": {id: replace(x, revision=1, decided_at=NOON, reason=None) for id, x in lineages.items() if x},
        "matches": list(store.matches()),
        "alerts": sorted(alert.key for alert in store.alerts(1000)),
        "dossiers": store.dossiers(list(lineages)),
    }


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Row]]:
    """Rows in any order, cut into blocks anywhere: copies of three stories, credits, edits, the same page twice."""
    pick = random.Random(draw(st.integers(0, 10_000)))
    rows = [
        a_copy(number, number % 3, linking=pick.choice([None, None, pick.randrange(12)]))
        for number in range(draw(st.integers(2, 12)))
    ]
    rows += [an_edit(row) for row in pick.sample(rows, min(2, len(rows)))] + [pick.choice(rows)]
    pick.shuffle(rows)
    cuts = sorted(draw(st.sets(st.integers(1, len(rows)), max_size=4)))
    return [rows[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def in_blocks(store: Store, blocks: Sequence[Sequence[Row]]) -> dict[str, Any]:
    engine = an_engine(store)
    for block in blocks:
        assert all(outcome.error is None for outcome in engine.ingest_many(block))
    engine.settle()
    return known(store)


def one_by_one(blocks: Sequence[Sequence[Row]]) -> dict[str, Any]:
    return in_blocks(open_store("memory:"), [[row] for block in blocks for row in block])


@settings(max_examples=40, deadline=None)
@given(blocks=arrivals())
def test_blocks_in_memory_give_what_one_by_one_gives(blocks: list[list[Row]]) -> None:
    assert in_blocks(open_store("memory:"), blocks) == one_by_one(blocks)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=arrivals())
def test_blocks_in_sqlite_give_what_one_by_one_gives(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[list[Row]]
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('blocks')}/store.db")
    assert in_blocks(store, blocks) == one_by_one(blocks)
    store.close()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=arrivals())
def test_blocks_in_elasticsearch_give_what_one_by_one_gives(elastic: str, blocks: list[list[Row]]) -> None:
    emptied(*elastic.rsplit("/", 1))
    store = open_store(elastic)
    assert in_blocks(store, blocks) == one_by_one(blocks)
    store.close()


def test_each_page_is_told_what_became_of_it_in_order(store: Store) -> None:
    outcomes = an_engine(store).ingest_many([a_copy(1), replace(a_copy(2), text=" "), a_copy(3), a_copy(1)])
    assert [outcome.url for outcome in outcomes] == [a_copy(n).url for n in (1, 2, 3, 1)]
    assert [outcome.new for outcome in outcomes] == [True, False, True, False]
    assert [outcome.problem is None for outcome in outcomes] == [True, False, True, True]
    assert outcomes[2].matches == 1


def test_a_page_that_fails_takes_no_other_with_it(store: Store) -> None:
    class Stumbling(Engine):
        def _near(self, *args: Any, **named: Any) -> Any:
            if args[0].url.startswith("https://outlet-2."):
                raise ZeroDivisionError
            return super()._near(*args, **named)

    engine = Stumbling(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
    outcomes = engine.ingest_many([a_copy(number) for number in (1, 2, 3)])
    assert [type(outcome.error) for outcome in outcomes] == [type(None), ZeroDivisionError, type(None)]
    assert sorted(store.articles(store.article_ids()).values(), key=lambda a: a.url)[0].url == a_copy(1).url
    assert len(list(store.article_ids())) == 2
    assert len(list(store.matches())) == 1


def test_the_entries_of_a_block_are_settled_those_without_an_article_too(store: Store) -> None:
    engine = an_engine(store)
    state = FeedState(url="https://outlet-1.example/feed", source_id="outlet-1")
    named = tuple(Entry(url=f"https://outlet-1.example/{name}", title=name) for name in ("whole", "empty"))
    pending = engine.record(Poll(state=state, feed=Feed(entries=named)))
    body = f"<html><title>Whole</title><article><p>{STORIES[0]}</p></article></html>".encode()
    pages = [
        Page(url=p.url, final_url=p.url, body=page, fetched_at=NOON, headers={}, entry_key=p.key)
        for p, page in zip(pending, (body, b"%PDF-1.7"), strict=True)
    ]
    assert [outcome.problem is None for outcome in engine.ingest_many(pages)] == [True, False]
    assert store.pending(["outlet-1"], 10) == ()
