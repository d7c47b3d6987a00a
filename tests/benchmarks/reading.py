"""Prints what it costs to have real pages read by processes that may be killed, beside reading them here.

python -m tests.benchmarks.reading [PAGES]
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import InputError
from crawler.fetch.readers import Readers
from crawler.model import Page
from crawler.prepare import prepare, warm_up
from crawler.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("EVAL_DATA", ROOT.parent / "shared" / "data"))
SEEN = datetime(2026, 9, 1, tzinfo=UTC)
REGISTRY = Registry([])


def main(most: int) -> None:
    if not DATA.is_dir():
        print("the evaluation data is not there: expected in ../shared/data")
        return
    pages = some_pages(most)
    print(f"{len(pages)} pages, {statistics.median(len(page.body) for page in pages) / 1024:.0f} KiB in the median")
    print(f"{'read':<16}{'pages/s':>9}{'CPU ms each':>13}{'of it here':>12}{'loop late, ms':>15}")
    for many in (1, 2):
        with some_readers(many) as readers:
            asyncio.run(measured(f"by {many} reader{'s'[: many - 1]}", pages, readers))
    warm_up()
    asyncio.run(measured("here", pages, None))


def some_readers(many: int) -> Readers:
    tasks = {"page": page_of}
    return Readers(tasks, many=many, seconds=60, memory_bytes=2**30, heavy=tasks, warm_up=warm_up)


def page_of(page: Page) -> object:
    return prepare(page, REGISTRY)


async def measured(name: str, pages: list[Page], readers: Readers | None) -> None:
    if readers is not None:
        await readers.read("page", pages[0])
    late: list[float] = []
    watch = asyncio.create_task(watched(late))
    begun, here, all_of_us = time.monotonic(), time.process_time(), cpu(readers)
    if readers is None:
        for page in pages:
            with suppress(InputError):
                page_of(page)
            await asyncio.sleep(0)
    else:
        results = await asyncio.gather(*(readers.read("page", page) for page in pages), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, InputError):
                raise result
    took, here, whole = time.monotonic() - begun, time.process_time() - here, cpu(readers) - all_of_us
    watch.cancel()
    n = len(pages)
    print(
        f"{name:<16}{n / took:>9.0f}{1000 * whole / n:>13.1f}{1000 * here / n:>12.1f}{1000 * max(late):>15.0f}",
        flush=True,
    )


async def watched(late: list[float]) -> None:
    while True:
        begun = time.monotonic()
        await asyncio.sleep(0.01)
        late.append(time.monotonic() - begun - 0.01)


def cpu(readers: Readers | None) -> float:
    """Return the CPU seconds of this process and its readers, as long as they live."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    whole = own.ru_utime + own.ru_stime
    if readers is not None:
        for pid in below(readers._nursery.pid):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            whole += sum(int(fields[i]) for i in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    return whole


def below(pid: int) -> list[int]:
    """Return *pid* and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def some_pages(most: int) -> list[Page]:
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    rows = [row for name in ("fundus", "np4k", "traf") for row in load.truth("dev", name)]
    step = max(1, len(rows) // most)
    return [
        Page(
            url=row["url"],
            final_url=row["url"],
            body=load.page_bytes("dev", row["file"]),
            fetched_at=SEEN,
            headers={"content-type": "text/html"},
        )
        for row in rows[::step][:most]
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
