"""A desk in memory, and rounds of the crawl over it in a process of their own."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.model import Entry, FeedState, Page, Pending, Poll, Visit
from crawler.polling import Bounds

HOUR = timedelta(hours=1)
BOUNDS = Bounds(usual=HOUR, least=timedelta(minutes=5), most=timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a page."""

    problem: str | None = None
    error: Exception | None = None
    spooled: bool = False


@dataclass(frozen=True, slots=True)
class InHand:
    """A page that was read."""

    unit: Page


@dataclass(slots=True)
class ListDesk:
    """Keeps what the crawl brings in lists."""

    feeds: list[FeedState] = field(default_factory=list)
    left: list[Pending] = field(default_factory=list)
    again: list[Pending] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of pages that list articles
    polls: list[Poll] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)  # how many pages came together
    misses: dict[str, tuple[str, bool]] = field(default_factory=dict)
    pauses: dict[str, tuple[datetime | None, bool]] = field(default_factory=dict)  # of the same

    def due(self, now: datetime) -> Sequence[FeedState]:
        return [state for state in self.feeds if state.next_at is None or state.next_at <= now]

    def record(self, poll: Poll) -> Sequence[Pending]:
        self.polls.append(poll)
        known = {pending.key for pending in self.left}
        new = [
            a_pending(entry.url, entry=entry, seeding=not poll.state.seeded)
            for entry in (poll.feed.entries if poll.feed else ())
            if entry.url is not None and entry.url not in known
        ]
        self.left += new
        return new

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        return [p for p in self.left if now is None or p.not_before is None or p.not_before <= now][:limit]

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        return [p for p in self.again if p.not_before is None or p.not_before <= now][:limit]

    def revisited(self, visit: Visit) -> None:
        self.visits.append(visit)

    def take_in(self, begun: Sequence[InHand], *, turn: Callable[[InHand], None]) -> list[Read]:
        self.blocks.append(len(begun))
        return [self._one(one, turn) for one in begun]

    def _one(self, one: InHand, turn: Callable[[InHand], None]) -> Read:
        turn(one)
        page = one.unit
        if b"explode" in page.body:
            return Read(error=RuntimeError("a bug of ours"))
        self.pages.append(page)
        self.left = [pending for pending in self.left if pending.key != page.entry_key]
        return Read(None if b"<p>" in page.body else "no article")

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        self.misses[key] = (reason, again)
        self.pauses[key] = (not_before, tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestManners:
    """Settings as a user would write them for a site on loopback."""

    __test__ = False

    user_agent: str | None = None
    contact: str | None = "https://example.org/contact"
    delay_seconds: float = 0.0
    concurrency_per_host: int = 1
    timeout_seconds: float = 3.0
    max_page_bytes: int = 2**20
    max_feed_bytes: int = 2**20
    obey_robots: bool = True
    hosts: dict[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()


def a_feed_state(url: str, **changes: Any) -> FeedState:
    return replace(FeedState(url=url, source_id="a-source"), **changes)


def a_pending(url: str, **changes: Any) -> Pending:
    entry = changes.pop("entry", Entry(url=url))
    made = Pending(key=url, url=url, source_id="a-source", entry=entry, first_seen_at=datetime.now(UTC))
    return replace(made, **changes)


@dataclass(frozen=True, slots=True)
class Done:
    desk: ListDesk
    counts: dict[str, int]
    dialled: list[tuple[str, int]]
    log: str


def a_round(
    *feeds: FeedState,
    port: int,
    waiting: Sequence[Pending] = (),
    again: Sequence[Pending] = (),
    links: dict[str, tuple[str, ...]] | None = None,
    hosts: Sequence[str] = ("site.example", "other.example"),
    longest: float = 60.0,
    resolve: dict[str, str] | None = None,
    **manners: Any,
) -> Done:
    """Run one round in a process of its own and return what its desk holds afterwards."""
    kept = TestManners(
        hosts={**dict.fromkeys(hosts, "127.0.0.1"), **(resolve or {})}, allow=(f"127.0.0.1:{port}",), **manners
    )
    given = pickle.dumps(
        (ListDesk(feeds=list(feeds), left=list(waiting), again=list(again), links=links or {}), kept, longest)
    )
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fetch.child"], input=given, capture_output=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    desk, counts, dialled = pickle.loads(ran.stdout)
    return Done(desk, counts, dialled, ran.stderr.decode())


def events(log: str, name: str) -> list[dict[str, Any]]:
    """Return the events of that name in a log of JSON lines."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == name]
