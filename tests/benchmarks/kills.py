"""Kills the daemon at 200 random moments of crawling, taking in and delivering; says what was lost, or came twice.

    python -m tests.benchmarks.kills [--kills 200] [--seed 1] [--outlets 20] [--folder FOLDER]

Twenty outlets publish, a few pieces before each kill, one in seven of them another's with a credit
(``tests.benchmarks.press``). The daemon, its child and its readers run as always, only with quick ticks. Kill -9, up to
five seconds after the daemon is up or while it starts, meets in turn the daemon alone, whose child has to notice, the
whole family, or the child alone. What is left at the end is compared with what a daemon leaves that nobody disturbed:
articles, matches, edges, alerts; each alert has come at least once, and always with the same key; each record of the
archive can be read, each article has one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from config import load
from crawler.archive.reader import read
from crawler.archive.upkeep import problems
from crawler.build import archive_folder, build
from crawler.errors import ArchiveError
from crawler.model import Capture
from crawler.ports import Query, Store
from tests.alerts.listening import Received, listening
from tests.benchmarks.press.folder import a_folder
from tests.benchmarks.press.server import a_press
from tests.benchmarks.press.watching import below
from tests.benchmarks.press.wire import Wire

STANDING = 2  # pieces of an outlet at the start
_LATEST = 5.0  # seconds after it is up that the daemon is killed
_POLL = {"default_interval_minutes": 0.05, "min_interval_minutes": 0.03, "max_interval_minutes": 0.1}
_RULES = {
    "targets": [{"name": "desk", "webhook_env": "COPYTRAIL_SECRET_KILLS", "secret_env": "COPYTRAIL_SECRET_KILLS_KEY"}],
    "rules": [{"name": "all copies", "min_confidence": 0.5, "targets": ["desk"]}],
}
_CALM = 20.0  # seconds in which a page would have come
_PATIENCE = 300.0  # seconds for all to be taken in and told


@dataclass(slots=True)
class Left:
    """What a daemon leaves: by host and path, so that two runs can be compared."""

    articles: dict[str, tuple[str, int]] = field(default_factory=dict)  # the hash of its text, its version
    matches: set[tuple[str, str]] = field(default_factory=set)
    edges: set[tuple[str, str, str]] = field(default_factory=set)  # copy, parent, kind
    told: dict[str, set[str]] = field(default_factory=dict)  # copy: keys under which it was told of
    bodies: dict[str, set[bytes]] = field(default_factory=dict)  # what came under the key of a message
    repeats: int = 0
    unreadable: list[str] = field(default_factory=list)
    waiting: int = 0

    def faults(self, calm: Left) -> list[str]:
        """Return what is not as it was left by a daemon that nobody disturbed."""
        found = [f"lost: {url}" for url in calm.articles.keys() - self.articles.keys()]
        found += [f"too many: {url}" for url in self.articles.keys() - calm.articles.keys()]
        found += [f"other: {u}" for u, a in self.articles.items() if calm.articles.get(u, a) != a]
        found += [f"match: {pair}" for pair in self.matches ^ calm.matches]
        found += [f"edge: {edge}" for edge in self.edges ^ calm.edges]
        found += [f"alert not told: {copy}" for copy in calm.told.keys() - self.told.keys()]
        found += [f"alert of nothing: {copy}" for copy in self.told.keys() - calm.told.keys()]
        found += [f"alert under {len(keys)} keys: {copy}" for copy, keys in self.told.items() if len(keys) > 1]
        found += [f"message with {len(same)} bodies: {key}" for key, same in self.bodies.items() if len(same) > 1]
        return found + [f"archive: {one}" for one in self.unreadable] + ["entries wait"] * bool(self.waiting)


def run(folder: Path, *, kills: int, seed: int, outlets: int, pieces: int) -> Left:
    """Let a daemon crawl all pieces, killed so often while they come out; return what it leaves."""
    chance = random.Random(seed)
    wire = Wire(outlets=outlets, standing=STANDING, most=STANDING + pieces, seed=seed)
    with a_press(wire) as press, listening() as received:
        settings = a_folder(folder, wire, press, store=f"sqlite:///{folder}/copytrail.db", poll=_POLL)
        (settings / "alerts.yaml").write_text(yaml.safe_dump(_RULES))
        round_once(settings, received)
        for number in range(kills):
            press.publish(STANDING + (number + 1) * pieces // max(1, kills))
            with a_daemon(settings, received) as daemon:
                if chance.random() < 0.9:
                    is_up(settings)
                time.sleep(chance.uniform(0.0, _LATEST))
                whom = chance.choice(("daemon", "daemon", "family", "family", "child"))
                children = list(below(daemon.pid))
                if whom == "child" and children:
                    kill(children[0])
                    time.sleep(chance.uniform(0.1, 1.0))
                    children = list(below(daemon.pid))
                kill(daemon.pid)
                for child in children if whom != "daemon" else ():
                    kill(child)
        press.publish(wire.most)
        with a_daemon(settings, received) as daemon:
            finished(settings, outlets * wire.most)
            kill(daemon.pid)
        for _ in range(2):  # what a killed child was blamed for is tried again only now
            round_once(settings, received)
        return left(settings, received)


def is_up(settings: Path) -> None:
    """Wait until a daemon has begun its work, or thirty seconds."""
    until = time.monotonic() + 30.0
    before = sum(event == "running" for event in logged(settings / "log"))
    while time.monotonic() < until and sum(event == "running" for event in logged(settings / "log")) == before:
        time.sleep(0.1)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def a_daemon(settings: Path, received: Received, *, once: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon for the block; afterwards it is gone, and its child has noticed."""
    asked = json.dumps({"folder": str(settings), "once": once})
    environment = os.environ | {
        "COPYTRAIL_SECRET_KILLS": received.url,
        "COPYTRAIL_SECRET_KILLS_KEY": "whsec_bm90aGluZyB0byBoaWRlIGhlcmU=",
    }
    with (settings / "log").open("ab") as log:
        command = [sys.executable, "-m", "tests.scheduler.process", asked]
        daemon = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
        try:
            yield daemon
        finally:
            daemon.kill()
            daemon.wait()


