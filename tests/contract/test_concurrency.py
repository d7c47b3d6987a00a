"""Rule (a) of ingest: looking for candidates and saving are one transaction, whatever the process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.store import open_store
from tests.contract.writer import COPIES

ROOT = Path(__file__).parents[2]
PROCESSES = 4
RUNS = 5


@contextmanager
def writers() -> Iterator[list[subprocess.Popen[str]]]:
    """Start the writing processes; stop them at the end."""
    command = [sys.executable, "-m", "tests.contract.writer"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
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


def test_40_copies_by_4_processes_give_all_780_pairs_in_each_of_5_runs(tmp_path: Path) -> None:
    pairs = []
    with writers() as processes:
        for run in range(RUNS):
            url = f"sqlite:///{tmp_path}/run-{run}.db"  # not there yet: all four make it at once
            for share, process in enumerate(processes):
                assert process.stdin is not None
                process.stdin.write(f"{url} {share} {PROCESSES}\n")
                process.stdin.flush()
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "done\n"
            store = open_store(url)
            assert store.status().articles == COPIES
            pairs.append(store.status().matches)
            store.close()
    assert pairs == [COPIES * (COPIES - 1) // 2] * RUNS
