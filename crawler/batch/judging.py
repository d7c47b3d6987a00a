"""Lineages from matches: judged by the live path's own rules, bucket by bucket; joined up chain by chain.

A bucket holds some articles, all whom they match, link or are linked by, and what these share with each other: all that
judging looks at. Buckets need not be whole families. Chains are joined where edges hang together, and only bare edges
are in memory for it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from crawler.batch.history import FILE, File
from crawler.batch.tables import Values, grouped
from crawler.lineage.chain import joined
from crawler.lineage.choice import Judgement
from crawler.lineage.judge import judge, touches
from crawler.model import ArticleId, Dated, Match
from crawler.ports import Dossier
from crawler.rebuild import copies_below, without_reasons
from crawler.registry import Registry
from crawler.store.memory import MemoryStore
from crawler.store.rows import LINEAGE, MATCH
from crawler.store.rows import Row as Json
from crawler.store.terms import linked_by, versions_named
from crawler.tracer import LINKED, NEAR, PERHAPS, Neighbourhood

JUDGEMENT = Json(Judgement)
PUBLISHED = Json(Dated)
JUDGED = (("id", "string"), ("body", "binary"), ("published", "binary"), ("above", "array<string>"))
TOUCHED = (("id", "string"), ("other", "string"), ("at_once", "boolean"))
AT_HAND = 20_000  # matches of a bucket that are kept as read: some 50 MB
LINEAGES = (("id", "string"), ("lineage", "binary"))


def linked(file: File) -> list[ArticleId]:
    """Return the ids of the pages that the claims of an article link, as many as are looked at."""
    claims = file.last.claims
    return [id for c in claims if c.linked == "article" and (id := linked_by(c)) is not None][:LINKED]


class Bucket(Neighbourhood):
    """Articles with their matches, read when they are asked for."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        matches: Mapping[str, Mapping[str, bytes]],
        touched: Mapping[str, Sequence[tuple[str, bool]]],
    ) -> None:
        super().__init__(MemoryStore())
        self._files = files
        self._matches = matches
        self._touched = touched
        self._known: dict[str, File] = {}
        self._read = lru_cache(AT_HAND)(MATCH.load)  # of a much copied text everybody is near the same few

    def file(self, id: str) -> File:
        if id not in self._known:
            self._known[id] = FILE.load(self._files[id])
        return self._known[id]

    def others(self, id: str) -> list[ArticleId]:
        """Return the other sides of its matches, by id."""
        return [ArticleId(other) for other in sorted(self._matches.get(id, {}))]

    def touched(self, id: str) -> list[tuple[str, bool]]:
        """Return which newcomers concerned it, and whether at once, in the order they came in."""
        return sorted(self._touched.get(id, ()), key=lambda one: self.file(one[0]).first)

    def match(self, id: str, other: str) -> Match:
        return self._read(self._matches[id][other])

    def dossier(self, id: str, among: Collection[str]) -> Dossier:
        """Return what is known of an article, of its matches those with *among*."""
        state = self.file(id).last
        of = self._matches.get(id, {})
        matches = tuple(self.match(id, other) for other in sorted({other for other in among if other in of}))
        named = versions_named(state.article, matches)
        versions = {hash: version for hash, version in state.versions().items() if hash in named}
        return Dossier(article=state.article, claims=state.claims, matches=matches, versions=versions)

    def around_these(self, id: str, chosen: Sequence[ArticleId]) -> tuple[Dossier, dict[ArticleId, Dossier]]:
        """Return an article with its matches with *chosen*, and whoever stands around it."""
        near = [*chosen, *(ArticleId(one) for one in linked(self.file(id)) if one in self._files)]
        among = [*near, id]
        one = self.dossier(id, chosen)
        return one, {other: self._with_versions_of(one, other, among) for other in dict.fromkeys(near)}

    def _with_versions_of(self, one: Dossier, id: ArticleId, among: Collection[str]) -> Dossier:
        dossier = self.dossier(id, among)
        return self._with_versions(one, {id: dossier})[id] if not dossier.versions else dossier


def judged(rows: Iterator[Values], registry: Registry) -> Iterator[Values]:
    """Yield the judgement on each member of each bucket, see ``JUDGED``; *rows* as ``_buckets`` takes them."""
    for bucket, members in _buckets(rows):
        for id in members:
            yield _judged(bucket, id, registry)


def touched(rows: Iterator[Values], registry: Registry) -> Iterator[Values]:
    """Yield whom the arrival of each member of each bucket may concern, see ``TOUCHED``.

    *id* is the one concerned, *other* the newcomer; *at_once*: judged again then and there, as the live path does with
    those that may be a newcomer's copies, and with the first few of those for whom it would be one rival more. The
    others it leaves to ``settle``.
    """
    for bucket, members in _buckets(rows):
        for newcomer in members:
            yield from _touched(bucket, newcomer, registry)


