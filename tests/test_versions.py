"""Old meets new: an article is matched by the texts it had as by the one it has."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from crawler.flow import Engine
from crawler.model import Article, ArticleId, Dated, Match, Source
from crawler.ports import Store
from crawler.prepare import Row, prepare_row
from crawler.registry import Registry
from crawler.shape import match as shown
from crawler.store import open_store
from crawler.urls import article_id
from tests.builders import NOON, a_variation, some_text

SOURCES = tuple(
    Source(id=id, name=name, domains=(f"{id}.example",))
    for id, name in (
        ("post", "Harbour Post"),
        ("meridian", "Meridian"),
        ("birch", "Birch Mail"),
        ("cedar", "Cedar Sun"),
    )
)
OLD, NEW = some_text(220, seed=3), some_text(260, seed=4)
CREDIT = "\n\nThis article was originally published by Harbour Post."


def engine(store: Store) -> Engine:
    return Engine(store, Registry(SOURCES), clock=lambda: NOON, jitter=lambda: 0.0)


def a_row(outlet: str, text: str, *, hours: float = 0, seen: float | None = None, title: str = "The story") -> Row:
    """Return a page published after *hours* and seen five minutes, or *seen* hours, later."""
    at = NOON + timedelta(hours=hours)
    later = timedelta(minutes=5) if seen is None else timedelta(hours=seen)
    published = Dated(at=at)
    url = f"https://{outlet}.example/story"
    return Row(url=url, title=title, text=text, fetched_at=at + later, published=published, links=())


def the_id(outlet: str) -> ArticleId:
    return article_id(f"https://{outlet}.example/story")


PUBLISHED = a_row("post", OLD)
EDITED = a_row("post", NEW, seen=9)
COPIED = a_row("meridian", OLD + CREDIT, hours=5)
OF_THE_OLD = a_row("birch", OLD + CREDIT, hours=12)
OF_THE_NEW = a_row("cedar", NEW + CREDIT, hours=15)
EVENTS = (PUBLISHED, COPIED, EDITED, OF_THE_OLD, OF_THE_NEW)


def what_is_found(url: str, rows: Sequence[Row]) -> Any:
    """Ingest *rows* in their order; return edges and matches, and check that each passage quotes both texts."""
    store = open_store(url)
    e = engine(store)
    for row in rows:
        e.ingest_row(row)
    e.settle()
    edges = {(x.copy, x.parent.id, x.kind, x.confidence, x.coverage, x.evidence) for x in store.edges()}
    matches = {(m.left, m.right, m.left_version, m.right_version, m.shared) for m in store.matches()}
    for match in store.matches():
        left, right = texts_of(store, match)
        for passage in match.shared.passages:
            assert words(left.text[slice(*passage.left)]) == words(right.text[slice(*passage.right)])
    article = store.article(the_id("post"))
    assert article is not None
    held = (article.text, article.version, [v.content_hash for v in store.versions(article.id)])
    store.close()
    return edges, matches, held


def texts_of(store: Store, match: Match) -> tuple[Article, Article]:
    dossiers = store.dossiers([match.left, match.right])
    assert all(dossier.has(match) for dossier in dossiers.values())
    return dossiers[match.left].as_in(match), dossiers[match.right].as_in(match)


def words(text: str) -> list[str]:
    return text.lower().replace(".", "").split()


def test_copies_of_either_text_point_at_the_article_that_was_edited(store: Store) -> None:
    e = engine(store)
    for row in EVENTS:
        e.ingest_row(row)
    e.settle()
    parents = {edge.copy: edge.parent.id for edge in store.edges()}
    assert parents == {the_id(copier): the_id("post") for copier in ("meridian", "birch", "cedar")}
    original = store.article(the_id("post"))
    assert original is not None
    assert (original.text, original.version) == (NEW, 2)
    lineage = store.lineage(the_id("post"))
    assert lineage is not None
    assert (lineage.role, lineage.copies) == ("original", 3)


def test_the_order_of_arrival_changes_nothing() -> None:
    expected = what_is_found("memory:", EVENTS)
    for order in itertools.permutations(EVENTS):
        assert what_is_found("memory:", order) == expected


def test_the_order_of_arrival_changes_nothing_in_a_file(tmp_path: Path) -> None:
    pick = random.Random(5)
    expected = what_is_found(f"sqlite:///{tmp_path}/first.db", EVENTS)
    assert expected == what_is_found("memory:", EVENTS)
    for n in range(4):
        order = pick.sample(EVENTS, len(EVENTS))
        assert what_is_found(f"sqlite:///{tmp_path}/{n}.db", order) == expected


def test_an_edge_to_an_earlier_text_says_so_and_quotes_it(store: Store) -> None:
    e = engine(store)
    for row in EVENTS:
        e.ingest_row(row)
    e.settle()
    trail = e.trail(the_id("birch"))
    assert trail is not None
    assert trail.changes is not None
    (said,) = [row for row in trail.lineage.parents[0].evidence if row.type == "version"]
    assert (said.weight, said.value) == (0.0, "the original as it was when seen on 2024-03-01T12:05:00Z")
    newest = e.trail(the_id("cedar"))
    assert newest is not None
    assert "version" not in {row.type for row in newest.lineage.parents[0].evidence}
    (match,) = [m for m in store.matches() if {m.left, m.right} == {the_id("post"), the_id("birch")}]
    (version,) = store.versions(the_id("post"))
    line = shown(match, {match.left: "l", match.right: "r"})
    sides = {line[side]["id"]: line[side]["content_hash"] for side in ("left", "right")}
    assert sides[the_id("post")] == version.content_hash


def test_a_copy_that_was_edited_keeps_its_parent(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("post", OLD))
    e.ingest_row(a_row("meridian", OLD + CREDIT, hours=5))
    e.ingest_row(a_row("meridian", some_text(240, seed=8), hours=5, seen=20))
    e.settle()
    (edge,) = store.edges()
    assert (edge.copy, edge.parent.id) == (the_id("meridian"), the_id("post"))
    (said,) = [row for row in edge.evidence if row.type == "version"]
    assert said.value.startswith("the copy as it was when seen on ")


def test_of_several_texts_the_one_that_shares_most_makes_the_match_and_of_equals_the_newest(store: Store) -> None:
    e = engine(store)
    better = a_variation(OLD, changes=70, seed=2)
    e.ingest_row(a_row("post", better))
    e.ingest_row(a_row("post", OLD, seen=3))
    e.ingest_row(a_row("post", OLD, seen=5, title="The same under another title"))
    e.ingest_row(a_row("meridian", OLD, hours=8))
    e.ingest_row(a_row("birch", better, hours=9))
    e.settle()
    article = store.article(the_id("post"))
    assert article is not None
    about = {
        m.other(the_id("post")): m.version_of(the_id("post")) for m in store.matches() if the_id("post") in m_ids(m)
    }
    assert about[the_id("meridian")] == article.content_hash
    assert about[the_id("birch")] == store.versions(the_id("post"))[0].content_hash


def m_ids(match: Match) -> tuple[ArticleId, ArticleId]:
    return match.left, match.right


def test_edits_there_and_back_keep_both_texts_and_every_match(store: Store) -> None:
    e = engine(store)
    for row in (PUBLISHED, COPIED, EDITED, OF_THE_NEW, a_row("post", OLD, seen=30)):
        e.ingest_row(row)
    e.settle()
    article = store.article(the_id("post"))
    assert article is not None
    assert (article.text, article.version) == (OLD, 3)
    assert [version.text for version in store.versions(article.id)] == [NEW]
    assert {edge.copy for edge in store.edges()} == {the_id("meridian"), the_id("cedar")}
    about = {m.other(article.id): m.version_of(article.id) for m in store.matches() if article.id in m_ids(m)}
    assert about[the_id("meridian")] == article.content_hash
    assert about[the_id("cedar")] != article.content_hash


def test_an_older_text_that_comes_in_late_is_kept_once(store: Store) -> None:
    e = engine(store)
    for row in (EDITED, PUBLISHED, PUBLISHED, EDITED):
        e.ingest_row(row)
    article = store.article(the_id("post"))
    assert article is not None
    assert (article.text, article.version) == (NEW, 2)
    assert [version.text for version in store.versions(article.id)] == [OLD]


def test_a_text_that_is_not_stored_is_held_against_earlier_texts_too(store: Store) -> None:
    e = engine(store)
    for row in (PUBLISHED, EDITED):
        e.ingest_row(row)
    trail = e.explain(prepare_row(a_row("birch", OLD[: len(OLD) // 2] + CREDIT, hours=20), Registry(SOURCES)))
    assert trail.lineage.parents[0].parent.id == the_id("post")
    assert trail.changes is not None
