"""Finds the articles that share most hashes: one query for what is visible, our own fresh ones ranked among them."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.model import ArticleId, Fingerprint
from crawler.store import ranking
from crawler.store.elastic.documents import hashes_of, token
from crawler.store.elastic.drafts import Json, Place
from crawler.store.elastic.session import Session, without

MOST_HASHES = 1000  # the server refuses queries of very many; of a long text every so many-th is asked for


def candidates(session: Session, fingerprint: Fingerprint, limit: int, least: int) -> tuple[ArticleId, ...]:
    """Return the articles of the same scheme sharing at least *least* hashes, best first; of equals the oldest."""
    session.ready()
    asked = _spread(fingerprint.hashes)
    if limit <= 0 or len(asked) < max(least, 1):
        return ()  # the server would take "at least 2 of 1" for "at least 1"
    own = session.own("fingerprints")
    wanted = frozenset(asked)
    fresh = [
        document
        for document in own.values()
        if document is not None
        and document["scheme"] == fingerprint.scheme
        and len(wanted.intersection(hashes_of(document))) >= least
    ]
    query: Json = {
        "bool": {
            "must": [{"match": {"hashes": {"query": " ".join(map(token, asked)), "minimum_should_match": least}}}],
            "filter": [{"term": {"scheme": fingerprint.scheme}}],
        }
    }
    size = max(min(limit, ranking.OLDEST), ranking.OLDEST)
    hits = session.connection.search(
        "fingerprints",
        query=without(query, own),
        size=size,
        source=False,
        sort=[{"_score": "desc"}, {"kept": "asc"}, {"id": "asc"}],
    )["hits"]["hits"]
    if not fresh:
        ranked = sorted((-hit["_score"] if hit["_score"] is not None else 0.0, hit["sort"][2]) for hit in hits)
        return tuple(ArticleId(id) for _, id in ranked[:limit])
    known = session.read([Place("fingerprints", hit["_id"]) for hit in hits])
    return _ranked([*fresh, *(document for document in known if document)], wanted, limit, least)


def _ranked(found: Sequence[Json], wanted: frozenset[int], limit: int, least: int) -> tuple[ArticleId, ...]:
    """Rank by rarity among what was found."""
    numbered = dict(enumerate(sorted(found, key=lambda document: (document["kept"], document["id"]))))
    postings: dict[int, list[int]] = {hash: [] for hash in wanted}
    for number, document in numbered.items():
        for hash in wanted.intersection(hashes_of(document)):
            postings[hash].append(number)
    scores = ranking.leaders(
        (posting[: ranking.READ] for posting in postings.values()), articles=len(numbered), least=least, limit=limit
    )
    return ranking.best_first(scores, {n: ArticleId(document["id"]) for n, document in numbered.items()}, limit)


def _spread(hashes: Sequence[int]) -> Sequence[int]:
    step = max(1, -(-len(hashes) // MOST_HASHES))
    return hashes[::step]
