"""What this process has done so far, counted for Prometheus: crawls, deliveries, ticks, lines that the log lost."""

from __future__ import annotations

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

CRAWLS = Counter("copytrail_crawls", "Crawls that have ended.", ("end",), registry=REGISTRY)
CRAWLED = Counter("copytrail_crawled", "What the crawls brought, by kind.", ("kind",), registry=REGISTRY)
CRAWL_SECONDS = Counter("copytrail_crawl_seconds", "Seconds that crawls have run.", registry=REGISTRY)
DELIVERIES = Counter("copytrail_deliveries", "Messages, by what became of them.", ("end",), registry=REGISTRY)
REPLAYED = Counter("copytrail_replayed", "What was saved from the spool.", registry=REGISTRY)
LOST = Counter("copytrail_log_lines_lost", "Lines that the log did not take.", registry=REGISTRY)
PLANNED = Gauge(
    "copytrail_last_plan_timestamp_seconds", "When it was last looked whether to crawl; 0: never.", registry=REGISTRY
)

KINDS = ("feeds", "feeds_failed", "entries", "pages", "articles", "not_articles", "missed", "spooled", "errors")
LATE = 300.0  # seconds after which a daemon that has planned nothing hangs
for _kind in KINDS:
    CRAWLED.labels(_kind)
for _end in ("well", "failed"):
    CRAWLS.labels(_end)
for _end in ("sent", "failed", "held"):
    DELIVERIES.labels(_end)


def crawl_ended(*, well: bool, seconds: float, counts: Mapping[str, int]) -> None:
    """Count a crawl and what it brought."""
    CRAWLS.labels("well" if well else "failed").inc()
    CRAWL_SECONDS.inc(max(seconds, 0.0))
    for kind in KINDS:
        CRAWLED.labels(kind).inc(max(counts.get(kind, 0), 0))


def delivered(*, sent: int, failed: int, held: int) -> None:
    for end, number in (("sent", sent), ("failed", failed), ("held", held)):
        DELIVERIES.labels(end).inc(number)


_planned_at: list[float] = []  # on a clock that nobody sets


def planned() -> None:
    """Note that the daemon in this process has just looked whether to crawl."""
    PLANNED.set_to_current_time()
    _planned_at[:] = [time.monotonic()]


def hanging() -> str | None:
    """Say so where the daemon of this process does nothing any more; None where it does, or none is in this process."""
    if not _planned_at or (late := time.monotonic() - _planned_at[0]) < LATE:
        return None
    return f"the daemon has planned nothing for {late:.0f} s: look into the log, and start it anew"
