"""Prints what articles take on disk: in the store, in the archive, in a backup; from real pages of ../shared/data.

    python -m tests.benchmarks.sizes [--pages 400] [--data FOLDER]

Bytes an article, and what that makes of 100,000. Each page comes as if from a site of its own article, once.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import timedelta
from pathlib import Path

from crawler.archive.writer import Archive
from crawler.backup import back_up
from crawler.flow import Engine
from crawler.model import Page
from crawler.registry import Registry
from crawler.store.spool import Spool
from crawler.store.sqlite import SqliteStore
from tests.benchmarks.archiving import DATA, NOW, answer, real_pages

MANY = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        print(f"no data at {asked.data}")
        return
    bodies = real_pages(asked.data, asked.pages)
    with tempfile.TemporaryDirectory() as name:
        sizes(bodies, Path(name))


def sizes(bodies: list[bytes], folder: Path) -> None:
    """Take all pages in and print what they take."""
    store, archive = SqliteStore(folder / "store.db"), Archive(folder / "archive")
    engine = Engine(store, Registry([]), clock=lambda: NOW, jitter=lambda: 0.0)
    words = taken = 0
    for number, body in enumerate(bodies):
        exchange = answer(number, body)
        capture = archive.keep(exchange)
        at = NOW + timedelta(minutes=number)
        url = f"http://site-{number}.example/{number}"
        page = Page(
            url=url, final_url=url, body=body, fetched_at=at, headers={"content-type": "text/html"}, capture=capture
        )
        done = engine.ingest(page)
        if done.id is not None:
            taken += 1
            held = store.article(done.id)
            words += held.word_count if held else 0
    archive.close()
    engine.settle()
    back_up(store, Spool(folder / "spool", most_bytes=1), folder / "archive", folder / "backup", NOW)
    store.close()
    kept = {
        "pages as fetched": sum(map(len, bodies)) / len(bodies),
        "archive": _size(folder / "archive") / len(bodies),
        "store": (folder / "backup" / "store.db").stat().st_size / max(taken, 1),
        "backup": _size(folder / "backup") / max(taken, 1),
    }
    print(f"{len(bodies)} pages, {taken} of them articles of {words / max(taken, 1):.0f} words on average")
    print(f"{'':20}{'bytes each':>14}{'100,000 of them':>20}")
    for name, size in kept.items():
        print(f"{name:20}{size:14,.0f}{size * MANY / 2**30:17.2f} GiB")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
