"""Keeps lineages in step with the facts: whoever a newcomer concerns is judged again, and their descendants told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from crawler.lineage.chain import lineage
from crawler.lineage.judge import Judgement, judge, touches
from crawler.model import Article, ArticleId, Edge, Lineage
from crawler.ports import Dossier, Store
from crawler.registry import Registry
from crawler.urls import article_id

AT_ONCE = 200  # neighbours judged again with an article; what is beyond is left to ``settle``
LINKED = 20  # pages named by claims that are looked up
LONGEST_REASON = 300


class Tracer:
    """Judges articles of one store and keeps what comes of it."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def trace(
        self, id: ArticleId, now: datetime, *, why: str, also: Collection[ArticleId] = (), seeding: bool = False
    ) -> list[ArticleId]:
        """Judge *id* and whoever it concerns; save what changed, descendants included; return those ids.

        *also* are articles that it concerned before its text changed; *why* is what happened to it ("came in"). What
        is left to ``settle`` is noted as *seeding* or not.
        """
        dossiers = Neighbourhood(self._store)
        one = dossiers[id]
        judged = {id: self.judge(one, dossiers)}
        named = {*also, *self._store.claiming(id), *self._store.children(id)}
        others = sorted((named | {m.other(id) for m in one.matches}) - {id})
        self._store.leave(others[AT_ONCE:], seeding=seeding)
        near = dossiers.read(others[:AT_ONCE])
        concerned = {x: d for x, d in near.items() if x in named or self._concerns(d, one)}
        dossiers.read([x for d in concerned.values() for x in neighbours(d)])  # at once for all of them
        judged |= {x: self.judge(d, dossiers) for x, d in concerned.items()}
        before = {x: frozenset(e.parent.id for e in self.parents(x)) for x in judged}
        reasons = {x: why if x == id else f"{one.article.url} {why}" for x in judged}
        judged |= self._below(judged)
        return self._save(judged, before, now, reasons)

    def _concerns(self, dossier: Dossier, one: Dossier) -> bool:
        """Say whether *one* is, or may become, a parent or a rival of *dossier*."""
        held = self._store.lineage(dossier.article.id)
        known = held is not None and any(e.parent.id == one.article.id for e in (*held.parents, *held.rivals))
        return known or touches(dossier, one, self._registry)

    def judge(self, dossier: Dossier, dossiers: Neighbourhood) -> Judgement:
        """Return who *dossier* was taken from, as far as the store tells. Nothing is kept."""
        return judge(dossier, dossiers.around(dossier), self._registry)

    def parents(self, id: ArticleId) -> Sequence[Edge]:
        """Return the stored parent edges of *id*, best first."""
        held = self._store.lineage(id)
        return held.parents if held else ()

    def _below(self, judged: Mapping[ArticleId, Judgement]) -> dict[ArticleId, Judgement]:
        """Return the stored judgements of the descendants of those whose parents have changed."""
        out: dict[ArticleId, Judgement] = {}
        line = [x for x, j in judged.items() if j.parents != tuple(self.parents(x))]
        while line:
            for child in self._store.children(line.pop()):
                if child not in judged and child not in out:
                    held = self._lineage(child)
                    out[child] = Judgement(parents=held.parents, rivals=held.rivals)
                    line.append(child)
        return out

    def _save(
        self,
        judged: Mapping[ArticleId, Judgement],
        before: Mapping[ArticleId, Collection[ArticleId]],
        now: datetime,
        reasons: Mapping[ArticleId, str],
    ) -> list[ArticleId]:
        def parents_of(id: ArticleId) -> Sequence[Edge]:
            return judged[id].parents if id in judged else self.parents(id)

        changed = []
        for id, judgement in judged.items():
            held = self._store.lineage(id)
            new = lineage(self._article(id), judgement, parents_of, copies=held.copies if held else 0, now=now)
            reason = reasons.get(id, "the lineage of what it was taken from changed")
            if self._store.save_lineage(id, replace(new, reason=reason[:LONGEST_REASON])):
                changed.append(id)
        touched = {p for ids in before.values() for p in ids}
        touched |= {e.parent.id for id in before for e in self.parents(id)} | set(before)
        for id in self._upward(touched):
            self._count(id, now)
        return changed

    def _upward(self, ids: Collection[ArticleId]) -> list[ArticleId]:
        """Return *ids* and all their ancestors, each once."""
        seen: dict[ArticleId, None] = {}
        line = sorted(ids)
        while line:
            id = line.pop()
            if id not in seen:
                seen[id] = None
                line.extend(e.parent.id for e in self.parents(id))
        return list(seen)

    def _count(self, id: ArticleId, now: datetime) -> None:
        """Bring the number of copies of *id*, and with it its role, up to date."""
        held = self._store.lineage(id)
        if held is None:
            return  # an external origin: nothing is stored of it
        copies = self._store.descendants(id)
        if copies != held.copies:
            role = held.role if held.parents else "original" if copies else "unmatched"
            self._store.save_lineage(id, replace(held, role=role, copies=copies, decided_at=now))

    def _article(self, id: ArticleId) -> Article:
        article = self._store.article(id)
        assert article is not None, id
        return article

    def _lineage(self, id: ArticleId) -> Lineage:
        held = self._store.lineage(id)
        assert held is not None, id
        return held


class Neighbourhood:
    """Dossiers read from the store, each once while one article is traced."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[ArticleId, Dossier | None] = {}

    def __getitem__(self, id: ArticleId) -> Dossier:
        found = self.get(id)
        assert found is not None, id
        return found

    def get(self, id: ArticleId) -> Dossier | None:
        return self.read([id]).get(id)

    def around(self, dossier: Dossier) -> dict[ArticleId, Dossier]:
        """Return the articles that match this one, those its claims link and those its reviews name."""
        one, near = dossier.article.id, self.read(neighbours(dossier))
        for match in dossier.matches:
            other = near.get(match.other(one))
            if other is not None and not other.has(match):
                versions = {version.content_hash: version for version in self._store.versions(other.article.id)}
                near[other.article.id] = replace(other, versions=versions)
        return near

    def read(self, ids: Sequence[ArticleId]) -> dict[ArticleId, Dossier]:
        missing = [id for id in ids if id not in self._held]
        if missing:
            found = self.look_up(missing)
            self._held |= {id: found.get(id) for id in missing}
        return {id: d for id in ids if (d := self._held[id]) is not None}

    def look_up(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, Dossier]:
        """Read *ids* from the store."""
        return self._store.dossiers(ids)


def neighbours(dossier: Dossier) -> list[ArticleId]:
    """Return the ids of the articles that match this one, those its claims link and those its reviews name."""
    one = dossier.article.id
    linked = [article_id(c.url) for c in dossier.claims if c.url is not None and c.linked == "article"]
    named = [r.parent.id for r in dossier.reviews if r.parent is not None]
    return [m.other(one) for m in dossier.matches] + linked[:LINKED] + named
