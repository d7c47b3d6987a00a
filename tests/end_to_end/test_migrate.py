"""``store migrate`` on a store that the first release wrote."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.shell import copytrail
from tests.store.test_upgrade import CREDIT, FIRST_RELEASE, FIRST_SCHEME, OLD

WARNING = "warning: what an earlier copytrail fingerprinted finds no copies of what came since"


@pytest.fixture
def store(tmp_path: Path) -> tuple[str, str]:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))
    return ("--store", f"sqlite:///{path}")


def test_an_outdated_store_says_so_once_and_migrate_brings_it_up_to_date(
    store: tuple[str, str], tmp_path: Path
) -> None:
    asked = copytrail(*store, "search", "--json", folder=tmp_path)
    assert (asked.code, len(asked.json()["articles"])) == (0, 2)
    assert asked.err.count(WARNING) == 1
    status = copytrail(*store, "store", "status", "--json", folder=tmp_path).json()
    assert (status["outdated"], status["schemes"]) == (2, {FIRST_SCHEME: 2})
    done = copytrail(*store, "store", "migrate", folder=tmp_path)
    assert done.code == 0
    assert "2 articles fingerprinted anew" in done.out
    again = copytrail(*store, "store", "migrate", "--json", folder=tmp_path)
    assert (again.json()["fingerprinted"], again.json()["outdated"], again.err) == (0, 0, "")


def test_a_copy_of_a_text_of_before_the_upgrade_is_traced_after_it(store: tuple[str, str], tmp_path: Path) -> None:
    copytrail(*store, "store", "migrate", folder=tmp_path)
    row = {"url": "https://birch.example/story", "title": "The story", "text": OLD + CREDIT}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row | {"published_at": "2024-03-03T08:00:00Z"}))
    assert copytrail(*store, "ingest", str(tmp_path / "rows.jsonl"), folder=tmp_path).code == 0
    trail = copytrail(*store, "trace", "https://birch.example/story", "--json", folder=tmp_path).json()
    (parent,) = trail["article"]["lineage"]["parents"]
    assert parent["url"] == "https://post.example/story"
    assert "version" in {row["type"] for row in parent["evidence"]}
    lines = copytrail(*store, "export", "matches", folder=tmp_path).out.splitlines()
    sides = [side for line in map(json.loads, lines) for side in (line["left"], line["right"])]
    assert all(set(side) == {"id", "url", "content_hash"} for side in sides)
