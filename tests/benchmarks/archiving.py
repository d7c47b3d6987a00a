"""Prints what the archive costs on the real pages of ../shared/data, and what is lost when its writer is killed.

    python -m tests.benchmarks.archiving [--pages 400] [--kills 40] [--data FOLDER]

CPU is of this process. A kill is ``kill -9`` at a random moment (seeded) of a process that takes pages in, three at a
time; after each every new row of the store is asked for its page, and at the end all are: it must be there, byte for
byte.
"""

from __future__ import annotations

import argparse
import gzip
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.reader import files, read
from crawler.archive.records import Exchange
from crawler.archive.upkeep import problems
from crawler.archive.writer import Archive
from crawler.errors import ArchiveError, NotAnArticle
from crawler.model import Page
from crawler.prepare import prepare
from crawler.registry import Registry
from crawler.store import open_store
from tests.archive.taker import a_page

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TOGETHER = 50


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--pages", type=int, default=400)
    asked.add_argument("--kills", type=int, default=40)
    asked.add_argument("--data", type=Path, default=DATA)
    given = asked.parse_args()
    bodies = real_pages(given.data, given.pages)
    if bodies:
        with tempfile.TemporaryDirectory() as folder:
            cost(bodies, Path(folder))
    else:
        print(f"no pages in {given.data}: what they cost is left out")
    with tempfile.TemporaryDirectory() as folder:
        kills(given.kills, Path(folder))


def real_pages(data: Path, limit: int) -> list[bytes]:
    paths = sorted(path for path in data.glob("dev/extraction/*_pages/*") if path.is_file())
    random.Random(1).shuffle(paths)
    return [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in paths[:limit]]


def cost(bodies: list[bytes], folder: Path) -> None:
    size = sum(map(len, bodies))
    archive = Archive(folder, now=lambda: NOW)
    captures = []

    def keep() -> None:
        for number, body in enumerate(bodies):
            captures.append(archive.keep(answer(number, body)))
            if number % TOGETHER == TOGETHER - 1:
                archive.commit()
        archive.rest()

    kept, wall = timed(keep)
    first = sum(path.stat().st_size for path in files(folder))
    again, _ = timed(keep)
    second = sum(path.stat().st_size for path in files(folder)) - first
    got, _ = timed(lambda: [read(folder, capture) for capture in captures[: len(bodies)]])
    extracted, _ = timed(lambda: [extract(number, body) for number, body in enumerate(bodies)])
    n = len(bodies)
    print(f"{n} real pages, {size / n / 1000:.0f} kB each\n")
    print("| | CPU a page | bytes a page |\n|---|---|---|")
    print(
        f"| kept, {TOGETHER} to a flush | {1000 * kept / n:.2f} ms ({1000 * wall / n:.2f} ms in all) | {first // n:,} |"
    )
    print(f"| the same once more: a revisit | {1000 * again / n:.2f} ms | {second // n:,} |")
    print(f"| read back by its place | {1000 * got / n:.2f} ms | |")
    print(f"| extracted and fingerprinted, for comparison | {1000 * extracted / n:.2f} ms | |")
    print(f"\nof a body's size: {first / size:.0%}")


def answer(number: int, body: bytes) -> Exchange:
    url = f"https://site{number % 40}.example/2026/11/{number}"
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Date", "Mon, 23 Nov 2026 00:00:00 GMT"))
    return Exchange(url=url, at=NOW, status=200, headers=headers, body=body, asked_with=(("User-Agent", "copytrail"),))


def extract(number: int, body: bytes) -> None:
    url = f"https://site{number % 40}.example/2026/11/{number}"
    with suppress(NotAnArticle):
        prepare(Page(url=url, final_url=url, body=body, fetched_at=NOW, headers={}), Registry([]))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of CPU and of the clock that *work* takes."""
    cpu, wall = time.process_time(), time.monotonic()
    work()
    return time.process_time() - cpu, time.monotonic() - wall


def kills(count: int, folder: Path) -> None:
    dice = random.Random(20)
    number = lost = 0
    looked_at: set[str] = set()
    for _ in range(count):
        command = [sys.executable, "-m", "tests.archive.taker", folder, str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            number = int(process.stdout.readline())
            time.sleep(dice.random())
            process.kill()
            number = max([number, *(int(line) for line in process.stdout.read().split())])
        lost += without_a_page(folder, looked_at) + max(0, number - len(looked_at))
    archive = Archive(folder / "archive")
    archive.close()
    damaged = sum(1 for _ in problems(archive.folder))
    torn = f"{len(files(archive.folder))} files, {damaged} damaged records"
    rows = len(looked_at)
    lost += without_a_page(folder, set())  # the earlier ones once more, after all that was cut off
    print(f"\n{count} kills: {rows} rows, {lost} lost or without their page; {torn}")


def without_a_page(folder: Path, looked_at: set[str]) -> int:
    """Return how many of the rows that were not looked at yet lack their page."""
    store = open_store(f"sqlite:///{folder}/copytrail.db")
    articles = list(store.articles(set(store.article_ids()) - looked_at).values())
    store.close()
    lost = 0
    for article in articles:
        looked_at.add(article.id)
        try:
            assert article.capture is not None
            expected = a_page(int(article.url.rpartition("/")[2])).body
            lost += read(folder / "archive", article.capture).body != expected
        except ArchiveError:
            lost += 1
    return lost


if __name__ == "__main__":
    main()
