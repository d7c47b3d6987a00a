"""Keeps a diary of each feed, hour by hour, and tells from it whether its silence is longer than is its way.

A silence is measured by how many hours with something new it has swallowed, as the same hours of the day and days of
the week had them before: nights and weekends without news count nothing where they always were so. News comes in
bursts, so hours with news are counted, not entries.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log1p

from crawler.model import Diary

HOURS = 4 * 7 * 24  # kept
LEARNT = 8 * 24  # hours looked at until a rhythm is known: a week with its weekend
_UNSEEN, _NOTHING = ".", "0"
_FEW = 4  # hours with news in four weeks: so little says nothing of days and hours
_SURPRISE = 8.0  # by chance alone such a silence comes once in 3,000 times (e^-8)
_LONGER = 1.5  # times as much as any silence before
_LEAST = 6  # hours: shorter ones are nobody's trouble
_LONG_AGO = HOURS  # hours of silence of a feed that never had much


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long a feed has had nothing new. ``expected`` is how many hours with news there should have been meanwhile.

    ``most`` is the most that an earlier silence of the last four weeks has swallowed of them; ``longest`` is the
    longest silence that was ever seen, in hours; ``heard`` how many hours before had news, ``rate`` how many of a day.
    """

    hours: int
    expected: float
    most: float
    longest: int
    heard: int
    rate: float
    since: datetime  # the beginning of the hour after the last news


def hour_of(at: datetime) -> int:
    """Return *at* in whole hours since 1970."""
    return int(at.timestamp()) // 3600


def begun(dates: Sequence[datetime], now: datetime) -> Diary:
    """Return the diary of a feed that is seen for the first time, as the *dates* of its entries tell it."""
    last = hour_of(now)
    heard = sorted({hour_of(at) for at in dates if last - HOURS < hour_of(at) <= last})
    if not heard:
        return Diary(hour=last, hours=_NOTHING)
    hours = [_NOTHING] * (last - heard[0] + 1)
    for hour in (hour_of(at) for at in dates):
        if heard[0] <= hour <= last:
            hours[hour - heard[0]] = _one_more(hours[hour - heard[0]])
    longest = max((b - a for a, b in itertools.pairwise(heard)), default=0)
    return Diary(hour=last, hours="".join(hours), longest=longest)


def written(diary: Diary, now: datetime, news: int, *, seen: bool = True) -> Diary:
    """Return *diary* after a look at *now* that showed so many new entries.

    Not *seen*: the hours before this look were missed. An hour that is over is not changed any more, so a clock that
    was set back writes nothing.
    """
    last = hour_of(now)
    ahead = last - diary.hour
    if ahead < 0:
        return diary
    between = (_NOTHING if seen else _UNSEEN) * min(max(ahead - 1, 0), HOURS)
    hours = diary.hours if ahead == 0 else f"{diary.hours}{between}{_NOTHING}"
    longest = diary.longest
    if news:
        longest = max(longest, _silent(f"{diary.hours}{between}"))
        mark = hours[-1]
        for _ in range(min(news, 9)):
            mark = _one_more(mark)
        hours = hours[:-1] + mark
    return Diary(hour=last, hours=hours[-HOURS:], longest=longest)


def silence(diary: Diary) -> Silence | None:
    """Return how long nothing new has come, against the feed's own way; None where that is not yet known.

    It ends with the last look: nobody knows of later.
    """
    looked = sum(mark != _UNSEEN for mark in diary.hours)
    if looked < LEARNT:
        return None
    quiet = _silent(diary.hours)
    before = diary.hours[: len(diary.hours) - quiet]
    since = datetime.fromtimestamp((diary.hour - quiet + 1) * 3600, UTC)
    way = _Way.of(before, diary.hour - quiet)
    first = diary.hour - len(diary.hours) + 1
    swallowed, most = 0.0, 0.0
    for n, mark in enumerate(diary.hours):
        if mark not in (_UNSEEN, _NOTHING):
            most, swallowed = max(most, swallowed), 0.0
        elif mark == _NOTHING:
            swallowed += way.chance(first + n)
    return Silence(
        hours=quiet,
        expected=swallowed,
        most=most,
        longest=diary.longest,
        heard=way.heard,
        rate=24 * way.rate,
        since=since,
    )


