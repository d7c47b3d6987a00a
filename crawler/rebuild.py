"""All lineages again from what is stored: the same that judging one page after the other comes to.

First everything is judged and compared, and nothing is changed; what is kept of it in memory are bare edges. Then what
differs is written, a block at a time: as it was judged where the store can tell that nobody has changed it since, else
judged over again. Stopped in between, each lineage is either the old or the new one; doing it again does the rest.
"""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from crawler.lineage.chain import chain, joined
from crawler.lineage.choice import Judgement
from crawler.lineage.folding import folded
from crawler.model import ArticleId, Attribution, Dated, Edge, Lineage
from crawler.ports import Dossier, Mark, Store
from crawler.registry import Registry
from crawler.tracer import Neighbourhood, Tracer

SEEDS = 200  # articles that a family is gathered around
FAMILY = 4_000  # articles judged together at most: what keeps memory small
BLOCK = 200  # lineages written in one transaction
IN_MEMORY = 64 * 2**20  # bytes of judgements that wait to be written; more go to a temporary file

Progress = Callable[[int, int], None]
"""Told how far the work has come, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild found. ``renamed``: articles that today's registry names otherwise, or whose claims it does."""

    articles: int
    changed: int
    renamed: int
    changes: tuple[tuple[ArticleId, str], ...] = ()  # the first of them, each with its reason


SHOWN = 1_000  # changes that are listed
NAMED_OTHERWISE = "is named, or names others, otherwise by sources.yaml"


class _Kept:
    """Judgements that wait to be written: in memory, or in a file that nobody else sees if there are many."""

    def __init__(self, mark: Mark | None) -> None:
        self.mark = mark
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the draft
        self._places: dict[ArticleId, tuple[int, int]] = {}
        self._end = 0

    def add(self, id: ArticleId, judgement: Judgement) -> None:
        packed = zlib.compress(pickle.dumps(judgement), 1)
        self._file.write(packed)
        self._places[id] = (self._end, len(packed))
        self._end += len(packed)

    def get(self, id: ArticleId) -> Judgement | None:
        if id not in self._places:
            return None
        start, length = self._places[id]
        self._file.seek(start)
        judgement = pickle.loads(zlib.decompress(self._file.read(length)))
        assert isinstance(judgement, Judgement)
        return judgement


@dataclass(slots=True)
class _Draft:
    """What everything comes to, as far as the joining of edges needs it."""

    judged: dict[ArticleId, None] = field(default_factory=dict)  # in the order of the families
    edges: dict[ArticleId, tuple[Edge, ...]] = field(default_factory=dict)
    published: dict[ArticleId, Dated | None] = field(default_factory=dict)  # of those with edges
    held: dict[ArticleId, Lineage] = field(default_factory=dict)  # as stored, bare; plain ones left out
    differ: set[ArticleId] = field(default_factory=set)
    kept: _Kept | None = None  # the judgements of those; None where they would be out of date when they are written
    renamed: set[ArticleId] = field(default_factory=set)
    late: set[ArticleId] = field(default_factory=set)  # have other parents since: a page came in meanwhile


def rebuild(
    store: Store,
    registry: Registry,
    now: datetime,
    *,
    dry_run: bool = False,
    step: Progress = lambda done, of: None,
) -> Rebuilt:
    """Judge all articles of *store* again and write what changed, with the reason; *dry_run*: write nothing."""
    mark = store.mark()
    total = store.status().articles
    draft = _Draft(kept=None if mark is None or dry_run else _Kept(mark))
    tracer = Tracer(store, registry)
    for family in _families(store, registry):
        _judge(family, tracer, draft, store)
        step(len(draft.judged), total)
    copies = copies_below(draft.edges)
    parents_of = _parents_of(draft, store)
    otherwise = dict(_joined_otherwise(draft, copies, parents_of, now))
    changing = draft.differ | draft.renamed | set(otherwise)
    todo = [id for id in draft.judged if id in changing]  # by families: who is read together is written together
    if dry_run:
        found = [(id, _reason(draft, id)) for id in todo if id in draft.differ or otherwise.get(id)]
        return Rebuilt(
            articles=len(draft.judged), changed=len(found), renamed=len(draft.renamed), changes=tuple(found[:SHOWN])
        )
    changes: list[tuple[ArticleId, str]] = []
    changed = 0
    for at, block in enumerate(_blocks(todo, BLOCK)):
        with store.writing():
            for id, reason in _write(block, store, registry, tracer, draft, copies, now):
                changed += 1
                if len(changes) < SHOWN:
                    changes.append((id, reason))
        step(total + (at + 1) * BLOCK, total + len(todo))
    if draft.late:
        with store.writing():
            store.leave(_with_all_below(draft.late, store))  # for ``settle``: their chains are of before
    return Rebuilt(articles=len(draft.judged), changed=changed, renamed=len(draft.renamed), changes=tuple(changes))


