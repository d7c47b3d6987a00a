"""Decides when a feed is asked again, and what it is asked with.

The wait follows the square root of the feed's rhythm: with so many polls to spend on many feeds, the sum of all delays
is smallest when each is asked as often as the root of how often it brings something new (Sia, Cho and Cho, Efficient
Monitoring Algorithm for Fast News Alerts, IEEE TKDE 19(7), 2007). What is new is told from what the feed showed before,
not from its dates, of which many are wrong.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import sqrt
from typing import Literal, NamedTuple

from crawler import diary
from crawler.gaps import failed, seen_again
from crawler.hints import retry_after
from crawler.model import Diary, Entry, FeedState, Rhythm
from crawler.urls import article_id

Trouble = Literal["hard", "soft", "dns", "gone"]

_DAY = 86_400
_CLOCKS_DIFFER = timedelta(minutes=5)  # between machines that share a store
_VALIDATOR_LIMIT = 1_024
_SEEN = 500  # entries of a feed that are remembered from poll to poll
_MARK = 6  # characters; 36 bits: among 500 entries two share a mark once in 500,000 polls
_USUAL_GAP = timedelta(hours=1)  # a feed that brings something new so often is asked at the usual interval
_HALF_LIFE = timedelta(days=1)  # of what is known of a feed's rhythm
_LOOK_BACK = timedelta(days=14)  # in the dates of a feed that is new to us
_GRACE = timedelta(hours=1)  # between the date of an entry and its first appearance in the feed
_LIES = 2  # as often "not modified" has to be wrong until it is not asked for any more

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


class Shown(NamedTuple):
    """An entry as a feed showed it: a mark that stays the same from poll to poll, and its date."""

    mark: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a feed is asked for: the address, and the validators if it is asked "only if changed"."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def in_full(self) -> bool:
        return self.etag is None and self.last_modified is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a feed once.

    ``trouble`` is None for a feed that was read and for "304 not modified". ``complete`` says that
    the bytes were whole and could be read without a problem; ``in_full`` that it was not asked "only if changed".
    ``ttl`` and ``cached`` are how long the feed and the headers ask to wait; ``moved_to`` is where permanent
    redirects led.
    """

    status: int | None
    trouble: Trouble | None = None
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    ttl: timedelta | None = None
    cached: timedelta | None = None
    complete: bool = True
    in_full: bool = False
    moved_to: str | None = None
    shown: Sequence[Shown] = ()


def question(state: FeedState, now: datetime) -> Question:
    """Return what to ask the feed for.

    Once a day it is asked in full and at its own address: servers are known whose validators stand still while the
    content moves on, and redirects that are taken back. The day's border differs between feeds, so that not all are
    read in full at once. In between it is asked where it has moved to, and "only if changed", unless that was answered
    wrongly.
    """
    shift = zlib.crc32(state.url.encode("utf-8", "replace")) % _DAY
    if state.polled_at is None or _day(now, shift) != _day(state.polled_at, shift):
        return Question(url=state.url)
    url = state.moved_to or state.url
    if state.lies >= _LIES:
        return Question(url=url)
    return Question(url=url, etag=state.etag, last_modified=state.last_modified)


def shown(entries: Iterable[Entry]) -> list[Shown]:
    """Return the first 500 entries as they are remembered: by address, else by id or title."""
    found: dict[str, Shown] = {}
    for entry in entries:
        name = entry.url or entry.id or entry.title or ""
        digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=6).digest()
        dated = entry.published or entry.updated
        mark = urlsafe_b64encode(digest)[:_MARK].decode()
        found.setdefault(mark, Shown(mark, None if dated is None else dated.at))
        if len(found) == _SEEN:
            break
    return list(found.values())


