from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import AlreadyRunning
from scheduler.lock import lock_file, sole_daemon

HOLD = """
import sys
from scheduler.lock import sole_daemon
with sole_daemon(sys.argv[1]):
    print("held", flush=True)
    input()
"""


def test_a_second_holder_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/copytrail.db"
    with (
        sole_daemon(store),
        pytest.raises(AlreadyRunning, match=f"already running, pid {os.getpid()}, on {store}"),
        sole_daemon(store),
    ):
        pass


def test_two_stores_do_not_hinder_each_other(tmp_path: Path) -> None:
    with sole_daemon(f"sqlite:///{tmp_path}/a.db"), sole_daemon(f"sqlite:///{tmp_path}/b.db"):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/copytrail.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning, match=f"pid {other.pid}"), sole_daemon(store):
            pass
        other.kill()
        other.wait()
    with sole_daemon(store):
        pass


def test_a_password_in_the_stores_name_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    store = "https://user:secret@search.example:9200"
    with sole_daemon(store), pytest.raises(AlreadyRunning) as refused, sole_daemon(store):
        pass
    assert "secret" not in str(refused.value)
    assert "search.example:9200" in str(refused.value)


def test_the_lock_lies_beside_the_stores_file() -> None:
    assert lock_file("sqlite:///var/copytrail.db") == Path("var/copytrail.db.lock")
    assert lock_file("sqlite:////srv/copytrail.db") == Path("/srv/copytrail.db.lock")
