"""Finds the articles that share most hashes: one query for what is visible, our own fresh ones ranked among them."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.model import ArticleId, Fingerprint
from crawler.store import ranking
from crawler.store.elastic.documents import tokens, tokens_in
from crawler.store.elastic.drafts import Json, Place
from crawler.store.elastic.places import fingerprint_place
from crawler.store.elastic.session import Question, Session

MOST_HASHES = 1000  # the server refuses queries of very many; of a long text every so many-th is asked for


def question(fingerprint: Fingerprint, least: int) -> Question | None:
    """Return what the server is asked; None where there can be no candidate. Of equals it gives the oldest."""
    tokens = _tokens(fingerprint)
    if len(tokens) < max(least, 1):
        return None  # the server would take "at least 2 of 1" for "at least 1"
    return Question(
        "fingerprints",
        {
            "query": {
                "bool": {
                    "must": [{"match": {"hashes": {"query": " ".join(tokens), "minimum_should_match": least}}}],
                    "filter": [{"term": {"scheme": fingerprint.scheme}}],
                }
            },
            "size": ranking.OLDEST,
            "stored_fields": "_none_",  # unpacking them took three quarters of the time; `id_of` is enough
            "sort": [{"_score": "desc"}, {"kept": "asc"}, {"id": "asc"}],
        },
    )


def id_of(hit: Json) -> ArticleId:
    """Return the article that a hit of ``question`` is the fingerprint of."""
    return ArticleId(hit["sort"][2])


def candidates(session: Session, fingerprint: Fingerprint, limit: int, least: int) -> tuple[ArticleId, ...]:
    """Return the articles of the same scheme sharing at least *least* hashes, best first; of equals the oldest."""
    asked = question(fingerprint, least)
    if limit <= 0 or asked is None:
        return ()
    (found,) = session.ask([asked])
    hits = [hit for hit in found if not session.is_own(fingerprint_place(id_of(hit)))]
    fresh = fresh_ones(session, fingerprint, least)
    if not fresh:
        ranked = sorted((-hit["_score"] if hit["_score"] is not None else 0.0, id_of(hit)) for hit in hits)
        return tuple(id for _, id in ranked[:limit])
    known = session.read([fingerprint_place(id_of(hit)) for hit in hits])
    return _ranked([*fresh, *(document for document in known if document)], fingerprint, limit, least)


def fresh_ones(session: Session, fingerprint: Fingerprint, least: int) -> list[Json]:
    """Return our own documents, which the server may not find yet, of those that share enough."""
    wanted = _tokens(fingerprint)
    shared = session.own_shares("fingerprints", wanted)
    some = [session.own_document(Place("fingerprints", id)) for id, count in shared.items() if count >= least]
    return [
        held
        for held in some
        if held is not None
        and held["scheme"] == fingerprint.scheme
        and len(tokens_in(held).intersection(wanted)) >= least
    ]


def _ranked(found: Sequence[Json], fingerprint: Fingerprint, limit: int, least: int) -> tuple[ArticleId, ...]:
    """Rank by rarity among what was found."""
    wanted = frozenset(_tokens(fingerprint))
    numbered = dict(enumerate(sorted(found, key=lambda document: (document["kept"], document["id"]))))
    postings: dict[str, list[int]] = {one: [] for one in wanted}
    for number, document in numbered.items():
        for shared in tokens_in(document).intersection(wanted):
            postings[shared].append(number)
    scores = ranking.leaders(
        (posting[: ranking.READ] for posting in postings.values()), articles=len(numbered), least=least, limit=limit
    )
    return ranking.best_first(scores, {n: ArticleId(document["id"]) for n, document in numbered.items()}, limit)


def _tokens(fingerprint: Fingerprint) -> tuple[str, ...]:
    step = max(1, -(-len(fingerprint.hashes) // MOST_HASHES))
    return tokens(fingerprint.hashes)[::step]
