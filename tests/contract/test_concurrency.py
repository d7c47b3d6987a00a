"""Whatever the number of writers, no pair of copies is missed.

Where a transaction excludes other writers, every pair is there at once; where saves become visible a little later,
after ``settle``.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.flow import Engine
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON
from tests.contract.reporter import a_copy
from tests.contract.writer import COPIES

ROOT = Path(__file__).parents[2]
PROCESSES = 4
RUNS = 5
PAIRS = COPIES * (COPIES - 1) // 2


@contextmanager
def writers(program: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the writing processes; stop them at the end."""
    command = [sys.executable, "-m", f"tests.contract.{program}"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.communicate()


def share_out(processes: list[subprocess.Popen[str]], url: str) -> None:
    """Let each of *processes* take in its share; return when all are done."""
    for share, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(f"{url} {share} {PROCESSES}\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"


def test_40_copies_by_4_processes_give_all_780_pairs_in_each_of_5_runs(tmp_path: Path) -> None:
    pairs = []
    with writers("writer") as processes:
        for run in range(RUNS):
            url = f"sqlite:///{tmp_path}/run-{run}.db"  # not there yet: all four make it at once
            share_out(processes, url)
            store = open_store(url)
            assert store.status().articles == COPIES
            pairs.append(store.status().matches)
            store.close()
    assert pairs == [PAIRS] * RUNS


def engine(store: Store) -> Engine:
    return Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)


def graph(store: Store) -> dict[str, Any]:
    """Return every lineage, without when and how often it was decided."""
    judged = {id: store.lineage(id) for id in store.article_ids()}
    return {
        id: replace(held, revision=1, decided_at=NOON, reason="") for id, held in judged.items() if held is not None
    }


@pytest.fixture(scope="module")
def in_order() -> dict[str, Any]:
    """The lineages that one writer gives who takes the copies in from the first to the last."""
    store = open_store("memory:")
    for number in range(COPIES):
        engine(store).ingest_row(a_copy(number))
    return graph(store)


def test_after_settle_every_pair_is_there_and_the_edges_are_those_of_one_writer(
    elastic: str, in_order: dict[str, Any]
) -> None:
    with writers("reporter") as processes:
        share_out(processes, elastic)
    store = open_store(elastic)
    engine(store).settle()
    store.refresh()
    assert (store.status().articles, store.status().matches) == (COPIES, PAIRS)
    assert store.left(10) == ()
    assert graph(store) == in_order
    store.close()


def test_two_writers_that_saw_nothing_of_each_other_agree_after_settle_in_any_order(elastic: str) -> None:
    numbers = list(range(12))
    expected = open_store("memory:")
    for number in numbers:
        engine(expected).ingest_row(a_copy(number))
    random.Random(5).shuffle(numbers)
    stores = [open_store(elastic), open_store(elastic)]
    for at, number in enumerate(numbers):
        engine(stores[at % 2]).ingest_row(a_copy(number))
    engine(stores[0]).settle()
    assert graph(stores[0]) == graph(expected)
    for store in stores:
        store.close()
