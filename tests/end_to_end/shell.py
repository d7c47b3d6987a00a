"""Runs the real ``copytrail`` command, as a user would, and a small house of outlets for it to know."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.cli import main

COPYTRAIL = Path(sys.executable).with_name("copytrail")
PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one JSON document that stdout is."""
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        """Return the JSON values that stdout is, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def problem(self) -> str:
        """Return the one line that stderr is."""
        said = self.err.splitlines()
        assert len(said) == 1, said
        return said[0]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of this process without settings of ours, and *more*."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COPYTRAIL_")} | more


def copytrail(
    *arguments: str | Path,
    folder: Path,
    stdin: bytes | str = b"",
    settings: dict[str, str] | None = None,
    patience: float = PATIENCE,
) -> Done:
    """Run ``copytrail`` with *arguments* in *folder*; *settings* are variables of its environment."""
    done = subprocess.run(
        [COPYTRAIL, *arguments],
        cwd=folder,
        env=environment(**settings or {}),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        timeout=patience,
    )
    shown = Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
    assert "Traceback" not in shown.out + shown.err, shown.err
    return shown


def inside(*arguments: str | Path, folder: Path) -> Done:
    """Do in this process what ``copytrail`` does in its own: for the many cases that differ in their words only."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return Done(code=end.value.code, out=out.getvalue(), err=err.getvalue())


def at_a_terminal(*arguments: str | Path, folder: Path) -> Done:
    """Run ``copytrail`` with stderr on a terminal, which is ``err`` then, and stdout in a pipe."""
    ours, theirs = pty.openpty()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [COPYTRAIL, *arguments],
            cwd=folder,
            env=environment(TERM="xterm", COLUMNS="100"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        # An error is how a terminal says that nobody writes to it any more.
        with suppress(OSError):
            while block := os.read(ours, 4096):
                shown += block
        os.close(ours)
        code = process.wait(PATIENCE)
        out.seek(0)
        return Done(code=code, out=out.read().decode(), err=shown.decode())


def a_house(folder: Path, **changes: Any) -> Path:
    """Write settings into *folder*/config, three invented outlets and two rules; return *folder*."""
    settings = {"store": f"sqlite:///{folder}/copytrail.db", "fetch": {"hosts": {"harbour-post.example": "127.0.0.1"}}}
    sources = [
        {
            "id": "harbour-post",
            "name": "Harbour Post",
            "domains": ["harbour-post.example"],
            "feeds": ["http://harbour-post.example/feed"],
            "language": "en",
        },
        {"id": "meridian", "name": "Meridian Digest", "domains": ["meridian.example"]},
        {"id": "lamp", "name": "The Lamp", "domains": ["lamp.example"]},
    ]
    settings["alerts"] = {"max_age_days": None}  # the texts of these tests bear dates of their own
    alerts = {"rules": [{"name": "our texts", "origin": ["harbour-post"]}, {"name": "none such", "origin": ["lamp"]}]}
    (folder / "config").mkdir()
    for name, content in (
        ("copytrail.yaml", settings | changes),
        ("sources.yaml", {"sources": sources}),
        ("alerts.yaml", alerts),
    ):
        (folder / "config" / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder
