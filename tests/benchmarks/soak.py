"""Runs the daemon for an hour over 500 feeds that publish all the time; says whether it grows, and what it missed.

    python -m tests.benchmarks.soak [--minutes 60] [--outlets 500] [--every 500] [--folder FOLDER]

Every outlet publishes a piece each ``--every`` seconds, one in ten of them another's with a credit
(``tests.benchmarks.press``); feeds are asked every one to three minutes. The daemon is `copytrail run`, with its own
ticks and a child process a round. Each ten seconds its memory and descriptors are read. At the end it is told to stop,
and each piece that was out two rounds before must be stored, once.

Growth is the slope of the daemon's memory after the first ten minutes, in MiB an hour; of its children, which
live for a round, the largest is told.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from statistics import linear_regression, median
from urllib.parse import urlsplit

from config import load
from crawler.build import build
from crawler.ports import Store
from tests.benchmarks.press.folder import a_folder
from tests.benchmarks.press.server import a_press
from tests.benchmarks.press.watching import Held, below, held
from tests.benchmarks.press.wire import Piece, Wire

COPYTRAIL = Path(sys.executable).with_name("copytrail")
_LOOK = 10.0  # seconds
_WARM = 600.0
_POLL = {"default_interval_minutes": 2, "min_interval_minutes": 1, "max_interval_minutes": 3}


def main(options: argparse.Namespace) -> None:
    wire = Wire(outlets=options.outlets, standing=3, most=10_000, every=options.every)
    kept = nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory()
    with kept as name, a_press(wire) as press:
        folder = Path(name)
        settings = a_folder(folder / "settings", wire, press, store=f"sqlite:///{folder}/copytrail.db", poll=_POLL)
        with (folder / "log").open("w") as log:
            daemon = subprocess.Popen(
                [str(COPYTRAIL), "run", "--no-serve", "--config", str(settings)], stderr=log, stdout=log
            )
            try:
                began = time.monotonic()
                seen, largest = watch(daemon, options.minutes * 60.0)
                passed = time.monotonic() - began
                daemon.send_signal(signal.SIGTERM)
                code = daemon.wait(60.0)
                stopping = time.monotonic() - began - passed
            finally:
                daemon.kill()
        lines = (folder / "log").read_text().splitlines()
        events = Counter(json.loads(line)["event"] for line in lines if line.startswith("{"))
        print(f"{passed / 60:.0f} min, {events['crawl_ended']} rounds, {press.told()['feed']:,} polls")
        print(f"  crawls killed {events['crawl_killed']}, pages that failed {events['ingest_failed']}")
        print(f"  told to stop: exit {code} after {stopping:.1f} s")
        report(seen, largest)
        store = build(load(settings)).store
        account(wire, store, passed)
        store.close()


def watch(daemon: subprocess.Popen[bytes], seconds: float) -> tuple[list[tuple[float, Held]], dict[str, float]]:
    """Return what the daemon held, by second, and the most that any of its children did."""
    began = time.monotonic()
    seen: list[tuple[float, Held]] = []
    largest = {"memory": 0.0, "descriptors": 0.0}
    while (passed := time.monotonic() - began) < seconds:
        now = held(daemon.pid)
        if now is None:
            sys.exit("the daemon is gone: see its log")
        seen.append((passed, now))
        for one in filter(None, map(held, below(daemon.pid))):
            largest["memory"] = max(largest["memory"], one.memory)
            largest["descriptors"] = max(largest["descriptors"], one.descriptors)
        if len(seen) % 30 == 1:
            print(f"  {passed / 60:5.0f} min  {now.memory:7.1f} MiB  {now.descriptors} descriptors", flush=True)
        time.sleep(_LOOK)
    return seen, largest


def report(seen: list[tuple[float, Held]], largest: dict[str, float]) -> None:
    warm = [(at, one) for at, one in seen if at >= min(_WARM, seen[-1][0] / 2)]
    slope = linear_regression([at / 3600 for at, _ in warm], [one.memory for _, one in warm]).slope
    third = len(warm) // 3 or 1
    first, last = ([one for _, one in part] for part in (warm[:third], warm[-third:]))
    before, after = (median(one.memory for one in part) for part in (first, last))
    print(f"daemon: {slope:+.2f} MiB an hour, from {before:.1f} to {after:.1f} MiB")
    print(
        f"  descriptors {min(o.descriptors for _, o in warm)} to {max(o.descriptors for _, o in warm)}, in the middle "
        f"{median(o.descriptors for o in first)} then {median(o.descriptors for o in last)}; threads at most "
        f"{max(o.threads for _, o in warm)}"
    )
    print(f"children: at most {largest['memory']:.0f} MiB, {largest['descriptors']:.0f} descriptors")


def account(wire: Wire, store: Store, seconds: float) -> None:
    """Say which of the pieces are stored that were out long enough before the end, and how often."""
    late = 2 * 60.0 * _POLL["max_interval_minutes"]
    due = {
        f"{wire.host(outlet)}{Piece(outlet, number).path}"
        for outlet in range(wire.outlets)
        for number in range(wire.out(outlet, seconds - late))
    }
    counts: Counter[str] = Counter()
    for article in store.articles(list(store.article_ids())).values():
        url = urlsplit(article.url)
        counts[f"{url.hostname}{url.path}"] += 1
    missing = due - set(counts)
    print(
        f"{len(due):,} pieces were out in time: {len(missing)} not stored, {sum(n > 1 for n in counts.values())} twice"
    )
    for url in sorted(missing)[:10]:
        print(f"  missing {url}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An hour of the daemon over 500 feeds: growth, and what it missed.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--outlets", type=int, default=500)
    parser.add_argument("--every", type=float, default=500.0, help="seconds between two pieces of an outlet")
    parser.add_argument("--folder", type=Path, help="keep all of it there")
    main(parser.parse_args())
