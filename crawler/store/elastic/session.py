"""Reads and changes documents so that a writing block sees its own work and leaves all of it or none."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from crawler.store.elastic.connection import Connection, Seen
from crawler.store.elastic.drafts import Block, Change, Draft, Json, Place, Recent
from crawler.store.elastic.indices import Templates, prepare
from crawler.store.elastic.saving import Saved, save

MANY = 2000  # documents saved and perhaps not yet visible: beyond that a refresh is cheaper than keeping them
_PAGE = 1000
_TERMS = 1000  # in one question
NOTHING: dict[str, Any] = {"match_none": {}}

Order = Sequence[tuple[str, str]]  # field and "asc" or "desc"; the last one tells all documents apart


@dataclass(frozen=True, slots=True)
class Lookup:
    """The documents of an index that have a term in one of *fields*, those of *but* left out; what of them is read.

    ``terms_of`` says the same of a document: its terms, none for one that is left out.
    """

    index: str
    fields: tuple[str, ...]
    terms_of: Callable[[Json], Sequence[str]]
    by: str  # tells them apart and orders them
    source: tuple[str, ...] | bool = True
    but: Json | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A search of which only the best are wanted. Its hits may be documents that we know better."""

    index: str
    body: Json

    @property
    def key(self) -> str:
        return json.dumps([self.index, self.body])


