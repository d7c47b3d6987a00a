"""`copytrail serve` as its users start it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.shell import COPYTRAIL, a_house, copytrail, environment
from tests.end_to_end.texts import MERIDIAN, jsonl, rows


@contextmanager
def a_server(folder: Path, *options: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``copytrail serve`` on a free port for the block; give it and its address."""
    command = [COPYTRAIL, "serve", "--port", "0", *options]
    server = subprocess.Popen(command, cwd=folder, env=environment(**settings), stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        assert said.startswith("copytrail is at http://"), said
        yield server, said.split()[-1]
    finally:
        server.kill()
        server.communicate()


def test_what_was_ingested_is_served_and_a_signal_ends_it(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    copytrail("ingest", "-q", jsonl(tmp_path / "rows.jsonl", *rows()), folder=folder)
    with a_server(folder) as (server, address):
        with urllib.request.urlopen(f"{address}api/v1/articles?role=derived", timeout=30) as answer:
            assert [article["url"] for article in json.load(answer)["articles"]] == [MERIDIAN]
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"Crane still out of work" in answer.read()
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM)


def test_a_place_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    copytrail("ingest", "-q", jsonl(tmp_path / "rows.jsonl", *rows()), folder=folder)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        done = copytrail("serve", "--port", str(taken.getsockname()[1]), folder=folder)
    assert done.code == 2
    assert done.problem().endswith("Address already in use: choose another with --host and --port")


def test_without_a_store_it_says_what_to_do(tmp_path: Path) -> None:
    done = copytrail("serve", folder=a_house(tmp_path))
    assert done.code == 2
    assert "copytrail ingest" in done.problem()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"COPYTRAIL_SERVE__TOKEN": "short"}, "16 to 200 plain characters"),
        ({"COPYTRAIL_SERVE__PRIVATE": "true"}, "set COPYTRAIL_SERVE__TOKEN"),
    ],
)
def test_a_token_that_is_none_is_refused(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    done = copytrail("serve", folder=a_house(tmp_path), settings=settings)
    assert done.code == 2
    assert said in done.problem()


def test_a_token_in_a_file_is_refused(tmp_path: Path) -> None:
    done = copytrail("serve", folder=a_house(tmp_path, serve={"token": "a-secret-in-a-file-12345"}))
    assert done.code == 2
    assert "COPYTRAIL_SERVE__TOKEN" in done.err
    assert "a-secret" not in done.err
