"""The crawl's child process over pages that say when they were seen: so the order of fetching changes no fact."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

from crawler.fetch.worker import main
from crawler.model import Page


class SeenDesk:
    """A desk before another; pages with the headers ``X-Seen`` and ``X-Absent`` come in as of those times."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def begin(self, page: Page) -> Any:
        seen, absent = page.headers.get("x-seen"), page.headers.get("x-absent")
        if seen is not None:
            page = replace(
                page,
                fetched_at=datetime.fromisoformat(seen),
                absent_at=datetime.fromisoformat(absent) if absent else None,
            )
        return self._desk.begin(page)


if __name__ == "__main__":
    sys.exit(main(SeenDesk))
