"""What Prometheus is told: requests and how long they took, what the store holds, what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from crawler.errors import StoreError
from crawler.ports import Status
from crawler.readiness import Readiness

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
KIND = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counts of one server; asked for the store's, it asks the store."""

    def __init__(self, status: Callable[[], Status], readiness: Callable[[], Readiness | None]) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("copytrail_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "copytrail_http_seconds", "Seconds an answer took.", ("route",), buckets=_BUCKETS, registry=self._registry
        )
        self._registry.register(_OfStore(status, readiness))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        known = method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _OfStore(Collector):
    """Gauges that are read when they are asked for."""

    def __init__(self, status: Callable[[], Status], readiness: Callable[[], Readiness | None]) -> None:
        self._status = status
        self._readiness = readiness

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # nothing is asked of the store before somebody asks us

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._readiness()
        if found is not None:
            ready = int(found.ready)
            yield GaugeMetricFamily("copytrail_ready", "1 where the store takes what it is given.", value=ready)
            yield GaugeMetricFamily("copytrail_spooled_pages", "Pages that wait on disk.", value=found.held.count)
            yield GaugeMetricFamily("copytrail_spooled_bytes", "Bytes that wait on disk.", value=found.held.bytes)
        try:
            status = self._status()
        except StoreError:
            return
        rows = {
            "articles": status.articles,
            "matches": status.matches,
            "edges": status.edges,
            "feeds": status.feeds,
            "pending_entries": status.pending,
            "refused": status.refused,
        }
        held = GaugeMetricFamily("copytrail_store_rows", "What the store holds, by kind.", labels=("kind",))
        for kind, number in rows.items():
            held.add_metric((kind,), number)
        yield held
        alerts = GaugeMetricFamily("copytrail_alerts", "Alerts not delivered, by state.", labels=("state",))
        alerts.add_metric(("pending",), status.alerts_pending)
        alerts.add_metric(("dead",), status.alerts_dead)
        yield alerts
        if status.bytes is not None:
            yield GaugeMetricFamily("copytrail_store_bytes", "Bytes that the store takes.", value=status.bytes)
        if status.newest is not None:
            newest = status.newest.timestamp()
            yield GaugeMetricFamily("copytrail_newest_article_seconds", "When the newest was first seen.", value=newest)
