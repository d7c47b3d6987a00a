"""Looks how a source is, by what is remembered of its feeds, its newest articles and entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.diary import Silence, by_day, silence, together
from crawler.gaps import Unseen
from crawler.health import LOOKED_AT, Findings, Ill, examine, worst
from crawler.model import FeedState, Source
from crawler.ports import Query, Store

DAYS = 28
GAPS_SHOWN = 5
_LOOK_BACK = timedelta(days=90)
_BARS = "▁▂▃▄▅▆▇█"
_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a source is. ``days`` are the new entries of the last 28, oldest first; None: nobody looked."""

    source: Source
    states: Mapping[str, FeedState | None] = field(default_factory=dict)
    found: Findings = field(default_factory=dict)
    days: tuple[int | None, ...] = ()
    rhythm: Silence | None = None
    gaps: tuple[Unseen, ...] = ()

    @property
    def worst(self) -> Ill | None:
        """What is to be seen to first."""
        return worst(self.found)

    @property
    def state(self) -> str:
        """In a word: "well", what ails it, "new" as long as it was not read, "not watched"."""
        if not self.source.enabled or not self.source.polled:
            return "not watched"
        if (ill := self.worst) is not None:
            return ill.health
        return "well" if any(state and state.succeeded_at for state in self.states.values()) else "new"

    @property
    def bars(self) -> str:
        """The days as a line of bars; a dot where nobody looked."""
        most = max((count for count in self.days if count), default=0)
        return "".join("·" if n is None else _BARS[0 if not n else (n * 7 + most - 1) // most] for n in self.days)


def states_of(store: Store, source: Source) -> Mapping[str, FeedState | None]:
    """Return what is remembered of all that is polled of *source*, by URL and in that order."""
    known = store.feed_states(source.polled)
    return {url: known.get(url) for url in source.polled}


def look(store: Store, source: Source, now: datetime, *, gaps: bool = True, watcher: Watcher | None = None) -> Watched:
    """Return how *source* is, as far as it can be judged; of one that is not watched nothing is.

    *watcher* may have looked lately: then by what it saw.
    """
    states = states_of(store, source)
    diaries = [state.diary for state in states.values() if state is not None and state.diary is not None]
    diary = together(diaries)
    missed = store.gaps(now - _LOOK_BACK, now, GAPS_SHOWN, source=source.id) if gaps and source.polled else ()
    return Watched(
        source=source,
        states=states,
        found=health(store, source, now, states) if watcher is None else watcher.of_states(store, source, now, states),
        days=tuple(by_day(diary, now, DAYS)),
        rhythm=silence(diary) if diary is not None else None,
        gaps=tuple(Unseen(gap=gap, source=source.ref) for gap in missed),
    )


def health(
    store: Store, source: Source, now: datetime, states: Mapping[str, FeedState | None] | None = None
) -> Findings:
    """Return what ails *source*, as far as it can be judged; nothing of one that is not watched."""
    if not source.enabled:
        return {}
    held = states if states is not None else states_of(store, source)
    known = [state for state in held.values() if state is not None]
    if not known:
        return {}
    articles = [article for article, _ in store.search(Query(source=source.id, limit=LOOKED_AT))]
    return examine(known, articles, store.settled_entries(source.id, LOOKED_AT), now)


class Watcher:
    """Looks how sources are, and remembers it for as long as their feeds have not been asked again, an hour at most.

    Between two polls hardly anything comes in, and a look reads sixty articles. Threads may share it.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[object, datetime, Findings]] = {}

    def health(self, store: Store, source: Source, now: datetime) -> Findings:
        """Return what ailed *source* at the last look that counts."""
        if not source.enabled:
            return {}
        return self.of_states(store, source, now, states_of(store, source))

    def of_states(
        self, store: Store, source: Source, now: datetime, states: Mapping[str, FeedState | None]
    ) -> Findings:
        """Return the same, the states of its feeds being known."""
        asked = [
            (state.polled_at, state.succeeded_at, state.failures) if state is not None else None
            for state in states.values()
        ]
        held = self._seen.get(source.id)
        if held is not None and held[0] == asked and timedelta() <= now - held[1] < _REMEMBERED:
            return held[2]
        found = health(store, source, now, states)
        self._seen[source.id] = (asked, now, found)
        return found
