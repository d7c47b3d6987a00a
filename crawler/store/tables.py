"""What the store keeps, in SQL: every method of the Store contract as statements on one database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from json import dumps, loads
from typing import Any, Protocol

from crawler.model import (
    Alert,
    AlertState,
    Article,
    ArticleId,
    Claim,
    Edge,
    FeedState,
    Fingerprint,
    Gap,
    Lineage,
    Match,
    Origin,
    Pending,
    Reason,
    Review,
    Stop,
    Version,
    version_of,
)
from crawler.ports import Dossier, Fate, Finding, Mark, Query, Relation, Settled, Status
from crawler.shelves import KeptArticle, KeptVersion, Refused, Shelf
from crawler.store.conditions import Indexed, conditions, indexed
from crawler.store.fingerprints import Fingerprints
from crawler.store.rows import (
    ALERT,
    ARTICLE,
    CLAIM,
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
    storable,
)
from crawler.store.table_shelves import table_shelves
from crawler.store.terms import (
    DAY,
    KEPT,
    REFUSALS_SHOWN,
    SAME_TEXT,
    Earlier,
    content_time,
    has_reason,
    linked_by,
    news,
    refusal,
    versions_named,
)

_SIDES = ("left_id", "right_id")
_RELATIONS_AT_ONCE = 2_000
_RELATIONS = """
    SELECT a.id, a.source, a.at, l.role, l.origin_source, coalesce(l.value ->> '$.origin.external', 0),
        l.value ->> '$.delay_seconds', (
            SELECT json_group_array(json_object('parent', p.value ->> '$.parent.source.id',
                'kind', p.value ->> '$.kind', 'credited', p.value ->> '$.attribution.credited',
                'verdict', p.value ->> '$.attribution.verdict', 'linked', p.value ->> '$.attribution.linked'))
            FROM json_each(l.value, '$.parents') p)
    FROM articles a JOIN lineages l ON l.id = a.id WHERE a.id > ? ORDER BY a.id LIMIT ?
