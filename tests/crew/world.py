"""A crew at work on invented outlets: a site on loopback, a settings folder, members in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from config import load
from crawler.build import build
from crawler.flow import Engine
from crawler.model import Article, Lineage, Page, iso
from crawler.ports import Query, Store
from tests.hostile import Asked, Hostile, Reply, a_feed
from tests.scheduler.sites import an_article
from tests.simulator.pages import page_of
from tests.simulator.world import World

BUSY = "busy.example"
_ADDRESS = re.compile(rb"https?://([a-z0-9-]+\.example)")


class Log:
    """What a server was asked, by its own clock: host, path, begin and end."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, float, float]] = []

    def around(self, reply: Reply, wait: float = 0.0) -> Callable[[Asked], Reply]:
        """Return an answer that notes when it was asked for and when it was all sent, after *wait* seconds."""

        def answer(asked: Asked) -> Reply:
            begun = time.monotonic()
            time.sleep(wait)
            host = asked.host.partition(":")[0]
            self.rows.append((host, asked.path, begun, time.monotonic()))
            return reply

        return answer

    def of(self, host: str) -> list[tuple[str, float, float]]:
        return [(path, begun, ended) for at, path, begun, ended in sorted(self.rows, key=lambda r: r[2]) if at == host]


def published(site: Hostile, world: World, log: Log, *, wait: float = 0.0) -> list[Page]:
    """Let *site* serve the pages of *world*, each after *wait* seconds; return them as they are to be seen."""
    pages = []
    for piece in world.pieces:
        page = page_of(piece)
        parts = urlsplit(piece.url)
        body = _ADDRESS.sub(rb"http://\1:%d" % site.port, page.body)
        headers = {"X-Seen": iso(piece.seen)} | ({"X-Absent": iso(piece.absent)} if piece.absent else {})
        site.replies[f"{parts.hostname}{parts.path}"] = log.around(Reply(body, headers=headers), wait)
        url = site.url(parts.path, host=str(parts.hostname))
        pages.append(replace(page, url=url, final_url=url, body=body, source_id=piece.outlet.id))
    return pages


def busy_pages(site: Hostile, log: Log, count: int) -> list[Page]:
    """Let *site* serve so many pages of one host; return them."""
    pages = []
    for number in range(count):
        reply = an_article(number)
        url = site.url(f"/{number}", host=BUSY)
        site.replies[f"{BUSY}/{number}"] = log.around(reply, 0.05)
        pages.append(Page(url=url, final_url=url, body=reply.body, fetched_at=datetime.now(UTC), headers={}))
    return pages


def name_in_feeds(site: Hostile, pages: Sequence[Page], feeds: int, log: Log | None = None) -> list[str]:
    """Let so many feeds of *site* name *pages* in turn; return their addresses."""
    log = log or Log()
    hosts = [f"feed{number}.example" for number in range(feeds)]
    for number, host in enumerate(hosts):
        site.replies[f"{host}/feed"] = log.around(a_feed(*(page.url for page in pages[number::feeds])), 0.05)
    return [site.url("/feed", host=host) for host in hosts]


