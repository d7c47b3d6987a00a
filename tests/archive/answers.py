"""Answers of servers, for an archive to keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.archive.records import Exchange
from crawler.archive.writer import Archive
from tests.builders import NOON

URL = "https://harbour-post.example/ferry"
BODY = "<html><p>The ferry runs again, says the harbour master. Grüße!</p></html>".encode()


def an_answer(**changes: Any) -> Exchange:
    defaults: dict[str, Any] = {
        "url": URL,
        "at": NOON,
        "status": 200,
        "headers": (("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Née", "ü")),
        "body": BODY,
        "asked_with": (("User-Agent", "copytrail/1"), ("Authorization", "Basic c2VjcmV0")),
        "address": "192.0.2.7",
    }
    return Exchange(**defaults | changes)


def an_archive(folder: Path, at: datetime = NOON, **changes: Any) -> Archive:
    return Archive(folder / "archive", now=lambda: at, **changes)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "archive").glob("*.warc.gz*"))


DAY = timedelta(days=1)
