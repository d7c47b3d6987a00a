"""When an article was published, as an interval, and what two intervals say of who came first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.model import Article, Clock, Dated, Evidence

# Clocks of publishers run ahead of ours by minutes; more than this is a claim about the future.
TOLERATED_FUTURE = timedelta(minutes=10)
# A local day or clock time without its zone may belong to any zone from UTC-12 to UTC+14.
EARLIEST_ZONE, LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)

# A feed may name a page some minutes after it is out; a look before that proves nothing.
FEED_LAG = timedelta(minutes=20)

FIRST_BITS, GAP_BITS = 2.0, 3.0
WATCHED_BITS = 1.0  # more, where we looked ourselves and the copy was not there yet
CLAIMED_FIRST_BITS, SEEN_FIRST_BITS = 1.5, 1.0
CLAIMED_AFTER_BITS, SEEN_AFTER_BITS = -4.0, -12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Published not before ``lo`` (None: no bound) and not after ``hi``.

    ``floor`` is what our own looks say of ``lo``; ``disputed`` that the page bears an earlier date than they allow.
    """

    lo: datetime | None
    hi: datetime
    floor: datetime | None = None
    disputed: bool = False


def span_of(dated: Dated) -> timedelta:
    """Return how long a time *dated* may mean: a day, a minute, an instant."""
    return {"second": timedelta(0), "minute": timedelta(minutes=1), "day": timedelta(days=1)}[dated.precision]


def published_within(dated: Dated, clock: Clock | None = None) -> tuple[datetime, datetime]:
    """Return the earliest and latest instant that *dated* can mean, by an outlet's *clock* where that is known."""
    lo, hi = dated.at, dated.at + span_of(dated)
    if clock is not None and _speaks_of(clock, dated):
        return lo - timedelta(seconds=clock.most), hi - timedelta(seconds=clock.least)
    if not dated.zone_known:
        lo, hi = lo - EARLIEST_ZONE, hi + LATEST_ZONE
    return lo, hi


def _speaks_of(clock: Clock, dated: Dated) -> bool:
    return clock.zone_known == dated.zone_known and dated.precision != "day"


def _corrected(article: Article) -> Dated | None:
    """Return the date that *article* bears as its outlet's clock would have shown it, had it been right."""
    dated, clock = article.published, article.clock
    if dated is None or clock is None or not _speaks_of(clock, dated):
        return dated
    return replace(dated, at=dated.at - timedelta(seconds=(clock.least + clock.most) / 2), zone_known=True)


def interval(article: Article) -> Interval:
    """Return when *article* was published, between the last look that did not show it and the first that did.

    The date it bears narrows that down. One in the future counts as no date at all. One from before a look that did
    not show it is a clock in a wrong zone, when it is off by hours. By days, it was set back, or the feed named an old
    page late: then the page came out somewhere between its date and our first sight.
    """
    seen = article.first_seen_at
    looked = article.absent_at if article.absent_at is not None and article.absent_at < seen else None
    floor = looked - FEED_LAG if looked is not None else None
    shown = _corrected(article)
    if article.published is None or shown is None or shown.at > seen + TOLERATED_FUTURE:
        return Interval(lo=floor, hi=seen, floor=floor)
    lo, hi = published_within(article.published, article.clock)
    if floor is not None and hi < floor:
        return Interval(lo=floor if floor - hi <= EARLIEST_ZONE else lo, hi=seen, disputed=True)
    lo = min(lo, seen)
    return Interval(lo=lo if floor is None else max(lo, floor), hi=min(hi, seen), floor=floor)


def publication(page: Dated | None, entry: Dated | None) -> Dated | None:
    """Return the better of what a page and its feed entry say of one publication.

    The page's word counts, unless it is a guess, or less precise than the feed's and borne out by it.
    """
    if entry is None or page is None:
        return page or entry
    lo, hi = published_within(page)
    finer = page.precision == "day" and entry.precision != "day" and lo <= entry.at < hi
    return entry if page.basis == "guessed" or finer else page


def order(child: Article, parent: Article) -> Evidence | None:
    """Weigh what the clock says of *child* having copied *parent*; None where it says nothing.

    Bits grow with the gap (2 to 5, 6 where our own looks bear it out) and only where the intervals are disjoint;
    group E of the evidence model. A parent that appeared after the child is close to impossible when we
    saw the child before that, and unlikely when both dates are only claimed.
    """
    c, p = interval(child), interval(parent)
    if c.lo is not None and p.hi < c.lo:
        hours = (c.lo - p.hi).total_seconds() / 3600
        bits = FIRST_BITS + min(GAP_BITS, math.log2(1 + hours))
        if c.floor is not None and p.hi < c.floor:
            bits += WATCHED_BITS
        return Evidence(type="time", weight=round(bits, 2), value=f"published {gap_words(hours)} before", where="time")
    if p.lo is not None and c.hi < p.lo:
        if child.first_seen_at < p.lo and not p.disputed:
            return Evidence(
                type="time", weight=SEEN_AFTER_BITS, value="the copy was seen before it appeared", where="time"
            )
        return Evidence(type="time", weight=CLAIMED_AFTER_BITS, value="dated later than the copy", where="time")
    if not (c.disputed or p.disputed) and _dated_after(child, parent):
        return Evidence(
            type="time", weight=CLAIMED_FIRST_BITS, value="dated earlier, within what is known", where="time"
        )
    if parent.first_seen_at + FEED_LAG < child.first_seen_at and not _dated_after(parent, child):
        return Evidence(type="time", weight=SEEN_FIRST_BITS, value="seen earlier, which proves little", where="time")
    return None


def _dated_after(one: Article, other: Article) -> bool:
    later, sooner = _corrected(one), _corrected(other)
    return later is not None and sooner is not None and _claimed_first(later, sooner)


def _claimed_first(child: Dated, parent: Dated) -> bool:
    if "day" in (child.precision, parent.precision):
        return parent.at.date() < child.at.date()
    return parent.at < child.at


def gap_words(hours: float) -> str:
    """Return a length of time as a person says it: "12 minutes", "3.5 hours", "2 days"."""
    if hours < 1:
        return f"{max(1, round(hours * 60))} minutes"
    if hours < 48:
        return f"{hours:.1f}".removesuffix(".0") + " hours"
    return f"{round(hours / 24)} days"


def delay_seconds(origin: Dated | None, copy: Dated | None) -> float | None:
    """Return the seconds from *origin* to *copy*; None where either is not known well enough to say.

    Two bare days give whole days when they differ; a day against a clock time gives nothing.
    """
    if origin is None or copy is None:
        return None
    days = [d.precision == "day" for d in (origin, copy)]
    seconds = (copy.at - origin.at).total_seconds()
    if any(days) and not (all(days) and seconds):
        return None
    return seconds
