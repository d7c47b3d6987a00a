"""An analyst's word on one article: whom it names, and keeping it in the order it was said."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.errors import InputError
from crawler.lineage.candidates import external_id
from crawler.lineage.reviews import doubt
from crawler.model import Article, ArticleId, Edge, Lineage, Origin, Review, Ruling
from crawler.ports import Store
from crawler.registry import Registry
from crawler.urls import article_id

LONGEST_NOTE = 2000
LONGEST_NAME = 100


def parent_named(store: Store, registry: Registry, copy: Article, ruling: Ruling, said: str) -> Origin:
    """Return whom *said* means: a URL, an id, or an outlet's id or name.

    "confirm" and "reject" speak of a parent or rival that was inferred; "set-parent" of anything: a URL or outlet that
    is not in the store becomes an external origin. Raises InputError when it means nobody, or the copy's own outlet.
    """
    held = store.lineage(copy.id)
    edges = (*held.parents, *held.rivals) if held else ()
    among = _among(edges, registry, said)
    found = among if ruling != "set-parent" else among or _anybody(store, registry, copy, said)
    if found is None:
        names = ", ".join(dict.fromkeys(e.parent.source.name for e in edges)) or "nobody"
        advice = "give a URL, an id or an outlet's id" if ruling == "set-parent" else "use --set-parent for another"
        raise InputError(f"{said[:200]!r} is none of its parents and rivals ({names}): {advice}")
    if found.id == copy.id:
        raise InputError("an article is no copy of itself: name another parent")
    if found.source.id == copy.source.id:
        raise InputError(f"both are of {copy.source.name}: pages of one outlet are no copies of each other")
    return found


def _among(edges: Sequence[Edge], registry: Registry, said: str) -> Origin | None:
    """Return the parent of one of *edges* that *said* means; an outlet's name has to mean one alone."""
    id = _id_of(said)
    exact = [e.parent for e in edges if e.parent.id in (said, id)]
    known = registry.named(said)
    outlet = known.id if known else said
    named = [e.parent for e in edges if e.parent.source.id == outlet]
    if not exact and len({o.id for o in named}) > 1:
        raise InputError(f"{len(named)} of its parents and rivals are of {named[0].source.name}: give the URL or id")
    return next(iter([*exact, *named]), None)


def _anybody(store: Store, registry: Registry, copy: Article, said: str) -> Origin | None:
    id = _id_of(said)
    for one in (ArticleId(said), id):
        article = store.article(one) if one is not None else None
        if article is not None:
            return Origin(
                id=article.id, url=article.url, title=article.title, published=article.published, source=article.source
            )
    external = store.external(ArticleId(said))
    if external is not None:
        return external
    if id is not None:
        return Origin(id=id, url=said, title=None, published=None, source=registry.of_url(said), external=True)
    known = registry.source(said) or registry.named(said)
    if known is None:
        return None
    source = known.ref
    return Origin(
        id=external_id(source, None, [copy.id]), url=None, title=None, published=None, source=source, external=True
    )


def _id_of(said: str) -> ArticleId | None:
    if not said.startswith(("http://", "https://")):
        return None
    return article_id(said)


def a_review(
    before: Sequence[Review],
    copy: ArticleId,
    ruling: Ruling,
    parent: Origin | None,
    *,
    note: str,
    by: str,
    now: datetime,
) -> Review:
    """Return the review to keep, later than all *before*. Raises InputError for a note or name that cannot be kept."""
    by, note = " ".join(by.split()), note.strip()
    if not by or len(by) > LONGEST_NAME:
        raise InputError(f"--by: say who you are, in at most {LONGEST_NAME} characters")
    if len(note) > LONGEST_NOTE:
        raise InputError(f"--note: longer than {LONGEST_NOTE} characters")
    last = max((r.at for r in before), default=None)
    at = now if last is None or now > last else last + timedelta(microseconds=1)
    return Review(copy=copy, ruling=ruling, parent=parent, note=note, by=by, at=at)


def newest_standing(reviews: Sequence[Review]) -> Review | None:
    """Return the last review that was not taken back."""
    return next((r for r in reversed(reviews) if r.undone_at is None), None)


def taken_back(review: Review, now: datetime) -> Review:
    return replace(review, undone_at=max(now, review.at))


def undecided(store: Store, most: int) -> list[tuple[float, ArticleId, Lineage]]:
    """Return the lineages that most need an analyst, the least certain first: bits of doubt, article, lineage."""
    doubtful = ((d, id, held) for id, held in store.lineages() if (d := doubt(held)) is not None)
    return heapq.nsmallest(most, doubtful, key=lambda one: one[:2])
