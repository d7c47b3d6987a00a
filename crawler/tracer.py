"""Keeps lineages in step with the facts: whoever a newcomer concerns is judged again, and their descendants told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from crawler.lineage.chain import lineage
from crawler.lineage.judge import Judgement, judge, touches
from crawler.model import Article, ArticleId, Edge, Lineage
from crawler.ports import Dossier, Store
from crawler.registry import Registry
from crawler.store.terms import linked_by

AT_ONCE = 200  # neighbours judged again with an article; what is beyond is left to ``settle``
PERHAPS = 12  # of those whose rivals would be one more
NEAR = 96  # matches that are looked at of an article; a newcomer has no more
LINKED = 20  # pages named by claims that are looked up
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Whose lineages were changed, and who was left to ``settle``."""

    changed: tuple[ArticleId, ...] = ()
    left: frozenset[ArticleId] = frozenset()


class Tracer:
    """Judges articles of one store and keeps what comes of it."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def trace(
        self,
        id: ArticleId,
        now: datetime,
        *,
        why: str,
        also: Collection[ArticleId] = (),
        widely: bool = True,
        seeding: bool = False,
    ) -> Traced:
        """Judge *id* and whoever it concerns; save what changed, descendants included.

        *also* are articles that it concerned before its text changed; *why* is what happened to it ("came in"). Not
        *widely*: nothing happened to it, only its own lineage is behind. The work does not grow with the copies there
        are: of very many some are judged at once, the rest are left to ``settle``, noted as *seeding* or not.
        """
        dossiers = Nearest(self._store, newcomer=id)
        one = dossiers[id]
        judged = {id: self.judge(one, dossiers)}
        left: list[ArticleId] = []
        if widely:
            concerned, left = self._concerned(one, also)
            dossiers.read_ahead(concerned)
            judged |= {other: self.judge(dossiers[other], dossiers) for other in concerned}
            self._store.leave(left, seeding=seeding)
        reasons = {x: why if x == id else f"{one.article.url} {why}" for x in judged}
        judged |= self._below(judged)
        before = {x: frozenset(e.parent.id for e in self.parents(x)) for x in judged}
        return Traced(changed=tuple(self._save(judged, before, now, reasons, id)), left=frozenset(left))

    def _concerned(self, one: Dossier, also: Collection[ArticleId]) -> tuple[list[ArticleId], list[ArticleId]]:
        """Return whose lineage may be another one because of *one*: those to judge at once, and those to leave."""
        id = one.article.id
        named = {*also, *self._store.claiming(id), *self._store.children(id)} - {id}
        sharing = [other for m in one.matches if (other := m.other(id)) not in named]
        touched: dict[str, list[ArticleId]] = {"no": [], "perhaps": [], "yes": []}
        for other, dossier in self._store.dossiers(sharing, among=[id]).items():
            touched[self._touches(dossier, one)].append(other)
        sure, perhaps = [*sorted(named), *touched["yes"]], touched["perhaps"]
        there = self._store.dossiers(sure[:AT_ONCE], among=())
        return [x for x in sure if x in there] + perhaps[:PERHAPS], sure[AT_ONCE:] + perhaps[PERHAPS:]

    def _touches(self, dossier: Dossier, one: Dossier) -> Literal["no", "perhaps", "yes"]:
        """Say whether *one* is, or may become, a parent or a rival of *dossier*."""
        held = self._store.lineage(dossier.article.id)
        if held is not None and any(e.parent.id == one.article.id for e in (*held.parents, *held.rivals)):
            return "yes"
        return touches(dossier, one, self._registry)

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
        id: ArticleId,
    ) -> list[ArticleId]:
        def parents_of(id: ArticleId) -> Sequence[Edge]:
            return judged[id].parents if id in judged else self.parents(id)

        changed = []
        for x, judgement in judged.items():
            held = self._store.lineage(x)
            new = lineage(self._article(x), judgement, parents_of, copies=held.copies if held else 0, now=now)
            reason = reasons.get(x, "the lineage of what it was taken from changed")
            if self._store.save_lineage(x, replace(new, reason=reason[:LONGEST_REASON])):
                changed.append(x)
        self._count_copies(id, before, now)
        return changed

    def _count_copies(self, id: ArticleId, before: Mapping[ArticleId, Collection[ArticleId]], now: datetime) -> None:
        """Bring the numbers of copies up to date after *id* was traced, *before* being whose parents were which."""
        after = {x: frozenset(e.parent.id for e in self.parents(x)) for x in before}
        moved = [x for x in before if after[x] != before[x]]
        if moved == [id] and not before[id] and not self._store.children(id):
            # A new leaf is one copy more of all above it: they need not be counted over again.
            for x in self._upward(after[id]):
                self._count(x, now, more=1)
            self._count(id, now)
            return
        above = {p for x in moved for p in (*before[x], *after[x])}
        for x in self._upward({id, *above, *moved}):
            self._count(x, now)

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

    def _count(self, id: ArticleId, now: datetime, *, more: int | None = None) -> None:
        """Bring the number of copies of *id*, and with it its role, up to date; *more*: so many came to it."""
        held = self._store.lineage(id)
        if held is None:
            return  # an external origin: nothing is stored of it
        copies = self._store.descendants(id) if more is None else held.copies + more
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
        return self._with_versions(dossier, self.read(neighbours(dossier)))

    def _with_versions(self, dossier: Dossier, near: dict[ArticleId, Dossier]) -> dict[ArticleId, Dossier]:
        """Return *near* with the earlier texts that the matches of *dossier* are about."""
        for match in dossier.matches:
            other = near.get(match.other(dossier.article.id))
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


class Nearest(Neighbourhood):
    """What is read of the store while one article is traced: of very many matches a part.

    Of an article that matches very many others it is those of the smallest ids, besides its parents, its rivals and
    the *newcomer*. So nothing that was judged is forgotten, and a much copied text costs no more than another. Of the
    matches of those around it is those with each other.
    """

    def __init__(self, store: Store, *, newcomer: ArticleId | None = None) -> None:
        super().__init__(store)
        self._newcomer = newcomer
        self._ones: dict[ArticleId, Dossier] = {}

    def __getitem__(self, id: ArticleId) -> Dossier:
        if id not in self._ones:
            self.read_ahead([id])
        return self._ones[id]

    def read_ahead(self, ids: Collection[ArticleId]) -> None:
        """Read *ids* and who stands around them, together."""
        chosen = {id: self._chosen(id) for id in ids}
        among = {other for some in chosen.values() for other in some}
        for id, dossier in self._store.dossiers(ids, among=among).items():
            matches = tuple(m for m in dossier.matches if m.other(id) in chosen[id])
            self._ones[id] = replace(dossier, matches=matches)
        near = dict.fromkeys(other for id in ids if id in self._ones for other in neighbours(self._ones[id]))
        found = self._store.dossiers(near, among=[*near, *ids])
        self._held |= {id: found.get(id) for id in near}

    def _chosen(self, id: ArticleId) -> set[ArticleId]:
        held = self._store.lineage(id)
        near = set(self._store.matched(id, NEAR))
        near |= {e.parent.id for e in (*held.parents, *held.rivals)} if held else set()
        return near | ({self._newcomer} if self._newcomer else set())

    def around(self, dossier: Dossier) -> dict[ArticleId, Dossier]:
        ids = neighbours(dossier)
        if any(id not in self._held for id in ids):
            found = self._store.dossiers(ids, among=[*ids, dossier.article.id])
            self._held |= {id: found.get(id) for id in ids}
        return super().around(dossier)


def neighbours(dossier: Dossier) -> list[ArticleId]:
    """Return the ids of the articles that match this one, those its claims link and those its reviews name."""
    one = dossier.article.id
    linked = [id for c in dossier.claims if c.linked == "article" and (id := linked_by(c)) is not None]
    named = [r.parent.id for r in dossier.reviews if r.parent is not None]
    return [m.other(one) for m in dossier.matches] + linked[:LINKED] + named
