"""Postings on their way through the tables of the SQLite store: wherever they are, each is found, and found once."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.store.postings import Postings, packed, unpacked
from crawler.store.sqlite import Database

HASHES = st.sets(st.integers(0, 30), max_size=8)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 2), HASHES),
        st.tuples(st.just("remove"), st.integers(0, 40), HASHES),
        st.tuples(st.just("undone"), st.integers(1, 2), HASHES),
        st.tuples(st.just("other"), st.integers(1, 2), HASHES),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, tail=st.integers(1, 5), recent=st.integers(0, 40))
def test_each_posting_is_found_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, set[int]]], tail: int, recent: int
) -> None:
    """Two connections share the file, so that each meets what the other moved; some blocks are undone."""
    path = tmp_path_factory.mktemp("postings") / "x.db"
    ways = [Database(path), Database(path)]
    indices = [Postings(way, tail=tail, recent=recent) for way in ways]
    expected: dict[tuple[int, int], set[int]] = defaultdict(set)
    schemes: dict[int, int] = {}
    for what, which, hashes in changes:
        side = 1 if what == "other" else 0
        with ways[side].writing():
            if what == "remove":
                number = which % (len(schemes) + 1)
                if number in schemes:
                    indices[side].remove(schemes[number], number, sorted(hashes))
                    for hash in hashes:
                        expected[schemes[number], hash].discard(number)
                continue
            if what != "undone":
                number = len(schemes) + 1
                schemes[number] = which
                indices[side].add(which, number, sorted(hashes))
                for hash in hashes:
                    expected[which, hash].add(number)
        if what == "undone":
            with suppress(ZeroDivisionError), ways[side].writing():
                indices[side].add(which, len(schemes) + 1, sorted(hashes))
                raise ZeroDivisionError
        for way, index in zip(ways, indices, strict=True):
            with way.reading():
                for scheme in (1, 2):
                    found = list(index.having(scheme, range(31), 50))
                    assert found == [sorted(expected[scheme, hash]) for hash in range(31)]
    for way in ways:
        way.close()


def test_a_limit_gives_the_oldest_wherever_they_are(tmp_path: Path) -> None:
    way = Database(tmp_path / "x.db")
    index = Postings(way, tail=3, recent=10)
    for number in range(1, 60):
        with way.writing():
            index.add(1, number, [7, 1000 + number])
    with way.reading():
        assert list(index.having(1, [7], 5)) == [[1, 2, 3, 4, 5]]
        assert list(index.having(1, [7, 1059], 100)) == [list(range(1, 60)), [59]]
    assert min(held(tmp_path, table) for table in ("tail", "recent", "postings")) > 0
    way.close()


def test_the_tail_and_the_recent_ones_stay_small_whatever_the_lengths(tmp_path: Path) -> None:
    """A batch of long articles must get on although only short ones follow."""
    way = Database(tmp_path / "x.db")
    index = Postings(way, tail=10, recent=500)
    longest = 0
    for number in range(1, 200):
        size = 300 if number < 20 else 1
        with way.writing():
            index.add(1, number, range(number * 1000, number * 1000 + size))
        longest = max(longest, held(tmp_path, "tail"))
    assert longest <= 21
    recent = held(tmp_path, "recent")
    assert recent <= 1000
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("SELECT recent_rows FROM merging").fetchone() == (recent,)
    way.close()


def test_no_save_moves_more_than_its_share(tmp_path: Path) -> None:
    way = Database(tmp_path / "x.db")
    index = Postings(way, tail=20, recent=1_000)
    before = 0
    for number in range(1, 300):
        with way.writing():
            index.add(1, number, range(number * 1000, number * 1000 + 50))
        moved = held(tmp_path, "recent") + held(tmp_path, "postings")
        assert moved - before <= 2 * 50 + 20
        before = moved
    way.close()


def test_hashes_are_packed_in_six_bytes_each_and_come_back() -> None:
    hashes = (0, 1, 255, 2**40 + 3, 2**48 - 1)
    assert len(packed(hashes)) == 6 * len(hashes)
    assert unpacked(packed(hashes)) == hashes
    assert unpacked(packed(())) == ()


def held(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        count: Any = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count[0])