def refold(store: Store, registry: Registry, now: datetime, *, step: Progress = lambda done, of: None) -> Rebuilt:
    """Fold the facts of articles that today's *registry* names otherwise, and judge again whomever that concerns."""
    tracer = Tracer(store, registry)
    total, done, renamed = store.status().articles, 0, 0
    changed: dict[ArticleId, None] = {}
    for block in _blocks(store.article_ids(), SEEDS):
        for dossier in store.dossiers(block).values():
            new = folded(dossier, registry)
            if new is dossier:
                continue
            renamed += 1
            with store.writing():
                _save_names(store, new)
                changed |= dict.fromkeys(tracer.trace(new.article.id, now, why=NAMED_OTHERWISE).changed)
        done += len(block)
        step(done, total)
    listed = tuple((id, NAMED_OTHERWISE) for id in list(changed)[:SHOWN])
    return Rebuilt(articles=total, changed=len(changed), renamed=renamed, changes=listed)


# --- judging


def _families(store: Store, registry: Registry) -> Iterator[_Family]:
    """Yield all articles in groups, matched ones together as far as a group holds them: each is read about once."""
    named = _named_in_reviews(store)
    seen: set[ArticleId] = set()
    for seeds in _blocks(store.article_ids(), SEEDS):
        family = _Family(store, registry)
        line = [id for id in seeds if id not in seen]
        members: dict[ArticleId, None] = {}
        while line:
            found = family.read(line)
            members |= dict.fromkeys(found)
            seen.update(line)
            if len(members) >= FAMILY:
                break
            near = (other for id, d in found.items() for other in (*_matched(d), *named.get(id, ())))
            line = [id for id in dict.fromkeys(near) if id not in seen]
        family.members = tuple(members)
        if members:
            yield family


class _Family(Neighbourhood):
    """Dossiers as today's registry names them; ``members`` are those to be judged, the others stand around."""

    def __init__(self, store: Store, registry: Registry) -> None:
        super().__init__(store)
        self.registry = registry
        self.members: tuple[ArticleId, ...] = ()
        self.renamed: set[ArticleId] = set()

    def look_up(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, Dossier]:
        found = {}
        for id, dossier in super().look_up(ids).items():
            found[id] = folded(dossier, self.registry)
            if found[id] is not dossier:
                self.renamed.add(id)
        return found


def _matched(dossier: Dossier) -> list[ArticleId]:
    return [m.other(dossier.article.id) for m in dossier.matches]


def _named_in_reviews(store: Store) -> dict[ArticleId, list[ArticleId]]:
    """Return who is joined by a review, both ways: such a pair need not share any text."""
    out: dict[ArticleId, list[ArticleId]] = {}
    for review in store.reviews():
        if review.parent is not None:
            out.setdefault(review.copy, []).append(review.parent.id)
            out.setdefault(review.parent.id, []).append(review.copy)
    return out


def _judge(family: _Family, tracer: Tracer, draft: _Draft, store: Store) -> None:
    """Judge the members of *family* and note what is to be joined, and what differs from what is stored."""
    held = dict(store.lineages(family.members))
    for id in family.members:
        dossier = family[id]
        judgement = tracer.judge(dossier, family)
        draft.judged[id] = None
        if judgement.parents:
            draft.edges[id] = without_reasons(judgement.parents)
            draft.published[id] = dossier.article.published
        old = held.get(id)
        if old is None or not _is_kept(judgement, old):
            draft.differ.add(id)
            if draft.kept is not None:
                draft.kept.add(id, judgement)
        elif old.parents or old.copies or judgement.parents:
            draft.held[id] = replace(old, parents=without_reasons(old.parents), rivals=())
    draft.renamed |= family.renamed & set(family.members)


def without_reasons(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Return bare *edges*: what chains are made of."""
    return tuple(map(_bare, edges))


def _bare(edge: Edge) -> Edge:
    vouched = tuple(row for row in edge.evidence if row.type == "verdict")
    return replace(edge, evidence=vouched, attribution=_NOT_KEPT)


_NOT_KEPT = Attribution()


def _is_kept(judgement: Judgement, held: Lineage) -> bool:
    """Say whether *held* has these edges, those of a ring that was cut among its rivals."""
    cut = (*judgement.parents, *judgement.rivals) if judgement.parents and not held.parents else None
    if cut is not None:
        return held.rivals == cut
    return held.parents == judgement.parents and held.rivals == judgement.rivals


# --- joining


def copies_below(edges: Mapping[ArticleId, Sequence[Edge]]) -> dict[ArticleId, int]:
    """Return how many articles hang below each, directly or through others; those with none are left out.

    *edges* are as they were judged: who closes a ring, and is cut from it, hangs below nobody.
    """
    children: dict[ArticleId, list[ArticleId]] = {}
    for copy, parents in edges.items():
        for edge in parents if chain(copy, lambda id: edges.get(id, ())) else ():
            children.setdefault(edge.parent.id, []).append(copy)
    return {id: _below(id, children) for id in children}


def _below(id: ArticleId, children: Mapping[ArticleId, Sequence[ArticleId]]) -> int:
    below: set[ArticleId] = set()
    line = [id]
    while line:
        new = [child for child in children.get(line.pop(), ()) if child not in below]
        below.update(new)
        line.extend(new)
    return len(below - {id})


def _parents_of(draft: _Draft, store: Store) -> Callable[[ArticleId], Sequence[Edge]]:
    def parents_of(id: ArticleId) -> Sequence[Edge]:
        if id in draft.judged:
            return draft.edges.get(id, ())
        held = store.lineage(id)  # came in while we were at it
        return held.parents if held else ()

    return parents_of


def _joined_otherwise(
    draft: _Draft,
    copies: Mapping[ArticleId, int],
    parents_of: Callable[[ArticleId], Sequence[Edge]],
    now: datetime,
) -> Iterator[tuple[ArticleId, bool]]:
    """Yield those whose edges stay, but whose origin, depth or delay changes (True), or only their copies (False)."""
    for id in draft.judged.keys() - draft.differ:
        held = draft.held.get(id)
        if held is None:
            if id in copies:
                yield id, False
            continue
        judgement = Judgement(parents=draft.edges.get(id, ()))
        new = joined(id, draft.published.get(id), judgement, parents_of, copies=copies.get(id, 0), now=now)
        if _read_off(new) != _read_off(held):
            yield id, True
        elif (new.role, new.copies) != (held.role, held.copies):
            yield id, False


def _read_off(lineage: Lineage) -> tuple[object, ...]:
    """Return what is read off the chain; the edges themselves are compared elsewhere."""
    return (
        lineage.origin,
        lineage.depth,
        lineage.delay_seconds,
        lineage.confidence,
        len(lineage.parents),
    )


def _with_all_below(ids: Collection[ArticleId], store: Store) -> list[ArticleId]:
    found: dict[ArticleId, None] = {}
    line = sorted(ids)
    while line:
        id = line.pop()
        if id not in found:
            found[id] = None
            line.extend(store.children(id))
    return list(found)


def _reason(draft: _Draft, id: ArticleId) -> str:
    if id in draft.renamed:
        return f"rebuilt: {NAMED_OTHERWISE}"
    if id in draft.differ:
        return "rebuilt: its own facts come to another judgement"
    return "rebuilt: what is above or below it changed"


# --- writing


def _write(
    ids: Sequence[ArticleId],
    store: Store,
    registry: Registry,
    tracer: Tracer,
    draft: _Draft,
    copies: Mapping[ArticleId, int],
    now: datetime,
) -> Iterator[tuple[ArticleId, str]]:
    """Save the lineages of *ids*; yield those that are news, with their reasons. In a writing block."""
    parents_of = _parents_of(draft, store)
    if draft.kept is not None and draft.kept.mark != store.mark():
        draft.kept = None  # somebody has changed the store: what was judged may be out of date
    kept = {} if draft.kept is None else {id: j for id in ids if (j := draft.kept.get(id)) is not None}
    again = _judged_again([id for id in ids if id not in kept or id in draft.renamed], store, registry, tracer, draft)
    for id, (published, judgement) in (*_as_judged(kept, draft), *again):
        new = joined(id, published, judgement, parents_of, copies=copies.get(id, 0), now=now)
        reason = _reason(draft, id)
        if store.save_lineage(id, replace(new, reason=reason)):
            yield id, reason
    if draft.kept is not None:
        draft.kept.mark = store.mark()  # our own changes; nobody else can write within this block


_Judged = tuple[ArticleId, tuple[Dated | None, Judgement]]


def _as_judged(kept: Mapping[ArticleId, Judgement], draft: _Draft) -> Iterator[_Judged]:
    """Yield the judgements that were kept, with the dates that their delays are counted to."""
    for id, judgement in kept.items():
        if id not in draft.renamed:
            yield id, (draft.published.get(id), judgement)


def _judged_again(
    ids: Sequence[ArticleId], store: Store, registry: Registry, tracer: Tracer, draft: _Draft
) -> Iterator[_Judged]:
    """Read *ids* and who stands around them, and judge them; save today's names of those that are named otherwise."""
    family = _Family(store, registry)
    for id, dossier in family.read(ids).items():
        if id in family.renamed:
            _save_names(store, dossier)
        judgement = tracer.judge(dossier, family)
        if without_reasons(judgement.parents) != draft.edges.get(id, ()):
            draft.late.add(id)
        yield id, (dossier.article.published, judgement)


def _save_names(store: Store, dossier: Dossier) -> None:
    fingerprint = store.fingerprint(dossier.article.id)
    assert fingerprint is not None, dossier.article.id
    store.save_article(dossier.article, dossier.claims, fingerprint)


def _blocks(ids: Iterable[ArticleId] | Collection[ArticleId], size: int) -> Iterator[list[ArticleId]]:
    rest = iter(ids)
    while block := list(islice(rest, size)):
        yield block
