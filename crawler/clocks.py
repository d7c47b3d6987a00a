"""The clocks of the outlets we watch: learnt from their newest pages, kept with the state of their feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.lineage.clocks import learn
from crawler.model import Article, Clock, FeedState
from crawler.ports import Query, Store
from crawler.registry import Registry

NEWEST = 200  # pages of an outlet that are looked at
SLACK = 300.0  # seconds: what changes less is the same clock


class Clocks:
    """What the store knows of the outlets' clocks; asked once for each outlet, then remembered."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._known: dict[str, Clock | None] = {}

    def of(self, source_id: str) -> Clock | None:
        """Return how far the outlet's clock is off; None where it is right, or nobody knows."""
        if source_id not in self._known:
            states = self._states(source_id)
            self._known[source_id] = next((s.clock for s in states if s.clock is not None), None)
        return self._known[source_id]

    def _states(self, source_id: str) -> list[FeedState]:
        source = self._registry.source(source_id)
        feeds = source.feeds if source else ()
        known = self._store.feed_states(feeds)
        return [known[url] for url in feeds if url in known]

    def sample(self, source_id: str) -> Sequence[Article]:
        """Return the newest pages of an outlet."""
        return [article for article, _ in self._store.search(Query(source=source_id, limit=NEWEST))]

    def learn(self) -> Mapping[str, Clock | None]:
        """Learn the clocks of all outlets with a feed that was read; keep and return those that changed."""
        changed: dict[str, Clock | None] = {}
        for source in self._registry.sources:
            states = self._states(source.id)
            if not states:
                continue
            clock, before = learn(self.sample(source.id)), next((s.clock for s in states if s.clock), None)
            if _is_same(clock, before):
                continue
            changed[source.id] = self._known[source.id] = clock
            for state in states:
                self._store.save_poll(replace(state, clock=clock), ())
        return changed


def _is_same(one: Clock | None, other: Clock | None) -> bool:
    if one is None or other is None:
        return one is other
    near = max(abs(one.least - other.least), abs(one.most - other.most)) <= SLACK
    return near and one.zone_known == other.zone_known
