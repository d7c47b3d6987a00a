"""How fast 1, 2 and 4 workers of a crew are, whether they find the same, and what is lost when members are killed.

The newsroom simulator's pages, served on loopback with one request at a time for each of some fifty hosts and no pause
between them; a real Redis, a real Elasticsearch. Members are processes of their own, with the usual ticks.

    python -m tests.benchmarks.crew [--size 2000] [--workers 1 2 4] [--faults]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import load
from crawler.build import build
from crawler.flow import Engine
from crawler.model import Page
from tests.alerts.listening import Received, listening
from tests.benchmarks.servers import a_server
from tests.crew.server import RedisServer, a_redis
from tests.crew.world import (
    Log,
    Members,
    a_crew,
    a_folder,
    alone,
    edges,
    everything,
    hosts_of,
    kill,
    leads,
    name_in_feeds,
    published,
    sources_of,
    until,
    with_alerts,
)
from tests.elastic.server import Server, cluster
from tests.hostile import Hostile
from tests.simulator.world import World, a_world

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COPYTRAIL_")}
FEEDS = 20
PATIENCE = 1_500.0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=int, default=2_000)
    asked.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    asked.add_argument("--faults", action="store_true", help="Kill a worker, the planner, Redis and a node, instead.")
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="copytrail-crew-"))
    world = a_world(3, given.size)
    try:
        with Hostile() as site, a_redis() as redis:
            log = Log()
            pages = published(site, world, log)
            feeds = name_in_feeds(site, pages, FEEDS)
            if given.faults:
                faults(folder, site, redis, world, pages, feeds)
            else:
                speeds(folder, site, redis, world, pages, feeds, log, given.workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def speeds(
    folder: Path,
    site: Hostile,
    redis: RedisServer,
    world: World,
    pages: Sequence[Page],
    feeds: Sequence[str],
    log: Log,
    workers: Sequence[int],
) -> None:
    print(f"{len(pages)} pages of {len({p.outlet.domain for p in world.pieces})} hosts, named by {len(feeds)} feeds")
    print("workers  seconds  articles/s  CPU crew  CPU Elastic  requests  edges")
    found: dict[int, dict[tuple[str, str], tuple[Any, ...]]] = {}
    with a_server() as elastic:
        for number in workers:
            log.rows.clear()
            own = a_folder(
                folder / str(number),
                site,
                sources_of(world, feeds, kind="aggregator"),
                store=f"{elastic.url}/c{number}",
                hosts=hosts_of(world, feeds),
                crew={"name": f"crew-{number}"},
            )
            engine = build(load(own, environment=ENVIRONMENT))
            engine.store.init()
            before, busy = resource.getrusage(resource.RUSAGE_CHILDREN), cpu_of(elastic.pid)
            roles = ["planner", *["worker"] * number]
            with a_crew(own, redis.url, *roles, environment=ENVIRONMENT, ticks="usual") as crew:
                until(lambda: log.rows, crew.told, PATIENCE, every=1.0)
                begun = min(row[2] for row in log.rows)
                until(lambda: engine.store.status().articles == len(pages), crew.told, PATIENCE, every=1.0)  # noqa: B023
                seconds = time.monotonic() - begun
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            engine.settle()
            found[number] = edges(engine.store)
            print(
                f"{number:>7}{seconds:>9.0f}{len(pages) / seconds:>12.1f}{used:>10.0f}"
                f"{cpu_of(elastic.pid) - busy:>13.0f}{len(log.rows):>10}{len(found[number]):>7}",
                flush=True,
            )
            engine.store.close()
    first = found[workers[0]]
    print("edges, with kind, confidence and evidence:")
    for number, other in found.items():
        different = {pair for pair in first | other if first.get(pair) != other.get(pair)}
        print(f"  {workers[0]} and {number} workers: {len(different)} differ", flush=True)


def faults(
    folder: Path, site: Hostile, redis: RedisServer, world: World, pages: Sequence[Page], feeds: Sequence[str]
) -> None:
    """Kill, one after the other: a worker, the planner, Redis, a node of Elasticsearch that has a primary shard."""
    nodes = cluster(3)
    try:
        with listening() as receiver:
            hosts = ",".join(node.url.removeprefix("http://") for node in nodes)
            secrets = {"COPYTRAIL_SECRET_HOOK": receiver.url, "COPYTRAIL_SECRET_KEY": "a secret of the tests"}
            first = pages[: len(feeds)]
            name_in_feeds(site, first, len(feeds))
            own = a_folder(
                folder / "faults",
                site,
                sources_of(world, feeds, kind="aggregator", interval_minutes=0.2),
                store=f"http://{hosts}/f",
                hosts=hosts_of(world, feeds),
                crew={"lease_seconds": 5.0},
                alerts={"max_age_days": None},
            )
            with_alerts(own)
            engine = build(load(own, environment=ENVIRONMENT | secrets))
            engine.store.init()
            roles = ["planner", "planner", *["worker"] * 4]
            with a_crew(own, redis.url, *roles, environment=ENVIRONMENT | secrets, ticks="usual") as crew:
                killing(engine, crew, redis, nodes, site, pages, first, len(feeds))
            engine.settle()
            left = engine.store.status().alerts_pending
            print(f"alerts raised by the last settle, when nobody was left to deliver them: {left}")
            until(
                lambda: engine.deliver(datetime.now(UTC)).sent == 0 == engine.store.status().alerts_pending, every=1.0
            )
            verdict(engine, pages, own, receiver)
            engine.store.close()
    finally:
        for node in nodes:
            node.stop(signal.SIGKILL)
            shutil.rmtree(node.home.parent, ignore_errors=True)


def killing(
    engine: Engine,
    crew: Members,
    redis: RedisServer,
    nodes: Sequence[Server],
    site: Hostile,
    pages: Sequence[Page],
    first: Sequence[Page],
    feeds: int,
) -> None:
    def stored(count: int) -> None:
        until(lambda: engine.store.status().articles >= count, crew.told, PATIENCE, every=1.0)

    stored(len(first))
    name_in_feeds(site, pages, feeds)
    fifth = (len(pages) - len(first)) // 5
    stored(len(first) + fifth)
    kill(crew.all[2])
    print(f"a worker killed at {engine.store.status().articles} articles", flush=True)
    stored(len(first) + 2 * fifth)
    kill(next(one for one in crew.all[:2] if leads(one)))
    print(f"the planner killed at {engine.store.status().articles}", flush=True)
    stored(len(first) + 3 * fifth)
    redis.stop(signal.SIGKILL)
    time.sleep(3)
    redis.start()
    print(f"Redis killed, and back after 3 s, at {engine.store.status().articles}", flush=True)
    stored(len(first) + 4 * fifth)
    nodes[-1].stop(signal.SIGKILL)
    print(f"a node of Elasticsearch killed at {engine.store.status().articles}", flush=True)
    stored(len(pages))
    engine.settle()
    until(
        lambda: engine.store.status().alerts_pending == engine.store.status().pending == 0,
        crew.told,
        PATIENCE,
        every=1.0,
    )


def verdict(engine: Engine, pages: Sequence[Page], folder: Path, receiver: Received) -> None:
    there = everything(engine)
    urls = Counter(article.url for article, _ in there)
    print(f"articles {len(there)} of {len(pages)}; lost {len({p.url for p in pages} - set(urls))};", end=" ")
    print(f"doubled {sum(n > 1 for n in urls.values()) + sum(a.version > 1 for a, _ in there)}")
    ours, others = edges(engine.store), edges(alone(pages, folder).store)
    different = sum(ours.get(pair) != others.get(pair) for pair in ours | others)
    print(f"edges {len(ours)}; other than in one process without a crawl: {different}")
    alerts: Mapping[str, str] = {alert.key: alert.state for alert in engine.store.alerts(10_000)}
    arrived = Counter(one["key"] for _, body in receiver.got for one in json.loads(body)["alerts"])
    silent = Counter(alerts[key] for key in set(alerts) - set(arrived))
    print(f"alerts {len(alerts)}; not arrived {dict(silent) or 0};", end=" ")
    print(f"of an unknown key {len(set(arrived) - set(alerts))}; told again {sum(arrived.values()) - len(arrived)}")


def cpu_of(leader: int | None) -> float:
    """Return the seconds of CPU that the processes of that group have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[2]) == leader:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
