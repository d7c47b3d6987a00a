"""What a writing block means to change: kept in memory until its end, seen by its own reads before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from crawler.store.elastic.connection import Seen
from crawler.store.elastic.documents import terms_of

Json = dict[str, Any]
Change = Callable[[Json | None], Json | None]
"""What is made of a document as it stands; None stands for one that is not there."""


class Place(NamedTuple):
    """Where a document is: an index, without prefix, and an ``_id``."""

    where: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One document's changes in a block, in order, and what they come to.

    When another writer was faster, the changes are made again on what that one wrote. A *blind* draft replaces
    whatever is there: it follows from its id alone.
    """

    base: Seen
    changes: tuple[Change, ...]
    now: Json | None
    blind: bool = False

    def again(self, base: Seen) -> Draft:
        """Return the same changes made on another base."""
        now = base.source
        for change in self.changes:
            now = change(now)
        return replace(self, base=base, now=now)

    @property
    def idle(self) -> bool:
        return not self.blind and self.now == self.base.source


class Terms:
    """Which documents may have a term: added to, never taken from, so that an answer is to be checked."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, place: Place, document: Json | None) -> None:
        if document is not None:
            for term in terms_of(place.where, document):
                self._ids.setdefault((place.where, term), {})[place.id] = None

    def ids(self, index: str, term: str) -> Collection[str]:
        # A copy: another thread may add to it.
        return tuple(self._ids.get((index, term), ()))


@dataclass(slots=True)
class Block:
    """The drafts of one writing block. ``layers`` has one for each nested block, the innermost last."""

    owner: int
    layers: list[dict[Place, Draft]] = field(default_factory=list)
    seen: dict[Place, Seen] = field(default_factory=dict)
    found: dict[str, list[Json]] = field(default_factory=dict)  # what the server answered, by what it was asked
    held: dict[Hashable, dict[str, dict[str, Json]]] = field(default_factory=dict)  # the same, by look-up and term
    terms: Terms = field(default_factory=Terms)  # of the drafts

    def draft(self, place: Place) -> Draft | None:
        return next((layer[place] for layer in reversed(self.layers) if place in layer), None)

    def put(self, place: Place, draft: Draft) -> None:
        self.layers[-1][place] = draft
        self.terms.add(place, draft.now)

    def join(self) -> None:
        """Make the innermost block part of the one around it."""
        inner = self.layers.pop()
        self.layers[-1].update(inner)

    def own(self, index: str) -> Iterator[tuple[str, Json | None]]:
        """Yield the documents of *index* as the block would have them, by ``_id``."""
        merged: dict[Place, Draft] = {}
        for layer in self.layers:
            merged |= layer
        for place, draft in merged.items():
            if place.where == index:
                yield place.id, draft.now


class Recent:
    """What this process has saved since the last refresh: searches would not find it yet."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Json | None]] = {}
        self.terms = Terms()

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def add(self, saved: Mapping[Place, Json | None]) -> None:
        for place, document in saved.items():
            self._held.setdefault(place.where, {})[place.id] = document
            self.terms.add(place, document)

    def of(self, index: str) -> Mapping[str, Json | None]:
        return self._held.get(index, {})

    def clear(self) -> None:
        self._held.clear()
        self.terms = Terms()
