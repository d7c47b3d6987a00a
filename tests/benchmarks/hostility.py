"""Prints what each endpoint of a hostile web costs a crawl of it alone: seconds, memory, how late the loop was.

python -m tests.benchmarks.hostility [--each] [NAME ...]

Without --each all are crawled in one round. The limits are those of the default settings, but for the time a site has
to answer (8 s instead of 30) and its delay (none).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.hostility.crawl import Crawled, crawl, fits
from tests.hostility.endpoints import ALL, Endpoint

LIMITS = {"timeout_seconds": 8.0, "max_page_bytes": 15 * 2**20, "max_feed_bytes": 10 * 2**20, "read_seconds": 10.0}


def main(names: Sequence[str]) -> None:
    each = "--each" in names
    chosen = [one for one in ALL if set(names) <= {"--each"} or any(one.name.startswith(name) for name in names)]
    heads = f"{'endpoint':<24}{'s':>7}{'crawl MiB':>11}{'reader MiB':>12}{'loop late ms':>14}{'of it CPU':>11}"
    print(f"{heads}  what came of it")
    for some in [[one] for one in chosen] if each else [chosen]:
        with tempfile.TemporaryDirectory() as folder:
            done = crawl(some, Path(folder), **LIMITS)
        row(some[0].name if len(some) == 1 else f"all {len(some)} together", some, done)


def row(name: str, endpoints: Sequence[Endpoint], done: Crawled) -> None:
    wrong = [one.name for one in endpoints if not fits(one, done.outcomes[one.name])]
    one = len(endpoints) == 1
    said = str(done.outcomes[endpoints[0].name])[:70] if one else f"{len(endpoints) - len(wrong)} as expected"
    if wrong:
        said += f"  NOT AS EXPECTED: {', '.join(wrong)}"
    seen = done.seen
    print(
        f"{name:<24}{done.seconds:>7.1f}{seen['crawl_mib']:>11.0f}{seen['reader_mib']:>12.0f}"
        f"{1000 * seen['late']:>14.0f}{1000 * seen['late_cpu']:>11.0f}  {said}",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
