"""One worker of a crew at its desk: it leases feeds and pages, and gives each back once the store knows of it.

The store says what there is to do and keeps what came of it; the crew only says who does it. So nothing is lost with
what the crew knows, and what is done twice, because a worker was taken for dead too early, is done once in the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import structlog

from crawler.crew import Crew, Leased, Task
from crawler.errors import CrewUnavailable, StoreError
from crawler.model import FeedState, Pending, Poll, Visit
from crawler.store.rows import FEED_STATE, PENDING, micros

log = structlog.get_logger()

IN_HAND = 64  # tasks of one worker
PER_HOST = 20  # of them
_SPOOLED_SECONDS = 3_600.0  # that a page waits in a spool before others fetch it again
_AFTER_NEWS = 30 * 86_400 * 1_000_000  # microseconds: news does not wait so long
_FEED, _PAGE = "feed ", "page "


class Begun(Protocol):
    @property
    def unit(self) -> Any: ...


class Outcome(Protocol):
    @property
    def spooled(self) -> bool: ...


B = TypeVar("B", bound=Begun)


class Desk(Protocol[B]):
    """What stands behind: an engine, with a spool and an archive or without."""

    def record(self, poll: Poll) -> Sequence[Pending]: ...
    def take_in(self, begun: Sequence[B], *, turn: Callable[[B], None]) -> Sequence[Any]: ...
    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None: ...
    def revisited(self, visit: Visit) -> None: ...


def feed_task(state: FeedState) -> Task:
    """Return the asking of a feed as a task; the longer overdue, the earlier."""
    at = micros(state.next_at) if state.next_at is not None else 0
    return Task(key=f"{_FEED}{state.url}", host=host_of(state.url), at=at, body=FEED_STATE.dump(state))


def page_task(pending: Pending) -> Task:
    """Return the fetching of a page as a task; the longer it waits, the earlier. Known pages come after all news."""
    at = micros(pending.not_before or pending.first_seen_at) + (_AFTER_NEWS if pending.revisit else 0)
    return Task(key=f"{_PAGE}{pending.key}", host=host_of(pending.url), at=at, body=PENDING.dump(pending))


def of_task(task: Task) -> FeedState | Pending:
    """Return the feed or the page that *task* is about."""
    return (FEED_STATE if task.key.startswith(_FEED) else PENDING).load(task.body)


def host_of(url: str) -> str:
    """Return the host by which turns are taken: its ports are one."""
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


class CrewDesk(Generic[B]):
    """A desk whose work is leased from *crew* in the name of *holder*. Safe for the threads that lease and renew."""

    def __init__(self, desk: Desk[B], crew: Crew, *, holder: str, seconds: float) -> None:
        self._desk = desk
        self._crew = crew
        self._holder = holder
        self._seconds = seconds
        self._lock = threading.Lock()
        self._held: dict[str, Leased] = {}
        self._lost: set[str] = set()

    # what there is to do

    def due(self, now: datetime) -> Sequence[FeedState]:
        """Return nothing: feeds are leased as the crawl goes on."""
        return ()

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return nothing: pages are leased as the crawl goes on."""
        return ()

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        """Return nothing: pages are leased as the crawl goes on."""
        return ()

    def lease(self) -> Sequence[FeedState | Pending]:
        """Take on as much as there is room for. Raises CrewUnavailable."""
        room = IN_HAND - len(self._held)
        if room <= 0:
            return ()
        got = self._crew.lease(self._holder, most=room, per_host=PER_HOST, seconds=self._seconds)
        self._hold(got)
        return tuple(one for leased in got if (one := self._read(leased.task)) is not None)

    def _read(self, task: Task) -> FeedState | Pending | None:
        """Return what *task* is about; None for what is no task of ours, which is let go."""
        try:
            return of_task(task)
        except StoreError as error:
            log.error("task_unreadable", task=task.key[:200], problem=str(error))
            self._finish(task.key)
            return None

    def lease_of(self, task: FeedState | Pending) -> Leased | None:
        """Return the lease on what was taken on; None where it is over."""
        return self._held.get(_key(task))

    def keep(self) -> None:
        """Renew the leases; what is lost is another's from now on. Raises CrewUnavailable."""
        with self._lock:
            held = tuple(self._held.values())
        lost = self._crew.keep(held, seconds=self._seconds) if held else ()
        if lost:
            log.warning("leases_lost", tasks=len(lost))
            with self._lock:
                self._lost.update(lost)
                for key in lost:
                    self._held.pop(key, None)

    def give_back(self) -> None:
        """Let others do what is still in hand."""
        with self._lock:
            held, self._held = tuple(self._held.values()), {}
        self._done(held)

    # what comes of it

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep what a poll brought, unless another has that feed by now; return the new pages that are ours."""
        key = f"{_FEED}{poll.state.url}"
        if key in self._lost:
            self._lost.discard(key)
            log.warning("poll_dropped", feed=poll.state.url, reason="another worker has this feed now")
            return ()
        try:
            return self._claim(self._desk.record(poll))
        finally:
            # Also where it failed: the store has the feed as due still.
            self._finish(key)

    def take_in(self, begun: Sequence[B], *, turn: Callable[[B], None]) -> Sequence[Any]:
        """Take pages in. What is spooled stays ours for an hour: the store does not know of it yet."""
        keys = [f"{_PAGE}{one.unit.entry_key}" for one in begun]
        try:
            outcomes: Sequence[Outcome] = self._desk.take_in(begun, turn=turn)
            for key, outcome in zip(keys, outcomes, strict=True):
                if outcome.spooled:
                    self._park(key)
            return outcomes
        finally:
            # Also what failed: the store has it as missing still.
            self._finish(*keys)

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        self._desk.missed(key, reason, again=again, not_before=not_before, tried=tried)
        self._finish(f"{_PAGE}{key}")

    def revisited(self, visit: Visit) -> None:
        self._desk.revisited(visit)
        self._finish(f"{_PAGE}{visit.pending.key}")

    def _claim(self, new: Sequence[Pending]) -> Sequence[Pending]:
        """Lease those of the new pages that there is room for; the store has the others, for the planner to offer."""
        some = [page_task(pending) for pending in new[: max(0, 2 * IN_HAND - len(self._held))]]
        try:
            got = self._crew.claim(some, self._holder, seconds=self._seconds) if some else ()
        except CrewUnavailable as error:
            log.warning("crew_unavailable", problem=str(error))
            return ()
        self._hold(got)
        mine = {leased.task.key for leased in got}
        return tuple(pending for pending in new if _key(pending) in mine)

    def _hold(self, got: Sequence[Leased]) -> None:
        with self._lock:
            for leased in got:
                self._held[leased.task.key] = leased
                self._lost.discard(leased.task.key)

    def _finish(self, *keys: str) -> None:
        with self._lock:
            self._lost.difference_update(keys)
            some = [self._held.pop(key) for key in keys if key in self._held]
        self._done(some)

    def _done(self, some: Sequence[Leased]) -> None:
        if not some:
            return
        try:
            self._crew.done(some)
        except CrewUnavailable as error:
            # Their leases end by themselves; the store knows what became of them.
            log.warning("crew_unavailable", problem=str(error))

    def _park(self, key: str) -> None:
        """Keep a lease for long without renewing it."""
        with self._lock:
            leased = self._held.pop(key, None)
        if leased is not None:
            try:
                self._crew.keep([leased], seconds=_SPOOLED_SECONDS)
            except CrewUnavailable as error:
                log.warning("crew_unavailable", problem=str(error))


def _key(task: FeedState | Pending) -> str:
    return f"{_FEED}{task.url}" if isinstance(task, FeedState) else f"{_PAGE}{task.key}"
