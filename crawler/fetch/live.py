"""Runs a trip: one round of the crawl, in this process, over what a live trace or a look at sources asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from crawler.fetch.desk import Begun, Outcome, Round
from crawler.fetch.limits import limit_memory
from crawler.fetch.round import run_round
from crawler.fetch.settings import Manners
from crawler.live import Ask, Limits
from crawler.model import FeedState, Page, Pending, Poll, Visit
from crawler.polling import Bounds

_ANY = timedelta(hours=1)


class Trip(Protocol):
    """Says what to ask for, and what next, as answers come."""

    @property
    def now(self) -> Callable[[], datetime]: ...
    @property
    def limits(self) -> Limits: ...

    def first(self) -> Sequence[Ask]:
        """Return what to ask for to begin with."""
        ...

    def got(self, ask: Ask, page: Page) -> Sequence[Ask]:
        """Take in what came for *ask*; return what to ask for next."""
        ...

    def missed(self, ask: Ask, problem: str) -> Sequence[Ask] | None:
        """Hear that *ask* could not be had; return what to ask for instead, if anything."""
        ...


class _NoDesk:
    """There are no feeds to poll and no entries to keep."""

    def due(self, now: datetime) -> Sequence[FeedState]:
        return ()

    def record(self, poll: Poll) -> Sequence[Pending]:
        return ()

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        return ()

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        return ()

    def revisited(self, visit: Visit) -> None:
        """Nothing is looked at again."""

    def take_in(self, begun: Sequence[Begun], *, turn: Callable[[Begun], None]) -> Sequence[Outcome]:
        return ()

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        """Nothing was pending."""


def explore(trip: Trip, manners: Manners) -> None:
    """Ask for what *trip* wants until it wants no more, or its time is over. Once in a process."""
    limit_memory()
    work = Round(
        desk=_NoDesk(),
        feeds=(),
        waiting=(),
        bounds=lambda source_id: Bounds(usual=_ANY, least=_ANY, most=_ANY),
        clock=trip.now,
        jitter=lambda: 0.0,
    )
    run_round(work, manners, spider="live", longest=trip.limits.seconds, more={"COPYTRAIL_TRIP": trip})