def is_quiet(found: Silence) -> bool:
    """Say whether a silence is far longer than is the feed's way."""
    if found.hours >= max(_LONG_AGO, _LONGER * found.longest):
        return True
    return found.hours >= _LEAST and found.expected >= _LONGER * found.most and surprise(found) >= _SURPRISE


def surprise(found: Silence) -> float:
    """Return how little a silence can be chance, as the negative logarithm of how likely it would be.

    Had the feed gone on as it did, each of the hours with news would have been as likely to fall into the silence as
    before it: the conditional test for the rates of two Poisson processes (Przyborowski and Wilenski, Biometrika 1940).
    With little heard it is far less than what was expected, with much the same.
    """
    return found.heard * log1p(found.expected / found.heard) if found.heard else 0.0


def by_day(diary: Diary | None, now: datetime, days: int = 28) -> list[int | None]:
    """Return how many new entries each of the last days had, oldest first; None: nobody looked."""
    if diary is None:
        return [None] * days
    today = hour_of(now) // 24
    sums: dict[int, int] = {}
    for n, mark in enumerate(diary.hours):
        if mark != _UNSEEN:
            day = (diary.hour - len(diary.hours) + 1 + n) // 24
            sums[day] = sums.get(day, 0) + int(mark)
    return [sums.get(day) for day in range(today - days + 1, today + 1)]


def together(diaries: Sequence[Diary]) -> Diary | None:
    """Return the diary of several feeds of one source as if they were one; None without any."""
    if not diaries:
        return None
    last = max(one.hour for one in diaries)
    rows = [one.hours + _UNSEEN * min(last - one.hour, HOURS) for one in diaries]
    width = min(max(map(len, rows)), HOURS)
    columns = zip(*(row[-width:].rjust(width, _UNSEEN) for row in rows), strict=True)
    return Diary(hour=last, hours="".join(map(_sum, columns)), longest=min(one.longest for one in diaries))


@dataclass(frozen=True, slots=True)
class _Way:
    """How likely each hour of a week is to have news."""

    heard: int  # hours with news
    rate: float
    chances: tuple[float, ...]  # by hour of the week

    @classmethod
    def of(cls, hours: str, last: int) -> _Way:
        """Return it as *hours* show it, which end with the hour *last*.

        What weekday and time of the day say, and then that very hour of the week, each the more the more it was seen.
        """
        looked = [(last - len(hours) + 1 + n, mark != _NOTHING) for n, mark in enumerate(hours) if mark != _UNSEEN]
        heard = sum(news for _, news in looked)
        rate = heard / len(looked) if looked else 0.0
        if heard <= _FEW:
            return cls(heard, rate, (rate,) * 168)
        slots: dict[int, tuple[int, int]] = {}
        for hour, news in looked:
            a, b = slots.get(_slot(hour), (0, 0))
            slots[_slot(hour)] = (a + news, b + 1)
        days = _factors(slots, rate, 7, lambda slot: slot // 24)
        times = _factors(slots, rate, 24, lambda slot: slot % 24)
        chances = []
        for slot in range(168):
            general = min(1.0, rate * days[slot // 24] * times[slot % 24])
            with_news, seen = slots.get(slot, (0, 0))
            chances.append((with_news + 2 * general) / (seen + 2))
        return cls(heard, rate, tuple(chances))

    def chance(self, hour: int) -> float:
        """Return the chance of news in an hour."""
        return self.chances[_slot(hour)]


def _factors(slots: dict[int, tuple[int, int]], rate: float, parts: int, of: Callable[[int], int]) -> tuple[float, ...]:
    found = []
    for part in range(parts):
        mine = [counts for slot, counts in slots.items() if of(slot) == part]
        news, looked = sum(n for n, _ in mine), sum(b for _, b in mine)
        found.append((news + 4 * rate) / (looked + 4) / rate)
    return tuple(found)


def _slot(hour: int) -> int:
    """Return which hour of the week it is, in UTC, from Monday's first on."""
    return (hour + 3 * 24) % 168  # 1970 began on a Thursday


def _silent(hours: str) -> int:
    """Return how many hours at the end had nothing new."""
    return len(hours) - len(hours.rstrip(_NOTHING + _UNSEEN))


def _one_more(mark: str) -> str:
    return str(min(int(mark) + 1, 9)) if mark != _UNSEEN else "1"


def _sum(marks: tuple[str, ...]) -> str:
    looked = [int(mark) for mark in marks if mark != _UNSEEN]
    return str(min(sum(looked), 9)) if looked else _UNSEEN
