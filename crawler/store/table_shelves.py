"""The shelves of the SQLite store: which table each kind is in, and how its rows are read and written as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import loads
from typing import Any, Generic, Protocol, TypeVar

from crawler.model import ArticleId, Fingerprint, Lineage, Version
from crawler.shelves import (
    SHELVES,
    KeptArticle,
    KeptEntry,
    KeptLineage,
    KeptMatch,
    KeptNote,
    KeptReviews,
    KeptVersion,
    Key,
    Refused,
    Shelf,
)
from crawler.store.rows import (
    ALERT,
    FEED_STATE,
    GAP,
    LINEAGE,
    MATCH,
    PENDING,
    REVIEW,
    STOP,
    instant,
    maybe_instant,
    maybe_micros,
    micros,
)

T = TypeVar("T")
Columns = tuple[Any, ...]

_PAGE = 500
_SIDES = ("left", "right")
# What follows from the rows of other tables and is made with them, by triggers or by the shelf that is named.
DERIVED = {
    "article_words": "articles",
    "claims": "articles",
    "edges": "articles and lineages",
    "fingerprints": "articles",
    "earlier_fingerprints": "versions",
    "merging": "articles",
    "postings": "articles",
    "recent": "articles",
    "schemes": "articles",
    "tail": "articles",
}
OWN = {"markers"}  # what this very file remembers of work on it


class Runner(Protocol):
    """What runs the statements."""

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Columns]: ...
    def each(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[list[Columns]]: ...
    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> int: ...


class Articles(Protocol):
    """What the tables of articles can do besides the Store contract."""

    def kept_articles(self, numbers: Sequence[int]) -> Sequence[KeptArticle]: ...
    def put_article(self, kept: KeptArticle) -> None: ...
    def put_lineage(self, id: ArticleId, lineage: Lineage) -> None: ...
    def put_version(self, kept: KeptVersion) -> None: ...
    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]: ...


def table_shelves(db: Runner, articles: Articles) -> dict[str, Shelf[Any]]:
    """Return every shelf by the name of its kind."""
    special: dict[str, Shelf[Any]] = {
        "articles": _ArticleShelf(db, articles),
        "lineages": _LineageShelf(db, articles),
        "versions": _VersionShelf(db, articles),
        "reviews": _ReviewShelf(db),
    }
    plain: dict[str, Shelf[Any]] = {sheet.kind: _TableShelf(db, sheet) for sheet in SHEETS}
    return {kind.name: (special | plain)[kind.name] for kind in SHELVES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[T]):
    """A table whose rows are the things themselves. ``load`` takes its columns, key first; ``dump`` gives them."""

    kind: str
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    load: Callable[..., T]
    dump: Callable[[T], Columns]
    beside: tuple[str, ...] = ()  # read after the columns, out of other tables


def _match_sheet(table: str) -> Sheet[KeptMatch]:
    return Sheet(
        kind=table,
        table=table,
        key=("left_id", "right_id"),
        columns=("value",),
        beside=tuple(f"(SELECT json_extract(value, '$.url') FROM articles WHERE id = {side}_id)" for side in _SIDES),
        load=lambda _l, _r, value, *urls: KeptMatch(match=MATCH.load(value), left_url=urls[0], right_url=urls[1]),
        dump=lambda kept: (kept.match.left, kept.match.right, MATCH.dump(kept.match)),
    )


SHEETS: tuple[Sheet[Any], ...] = (
    Sheet(
        kind="history",
        table="lineage_history",
        key=("id", "revision"),
        columns=("decided_at", "value"),
        load=lambda id, _revision, _at, value: KeptLineage(id=id, lineage=LINEAGE.load(value)),
        dump=lambda k: (k.id, k.lineage.revision, micros(k.lineage.decided_at), LINEAGE.dump(k.lineage)),
    ),
    _match_sheet("matches"),
    _match_sheet("rejected"),
    Sheet(
        kind="stops",
        table="stops",
        key=("id",),
        columns=("value",),
        load=lambda _id, value: STOP.load(value),
        dump=lambda stop: (stop.id, STOP.dump(stop)),
    ),
    Sheet(
        kind="feeds",
        table="feeds",
        key=("url",),
        columns=("value",),
        load=lambda _url, value: FEED_STATE.load(value),
        dump=lambda state: (state.url, FEED_STATE.dump(state)),
    ),
    Sheet(
        kind="gaps",
        table="gaps",
        key=("feed", "since"),
        columns=("until", "source", "caught_up", "value"),
        load=lambda _feed, _since, _until, _source, _caught_up, value: GAP.load(value),
        dump=lambda g: (g.feed, micros(g.since), maybe_micros(g.until), g.source_id, g.caught_up, GAP.dump(g)),
    ),
    Sheet(
        kind="entries",
        table="entries",
        key=("key",),
        columns=("source", "state", "tries", "first_seen", "last_seen", "reason", "not_before", "value"),
        load=lambda key, source, state, tries, first_seen, last_seen, reason, not_before, value: KeptEntry(
            key=key,
            source_id=source,
            state=state,
            tries=tries,
            first_seen_at=instant(first_seen),
            last_seen_at=instant(last_seen),
            reason=reason,
            not_before=maybe_instant(not_before),
            pending=None if value is None else PENDING.load(value),
        ),
        dump=lambda k: (
            k.key,
            k.source_id,
            k.state,
            k.tries,
            micros(k.first_seen_at),
            micros(k.last_seen_at),
            k.reason,
            maybe_micros(k.not_before),
            None if k.pending is None else PENDING.dump(k.pending),
        ),
    ),
    Sheet(
        kind="alerts",
        table="alerts",
        key=("key",),
        columns=("state", "created_at", "not_before", "value"),
        load=lambda _key, _state, _at, _not_before, value: ALERT.load(value),
        dump=lambda a: (
            a.key,
            a.state,
            micros(a.created_at),
            maybe_micros(a.not_before),
            ALERT.dump(a),
        ),
    ),
    Sheet(
        kind="left",
        table="left_over",
        key=("id",),
        columns=("quiet",),
        load=lambda id, quiet: KeptNote(id=id, quiet=bool(quiet)),
        dump=lambda note: (note.id, note.quiet),
    ),
    Sheet(
        kind="refused",
        table="refused",
        key=("place", "id"),
        columns=("reason", "at", "document"),
        load=lambda where, id, reason, at, document: Refused(
            where=where, id=id, reason=reason, at=instant(at), document=document
        ),
        dump=lambda r: (r.where, r.id, r.reason, micros(r.at), r.document),
    ),
)


class _TableShelf(Generic[T]):
    """The shelf that a sheet describes."""

    def __init__(self, db: Runner, sheet: Sheet[T]) -> None:
        self._db = db
        self._sheet = s = sheet
        self._select = f"SELECT {', '.join((*s.key, *s.columns, *s.beside))} FROM {s.table}"
        self._is = " AND ".join(f"{name} = ?" for name in s.key)

    def count(self) -> int:
        return int(self._db.all(f"SELECT count(*) FROM {self._sheet.table}")[0][0])

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[T]]]:
        names = ", ".join(self._sheet.key)
        marks = ", ".join("?" * len(self._sheet.key))
        behind, values = ("TRUE", ()) if after is None else (f"({names}) > ({marks})", after)
        while rows := self._db.all(f"{self._select} WHERE {behind} ORDER BY {names} LIMIT {_PAGE}", values):
            values = rows[-1][: len(self._sheet.key)]
            yield values, [self._sheet.load(*row) for row in rows]
            behind = f"({names}) > ({marks})"

    def get(self, keys: Collection[Key]) -> Mapping[Key, T]:
        found = self._db.each(f"{self._select} WHERE {self._is}", list(keys))
        return {key: self._sheet.load(*rows[0]) for key, rows in zip(keys, found, strict=True) if rows}

    def put(self, rows: Sequence[T]) -> None:
        names = (*self._sheet.key, *self._sheet.columns)
        self._db.run_each(
            f"INSERT OR REPLACE INTO {self._sheet.table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [self._sheet.dump(row) for row in rows],
        )

    def drop(self, keys: Collection[Key]) -> None:
        self._db.run_each(f"DELETE FROM {self._sheet.table} WHERE {self._is}", list(keys))


class _VersionShelf(_TableShelf[KeptVersion]):
    """Earlier versions: their table knows its article by number, and their fingerprints are in one of their own."""

    def __init__(self, db: Runner, articles: Articles) -> None:
        sheet = Sheet(
            kind="versions",
            table="articles a JOIN versions v ON v.doc = a.doc AND v.content_hash <> a.content_hash",
            key=("a.id", "v.version", "v.content_hash"),
            columns=("v.last_seen", "v.title", "v.text"),
            load=self._load,
            dump=lambda kept: (kept.id,),
        )
        super().__init__(db, sheet)
        self._articles = articles

    def _load(self, id: ArticleId, number: int, hash: str, last_seen: int, title: str | None, text: str) -> KeptVersion:
        return KeptVersion(
            id=id,
            version=Version(
                number=number or None, content_hash=hash, title=title, text=text, last_seen_at=instant(last_seen)
            ),
            fingerprint=self._articles.earlier_fingerprints(id).get(hash),
        )

    def put(self, rows: Sequence[KeptVersion]) -> None:
        for kept in rows:
            self._articles.put_version(kept)

    def drop(self, keys: Collection[Key]) -> None:
        for table in ("versions", "earlier_fingerprints"):
            self._db.run_each(
                f"DELETE FROM {table} WHERE doc = (SELECT doc FROM articles WHERE id = ?) AND content_hash = ?",
                [(id, content_hash) for id, _, content_hash in keys],
            )


class _ReviewShelf(_TableShelf[KeptReviews]):
    """Reviews, those of one article together."""

    def __init__(self, db: Runner) -> None:
        sheet = Sheet(
            kind="reviews",
            table="(SELECT copy, json_group_array(value) AS kept FROM (SELECT * FROM reviews ORDER BY copy, at) "
            "GROUP BY copy)",
            key=("copy",),
            columns=("kept",),
            load=lambda id, kept: KeptReviews(id=id, reviews=tuple(map(REVIEW.load, loads(kept)))),
            dump=lambda kept: (kept.id,),
        )
        super().__init__(db, sheet)

    def put(self, rows: Sequence[KeptReviews]) -> None:
        self.drop([(kept.id,) for kept in rows])
        self._db.run_each(
            "INSERT INTO reviews (copy, at, value) VALUES (?, ?, ?)",
            [(kept.id, micros(review.at), REVIEW.dump(review)) for kept in rows for review in kept.reviews],
        )

    def drop(self, keys: Collection[Key]) -> None:
        self._db.run_each("DELETE FROM reviews WHERE copy = ?", list(keys))


class _ArticleShelf:
    """Articles with their claims, fingerprint and lineage, which are in tables of their own."""

    def __init__(self, db: Runner, articles: Articles) -> None:
        self._db = db
        self._articles = articles

    def count(self) -> int:
        return int(self._db.all("SELECT count(*) FROM articles")[0][0])

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[KeptArticle]]]:
        last = 0 if after is None else int(after[0])
        while rows := self._db.all(f"SELECT doc FROM articles WHERE doc > ? ORDER BY doc LIMIT {_PAGE}", (last,)):
            last = rows[-1][0]
            yield (last,), self._articles.kept_articles([doc for (doc,) in rows])

    def get(self, keys: Collection[Key]) -> Mapping[Key, KeptArticle]:
        found = self._db.each("SELECT doc FROM articles WHERE id = ?", list(keys))
        kept = self._articles.kept_articles([doc for rows in found for (doc,) in rows])
        return {(one.article.id,): one for one in kept}

    def put(self, rows: Sequence[KeptArticle]) -> None:
        for kept in rows:
            self._articles.put_article(kept)

    def drop(self, keys: Collection[Key]) -> None:
        """Change nothing: articles stay."""


class _LineageShelf:
    """Judgements on articles that are not there; the others stand with their articles."""

    _BARE = "FROM lineages WHERE NOT EXISTS (SELECT 1 FROM articles WHERE articles.id = lineages.id)"

    def __init__(self, db: Runner, articles: Articles) -> None:
        self._db = db
        self._articles = articles

    def count(self) -> int:
        return int(self._db.all(f"SELECT count(*) {self._BARE}")[0][0])

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[KeptLineage]]]:
        last = "" if after is None else str(after[0])
        sql = f"SELECT id, value {self._BARE} AND id > ? ORDER BY id LIMIT {_PAGE}"
        while rows := self._db.all(sql, (last,)):
            last = rows[-1][0]
            yield (last,), [KeptLineage(id=id, lineage=LINEAGE.load(value)) for id, value in rows]

    def get(self, keys: Collection[Key]) -> Mapping[Key, KeptLineage]:
        found = self._db.each(f"SELECT id, value {self._BARE} AND id = ?", list(keys))
        return {(id,): KeptLineage(id=id, lineage=LINEAGE.load(value)) for rows in found for id, value in rows}

    def put(self, rows: Sequence[KeptLineage]) -> None:
        for kept in rows:
            self._articles.put_lineage(kept.id, kept.lineage)

    def drop(self, keys: Collection[Key]) -> None:
        self._db.run_each("DELETE FROM lineages WHERE id = ?", list(keys))
