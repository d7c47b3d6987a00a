"""Leads a crew: offers its workers what is due, and does what one process at a time has to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from crawler.crew import Crew
from crawler.crewing import feed_task, page_task
from crawler.errors import CrewUnavailable, StoreUnavailable
from crawler.model import FeedState, Pending
from crawler.turns import fairly

log = structlog.get_logger()

OFFICE = "planner"
MOST = 2_000  # tasks that wait at once
PER_HOST = 60  # feeds, and pages, of one host in one offer


class Desk(Protocol):
    """What the planner asks: an engine."""

    @property
    def store(self) -> Any: ...
    def due(self, now: datetime) -> Sequence[FeedState]: ...
    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]: ...
    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]: ...


class Planner:
    """One of several that may be there: it works as long as it leads, and stands by otherwise."""

    def __init__(self, desk: Desk, crew: Crew, *, holder: str, seconds: float) -> None:
        self._desk = desk
        self._crew = crew
        self._holder = holder
        self._seconds = seconds
        self._number: int | None = None
        self._reachable = True

    def lead(self) -> None:
        """Stay the leader, or become it where there is none."""
        try:
            number = self._crew.lead(OFFICE, self._holder, self._seconds)
        except CrewUnavailable as error:
            if self._reachable:
                log.error("crew_unavailable", problem=str(error))
            self._reachable, number = False, None
        else:
            self._reachable = True
        if number != self._number:
            log.info("leading" if number is not None else "standing_by", number=number)
        self._number = number

    def resign(self) -> None:
        """Make room at once, instead of when the lease is over."""
        number, self._number = self._number, None
        if number is not None:
            try:
                self._crew.resign(OFFICE, number)
            except CrewUnavailable as error:
                log.debug("crew_unavailable", problem=str(error))

    def if_leading(self, tick: Callable[[], None]) -> Callable[[], None]:
        """Return *tick* as one that is done by the leader only. A leader that loses the office in it may finish it."""

        def led() -> None:
            if self._number is not None:
                tick()

        return led

    def offer(self) -> None:
        """Offer feeds that are due, pages that are missing and pages to look at again, as many as may wait."""
        try:
            # What is done after this moment, the answers of the store below may not show.
            seen, counts = self._crew.moment(), self._crew.counts()
            room = MOST - counts.waiting
            if room <= 0:
                return
            now = datetime.now(UTC)
            self._desk.store.refresh()
            known = counts.waiting + counts.leased
            feeds = fairly(self._desk.due(now), lambda state: state.url, most=room + known, per_host=PER_HOST)
            pages = self._desk.waiting(room + known, now=now)
            pages = fairly(pages, lambda pending: pending.url, most=room + known, per_host=PER_HOST)
            again = self._desk.revisits(room + known, now=now)
            again = fairly(again, lambda pending: pending.url, most=room + known, per_host=PER_HOST)
            tasks = [*map(feed_task, feeds), *map(page_task, (*pages, *again))]
            new = self._crew.offer(tasks, seen=seen) if tasks else 0
        except (CrewUnavailable, StoreUnavailable) as error:
            log.debug("not_offered", problem=str(error))
            return
        if new:
            log.info("offered", tasks=new, waiting=counts.waiting, leased=counts.leased)
