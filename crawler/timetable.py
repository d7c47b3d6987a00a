"""Which feeds are due, without reading the states of all of them at each look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from crawler.model import FeedState
from crawler.polling import distinct, is_due, same_feed

ANEW = timedelta(minutes=10)  # that what was read of feeds that are not due is good for


class States(Protocol):
    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]: ...


@dataclass(slots=True)
class _Known:
    state: FeedState  # without what is long in it
    feed: tuple[str, str]  # the same for states of one feed of one source


class Timetable:
    """Of the feeds in *watched* (by URL, with the ids of their sources), which are due, by what *states* has of them.

    A feed's next time changes when it is polled, and it is polled when it is due: so those that were not due are not
    read again before they are, or before ``ANEW`` has passed. What others poll meanwhile is seen all the same.
    """

    def __init__(self, states: States, watched: Mapping[str, str]) -> None:
        self._states = states
        self._watched = watched
        self._place = {url: number for number, url in enumerate(watched)}
        self._known: dict[str, _Known] = {}
        self._same: dict[tuple[str, str], set[str]] = {}
        self._read_at: datetime | None = None

    def due(self, now: datetime) -> list[FeedState]:
        """Return the states of feeds that are due, as they are stored now, most overdue first.

        Of several states of the same feed one counts, see ``distinct``.
        """
        if self._read_at is None or not timedelta(0) <= now - self._read_at < ANEW:
            states = self._read(self._watched)
            self._read_at = now
        else:
            states = self._read([url for url, known in self._known.items() if is_due(known.state, now)])
        ready = [state for url, state in states.items() if is_due(state, now) and self._counts(url)]
        never = datetime.min.replace(tzinfo=now.tzinfo)
        return sorted(ready, key=lambda state: (state.next_at or never, state.url))

    def _read(self, urls: Collection[str]) -> dict[str, FeedState]:
        found = self._states.feed_states(urls)
        states = {url: found.get(url) or FeedState(url=url, source_id=self._watched[url]) for url in urls}
        for url, state in states.items():
            self._know(url, state)
        return states

    def _know(self, url: str, state: FeedState) -> None:
        feed = (state.source_id, same_feed(state))
        before = self._known.get(url)
        if before is not None:
            self._same[before.feed].discard(url)
        self._known[url] = _Known(_bare(state), feed)
        self._same.setdefault(feed, set()).add(url)

    def _counts(self, url: str) -> bool:
        same = sorted(self._same[self._known[url].feed], key=self._place.__getitem__)
        (chosen,) = distinct(self._known[one].state for one in same)
        return chosen.url == url


def _bare(state: FeedState) -> FeedState:
    return replace(state, seen="", rhythm=None, diary=None, gap=None, clock=None, etag=None, last_modified=None)
