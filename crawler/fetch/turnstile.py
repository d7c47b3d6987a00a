"""Lets a request onto the wire when it is its host's turn, whichever worker of the crew asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from scrapy import Request
from scrapy.http import Response

from crawler.crew import Crew, Leased, Turn
from crawler.crewing import host_of
from crawler.errors import CrewUnavailable
from crawler.fetch.resting import HostResting, RoundStopped
from crawler.hints import retry_after
from crawler.model import FeedState, Pending

log = structlog.get_logger()

_LOOK = 0.05  # seconds, while another's request to the host is under way
_LONGEST_LOOK = 1.0
_TOO_LONG = 120.0  # a host that is closed for longer is not waited for
_REST = 300.0
_AGAIN = 1.0


class Turnstile:
    """Stands before the wire of one worker. Waits where the crew cannot be reached: no turn, no request."""

    def __init__(
        self, crew: Crew, *, most: int, seconds: float, lease_of: Callable[[FeedState | Pending], Leased | None]
    ) -> None:
        self._crew = crew
        self._most = most
        self._seconds = seconds
        self._lease_of = lease_of

    async def passed(
        self,
        request: Request,
        pace: Callable[[], float],
        stopping: Callable[[], bool],
        download: Callable[[], Awaitable[Response]],
    ) -> Response:
        """Return what *download* does, done when it is the host's turn.

        Raises RoundStopped where the crawl stops first or another worker has the task by now, and HostResting where
        the host is to be left alone for long.
        """
        host = host_of(request.url)
        token = await self._token(host, request, pace, stopping)
        try:
            response = await download()
            if response.status in (429, 503):
                await self._rest(host, response)
            return response
        finally:
            # Where it fails the token ends by itself.
            with suppress(CrewUnavailable):
                await asyncio.to_thread(self._crew.leave, host, token, pace=pace())

    def slow_down(self, host: str, pace: float) -> None:
        """Tell all workers of a Crawl-delay."""

        def tell() -> None:
            with suppress(CrewUnavailable):
                self._crew.slow_down(host, pace)

        asyncio.get_running_loop().run_in_executor(None, tell)

    async def _token(self, host: str, request: Request, pace: Callable[[], float], stopping: Callable[[], bool]) -> int:
        look = _LOOK
        while True:
            if stopping():
                raise RoundStopped("the round is stopping")
            turn = await self._turn(host, request, pace())
            if turn is None:
                await asyncio.sleep(_AGAIN)
                continue
            if turn.token is not None:
                return turn.token
            if turn.lost:
                raise RoundStopped("another worker has this by now")
            if turn.seconds > _TOO_LONG:
                raise HostResting(f"{host} is to be left alone for {turn.seconds:.0f} s")
            await asyncio.sleep(min(turn.seconds or look, _LONGEST_LOOK))
            look = min(look * 1.5, _LONGEST_LOOK)

    async def _turn(self, host: str, request: Request, pace: float) -> Turn | None:
        """Ask once; None where the crew cannot be reached."""
        about = _leased(request)
        lease = self._lease_of(about) if about is not None else None
        if about is not None and lease is None:
            return Turn(lost=True)
        try:
            return await asyncio.to_thread(
                self._crew.enter, host, pace=pace, most=self._most, seconds=self._seconds, lease=lease
            )
        except CrewUnavailable as error:
            log.debug("no_turn", host=host, problem=str(error))  # said once by who leases
            return None

    async def _rest(self, host: str, response: Response) -> None:
        said = (response.headers.get(b"Retry-After") or b"")[:64].decode("latin-1")
        asked = retry_after(said or None, datetime.now(UTC))
        with suppress(CrewUnavailable):
            await asyncio.to_thread(self._crew.rest, host, asked.total_seconds() if asked else _REST)


def _leased(request: Request) -> FeedState | Pending | None:
    """Return what *request* was leased for; None for robots.txt and the parts of a sitemap, which nobody leases."""
    given = request.cb_kwargs
    about = given.get("pending") or (given.get("state") if "asked" in given else None)
    return about if isinstance(about, FeedState | Pending) else None
