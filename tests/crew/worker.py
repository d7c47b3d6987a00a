"""The crawl's child process over pages that say when they were seen: so the order of fetching changes no fact."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

from crawler.fetch.worker import main
from crawler.model import Page


class SeenReader:
    """A reader before another; pages with the headers ``X-Seen`` and ``X-Absent`` are read as of those times."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def page(self, page: Page) -> Any:
        seen, absent = page.headers.get("x-seen"), page.headers.get("x-absent")
        if seen is not None:
            page = replace(
                page,
                fetched_at=datetime.fromisoformat(seen),
                absent_at=datetime.fromisoformat(absent) if absent else None,
            )
        return await self._reader.page(page)


if __name__ == "__main__":
    sys.exit(main(SeenReader))
