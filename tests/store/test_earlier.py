"""A store that the copytrail before this one wrote: upgraded as a whole or not at all, with all that was in it.

``schema_8.db.gz`` was written by the last commit with that schema: three articles, a copy among them, an edit, a
review, an alert, a feed with one entry that waits, one done and one given up.
"""

from __future__ import annotations

import gzip
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.backup import back_up, restore
from crawler.diary import by_day
from crawler.flow import Engine
from crawler.model import Gap
from crawler.polling import Answer, Bounds, Shown, after
from crawler.registry import Registry
from crawler.store.migrations import MIGRATIONS
from crawler.store.spool import Spool
from crawler.store.sqlite import SqliteStore
from crawler.watching import look
from tests.web.house import HARBOUR_ID, LATER, MERIDIAN_ID, SOURCES

ROOT = Path(__file__).parents[2]
BEFORE = 8
FEED = SOURCES[0].feeds[0]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(gzip.decompress(Path(__file__).with_name("schema_8.db.gz").read_bytes()))
    return path


def sql(path: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def test_all_that_was_in_it_is_there_after_the_upgrade(path: Path) -> None:
    assert sql(path, "PRAGMA user_version") == [(BEFORE,)]
    store = SqliteStore(path)
    status = store.status()
    counts = (status.schema, status.articles, status.matches, status.edges, status.feeds, status.pending)
    assert counts == (len(MIGRATIONS), 3, 1, 1, 1, 1)
    trail = Engine(store, Registry(SOURCES), clock=lambda: LATER, jitter=lambda: 0.0).trail(MERIDIAN_ID)
    assert trail is not None
    assert [edge.parent.id for edge in trail.lineage.parents] == [HARBOUR_ID]
    assert [(review.by, review.note) for review in trail.reviews] == [("Ida", "by telephone")]
    assert trail.gaps == ()
    assert len(store.versions(HARBOUR_ID)) == 1
    (alert,) = store.alerts(10)
    assert alert.state == "pending"
    assert {one.key: one.outcome for one in store.settled_entries("harbour-post", 10)} == {
        "done": "done",
        "failed": "failed",
    }
    store.close()
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]
    assert sql(path, "PRAGMA foreign_key_check") == []


def test_a_feed_of_before_the_upgrade_begins_its_diary_and_has_its_gaps_from_then_on(path: Path) -> None:
    store = SqliteStore(path)
    state = store.feed_state(FEED)
    assert state is not None
    assert (state.diary, state.gap, state.etag) == (None, None, 'W/"a"')
    assert look(store, SOURCES[0], LATER).state == "well"
    bounds = Bounds(usual=30 * MINUTE, least=5 * MINUTE, most=24 * 60 * MINUTE)
    shown = [Shown("newone"), Shown("newtwo")]
    later = after(state, Answer(status=200, shown=shown), now=LATER + 30 * MINUTE, bounds=bounds)
    store.save_poll(later, [])
    assert by_day(later.diary, LATER + 30 * MINUTE, days=1) == [0]
    (gap,) = store.gaps(LATER - MINUTE, LATER + 60 * MINUTE, 10)
    assert isinstance(gap, Gap)
    assert (gap.since, gap.until) == (LATER, LATER + 30 * MINUTE)
    store.close()


DYING = """
import os, signal, sqlite3, sys
from crawler.store.migrations import MIGRATIONS
from crawler.store.sqlite import migrate
before, statement = int(sys.argv[2]), int(sys.argv[3])
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
steps = [list(step) for step in MIGRATIONS]
new = [(n, m) for n in range(before, len(steps)) for m in range(len(steps[n]))]
n, m = new[statement % len(new)]
steps[n].insert(m + 1, "SELECT die()")
migrate(connection, steps)
"""


@pytest.mark.parametrize("statement", range(4))
def test_killed_after_any_statement_of_the_upgrade_it_is_as_before_and_upgraded_by_the_next(
    path: Path, statement: int
) -> None:
    arguments = [sys.executable, "-c", DYING, str(path), str(BEFORE), str(statement)]
    assert subprocess.run(arguments, cwd=ROOT, check=False, timeout=60).returncode == -signal.SIGKILL
    assert sql(path, "PRAGMA user_version") == [(BEFORE,)]
    assert sql(path, "SELECT count(*) FROM sqlite_master WHERE name = 'gaps'") == [(0,)]
    store = SqliteStore(path)
    assert store.status().articles == 3
    store.close()
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


def test_several_that_open_it_at_once_upgrade_it_once(path: Path) -> None:
    code = "import sys; from crawler.store.sqlite import SqliteStore; print(SqliteStore(sys.argv[1]).status().articles)"
    ones = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [one.communicate(timeout=120)[0].strip() for one in ones] == ["3"] * 4
    assert sql(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_backup_of_an_earlier_store_is_one_of_today_when_it_comes_back(path: Path, tmp_path: Path) -> None:
    store, spool = SqliteStore(path), Spool(tmp_path / "spool", most_bytes=2**20)
    back_up(store, spool, None, tmp_path / "backup", LATER)
    restore(tmp_path / "backup", tmp_path / "new.db", tmp_path / "new.spool", tmp_path / "archive")
    again = SqliteStore(tmp_path / "new.db")
    assert again.status().schema == len(MIGRATIONS)
    assert list(again.article_ids()) == list(store.article_ids())
    for one in (store, again):
        one.close()
