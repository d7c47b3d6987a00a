"""What only a file can do: schema, damage, locks, forks, sudden death."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import InputError, SchemaTooNew, StoreError, StoreLocked
from crawler.ports import Query
from crawler.store import open_store
from crawler.store.memory import MemoryStore
from crawler.store.migrations import MIGRATIONS
from crawler.store.sqlite import SqliteStore
from tests.builders import (
    NOON,
    a_claim,
    a_feed_state,
    a_fingerprint,
    a_lineage,
    a_match,
    a_pending,
    an_article,
    an_edge,
    minutes,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def keep(store: SqliteStore, name: str = "ferry", **changes: Any) -> None:
    article = an_article(name, **changes)
    store.save_article(article, (a_claim(),), a_fingerprint(article.text))


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def in_a_process(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run *script* with the project's modules at hand."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


# --- opening


def test_a_url_opens_the_file_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, file in (("sqlite:///var/a.db", tmp_path / "var/a.db"), (f"sqlite:///{tmp_path}/b.db", tmp_path / "b.db")):
        store = open_store(url)
        assert store.url == url
        assert not file.exists()
        assert store.status().articles == 0
        assert file.exists()
        store.close()
    assert isinstance(open_store("memory:"), MemoryStore)


def test_a_relative_path_stays_where_it_was_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///a.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.status()
    store.close()
    assert (tmp_path / "a.db").exists()


@pytest.mark.parametrize(
    "url",
    ["", "var/a.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite://a.db", "sqlite:///:memory:", "sqlite:///a/",
     "memory://x", "postgres://ida:secret@db/x", "ftp:x", "sqlite:///a\0b"],
)  # fmt: skip
def test_a_url_that_names_no_store_says_which_there_are_and_no_password(url: str) -> None:
    with pytest.raises(InputError, match="sqlite:///relative") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_is_durable_and_lets_readers_read_while_one_writes(store: SqliteStore, path: Path) -> None:
    keep(store)
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert store._db.all("PRAGMA synchronous") == [(2,)]
    reader = SqliteStore(path, patience_seconds=0.05)
    with store.writing():
        keep(store, "second")
        assert reader.status().articles == 1
    assert reader.status().articles == 2
    reader.close()


def test_a_closed_store_opens_again_by_itself(store: SqliteStore) -> None:
    keep(store)
    store.close()
    assert store.status().articles == 1


# --- the schema


def test_a_new_file_has_the_newest_schema(store: SqliteStore, path: Path) -> None:
    assert store.status().schema == len(MIGRATIONS)
    assert rows(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_newer_schema_is_refused_and_left_alone(store: SqliteStore, path: Path) -> None:
    keep(store)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(SchemaTooNew, match="upgrade copytrail"):
        SqliteStore(path).status()
    assert rows(path, "SELECT count(*) FROM articles") == [(1,)]


def test_the_file_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="another program"):
        SqliteStore(path).status()
    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]


DYING_MIGRATION = """
import os, signal, sqlite3, sys
from crawler.store.migrations import MIGRATIONS
from crawler.store.sqlite import migrate
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
migrate(connection, (*MIGRATIONS, ("CREATE TABLE half (x)", "DROP TABLE claims", "SELECT die()")))
"""


def test_a_migration_killed_half_way_leaves_the_version_before(store: SqliteStore, path: Path) -> None:
    keep(store)
    store.close()
    assert in_a_process(DYING_MIGRATION, path).returncode == -signal.SIGKILL
    assert rows(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == [(0,)]
    assert store.status().schema == len(MIGRATIONS)
    assert rows(path, "SELECT count(*) FROM claims") == [(1,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


FAILING_MIGRATION = DYING_MIGRATION.replace("SELECT die()", "SELECT no_such_function()")


def test_a_migration_that_fails_leaves_the_version_before(store: SqliteStore, path: Path) -> None:
    keep(store)
    store.close()
    assert "no such function" in in_a_process(FAILING_MIGRATION, path).stderr
    assert rows(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == [(0,)]
    assert rows(path, "SELECT count(*) FROM claims") == [(1,)]


# --- what goes wrong


@pytest.mark.parametrize("content", [b"this is no database at all " * 100, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_file_is_a_clear_line_that_says_what_to_do(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="backup") as caught:
        SqliteStore(path).status()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert path.read_bytes() == content


def test_damage_inside_the_file_is_a_store_error(store: SqliteStore, path: Path) -> None:
    for n in range(30):
        keep(store, f"n{n}")
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"):
        list(store.article_ids())


def test_a_row_that_cannot_be_read_is_named(store: SqliteStore, path: Path) -> None:
    keep(store)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('UPDATE articles SET value = replace(value, \'"version":1\', \'"version":"one"\')')
    with pytest.raises(StoreError, match="a stored article cannot be read: version"):
        store.article(an_article().id)


def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(tmp_path).status()


def test_a_file_in_the_place_of_its_folder_is_a_clear_error(path: Path) -> None:
    path.write_text("a file")
    with pytest.raises(StoreError, match="choose another place"):
        SqliteStore(path / "store.db").status()


def test_a_store_held_for_too_long_says_so(store: SqliteStore, path: Path) -> None:
    keep(store)
    hasty = SqliteStore(path, patience_seconds=0.05)
    with store.writing():
        with pytest.raises(StoreLocked, match="held by another process"):
            keep(hasty, "second")
        assert hasty.status().articles == 1
    keep(hasty, "second")
    assert store.status().articles == 2
    hasty.close()


def test_a_full_disk_undoes_the_block_and_says_so(store: SqliteStore) -> None:
    keep(store, "first")
    pages = store._db.all("PRAGMA page_count")[0][0]
    store._db.all(f"PRAGMA max_page_count = {pages + 2}")

    def fill() -> None:
        with store.writing():
            for n in range(200):
                keep(store, f"n{n}")

    with pytest.raises(StoreError, match="make room"):
        fill()
    assert store.status().articles == 1
    store._db.all("PRAGMA max_page_count = 1000000")
    keep(store, "second")
    assert store.status().articles == 2


def test_a_block_that_goes_on_after_its_transaction_was_undone_saves_nothing(store: SqliteStore) -> None:
    keep(store, "first")

    def go_on() -> None:
        with store.writing():
            keep(store, "second")
            store._db.all("ROLLBACK")  # what a failing disk does to it
            keep(store, "third")

    with pytest.raises(StoreError, match="repeat it as a whole"):
        go_on()
    assert list(store.article_ids()) == [an_article("first").id]


DYING_WRITER = """
import os, signal, sys
from crawler.store import open_store
from tests.builders import an_article, a_fingerprint, a_feed_state, a_pending, an_alert
store = open_store("sqlite:///" + sys.argv[1])
with store.writing():
    for n in range(50):
        article = an_article(f"half-{n}")
        store.save_article(article, (), a_fingerprint(article.text))
    store.save_poll(a_feed_state(etag="half"), [a_pending("half")])
    store.queue_alert(an_alert("half"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_killed_in_its_block_leaves_nothing_of_it(store: SqliteStore, path: Path) -> None:
    keep(store)
    assert in_a_process(DYING_WRITER, path).returncode == -signal.SIGKILL
    status = store.status()
    assert (status.articles, status.feeds, status.pending, status.alerts_pending) == (1, 0, 0, 0)
    keep(store, "next")
    assert store.search(Query(words="half")) == ()


# --- what only the tables show


def test_nothing_dangles_after_many_changes(store: SqliteStore, path: Path) -> None:
    for turn in range(4):
        for n in range(8):
            keep(store, f"n{n}", text=f"turn {turn if n % 2 else 0} of text {n} " * 20)
        one, two = an_article("n1"), an_article("n2")
        store.save_matches([a_match(one.id, two.id)])
        store.save_lineage(two.id, a_lineage(an_edge(two.id, one, confidence=turn / 10)))
        store.save_poll(a_feed_state(), [a_pending(f"p{turn}")])
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO article_words (article_words, rank) VALUES ('integrity-check', 1)")
    indexed = "SELECT doc FROM tail UNION SELECT doc FROM recent UNION SELECT doc FROM postings"
    assert rows(path, f"SELECT count(*) FROM ({indexed}) WHERE doc NOT IN (SELECT doc FROM fingerprints)") == [(0,)]
    assert rows(path, "SELECT articles FROM schemes") == [(8,)]


def test_another_content_keeps_the_version_before(store: SqliteStore, path: Path) -> None:
    first = an_article(text="First text.", content_hash="1", last_seen_at=NOON + minutes(30))
    second = replace(first, text="Second text.", content_hash="2", version=2)
    for article in (first, first, second, replace(second, byline="By Nobody")):
        store.save_article(article, (), a_fingerprint(article.text))
    assert rows(path, "SELECT version, content_hash, title, text FROM versions") == [
        (1, "1", first.title, "First text.")
    ]


def test_the_history_keeps_every_judgement_with_its_time(store: SqliteStore, path: Path) -> None:
    article = an_article()
    for n in range(3):
        store.save_lineage(article.id, a_lineage(confidence=n / 10, decided_at=NOON + minutes(n)))
    found = rows(path, "SELECT revision, json_extract(value, '$.confidence'), decided_at FROM lineage_history")
    start = int(NOON.timestamp() * 1_000_000)
    assert found == [(1, 0.0, start), (2, 0.1, start + 60_000_000)]


def test_a_word_of_a_judgement_not_known_yet_can_be_read_past(store: SqliteStore, path: Path) -> None:
    article = an_article()
    store.save_lineage(article.id, a_lineage())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE lineages SET value = json_set(value, '$.of_a_later_release', 1)")
        connection.execute("UPDATE lineages SET value = json_remove(value, '$.copies')")
    assert store.lineage(article.id) == a_lineage()
    assert store.save_lineage(article.id, a_lineage()) is False


# --- forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_fork_in_the_middle_of_a_block_harms_neither_side(store: SqliteStore, path: Path) -> None:
    with store.writing():
        keep(store, "parents")
        child = os.fork()
        if child == 0:
            try:
                seen = store.status().articles
                store.close()
                os._exit(10 + seen)
            except BaseException:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 10
        keep(store, "second")
    assert store.status().articles == 2
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_child_writes_through_a_connection_of_its_own(store: SqliteStore) -> None:
    keep(store, "parents")
    child = os.fork()
    if child == 0:
        try:
            keep(store, "childs")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    keep(store, "later")
    assert store.status().articles == 3
