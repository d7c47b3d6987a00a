"""The store in memory, gone with its process: for trying things out and for tests."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from heapq import nsmallest
from typing import Any, TypeVar

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
from crawler.shelves import KeptArticle, KeptEntry, KeptLineage, KeptVersion, Refused, Shelf
from crawler.store import ranking
from crawler.store.memory_shelves import memory_shelves
from crawler.store.rows import micros
from crawler.store.terms import (
    DAY,
    KEPT,
    OPEN,
    REFUSALS_SHOWN,
    SAME_TEXT,
    Earlier,
    content_time,
    has_reason,
    is_older,
    linked_by,
    news,
    refusal,
    relations_of,
    versions_named,
    wanted,
    with_review,
    worth_keeping,
)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept:
    """An article with its facts; ``number`` ascends with the first save."""

    number: int
    article: Article
    claims: tuple[Claim, ...]
    fingerprint: Fingerprint | None
    earlier: tuple[Earlier, ...] = ()

    def fingerprints(self) -> tuple[Fingerprint, ...]:
        return *(() if self.fingerprint is None else (self.fingerprint,)), *(e.fingerprint for e in self.earlier)

    def postings(self) -> set[tuple[str, int]]:
        """Return what the article is indexed under: the hashes of all of its texts."""
        return {(fp.scheme, hash) for fp in self.fingerprints() for hash in fp.hashes}


class MemoryStore:
    """The Store contract on dictionaries. Threads may share it; other processes see nothing of it."""

    def __init__(self) -> None:
        self.url = "memory:"
        # Readers take it too, so that they never see half of a block.
        self._lock = threading.RLock()
        self._depth = 0
        self._undo: list[Callable[[], object]] = []  # how to take back what the outermost block did, in order
        self._articles: dict[ArticleId, _Kept] = {}
        self._numbers: dict[int, ArticleId] = {}
        self._postings: dict[tuple[str, int], list[int]] = {}
        self._schemes: dict[str, int] = {}
        self._digests: dict[str, dict[ArticleId, None]] = {}
        self._linking: dict[ArticleId, dict[ArticleId, None]] = {}
        self._matches: dict[ArticleId, dict[ArticleId, Match]] = {}
        self._stops: dict[str, Stop] = {}
        self._versions: dict[ArticleId, dict[str, Version]] = {}
        self._rejected: dict[ArticleId, dict[ArticleId, Match]] = {}
        self._lineages: dict[ArticleId, Lineage] = {}
        self._history: dict[tuple[ArticleId, int], Lineage] = {}
        self._children: dict[ArticleId, dict[ArticleId, None]] = {}
        self._left: dict[ArticleId, bool] = {}
        self._reviews: dict[ArticleId, tuple[Review, ...]] = {}
        self._feeds: dict[str, FeedState] = {}
        self._gaps: dict[tuple[str, int], Gap] = {}
        self._entries: dict[str, KeptEntry] = {}
        self._alerts: dict[str, Alert] = {}
        self._refused: dict[tuple[str, str], Refused] = {}
        self._markers: dict[str, str] = {}

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._lock:
            begun = len(self._undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._undo) > begun:
                    self._undo.pop()()
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._undo.clear()

    def refresh(self) -> bool:
        return False  # what is committed is visible

    def check(self) -> None:
        """Memory takes everything."""

    def checkup(self) -> Sequence[Finding]:
        return ()

    def read_ahead(
        self,
        texts: Mapping[ArticleId, Fingerprint],
        *,
        entries: Collection[str] = (),
        alerts: Collection[str] = (),
    ) -> None:
        """Do nothing: all is at hand."""

    def close(self) -> None:
        """Change nothing: what is kept lives as long as the value does."""

    # articles and facts

    def save_article(
        self, article: Article, claims: Sequence[Claim], fingerprint: Fingerprint, *, seeding: bool = False
    ) -> None:
        with self.writing():
            old = self._articles.get(article.id)
            earlier = () if old is None else old.earlier
            if old is not None and old.article.content_hash != article.content_hash:
                before = version_of(old.article)
                self._put_version(article.id, before)
                earlier += () if old.fingerprint is None else (_earlier(before, old.fingerprint),)
                for match in (*self._matches_of(article.id), *self._rejected.get(article.id, {}).values()):
                    if match.version_of(article.id) is None:
                        self.save_matches([match.about(article.id, old.article.content_hash)])
            self._keep_article(article, claims, fingerprint, earlier)

    def _keep_article(
        self,
        article: Article,
        claims: Sequence[Claim],
        fingerprint: Fingerprint | None,
        earlier: Sequence[Earlier],
    ) -> None:
        old = self._articles.get(article.id)
        number = len(self._articles) + 1 if old is None else old.number
        left = (e for e in earlier if e.content_hash != article.content_hash)
        new = _Kept(
            number=number,
            article=article,
            claims=tuple(claims),
            fingerprint=fingerprint,
            earlier=() if fingerprint is None else worth_keeping(fingerprint, left),
        )
        self._keep(new)
        self.put(self._numbers, number, article.id)

    def save_version(self, id: ArticleId, version: Version, fingerprint: Fingerprint) -> None:
        self.put_version(KeptVersion(id=id, version=version, fingerprint=fingerprint))

    def put_version(self, row: KeptVersion) -> None:
        """Keep an earlier content of an article that is there; nothing where it is the current one."""
        with self.writing():
            kept, version = self._articles.get(row.id), row.version
            if kept is None or kept.article.content_hash == version.content_hash:
                return
            self._put_version(row.id, version)
            others = [e for e in kept.earlier if e.content_hash != version.content_hash]
            late = [] if row.fingerprint is None else [_earlier(version, row.fingerprint)]
            if kept.fingerprint is not None:
                self._keep(replace(kept, earlier=worth_keeping(kept.fingerprint, [*others, *late])))

    def drop_version(self, id: ArticleId, content_hash: str) -> None:
        with self.writing():
            self.drop(self._versions.get(id, {}), content_hash)

    def kept_versions(self) -> Sequence[KeptVersion]:
        with self._lock:
            ids = list(self._versions)
        return [
            KeptVersion(id=id, version=version, fingerprint=self.earlier_fingerprints(id).get(version.content_hash))
            for id in ids
            for version in self.versions(id)
        ]

    def _put_version(self, id: ArticleId, version: Version) -> None:
        self.put(self._versions.setdefault(id, {}), version.content_hash, version)

    def versions(self, id: ArticleId) -> Sequence[Version]:
        with self._lock:
            kept = self._articles.get(id)
            now = kept and kept.article.content_hash
            before = [version for hash, version in self._versions.get(id, {}).items() if hash != now]
        return tuple(sorted(before, key=lambda version: (version.last_seen_at, version.content_hash)))

    def _keep(self, new: _Kept) -> None:
        """Put *new* in the place of what is there of the same article, with what it is found by."""
        id = new.article.id
        old = self._articles.get(id)
        if old is not None:
            self._unindex(old)
        self.put(self._articles, id, new)
        self._index(new)

    def _index(self, kept: _Kept) -> None:
        id = kept.article.id
        for fp in kept.fingerprints():
            self.put(self._digests.setdefault(fp.digest, {}), id, None)
        for link in filter(None, map(linked_by, kept.claims)):
            self.put(self._linking.setdefault(link, {}), id, None)
        if kept.fingerprint is None:
            return
        scheme = kept.fingerprint.scheme
        self.put(self._schemes, scheme, self._schemes.get(scheme, 0) + 1)
        for place in kept.postings():
            posting = self._postings.setdefault(place, [])
            insort(posting, kept.number)
            self._undo.append(partial(_take_out, posting, kept.number))

    def _unindex(self, kept: _Kept) -> None:
        id = kept.article.id
        for fp in kept.fingerprints():
            self.drop(self._digests[fp.digest], id)
        for link in filter(None, map(linked_by, kept.claims)):
            self.drop(self._linking[link], id)
        if kept.fingerprint is None:
            return
        scheme = kept.fingerprint.scheme
        self.put(self._schemes, scheme, self._schemes[scheme] - 1)
        for place in kept.postings():
            posting = self._postings[place]
            _take_out(posting, kept.number)
            self._undo.append(partial(insort, posting, kept.number))

    def save_matches(self, matches: Sequence[Match]) -> None:
        with self.writing():
            for match in matches:
                table, other = self._matches, self._rejected
                if match.shared.is_rejected:
                    table, other = other, table
                self.drop_match(other, match.left, match.right)
                self.put(table.setdefault(match.left, {}), match.right, match)
                self.put(table.setdefault(match.right, {}), match.left, match)

    def drop_match(self, table: dict[ArticleId, dict[ArticleId, Match]], one: ArticleId, other: ArticleId) -> None:
        self.drop(table.get(one, {}), other)
        self.drop(table.get(other, {}), one)

    def article(self, id: ArticleId) -> Article | None:
        with self._lock:
            kept = self._articles.get(id)
            return None if kept is None else kept.article

    def articles(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Article]:
        with self._lock:
            return {id: kept.article for id in sorted(set(ids)) if (kept := self._articles.get(id)) is not None}

    def dossiers(
        self, ids: Collection[ArticleId], *, among: Collection[ArticleId] | None = None
    ) -> Mapping[ArticleId, Dossier]:
        with self._lock:
            near = None if among is None else sorted(set(among))
            return {
                id: Dossier(
                    article=kept.article,
                    claims=kept.claims,
                    matches=self._matches_of(id, near),
                    reviews=self._reviews.get(id, ()),
                    versions={
                        hash: self._versions[id][hash]
                        for hash in versions_named(kept.article, self._matches_of(id, near))
                        if hash in self._versions.get(id, {})
                    },
                )
                for id in sorted(set(ids))
                if (kept := self._articles.get(id)) is not None
            }

    def _matches_of(self, id: ArticleId, among: Sequence[ArticleId] | None = None) -> tuple[Match, ...]:
        of = self._matches.get(id, {})
        return tuple(of[other] for other in (sorted(of) if among is None else among) if other in of)

    def matched(self, id: ArticleId, limit: int) -> Sequence[ArticleId]:
        with self._lock:
            return tuple(nsmallest(limit, self._matches.get(id, ())))

    def same_text(self, digest: str, limit: int = SAME_TEXT) -> Sequence[ArticleId]:
        with self._lock:
            found = self._digests.get(digest, ())
            return tuple(sorted(nsmallest(limit, found, key=lambda id: self._articles[id].number)))

    def candidates(self, fingerprint: Fingerprint, limit: int, *, least: int = 2) -> Sequence[ArticleId]:
        with self._lock:
            scores = ranking.leaders(
                (self._postings.get((fingerprint.scheme, hash), [])[: ranking.READ] for hash in fingerprint.hashes),
                articles=self._schemes.get(fingerprint.scheme, 0),
                least=least,
                limit=limit,
            )
            return ranking.best_first(scores, self._numbers, limit)

    def fingerprint(self, id: ArticleId) -> Fingerprint | None:
        with self._lock:
            kept = self._articles.get(id)
            return None if kept is None else kept.fingerprint

    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        with self._lock:
            kept = self._articles.get(id)
            return {e.content_hash: e.fingerprint for e in kept.earlier} if kept else {}

    def save_fingerprints(self, id: ArticleId, current: Fingerprint, earlier: Mapping[str, Fingerprint]) -> None:
        with self.writing():
            kept = self._articles.get(id)
            if kept is not None:
                named = [version for version in self.versions(id) if version.content_hash in earlier]
                again = [_earlier(version, earlier[version.content_hash]) for version in named]
                self._keep(replace(kept, fingerprint=current, earlier=worth_keeping(current, again)))

    def outdated(self, scheme: str, limit: int) -> Sequence[ArticleId]:
        with self._lock:
            old = [id for id, kept in self._articles.items() if kept.fingerprint and kept.fingerprint.scheme != scheme]
        return tuple(old[: max(0, limit)])

    def fingerprints(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Fingerprint]:
        with self._lock:
            found = ((id, self._articles[id].fingerprint) for id in sorted(set(ids)) if id in self._articles)
            return {id: fingerprint for id, fingerprint in found if fingerprint is not None}

    def stop(self, stops: Sequence[Stop]) -> None:
        with self.writing():
            for stop in stops:
                if stop.id not in self._stops:
                    self.put(self._stops, stop.id, stop)

    def stopped(self, scheme: str, hashes: Collection[int]) -> frozenset[int]:
        with self._lock:
            return frozenset(hash for hash in hashes if f"{scheme} {hash}" in self._stops)

    def article_ids(self) -> Iterator[ArticleId]:
        with self._lock:
            ids = sorted(self._articles)
        yield from ids

    def matches(self, *, rejected: bool = False) -> Iterator[Match]:
        with self._lock:
            tables = [self._matches, self._rejected] if rejected else [self._matches]
            found = [m for table in tables for left, some in table.items() for m in some.values() if m.left == left]
        yield from sorted(found, key=lambda match: (match.left, match.right))

    def guarded(self, query: Query, reason: Reason | None = None) -> Sequence[Match]:
        with self._lock:
            found: dict[Match, None] = {}
            for article, _ in self.search(replace(query, limit=len(self._articles))):
                of = {**self._matches.get(article.id, {}), **self._rejected.get(article.id, {})}
                some = [of[other] for other in sorted(of)]
                found |= dict.fromkeys(match for match in some if has_reason(match, reason))
            return tuple(found)[: max(0, query.limit)]

    # judgements

    def mark(self) -> Mark | None:
        return None

    def save_lineage(self, id: ArticleId, lineage: Lineage) -> bool:
        with self.writing():
            old = self._lineages.get(id)
            if old is None:
                self.put(self._lineages, id, replace(lineage, revision=1))
                self._join(id, lineage)
                return True
            told = news(old, lineage)
            if told == "copies":
                self.put(self._lineages, id, replace(old, copies=lineage.copies, role=lineage.role))
            if told == "judgement":
                self.put(self._history, (id, old.revision), old)
                self._part(id, old)
                self.put(self._lineages, id, replace(lineage, revision=old.revision + 1))
                self._join(id, lineage)
            return told == "judgement"

    def _join(self, id: ArticleId, lineage: Lineage) -> None:
        for edge in lineage.parents:
            self.put(self._children.setdefault(edge.parent.id, {}), id, None)

    def _part(self, id: ArticleId, lineage: Lineage) -> None:
        for edge in lineage.parents:
            self.drop(self._children[edge.parent.id], id)

    def lineage(self, id: ArticleId) -> Lineage | None:
        with self._lock:
            return self._lineages.get(id)

    def history(self, id: ArticleId) -> Sequence[Lineage]:
        with self._lock:
            current = self._lineages.get(id)
            if current is None:
                return ()
            return (*(self._history[id, n] for n in range(1, current.revision) if (id, n) in self._history), current)

    def lineages(self, ids: Collection[ArticleId] | None = None) -> Iterator[tuple[ArticleId, Lineage]]:
        with self._lock:
            wanted = sorted(self._lineages if ids is None else self._lineages.keys() & set(ids))
            found = [(id, self._lineages[id]) for id in wanted]
        yield from found

    # what analysts say

    def save_review(self, review: Review) -> None:
        with self.writing():
            self.put(self._reviews, review.copy, with_review(self._reviews.get(review.copy, ()), review))

    def reviews(self) -> Iterator[Review]:
        with self._lock:
            found = sorted(self._reviews.items())
        for _, reviews in found:
            yield from reviews

    def children(self, parent: ArticleId) -> Sequence[ArticleId]:
        with self._lock:
            return tuple(sorted(self._children.get(parent, ())))

    def republishers(self, parent: ArticleId) -> Mapping[str, int]:
        with self._lock:
            sources = Counter(
                self._articles[id].article.source.id for id in self._children.get(parent, ()) if id in self._articles
            )
        return dict(sorted(sources.items(), key=lambda pair: (-pair[1], pair[0])))

    def external(self, id: ArticleId) -> Origin | None:
        with self._lock:
            lineages = [lineage for _, lineage in sorted(self._lineages.items(), key=lambda pair: pair[0])]
        for edges in ([x.parents for x in lineages], [x.rivals for x in lineages]):
            for edge in (edge for some in edges for edge in some):
                if edge.parent.id == id and edge.parent.external:
                    return edge.parent
        return None

    def claiming(self, id: ArticleId) -> Sequence[ArticleId]:
        with self._lock:
            return tuple(sorted(self._linking.get(id, ())))

    def descendants(self, id: ArticleId) -> int:
        with self._lock:
            below: set[ArticleId] = set()
            line = [id]
            while line:
                new = self._children.get(line.pop(), {}).keys() - below
                below |= new
                line.extend(new)
            return len(below - {id})

    def leave(self, ids: Collection[ArticleId], *, seeding: bool = False) -> None:
        with self.writing():
            for id in ids:
                self.put(self._left, id, self._left.get(id, True))

    def left(self, limit: int) -> Sequence[ArticleId]:
        with self._lock:
            return tuple(sorted(self._left)[: max(0, limit)])

    def seeding(self, ids: Collection[ArticleId]) -> Collection[ArticleId]:
        return ()

    def delivering(self) -> AbstractContextManager[None]:
        return nullcontext()  # who makes messages holds the block

    def settling(self) -> AbstractContextManager[None]:
        return nullcontext()  # each judgement is a transaction of its own

    def settled(self, id: ArticleId) -> None:
        with self.writing():
            self.drop(self._left, id)

    def search(self, query: Query) -> Sequence[tuple[Article, Lineage]]:
        with self._lock:
            judged = [
                (kept, lineage)
                for id, kept in self._articles.items()
                if (lineage := self._lineages.get(id)) is not None
            ]
        found = [
            (kept.article, lineage) for kept, lineage in judged if wanted(query, kept.article, kept.claims, lineage)
        ]
        found.sort(key=lambda pair: pair[0].id)
        found.sort(key=lambda pair: content_time(pair[0]), reverse=not query.oldest)
        return tuple(found[: max(0, query.limit)])

    # feeds and entries

    def feed_state(self, url: str) -> FeedState | None:
        with self._lock:
            return self._feeds.get(url)

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        with self._lock:
            return {url: self._feeds[url] for url in urls if url in self._feeds}

    def save_poll(self, state: FeedState, pending: Sequence[Pending]) -> Sequence[Pending]:
        kept = []
        with self.writing():
            self.put(self._feeds, state.url, state)
            if state.gap is not None:
                self.put(self._gaps, (state.gap.feed, micros(state.gap.since)), state.gap)
            for entry in pending:
                old = self._entries.get(entry.key)
                if old is None:
                    self.put(self._entries, entry.key, _new(entry))
                    kept.append(entry)
                elif old.last_seen_at < entry.first_seen_at - DAY:
                    self.put(self._entries, entry.key, replace(old, last_seen_at=entry.first_seen_at))
        return tuple(kept)

    def gaps(self, since: datetime, until: datetime, limit: int, *, source: str | None = None) -> Sequence[Gap]:
        with self._lock:
            found = [
                gap
                for gap in self._gaps.values()
                if (not gap.caught_up if source is None else gap.source_id == source)
                and gap.since < until
                and (gap.until is None or gap.until > since)
            ]
        found.sort(key=lambda gap: gap.feed)
        found.sort(key=lambda gap: gap.since, reverse=True)
        return tuple(found[: max(0, limit)])

    def settled_entries(self, source: str, limit: int) -> Sequence[Settled]:
        with self._lock:
            found = [
                Settled(key=kept.key, outcome=kept.state, reason=kept.reason, first_seen_at=kept.first_seen_at)
                for kept in self._entries.values()
                if kept.source_id == source
                if kept.state != "pending"
                if kept.state != "revisit"
            ]
        found.sort(key=lambda one: one.key)
        found.sort(key=lambda one: one.first_seen_at, reverse=True)
        return tuple(found[: max(0, limit)])

    def pending(self, sources: Collection[str], limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        with self._lock:
            wanted = set(sources)
            waiting = [
                replace(kept.pending, tries=kept.tries, not_before=kept.not_before)
                for kept in self._entries.values()
                if kept.state == "pending"
                and kept.pending is not None
                and kept.source_id in wanted
                and (now is None or kept.not_before is None or kept.not_before <= now)
            ]
        waiting.sort(key=lambda entry: (entry.tries, entry.first_seen_at, entry.key))
        return tuple(waiting[: max(0, limit)])

    def settle_entry(
        self, key: str, outcome: Fate, reason: str | None = None, *, not_before: datetime | None = None
    ) -> None:
        with self.writing():
            kept = self._entries.get(key)
            if kept is None or kept.state not in OPEN:
                return
            match outcome:
                case "done" | "failed":
                    kept = replace(kept, state=outcome, reason=reason, not_before=None, pending=None)
                case "again" | "later":
                    tries = kept.tries + (outcome == "again")
                    kept = replace(kept, tries=tries, reason=reason, not_before=not_before)
            self.put(self._entries, key, kept)

    def save_revisit(self, pending: Pending) -> None:
        with self.writing():
            self.put(self._entries, pending.key, _new(pending))

    def revisits(self, sources: Collection[str], limit: int, *, now: datetime) -> Sequence[Pending]:
        with self._lock:
            due = [
                replace(kept.pending, tries=kept.tries, not_before=kept.not_before)
                for kept in self._entries.values()
                if kept.state == "revisit"
                and kept.pending is not None
                and kept.source_id in sources
                and kept.not_before is not None
                and kept.not_before <= now
            ]
        due.sort(key=lambda entry: (entry.not_before, entry.key))
        return tuple(due[: max(0, limit)])

    # alerts: the outbox

    def queue_alert(self, alert: Alert) -> bool:
        with self.writing():
            if alert.key in self._alerts:
                return False
            self.put(self._alerts, alert.key, alert)
            return True

    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]:
        with self._lock:
            due = [
                alert
                for alert in self._alerts.values()
                if alert.state == "pending" and (alert.not_before is None or alert.not_before <= now)
            ]
        due.sort(key=lambda alert: (alert.created_at, alert.key))
        return tuple(due[: max(0, limit)])

    def save_alert(self, alert: Alert) -> None:
        with self.writing():
            self.put(self._alerts, alert.key, alert)

    def alerts(
        self,
        limit: int,
        *,
        state: AlertState | None = None,
        rule: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> Sequence[Alert]:
        with self._lock:
            found = [
                alert
                for alert in self._alerts.values()
                if state in (None, alert.state)
                and rule in (None, alert.rule)
                and (since is None or alert.created_at >= since)
                and (after is None or is_older(alert, after))
            ]
        found.sort(key=lambda alert: alert.key)
        found.sort(key=lambda alert: alert.created_at, reverse=True)
        return tuple(found[: max(0, limit)])

    def alert(self, key: str) -> Alert | None:
        with self._lock:
            return self._alerts.get(key)

    # lists and upkeep

    def relations(self) -> Iterator[Relation]:
        with self._lock:
            judged = [(self._articles[id].article, held) for id, held in self._lineages.items() if id in self._articles]
        for article, held in sorted(judged, key=lambda pair: pair[0].id):
            yield from relations_of(article, held)

    def edges(self) -> Iterator[Edge]:
        with self._lock:
            lineages = sorted(self._lineages.items(), key=lambda pair: pair[0])
        for _, lineage in lineages:
            yield from lineage.parents

    def status(self) -> Status:
        with self._lock:
            states = [alert.state for alert in self._alerts.values()]
            return Status(
                url=self.url,
                schema=0,
                articles=len(self._articles),
                matches=sum(len(others) for others in self._matches.values()) // 2,
                edges=sum(len(lineage.parents) for lineage in self._lineages.values()),
                pending=sum(kept.state == "pending" for kept in self._entries.values()),
                alerts_pending=states.count("pending"),
                alerts_dead=states.count("dead"),
                feeds=len(self._feeds),
                bytes=None,
                schemes={name: count for name, count in sorted(self._schemes.items()) if count},
                newest=max((kept.article.first_seen_at for kept in self._articles.values()), default=None),
                refused=len(self._refused),
                refusals=tuple(refusal(r) for r in sorted(self._refused.values(), key=lambda r: r.at, reverse=True))[
                    :REFUSALS_SHOWN
                ],
            )

    def clean_up(self, now: datetime) -> int:
        with self.writing():
            old = [
                key for key, kept in self._entries.items() if kept.state not in OPEN and kept.last_seen_at < now - KEPT
            ]
            for key in old:
                self.drop(self._entries, key)
        return len(old)

    # all of it, to be moved

    def init(self) -> Sequence[str]:
        return ()

    def migrate(self, tell: Callable[[int, int], None] = lambda _done, _of: None) -> Sequence[str]:
        return ()  # nothing outlives its process

    def drop_old(self) -> Sequence[str]:
        return ()

    @property
    def shelves(self) -> Mapping[str, Shelf[Any]]:
        return memory_shelves(self)

    @property
    def tables(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold a kind as it is."""
        return {
            "history": self._history,
            "reviews": self._reviews,
            "stops": self._stops,
            "feeds": self._feeds,
            "gaps": self._gaps,
            "entries": self._entries,
            "alerts": self._alerts,
            "left": self._left,
            "refused": self._refused,
        }

    def kept_articles(self) -> Sequence[KeptArticle]:
        with self._lock:
            return [
                KeptArticle(
                    article=kept.article,
                    claims=kept.claims,
                    fingerprint=kept.fingerprint,
                    lineage=self._lineages.get(id),
                    kept=kept.number,
                )
                for id, kept in self._articles.items()
            ]

    def put_article(self, kept: KeptArticle) -> None:
        with self.writing():
            old = self._articles.get(kept.article.id)
            self._keep_article(kept.article, kept.claims, kept.fingerprint, old.earlier if old else ())
            self.put_lineage(kept.article.id, kept.lineage)

    def bare_lineages(self) -> Sequence[KeptLineage]:
        with self._lock:
            return [KeptLineage(id=id, lineage=held) for id, held in self._lineages.items() if id not in self._articles]

    def forget_match(self, one: ArticleId, other: ArticleId, *, rejected: bool) -> None:
        with self.writing():
            self.drop_match(self._rejected if rejected else self._matches, one, other)

    def put_lineage(self, id: ArticleId, lineage: Lineage | None) -> None:
        with self.writing():
            old = self._lineages.get(id)
            if old is not None:
                self._part(id, old)
                self.drop(self._lineages, id)
            if lineage is not None:
                self.put(self._lineages, id, lineage)
                self._join(id, lineage)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._lock:
            yield

    def marker(self, name: str) -> str | None:
        with self._lock:
            return self._markers.get(name)

    def put_marker(self, name: str, text: str | None) -> None:
        with self.writing():
            if text is None:
                self.drop(self._markers, name)
            else:
                self.put(self._markers, name, text)

    # changes that can be taken back

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        back = partial(table.__setitem__, key, table[key]) if key in table else partial(_forget, table, key)
        self._undo.append(back)
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        if key in table:
            self._undo.append(partial(table.__setitem__, key, table.pop(key)))


def _earlier(version: Version, fingerprint: Fingerprint) -> Earlier:
    last_seen = micros(version.last_seen_at)
    return Earlier(content_hash=version.content_hash, last_seen=last_seen, fingerprint=fingerprint)


def _forget(table: dict[Any, Any], key: Hashable) -> None:
    table.pop(key, None)


def _new(entry: Pending) -> KeptEntry:
    return KeptEntry(
        key=entry.key,
        source_id=entry.source_id,
        state="revisit" if entry.revisit else "pending",
        tries=entry.tries,
        not_before=entry.not_before,
        first_seen_at=entry.first_seen_at,
        last_seen_at=entry.first_seen_at,
        pending=entry,
    )


def _take_out(posting: list[int], number: int) -> None:
    at = bisect_left(posting, number)
    if posting[at : at + 1] == [number]:
        del posting[at]