def _touched(bucket: Bucket, newcomer: str, registry: Registry) -> Iterator[Values]:
    rivals = 0
    for id in bucket.others(newcomer):
        if bucket.file(id).first < bucket.file(newcomer).first:
            word = touches(bucket.dossier(id, [newcomer]), bucket.dossier(newcomer, [id]), registry)
            rivals += word == "perhaps"
            if word != "no":
                yield id, newcomer, word == "yes" or rivals <= PERHAPS


def _buckets(rows: Iterator[Values]) -> Iterator[tuple[Bucket, list[str]]]:
    """Yield each bucket and its members, by id.

    *rows*: bucket, part, flag, id, other, body; sorted by bucket and part. Part 0 is an article, *flag* says whether it
    is a member; part 1 a match; part 2 that *id* is touched by *other*, *flag* says whether at once.
    """
    for _, some in grouped(rows):
        files: dict[str, bytes] = {}
        matches: dict[str, dict[str, bytes]] = {}
        touched: dict[str, list[tuple[str, bool]]] = {}
        members: list[str] = []
        for _, part, flag, id, other, body in some:
            if part == 0:
                files[id] = body
                members += [id] if flag else []
            elif part == 1:
                matches.setdefault(id, {})[other] = body
                matches.setdefault(other, {})[id] = body
            else:
                touched.setdefault(id, []).append((other, flag))
        yield Bucket(files, matches, touched), sorted(members)


def _judged(bucket: Bucket, id: str, registry: Registry) -> Values:
    others = bucket.others(id)
    judgement = _judge(bucket, id, others, registry) if len(others) <= NEAR else _of_many(bucket, id, registry)
    published = bucket.file(id).last.article.published
    return (
        id,
        JUDGEMENT.dump(judgement).encode(),
        None if published is None else PUBLISHED.dump(published).encode(),
        [edge.parent.id for edge in judgement.parents],
    )


def _judge(bucket: Bucket, id: str, chosen: Sequence[ArticleId], registry: Registry) -> Judgement:
    one, near = bucket.around_these(id, chosen)
    return judge(one, near, registry)


def _of_many(bucket: Bucket, id: str, registry: Registry) -> Judgement:
    """Judge an article that matches very many as the live path does, which looks at a part of them each time.

    First when it came in, then with each newcomer that concerns it: at those of the smallest ids there are by then, at
    its parents and rivals so far, and at the newcomer. See ``crawler.tracer.Nearest``.
    """
    matched = set(bucket.others(id))
    to_come = sorted(((bucket.file(other).first, other) for other in matched), reverse=True)
    smallest: list[ArticleId] = []

    def known(at: int) -> list[ArticleId]:
        """Return the smallest ids of those that had come in by then; *at* never goes back."""
        while to_come and to_come[-1][0] <= at:
            insort(smallest, to_come.pop()[1])
            del smallest[NEAR:]
        return smallest

    def again(judgement: Judgement, chosen: Sequence[ArticleId]) -> Judgement:
        held = [e.parent.id for e in (*judgement.parents, *judgement.rivals) if e.parent.id in matched]
        return _judge(bucket, id, list(dict.fromkeys([*chosen, *held])), registry)

    judgement = _judge(bucket, id, known(bucket.file(id).first), registry)
    newcomers = bucket.touched(id)
    for other, at_once in newcomers:
        if at_once:
            judgement = again(judgement, [*known(bucket.file(other).first), ArticleId(other)])
    if not all(at_once for _, at_once in newcomers):
        judgement = again(judgement, bucket.others(id)[:NEAR])
    return judgement


# --- joining


def lineages(rows: Iterator[Values], now: datetime, reason: str) -> Iterator[Values]:
    """Yield the lineage of each article, see ``LINEAGES``; *rows*: chain, id, body, published; sorted by chain.

    All whose edges hang together are of one chain; an article without edges is one of its own.
    """
    for _, some in grouped(rows):
        yield from _joined([row[1:] for row in some], now, reason)


def _joined(rows: Sequence[tuple[Any, ...]], now: datetime, reason: str) -> Iterator[Values]:
    edges = {}
    for id, body, _ in rows if len(rows) > 1 else ():
        bare = without_reasons(JUDGEMENT.load(body).parents)
        if bare:
            edges[ArticleId(id)] = bare
    copies = copies_below(edges)
    for id, body, published in rows:
        judgement = JUDGEMENT.load(body)
        lineage = joined(
            ArticleId(id),
            PUBLISHED.load(published) if published is not None else None,
            judgement,
            lambda one: edges.get(one, ()),
            copies=copies.get(ArticleId(id), 0),
            now=now,
        )
        yield id, LINEAGE.dump(replace(lineage, reason=reason)).encode()
