"""Writes fetched pages into a WARC file of their own: what a live trace saw."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from crawler.archive import records
from crawler.archive.records import Exchange
from crawler.model import Capture, Page


def write_captures(path: Path, pages: Sequence[Page]) -> list[Capture]:
    """Write *pages* into a new WARC file at *path*; return where each lies. The file is whole, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    made = []
    with new.open("wb") as file:
        for page in pages:
            made.append(Capture(digest=records.digest_of(page.body), warc=str(path.absolute()), offset=file.tell()))
            file.write(records.response(exchange(page), records.new_id()))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return made


def exchange(page: Page) -> Exchange:
    """Return *page* as the answer that it was."""
    return Exchange(
        url=page.final_url,
        at=page.fetched_at,
        status=page.status,
        headers=tuple(page.headers.items()),
        body=page.body,
    )
