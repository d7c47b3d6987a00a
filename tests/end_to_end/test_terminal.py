"""Progress bars: at a terminal, never in a pipe. Those of the demo and of a round are in their own tests."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.shell import a_house, at_a_terminal, copytrail
from tests.end_to_end.texts import jsonl, rows


def test_files_and_exports_have_a_bar_at_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    file = jsonl(tmp_path / "rows.jsonl", *rows())
    done = at_a_terminal("ingest", file, folder=folder)
    assert done.code == 0
    assert "rows.jsonl  [" in done.err
    assert "3 articles taken in" in done.err
    done = at_a_terminal("export", "articles", folder=folder)
    assert "export articles  [" in done.err
    assert len(done.lines()) == 3
    assert copytrail("ingest", file, folder=folder).err == "3 articles taken in, 0 new, 0 problems\n"
    assert copytrail("export", "articles", folder=folder).err == ""


def test_a_command_that_fails_at_a_terminal_says_so_in_one_line(tmp_path: Path) -> None:
    done = at_a_terminal("search", "--nosuch", folder=tmp_path)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert line.startswith("error: No such option '--nosuch'")
    assert line.endswith("(see: copytrail search --help)")