def after(state: FeedState, answer: Answer, *, now: datetime, bounds: Bounds, jitter: float = 0.0) -> FeedState:
    """Return the feed's state after *answer*, with the time of its next poll.

    *jitter* in -0.1 to 0.1 moves that time by as large a share of the wait, so that feeds which
    once were due together do not stay so. A site's Retry-After is never undercut.
    """
    if answer.trouble is None and answer.status == 304 and answer.in_full:
        answer = replace(answer, trouble="soft", problem='answers "304 not modified" without being asked what changed')
    if answer.trouble is not None:
        return _after_trouble(state, answer, answer.trouble, now=now, bounds=bounds, jitter=jitter)
    fresh = _fresh(state, answer)
    rhythm = _rhythm(state, answer, fresh, now)
    wait = _interval(state, answer, len(fresh), rhythm, bounds) * (1 + jitter)
    read = replace(
        state,
        polled_at=now,
        succeeded_at=now,
        next_at=now + max(bounds.clamp(wait), retry_after(answer.retry_after, now) or timedelta()),
        failures=0,
        status=answer.status,
        problem=answer.problem,
        rhythm=rhythm,
        diary=_diary(state, answer, len(fresh), now),
        gap=seen_again(state, now, overlaps=_overlaps(state, answer, fresh), oldest=_oldest(answer)),
    )
    if answer.status == 304:
        return read
    return replace(
        read,
        # Of bytes that were cut short or half understood no validator is kept: the server would
        # answer 304 to it and the rest would never be seen.
        etag=_validator(answer.etag) if answer.complete else None,
        last_modified=_validator(answer.last_modified) if answer.complete else None,
        moved_to=answer.moved_to,
        read_at=now,
        seen="".join(one.mark for one in answer.shown[:_SEEN]),
        lies=_lies(state, answer, fresh),
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
    unreadable = answer.status in {200, 304}
    return replace(
        state,
        polled_at=now,
        next_at=now + max(wait, asked or timedelta()),
        failures=failures,
        status=answer.status,
        problem=answer.problem,
        etag=None if unreadable else state.etag,
        last_modified=None if unreadable else state.last_modified,
        moved_to=None,  # its own address may be right again
        gap=failed(state, failures, answer.problem, now),
    )


# --- how often


def _fresh(state: FeedState, answer: Answer) -> list[Shown]:
    """Return what the feed has not shown at the last poll."""
    if answer.status == 304:
        return []
    known = {state.seen[at : at + _MARK] for at in range(0, len(state.seen), _MARK)}
    return [one for one in answer.shown if one.mark not in known]


def _rhythm(state: FeedState, answer: Answer, fresh: Sequence[Shown], now: datetime) -> Rhythm | None:
    """Return how much news there was in how long, what is a day old counting half."""
    if state.succeeded_at is None or state.read_at is None:
        return _first_rhythm(answer.shown, now)
    elapsed = (now - state.succeeded_at).total_seconds()
    if elapsed < 0:  # our clock was set back
        return state.rhythm
    before = state.rhythm or Rhythm()
    fade = 0.5 ** (elapsed / _HALF_LIFE.total_seconds())
    return Rhythm(
        news=before.news * fade + len(fresh),
        seconds=before.seconds * fade + elapsed,
        silent=0.0 if fresh else before.silent + elapsed,
    )


def _first_rhythm(entries: Sequence[Shown], now: datetime) -> Rhythm | None:
    """Return the rhythm that the dates of a feed show at first sight; None where they show none."""
    dates = [one.at for one in entries if one.at is not None and now - _LOOK_BACK < one.at <= now]
    if not dates:
        return None
    span = max(now - min(dates), timedelta(minutes=1))
    share = min(1.0, _HALF_LIFE / span)
    silent = (now - max(dates)).total_seconds()
    return Rhythm(news=len(dates) * share, seconds=span.total_seconds() * share, silent=silent)


def _interval(state: FeedState, answer: Answer, fresh: int, rhythm: Rhythm | None, bounds: Bounds) -> timedelta:
    """Return the wait for a feed that answers: the more often it brings something new, the shorter."""
    usual = _USUAL_GAP.total_seconds()
    # As if, besides what is known, one entry had come in its usual time.
    gap = max((rhythm.seconds + usual) / (rhythm.news + 1), rhythm.silent / 2) if rhythm else usual
    wait = bounds.usual * sqrt(gap / usual)
    if state.seen and fresh >= max(3, len(answer.shown)) and state.polled_at and state.next_at:
        # All of it is new: some may have passed by unseen.
        wait = min(wait, (state.next_at - state.polled_at) / 2)
    for asked in (answer.ttl, answer.cached):
        if asked is not None:
            wait = max(wait, asked)
    return bounds.clamp(wait)


# --- what was seen of it, and what was not


def _diary(state: FeedState, answer: Answer, fresh: int, now: datetime) -> Diary:
    if state.diary is None or state.read_at is None:
        return diary.begun([one.at for one in answer.shown if one.at is not None], now)
    return diary.written(state.diary, now, fresh)


def _overlaps(state: FeedState, answer: Answer, fresh: Sequence[Shown]) -> bool:
    """Say whether the feed still shows what it showed the last time, so that nothing in between has passed by."""
    return answer.status == 304 or not state.seen or not answer.shown or len(fresh) < len(answer.shown)


def _oldest(answer: Answer) -> datetime | None:
    """Return the date of the oldest entry shown; None where one has none."""
    dates = [one.at for one in answer.shown if one.at is not None]
    return min(dates) if dates and len(dates) == len(answer.shown) else None


# --- servers that lie


def _lies(state: FeedState, answer: Answer, fresh: Sequence[Shown]) -> int:
    """Return how often in a row "not modified" was wrong, as what was asked for in full afterwards shows."""
    if not (answer.in_full and state.status == 304 and state.read_at and state.polled_at) or state.lies >= _LIES:
        return state.lies
    until = state.polled_at - _GRACE
    return state.lies + 1 if any(one.at and state.read_at < one.at < until for one in fresh) else 0


def _day(at: datetime, shift: int) -> int:
    return int(at.timestamp() + shift) // _DAY


def _validator(value: str | None) -> str | None:
    """Return *value* as it came, byte for byte; None where it is empty or absurdly long."""
    return value if value and len(value) <= _VALIDATOR_LIMIT else None


# --- one feed under several addresses


def is_due(state: FeedState, now: datetime) -> bool:
    """Say whether a feed's time has come.

    One that was asked in the future was asked by a clock that was wrong then and is not now: its next time means
    nothing.
    """
    if state.next_at is None or state.next_at <= now:
        return True
    return state.polled_at is not None and state.polled_at > now + _CLOCKS_DIFFER


def distinct(states: Iterable[FeedState]) -> list[FeedState]:
    """Return *states* without those of the same source and the same feed: by scheme, "www." or where it has moved to.

    Of several that is left which fails least, then the first.
    """
    kept: dict[tuple[str, str], FeedState] = {}
    for state in states:
        key = (state.source_id, same_feed(state))
        if key not in kept or state.failures < kept[key].failures:
            kept[key] = state
    return list(kept.values())


def same_feed(state: FeedState) -> str:
    """Return what two states have in common if they are of one feed."""
    return _identity(state.moved_to or state.url)


@lru_cache(2**16)
def _identity(url: str) -> str:
    return article_id(url)  # of all feeds, every few seconds