def round_once(settings: Path, received: Received) -> None:
    with a_daemon(settings, received, once=True) as daemon:
        daemon.wait(_PATIENCE)


def finished(settings: Path, articles: int) -> None:
    """Wait until so many articles are stored and told of, or nothing has come for a while."""
    until = time.monotonic() + _PATIENCE
    store = build(load(settings)).store
    seen, changed_at = -1, time.monotonic()
    while time.monotonic() < min(until, changed_at + _CALM):
        status = store.status()
        if status.articles != seen:
            seen, changed_at = status.articles, time.monotonic()
        if status.articles >= articles and not status.alerts_pending and not store.left(1):
            break
        time.sleep(0.5)
    time.sleep(2.0)
    store.close()


def left(settings: Path, received: Received) -> Left:
    given = load(settings)
    store = build(given).store
    found = Left(waiting=len(store.pending([source.id for source in given.sources], 10)))
    captures = read_facts(store, found)
    for headers, body in received.got:
        key = headers["idempotency-key"]
        found.repeats += key in found.bodies
        found.bodies.setdefault(key, set()).add(body)
        for alert in json.loads(body)["alerts"]:
            if alert["corrects"] is None:
                found.told.setdefault(path_of(alert["news"]["copy"]["url"]), set()).add(alert["key"])
    folder = archive_folder(given, store.url)
    found.unreadable += problems(folder)
    for url, capture in captures.items():
        try:
            if capture is None or not read(folder, capture).body:
                found.unreadable.append(f"{url} has no record")
        except ArchiveError as error:
            found.unreadable.append(f"{url}: {error}")
    store.close()
    return found


def read_facts(store: Store, found: Left) -> dict[str, Capture | None]:
    """Read articles, matches and edges; return where each article's page lies."""
    articles = store.articles(list(store.article_ids()))
    urls = {id: path_of(article.url) for id, article in articles.items()}
    found.articles = {urls[id]: (article.content_hash, article.version) for id, article in articles.items()}
    for match in store.matches():
        one, other = sorted((urls[match.left], urls[match.right]))
        found.matches.add((one, other))
    for article, lineage in store.search(Query(limit=100_000)):
        for edge in lineage.parents:
            parent = path_of(edge.parent.url) if edge.parent.url else edge.parent.source.id
            found.edges.add((urls[article.id], parent, edge.kind))
    return {urls[id]: article.capture for id, article in articles.items()}


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}" if parts.hostname else url


def main(options: argparse.Namespace) -> None:
    kept = nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory()
    with kept as name:
        began = time.monotonic()
        calm, rough = (
            run(
                Path(name) / kind,
                kills=kills,
                seed=options.seed,
                outlets=options.outlets,
                pieces=options.pieces,
            )
            for kind, kills in (("calm", 0), ("rough", options.kills))
        )
        events = Counter(event for event in logged(Path(name) / "rough" / "log"))
    faults = rough.faults(calm)
    print(f"{options.kills} kills, seed {options.seed}, {(time.monotonic() - began) / 60:.0f} min")
    print(f"  {events['crawl_started']} crawls begun, {events['crawl_ended']} of them seen to end")
    known = f"{len(calm.articles):,} articles, {len(calm.matches)} matches, {len(calm.edges)} edges"
    print(f"  undisturbed {known}, {len(calm.told)} alerts")
    print(f"  {rough.repeats} messages came again under the same key (undisturbed: {calm.repeats})")
    kinds = defaultdict(list)
    for fault in [*(f"undisturbed: {fault}" for fault in calm.faults(calm)), *faults]:
        kinds[fault.partition(":")[0]].append(fault)
    print(f"  {len(faults)} faults" + "".join(f"\n  {len(some):4} {some[:5]}" for some in kinds.values()))
    sys.exit(1 if faults else 0)


def logged(path: Path) -> Iterator[Any]:
    for line in path.read_text(errors="replace").splitlines():
        with suppress(ValueError):
            yield json.loads(line).get("event")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What is lost, or comes twice, when the daemon is killed 200 times.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outlets", type=int, default=20)
    parser.add_argument("--pieces", type=int, default=20, help="that each outlet publishes meanwhile")
    parser.add_argument("--folder", type=Path, help="keep all of it there")
    main(parser.parse_args())
