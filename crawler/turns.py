"""Decides whose turn it is: when a missed page is tried again, and how much of one host a round takes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from crawler.hints import retry_after
from crawler.model import Pending

T = TypeVar("T")

_FIRST_PAUSE = timedelta(minutes=5)
_UNASKED_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(hours=24)
_TRIES = 12  # with pauses that double up to a day: over almost four days, a long weekend
DEADLY = 3  # a page that has killed as often what reads it, or the crawl, is not fetched again
_LONGEST_PENDING = timedelta(days=14)


def next_try(
    pending: Pending, *, now: datetime, asked: bool = True, wait: str | None = None, jitter: float = 0.0
) -> datetime | None:
    """Return when the page of *pending*, missed just now, is tried again; None: it is given up.

    A page that was *asked* for pauses 5, 10, 20 … minutes up to a day, and is given up after the twelfth try. One that
    was not, because its site was left alone, pauses a quarter of its age: an outage uses up no tries. Both are given up
    14 days after they were first seen. *wait* is the site's Retry-After, which is never undercut; *jitter* in -0.1 to
    0.1 moves the time by as large a share of the pause, so that what failed together does not come back together.
    """
    age = now - pending.first_seen_at
    if age > _LONGEST_PENDING or (asked and pending.tries + 1 >= _TRIES):
        return None
    pause = _FIRST_PAUSE * (1 << min(pending.tries, 12)) if asked else max(_UNASKED_PAUSE, age / 4)
    return now + max(min(pause, _LONGEST_PAUSE) * (1 + jitter), retry_after(wait, now) or timedelta())


def fairly(things: Sequence[T], url: Callable[[T], str], *, most: int, per_host: int) -> list[T]:
    """Return at most *most* of *things*, at most *per_host* of one host, the hosts in turn.

    Within a host their order stays. So a host with thousands of feeds, or a backfill, holds up nobody else.
    """
    hosts: dict[str, deque[T]] = {}
    for thing in things:
        line = hosts.setdefault(_host(url(thing)), deque())
        if len(line) < per_host:
            line.append(thing)
    return [thing for thing, _ in zip(_in_turn(list(hosts.values())), range(most), strict=False)]


def _in_turn(lines: list[deque[T]]) -> Iterator[T]:
    while lines:
        for line in lines:
            yield line.popleft()
        lines = [line for line in lines if line]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
