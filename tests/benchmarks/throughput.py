"""Articles a second over the whole path: HTTP on loopback, archive, extract, match, lineage, store; beside peers.

    python -m tests.benchmarks.throughput [--stored 100000] [--outlets 200] [--pieces 10] [--elastic] [--kept FILE]
                                          [--news-please PYTHON]

200 outlets with 10 pieces each: real texts in the markup of real pages (``tests.benchmarks.press``), 105 kB in the
middle. `copytrail run --once` crawls them into a store that has 100,000
articles already; "pages" is while the crawl itself ran. CPU is of all its processes, the web server's and
the store server's aside. Then the same pages step by step in one process: where the time goes.

Beside it: Scrapy alone, which fetches the same pages and reads nothing; news-please, in an environment of its own that
is named, which fetches the same pages with its own crawler and writes them to JSON files.

``--kept FILE`` keeps the filled SQLite store for another time.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import pstats
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from config import load
from crawler.archive.records import Exchange
from crawler.build import archive, build
from crawler.fingerprint import SCHEME
from crawler.model import Page
from crawler.shelves import KeptArticle
from crawler.store import open_store
from tests.benchmarks.corpus import Corpus
from tests.benchmarks.press.folder import a_folder
from tests.benchmarks.press.server import Press, Running, a_press
from tests.benchmarks.press.wire import DATA, Piece, Wire, real_texts
from tests.benchmarks.servers import a_server
from tests.benchmarks.writing import ServerTime

COPYTRAIL = Path(sys.executable).with_name("copytrail")
_AT_ONCE = 500
_BLOCK = 50
# What the steps are called in the table, and which function each is.
STEPS = {
    "archive": ("archive/writer.py", "keep"),
    "read the page": ("extract/__init__.py", "extract"),
    "parse its markup": ("elements.py", "parse"),
    "claims": ("lineage/claims.py", "read_claims"),
    "fingerprint": ("crawler/fingerprint.py", "fingerprint"),
    "match": ("crawler/matching.py", "near"),
    "  candidates": ("", "candidates"),
    "lineage": ("crawler/tracer.py", "trace"),
    "save": ("", "save_article"),
}


def main(options: argparse.Namespace) -> None:
    if not DATA.is_dir():
        print("the evaluation data is not there: expected in ../shared/data")
        return
    wire = Wire(outlets=options.outlets, standing=options.pieces, most=options.pieces, real=True)
    count = options.outlets * options.pieces
    if count > len(real_texts()):
        raise SystemExit(f"there are only {len(real_texts()):,} texts: ask for fewer --outlets or --pieces")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        press = stack.enter_context(a_press(wire))
        server = stack.enter_context(a_server()) if options.elastic else None
        url = f"{server.url}/bench" if server else f"sqlite:///{folder}/copytrail.db"
        fill(url, options.stored, options.kept)
        settings = a_folder(folder / "settings", wire, press, store=url)
        print(f"{count:,} pages of {wire.outlets} outlets, {options.stored:,} articles stored before")
        print(f"{'':28} {'articles/s':>10} {'pages, /s':>10} {'CPU ms':>8} {'server ms':>10} {'stored':>8}")
        crawl(settings, count, options.stored, ServerTime(server.pid if server else None))
        scrapy_alone(folder, wire, press)
        if options.news_please:
            news_please(folder, wire, press, options.news_please)
        steps(settings, folder, wire, url)


def fill(url: str, count: int, kept: Path | None) -> None:
    """Put so many articles into the store, or take them from *kept*, which is made where it is missing."""
    path = Path(url.removeprefix("sqlite:///"))
    is_file = url.startswith("sqlite:")
    if is_file and kept and kept.exists():
        shutil.copy(kept, path)
        return
    corpus = Corpus()
    store = open_store(url)
    for start in range(0, count, _AT_ONCE):
        some = [
            KeptArticle(
                article=article,
                claims=(),
                fingerprint=replace(fingerprint, scheme=SCHEME),
                lineage=None,
                kept=start + number + 1,
            )
            for number, (article, fingerprint) in enumerate(corpus.stretch(start, min(count, start + _AT_ONCE)))
        ]
        with store.writing():
            store.shelves["articles"].put(some)
    store.refresh()
    store.close()
    if is_file and kept:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(path, kept)


def crawl(settings: Path, count: int, before: int, server: ServerTime) -> None:
    served = server.seconds()
    wall, cpu, said = timed([str(COPYTRAIL), "run", "--once", "--config", str(settings)])
    ended = next(json.loads(line) for line in said.splitlines() if '"crawl_ended"' in line)
    store = build(load(settings)).store
    new = store.status().articles - before
    store.close()
    shown("copytrail", new, wall, ended["seconds"], cpu, server.seconds() - served)
    if new != count:
        print(f"  only {new:,} of {count:,} are stored: {ended}")


def shown(what: str, pages: int, wall: float, crawling: float, cpu: float, served: float = 0.0) -> None:
    each = f"{1000 * cpu / pages:>8.1f} {1000 * served / pages:>10.1f}"
    print(f"{what:28} {pages / wall:>10.1f} {pages / crawling:>10.1f} {each} {pages:>8,}", flush=True)


def timed(command: list[str], folder: Path | None = None) -> tuple[float, float, str]:
    """Run it; return its seconds by the clock and of CPU, its children's included, and what it said on stderr."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        sys.exit(f"{command}: {done.returncode}\n{done.stderr[-2000:]}")
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def addresses(wire: Wire, press: Running) -> list[str]:
    """Return the pages' addresses on the one host that has all of them."""
    pieces = (Piece(outlet, number) for number in range(wire.standing) for outlet in range(wire.outlets))
    return [f"http://127.0.0.1:{press.port}{piece.path}" for piece in pieces]


