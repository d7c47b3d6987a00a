"""Gives a worker of a crew its work as it goes on, and renews what it has in hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from crawler.crew import Crew
from crawler.crewing import CrewDesk
from crawler.errors import CrewUnavailable
from crawler.fetch.desk import Desk, Round
from crawler.fetch.settings import Manners
from crawler.fetch.turnstile import Turnstile
from crawler.model import FeedState, Pending

log = structlog.get_logger()

_IDLE = 0.5
_MARGIN = 10.0  # seconds over the timeout of a request, after which its worker is taken for dead


class Leasing:
    """The desk of one worker, its turnstile, and the thread that renews its leases."""

    def __init__(self, crew: Crew, desk: Desk[Any], *, holder: str, seconds: float, manners: Manners) -> None:
        self._crew = crew
        self._every = seconds / 3
        self._unreachable = False
        self.desk: CrewDesk[Any] = CrewDesk(desk, crew, holder=holder, seconds=seconds)
        self.turnstile = Turnstile(
            crew,
            most=manners.concurrency_per_host,
            seconds=manners.timeout_seconds + _MARGIN,
            lease_of=self.desk.lease_of,
        )

    @contextmanager
    def at_work(self, work: Round) -> Iterator[None]:
        """Let *work* lease its tasks inside the block; what is in hand at its end is given back."""
        work.turnstile = self.turnstile
        work.more = lambda: self._more(work)
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=[over], daemon=True, name="leases")
        thread.start()
        try:
            yield
        finally:
            over.set()
            self.desk.give_back()
            self._crew.close()

    async def _more(self, work: Round) -> AsyncIterator[FeedState | Pending]:
        """Yield what is leased, as there is room for it, until the crawl stops."""
        while not work.stopping:
            try:
                some = await asyncio.to_thread(self.desk.lease)
            except CrewUnavailable as error:
                self._note(error)
                some = ()
            else:
                self._note(None)
            for one in some:
                yield one
            if not some:
                await asyncio.sleep(_IDLE)

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(self._every):
            try:
                self.desk.keep()
            except CrewUnavailable as error:
                self._note(error)

    def _note(self, error: CrewUnavailable | None) -> None:
        """Say once that the crew cannot be reached, and once that it can again."""
        if error is not None and not self._unreachable:
            log.error("crew_unavailable", problem=str(error))
        elif error is None and self._unreachable:
            log.info("crew_is_back")
        self._unreachable = error is not None