"""
_PAGE = 500  # rows read at a time where all are asked for: no cursor stays open over somebody's writing


class Runner(Protocol):
    """What runs the statements."""

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    def each(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]: ...
    def run(self, sql: str, values: Sequence[Any] = ()) -> int: ...
    def add(self, sql: str, values: Sequence[Any]) -> int: ...
    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> int: ...
    def memory(self) -> dict[str, Any]: ...
    def mark(self) -> Mark: ...
    def writing(self) -> AbstractContextManager[None]: ...
    def reading(self) -> AbstractContextManager[None]: ...
    def close(self) -> None: ...
    def is_there(self) -> bool: ...
    def schema(self) -> int: ...
    def size(self) -> int | None: ...


class Tables:
    """The Store contract (``crawler.ports``) over the tables of ``crawler.store.migrations``."""

    few = 2_000  # rows that are rather found by an index and sorted than looked at in the order that is wanted

    def __init__(self, database: Runner, *, url: str) -> None:
        self.url = url
        self._db = database
        self._fingerprints = Fingerprints(database)

    def writing(self) -> AbstractContextManager[None]:
        return self._db.writing()

    def refresh(self) -> bool:
        return False  # what is committed is visible

    def check(self) -> None:
        with self._db.writing():
            pass  # the write lock was to be had

    def checkup(self) -> Sequence[Finding]:
        return ()

    def read_ahead(
        self,
        texts: Mapping[ArticleId, Fingerprint],
        *,
        entries: Collection[str] = (),
        alerts: Collection[str] = (),
    ) -> None:
        """Do nothing: a question costs microseconds."""

    def close(self) -> None:
        self._db.close()

    # articles and facts

    def save_article(
        self, article: Article, claims: Sequence[Claim], fingerprint: Fingerprint, *, seeding: bool = False
    ) -> None:
        with self._db.writing():
            number, earlier = self._save_content(article)
            self._save_claims(number, claims)
            self._fingerprints.save(number, fingerprint, earlier=earlier)

    def _save_content(self, article: Article) -> tuple[int, tuple[Earlier, ...] | None]:
        """Keep the article itself, its earlier version if the content is another.

        Return its number and, in the latter case, what its texts until now are found by.
        """
        found = self._db.all("SELECT doc, content_hash, title, text, value FROM articles WHERE id = ?", (article.id,))
        if not found:
            return self._put_content(None, article), ()
        number, old_hash, old_title, old_text, old_value = found[0]
        self._put_content(number, article)
        if storable(article.content_hash) == old_hash:
            return number, None
        old = replace(ARTICLE.load(old_value), title=old_title, text=old_text)
        self._put_version(number, version_of(old))
        self._name_version(article.id, old_hash)
        earlier = self._fingerprints.earlier_of(number)
        current = self._fingerprints.current_of(number)
        if current is not None:
            earlier += (Earlier(content_hash=old_hash, last_seen=micros(old.last_seen_at), fingerprint=current),)
        return number, tuple(e for e in earlier if e.content_hash != article.content_hash)

    def _put_content(self, number: int | None, article: Article) -> int:
        """Write the row of *article*, a new one where there is no number yet; return its number."""
        columns = (
            article.source.id,
            micros(content_time(article)),
            micros(article.first_seen_at),
            article.content_hash,
            article.title,
            article.text,
            ARTICLE.dump(replace(article, title=None, text="")),
        )
        if number is None:
            return self._db.add(
                "INSERT INTO articles (id, source, at, first_seen, content_hash, title, text, value) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (article.id, *columns),
            )
        self._db.run(
            "UPDATE articles SET source = ?, at = ?, first_seen = ?, content_hash = ?, title = ?, text = ?, value = ? "
            "WHERE doc = ?",
            (*columns, number),
        )
        return number

    def _put_version(self, number: int, version: Version) -> None:
        self._db.run(
            "INSERT INTO versions (doc, version, content_hash, last_seen, title, text) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (doc, content_hash) DO UPDATE SET version = excluded.version, last_seen = excluded.last_seen",
            (
                number,
                version.number or 0,
                version.content_hash,
                micros(version.last_seen_at),
                version.title,
                version.text,
            ),
        )

    def _name_version(self, id: ArticleId, content_hash: str) -> None:
        """Have the matches of the article that do not say what version they are about say that it is this one."""
        for match in (*self._matches_of(id), *self._matches_of(id, "rejected")):
            if match.version_of(id) is None:
                self.save_matches([match.about(id, content_hash)])

    def save_version(self, id: ArticleId, version: Version, fingerprint: Fingerprint) -> None:
        with self._db.writing():
            self.put_version(KeptVersion(id=id, version=version, fingerprint=fingerprint))

    def put_version(self, kept: KeptVersion) -> None:
        """Write an earlier content of an article that is there; nothing where it is the current one."""
        version = kept.version
        for number, current in self._db.all("SELECT doc, content_hash FROM articles WHERE id = ?", (kept.id,)):
            if current == storable(version.content_hash):
                return
            self._put_version(number, version)
            now = self._fingerprints.current_of(number)
            if now is None:
                return
            earlier = [e for e in self._fingerprints.earlier_of(number) if e.content_hash != version.content_hash]
            if kept.fingerprint is not None:
                seen = micros(version.last_seen_at)
                late = Earlier(content_hash=version.content_hash, last_seen=seen, fingerprint=kept.fingerprint)
                earlier.append(late)
            self._fingerprints.save(number, now, earlier=earlier)

    def versions(self, id: ArticleId) -> Sequence[Version]:
        rows = self._db.all(
            "SELECT v.version, v.content_hash, v.title, v.text, v.last_seen FROM articles a "
            "JOIN versions v ON v.doc = a.doc AND v.content_hash <> a.content_hash "
            "WHERE a.id = ? ORDER BY v.last_seen, v.content_hash",
            (id,),
        )
        return tuple(map(_version, rows))

    def _versions_named(self, number: int, hashes: Collection[str]) -> dict[str, Version]:
        """Return those versions of the article."""
        sql = "SELECT version, content_hash, title, text, last_seen FROM versions WHERE doc = ? AND content_hash = ?"
        found = [row for hash in hashes for row in self._db.all(sql, (number, hash))]
        return {row[1]: _version(row) for row in found}

    def _save_claims(self, number: int, claims: Sequence[Claim]) -> None:
        self._db.run("DELETE FROM claims WHERE doc = ?", (number,))
        self._db.run_each(
            "INSERT INTO claims (doc, position, link, value) VALUES (?, ?, ?, ?)",
            [(number, n, linked_by(claim), CLAIM.dump(claim)) for n, claim in enumerate(claims)],
        )

    def save_matches(self, matches: Sequence[Match]) -> None:
        with self._db.writing():
            # One by one, for of two that name the same ids the last is kept.
            for match in matches:
                table, other = ("rejected", "matches") if match.shared.is_rejected else ("matches", "rejected")
                self._db.run(f"DELETE FROM {other} WHERE left_id = ? AND right_id = ?", (match.left, match.right))
                self._db.run(
                    f"INSERT INTO {table} (left_id, right_id, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (left_id, right_id) DO UPDATE SET value = excluded.value",
                    (match.left, match.right, MATCH.dump(match)),
                )

    def article(self, id: ArticleId) -> Article | None:
        found = self._db.all("SELECT title, text, value FROM articles WHERE id = ?", (id,))
        return _article(*found[0]) if found else None

    def articles(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Article]:
        ordered = sorted(set(ids))
        found = self._db.each("SELECT title, text, value FROM articles WHERE id = ?", [(id,) for id in ordered])
        return {id: _article(*rows[0]) for id, rows in zip(ordered, found, strict=True) if rows}

    def dossiers(
        self, ids: Collection[ArticleId], *, among: Collection[ArticleId] | None = None
    ) -> Mapping[ArticleId, Dossier]:
        near = None if among is None else dumps(sorted(set(among)))
        found: dict[ArticleId, Dossier] = {}
        with self._db.reading():
            for id in sorted(set(ids)):
                sql = "SELECT doc, title, text, value FROM articles WHERE id = ?"
                for number, *columns in self._db.all(sql, (id,)):
                    article, matches = _article(*columns), self._matches_of(id, among=near)
                    found[id] = Dossier(
                        article=article,
                        claims=self._claims_of(number),
                        matches=matches,
                        versions=self._versions_named(number, versions_named(article, matches)),
                        reviews=self._reviews_of(id),
                    )
        return found

    def _reviews_of(self, id: ArticleId) -> tuple[Review, ...]:
        rows = self._db.all("SELECT value FROM reviews WHERE copy = ? ORDER BY at", (id,))
        return tuple(REVIEW.load(value) for (value,) in rows)

    def _claims_of(self, number: int) -> tuple[Claim, ...]:
        rows = self._db.all("SELECT value FROM claims WHERE doc = ? ORDER BY position", (number,))
        return tuple(CLAIM.load(value) for (value,) in rows)

    def _matches_of(self, id: ArticleId, table: str = "matches", *, among: str | None = None) -> tuple[Match, ...]:
        """Return the matches of *id* by other id; *among* is a JSON list of the other sides wanted, None: all."""
        limits = ("", "") if among is None else tuple(f"AND {x} IN (SELECT value FROM json_each(?2))" for x in _SIDES)
        rows = self._db.all(
            f"SELECT right_id AS other, value FROM {table} WHERE left_id = ?1 {limits[1]} "
            f"UNION ALL SELECT left_id, value FROM {table} WHERE right_id = ?1 {limits[0]} ORDER BY other",
            (id,) if among is None else (id, among),
        )
        return tuple(_match(value) for _, value in rows)

    def matched(self, id: ArticleId, limit: int) -> Sequence[ArticleId]:
        # Each side in the order of an index, so that no more than the limit is read of it.
        return self._ids(
            "SELECT * FROM (SELECT right_id AS other FROM matches WHERE left_id = ?1 ORDER BY right_id LIMIT ?2) "
            "UNION ALL SELECT * FROM (SELECT left_id FROM matches WHERE right_id = ?1 ORDER BY left_id LIMIT ?2) "
            "ORDER BY other LIMIT ?2",
            (id, max(0, limit)),
        )

    def same_text(self, digest: str, limit: int = SAME_TEXT) -> Sequence[ArticleId]:
        return self._fingerprints.same_text(digest, max(0, limit))

    def candidates(self, fingerprint: Fingerprint, limit: int, *, least: int = 2) -> Sequence[ArticleId]:
        with self._db.reading():
            return self._fingerprints.candidates(fingerprint, limit, least)

    def fingerprint(self, id: ArticleId) -> Fingerprint | None:
        return self.fingerprints([id]).get(id)

    def fingerprints(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Fingerprint]:
        found = ((id, self._fingerprints.current(id)) for id in sorted(set(ids)))
        return {id: fingerprint for id, fingerprint in found if fingerprint is not None}

    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        return self._fingerprints.earlier(id)

    def outdated(self, scheme: str, limit: int) -> Sequence[ArticleId]:
        return self._fingerprints.outdated(scheme, limit)

    def save_fingerprints(self, id: ArticleId, current: Fingerprint, earlier: Mapping[str, Fingerprint]) -> None:
        with self._db.writing():
            for (number,) in self._db.all("SELECT doc FROM articles WHERE id = ?", (id,)):
                seen = self._db.all("SELECT content_hash, last_seen FROM versions WHERE doc = ?", (number,))
                again = [
                    Earlier(content_hash=hash, last_seen=last_seen, fingerprint=earlier[hash])
                    for hash, last_seen in seen
                    if hash in earlier
                ]
                self._fingerprints.save(number, current, earlier=again)

    def stop(self, stops: Sequence[Stop]) -> None:
        with self._db.writing():
            self._db.run_each(
                "INSERT OR IGNORE INTO stops (id, value) VALUES (?, ?)", [(stop.id, STOP.dump(stop)) for stop in stops]
            )

    def stopped(self, scheme: str, hashes: Collection[int]) -> frozenset[int]:
        ids = {f"{scheme} {hash}": hash for hash in hashes}
        found = self._ids("SELECT id FROM stops WHERE id IN (SELECT value FROM json_each(?))", (dumps(list(ids)),))
        return frozenset(ids[id] for id in found)

    def article_ids(self) -> Iterator[ArticleId]:
        last = ""
        while ids := self._ids("SELECT id FROM articles WHERE id > ? ORDER BY id LIMIT ?", (last, _PAGE)):
            yield from ids
            last = ids[-1]

    def matches(self, *, rejected: bool = False) -> Iterator[Match]:
        tables = ("matches", "rejected") if rejected else ("matches",)
        some = "SELECT left_id, right_id, value FROM {} WHERE (left_id, right_id) > (?1, ?2)"
        sql = f"{' UNION ALL '.join(map(some.format, tables))} ORDER BY left_id, right_id LIMIT ?3"
        last = ("", "")
        while rows := self._db.all(sql, (*last, _PAGE)):
            for left, right, value in rows:
                yield MATCH.load(value)
                last = (left, right)

    def mark(self) -> Mark | None:
        return self._db.mark()

    # judgements

    def save_lineage(self, id: ArticleId, lineage: Lineage) -> bool:
        with self._db.writing():
            found = self._db.all("SELECT value FROM lineages WHERE id = ?", (id,))
            if not found:
                self._put_lineage(id, replace(lineage, revision=1))
                self._put_edges(id, lineage)
                return True
            # Compared as it would be read again: what was stored may lack what only memory can hold.
            lineage = LINEAGE.load(LINEAGE.dump(lineage))
            old = LINEAGE.load(found[0][0])
            told = news(old, lineage)
            if told == "copies":
                self._put_lineage(id, replace(old, copies=lineage.copies, role=lineage.role))
            if told == "judgement":
                self._db.run(
                    "INSERT INTO lineage_history (id, revision, decided_at, value) VALUES (?, ?, ?, ?)",
                    (id, old.revision, micros(old.decided_at), LINEAGE.dump(old)),
                )
                self._put_lineage(id, replace(lineage, revision=old.revision + 1))
                self._put_edges(id, lineage)
            return told == "judgement"

    def _put_lineage(self, id: ArticleId, lineage: Lineage) -> None:
        self._db.run(
            "INSERT INTO lineages (id, role, origin_source, verdict, value) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET role = excluded.role, origin_source = excluded.origin_source, "
            "verdict = excluded.verdict, value = excluded.value",
            (
                id,
                lineage.role,
                lineage.origin and lineage.origin.source.id,
                lineage.attribution and lineage.attribution.verdict,
                LINEAGE.dump(lineage),
            ),
        )

    def _put_edges(self, id: ArticleId, lineage: Lineage) -> None:
        self._db.run("DELETE FROM edges WHERE copy = ?", (id,))
        self._db.run_each(
            "INSERT INTO edges (copy, rival, position, parent, external) VALUES (?, ?, ?, ?, ?)",
            [
                (id, rival, position, edge.parent.id, edge.parent.external)
                for rival, edges in enumerate((lineage.parents, lineage.rivals))
                for position, edge in enumerate(edges)
            ],
        )

    def lineage(self, id: ArticleId) -> Lineage | None:
        found = self._db.all("SELECT value FROM lineages WHERE id = ?", (id,))
        return LINEAGE.load(found[0][0]) if found else None

    def history(self, id: ArticleId) -> Sequence[Lineage]:
        with self._db.reading():
            rows = self._db.all("SELECT value FROM lineage_history WHERE id = ? ORDER BY revision", (id,))
            rows += self._db.all("SELECT value FROM lineages WHERE id = ?", (id,))
        return tuple(LINEAGE.load(value) for (value,) in rows)

    def lineages(self, ids: Collection[ArticleId] | None = None) -> Iterator[tuple[ArticleId, Lineage]]:
        if ids is not None:
            wanted = sorted(set(ids))
            found = self._db.each("SELECT value FROM lineages WHERE id = ?", [(id,) for id in wanted])
            yield from ((id, LINEAGE.load(rows[0][0])) for id, rows in zip(wanted, found, strict=True) if rows)
            return
        last = ""
        while rows := self._db.all(
            "SELECT id, value FROM lineages WHERE id > ? ORDER BY id LIMIT ?",
            (last, _PAGE),
        ):
            for id, value in rows:
                yield ArticleId(id), LINEAGE.load(value)
                last = id

    # what analysts say

    def save_review(self, review: Review) -> None:
        with self._db.writing():
            self._db.run(
                "INSERT OR REPLACE INTO reviews (copy, at, value) VALUES (?, ?, ?)",
                (review.copy, micros(review.at), REVIEW.dump(review)),
            )

    def reviews(self) -> Iterator[Review]:
        last: tuple[str, int] = ("", 0)
        while rows := self._db.all(
            "SELECT copy, at, value FROM reviews WHERE (copy, at) > (?, ?) ORDER BY copy, at LIMIT ?", (*last, _PAGE)
        ):
            for copy, at, value in rows:
                yield REVIEW.load(value)
                last = (copy, at)

    def children(self, parent: ArticleId) -> Sequence[ArticleId]:
        return self._ids("SELECT DISTINCT copy FROM edges WHERE parent = ? AND rival = 0 ORDER BY copy", (parent,))

    def republishers(self, parent: ArticleId) -> Mapping[str, int]:
        return dict(
            self._db.all(
                "SELECT source, count(*) AS copies FROM articles WHERE id IN "
                "(SELECT copy FROM edges WHERE parent = ? AND rival = 0) GROUP BY source ORDER BY copies DESC, source",
                (parent,),
            )
        )

    def external(self, id: ArticleId) -> Origin | None:
        found = self._db.all(
            "SELECT e.rival, e.position, l.value FROM edges e JOIN lineages l ON l.id = e.copy "
            "WHERE e.parent = ? AND e.external ORDER BY e.rival, e.copy, e.position LIMIT 1",
            (id,),
        )
        for rival, position, value in found:
            lineage = LINEAGE.load(value)
            edges: tuple[Edge, ...] = lineage.rivals if rival else lineage.parents
            return edges[int(position)].parent
        return None

    def claiming(self, id: ArticleId) -> Sequence[ArticleId]:
        return self._ids(
            "SELECT id FROM articles WHERE doc IN (SELECT doc FROM claims WHERE link = ?) ORDER BY id", (id,)
        )

    def descendants(self, id: ArticleId) -> int:
        # UNION keeps each once, so that a ring of edges ends.
        found = self._db.all(
            "WITH RECURSIVE below (id) AS ("
            "SELECT copy FROM edges WHERE parent = ? AND rival = 0 "
            "UNION SELECT e.copy FROM below b JOIN edges e ON e.parent = b.id AND e.rival = 0) "
            "SELECT count(*) FROM below WHERE id <> ?",
            (id, id),
        )
        return int(found[0][0])

    def leave(self, ids: Collection[ArticleId], *, seeding: bool = False) -> None:
        with self._db.writing():
            self._db.run_each("INSERT OR IGNORE INTO left_over (id) VALUES (?)", [(id,) for id in ids])

    def left(self, limit: int) -> Sequence[ArticleId]:
        return self._ids("SELECT id FROM left_over ORDER BY id LIMIT ?", (max(0, limit),))

    def seeding(self, ids: Collection[ArticleId]) -> Collection[ArticleId]:
        return ()

    def delivering(self) -> AbstractContextManager[None]:
        return nullcontext()  # who makes messages holds the block

    def settling(self) -> AbstractContextManager[None]:
        return nullcontext()  # each judgement is a transaction of its own

    def settled(self, id: ArticleId) -> None:
        with self._db.writing():
            self._db.run("DELETE FROM left_over WHERE id = ?", (id,))

    def guarded(self, query: Query, reason: Reason | None = None) -> Sequence[Match]:
        has = "json_extract(value, '$.shared.reason') " + ("IS NOT NULL" if reason is None else "= ?")
        given = () if reason is None else (reason,)
        sides = [(table, side) for table in ("matches", "rejected") for side in ("left_id", "right_id")]
        one = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {side} = a.id AND {has})" for table, side in sides)
        found: dict[Match, None] = {}
        with self._db.reading():
            ids = self._found("a.id", query, (f"({one})", given * len(sides)))
            for (id,) in ids:
                matches = sorted(self._matches_of(id) + self._matches_of(id, "rejected"), key=lambda m: m.other(id))
                found |= dict.fromkeys(match for match in matches if has_reason(match, reason))
        return tuple(found)[: max(0, query.limit)]

    def search(self, query: Query) -> Sequence[tuple[Article, Lineage]]:
        rows = self._found("a.title, a.text, a.value, l.value", query)
        return tuple((_article(title, text, value), LINEAGE.load(lineage)) for title, text, value, lineage in rows)

    def _found(self, columns: str, query: Query, *more: tuple[str, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return *columns* of what *query* asks for and *more* conditions leave, newest first."""
        leading = [(self._few(one), one) for one in indexed(query)]
        least = min((few for few, _ in leading), default=self.few + 1)
        asked: list[tuple[str, tuple[Any, ...]]] = []
        for few, one in leading:
            # One index leads to the rows; where none has few of them, they are looked at in their order.
            leads = few == least <= self.few
            asked.append((one.found if leads else one.checked, (one.value,)))
            least = -1 if leads else least
        asked += [*conditions(query), *more]
        order = f"ORDER BY a.at {'ASC' if query.oldest else 'DESC'}, a.id"
        # Sorted by themselves: with the texts they would be sorted on disk.
        docs = (
            f"SELECT a.doc AS doc FROM articles a JOIN lineages l ON l.id = a.id "
            f"WHERE {' AND '.join(condition for condition, _ in asked) or 'TRUE'} {order} LIMIT ?"
        )
        return self._db.all(
            f"SELECT {columns} FROM ({docs}) AS found JOIN articles a ON a.doc = found.doc "
            f"JOIN lineages l ON l.id = a.id {order}",
            (*(value for _, values in asked for value in values), max(0, query.limit)),
        )

    def _few(self, one: Indexed) -> int:
        """Return how many rows hold a condition, or one more than are few."""
        return int(self._db.all(f"SELECT count(*) FROM ({one.rows} LIMIT ?)", (one.value, self.few + 1))[0][0])

    # feeds and entries

    def feed_state(self, url: str) -> FeedState | None:
        found = self._db.all("SELECT value FROM feeds WHERE url = ?", (url,))
        return FEED_STATE.load(found[0][0]) if found else None

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        found = self._db.each("SELECT url, value FROM feeds WHERE url = ?", [(url,) for url in urls])
        return {url: FEED_STATE.load(value) for rows in found for url, value in rows}

    def save_poll(self, state: FeedState, pending: Sequence[Pending]) -> Sequence[Pending]:
        kept = []
        with self._db.writing():
            self._db.run(
                "INSERT INTO feeds (url, value) VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET value = excluded.value",
                (state.url, FEED_STATE.dump(state)),
            )
            if state.gap is not None:
                self._put_gap(state.gap)
            for entry in pending:
                seen = micros(entry.first_seen_at)
                if self._db.run(
                    "INSERT OR IGNORE INTO entries "
                    "(key, source, state, tries, first_seen, last_seen, not_before, value) "
                    "VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)",
                    (
                        entry.key,
                        entry.source_id,
                        entry.tries,
                        seen,
                        seen,
                        maybe_micros(entry.not_before),
                        PENDING.dump(entry),
                    ),
                ):
                    kept.append(entry)
                else:
                    self._db.run(
                        "UPDATE entries SET last_seen = ? WHERE key = ? AND last_seen < ?",
                        (seen, entry.key, micros(entry.first_seen_at - DAY)),
                    )
        return tuple(kept)

    def _put_gap(self, gap: Gap) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO gaps (feed, since, until, source, caught_up, value) VALUES (?, ?, ?, ?, ?, ?)",
            (gap.feed, micros(gap.since), maybe_micros(gap.until), gap.source_id, gap.caught_up, GAP.dump(gap)),
        )

    def gaps(self, since: datetime, until: datetime, limit: int, *, source: str | None = None) -> Sequence[Gap]:
        whose, values = ("caught_up = 0", ()) if source is None else ("source = ?", (source,))
        rows = self._db.all(
            f"SELECT value FROM gaps WHERE {whose} AND since < ? AND (until IS NULL OR until > ?) "
            "ORDER BY since DESC, feed LIMIT ?",
            (*values, micros(until), micros(since), max(0, limit)),
        )
        return tuple(GAP.load(value) for (value,) in rows)

    def settled_entries(self, source: str, limit: int) -> Sequence[Settled]:
        rows = self._db.all(
            "SELECT key, state, reason, first_seen FROM entries "
            "WHERE source = ? AND state IN ('done', 'failed') ORDER BY first_seen DESC, key LIMIT ?",
            (source, max(0, limit)),
        )
        return tuple(Settled(key=k, outcome=s, reason=r, first_seen_at=instant(at)) for k, s, r, at in rows)

    def pending(self, sources: Collection[str], limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        rows = self._db.all(
            "SELECT value, tries, not_before FROM entries "
            "WHERE state = 'pending' AND source IN (SELECT value FROM json_each(?)) "
            "AND (? IS NULL OR not_before IS NULL OR not_before <= ?) "
            "ORDER BY tries, first_seen, key LIMIT ?",
            (dumps(sorted(set(sources))), maybe_micros(now), maybe_micros(now), max(0, limit)),
        )
        return tuple(
            replace(PENDING.load(value), tries=tries, not_before=maybe_instant(at)) for value, tries, at in rows
        )

    def settle_entry(
        self, key: str, outcome: Fate, reason: str | None = None, *, not_before: datetime | None = None
    ) -> None:
        with self._db.writing():
            if outcome in {"again", "later"}:
                self._db.run(
                    "UPDATE entries SET tries = tries + ?, reason = ?, not_before = ? "
                    "WHERE key = ? AND state IN ('pending', 'revisit')",
                    (int(outcome == "again"), reason, maybe_micros(not_before), key),
                )
            else:
                self._db.run(
                    "UPDATE entries SET state = ?, reason = ?, not_before = NULL, value = NULL "
                    "WHERE key = ? AND state IN ('pending', 'revisit')",
                    (outcome, reason, key),
                )

    def save_revisit(self, pending: Pending) -> None:
        seen = micros(pending.first_seen_at)
        row = (pending.key, pending.source_id, pending.tries, seen, seen, maybe_micros(pending.not_before))
        with self._db.writing():
            self._db.run(
                "INSERT OR REPLACE INTO entries (key, source, state, tries, first_seen, last_seen, not_before, value) "
                "VALUES (?, ?, 'revisit', ?, ?, ?, ?, ?)",
                (*row, PENDING.dump(pending)),
            )

    def revisits(self, sources: Collection[str], limit: int, *, now: datetime) -> Sequence[Pending]:
        rows = self._db.all(
            "SELECT value, tries, not_before FROM entries "
            "WHERE state = 'revisit' AND not_before <= ? AND source IN (SELECT value FROM json_each(?)) "
            "ORDER BY not_before, key LIMIT ?",
            (micros(now), dumps(sorted(set(sources))), max(0, limit)),
        )
        return tuple(
            replace(PENDING.load(value), tries=tries, not_before=maybe_instant(at)) for value, tries, at in rows
        )

    # alerts: the outbox

    def queue_alert(self, alert: Alert) -> bool:
        with self._db.writing():
            return bool(self._keep_alert("INSERT OR IGNORE INTO", alert))

    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]:
        rows = self._db.all(
            "SELECT value FROM alerts WHERE state = 'pending' AND (not_before IS NULL OR not_before <= ?) "
            "ORDER BY created_at, key LIMIT ?",
            (micros(now), max(0, limit)),
        )
        return tuple(ALERT.load(value) for (value,) in rows)

    def save_alert(self, alert: Alert) -> None:
        with self._db.writing():
            self._keep_alert("INSERT OR REPLACE INTO", alert)

    def _keep_alert(self, insert: str, alert: Alert) -> int:
        not_before = None if alert.not_before is None else micros(alert.not_before)
        return self._db.run(
            f"{insert} alerts (key, state, created_at, not_before, value) VALUES (?, ?, ?, ?, ?)",
            (alert.key, alert.state, micros(alert.created_at), not_before, ALERT.dump(alert)),
        )

    def alerts(
        self,
        limit: int,
        *,
        state: AlertState | None = None,
        rule: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> Sequence[Alert]:
        asked: list[tuple[str, tuple[Any, ...]]] = [] if state is None else [("state = ?", (state,))]
        if rule is not None:
            asked.append(("json_extract(value, '$.rule') = ?", (storable(rule),)))
        if since is not None:
            asked.append(("created_at >= ?", (micros(since),)))
        if after is not None:
            at = micros(after[0])
            asked.append(("created_at <= ? AND (created_at < ? OR key > ?)", (at, at, after[1])))
        rows = self._db.all(
            f"SELECT value FROM alerts WHERE {' AND '.join(words for words, _ in asked) or 'TRUE'} "
            "ORDER BY created_at DESC, key LIMIT ?",
            (*(value for _, values in asked for value in values), max(0, limit)),
        )
        return tuple(ALERT.load(value) for (value,) in rows)

    def alert(self, key: str) -> Alert | None:
        found = self._db.all("SELECT value FROM alerts WHERE key = ?", (key,))
        return ALERT.load(found[0][0]) if found else None

    # lists and upkeep

    def relations(self) -> Iterator[Relation]:
        last = ""
        while rows := self._db.all(_RELATIONS, (last, _RELATIONS_AT_ONCE)):
            for id, source, at, role, origin, external, delay, parents in rows:
                rest = {"copy": id, "source": source, "at": instant(at), "role": role, "origin": origin}
                for parent in loads(parents or "[]") or [{}]:
                    yield Relation(**rest, external=bool(external), delay_seconds=delay, **parent)
                last = id

    def edges(self) -> Iterator[Edge]:
        last = ""
        while rows := self._db.all(
            "SELECT id, value FROM lineages WHERE id > ? AND id IN (SELECT copy FROM edges WHERE rival = 0) "
            "ORDER BY id LIMIT ?",
            (last, _PAGE),
        ):
            for id, value in rows:
                yield from LINEAGE.load(value).parents
                last = id

    def status(self) -> Status:
        with self._db.reading():
            newest = self._db.all("SELECT max(first_seen) FROM articles")[0][0]
            return Status(
                url=self.url,
                schema=self._db.schema(),
                articles=self._count("articles"),
                matches=self._count("matches"),
                edges=self._count("edges WHERE rival = 0"),
                pending=self._count("entries WHERE state = 'pending'"),
                alerts_pending=self._count("alerts WHERE state = 'pending'"),
                alerts_dead=self._count("alerts WHERE state = 'dead'"),
                feeds=self._count("feeds"),
                bytes=self._db.size(),
                newest=None if newest is None else instant(newest),
                schemes=self._fingerprints.schemes(),
                refused=self._count("refused"),
                refusals=tuple(map(refusal, self._newest_refused())),
            )

    def _newest_refused(self) -> list[Refused]:
        found = self._db.all("SELECT place, id FROM refused ORDER BY at DESC, id LIMIT ?", (REFUSALS_SHOWN,))
        return list(self.shelves["refused"].get(found).values())

    def clean_up(self, now: datetime) -> int:
        with self._db.writing():
            settled = "state IN ('done', 'failed')"
            return self._db.run(f"DELETE FROM entries WHERE {settled} AND last_seen < ?", (micros(now - KEPT),))

    # shelves

    def init(self) -> Sequence[str]:
        made = () if self._db.is_there() else (self.url,)
        self._db.schema()  # opening makes it
        return made

    def migrate(self, tell: Callable[[int, int], None] = lambda _done, _of: None) -> Sequence[str]:
        return ()  # opening the file did it

    def drop_old(self) -> Sequence[str]:
        return ()

    @property
    def shelves(self) -> Mapping[str, Shelf[Any]]:
        return table_shelves(self._db, self)

    def snapshot(self) -> AbstractContextManager[None]:
        return self._db.reading()

    def kept_articles(self, numbers: Sequence[int]) -> Sequence[KeptArticle]:
        """Return the articles of these numbers with all that is theirs."""
        found = self._db.each("SELECT id, title, text, value FROM articles WHERE doc = ?", [(n,) for n in numbers])
        return [
            KeptArticle(
                article=_article(*columns),
                claims=self._claims_of(number),
                fingerprint=self.fingerprint(id),
                lineage=self.lineage(id),
                kept=number,
            )
            for number, ((id, *columns),) in zip(numbers, found, strict=True)
        ]

    def put_article(self, kept: KeptArticle) -> None:
        """Write an article and what is its as it is: no version, no match, no history follows from it."""
        id = kept.article.id
        found = self._db.all("SELECT doc FROM articles WHERE id = ?", (id,))
        number = self._put_content(found[0][0] if found else None, kept.article)
        self._save_claims(number, kept.claims)
        if kept.fingerprint is not None:
            self._fingerprints.save(number, kept.fingerprint)
        if kept.lineage is not None:
            self.put_lineage(id, kept.lineage)

    def put_lineage(self, id: ArticleId, lineage: Lineage) -> None:
        """Write a judgement as it is: no history, no revision follows from it."""
        self._put_lineage(id, lineage)
        self._put_edges(id, lineage)

    def marker(self, name: str) -> str | None:
        found = self._db.all("SELECT text FROM markers WHERE name = ?", (name,))
        return found[0][0] if found else None

    def put_marker(self, name: str, text: str | None) -> None:
        with self._db.writing():
            if text is None:
                self._db.run("DELETE FROM markers WHERE name = ?", (name,))
            else:
                self._db.run("INSERT OR REPLACE INTO markers (name, text) VALUES (?, ?)", (name, text))

    # helpers of several

    def _ids(self, sql: str, values: Sequence[Any]) -> tuple[ArticleId, ...]:
        return tuple(ArticleId(id) for (id,) in self._db.all(sql, values))

    def _count(self, rows: str) -> int:
        return int(self._db.all(f"SELECT count(*) FROM {rows}")[0][0])


@lru_cache(maxsize=4096)
def _match(value: str) -> Match:
    """Return the match of a row; those between the first copies of a much copied text are read again and again."""
    return MATCH.load(value)


def _article(title: str | None, text: str, value: str) -> Article:
    return replace(ARTICLE.load(value), title=title, text=text)


def _version(row: tuple[Any, ...]) -> Version:
    number, content_hash, title, text, last_seen = row
    return Version(
        number=number or None, content_hash=content_hash, title=title, text=text, last_seen_at=instant(last_seen)
    )
