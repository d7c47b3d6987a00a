"""What is looked up by terms, and how a block reads together what its articles will ask for one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from crawler.model import ArticleId, Fingerprint
from crawler.store.elastic.candidates import fresh_ones, id_of, question
from crawler.store.elastic.documents import digests_of, is_rejected, lineage_of, linking_of, parents_in, sides_of
from crawler.store.elastic.drafts import Json, Place
from crawler.store.elastic.places import (
    alert_place,
    article_place,
    fingerprint_place,
    reviews_place,
    state_place,
)
from crawler.store.elastic.session import Lookup, Question, Session
from crawler.store.rows import storable
from crawler.store.terms import SAME_TEXT

MOST = 2000  # articles read ahead for one block; what is beyond is read when it is asked for
LEAST = 2  # hashes that a candidate shares
_TOGETHER = 1000  # texts that are the same as one of a block; of more than that each is asked for alone
GENERATIONS = 4  # of ancestors and descendants


def _links(held: Json) -> tuple[str, ...]:
    return (*parents_in(held), *linking_of(held))


LINKED = Lookup(
    "articles",
    ("lineage.parents.id", "kept.linking"),
    _links,
    by="id",
    source=("id", "lineage.parents.id", "kept.linking"),
)
"""The articles with an edge to an id or a claim that links it: both are asked for together."""


def _believed(held: Json) -> tuple[str, ...]:
    return () if is_rejected(held) else sides_of(held)


ALL_MATCHES = Lookup("matches", ("left.id", "right.id"), sides_of, by="left.id")
"""The matches of an article, also those that a guard rejected."""

MATCHES = replace(ALL_MATCHES, terms_of=_believed, but={"term": {"kind": "unrelated"}})


def same_text(digest: str) -> Question:
    """Return the search for the fingerprints of that digest, as it is stored."""
    return Question("fingerprints", _exact([digest], SAME_TEXT))


def _exact(digests: Sequence[str], size: int) -> Json:
    return {
        "query": {"terms": {"digest": list(digests)}},
        "size": size,
        "_source": ["id", "digest"],
        "sort": [{"id": "asc"}],
    }


def children_of(session: Session, parents: Sequence[str]) -> dict[str, list[ArticleId]]:
    """Return the articles with an edge to each of *parents*, by id."""
    found = session.with_terms(LINKED, parents)
    return {
        parent: [ArticleId(held["id"]) for held in linked if parent in parents_in(held)]
        for parent, linked in found.items()
    }


def read_ahead(
    session: Session,
    texts: Mapping[ArticleId, Fingerprint],
    *,
    entries: Collection[str],
    alerts: Collection[str],
) -> None:
    """Read what taking in or judging those articles asks for: a dozen requests, however many they are."""
    session.read(
        [
            *_all_of(texts),
            *(state_place("entry", key) for key in entries),
            *(state_place("left", id) for id in texts),
            *(alert_place(key) for key in alerts),
        ]
    )
    near = dict.fromkeys(_near(session, texts.values()))
    some = list(dict.fromkeys([*texts, *near]))[:MOST]
    session.read(_all_of(some))
    new = {id for id in texts if session.read([article_place(id)])[0] is None}
    session.with_terms(MATCHES, [id for id in some if id not in new])
    _read_lines(session, some)


def _near(session: Session, fingerprints: Iterable[Fingerprint]) -> Iterable[ArticleId]:
    """Yield the articles that share text with one of those."""
    some = list(fingerprints)
    digests = list(dict.fromkeys(storable(fp.digest) for fp in some))
    alike = [one for fp in some if (one := question(fp, LEAST)) is not None]
    exact, *answers = session.ask([Question("fingerprints", _exact(digests, _TOGETHER)), *alike])
    if len(exact) < _TOGETHER:
        for digest in digests:
            session.know(same_text(digest), [hit for hit in exact if digest in digests_of(hit["_source"])][:SAME_TEXT])
    for fp in some:
        yield from (held["id"] for held in fresh_ones(session, fp, LEAST))
        yield from (held["id"] for _, held in session.own_with("fingerprints", storable(fp.digest)))
    yield from (ArticleId(hit["_source"]["id"]) for hit in exact)
    for hits in answers:
        yield from map(id_of, hits)


def _read_lines(session: Session, ids: Sequence[ArticleId]) -> None:
    """Read the ancestors of those articles, and who was taken from any of them."""
    known = set(ids)
    line = list(ids)
    for _ in range(GENERATIONS):
        held = session.read([article_place(id) for id in line])
        lineages = [lineage_of(one) for one in held]
        above = {edge.parent.id for lineage in lineages if lineage is not None for edge in lineage.parents}
        below = {child for children in children_of(session, line).values() for child in children}
        session.read(_all_of(sorted(above - known)))
        line = sorted((above | below) - known)[: max(0, MOST - len(known))]
        known |= set(line)
        if not line:
            break


def _all_of(ids: Iterable[ArticleId]) -> list[Place]:
    return [place for id in ids for place in (article_place(id), fingerprint_place(id), reviews_place(id))]
