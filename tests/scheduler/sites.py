"""A settings folder over a hostile site, and daemons over that folder in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.hostile import Hostile, Reply

_SENTENCES = (
    "The harbour board of Westmark met on Tuesday to hear why the new crane had stood still since spring.",
    "Its makers blamed a gearbox that was delivered in March and did not fit the shaft drawn in the plans.",
    "Dock workers said they had warned of the fault in two letters, neither of which was ever answered.",
    "Until the part is replaced, ships with heavy cargo are sent on to the smaller basin at Oldport.",
    "The detour costs each of them about nine hours and, by the board's own count, four thousand crowns.",
    "A decision on who pays is expected before the winter storms close the northern channel again.",
    "The town's mayor, who chairs the board, asked for patience and for a second opinion on the drawings.",
    "Two engineers from the technical school have offered to measure the shaft without asking for a fee.",
)


def an_article(number: int, wait: float = 0.0) -> Reply:
    """Return a page with an article of some 200 words, no two numbers alike."""
    turned = _SENTENCES[number % 8 :] + _SENTENCES[: number % 8]
    paragraphs = "".join(f"<p>{line} This is report {number} of our correspondent.</p>" for line in turned)
    head = f"<title>Report {number} from the harbour</title>"
    body = f"<article><h1>Report {number} from the harbour</h1>{paragraphs}</article>"
    return Reply(f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode(), wait=wait)


def a_folder(path: Path, site: Hostile, *feeds: str, **fetch: Any) -> Path:
    """Write settings to *path*: one source with *feeds* on *site*, its store beside them."""
    kept = {"delay_seconds": 0, "timeout_seconds": 10, "obey_robots": False, **fetch}
    main = {
        "store": f"sqlite:///{path}/copytrail.db",
        "fetch": {**kept, "hosts": {"site.example": "127.0.0.1"}, "allow": [f"127.0.0.1:{site.port}"]},
        "log": {"format": "json"},
    }
    source = {
        "id": "site",
        "name": "The Site",
        "domains": ["site.example"],
        "feeds": [site.url(feed) for feed in feeds],
    }
    (path / "copytrail.yaml").write_text(yaml.safe_dump(main))
    (path / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    return path


@contextmanager
def a_daemon(
    folder: Path, *, once: bool = False, stderr: Any = subprocess.PIPE, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run a daemon over *folder* for the block; nothing of it is left behind."""
    daemon = subprocess.Popen(
        [sys.executable, "-m", "tests.scheduler.process", json.dumps({"folder": str(folder), "once": once, **options})],
        stderr=stderr,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COPYTRAIL_")},
    )
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.wait()
        if daemon.stderr is not None:
            daemon.stderr.close()


def lines_until(daemon: subprocess.Popen[str], event: str) -> list[Mapping[str, Any]]:
    """Return the daemon's events up to the first of that name, which is the last of them."""
    assert daemon.stderr is not None
    seen: list[Mapping[str, Any]] = []
    for line in daemon.stderr:
        if line.startswith("{"):
            seen.append(json.loads(line))
            if seen[-1].get("event") == event:
                return seen
        else:
            seen.append({"event": "stderr", "line": line})
    raise AssertionError(f"no event {event!r}: {seen}")