def scrapy_alone(folder: Path, wire: Wire, press: Running) -> None:
    """Fetch the same pages with Scrapy and a spider that reads nothing."""
    asked = folder / "addresses.txt"
    asked.write_text("\n".join(addresses(wire, press)))
    spider = folder / "alone.py"
    spider.write_text(_ALONE)
    told = press.told().get("page", 0)
    wall, cpu, _ = timed([sys.executable, str(spider), str(asked)])
    shown("Scrapy alone", press.told()["page"] - told, wall, wall, cpu)


_ALONE = """
import sys
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

class Alone(Spider):
    name = "alone"
    async def start(self):
        for url in open(sys.argv[1]).read().split():
            yield Request(url)
    def parse(self, response):
        return None

process = CrawlerProcess({"CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "COOKIES_ENABLED": False})
process.crawl(Alone)
process.start()
"""


def news_please(folder: Path, wire: Wire, press: Running, python: Path) -> None:
    """Fetch the same pages with news-please's own crawler for single pages, each written to a JSON file."""
    home = folder / "news-please"
    home.mkdir()
    asked = ", ".join(f'"{url}"' for url in addresses(wire, press))
    (home / "sitelist.hjson").write_text(f'{{"base_urls": [{{"crawler": "Download", "url": [{asked}]}}]}}')
    given = subprocess.run([str(python), "-c", _CONFIG], capture_output=True, text=True, check=True).stdout
    for old, new in (
        ("working_path = ~/news-please-repo/", f"working_path = {home}/"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN=4", "CONCURRENT_REQUESTS_PER_DOMAIN=16"),
        ("LOG_LEVEL = INFO", "LOG_LEVEL = ERROR"),
        ("number_of_parallel_crawlers = 5", "number_of_parallel_crawlers = 1"),
        ("'newsplease.pipeline.pipelines.HtmlFileStorage':200,", ""),
    ):
        assert old in given, f"news-please's settings have no {old!r}"
        given = given.replace(old, new)
    (home / "config.cfg").write_text(given)
    began = time.time()
    _, cpu, said = timed([str(python), "-m", "newsplease", "-c", str(home)], home)
    if written := [path.stat().st_mtime for path in (home / "data").rglob("*.json")]:
        wall = max(written) - began  # it looks only every ten seconds whether it is done
        shown("news-please, JSON files", len(written), wall, wall, cpu)
    else:
        print(f"news-please stored nothing: {said[-800:]}")


_CONFIG = """
import newsplease, pathlib
print((pathlib.Path(newsplease.__file__).parent / "config" / "config.cfg").read_text())
"""


def steps(settings: Path, folder: Path, wire: Wire, url: str) -> None:
    """Do the same with other pages in one process, step by step, and print where its time goes."""
    main = load(settings)
    engine = build(main, store=url)
    kept = archive(main, f"sqlite:///{folder}/steps.db")
    served = Press(wire)
    # Texts that the crawl has not brought.
    further = [Piece(outlet, wire.standing + n) for n in range(4) for outlet in range(wire.outlets)]
    pages = [_page(wire, served, piece) for piece in further[:400]]
    spent: Counter[str] = Counter()
    with profiled(STEPS) as inside:
        for start in range(0, len(pages), _BLOCK):
            some = pages[start : start + _BLOCK]
            with spending(spent, "archive"):
                for page in some:
                    kept.keep(Exchange(url=page.url, at=page.fetched_at, status=200, headers=(), body=page.body))
            with spending(spent, "read"):
                begun = [engine.begin(page) for page in some]
            with spending(spent, "take in"):
                engine.take_in(begun)
    print(
        "where the time goes in one process, CPU ms a page: "
        + ", ".join(f"{name} {1000 * seconds / len(pages):.1f}" for name, seconds in spent.items())
    )
    for name, seconds in inside.items():
        print(f"  {name:24} {1000 * seconds / len(pages):>6.1f}")
    kept.close()
    engine.store.close()


def _page(wire: Wire, press: Press, piece: Piece) -> Page:
    url = f"http://{wire.host(piece.outlet)}{piece.path}"
    return Page(
        url=url,
        final_url=url,
        body=press.page(piece),
        fetched_at=datetime.now(UTC),
        headers={"content-type": "text/html; charset=utf-8"},
        status=200,
    )


@contextmanager
def spending(spent: Counter[str], what: str) -> Iterator[None]:
    began = time.process_time()
    yield
    spent[what] += time.process_time() - began  # type: ignore[assignment]


@contextmanager
def profiled(steps: Mapping[str, tuple[str, str]]) -> Iterator[dict[str, float]]:
    """Fill the dictionary, after the block, with the seconds spent in each of those functions."""
    found: dict[str, float] = {}
    profile = cProfile.Profile()
    profile.enable()
    yield found
    profile.disable()
    for name, (file, function) in steps.items():
        for (where, _, called), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
            if called == function and where.endswith(file):
                found[name] = max(found.get(name, 0.0), cumulative)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Articles a second over the whole path, beside peers.")
    parser.add_argument("--stored", type=int, default=100_000, help="articles stored before (default: %(default)s)")
    parser.add_argument("--outlets", type=int, default=200)
    parser.add_argument("--pieces", type=int, default=10, help="of each outlet")
    parser.add_argument("--elastic", action="store_true", help="into an Elasticsearch started for it")
    parser.add_argument("--kept", type=Path, help="file to keep the filled SQLite store in, or to take it from")
    parser.add_argument("--news-please", type=Path, help="the Python of an environment that has news-please")
    main(parser.parse_args())
