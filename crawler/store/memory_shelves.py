"""The shelves of the store in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from crawler.shelves import SHELVES, KeptArticle, KeptLineage, KeptMatch, KeptNote, KeptReviews, Key, Kind, Shelf

if TYPE_CHECKING:
    from crawler.store.memory import MemoryStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way(Generic[T]):
    """How all of a kind is read, and how one is kept or forgotten under its key (a part alone, not in a tuple)."""

    rows: Callable[[], Sequence[T]]
    keep: Callable[[Any, T], object]
    forget: Callable[[Any], object]


def memory_shelves(store: MemoryStore) -> dict[str, Shelf[Any]]:
    """Return every shelf by the name of its kind."""
    ways: dict[str, _Way[Any]] = {
        "articles": _Way(rows=store.kept_articles, keep=lambda _, kept: store.put_article(kept), forget=lambda _: None),
        "lineages": _Way(
            rows=store.bare_lineages,
            keep=lambda id, kept: store.put_lineage(id, kept.lineage),
            forget=lambda id: store.put_lineage(id, None),
        ),
        "versions": _Way(
            rows=store.kept_versions,
            keep=lambda _, kept: store.put_version(kept),
            forget=lambda key: store.drop_version(key[0], key[2]),
        ),
        "history": _table(
            store,
            store.tables["history"],
            thing=lambda key, lineage: KeptLineage(id=key[0], lineage=lineage),
            value=lambda kept: kept.lineage,
        ),
        "reviews": _table(
            store,
            store.tables["reviews"],
            thing=lambda id, reviews: KeptReviews(id=id, reviews=reviews),
            value=lambda kept: kept.reviews,
        ),
        "matches": _matches(store, rejected=False),
        "rejected": _matches(store, rejected=True),
        "stops": _table(store, store.tables["stops"]),
        "feeds": _table(store, store.tables["feeds"]),
        "gaps": _table(store, store.tables["gaps"]),
        "entries": _table(store, store.tables["entries"]),
        "alerts": _table(store, store.tables["alerts"]),
        "left": _table(
            store,
            store.tables["left"],
            thing=lambda id, quiet: KeptNote(id=id, quiet=quiet),
            value=lambda note: note.quiet,
        ),
        "refused": _table(store, store.tables["refused"]),
    }
    return {kind.name: _MemoryShelf(kind=kind, way=ways[kind.name]) for kind in SHELVES}


def _matches(store: MemoryStore, *, rejected: bool) -> _Way[KeptMatch]:
    return _Way(
        rows=lambda: [
            KeptMatch(match=match) for match in store.matches(rejected=rejected) if match.shared.is_rejected == rejected
        ],
        keep=lambda _, kept: store.save_matches([kept.match]),
        forget=lambda key: store.forget_match(*key, rejected=rejected),
    )


def _table(
    store: MemoryStore,
    table: dict[Any, Any],
    *,
    thing: Callable[[Any, Any], Any] = lambda _, value: value,
    value: Callable[[Any], Any] = lambda thing: thing,
) -> _Way[Any]:
    """Return the way to a dictionary: what *thing* each of its entries is, as which *value* a thing is kept."""
    return _Way(
        rows=lambda: [thing(key, held) for key, held in table.items()],
        keep=lambda key, one: store.put(table, key, value(one)),
        forget=partial(store.drop, table),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemoryShelf(Generic[T]):
    kind: Kind[T]
    way: _Way[T]

    def count(self) -> int:
        return len(self.way.rows())

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[T]]]:
        placed = sorted(((self._place(row), row) for row in self.way.rows()), key=lambda pair: pair[0])
        behind = [(place, row) for place, row in placed if after is None or place > after]
        if behind:
            yield behind[-1][0], [row for _, row in behind]

    def _place(self, row: T) -> Key:
        return (row.kept,) if isinstance(row, KeptArticle) else self.kind.key(row)

    def get(self, keys: Collection[Key]) -> Mapping[Key, T]:
        rows = {self.kind.key(row): row for row in self.way.rows()}
        return {key: rows[key] for key in keys if key in rows}

    def put(self, rows: Sequence[T]) -> None:
        for row in rows:
            self.way.keep(_plain(self.kind.key(row)), row)

    def drop(self, keys: Collection[Key]) -> None:
        for key in keys:
            self.way.forget(_plain(key))


def _plain(key: Key) -> Any:
    return key if len(key) > 1 else key[0]
