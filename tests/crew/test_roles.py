"""Crews at work: real Redis, real processes, pages on loopback."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from config import load
from crawler.build import build
from tests.alerts.listening import listening
from tests.crew.server import RedisServer, a_redis
from tests.crew.world import (
    BUSY,
    Log,
    Member,
    a_crew,
    a_folder,
    alone,
    busy_pages,
    edges,
    everything,
    frozen,
    hosts_of,
    kill,
    leads,
    name_in_feeds,
    published,
    sources_of,
    stored,
    until,
    with_alerts,
)
from tests.hostile import Hostile
from tests.simulator.world import a_world

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COPYTRAIL_")}
PACE = 0.25  # seconds between two requests to a host
LEASE = 3.0  # seconds
FEEDS = 4


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with a_redis() as server:
        yield server


def test_a_crew_of_four_keeps_its_manners_and_loses_nothing_whoever_is_killed_or_frozen(
    tmp_path: Path, redis: RedisServer, elastic: str
) -> None:
    """Four feeds name the simulator's pages and, all of them, pages of one busy host.

    A worker, the planner and Redis are killed; another worker is frozen for longer than its leases last.
    """
    world, log = a_world(3, 50), Log()
    with Hostile() as site, listening() as receiver:
        pages = [*published(site, world, log, wait=0.05), *busy_pages(site, log, 16)]
        first = pages[:FEEDS]
        feeds = name_in_feeds(site, first, FEEDS, log)
        sources = sources_of(world, feeds, interval_minutes=0.05)
        hosts = [*hosts_of(world, feeds), BUSY]
        more = {"crew": {"lease_seconds": LEASE}, "alerts": {"max_age_days": None}}
        fetch = {"delay_seconds": PACE, "timeout_seconds": 3}
        folder = a_folder(tmp_path, site, sources, store=elastic, hosts=hosts, fetch=fetch, **more)
        with_alerts(folder)
        secrets = {"COPYTRAIL_SECRET_HOOK": receiver.url, "COPYTRAIL_SECRET_KEY": "a secret of the tests"}
        engine = build(load(folder, environment=secrets))
        roles = ("planner", "planner", "worker", "worker", "worker", "worker")
        with a_crew(folder, redis.url, *roles, environment=ENVIRONMENT | secrets) as crew:
            until(lambda: stored(engine) == {page.url for page in first}, crew.told, every=0.3)
            name_in_feeds(site, pages, FEEDS, log)
            until(lambda: len(stored(engine)) > FEEDS + 5, crew.told, every=0.3)
            kill(next(one for one in crew.all[2:] if polls(one)))
            redis.stop(signal.SIGKILL)
            leader = next(one for one in crew.all[:2] if leads(one))
            kill(leader)
            redis.start()
            sleeper = next(one for one in crew.all[2:] if one.is_there())
            until(lambda: '"crawl_started"' in sleeper.lines(), crew.told)
            with frozen(sleeper):
                time.sleep(2 * LEASE)  # what it had in hand is others' when it wakes up
            until(lambda: len(stored(engine)) == len(pages), crew.told, every=0.3)
            engine.settle()
            until(
                lambda: engine.store.status().pending == 0 == engine.store.status().alerts_pending, crew.told, every=0.3
            )
            until(lambda: sum(map(polls, crew.all)) >= 2, crew.told)
            assert next(one for one in crew.all[:2] if one is not leader and leads(one))
            told = crew.told()
    engine.settle()
    # nothing lost, nothing doubled, the lineage of one process
    assert {(article.url, article.version) for article, _ in everything(engine)} == {(page.url, 1) for page in pages}
    assert edges(engine.store) == edges(alone(pages, folder).store), told
    # at least once, with the same key
    alerts = engine.store.alerts(1_000)
    assert any(alert.state == "delivered" for alert in alerts)
    # One whose copy has another parent before it is sent is withdrawn, and never arrives.
    assert {alert.state for alert in alerts} <= {"delivered", "withdrawn"}
    arrived = Counter(one["key"] for _, body in receiver.got for one in json.loads(body)["alerts"])
    assert {alert.key for alert in alerts if alert.state == "delivered"} <= set(arrived)
    assert set(arrived) <= {alert.key for alert in alerts}
    # one request at a host at a time, never sooner than after the pause; a feed is polled by one worker at a time
    assert len(log.of(BUSY)) >= 16
    assert min(gaps(log, host) for host in hosts) >= PACE
    assert redis.password not in "".join(one.lines() for one in crew.all)
    engine.store.close()


def polls(one: Member) -> bool:
    return '"polled"' in one.lines()


def gaps(log: Log, host: str) -> float:
    """Return the shortest time from the end of an answer of *host* to the next question."""
    return min((later - ended for (_, _, ended), (_, later, _) in pairwise(log.of(host))), default=PACE)
