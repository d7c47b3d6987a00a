"""Crews at work: real Redis, real processes, pages on loopback."""

from __future__ import annotations

import json
import os
import signal
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
    Log,
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
    stored,
    until,
    with_alerts,
)
from tests.hostile import Hostile, a_feed
from tests.scheduler.sites import an_article
from tests.simulator.world import a_world

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COPYTRAIL_")}
PACE = 0.4  # seconds between two requests to a host
LEASE = 3.0  # seconds
FEEDS = 4


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with a_redis() as server:
        yield server


# --- manners


def test_four_workers_ask_a_host_no_more_often_than_one_may_and_poll_a_feed_one_at_a_time(
    tmp_path: Path, redis: RedisServer
) -> None:
    """Four feeds, each on a host of its own, name pages of one host; one feed is slow and asked all the time."""
    log = Log()
    hosts = [f"feed{number}.example" for number in range(4)]
    with Hostile() as site:
        for number, host in enumerate(hosts):
            links = [site.url(f"/{number}-{page}", host="busy.example") for page in range(5)]
            site.replies[f"{host}/feed"] = log.around(a_feed(*links), wait=1.0 if number == 0 else 0.0)
            for page in range(5):
                answer = log.around(an_article(10 * number + page), wait=0.05)
                site.replies[f"busy.example/{number}-{page}"] = answer
        sources = [
            {"id": f"s{n}", "name": f"Source {n}", "domains": [host], "feeds": [site.url("/feed", host=host)]}
            | ({"interval_minutes": 0.01} if n == 0 else {})
            for n, host in enumerate(hosts)
        ]
        store = f"sqlite:///{tmp_path}/store.db"
        fetch = {"delay_seconds": PACE}
        a_folder(tmp_path, site, sources, store=store, hosts=[*hosts, "busy.example"], fetch=fetch)
        engine = build(load(tmp_path, {}))
        engine.store.init()
        roles = ("planner", "worker", "worker", "worker", "worker")
        with a_crew(tmp_path, redis.url, *roles, environment=ENVIRONMENT) as crew:
            until(lambda: (engine.store.status().articles, engine.store.status().pending) == (20, 0), crew.told)
            polls = len(log.of(hosts[0]))
            until(lambda: len(log.of(hosts[0])) >= polls + 2, crew.told)
            at_work = sum("polled" in one.lines() for one in crew.all)
            told = crew.told()
    visits = log.of("busy.example")
    assert sorted(path for path, _, _ in visits) == sorted(f"/{n}-{page}" for n in range(4) for page in range(5)), told
    assert min(later - ended for (_, _, ended), (_, later, _) in pairwise(visits)) >= PACE
    assert all(ended <= later for (_, _, ended), (_, later, _) in pairwise(log.of(hosts[0])))
    assert at_work >= 2, told
    assert redis.password not in "".join(one.lines() for one in crew.all)


# --- faults


def test_a_crew_loses_and_doubles_nothing_though_a_worker_the_planner_and_redis_are_killed(
    tmp_path: Path, redis: RedisServer, elastic: str
) -> None:
    world = a_world(3, 60)
    with Hostile() as site, listening() as receiver:
        pages = published(site, world, Log(), wait=0.05)
        first = {page.url for page in pages[:FEEDS]}
        feeds = name_in_feeds(site, pages[:FEEDS], FEEDS)
        sources = sources_of(world, feeds, interval_minutes=0.05)
        more = {"crew": {"lease_seconds": LEASE}, "alerts": {"max_age_days": None}}
        folder = a_folder(tmp_path, site, sources, store=elastic, hosts=hosts_of(world, feeds), **more)
        with_alerts(folder)
        secrets = {"COPYTRAIL_SECRET_HOOK": receiver.url, "COPYTRAIL_SECRET_KEY": "a secret of the tests"}
        engine = build(load(folder, environment=secrets))
        roles = ("planner", "planner", "worker", "worker")
        with a_crew(folder, redis.url, *roles, environment=ENVIRONMENT | secrets) as crew:
            until(lambda: stored(engine) == first, crew.told)
            name_in_feeds(site, pages, FEEDS)
            until(lambda: len(stored(engine)) > len(first) + 5, crew.told)
            kill(crew.all[2])
            redis.stop(signal.SIGKILL)
            leader = next(one for one in crew.all[:2] if leads(one))
            kill(leader)
            redis.start()
            crew.add("worker")
            until(lambda: len(stored(engine)) == len(pages), crew.told)
            engine.settle()
            until(lambda: engine.store.status().pending == 0 == engine.store.status().alerts_pending, crew.told)
            assert next(one for one in crew.all[:2] if one is not leader and leads(one))
            told = crew.told()
    engine.settle()
    assert {(article.url, article.version) for article, _ in everything(engine)} == {(page.url, 1) for page in pages}
    assert edges(engine.store) == edges(alone(pages, folder).store), told
    raised = {alert.key for alert in engine.store.alerts(1_000)}
    assert raised
    assert {alert.state for alert in engine.store.alerts(1_000)} == {"delivered"}
    arrived = Counter(one["key"] for _, body in receiver.got for one in json.loads(body)["alerts"])
    assert set(arrived) == raised
    engine.store.close()