def sources_of(world: World, feeds: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    """Return the outlets of *world* as ``sources.yaml`` has them, and one with each of *feeds* and what *more* says."""
    known = [{"id": s.id, "name": s.name, "domains": list(s.domains), "kind": s.kind} for s in world.sources]
    named = [
        {"id": f"feed{number}", "name": f"Feed {number}", "domains": [f"feed{number}.example"], "feeds": [feed], **more}
        for number, feed in enumerate(feeds)
    ]
    return [*known, *named]


def hosts_of(world: World, feeds: Sequence[str]) -> list[str]:
    return sorted({piece.outlet.domain for piece in world.pieces} | {str(urlsplit(feed).hostname) for feed in feeds})


def a_folder(
    path: Path, site: Hostile, sources: Sequence[Mapping[str, Any]], *, store: str, hosts: Sequence[str], **more: Any
) -> Path:
    """Write settings to *path*. *more* are parts of copytrail.yaml beside those that every crew here has."""
    path.mkdir(parents=True, exist_ok=True)
    fetch = {"delay_seconds": 0, "timeout_seconds": 10, "obey_robots": False} | more.pop("fetch", {})
    main = {
        "store": store,
        "fetch": fetch | {"hosts": dict.fromkeys(hosts, "127.0.0.1"), "allow": [f"127.0.0.1:{site.port}"]},
        "archive": {"folder": str(path / "archive")},
        "spool": {"folder": str(path / "spool")},
        "revisits": {"enabled": False},  # the pages' first sight is long ago: all would be due again at once
        "log": {"format": "json"},
        **more,
    }
    (path / "copytrail.yaml").write_text(yaml.safe_dump(main))
    (path / "sources.yaml").write_text(yaml.safe_dump({"sources": list(sources)}))
    return path


class Member:
    """A process of the crew, with the processes it started. Its log goes to a file."""

    def __init__(
        self, role: str, folder: Path, number: int, redis: str, environment: Mapping[str, str], ticks: str
    ) -> None:
        self.role = role
        self.log = folder / f"{role}-{number}.log"
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crew.process", role, str(folder), ticks],
                stdout=out,
                stderr=out,
                env=dict(environment) | {"COPYTRAIL_CREW__URL": redis},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """Kill it with -9; the crawl's process that it has ends when it sees that."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(40)

    def lines(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_there(self) -> bool:
        return self._process.poll() is None


class Members:
    """The crew of one folder."""

    def __init__(self, folder: Path, redis: str, environment: Mapping[str, str], ticks: str) -> None:
        self._folder = folder
        self._ticks = ticks
        self._redis = redis
        self._environment = environment
        self.all: list[Member] = []

    def add(self, *roles: str) -> list[Member]:
        new = [
            Member(role, self._folder, len(self.all) + at, self._redis, self._environment, self._ticks)
            for at, role in enumerate(roles)
        ]
        self.all += new
        return new

    def told(self) -> str:
        return "\n".join(f"--- {one.log.name}\n{one.lines()[-3000:]}" for one in self.all)


@contextmanager
def a_crew(
    folder: Path, redis: str, *roles: str, environment: Mapping[str, str], ticks: str = "quick"
) -> Iterator[Members]:
    """Run members in those roles for the block; nothing of them is left behind."""
    members = Members(folder, redis, environment, ticks)
    with ExitStack() as over:
        over.callback(lambda: _end(members.all))
        members.add(*roles)
        yield members


def _end(members: Sequence[Member]) -> None:
    enders = [threading.Thread(target=_stop, args=[one]) for one in members if one.is_there()]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()


def _stop(one: Member) -> None:
    try:
        one.stop()
    except subprocess.TimeoutExpired:
        one.kill()


def until(
    true: Callable[[], object], told: Callable[[], str] = lambda: "", patience: float = 120.0, *, every: float = 0.1
) -> None:
    """Return when *true* is; fail with what is *told* where that takes too long."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"it did not happen\n{told()}"
        time.sleep(every)


def edges(store: Store) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what is judged of each pair: kind, confidence and the evidence of it."""
    return {
        (edge.copy, edge.parent.id): (edge.kind, round(edge.confidence, 6), sorted(e.type for e in edge.evidence))
        for edge in store.edges()
    }


def stored(engine: Engine) -> set[str]:
    engine.store.refresh()
    return {article.url for article, _ in everything(engine)}


def everything(engine: Engine) -> list[tuple[Article, Lineage]]:
    """Return all that is stored, newest first."""
    return list(engine.store.search(Query(limit=10_000)))


def alone(pages: Sequence[Page], folder: Path) -> Engine:
    """Return an engine in one process, with no crawl, that has taken in *pages*."""
    engine = build(load(folder, {}), store="memory:")
    for outcome in engine.ingest_many(pages):
        assert outcome.error is None
        assert outcome.problem is None
    engine.settle()
    return engine


def leads(one: Member) -> bool:
    said = [line for line in one.lines().splitlines() if '"leading"' in line or '"standing_by"' in line]
    return bool(said) and '"leading"' in said[-1] and one.is_there()


def kill(one: Member) -> None:
    """Kill a member and its crawl with -9."""
    crawls = _crawls(one)
    one.kill()
    with suppress(ProcessLookupError, IndexError):
        os.kill(crawls[-1], signal.SIGKILL)


@contextmanager
def frozen(one: Member) -> Iterator[None]:
    """Stop a member and its crawl for the block, as a machine that is put to sleep does; then let them go on."""
    pids = [one.pid, *_crawls(one)[-1:]]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _crawls(one: Member) -> list[int]:
    return [json.loads(line)["pid"] for line in one.lines().splitlines() if '"crawl_started"' in line]


def with_alerts(folder: Path) -> None:
    target = {"name": "hook", "webhook_env": "COPYTRAIL_SECRET_HOOK", "secret_env": "COPYTRAIL_SECRET_KEY"}
    rules = [{"name": "copies", "min_confidence": 0.5, "targets": ["hook"]}]
    (folder / "alerts.yaml").write_text(yaml.safe_dump({"targets": [target], "rules": rules}))
