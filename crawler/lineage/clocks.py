"""How far an outlet's clock is off, learnt from our own looks at its feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crawler.lineage.when import FEED_LAG, span_of
from crawler.model import Article, Clock

LEAST_PAGES = 8
AGREEING = 0.8  # share of the pages whose date has to fit one offset
RIGHT = 0.2  # a clock that fits the truth on more of its pages than this is not called wrong
WIDEST = timedelta(hours=2)  # what is known less exactly helps nobody
FARTHEST = timedelta(hours=15)  # what is off by more is a date set back, not a clock


def learn(articles: Sequence[Article]) -> Clock | None:
    """Return the offset of the clock that dated *articles*, all of one outlet; None where none can be told.

    A page came out between our last look at its feed that did not show it, and the first that did; the date it bears
    against those two bounds the offset from both sides. The offset is where most of these bounds overlap. Only an
    outlet whose pages agree on one, and whose dates do not agree with the truth, has a wrong clock. Dates without a
    zone have an offset too: their zone's. Bare days tell nothing.
    """
    for zone_known in (True, False):
        bounds = [b for a in articles if (b := _bounds(a, zone_known=zone_known)) is not None]
        if len(bounds) < max(LEAST_PAGES, len(articles) / 2):
            continue
        least, most, agreeing = _most_agree(bounds)
        right = sum(low <= 0 <= high for low, high in bounds)
        if agreeing < AGREEING * len(bounds) or most - least > WIDEST.total_seconds():
            return None
        if zone_known and right > RIGHT * len(bounds):
            return None
        return Clock(least=least, most=most, zone_known=zone_known, pages=len(bounds))
    return None


def _bounds(article: Article, *, zone_known: bool) -> tuple[float, float] | None:
    """Return at least and at most how many seconds the date of *article* shows beyond the truth."""
    dated, absent = article.published, article.absent_at
    if dated is None or absent is None or absent >= article.first_seen_at:
        return None
    if dated.precision == "day" or dated.zone_known != zone_known:
        return None
    low = (dated.at - article.first_seen_at).total_seconds()
    high = (dated.at + span_of(dated) - (absent - FEED_LAG)).total_seconds()
    far = FARTHEST.total_seconds()
    return (low, high) if high >= -far and low <= far else None


def _most_agree(bounds: Sequence[tuple[float, float]]) -> tuple[float, float, int]:
    """Return the stretch that most of *bounds* have in common, the first of several, and how many have it."""
    turns = sorted([(low, -1) for low, _ in bounds] + [(high, 1) for _, high in bounds])
    best, start, end, open_ = 0, 0.0, 0.0, 0
    for at, (place, kind) in enumerate(turns):
        open_ -= kind
        if kind < 0 and open_ > best:
            best, start, end = open_, place, turns[at + 1][0]
    return start, end, best
