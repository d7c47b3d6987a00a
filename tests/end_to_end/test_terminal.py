"""Progress bars: at a terminal, never in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from crawler.cli.demo import write_settings
from crawler.newsroom import Newsroom
from tests.end_to_end.shell import COPYTRAIL, PATIENCE, a_house, copytrail, environment
from tests.end_to_end.texts import jsonl, rows


def at_a_terminal(*arguments: str | Path, folder: Path) -> tuple[int, str]:
    """Run ``copytrail`` with stderr on a terminal and stdout in a pipe; return its exit code and what stood there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COPYTRAIL, *arguments],
        cwd=folder,
        env=environment(TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 4096):
            shown += block
    except OSError:
        pass  # how a terminal says that nobody writes to it any more
    finally:
        os.close(ours)
    return process.wait(PATIENCE), shown.decode()


def test_a_round_at_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    with Newsroom(datetime.now(UTC)) as newsroom:
        write_settings(tmp_path, newsroom, f"sqlite:///{tmp_path}/copytrail.db", webhook="json://127.0.0.1:9/nobody")
        code, shown = at_a_terminal("run", "--once", "--config", tmp_path, folder=tmp_path)
    assert code == 0
    assert shown.startswith("\rround  [") or "\rround  [" in shown
    assert "100%" in shown


def test_the_demo_at_a_terminal_shows_a_bar_for_each_round(tmp_path: Path) -> None:
    code, shown = at_a_terminal("demo", "--keep", "kept", folder=tmp_path)
    assert code == 0
    assert "round 1  [" in shown
    assert "round 2  [" in shown


def test_files_and_exports_have_a_bar_at_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    file = jsonl(tmp_path / "rows.jsonl", *rows())
    code, shown = at_a_terminal("ingest", file, folder=folder)
    assert code == 0
    assert "rows.jsonl  [" in shown
    assert "3 articles taken in" in shown
    code, shown = at_a_terminal("export", "articles", folder=folder)
    assert code == 0
    assert "export articles  [" in shown
    assert copytrail("ingest", file, folder=folder).err == "3 articles taken in, 0 new, 0 problems\n"
    assert copytrail("export", "articles", folder=folder).err == ""
