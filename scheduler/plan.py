"""Decides when something is done: which ticks there are, whether to crawl now, how long to wait after a crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.model import FeedState, Pending

LATE = timedelta(minutes=2)  # pages to be looked at again wait so long for a crawl that others need, too
_CALM = timedelta(seconds=5)
_LONGEST_CALM = timedelta(minutes=10)
_BETWEEN_TRIES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """How often the daemon looks whether there is something to do."""

    plan: timedelta = timedelta(seconds=5)
    deliver: timedelta = timedelta(seconds=10)
    settle: timedelta = timedelta(seconds=60)
    look_after: timedelta = timedelta(minutes=5)
    replay: timedelta = timedelta(seconds=5)
    renew: timedelta = timedelta(seconds=5)
    clean_up: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawls:
    """What is known of the crawls so far: whether one runs, how many failed in a row, when the last ended.

    ``tried_again_at`` is when the last one began that was to try failed pages again.
    """

    running: bool = False
    failures: int = 0
    ended_at: datetime | None = None
    tried_again_at: datetime | None = None


def crawl_now(feeds: Sequence[FeedState], waiting: Sequence[Pending], crawls: Crawls, now: datetime) -> bool:
    """Say whether to start a crawl: there is work, none runs, and the last failure is long enough ago.

    *waiting* are pages whose time has come.
    """
    if not may_crawl(crawls, now):
        return False
    again = try_again(crawls, now)
    return bool(feeds) or any(pending.tries == 0 or again for pending in waiting)


def may_crawl(crawls: Crawls, now: datetime) -> bool:
    """Say whether no crawl runs, and the last failure is long enough ago."""
    return not crawls.running and (crawls.ended_at is None or now >= crawls.ended_at + calm(crawls.failures))


def try_again(crawls: Crawls, now: datetime) -> bool:
    """Say whether the next crawl tries failed pages again.

    Not each one does: crawls may follow one another in seconds, and old failures are ready in all of them.
    """
    return crawls.tried_again_at is None or now >= crawls.tried_again_at + _BETWEEN_TRIES


def calm(failures: int) -> timedelta:
    """Return how long to wait after that many failed crawls in a row: nothing, then 5 s, doubling up to 10 min."""
    return min(_CALM * (1 << min(failures - 1, 10)), _LONGEST_CALM) if failures > 0 else timedelta()
