"""Learns passages that everybody has: what an outlet puts under all it publishes, and what many outlets do.

One article is held against those it shares words with. A passage is learnt where it is shared with so many that share
nothing else: never by how often it occurs, for a story of an agency is in hundreds of papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.model import Article, Comparison

OUTLET = 8  # articles of one outlet: it does not publish the same passage so often otherwise
ANYWHERE = 20  # articles of whatever outlets, besides which ...
SPREAD = timedelta(days=30)  # ... they lie so far apart: a story is told within days
AT_THE_EDGE = (
    0.8  # ... and the passage stands at the head or the foot of this share of them: an excerpt stands anywhere
)
ALIKE = 0.5  # coverage of either side: those that share so much of their text are copies, not strangers
_DAYS = 3  # of the articles of one outlet: eight pieces of one evening are one story
_HEAD, _FOOT = 0.15, 0.85  # of a text

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Another article and what it shares with the one at hand, that one being on the left."""

    other: Article
    shared: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A stop passage: characters of the article's text, whose furniture it is (None: many outlets'), in how many."""

    span: Span
    source: str | None
    articles: int


def learn(article: Article, sightings: Sequence[Sighting]) -> tuple[Learnt, ...]:
    """Return the passages of *article* that its sightings show to be everybody's, in the order of the text."""
    strangers = [one for one in sightings if _are_strangers(one.shared)]
    if len(strangers) < OUTLET - 1:
        return ()
    cuts = sorted({at for one in strangers for passage in one.shared.passages for at in passage.left})
    found: list[Learnt] = []
    for start, end in pairwise(cuts):
        having = [(one, place) for one in strangers if (place := _place(one, start, end)) is not None]
        learnt = _judged(article, (start, end), having)
        if learnt is None:
            continue
        if found and found[-1].span[1] == start and found[-1].source == learnt.source:
            last = found.pop()
            most = max(last.articles, learnt.articles)
            learnt = Learnt(span=(last.span[0], end), source=learnt.source, articles=most)
        found.append(learnt)
    return tuple(found)


def _are_strangers(shared: Comparison) -> bool:
    return bool(shared.passages) and max(shared.coverage_left, shared.coverage_right) < ALIKE


def _place(one: Sighting, start: int, end: int) -> Span | None:
    """Return where the other text has the passage of which these characters are a part."""
    return next((p.right for p in one.shared.passages if p.left[0] <= start and end <= p.left[1]), None)


def _judged(article: Article, span: Span, having: Sequence[tuple[Sighting, Span]]) -> Learnt | None:
    own = _different([article, *(one.other for one, _ in having if one.other.source.id == article.source.id)])
    if len(own) >= OUTLET and len({_time(x).date() for x in own}) >= _DAYS:
        return Learnt(span=span, source=article.source.id, articles=len(own))
    everybody = _different([article, *(one.other for one, _ in having)])
    if len(everybody) < ANYWHERE:
        return None
    times = [_time(x) for x in everybody]
    places = [(article.text, span), *((one.other.text, place) for one, place in having)]
    edge = sum(_is_at_the_edge(text, place) for text, place in places)
    if max(times) - min(times) < SPREAD or edge < AT_THE_EDGE * len(places):
        return None
    return Learnt(span=span, source=None, articles=len(everybody))


def _different(articles: Sequence[Article]) -> list[Article]:
    """Return one article of each text and each title: a second edition is no second article."""
    texts = {x.text: x for x in articles}
    titles = {x.title or x.id: x for x in texts.values()}
    return list(titles.values())


def _time(article: Article) -> datetime:
    return article.published.at if article.published else article.first_seen_at


def _is_at_the_edge(text: str, place: Span) -> bool:
    return place[1] <= _HEAD * len(text) or place[1] >= _FOOT * len(text)
