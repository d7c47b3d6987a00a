"""Decides in which stretches a feed was not seen, and whether anything can have been missed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.model import FeedState, Gap, SourceRef, iso

FAILURES = 3  # in a row, before a feed counts as not seen
FAILING_FOR = timedelta(hours=1)
BEFORE = timedelta(days=3)  # so long before an origin an earlier copy elsewhere is looked for
_LONGEST_WHY = 200
_LATE = 2.0  # times as long between two looks as was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A gap with the source it is of."""

    gap: Gap
    source: SourceRef

    @property
    def words(self) -> str:
        """What it means, as a sentence."""
        gap = self.gap
        until = f"to {_minute(gap.until)}" if gap.until is not None else "until now"
        why = f" ({gap.why})" if gap.why else ""
        told = f"{self.source.name} was not seen from {_minute(gap.since)} {until}{why}"
        if gap.caught_up:
            return f"{told}; nothing was missed: its feed still showed what came before"
        return f"{told}: an earlier copy there could be missed"


def failed(state: FeedState, failures: int, problem: str | None, now: datetime) -> Gap | None:
    """Return the gap that a feed is in which has just failed again; None as long as it is none.

    It begins with the last good look, after three failures in a row and an hour.
    """
    if state.gap is not None and state.gap.until is None:
        return state.gap
    if state.succeeded_at is None or failures < FAILURES or now - state.succeeded_at < FAILING_FOR:
        return None
    why = (problem or "it could not be read")[:_LONGEST_WHY]
    return Gap(feed=state.url, source_id=state.source_id, since=state.succeeded_at, why=why)


def seen_again(state: FeedState, now: datetime, *, overlaps: bool, oldest: datetime | None) -> Gap | None:
    """Return the gap that ends with a good look at *now*; None where there was none.

    *overlaps*: the feed still shows what it showed the last time: nothing was missed. Neither was anything where its
    *oldest* entry is older than the last look. Else what came between that look and the oldest entry has passed by
    unseen; a gap goes on in the next where one follows at once.
    """
    lasting = state.gap if state.gap is not None and state.gap.until is None else None
    since = state.succeeded_at
    if since is None or since >= now:  # never seen before; or our clock was set back
        return None
    if overlaps or (oldest is not None and oldest <= since):
        return replace(lasting, until=now, caught_up=True) if lasting else None
    until = oldest if oldest is not None and since < oldest < now else now
    if lasting is not None:
        return replace(lasting, until=until)
    if state.gap is not None and not state.gap.caught_up and state.gap.until is not None and state.gap.until >= since:
        return replace(state.gap, until=until)
    return Gap(feed=state.url, source_id=state.source_id, since=since, until=until, why=_why(state, now))


def _why(state: FeedState, now: datetime) -> str:
    if state.polled_at is not None and state.next_at is not None and state.failures == 0:
        meant, was = state.next_at - state.polled_at, now - state.polled_at
        if was > _LATE * meant and was > FAILING_FOR:
            return f"not asked for {length(was)}, and by then it had moved on"
    return "it moved on faster than it was asked" if not state.failures else "it could not be read for a while"


def bearing_on(gaps: Iterable[Gap], *, own: str, near: Sequence[str]) -> list[Gap]:
    """Return the gaps in which an earlier copy could have been missed, those of sources *near* the lineage first.

    Left out: those of the article's *own* source, and those that nothing was missed in. Of one source and stretch one
    is kept, however many feeds it has.
    """
    places = {id: place for place, id in enumerate(near)}
    kept: dict[tuple[str, datetime], Gap] = {}
    for gap in gaps:
        if gap.source_id != own and not gap.caught_up:
            kept.setdefault((gap.source_id, gap.since), gap)
    return sorted(kept.values(), key=lambda g: (places.get(g.source_id, len(near)), g.since, g.source_id))


def _minute(at: datetime) -> str:
    return iso(at)[:16].replace("T", " ") + " UTC"


def length(span: timedelta) -> str:
    """Return *span* in words: hours below three days, else days."""
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"
