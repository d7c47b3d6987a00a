"""How quickly pages and API answer at 100,000 articles, one of them copied 10,000 times; one reader, then 50 at once.

    python -m tests.benchmarks.serving [--articles 100000] [--copies 10000] [--seconds 5]

One reader: the median and the longest of 15 requests each, without ETags. Fifty: by wrk (Debian's package), where it is
there: requests a second, the 50th, 95th and 99th percentile, answers that were none. Everything is on this machine.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import yaml

from crawler.fingerprint import SCHEME
from crawler.model import Article, ArticleId
from crawler.ports import Store
from crawler.store import open_store
from tests.builders import (
    NOON,
    a_date,
    a_fingerprint,
    a_lineage,
    a_match,
    a_source_ref,
    an_alert,
    an_article,
    an_edge,
    an_external,
    minutes,
    some_text,
)

OUTLETS = 200
AT_ONCE = 1000
REQUESTS = 15
CONNECTIONS = 50
TEXTS = [some_text(450, seed=seed) for seed in range(40)]
FERRY = an_article("ferry", text=TEXTS[0])
_SAID = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("said %d %.1f %.1f %.1f %d %.2f\\n", summary.requests, latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6))
end
"""


def fill(store: Store, articles: int, copies: int) -> ArticleId:
    """Keep the ferry, so many copies of it, and others that take from each other; return one of the copies."""
    last = FERRY
    for begin in range(0, articles, AT_ONCE):
        with store.writing():
            if begin == 0:
                keep(store, FERRY)
                store.save_lineage(FERRY.id, a_lineage(role="original", copies=copies))
            for number in range(begin, min(begin + AT_ONCE, articles - 1)):
                last = _one(store, number, copies)
        print(f"\r{begin + AT_ONCE:,} articles", end="", file=sys.stderr)
    with store.writing():
        for number in range(2000):
            store.queue_alert(an_alert(f"alert-{number}", created_at=NOON + minutes(number), copy=last.id))
    print(file=sys.stderr)
    return last.id


def _one(store: Store, number: int, copies: int) -> Article:
    outlet = f"outlet-{number * 7919 % OUTLETS}"
    at = a_date(NOON + timedelta(seconds=37 * number))
    name, text = f"piece-{number}", TEXTS[number % len(TEXTS)]
    article = an_article(name, outlet=outlet, source=a_source_ref(outlet), published=at, text=f"{text} {number}.")
    keep(store, article)
    parent = FERRY if number < copies else an_external(f"x-wire-{number % 50}") if number % 3 == 0 else None
    if parent is None:
        store.save_lineage(article.id, a_lineage())
        return article
    store.save_lineage(article.id, a_lineage(an_edge(article.id, parent), delay_seconds=37.0 * number))
    if number < copies:
        store.save_matches([a_match(article.id, FERRY.id)])
    return article


def keep(store: Store, article: Article) -> None:
    store.save_article(
        article, (), a_fingerprint(hashes=(hash(article.id) % 2**40,), digest=article.id[:32], scheme=SCHEME)
    )


@contextmanager
def served(folder: Path, store: str) -> Iterator[str]:
    """Run ``copytrail serve`` on *store* for the block; give its address."""
    config = folder / "config"
    config.mkdir()
    settings = {"store": store, "log": {"level": "error"}}
    sources = [{"id": f"outlet-{n}", "name": f"Outlet {n}", "domains": [f"outlet-{n}.example"]} for n in range(OUTLETS)]
    for name, content in (("copytrail.yaml", settings), ("sources.yaml", {"sources": sources}), ("alerts.yaml", {})):
        (config / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    program = Path(sys.executable).with_name("copytrail")
    command = [program, "--config", config, "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder)
    try:
        assert server.stderr is not None
        said = next(line for line in server.stderr if "http://" in line)
        yield said.split()[-1].rstrip("/")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def asked(address: str, path: str) -> tuple[float, int]:
    """Return the seconds that one request took on a connection of its own, and the bytes of its answer."""
    place = urlsplit(address)
    begun = time.perf_counter()
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - begun
    connection.close()
    assert answer.status == 200, (path, answer.status, body[:300])
    return took, len(body)


def by_many(address: str, path: str, seconds: int, script: Path) -> str:
    """Return what wrk says of 50 readers at once."""
    if shutil.which("wrk") is None:
        return "wrk is not there: install wrk"
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", script, f"{address}{path}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests, half, most, nearly, errors, took = re.findall(r"said (.*)", out)[0].split()
    rate = int(requests) / float(took)
    return f"{rate:7.0f} {float(half):8.0f} {float(most):8.0f} {float(nearly):8.0f} {errors:>7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--copies", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="A file with the store, made where it is not there.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.keep or Path(folder) / "store.db"
        there = file.exists()
        store = open_store(f"sqlite:///{file}")
        if not there:
            fill(store, options.articles, options.copies)
        copy = store.children(FERRY.id)[0]
        store.close()
        script = Path(folder) / "said.lua"
        script.write_text(_SAID, encoding="utf-8")
        with served(Path(folder), f"sqlite:///{file.absolute()}") as address:
            _tell(address, copy, options.seconds, script)


def _tell(address: str, copy: ArticleId, seconds: int, script: Path) -> None:
    begun = time.perf_counter()
    while asked(address, "/api/v1/counts")[1] < 10:
        time.sleep(0.2)
    print(f"the counts of the whole store were there after {time.perf_counter() - begun:.1f} s\n")
    pages = {
        "newest": "/",
        "newest, with words": "/?q=harbour+ferry&role=",
        "newest, uncredited": "/?uncredited=true",
        "trail of 10,000 copies": f"/articles/{FERRY.id}",
        "the same, one outlet's": f"/articles/{FERRY.id}?outlet=outlet-7",
        "trail of a copy": f"/articles/{copy}",
        "two texts": f"/compare?a={FERRY.id}&b={copy}",
        "sources": "/sources",
        "an outlet": "/sources/outlet-7",
        "alerts": "/alerts",
        "API: articles": "/api/v1/articles?limit=50",
        "API: trail": f"/api/v1/trail/{copy}",
        "API: copies": f"/api/v1/copies/{FERRY.id}?limit=100",
        "API: matches": f"/api/v1/matches/{FERRY.id}",
    }
    print(f"{'':24} {'one reader, ms':^15} {'':6} | {CONNECTIONS} readers: ms")
    print(
        f"{'':24} {'median':>7} {'longest':>7} {'KiB':>6} | {'per s':>7} {'p50':>8} {'p95':>8} {'p99':>8} {'errors':>7}"
    )
    for name, path in pages.items():
        asked(address, path)
        took = [asked(address, path) for _ in range(REQUESTS)]
        one = [seconds * 1000 for seconds, _ in took]
        many = by_many(address, path, seconds, script)
        print(f"{name:24} {median(one):7.1f} {max(one):7.1f} {took[0][1] / 1024:6.0f} | {many}", flush=True)


if __name__ == "__main__":
    main()
