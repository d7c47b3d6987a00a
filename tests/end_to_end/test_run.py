"""The daemon through the real command, on the bundled newsroom."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from crawler.cli.demo import write_settings
from crawler.newsroom import Newsroom
from tests.end_to_end.shell import COPYTRAIL, at_a_terminal, copytrail, environment

PATIENCE = 60.0


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(datetime.now(UTC)) as opened:
        yield opened


def settings(folder: Path, newsroom: Newsroom) -> Path:
    """Write the settings for *newsroom* into *folder*, with logs as they are by default; return *folder*."""
    write_settings(folder, newsroom, f"sqlite:///{folder}/copytrail.db", webhook="json://127.0.0.1:9/nobody")
    file = folder / "copytrail.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"log": {}}))
    return folder


@contextmanager
def a_daemon(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run ``copytrail run`` for the block; nothing of it is left behind."""
    daemon = subprocess.Popen(
        [COPYTRAIL, "run", "--config", folder], cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    )
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.communicate()


def until(true: Callable[[], object]) -> None:
    """Wait for what another process does; give up loudly."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def parents(url: str, folder: Path) -> list[tuple[str, bool]]:
    """Return the outlets that the article at *url* was taken from, and whether each is external."""
    found = copytrail("--config", folder, "trace", url, "--json", folder=folder).json()["article"]["lineage"]["parents"]
    return [(parent["source"]["id"], parent["external"]) for parent in found]


def test_a_round_brings_the_copy_and_the_next_one_its_late_original(tmp_path: Path, newsroom: Newsroom) -> None:
    folder = settings(tmp_path, newsroom)
    copy = newsroom.url("lakeside-record/dam-letters")
    piped = copytrail("run", "--once", "--config", folder, folder=folder)
    assert (piped.code, piped.out) == (0, "")
    events = [json.loads(line)["event"] for line in piped.err.splitlines()]  # events in lines, and no bar
    assert "polled" in events
    assert parents(copy, folder) == [("valley-gazette", True)]
    newsroom.advance()
    shown = at_a_terminal("--config", folder, "run", "--once", folder=folder)
    assert shown.code == 0
    assert re.search(r"round  \[#+\]  100%", shown.err)
    assert "polled" not in shown.err  # the bar says it
    assert parents(copy, folder) == [("valley-gazette", False)]


def test_a_second_daemon_refuses_and_sigterm_ends_the_first(tmp_path: Path, newsroom: Newsroom) -> None:
    folder = settings(tmp_path, newsroom)
    with a_daemon(folder) as first:
        until(lambda: (folder / "copytrail.db.lock").exists() and newsroom.log)
        for once in ([], ["--once"]):
            second = copytrail("run", *once, "--config", folder, folder=folder)
            assert (second.code, second.out) == (75, "")
            assert second.problem().startswith(f"error: already running, pid {first.pid}, on sqlite:///{folder}")
            assert second.problem().endswith("stop that one first")
        first.send_signal(signal.SIGTERM)
        assert first.wait(15.0) == 0
    assert copytrail("run", "--once", "--config", folder, folder=folder).code == 0


def test_the_daemon_serves_what_it_knows_and_goes_on_where_the_place_is_taken(
    tmp_path: Path, newsroom: Newsroom
) -> None:
    folder = settings(tmp_path, newsroom)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        file = folder / "copytrail.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"serve": {"port": port}}))
        with a_daemon(folder) as hindered:
            assert hindered.stderr is not None
            events = (json.loads(line) for line in hindered.stderr)
            assert "--no-serve" in next(e["problem"] for e in events if e["event"] == "not_served")
            hindered.send_signal(signal.SIGTERM)
            assert hindered.wait(15.0) == 0
    with a_daemon(folder) as daemon:
        assert daemon.stderr is not None
        address = next(e["address"] for e in map(json.loads, daemon.stderr) if e["event"] == "serving")
        assert address == f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(f"{address}readyz", timeout=10) as answer:
            assert answer.read().startswith(b"ready\n")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(15.0) == 0


def test_without_a_feed_there_is_nothing_to_run(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    done = copytrail("run", "--config", tmp_path, folder=tmp_path)
    assert done.code == 2
    assert done.problem() == "error: no enabled source has a feed: add one to sources.yaml"
