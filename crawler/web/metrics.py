"""What Prometheus is told: requests, what the store holds and what waits, how the sources are, room, and the daemon."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from crawler import measures
from crawler.errors import StoreError
from crawler.ports import Status
from crawler.readiness import Readiness
from crawler.watching import Watched

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
KIND = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("well", "new", "failing", "quiet", "garbled", "different")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where the measures come from. Each is asked anew every time, and may be unknown."""

    status: Callable[[], Status]
    readiness: Callable[[], Readiness | None]
    health: Callable[[], Mapping[str, Watched]]
    clock: Callable[[], datetime]
    free: Callable[[], Mapping[str, int]] = dict  # bytes, by place
    leader: Callable[[], int | None] = lambda: None  # the process that works as the daemon of the store


class Metrics:
    """The measures of one server; asked for the store's, it asks the store."""

    def __init__(self, asked: Asked) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("copytrail_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "copytrail_http_request_duration_seconds",
            "How long an answer took.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Gauges(asked))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        known = method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry) + generate_latest(measures.REGISTRY)


def _gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"copytrail_{name}", words, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"copytrail_{name}", words, value=value)


class _Gauges(Collector):
    """Gauges that are read when they are asked for. What is not known is left out, never 0."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # nothing is asked of the store before somebody asks us

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("build_info", "The version of copytrail.", "version", {version("copytrail"): 1})
        yield _one("leader", "1 where a daemon works on the store.", int(self._asked.leader() is not None))
        yield _gauge("disk_free_bytes", "Bytes free where copytrail writes.", "place", self._asked.free())
        found = self._asked.readiness()
        if found is not None:
            yield from _of_readiness(found)
        yield from _of_sources(self._asked.health(), self._asked.clock())
        try:
            yield from _of_store(self._asked.status())
        except StoreError:
            return


def _of_readiness(found: Readiness) -> Iterator[GaugeMetricFamily]:
    yield _one("ready", "1 where the store takes what it is given.", int(found.ready))
    yield _one("spooled_pages", "Pages and polls that wait on disk for the store.", found.held.count)
    yield _one("spooled_bytes", "Bytes that wait on disk for the store.", found.held.bytes)
    yield _one("spooled_aside", "What waited, cannot be saved, and was put aside.", found.held.aside)


def _of_store(status: Status) -> Iterator[GaugeMetricFamily]:
    rows = {
        "articles": status.articles,
        "matches": status.matches,
        "edges": status.edges,
        "feeds": status.feeds,
        "pending_entries": status.pending,
        "refused": status.refused,
    }
    yield _gauge("store_rows", "What the store holds, by kind.", "kind", rows)
    alerts = {"pending": status.alerts_pending, "dead": status.alerts_dead}
    yield _gauge("alerts", "Alerts not delivered, by state.", "state", alerts)
    if status.bytes is not None:
        yield _one("store_bytes", "Bytes that the store takes.", status.bytes)
    if status.newest is not None:
        at = status.newest.timestamp()
        yield _one("newest_article_timestamp_seconds", "When the newest article was first seen.", at)


def _of_sources(watched: Mapping[str, Watched], now: datetime) -> Iterator[GaugeMetricFamily]:
    if not watched:
        return
    counts = Count(one.state for one in watched.values())
    yield _gauge("sources", "Watched sources, by how they are.", "state", {s: counts[s] for s in STATES})
    read: dict[str, float] = {}
    late = [0.0]
    for id, one in watched.items():
        states = [state for state in one.states.values() if state is not None]
        if seen := [state.succeeded_at.timestamp() for state in states if state.succeeded_at is not None]:
            read[id] = max(seen)
        late += [(now - state.next_at).total_seconds() for state in states if state.next_at is not None]
    yield _gauge("source_read_timestamp_seconds", "When a feed of the source was last read.", "source", read)
    yield _one("poll_lag_seconds", "How long the most overdue feed has been due.", max(late))
