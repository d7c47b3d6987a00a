"""Decides when a feed is asked again, what it is asked with, and when a missed page is tried again."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from crawler.model import FeedState, Pending

Trouble = Literal["hard", "soft", "dns", "gone"]

_LONGEST_WAIT = timedelta(hours=24)  # what a site may ask for with Retry-After; 88 h has been seen
_FIRST_TRY_AGAIN = timedelta(minutes=5)
_TRIES = 10
_DAY = 86_400
_VALIDATOR_LIMIT = 1_024

# A soft trouble (time-out, 5xx) mostly heals by itself, a hard one (404, not a feed) rarely: it is
# asked less often, but never given up. Feeds come back from the dead.
_WEIGHT: dict[Trouble, float] = {"hard": 1.0, "soft": 0.5, "dns": 0.25, "gone": 1.0}
_CEILING: dict[Trouble, timedelta] = {
    "hard": timedelta(days=7),
    "soft": timedelta(hours=24),
    "dns": timedelta(hours=24),
    "gone": timedelta(days=7),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How often a feed may be asked: as a rule, at most and at least that often."""

    usual: timedelta
    least: timedelta
    most: timedelta

    def clamp(self, interval: timedelta) -> timedelta:
        return min(max(interval, self.least), self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a feed once.

    ``trouble`` is None for a feed that was read and for "304 not modified". ``complete`` says that
    the bytes were whole and could be read without a problem. ``entries`` and ``fresh`` count what
    the feed holds and what of it is younger than the last poll (None: its entries bear no dates).
    """

    status: int | None
    trouble: Trouble | None = None
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    ttl: timedelta | None = None
    complete: bool = True
    entries: int = 0
    fresh: int | None = None


def after(state: FeedState, answer: Answer, *, now: datetime, bounds: Bounds, jitter: float = 0.0) -> FeedState:
    """Return the feed's state after *answer*, with the time of its next poll.

    *jitter* in -0.1 to 0.1 moves that time by as large a share of the wait, so that feeds which
    once were due together do not stay so. A site's Retry-After is never undercut.
    """
    if answer.trouble is not None:
        return _after_trouble(state, answer, answer.trouble, now=now, bounds=bounds, jitter=jitter)
    wait = _interval(state, answer, bounds) * (1 + jitter)
    read = replace(
        state,
        polled_at=now,
        succeeded_at=now,
        next_at=now + max(bounds.clamp(wait), retry_after(answer.retry_after, now) or timedelta()),
        failures=0,
        status=answer.status,
        problem=answer.problem,
    )
    if answer.status == 304:
        return read
    return replace(
        read,
        # Of bytes that were cut short or half understood no validator is kept: the server would
        # answer 304 to it and the rest would never be seen.
        etag=_validator(answer.etag) if answer.complete else None,
        last_modified=_validator(answer.last_modified) if answer.complete else None,
    )


def _after_trouble(
    state: FeedState, answer: Answer, trouble: Trouble, *, now: datetime, bounds: Bounds, jitter: float
) -> FeedState:
    failures = state.failures + 1
    wait = bounds.usual * (_WEIGHT[trouble] * (1 << min(failures - 1, 20)))
    if trouble == "gone":
        wait = _CEILING["gone"]
    wait = max(min(wait, _CEILING[trouble]), bounds.least) * (1 + jitter)
    asked = retry_after(answer.retry_after, now)
    unreadable = answer.status == 200
    return replace(
        state,
        polled_at=now,
        next_at=now + max(wait, asked or timedelta()),
        failures=failures,
        status=answer.status,
        problem=answer.problem,
        etag=None if unreadable else state.etag,
        last_modified=None if unreadable else state.last_modified,
    )


def _interval(state: FeedState, answer: Answer, bounds: Bounds) -> timedelta:
    """Return the wait for a feed that answers: shorter while it brings news, longer while it does not."""
    last = bounds.usual
    if state.failures == 0 and state.next_at and state.polled_at and state.next_at > state.polled_at:
        last = bounds.clamp(state.next_at - state.polled_at)
    if state.polled_at is None:
        wait = bounds.usual
    elif answer.status == 304 or answer.fresh == 0:
        wait = last * 1.25
    elif answer.fresh is None or answer.entries == 0:
        wait = bounds.usual
    elif answer.fresh >= answer.entries:
        wait = last * 0.5  # all of it is new: some may have passed by unseen
    elif answer.fresh * 3 >= answer.entries:
        wait = last * 0.8
    else:
        wait = last
    if answer.ttl is not None:
        wait = max(wait, answer.ttl)
    return bounds.clamp(wait)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return how long a Retry-After header asks to wait (seconds or a date), at most 24 h; None if it is no such."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        return min(max(at - now, timedelta()), _LONGEST_WAIT)
    except OverflowError:
        return None


def conditional(state: FeedState, now: datetime) -> bool:
    """Say whether the feed may be asked "only if changed".

    Once a day it is asked in full: servers are known whose validators stand still while the content
    moves on. The day's border differs between feeds, so that not all are read in full at once.
    """
    if state.polled_at is None or not (state.etag or state.last_modified):
        return False
    shift = zlib.crc32(state.url.encode("utf-8", "replace")) % _DAY
    return _day(now, shift) == _day(state.polled_at, shift)


def ready(pending: Pending, now: datetime) -> bool:
    """Say whether a page is to be fetched now: at once the first time, then 5, 15, 35 … minutes after it was seen."""
    if pending.tries <= 0:
        return True
    waited: timedelta = _FIRST_TRY_AGAIN * ((1 << min(pending.tries, 12)) - 1)
    return now >= pending.first_seen_at + min(waited, timedelta(days=7))


def worth_another_try(pending: Pending) -> bool:
    """Say whether a page that keeps failing may be tried again: ten times, over some three days."""
    return pending.tries < _TRIES


def _day(at: datetime, shift: int) -> int:
    return int(at.timestamp() + shift) // _DAY


def _validator(value: str | None) -> str | None:
    """Return *value* as it came, byte for byte; None where it is empty or absurdly long."""
    return value if value and len(value) <= _VALIDATOR_LIMIT else None
