"""A store that an earlier copytrail wrote: opened as it is, brought to today's scheme while work goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.fingerprint import SCHEME
from crawler.flow import Engine
from crawler.model import ArticleId, Dated, Fingerprint, Source
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from crawler.store.migrations import MIGRATIONS
from crawler.urls import article_id
from tests.builders import NOON, a_variation, some_text

ROOT = Path(__file__).parents[2]
FIRST_RELEASE = Path(__file__).with_name("schema_1.sql")
FIRST_SCHEME = "spaced4-winnow9/1"
SOURCES = tuple(
    Source(id=id, name=name, domains=(f"{id}.example",))
    for id, name in (("post", "Harbour Post"), ("meridian", "Meridian"), ("birch", "Birch Mail"))
)
OLD, NEW = some_text(60, seed=3), some_text(60, seed=4)  # the two texts of the article in schema_1.sql
CREDIT = "\n\nThis article was originally published by Harbour Post."


def engine(store: Store) -> Engine:
    return Engine(store, Registry(SOURCES), clock=lambda: NOON, jitter=lambda: 0.0)


def a_row(outlet: str, text: str, *, hours: float = 0, seen: float = 1 / 12, page: str = "story") -> Row:
    at = NOON + timedelta(hours=hours)
    return Row(
        url=f"https://{outlet}.example/{page}",
        title="The story",
        text=text,
        fetched_at=at + timedelta(hours=seen),
        published=Dated(at=at),
        links=(),
    )


def the_id(outlet: str) -> ArticleId:
    return article_id(f"https://{outlet}.example/story")


def what_it_says(store: Store) -> dict[str, Any]:
    """Return the facts and judgements, the time and number of a judgement aside."""
    ids = list(store.article_ids())
    return {
        "articles": [store.article(id) for id in ids],
        "fingerprints": [store.fingerprint(id) for id in ids],
        "earlier": [dict(store.earlier_fingerprints(id)) for id in ids],
        "versions": [store.versions(id) for id in ids],
        "matches": list(store.matches()),
        "edges": [(edge.copy, edge.parent.id, edge.kind, edge.confidence, edge.evidence) for edge in store.edges()],
    }


# --- the tables of the first release


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))
    return path


def test_a_store_of_the_first_release_opens_with_all_that_is_in_it(first_release: Path) -> None:
    store = open_store(f"sqlite:///{first_release}")
    status = store.status()
    assert (status.schema, status.articles, status.matches, status.edges) == (len(MIGRATIONS), 2, 1, 1)
    assert status.schemes == {FIRST_SCHEME: 2}
    article = store.article(the_id("post"))
    assert article is not None
    assert (article.text, article.version) == (NEW, 2)
    assert [version.text for version in store.versions(article.id)] == [OLD]
    print = store.fingerprint(article.id)
    assert print is not None
    assert set(store.candidates(print, 10)) == {the_id("post"), the_id("meridian")}
    assert store.same_text(print.digest) == (the_id("post"),)
    store.close()
    with closing(sqlite3.connect(first_release)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_match_of_the_first_release_says_which_text_it_is_about_once_that_changes(first_release: Path) -> None:
    store = open_store(f"sqlite:///{first_release}")
    (before,) = store.matches()
    assert before.version_of(the_id("post")) is None
    engine(store).ingest_row(a_row("post", some_text(60, seed=9), seen=50))
    (after,) = store.matches()
    assert store.dossiers([the_id("post")])[the_id("post")].as_in(after).text == NEW
    assert after.shared == before.shared
    store.close()


def test_a_copy_of_a_text_that_only_the_first_release_saw_is_found_once_it_is_fingerprinted_anew(
    first_release: Path,
) -> None:
    store = open_store(f"sqlite:///{first_release}")
    e = engine(store)
    assert e.outdated() == 2
    assert e.renew() == 2
    assert (e.outdated(), e.renew()) == (0, 0)
    e.ingest_row(a_row("birch", OLD + CREDIT, hours=30))
    assert {edge.copy: edge.parent.id for edge in store.edges()} == dict.fromkeys(
        (the_id("meridian"), the_id("birch")), the_id("post")
    )
    store.close()


# --- another scheme


STORY = some_text(150, seed=7)
ROWS = [
    a_row("post", STORY),
    a_row("post", some_text(150, seed=8), seen=30),
    *(a_row("meridian", a_variation(STORY, changes=4, seed=n) + CREDIT, hours=n, page=f"n{n}") for n in range(1, 9)),
    *(a_row("birch", some_text(150, seed=100 + n), hours=n, page=f"n{n}") for n in range(30)),
]
LATER = [a_row("birch", a_variation(STORY, changes=3, seed=50 + n), hours=40 + n, page=f"m{n}") for n in range(6)]


def of_the_first_scheme(store: Store) -> None:
    """Give every article fingerprints that a copytrail of another scheme would have made: other hashes, other name."""

    def older(print: Fingerprint) -> Fingerprint:
        hashes = tuple(sorted(hash ^ 0xFFFF for hash in print.hashes))
        return Fingerprint(scheme=FIRST_SCHEME, hashes=hashes, digest=print.digest[::-1])

    for id in list(store.article_ids()):
        print = store.fingerprint(id)
        assert print is not None
        earlier = {hash: older(one) for hash, one in store.earlier_fingerprints(id).items()}
        store.save_fingerprints(id, older(print), earlier)


def a_fresh_store() -> Store:
    store = open_store("memory:")
    for row in (*ROWS, *LATER):
        engine(store).ingest_row(row)
    engine(store).settle()
    return store


def test_two_schemes_never_meet_and_what_came_in_between_is_matched_in_the_end(store: Store) -> None:
    e = engine(store)
    for row in ROWS:
        e.ingest_row(row)
    e.settle()
    of_the_first_scheme(store)
    articles = len(list(store.article_ids()))
    assert e.outdated() == articles
    assert store.status().schemes == {FIRST_SCHEME: articles}
    for number, row in enumerate(LATER):
        outcome = e.ingest_row(row)
        met = {m.other(outcome.id) for m in store.matches() if outcome.id in (m.left, m.right)} if outcome.id else set()
        assert all(one is not None and one.scheme == SCHEME for one in map(store.fingerprint, met))
        if number % 2:
            assert e.renew(3) == 3
    while e.renew(3):
        pass
    e.settle()
    assert e.outdated() == 0
    assert what_it_says(store) == what_it_says(a_fresh_store())


def test_an_article_that_is_seen_again_is_fingerprinted_anew_with_its_earlier_texts(store: Store) -> None:
    e = engine(store)
    for row in ROWS[:2]:
        e.ingest_row(row)
    e.settle()
    before = what_it_says(store)
    of_the_first_scheme(store)
    e.ingest_row(ROWS[1])
    assert what_it_says(store) == before


RENEWING = """
import sys
from crawler.store import open_store
from tests.store.test_upgrade import engine
e = engine(open_store(sys.argv[1]))
while e.renew(2):
    print("some", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that kills")
def test_killed_at_any_moment_it_goes_on_where_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_store(url)
    for row in ROWS:
        engine(store).ingest_row(row)
    of_the_first_scheme(store)
    for row in LATER:
        engine(store).ingest_row(row)
    store.close()
    left = engine(store).outdated()
    for blocks in (1, 3, 2):
        with subprocess.Popen(
            [sys.executable, "-c", RENEWING, url],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for _ in range(blocks):
                process.stdout.readline()
            process.kill()
        now = engine(store).outdated()
        assert now <= left - 2 * blocks
        left = now
    assert left
    while engine(store).renew():
        pass
    engine(store).settle()
    assert what_it_says(store) == what_it_says(a_fresh_store())
    store.close()
