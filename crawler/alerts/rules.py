"""Which edges somebody wants to hear of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crawler.alerts.message import message
from crawler.model import Alert, Article, ArticleId, Edge, Lineage, Origin
from crawler.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When somebody wants to know. All conditions that are given must hold together.

    ``origin`` and ``republisher`` are ids of sources, ``words`` words or phrases of the copy.
    """

    name: str
    origin: tuple[str, ...] = ()
    republisher: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    min_coverage: float = 0.0
    min_confidence: float = 0.0
    uncredited_only: bool = False
    targets: tuple[str, ...] = ()


class Outbox(Protocol):
    def queue_alert(self, alert: Alert) -> bool: ...


def raise_alerts(
    rules: Sequence[Rule],
    lineage: Lineage | None,
    article: Article | None,
    outbox: Outbox,
    *,
    now: datetime,
    seeding: bool,
    public_url: str | None = None,
) -> int:
    """Queue an alert for each rule that fires on the judgement of *article*; return how many are new.

    To be called inside the transaction that keeps the judgement. A rule tells of a copy once,
    however often it is judged; of several parents it names the first that it asks for. While a source
    is *seeding* none is raised: what it published before we watched it is no news.
    """
    if seeding or lineage is None or article is None:
        return 0
    alerts = []
    for rule in rules:
        edge = first_fired(rule, lineage, article)
        if edge is not None:
            title, body = message(rule.name, edge, article, origin=_end_of(edge, lineage), public_url=public_url)
            key = alert_key(rule.name, article.id)
            alerts.append(
                Alert(
                    key=key,
                    rule=rule.name,
                    copy=article.id,
                    parent=edge.parent.id,
                    title=title,
                    body=body,
                    created_at=now,
                )
            )
    return sum(outbox.queue_alert(alert) for alert in alerts)


def first_fired(rule: Rule, lineage: Lineage, article: Article) -> Edge | None:
    """Return the best edge of *article* that *rule* asks for."""
    return next((edge for edge in lineage.parents if fires(rule, edge, article, origin=_end_of(edge, lineage))), None)


def fires(rule: Rule, edge: Edge, copy: Article, *, origin: Origin | None = None) -> bool:
    """Say whether *rule* asks for *edge*, *origin* being the end of the chain that it leads to.

    A share of words that is not known (the parent's text was never seen) is below every minimum.
    """
    taken_from = {edge.parent.source.id} | ({origin.source.id} if origin else set())
    return (
        (not rule.origin or not taken_from.isdisjoint(rule.origin))
        and (not rule.republisher or copy.source.id in rule.republisher)
        and (rule.min_coverage <= 0 or (edge.coverage is not None and edge.coverage >= rule.min_coverage))
        and edge.confidence >= rule.min_confidence
        and (not rule.uncredited_only or edge.attribution.credited == "no")
        and (not rule.words or _has_words(rule.words, copy))
    )


def alert_key(rule: str, copy: ArticleId) -> str:
    """Return what the alert of *rule* on this copy is called, on every repeat.

    Its parent is no part of it: when a better one turns up, the same news would be told twice.
    """
    return hashlib.sha256(json.dumps([rule, copy]).encode()).hexdigest()[:40]


def _end_of(edge: Edge, lineage: Lineage) -> Origin | None:
    # The lineage's origin is the end of its first parent's chain; of the other parents it says nothing.
    return lineage.origin if lineage.parents and edge == lineage.parents[0] else None


def _has_words(words: Sequence[str], copy: Article) -> bool:
    text = fold(f"{copy.title or ''}\n{copy.text}")
    return all(re.search(rf"(?<!\w){re.escape(fold(word))}(?!\w)", text) for word in words)
