"""Both rules of ingest at once: however many processes take in the copies of one text, the graph is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.model import ArticleId, Lineage
from crawler.store import open_store
from tests.contract.ingesting import COPIES, ingest

ROOT = Path(__file__).parents[2]
PROCESSES = 4
RUNS = 5


@contextmanager
def ingesters() -> Iterator[list[subprocess.Popen[str]]]:
    """Start the ingesting processes; stop them at the end."""
    command = [sys.executable, "-m", "tests.contract.ingesting"]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    started = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.communicate()


def judged(url: str) -> tuple[int, dict[ArticleId, object]]:
    """Return how many matches the store holds, and what it says of each article."""
    store = open_store(url)
    found = {id: said(store.lineage(id)) for id in store.article_ids()}
    matches = sum(1 for _ in store.matches())
    store.close()
    return matches, found


def said(lineage: Lineage | None) -> object:
    """Return the judgement without what tells of its making: its revision and its time."""
    assert lineage is not None
    return (lineage.role, lineage.kind, lineage.origin, lineage.parents, lineage.depth, lineage.copies)


def test_40_copies_by_4_processes_have_all_780_matches_and_the_lineages_of_one(tmp_path: Path) -> None:
    alone = f"sqlite:///{tmp_path}/alone.db"
    ingest(alone, 0, 1)
    expected = judged(alone)
    assert expected[0] == COPIES * (COPIES - 1) // 2
    assert len(expected[1]) == COPIES
    with ingesters() as processes:
        for run in range(RUNS):
            url = f"sqlite:///{tmp_path}/run-{run}.db"  # not there yet: all four make it at once
            for share, process in enumerate(processes):
                assert process.stdin is not None
                process.stdin.write(f"{url} {share} {PROCESSES}\n")
                process.stdin.flush()
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "done\n"
            assert judged(url) == expected, run
