"""The Store contract on Elasticsearch: what each method reads and writes.

Aliases: ``-articles`` (with claims and lineage), ``-matches``, ``-alerts`` for everybody; ``-fingerprints`` and
``-state`` (feeds, entries, notes, earlier versions, refused documents) for ourselves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

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
from crawler.shelves import KeptLineage, Shelf
from crawler.store.elastic.address import read_address
from crawler.store.elastic.ahead import ALL_MATCHES, LINKED, MATCHES, children_of, read_ahead, same_text
from crawler.store.elastic.candidates import candidates
from crawler.store.elastic.checkup import checkup
from crawler.store.elastic.connection import PATIENCE_SECONDS, REQUEST_SECONDS, Connection, Seen
from crawler.store.elastic.documents import (
    alert_document,
    alert_of,
    article_of,
    claims_of,
    digests_of,
    dossier_of,
    fingerprint_of,
    is_rejected,
    lineage_of,
    linking_of,
    match_document,
    match_of,
    parents_in,
    reviews_document,
    reviews_of,
    with_article,
    with_lineage,
)
from crawler.store.elastic.drafts import Change, Draft, Json, Place
from crawler.store.elastic.filters import more_terms
from crawler.store.elastic.indices import Templates, ours, prepare, schema_of
from crawler.store.elastic.migrating import drop_old, migrate, old_indices
from crawler.store.elastic.notes import holding, noting
from crawler.store.elastic.places import (
    alert_place,
    article_place,
    fingerprint_place,
    match_place,
    reviews_place,
    state_place,
)
from crawler.store.elastic.saving import Saved
from crawler.store.elastic.session import NOTHING, Session
from crawler.store.elastic.shelves import Window, elastic_shelves
from crawler.store.elastic.state import (
    entry_document,
    entry_of,
    feed_document,
    feed_of,
    gap_document,
    gap_of,
    history_document,
    is_seeding,
    marker_document,
    new_entry,
    refused_of,
    stop_document,
)
from crawler.store.elastic.texts import (
    earlier_after,
    earlier_fingerprints,
    put_earlier,
    put_fingerprints,
    put_version,
    versions,
    versions_at,
)
from crawler.store.rows import LINEAGE, instant, maybe_micros, micros, storable
from crawler.store.terms import (
    DAY,
    KEPT,
    OPEN,
    REFUSALS_SHOWN,
    SAME_TEXT,
    Earlier,
    has_reason,
    is_older,
    news,
    refusal,
    relations_of,
    search_phrases,
    versions_named,
    wanted,
    worth_keeping,
)

ABANDONED = timedelta(minutes=10)  # a note whose article is still not there after that: its writer is gone
_MOST_OUTLETS = 10_000
_FEEDS_AT_ONCE = 500  # states in a request
_LONGEST_TERM = 8191  # what is longer is kept but not indexed: the server refuses to look for it
_ALL: Json = {"match_all": {}}
_STORED: Json = {"exists": {"field": "url"}}
_REJECTED: Json = {"term": {"kind": "unrelated"}}
_MATCHES: Json = {"bool": {"must_not": [_REJECTED]}}


class ElasticStore:
    """The Store contract on a cluster, safe for several processes and threads at once.

    Other processes' writes become visible to searches about a second late: what two writers missed of each other is
    found by ``Engine.settle``. Single articles, lineages, feeds and alerts are always read as they are now.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        request_seconds: float = REQUEST_SECONDS,
        templates: Templates | None = None,
    ) -> None:
        address = read_address(url)
        self.url = address.shown
        self._link = Connection(address, patience_seconds=patience_seconds, request_seconds=request_seconds)
        self._templates = templates or ours()
        self._docs = Session(self._link, _phase, self._templates)
        self._window = Window(self._link, self._docs.ready)
        self._last = 0
        self._stops: frozenset[str] | None = None  # the ids of all that were learnt; None: to be read again

    def writing(self) -> AbstractContextManager[None]:
        return self._docs.writing(self._finish)

    def _finish(self, saved: Saved) -> None:
        """Note the lineages that another writer had changed first: they are to be judged from fresh reads."""
        raced = [place.id for place in saved.raced if place.where == "articles"]
        if raced:
            notes = {state_place("left", id): noting(id, at=self._now()) for id in raced}
            self._docs.save({p: Draft(base=Seen(), changes=(note,), now=note(None)) for p, note in notes.items()})

    def refresh(self) -> bool:
        self._docs.refresh()
        self._stops = None
        return True

    def check(self) -> None:
        self._docs.ready()
        self._link.check()

    def checkup(self) -> Sequence[Finding]:
        return tuple(checkup(self._link))

    def close(self) -> None:
        """Make what this process has saved visible to others and let go of the connection; the next use opens anew."""
        try:
            self._docs.settle_down()
        finally:
            self._link.close()

    # articles and facts

    def save_article(
        self, article: Article, claims: Sequence[Claim], fingerprint: Fingerprint, *, seeding: bool = False
    ) -> None:
        digest = storable(fingerprint.digest)
        place = article_place(article.id)
        with self.writing():
            note = state_place("left", article.id)
            self._docs.read([place, fingerprint_place(article.id), note])  # all in one request
            old = self._docs.change(place, lambda held: with_article(held, article, claims, digest))
            before = article_of(old)
            earlier = None
            if before is not None and before.content_hash != article.content_hash:
                earlier = self._keep_version(before, storable(article.content_hash))
            if put_fingerprints(self._docs, article.id, fingerprint, earlier, self._now()) or before is None:
                self._docs.change(note, noting(article.id, at=self._now(), digest=digest, seeding=seeding))

    def _keep_version(self, old: Article, new: str) -> Sequence[Earlier]:
        """Keep the content that gives way to that of hash *new*; return what texts until now are found by."""
        version, fingerprint = version_of(old), self.fingerprint(old.id)
        earlier = earlier_after(earlier_fingerprints(self._docs, old.id), version, fingerprint, new)
        put_version(self._docs, old.id, version, fingerprint)
        for match in self._matches_of([old.id], rejected=True)[old.id]:
            if match.version_of(old.id) is None:
                self.save_matches([match.about(old.id, version.content_hash)])
        return earlier

    def save_version(self, id: ArticleId, version: Version, fingerprint: Fingerprint) -> None:
        with self.writing():
            article, now = self.article(id), self.fingerprint(id)
            if article is None or now is None or article.content_hash == storable(version.content_hash):
                return
            before = earlier_fingerprints(self._docs, id)
            put_version(self._docs, id, version, fingerprint)
            after = earlier_after(before, version, fingerprint, article.content_hash)
            if put_fingerprints(self._docs, id, now, after, self._now()):
                self._docs.change(state_place("left", id), noting(id, at=self._now()))

    def versions(self, id: ArticleId) -> Sequence[Version]:
        article = self.article(id)
        return () if article is None else versions(self._docs, id, article.content_hash)

    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        article, current = self.article(id), self.fingerprint(id)
        if article is None or current is None:
            return {}
        earlier = (e for e in earlier_fingerprints(self._docs, id) if e.content_hash != article.content_hash)
        return {e.content_hash: e.fingerprint for e in worth_keeping(current, earlier)}

    def save_fingerprints(self, id: ArticleId, current: Fingerprint, earlier: Mapping[str, Fingerprint]) -> None:
        with self.writing():
            if self.article(id) is None:
                return
            put_earlier(self._docs, id, current, earlier)
            if put_fingerprints(self._docs, id, current, earlier_fingerprints(self._docs, id), self._now()):
                self._docs.change(state_place("left", id), noting(id, at=self._now()))

    def outdated(self, scheme: str, limit: int) -> Sequence[ArticleId]:
        query = {"bool": {"must_not": [{"term": {"scheme": scheme}}]}}
        return self._ids("fingerprints", query, lambda held: held["scheme"] != scheme, limit=max(0, limit))

    def _now(self) -> int:
        """Return the microsecond, ascending with each call."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def save_matches(self, matches: Sequence[Match]) -> None:
        ids = sorted({id for match in matches for id in (match.left, match.right)})
        with self.writing():
            held = self._docs.read([article_place(id) for id in ids])
            urls = {id: one["url"] for id, one in zip(ids, held, strict=True) if one and one.get("url")}
            for match in matches:
                self._docs.replace(match_place(match), match_document(match, urls))

    def article(self, id: ArticleId) -> Article | None:
        return self.articles([id]).get(id)

    def articles(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Article]:
        ordered = sorted(set(ids))
        held = map(article_of, self._docs.read([article_place(id) for id in ordered]))
        return {id: article for id, article in zip(ordered, held, strict=True) if article is not None}

    def dossiers(
        self, ids: Collection[ArticleId], *, among: Collection[ArticleId] | None = None
    ) -> Mapping[ArticleId, Dossier]:
        ordered = sorted(set(ids))
        both = self._docs.read([*map(article_place, ordered), *map(reviews_place, ordered)])  # in one request
        held, reviews = both[: len(ordered)], both[len(ordered) :]
        stored = [id for id, one in zip(ordered, held, strict=True) if one is not None]
        matches = self._matches_of(stored, among=among)
        found = {}
        for id, one, said in zip(ordered, held, reviews, strict=True):
            if one is not None and (dossier := dossier_of(one, matches.get(id, ()), reviews_of(said))) is not None:
                named = versions_named(dossier.article, dossier.matches)
                found[id] = replace(dossier, versions=versions_at(self._docs, id, named)) if named else dossier
        return found

    def _matches_of(
        self, ids: Sequence[ArticleId], *, rejected: bool = False, among: Collection[ArticleId] | None = None
    ) -> dict[ArticleId, list[Match]]:
        """Return the matches of each of *ids*, by the other id; those with whoever is *among*, None: all."""
        if among is not None and not among:
            return {}
        # No other writer knows of an article that is new in this block.
        new = {id for id in ids if self._docs.is_new(article_place(id))}
        found = self._docs.with_terms(ALL_MATCHES if rejected else MATCHES, ids, unknown=new)
        near = None if among is None else frozenset(among)
        sorted_out = {}
        for id in map(ArticleId, found):
            others = {match.other(id): match for match in map(match_of, found[id])}
            sorted_out[id] = [others[other] for other in sorted(others) if near is None or other in near]
        return sorted_out

    def matched(self, id: ArticleId, limit: int) -> Sequence[ArticleId]:
        matches = self._matches_of([id]).get(id, ())
        return tuple(match.other(id) for match in matches)[: max(0, limit)]

    def same_text(self, digest: str, limit: int = SAME_TEXT) -> Sequence[ArticleId]:
        digest = storable(digest)
        (hits,) = self._docs.ask([same_text(digest)])
        held = [hit["_source"] for hit in hits if not self._docs.is_own(Place("fingerprints", hit["_id"]))]
        held += [own for _, own in self._docs.own_with("fingerprints", digest) if digest in digests_of(own)]
        first = sorted(held, key=lambda one: (one["kept"], one["id"]))[: max(0, limit)]
        return tuple(sorted(ArticleId(one["id"]) for one in first))

    def candidates(self, fingerprint: Fingerprint, limit: int, *, least: int = 2) -> Sequence[ArticleId]:
        return candidates(self._docs, fingerprint, limit, least)

    def fingerprint(self, id: ArticleId) -> Fingerprint | None:
        return self.fingerprints([id]).get(id)

    def fingerprints(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Fingerprint]:
        ordered = sorted(set(ids))
        held = self._docs.read([fingerprint_place(id) for id in ordered])
        return {id: fingerprint_of(one) for id, one in zip(ordered, held, strict=True) if one is not None}

    def read_ahead(
        self,
        texts: Mapping[ArticleId, Fingerprint],
        *,
        entries: Collection[str] = (),
        alerts: Collection[str] = (),
    ) -> None:
        if self._docs.in_block:  # outside of one nothing that was read may be kept
            read_ahead(self._docs, texts, entries=entries, alerts=alerts)

    def stop(self, stops: Sequence[Stop]) -> None:
        with self.writing():
            for stop in stops:
                document = stop_document(stop)
                place = state_place("stop", stop.id)
                self._docs.change(place, lambda held, new=document: new if held is None else held)  # type: ignore[misc]
        self._stops = None

    def stopped(self, scheme: str, hashes: Collection[int]) -> frozenset[int]:
        known = self._stops
        if known is None:
            found = self._docs.pages("state", {"term": {"kind": "stop"}}, _is_stop, by=["id"], fields=["id"])
            known = self._stops = frozenset(held["id"] for held in found)
        return frozenset(hash for hash in hashes if f"{scheme} {hash}" in known) if known else frozenset()

    def article_ids(self) -> Iterator[ArticleId]:
        for held in self._docs.pages("articles", _STORED, _is_stored, by=["id"], fields=["id"]):
            yield ArticleId(held["id"])

    def matches(self, *, rejected: bool = False) -> Iterator[Match]:
        query, holds = (_ALL, _any) if rejected else (_MATCHES, _is_match)
        yield from map(match_of, self._docs.pages("matches", query, holds, by=["left.id", "right.id"]))

    def guarded(self, query: Query, reason: Reason | None = None) -> Sequence[Match]:
        found: dict[Match, None] = {}
        for ids in self._searched(query):
            matches = self._matches_of(ids, rejected=True)
            for id in ids:
                found |= dict.fromkeys(match for match in matches.get(id, ()) if has_reason(match, reason))
            if len(found) >= query.limit:
                break
        return tuple(found)[: max(0, query.limit)]

    def _searched(self, query: Query) -> Iterator[list[ArticleId]]:
        """Yield the ids of all that *query* asks for, whatever its limit, newest first, some at a time."""
        seen, size = 0, 200
        while True:
            found = self._articles(query, limit=size, fields=["id", "kept.at"])
            if seen < len(found):
                yield [ArticleId(held["id"]) for held in found[seen:]]
            if len(found) < size:
                return
            seen, size = len(found), 4 * size

    # judgements

    def mark(self) -> Mark | None:
        return None

    def save_lineage(self, id: ArticleId, lineage: Lineage) -> bool:
        # Compared as it would be read again: what was stored may lack what only memory can hold.
        lineage = LINEAGE.load(LINEAGE.dump(lineage))
        with self.writing():
            old = lineage_of(self._docs.change(article_place(id), _judging(id, lineage)))
            if old is None:
                return True
            told = news(old, lineage)
            if told == "judgement":
                self._docs.replace(
                    state_place("history", id, str(old.revision)), history_document(KeptLineage(id=id, lineage=old))
                )
            return told == "judgement"

    def lineage(self, id: ArticleId) -> Lineage | None:
        return lineage_of(self._docs.read([article_place(id)])[0])

    def history(self, id: ArticleId) -> Sequence[Lineage]:
        current = self.lineage(id)
        if current is None:
            return ()
        held = self._docs.read([state_place("history", id, str(n)) for n in range(1, current.revision)])
        return (*(LINEAGE.load(one["row"]["value"]) for one in held if one is not None), current)

    def lineages(self, ids: Collection[ArticleId] | None = None) -> Iterator[tuple[ArticleId, Lineage]]:
        found: Iterable[Json | None]
        if ids is None:
            query = {"exists": {"field": "lineage.role"}}
            fields = ["id", "kept.row.lineage"]
            found = self._docs.pages("articles", query, lambda h: lineage_of(h) is not None, by=["id"], fields=fields)
        else:
            found = self._docs.read([article_place(id) for id in sorted(set(ids))])
        for held in filter(None, found):
            lineage = lineage_of(held)
            if lineage is not None:
                yield ArticleId(held["id"]), lineage

    # what analysts say

    def save_review(self, review: Review) -> None:
        with self.writing():
            self._docs.change(reviews_place(review.copy), lambda held: reviews_document(held, review))

    def reviews(self) -> Iterator[Review]:
        query = {"term": {"kind": "review"}}
        for held in self._docs.pages("state", query, lambda held: held["kind"] == "review", by=["id"]):
            yield from reviews_of(held)

    def children(self, parent: ArticleId) -> Sequence[ArticleId]:
        return tuple(children_of(self._docs, [parent])[parent])

    def republishers(self, parent: ArticleId) -> Mapping[str, int]:
        if len(parent) > _LONGEST_TERM:
            return {}
        query = {"bool": {"filter": [_STORED, {"term": {"lineage.parents.id": storable(parent)}}]}}
        if not self._docs.own("articles"):
            self._docs.ready()
            by = {"terms": {"field": "source.id", "size": _MOST_OUTLETS}}
            found = self._link.search("articles", size=0, query=query, aggs={"sources": by})
            sources = {one["key"]: one["doc_count"] for one in found["aggregations"]["sources"]["buckets"]}
        else:
            # What this block has changed itself, the server cannot count.
            fields = ["id", "url", "source.id", "lineage.parents.id"]
            pages = self._docs.pages("articles", query, partial(_has_parent, parent), by=["id"], fields=fields)
            sources = Counter(held["source"]["id"] for held in pages)
        return dict(sorted(sources.items(), key=lambda pair: (-pair[1], pair[0])))

    def external(self, id: ArticleId) -> Origin | None:
        for name in ("external_parents", "external_rivals"):
            found = self._docs.find(
                "articles",
                {"term": {f"kept.{name}": id}},
                lambda held, name=name: id in held.get("kept", {}).get(name, ()),  # type: ignore[misc]
                order=[("id", "asc")],
                limit=1,
                fields=["id", "kept.row.lineage"],
            )
            for held in found:
                lineage = lineage_of(held)
                edges = (*lineage.parents, *lineage.rivals) if lineage else ()
                return next((e.parent for e in edges if e.parent.id == id and e.parent.external), None)
        return None

    def claiming(self, id: ArticleId) -> Sequence[ArticleId]:
        found = self._docs.with_terms(LINKED, [id])[id]
        return tuple(ArticleId(held["id"]) for held in found if id in linking_of(held))

    def descendants(self, id: ArticleId) -> int:
        below: set[ArticleId] = set()
        line = [id]
        while line:
            found = children_of(self._docs, line)
            line = sorted({child for children in found.values() for child in children} - below)
            below |= set(line)
        return len(below - {id})

    def leave(self, ids: Collection[ArticleId], *, seeding: bool = False) -> None:
        with self.writing():
            self._docs.read([state_place("left", id) for id in ids])  # all in one request
            for id in ids:
                self._docs.change(state_place("left", id), noting(id, at=self._now(), seeding=seeding))

    def left(self, limit: int) -> Sequence[ArticleId]:
        ready: list[ArticleId] = []
        notes = iter(self._notes(min(max(limit, 10), 1000)))
        while len(ready) < limit and (some := list(islice(notes, limit))):
            arrived = self._arrived(some)
            ready += [ArticleId(note["id"]) for note in some if note["id"] in arrived]
        return tuple(ready[: max(0, limit)])

    def _notes(self, size: int) -> Iterator[Json]:
        return self._docs.pages("state", {"term": {"kind": "left"}}, _is_note, by=["id"], size=size)

    def _arrived(self, notes: Sequence[Json]) -> set[str]:
        """Return the ids of those *notes* whose text is saved, or whose writer is gone."""
        ids = [note["id"] for note in notes if "digest" in note]
        held = self._docs.read([*map(article_place, ids), *map(fingerprint_place, ids)]) if ids else []
        digests = {
            id: ((article or {}).get("kept", {}).get("digest"), digests_of(fingerprint)[0] if fingerprint else None)
            for id, article, fingerprint in zip(ids, held[: len(ids)], held[len(ids) :], strict=True)
        }
        gone = micros(_utc_now() - ABANDONED)
        return {
            note["id"]
            for note in notes
            if "digest" not in note or digests[note["id"]] == (note["digest"],) * 2 or note["at"] < gone
        }

    def seeding(self, ids: Collection[ArticleId]) -> Collection[ArticleId]:
        ordered = sorted(set(ids))
        notes = self._docs.read([state_place("left", id) for id in ordered])
        return [id for id, note in zip(ordered, notes, strict=True) if is_seeding(note)]

    def settled(self, id: ArticleId) -> None:
        with self.writing():
            place = state_place("left", id)
            (note,) = self._docs.read([place])
            if note is not None and self._arrived([note]):
                # One that was written in the meantime speaks of something newer.
                self._docs.change(place, lambda held: None if held == note else held)

    def delivering(self) -> AbstractContextManager[None]:
        return holding(self._docs, self.writing, "deliver")

    def settling(self) -> AbstractContextManager[None]:
        return holding(self._docs, self.writing, "settle")

    def search(self, query: Query) -> Sequence[tuple[Article, Lineage]]:
        found = self._articles(query, limit=max(0, query.limit), fields=["id", "title", "text", "kept"])
        pairs = ((article_of(held), lineage_of(held)) for held in found)
        return tuple((article, lineage) for article, lineage in pairs if article and lineage)

    def _articles(self, query: Query, *, limit: int, fields: Sequence[str]) -> list[Json]:
        def holds(held: Json) -> bool:
            article, lineage = article_of(held), lineage_of(held)
            return article is not None and lineage is not None and wanted(query, article, claims_of(held), lineage)

        order = [("kept.at", "asc" if query.oldest else "desc"), ("id", "asc")]
        after = None if query.after is None else [micros(query.after[0]), query.after[1]]
        return self._docs.find("articles", _asked(query), holds, order=order, limit=limit, fields=fields, after=after)

    # feeds and entries

    def feed_state(self, url: str) -> FeedState | None:
        (held,) = self._docs.read([state_place("feed", url)])
        return None if held is None else feed_of(held)

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        asked = list(urls)
        found: dict[str, FeedState] = {}
        for start in range(0, len(asked), _FEEDS_AT_ONCE):
            some = asked[start : start + _FEEDS_AT_ONCE]
            held = self._docs.read([state_place("feed", url) for url in some])
            found |= {url: feed_of(one) for url, one in zip(some, held, strict=True) if one is not None}
        return found

    def save_poll(self, state: FeedState, pending: Sequence[Pending]) -> Sequence[Pending]:
        feed = feed_document(state)
        kept = []
        with self.writing():
            self._docs.change(state_place("feed", state.url), lambda _: feed)
            if (gap := state.gap) is not None:
                self._docs.change(state_place("gap", gap.feed, str(micros(gap.since))), lambda _: gap_document(gap))
            self._docs.read([state_place("entry", entry.key) for entry in pending])  # all of them in one request
            for entry in pending:
                if self._docs.change(state_place("entry", entry.key), _keeping(entry)) is None:
                    kept.append(entry)
        return tuple(kept)

    def gaps(self, since: datetime, until: datetime, limit: int, *, source: str | None = None) -> Sequence[Gap]:
        whose = {"term": {"state": "missed"}} if source is None else {"term": {"source": storable(source)}}

        def holds(held: Json) -> bool:
            if held["kind"] != "gap":
                return False
            gap = gap_of(held)
            asked_for = not gap.caught_up if source is None else gap.source_id == source
            return asked_for and gap.since < until and (gap.until is None or gap.until > since)

        began = {"range": {"first_seen": {"lt": micros(until)}}}
        query = {
            "bool": {
                "filter": [{"term": {"kind": "gap"}}, whose, began],
                "must_not": [{"range": {"last_seen": {"lte": micros(since)}}}],
            }
        }
        order = [("first_seen", "desc"), ("id", "asc")]
        return tuple(map(gap_of, self._docs.find("state", query, holds, order=order, limit=max(0, limit))))

    def settled_entries(self, source: str, limit: int) -> Sequence[Settled]:
        def holds(held: Json) -> bool:
            return bool(held["kind"] == "entry" and held["source"] == storable(source) and held["state"] not in OPEN)

        terms = [{"term": {"kind": "entry"}}, {"term": {"source": storable(source)}}]
        query = {"bool": {"filter": terms, "must_not": [{"terms": {"state": list(OPEN)}}]}}
        order = [("first_seen", "desc"), ("id", "asc")]
        found = map(entry_of, self._docs.find("state", query, holds, order=order, limit=max(0, limit)))
        return tuple(
            Settled(key=one.key, outcome=one.state, reason=one.reason, first_seen_at=one.first_seen_at)
            for one in found
            if one.state != "pending"
            if one.state != "revisit"
        )

    def pending(self, sources: Collection[str], limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        of = set(map(storable, sources))
        by = maybe_micros(now)

        def holds(held: Json) -> bool:
            if held["kind"] != "entry" or held["state"] != "pending" or held["source"] not in of:
                return False
            return by is None or (held.get("not_before") or by) <= by

        terms = [{"term": {"kind": "entry"}}, {"term": {"state": "pending"}}, {"terms": {"source": sorted(of)}}]
        waits = [] if by is None else [{"range": {"not_before": {"gt": by}}}]
        order = [("tries", "asc"), ("first_seen", "asc"), ("id", "asc")]
        query = {"bool": {"filter": terms, "must_not": waits}}
        found = self._docs.find("state", query, holds, order=order, limit=max(0, limit))
        return tuple(
            replace(kept.pending, tries=kept.tries, not_before=kept.not_before)
            for kept in map(entry_of, found)
            if kept.pending is not None
        )

    def settle_entry(
        self, key: str, outcome: Fate, reason: str | None = None, *, not_before: datetime | None = None
    ) -> None:
        with self.writing():
            self._docs.change(state_place("entry", key), _settling(outcome, reason, not_before))

    def save_revisit(self, pending: Pending) -> None:
        with self.writing():
            self._docs.replace(state_place("entry", pending.key), entry_document(new_entry(pending)))

    def revisits(self, sources: Collection[str], limit: int, *, now: datetime) -> Sequence[Pending]:
        of, by = set(map(storable, sources)), micros(now)

        def holds(held: Json) -> bool:
            if held["kind"] != "entry" or held["state"] != "revisit" or held["source"] not in of:
                return False
            return held.get("not_before") is not None and held["not_before"] <= by

        terms = [
            {"term": {"kind": "entry"}},
            {"term": {"state": "revisit"}},
            {"terms": {"source": sorted(of)}},
            {"range": {"not_before": {"lte": by}}},
        ]
        order = [("not_before", "asc"), ("id", "asc")]
        found = self._docs.find("state", {"bool": {"filter": terms}}, holds, order=order, limit=max(0, limit))
        return tuple(
            replace(kept.pending, tries=kept.tries, not_before=kept.not_before)
            for kept in map(entry_of, found)
            if kept.pending is not None
        )

    # alerts: the outbox

    def queue_alert(self, alert: Alert) -> bool:
        document = alert_document(alert)
        with self.writing():
            return self._docs.change(alert_place(alert.key), lambda held: document if held is None else held) is None

    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]:
        def holds(held: Json) -> bool:
            alert = alert_of(held)
            return alert.state == "pending" and (alert.not_before is None or alert.not_before <= now)

        waits = {"range": {"not_before": {"gt": now.isoformat()}}}
        query = {"bool": {"filter": [{"term": {"state": "pending"}}], "must_not": [waits]}}
        order = [("created_at", "asc"), ("key", "asc")]
        return tuple(map(alert_of, self._docs.find("alerts", query, holds, order=order, limit=max(0, limit))))

    def save_alert(self, alert: Alert) -> None:
        document = alert_document(alert)
        with self.writing():
            self._docs.change(alert_place(alert.key), lambda _: document)

    def alerts(
        self,
        limit: int,
        *,
        state: AlertState | None = None,
        rule: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> Sequence[Alert]:
        def holds(held: Json) -> bool:
            if state not in (None, held["state"]) or named not in (None, held["rule"]):
                return False
            alert = alert_of(held)
            return (since is None or alert.created_at >= since) and (after is None or is_older(alert, after))

        named = None if rule is None else storable(rule)
        terms: list[Json] = [] if state is None else [{"term": {"state": state}}]
        terms += [] if named is None else [{"term": {"rule": named}}]
        terms += [] if since is None else [{"range": {"created_at": {"gte": _exactly(since)}}}]
        if after is not None:
            at, key = _exactly(after[0]), storable(after[1])
            same = [{"range": {"created_at": {"gte": at, "lte": at}}}, {"range": {"key": {"gt": key}}}]
            older = {"range": {"created_at": {"lt": at}}}
            terms.append({"bool": {"should": [older, {"bool": {"filter": same}}]}})
        order = [("created_at", "desc"), ("key", "asc")]
        found = self._docs.find("alerts", {"bool": {"filter": terms}}, holds, order=order, limit=max(0, limit))
        return tuple(map(alert_of, found))

    def alert(self, key: str) -> Alert | None:
        (held,) = self._docs.read([alert_place(key)])
        return None if held is None else alert_of(held)

    # lists and upkeep

    def relations(self) -> Iterator[Relation]:
        query = {"bool": {"filter": [{"exists": {"field": "lineage.role"}}, _STORED]}}
        fields = ["id", "url", "kept"]
        for held in self._docs.pages("articles", query, _is_stored, by=["id"], fields=fields):
            article, lineage = article_of({**held, "title": None, "text": ""}), lineage_of(held)
            if article is not None and lineage is not None:
                yield from relations_of(article, lineage)

    def edges(self) -> Iterator[Edge]:
        query = {"range": {"kept.edges": {"gt": 0}}}
        fields = ["id", "kept.row.lineage"]
        for held in self._docs.pages("articles", query, lambda held: bool(parents_in(held)), by=["id"], fields=fields):
            lineage = lineage_of(held)
            yield from lineage.parents if lineage else ()

    def status(self) -> Status:
        self._docs.ready()
        self._docs.settle_down()
        totals = self._link.search(
            "articles",
            size=0,
            query=_ALL,
            aggs={"edges": {"sum": {"field": "kept.edges"}}, "newest": {"max": {"field": "kept.first_seen"}}},
        )["aggregations"]
        newest = totals["newest"]["value"]
        schemes = self._link.search(
            "fingerprints", size=0, query=_ALL, aggs={"schemes": {"terms": {"field": "scheme", "size": 100}}}
        )["aggregations"]["schemes"]["buckets"]
        refused = self._docs.find(
            "state",
            {"term": {"kind": "refused"}},
            lambda held: held["kind"] == "refused",
            order=[("at", "desc"), ("id", "asc")],
            limit=REFUSALS_SHOWN,
        )
        return Status(
            url=self.url,
            schema=max(map(schema_of, self._templates.values())),
            old=old_indices(self._link, self._templates),
            articles=self._link.count("articles", _STORED),
            matches=self._link.count("matches", _MATCHES),
            edges=int(totals["edges"]["value"]),
            pending=self._count_state("entry", "pending"),
            alerts_pending=self._link.count("alerts", {"term": {"state": "pending"}}),
            alerts_dead=self._link.count("alerts", {"term": {"state": "dead"}}),
            feeds=self._count_state("feed"),
            bytes=self._link.size(),
            newest=None if newest is None else instant(int(newest)),
            schemes={one["key"]: one["doc_count"] for one in sorted(schemes, key=lambda one: str(one["key"]))},
            refused=self._count_state("refused"),
            refusals=tuple(refusal(refused_of(one)) for one in refused),
        )

    def _count_state(self, kind: str, state: str | None = None) -> int:
        terms: list[Json] = [{"term": {"kind": kind}}, *([] if state is None else [{"term": {"state": state}}])]
        return self._link.count("state", {"bool": {"filter": terms}})

    def clean_up(self, now: datetime) -> int:
        before = micros(now - KEPT)
        terms = [{"term": {"kind": "entry"}}, {"range": {"last_seen": {"lt": before}}}]
        query = {"bool": {"filter": terms, "must_not": [{"terms": {"state": list(OPEN)}}]}}

        def is_old(held: Json) -> bool:
            return bool(held["kind"] == "entry" and held["state"] not in OPEN and held["last_seen"] < before)

        def forget(held: Json | None) -> Json | None:
            return None if held is None or is_old(held) else held

        gone = 0
        while old := self._docs.find("state", query, is_old, order=[("id", "asc")], limit=1000):
            with self.writing():
                for held in old:
                    self._docs.change(state_place("entry", held["row"]["key"]), forget)
            gone += len(old)
        return gone

    def init(self) -> Sequence[str]:
        return prepare(self._link, self._templates)

    def migrate(self, tell: Callable[[int, int], None] = lambda _done, _of: None) -> Sequence[str]:
        return migrate(self._link, self._templates, tell)

    def drop_old(self) -> Sequence[str]:
        return drop_old(self._link, self._templates)

    # all of it, to be moved

    @property
    def shelves(self) -> Mapping[str, Shelf[Any]]:
        return elastic_shelves(self._window, self._now)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._docs.settle_down()
        with self._window.still():
            yield

    def marker(self, name: str) -> str | None:
        (held,) = self._docs.read([state_place("marker", name)])
        return None if held is None else held["row"]["text"]

    def put_marker(self, name: str, text: str | None) -> None:
        with self.writing():
            self._docs.replace(state_place("marker", name), None if text is None else marker_document(name, text))

    # helpers of several

    def _ids(self, index: str, query: Json, holds: Any, *, limit: int | None = None) -> tuple[ArticleId, ...]:
        found = self._docs.find(index, query, holds, order=[("id", "asc")], limit=limit, fields=["id"])
        return tuple(ArticleId(held["id"]) for held in found)


# --- when in a block things are saved


def _exactly(at: datetime) -> str:
    """Return a moment as the server reads it to the microsecond: what is left out it would round up."""
    return at.isoformat(timespec="microseconds")


def _phase(place: Place, now: Json | None) -> int:
    """Return 0 for what promises (notes, alerts), 1 for what was found, 2 for what says that all is done."""
    if place.where == "alerts":
        return 0
    if place.where == "state":
        kind = place.id.partition(":")[0]
        return {"left": 2 if now is None else 0, "feed": 2, "entry": 2}.get(kind, 1)
    return 1


# --- changes: made once, and again where another writer was faster


def _judging(id: ArticleId, lineage: Lineage) -> Change:
    def change(held: Json | None) -> Json | None:
        old = lineage_of(held)
        if old is None:
            return with_lineage(held, id, replace(lineage, revision=1))
        told = news(old, lineage)
        if told == "copies":
            return with_lineage(held, id, replace(old, copies=lineage.copies, role=lineage.role))
        if told == "judgement":
            return with_lineage(held, id, replace(lineage, revision=old.revision + 1))
        return held

    return change


def _keeping(entry: Pending) -> Change:
    seen = micros(entry.first_seen_at)
    new = entry_document(new_entry(entry))

    def change(held: Json | None) -> Json | None:
        if held is None:
            return new
        late = held["last_seen"] < micros(entry.first_seen_at - DAY)
        return held | {"last_seen": seen} if late else held

    return change


def _settling(outcome: Fate, reason: str | None, not_before: datetime | None) -> Change:
    def change(held: Json | None) -> Json | None:
        if held is None or held["state"] not in OPEN:
            return held
        told = held | {"reason": None if reason is None else storable(reason)}
        told["not_before"] = maybe_micros(not_before)
        if outcome in {"again", "later"}:
            return told | {"tries": held["tries"] + (outcome == "again")}
        return told | {"state": outcome, "not_before": None, "row": {"key": held["row"]["key"]}}

    return change


# --- what is asked


def _asked(query: Query) -> Json:
    """Return *query* in the server's words. Plain words stay plain: nothing in them is an operator."""
    terms: list[Json] = [{"exists": {"field": "lineage.role"}}, _STORED]
    named = {
        "source.id": query.source,
        "lineage.origin.source.id": query.origin,
        "lineage.role": query.role,
        "lineage.attribution.verdict": "uncredited" if query.uncredited else None,
    }
    for name, value in named.items():
        if value is not None:
            terms.append({"term": {name: storable(value)}} if len(value) <= _LONGEST_TERM else NOTHING)
    if query.since is not None:
        terms.append({"range": {"kept.at": {"gte": micros(query.since)}}})
    if query.until is not None:
        terms.append({"range": {"kept.at": {"lt": micros(query.until)}}})
    if query.words.strip():
        phrases = search_phrases(query.words)
        terms += [
            {"bool": {"should": [{"match_phrase": {f"words.{place}": phrase}} for place in ("title", "text")]}}
            for phrase in phrases
        ] or [NOTHING]
    return {"bool": {"filter": [*terms, *more_terms(query)]}}


def _has_parent(parent: ArticleId, held: Json) -> bool:
    return _is_stored(held) and parent in parents_in(held)


def _is_note(held: Json) -> bool:
    return bool(held["kind"] == "left")


def _is_stored(held: Json) -> bool:
    return held.get("url") is not None


def _is_stop(held: Json) -> bool:
    return bool(held["kind"] == "stop")


def _any(_: Json) -> bool:
    return True


def _is_match(held: Json) -> bool:
    return not is_rejected(held)


def _utc_now() -> datetime:
    return instant(time.time_ns() // 1000)
