"""Says what the crawl needs of the engine, and carries one round of it through Scrapy."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from crawler.archive.writer import Archive
from crawler.model import Feed, FeedState, Page, Pending, Poll, Visit
from crawler.polling import Bounds

if TYPE_CHECKING:
    from crawler.fetch.turnstile import Turnstile


class Outcome(Protocol):
    """What became of a page."""

    @property
    def problem(self) -> str | None:
        """Return why there is no article in it; None where there is one."""
        ...

    @property
    def error(self) -> Exception | None:
        """Return what went wrong on our side, or the store's; None where nothing did."""
        ...

    @property
    def spooled(self) -> bool:
        """Say whether it was only kept on disk: the store is unavailable."""
        ...


class Begun(Protocol):
    """A page that has been read, and not yet taken in."""

    @property
    def unit(self) -> Any:
        """Return the page."""
        ...


B = TypeVar("B", bound=Begun)
R_co = TypeVar("R_co", bound=Begun, covariant=True)


class Reader(Protocol[R_co]):
    """Reads feeds and pages, in bounds of time and memory."""

    async def feed(
        self, body: bytes, *, url: str, content_type: str | None, now: datetime, links: Sequence[str] = ()
    ) -> Feed:
        """Return the feed, as ``crawler.feed.parse_feed`` does. Raises NotAFeed or Unread."""
        ...

    async def page(self, page: Page) -> R_co:
        """Return the page as far as it can be read without a store, be that nothing. Raises Unread."""
        ...


class Desk(Protocol[B]):
    """Where the crawl takes its work from and hands its results to. Implemented by the engine."""

    def due(self, now: datetime) -> Sequence[FeedState]:
        """Return the feeds whose time has come, most overdue first."""
        ...

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep the feed's state and its new entries in one transaction; return the new ones to fetch."""
        ...

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return entries left over from earlier rounds; *now*: those whose time has come."""
        ...

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        """Return the known pages whose time has come to be looked at again, most overdue first."""
        ...

    def revisited(self, visit: Visit) -> None:
        """Keep what came of looking again where that brought no page to read."""
        ...

    def take_in(self, begun: Sequence[B], *, turn: Callable[[B], None]) -> Sequence[Outcome]:
        """Take pages in together and settle their entries; return what became of each, in their order.

        *turn* is told of each before it is its turn. A page without an article is a value, not an error, and one that
        fails takes no other with it.
        """
        ...

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        """Say that a page could not be had, whether and when to try again, and whether it was asked for at all."""
        ...


@dataclass(slots=True, kw_only=True)
class Round:
    """One round of the crawl: its work, and where the results go. Scrapy's components share it.

    ``progress`` is called with each thing that is begun, so that whoever watches this process knows
    what it died of. ``counts`` is what the round has done so far.
    """

    desk: Desk[Any]
    feeds: Sequence[FeedState]
    waiting: Sequence[Pending]
    revisits: Sequence[Pending] = ()  # asked for once all the rest is done
    bounds: Callable[[str], Bounds]
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    links: Callable[[str], Sequence[str]] = lambda url: ()  # that are articles, on a page that is asked like a feed
    reader: Reader[Any] | None = None  # None: there are neither feeds nor pages to read
    archive: Archive | None = None  # None: nothing is kept
    turnstile: Turnstile | None = None  # in a crew: all its workers take turns at a host
    more: Callable[[], AsyncIterator[FeedState | Pending]] | None = None  # work that comes up as the round goes on
    progress: Callable[[str, str], None] = lambda kind, name: None
    counts: Counter[str] = field(default_factory=Counter)
    stopping: bool = False

    @contextmanager
    def working(self, kind: str, name: str) -> Iterator[None]:
        """Say through ``progress`` what is worked on inside the block, and that it is over after it."""
        self.progress(kind, name)
        try:
            yield
        finally:
            self.progress("", "")

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Scrapy copies its settings for every crawler. There is one desk, however often it does.
        return self