class Session:
    """The documents of one store, for all threads of this process.

    A block's changes are saved at its end in phases: first what promises, then what was found, then what forgets.
    Killed in between, what was promised is there to be done again.
    """

    def __init__(
        self, connection: Connection, phase_of: Callable[[Place, Json | None], int], templates: Templates
    ) -> None:
        self.connection = connection
        self._templates = templates
        self._phase_of = phase_of
        self._lock = threading.RLock()
        self._block: Block | None = None
        self._recent = Recent()
        self._pid = os.getpid()
        self._prepared = False

    # blocks

    @contextmanager
    def writing(self, finish: Callable[[Saved], None]) -> Iterator[None]:
        """Hold back what is changed inside until the end; *finish* is told what became of it."""
        with self._lock:
            block = self._block
            if block is not None:
                block.layers.append({})
                try:
                    yield
                except BaseException:
                    block.layers.pop()
                    raise
                block.join()
                return
            block = self._block = Block(owner=threading.get_ident(), layers=[{}])
            try:
                yield
            finally:
                self._block = None
            finish(self._save(block.layers[0]))

    def _save(self, drafts: Mapping[Place, Draft]) -> Saved:
        self.ready()
        phases: dict[int, dict[Place, Draft]] = {}
        for place, draft in drafts.items():
            phases.setdefault(self._phase_of(place, draft.now), {})[place] = draft
        total = Saved()
        for _, phase in sorted(phases.items()):
            saved = save(self.connection, phase)
            self._recent.add(saved.now)
            total.now |= saved.now
            total.raced |= saved.raced
            total.refused |= saved.refused
        if len(self._recent) > MANY:
            self.refresh()
        return total

    def save(self, drafts: Mapping[Place, Draft]) -> None:
        """Save *drafts* now."""
        with self._lock:
            self._save(drafts)

    @property
    def in_block(self) -> bool:
        return self._mine() is not None

    def _mine(self) -> Block | None:
        block = self._block
        return block if block is not None and block.owner == threading.get_ident() else None

    # single documents

    def read(self, places: Sequence[Place]) -> list[Json | None]:
        """Return the documents as they are now: the block's own, else the server's, visible to searches or not."""
        return [seen.source for seen in self._seen(places)]

    def _seen(self, places: Sequence[Place]) -> list[Seen]:
        self.ready()
        block = self._mine()
        if block is None:
            return self.connection.get(places)
        missing = [place for place in dict.fromkeys(places) if block.draft(place) is None and place not in block.seen]
        if missing:
            block.seen |= zip(missing, self.connection.get(missing), strict=True)
        found = []
        for place in places:
            draft = block.draft(place)
            found.append(block.seen[place] if draft is None else Seen(source=draft.now))
        return found

    def change(self, place: Place, change: Change) -> Json | None:
        """Change one document, in a block; return it as it was before."""
        block = self._mine()
        assert block is not None, "changes are made in a writing block"
        draft = block.draft(place)
        if draft is None or draft.blind:
            (held,) = self._seen([place])
            base = block.seen.get(place, Seen()) if draft is None else draft.base
            block.put(place, Draft(base=base, changes=(change,), now=change(held.source), blind=draft is not None))
            return held.source
        block.put(place, Draft(base=draft.base, changes=(*draft.changes, change), now=change(draft.now)))
        return draft.now

    def replace(self, place: Place, document: Json | None) -> None:
        """Put *document* there, whatever is there now."""
        block = self._mine()
        assert block is not None, "changes are made in a writing block"
        block.put(place, Draft(base=Seen(), changes=(lambda _: document,), now=document, blind=True))

    def is_new(self, place: Place) -> bool:
        """Say whether the document is this block's own and was not there before."""
        block = self._mine()
        draft = None if block is None else block.draft(place)
        return draft is not None and not draft.blind and draft.base.source is None

    # searches

    def with_terms(
        self, lookup: Lookup, terms: Sequence[str], *, unknown: Collection[str] = ()
    ) -> dict[str, list[Json]]:
        """Return the documents of each of *terms*; the server is asked once for all, and in a block once for each.

        *unknown* are terms that nothing saved before this block can have: the server is not asked for them.
        """
        self.ready()
        saved = self._saved_with(lookup, [term for term in terms if term not in unknown])
        out = {}
        for term in dict.fromkeys(terms):
            held = {id: one for id, one in saved.get(term, {}).items() if not self.is_own(Place(lookup.index, id))}
            held |= {id: one for id, one in self.own_with(lookup.index, term) if term in lookup.terms_of(one)}
            out[term] = sorted(held.values(), key=partial(_value, name=lookup.by))
        return out

    def _saved_with(self, lookup: Lookup, terms: Sequence[str]) -> Mapping[str, Mapping[str, Json]]:
        """Return what the server finds for each of *terms*, by ``_id``."""
        block = self._mine()
        known: dict[str, dict[str, Json]] = {} if block is None else block.held.setdefault(lookup, {})
        missing = [term for term in dict.fromkeys(terms) if term not in known]
        for start in range(0, len(missing), _TERMS):
            found: dict[str, dict[str, Json]] = {term: {} for term in missing[start : start + _TERMS]}
            asked = [{"terms": {name: list(found)}} for name in lookup.fields]
            query: Json = {
                "bool": {"filter": [{"bool": {"should": asked}}], "must_not": [lookup.but] if lookup.but else []}
            }
            for hit in self._hits(lookup.index, query, [{lookup.by: "asc"}], lookup.source, limit=None):
                for term in lookup.terms_of(hit["_source"]):
                    if term in found:
                        found[term][hit["_id"]] = hit["_source"]
            known |= found
        return known

    def ask(self, questions: Sequence[Question]) -> list[list[Json]]:
        """Return the hits of each question: all are asked in one request, and in a block each only once."""
        self.ready()
        block = self._mine()
        known: dict[str, list[Json]] = {} if block is None else block.found
        keys = [one.key for one in questions]
        missing = {key: one for key, one in zip(keys, questions, strict=True) if key not in known}
        answers = self.connection.searches([(one.index, one.body) for one in missing.values()])
        known |= {key: answer["hits"]["hits"] for key, answer in zip(missing, answers, strict=True)}
        return [known[key] for key in keys]

    def know(self, question: Question, hits: list[Json]) -> None:
        """Take *hits* for the server's answer as long as this block lasts."""
        block = self._mine()
        if block is not None:
            block.found[question.key] = hits

    def is_own(self, place: Place) -> bool:
        """Say whether we know that document better than a search."""
        block = self._mine()
        return place.id in self._recent.of(place.where) or (block is not None and block.draft(place) is not None)

    def own_with(self, index: str, term: str) -> list[tuple[str, Json]]:
        """Return, by ``_id``, our own documents that may have *term*: what searches would not find yet."""
        found = ((id, self.own_document(Place(index, id))) for id in self.own_shares(index, [term]))
        return [(id, document) for id, document in found if document is not None]

    def own_shares(self, index: str, terms: Iterable[str]) -> Mapping[str, int]:
        """Return, by ``_id``, how many of *terms* each of our own documents may have; those with none are left out."""
        block = self._mine()
        held = [self._recent.terms] if block is None else [self._recent.terms, block.terms]
        shares: dict[str, int] = {}
        for term in terms:
            some = [ids for one in held if (ids := one.ids(index, term))]
            for id in some[0] if len(some) == 1 else dict.fromkeys(chain(*some)):
                shares[id] = shares.get(id, 0) + 1
        return shares

    def own_document(self, place: Place) -> Json | None:
        """Return what we last made of a document; None where that is nothing."""
        block = self._mine()
        draft = None if block is None else block.draft(place)
        return self._recent.of(place.where).get(place.id) if draft is None else draft.now

    def own(self, index: str) -> dict[str, Json | None]:
        """Return what searches would not find yet: this process's recent documents, the block's own over them."""
        held = dict(self._recent.of(index))
        block = self._mine()
        if block is not None:
            held.update(block.own(index))
        return held

    def find(
        self,
        index: str,
        query: Json,
        holds: Callable[[Json], bool],
        *,
        order: Order,
        limit: int | None = None,
        fields: Sequence[str] | bool = True,
        after: Sequence[Any] | None = None,
    ) -> list[Json]:
        """Return the documents that *query* finds and those of our own for which *holds* says the same, in *order*."""
        self.ready()
        own = self.own(index)
        chosen = [
            document
            for document in own.values()
            if document is not None and holds(document) and (after is None or _follows(document, after, order))
        ]
        sort = [{name: way} for name, way in order]
        if query == NOTHING:
            hits: list[Json] = []
        elif limit is None:
            hits = [hit for hit in self._all(index, query, sort, fields) if hit["_id"] not in own]
        else:
            hits = self._hits(index, without(query, own), sort, fields, limit=limit, after=after)
        found = [hit["_source"] for hit in hits]
        return _sorted([*chosen, *found], order)[:limit] if chosen else found

    def _all(self, index: str, query: Json, sort: list[Json], fields: Sequence[str] | bool) -> list[Json]:
        """Return all that the server finds; it is asked once in a block, whose own changes are not its to know."""
        block = self._mine()
        if block is None:
            return self._hits(index, query, sort, fields, limit=None)
        asked = json.dumps([index, query, sort, fields])
        if asked not in block.found:
            block.found[asked] = self._hits(index, query, sort, fields, limit=None)
        return block.found[asked]

    def _hits(
        self,
        index: str,
        query: Json,
        sort: list[Json],
        fields: Sequence[str] | bool,
        *,
        limit: int | None,
        after: Sequence[Any] | None = None,
    ) -> list[Json]:
        found: list[Json] = []
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = {"search_after": list(after)} if after is not None else {}
            hits = self.connection.search(index, size=size, source=fields, query=query, sort=sort, **page)["hits"][
                "hits"
            ]
            found += hits
            if len(hits) < size:
                break
            after = hits[-1]["sort"]
        return found

    def pages(
        self,
        index: str,
        query: Json,
        holds: Callable[[Json], bool],
        *,
        by: Sequence[str],
        fields: Sequence[str] | bool = True,
        size: int = _PAGE,
    ) -> Iterator[Json]:
        """Yield all that is found, ascending, a page at a time: nothing is held open, changes meanwhile do no harm."""
        after: tuple[Any, ...] | None = None
        order = [(name, "asc") for name in by]
        while page := self.find(index, query, holds, order=order, limit=size, fields=fields, after=after):
            yield from page
            after = tuple(_value(page[-1], name) for name in by)

    # upkeep

    def ready(self) -> None:
        """Make sure, once, that the indices are there and can be worked on."""
        if self._pid != os.getpid():  # a fork: what our parent saved is its own to refresh
            self._pid, self._recent = os.getpid(), Recent()
        if not self._prepared:
            prepare(self.connection, self._templates)
            self._prepared = True

    def refresh(self) -> None:
        """Make what was saved visible to every search."""
        self.ready()
        with self._lock:
            self.connection.refresh()
            self._recent.clear()

    def settle_down(self) -> None:
        """Refresh if this process has saved anything since the last time."""
        if len(self._recent):
            self.refresh()


def without(query: Json, own: Mapping[str, Json | None]) -> Json:
    """Return *query* without the documents of which we know better."""
    if not own:
        return query
    return {"bool": {"must": [query], "must_not": [{"ids": {"values": list(own)}}]}}


def _value(document: Json, name: str) -> Any:
    held: Any = document
    for part in name.split("."):
        held = held.get(part) if isinstance(held, dict) else None
    return held


def _sorted(documents: list[Json], order: Order) -> list[Json]:
    for name, way in reversed(order):
        documents.sort(key=partial(_rank, name=name), reverse=way == "desc")
    return documents


def _rank(document: Json, *, name: str) -> Any:
    held = _value(document, name)
    # Instants sort as text once all of them have their parts of a second.
    return held[:-1] + ".000000Z" if isinstance(held, str) and len(held) == 20 and held.endswith("Z") else held


def _follows(document: Json, after: Sequence[Any], order: Order) -> bool:
    """Say whether *document* comes after that place in *order*."""
    for (name, way), there in zip(order, after, strict=True):
        here = _value(document, name)
        if here != there:
            return bool((here > there) == (way == "asc"))
    return False
