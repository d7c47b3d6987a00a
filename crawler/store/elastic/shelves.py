"""The shelves of the Elasticsearch store: which documents are of which kind, read in order and written as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crawler.shelves import SHELVES, KeptArticle, KeptLineage, KeptMatch, KeptVersion, Key, Kind, Shelf
from crawler.store.elastic.connection import Connection, Seen
from crawler.store.elastic.documents import (
    alert_document,
    alert_of,
    article_of,
    claims_of,
    earlier_in,
    fingerprint_document,
    fingerprint_of,
    found_by,
    key,
    lineage_of,
    match_document,
    match_of,
    with_article,
    with_lineage,
)
from crawler.store.elastic.drafts import Draft, Json, Place
from crawler.store.elastic.indices import INDICES
from crawler.store.elastic.places import alert_place, article_place, fingerprint_place, state_place, version_place
from crawler.store.elastic.saving import save
from crawler.store.elastic.state import (
    entry_document,
    entry_of,
    feed_document,
    feed_of,
    gap_document,
    gap_of,
    history_document,
    kept_history,
    kept_note,
    kept_reviews,
    kept_version,
    quiet_or_not,
    refused_document,
    refused_of,
    review_document,
    stop_document,
    stop_of,
    version_document,
)
from crawler.store.rows import storable

T = TypeVar("T")

_PAGE = 500
_KEEP = "10m"  # how long a point in time lives after it was last asked
_STORED: Json = {"exists": {"field": "url"}}
_ALL: Json = {"match_all": {}}
REJECTED: Json = {"term": {"kind": "unrelated"}}


class Window:
    """Looks at whole indices in the order of their fields: as they are, or as they were when it was made still."""

    def __init__(self, connection: Connection, ready: Callable[[], None]) -> None:
        self.connection = connection
        self._ready = ready
        self._point: str | None = None

    @contextmanager
    def still(self) -> Iterator[None]:
        """Show one state of all indices inside. Nesting changes nothing."""
        self._ready()
        if self._point is not None:
            yield
            return
        self.connection.refresh()
        self._point = self.connection.open_point(INDICES, keep=_KEEP)
        try:
            yield
        finally:
            point, self._point = self._point, None
            self.connection.close_point(point)

    def pages(
        self, index: str, query: Json, by: Sequence[str], after: Sequence[Any] | None, *, source: bool = True
    ) -> Iterator[list[Json]]:
        """Yield what the server finds, ascending, a page of hits at a time."""
        while hits := self._page(index, query, by, after, source):
            yield hits
            after = hits[-1]["sort"][: len(by)]

    def _page(
        self, index: str, query: Json, by: Sequence[str], after: Sequence[Any] | None, source: bool
    ) -> list[Json]:
        behind = {} if after is None else {"search_after": list(after)}
        return self._hits(index, query, size=_PAGE, sort=[{name: "asc"} for name in by], source=source, **behind)

    def of(self, index: str, ids: Collection[str], *, source: bool = True) -> dict[str, Json]:
        """Return the documents with those values of ``id``, by it."""
        hits = self._hits(index, {"terms": {"id": list(ids)}}, size=len(ids), source=source, fields=["id"])
        return {hit["fields"]["id"][0]: hit.get("_source", {}) for hit in hits}

    def _hits(self, index: str, query: Json, **body: Any) -> list[Json]:
        self._ready()
        if self._point is None:
            answer = self.connection.search(index, query=query, **body)
        else:
            answer = self.connection.search_at(self._point, index, query=query, keep=_KEEP, **body)
        return list(answer["hits"]["hits"])

    def count(self, index: str, query: Json) -> int:
        self._ready()
        return self.connection.count(index, query)

    def get(self, places: Sequence[Place]) -> list[Json | None]:
        """Return the documents as they are now, whatever has been refreshed."""
        self._ready()
        return [seen.source for seen in self.connection.get(places)]

    def put(self, documents: Mapping[Place, Json | None]) -> None:
        """Save *documents* whatever is there now, None for none."""
        self._ready()
        save(
            self.connection,
            {place: Draft(base=Seen(), changes=(), now=new, blind=True) for place, new in documents.items()},
        )


def elastic_shelves(window: Window, now: Callable[[], int]) -> dict[str, Shelf[Any]]:
    """Return every shelf by the name of its kind; *now* gives the microsecond."""
    notes = _of_state("left", "left", kept_note, lambda note: quiet_or_not(note, now()))
    sheets = {sheet.kind: sheet for sheet in (*SHEETS, notes)}
    special: dict[str, Shelf[Any]] = {"articles": _ArticleShelf(window)}
    made = {"versions": _VersionShelf}
    return {
        kind.name: special.get(kind.name) or made.get(kind.name, _SheetShelf)(window, kind, sheets[kind.name])
        for kind in SHELVES
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[T]):
    """Documents that are the things themselves. ``load`` returns None for one that is another thing by now."""

    kind: str
    index: str
    query: Json
    by: tuple[str, ...]  # the fields of the key
    load: Callable[[Json], T | None]
    dump: Callable[[T], Json]
    place: Callable[..., Place]  # of the parts of the key


def _of_state(
    kind: str, word: str, load: Callable[[Json], T], dump: Callable[[T], Json], by: tuple[str, ...] = ("id",)
) -> Sheet[T]:
    """Return the sheet of the documents in ``-state`` whose kind is *word*."""
    return Sheet(
        kind=kind,
        index="state",
        query={"term": {"kind": word}},
        by=by,
        load=load,
        dump=dump,
        place=lambda *key: state_place(word, *map(str, key)),
    )


def _bare(held: Json) -> KeptLineage | None:
    lineage = lineage_of(held)
    return None if lineage is None or held.get("url") is not None else KeptLineage(id=held["id"], lineage=lineage)


def _match_sheet(kind: str, query: Json, *, rejected: bool) -> Sheet[KeptMatch]:
    """Return the sheet of the matches that are rejected, or are not: they share an index and their ids."""

    def load(held: Json) -> KeptMatch | None:
        match = match_of(held)
        if match.shared.is_rejected != rejected:
            return None
        return KeptMatch(match=match, left_url=held["left"]["url"], right_url=held["right"]["url"])

    return Sheet(
        kind=kind,
        index="matches",
        query=query,
        by=("left.id", "right.id"),
        load=load,
        dump=_match_document,
        place=lambda left, right: Place("matches", key(left, right)),
    )


def _match_document(kept: KeptMatch) -> Json:
    urls = {kept.match.left: kept.left_url or "", kept.match.right: kept.right_url or ""}
    return match_document(kept.match, urls)


SHEETS: tuple[Sheet[Any], ...] = (
    Sheet(
        kind="lineages",
        index="articles",
        query={"bool": {"filter": [{"exists": {"field": "lineage.role"}}], "must_not": [_STORED]}},
        by=("id",),
        load=_bare,
        dump=lambda kept: with_lineage(None, kept.id, kept.lineage),
        place=article_place,
    ),
    _match_sheet("matches", {"bool": {"must_not": [REJECTED]}}, rejected=False),
    _match_sheet("rejected", REJECTED, rejected=True),
    Sheet(
        kind="alerts",
        index="alerts",
        query=_ALL,
        by=("key",),
        load=alert_of,
        dump=alert_document,
        place=alert_place,
    ),
    Sheet(
        kind="versions",
        index="state",
        query={"term": {"kind": "version"}},
        by=("id", "revision", "last_seen"),
        load=kept_version,
        dump=version_document,
        place=lambda id, _, content_hash: version_place(id, content_hash),
    ),
    _of_state("history", "history", kept_history, history_document, ("id", "revision")),
    _of_state("reviews", "review", kept_reviews, review_document),
    _of_state("stops", "stop", stop_of, stop_document),
    _of_state("feeds", "feed", feed_of, feed_document),
    _of_state("gaps", "gap", gap_of, gap_document, ("id", "first_seen")),
    _of_state("entries", "entry", entry_of, entry_document),
    _of_state("refused", "refused", refused_of, refused_document, ("source", "id")),
)


STATE_KINDS = {sheet.query["term"]["kind"] for sheet in SHEETS if sheet.index == "state"} | {"left"}
OWN_KINDS = {"marker", "lease"}  # what this very store remembers of work on it


class _SheetShelf(Generic[T]):
    """The shelf that a sheet describes."""

    def __init__(self, window: Window, kind: Kind[T], sheet: Sheet[T]) -> None:
        self._window = window
        self._kind = kind
        self._sheet = sheet

    def count(self) -> int:
        return self._window.count(self._sheet.index, self._sheet.query)

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[T]]]:
        for hits in self._window.pages(self._sheet.index, self._sheet.query, self._sheet.by, after):
            rows = [self._sheet.load(hit["_source"]) for hit in hits]
            yield tuple(hits[-1]["sort"][: len(self._sheet.by)]), [row for row in rows if row is not None]

    def get(self, keys: Collection[Key]) -> Mapping[Key, T]:
        held = self._window.get([self._sheet.place(*key) for key in keys])
        rows = {key: self._sheet.load(one) for key, one in zip(keys, held, strict=True) if one is not None}
        return {key: row for key, row in rows.items() if row is not None}

    def put(self, rows: Sequence[T]) -> None:
        self._window.put({self._sheet.place(*self._kind.key(row)): self._sheet.dump(row) for row in rows})

    def drop(self, keys: Collection[Key]) -> None:
        self._window.put(dict.fromkeys((self._sheet.place(*key) for key in keys), None))


class _VersionShelf(_SheetShelf[KeptVersion]):
    """Earlier versions; their articles are found by them."""

    def put(self, rows: Sequence[KeptVersion]) -> None:
        super().put(rows)
        ids = sorted({kept.id for kept in rows if kept.fingerprint is not None})
        places = [fingerprint_place(id) for id in ids]
        held = {id: one for id, one in zip(ids, self._window.get(places), strict=True) if one is not None}
        for kept in rows:
            if kept.id in held and kept.fingerprint is not None:
                held[kept.id] = found_by(held[kept.id], kept.fingerprint)
        self._window.put({fingerprint_place(id): one for id, one in held.items()})


class _ArticleShelf:
    """Articles with their claims and lineage, in one index, and their fingerprints, in another.

    A place is (0, the fingerprint's ``kept``, id); an article that lost its fingerprint to a killed writer comes
    behind all others, at (1, 0, id).
    """

    def __init__(self, window: Window) -> None:
        self._window = window

    def count(self) -> int:
        return self._window.count("articles", _STORED)

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[KeptArticle]]]:
        part, *behind = after or (0,)
        if part == 0:
            for hits in self._window.pages("fingerprints", _ALL, ("kept", "id"), behind or None):
                prints = {hit["_source"]["id"]: hit["_source"] for hit in hits}
                held = self._window.of("articles", list(prints))
                rows = [_kept_article(held[id], one) for id, one in prints.items() if id in held]
                yield (0, *hits[-1]["sort"][:2]), [row for row in rows if row is not None]
            behind = []
        for hits in self._window.pages("articles", _STORED, ("id",), behind[1:] or None, source=False):
            ids = [hit["sort"][0] for hit in hits]
            lost = set(ids) - set(self._window.of("fingerprints", ids, source=False))
            found = self._window.of("articles", sorted(lost)) if lost else {}
            rows = [_kept_article(found[id], None) for id in sorted(found)]
            if rows:
                yield (1, 0, ids[-1]), [row for row in rows if row is not None]

    def get(self, keys: Collection[Key]) -> Mapping[Key, KeptArticle]:
        ids = [str(id) for (id,) in keys]
        held = self._window.get([*map(article_place, ids), *map(fingerprint_place, ids)])
        kept = [_kept_article(a, f) for a, f in zip(held[: len(ids)], held[len(ids) :], strict=True)]
        return {(id,): row for id, row in zip(ids, kept, strict=True) if row is not None}

    def put(self, rows: Sequence[KeptArticle]) -> None:
        documents: dict[Place, Json | None] = {}
        edited = [kept.article.id for kept in rows if kept.article.version > 1]
        before = dict(zip(edited, self._window.get([fingerprint_place(id) for id in edited]), strict=True))
        for kept in rows:
            id, digest = kept.article.id, "" if kept.fingerprint is None else storable(kept.fingerprint.digest)
            document = with_article(None, kept.article, kept.claims, digest)
            if kept.lineage is not None:
                document = with_lineage(document, id, kept.lineage)
            documents[article_place(id)] = document
            if kept.fingerprint is not None:
                found = fingerprint_document(id, kept.fingerprint, kept.kept)
                for earlier in earlier_in(before.get(id)):
                    found = found_by(found, earlier)
                documents[fingerprint_place(id)] = found
        self._window.put(documents)

    def drop(self, keys: Collection[Key]) -> None:
        """Change nothing: articles stay."""


def _kept_article(held: Json | None, fingerprint: Json | None) -> KeptArticle | None:
    article = article_of(held)
    if held is None or article is None:
        return None
    return KeptArticle(
        article=article,
        claims=claims_of(held),
        fingerprint=None if fingerprint is None else fingerprint_of(fingerprint),
        lineage=lineage_of(held),
        kept=0 if fingerprint is None else fingerprint["kept"],
    )
