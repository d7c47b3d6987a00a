"""Takes page after page into a store and an archive until it is killed: ``python -m tests.archive.taker DIR FROM``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.writer import Archive
from crawler.archiving import take_in_files
from crawler.flow import Engine
from crawler.model import Page
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, some_text


def a_page(number: int) -> Page:
    url = f"https://harbour-post.example/{number}"
    text = f"<html><h1>Page {number}</h1><article><p>{some_text(250, seed=number)}</p></article></html>"
    headers = {"content-type": "text/html; charset=utf-8"}
    return Page(url=url, final_url=url, body=text.encode(), fetched_at=NOON, headers=headers)


def main() -> None:
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    engine = Engine(
        open_store(f"sqlite:///{folder}/copytrail.db"),
        Registry([]),
        clock=lambda: datetime.now(UTC),
        jitter=lambda: 0.0,
    )
    with Archive(folder / "archive", most_bytes=40_000) as archive:
        while True:
            take_in_files([a_page(number + n) for n in range(3)], engine, archive, clock=lambda: datetime.now(UTC))
            number += 3
            print(number, flush=True)


if __name__ == "__main__":
    main()
