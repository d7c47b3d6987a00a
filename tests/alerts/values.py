"""Alerts, edges and articles for the tests of alerts, each with what the test at hand says of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from crawler.alerts.rules import alert_key, as_origin, queued
from crawler.errors import DeliveryError
from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Attribution,
    Dated,
    Delivery,
    Edge,
    Evidence,
    Lineage,
    Message,
    News,
    Origin,
    SourceRef,
)
from crawler.store.memory import MemoryStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HARBOUR = SourceRef(id="harbour-post", name="Harbour Post", domain="harbour-post.example")
MIRROR = SourceRef(id="mirror-daily", name="Mirror Daily", domain="mirror-daily.example")
DIGEST = SourceRef(id="digest", name="The Digest", domain="digest.example")


def an_article(**said: Any) -> Article:
    return Article(
        **{
            "id": ArticleId("c" * 40),
            "url": "https://mirror-daily.example/ferry",
            "source": MIRROR,
            "title": "Ferry line reopens",
            "published": Dated(at=NOON),
            "first_seen_at": NOON,
            "last_seen_at": NOON,
            "text": "The ferry between the two harbours sails again after nine years.",
            "content_hash": "0" * 64,
            "word_count": 11,
            **said,
        }
    )


def an_origin(**said: Any) -> Origin:
    return Origin(
        **{
            "id": ArticleId("a" * 40),
            "url": "https://harbour-post.example/ferry",
            "title": "Ferry sails again",
            "published": Dated(at=NOON),
            "source": HARBOUR,
            **said,
        }
    )


def an_edge(**said: Any) -> Edge:
    return Edge(
        **{
            "copy": ArticleId("c" * 40),
            "parent": an_origin(),
            "kind": "copy",
            "coverage": 0.9,
            "confidence": 0.95,
            "level": "confirmed",
            "evidence": (Evidence(type="credit", weight=5.0, value="First published by Harbour Post", where="foot"),),
            "attribution": Attribution(verdict="uncredited", credited="no", linked="no"),
            **said,
        }
    )


def a_lineage(*parents: Edge, **said: Any) -> Lineage:
    origin = parents[0].parent if parents else None
    return Lineage(
        **{
            "role": "derived" if parents else "original",
            "origin": origin,
            "parents": parents,
            "decided_at": NOON,
            **said,
        }
    )


def an_alert(**said: Any) -> Alert:
    return Alert(
        **{
            "key": "k1",
            "rule": "copies",
            "copy": ArticleId("c" * 40),
            "parent": ArticleId("a" * 40),
            "title": "Mirror Daily copied Harbour Post",
            "body": "Ferry line reopens",
            "created_at": NOON,
            "deliveries": (Delivery(target="desk"),),
            **said,
        }
    )


def some_news(**said: Any) -> News:
    """Return what there is to tell of ``an_edge``."""
    edge = an_edge()
    return News(
        **{
            "copy": as_origin(an_article()),
            "parent": edge.parent,
            "origin": edge.parent,
            "kind": edge.kind,
            "coverage": edge.coverage,
            "confidence": edge.confidence,
            "level": edge.level,
            "attribution": edge.attribution,
            "reasons": ("credit: First published by Harbour Post",),
            **said,
        }
    )


def news_about(story: str, *, by: SourceRef = MIRROR, of: SourceRef = HARBOUR) -> News:
    """Return the news that one outlet took a story from another."""
    url = f"https://{by.domain}/{story}"
    origin = an_origin(id=ArticleId(f"{of.id}-{story}"), title=story, source=of)
    copy = an_origin(id=ArticleId(f"{by.id}-{story}"), url=url, title=story, source=by)
    return some_news(copy=copy, parent=origin, origin=origin)


def an_alert_of(news: News, *, at: datetime = NOON, rule: str = "copies", targets: Sequence[str] = ("desk",)) -> Alert:
    """Return the alert that a rule raises on *news*."""
    assert news.copy is not None
    assert news.origin is not None
    key = alert_key(rule, news.copy.id)
    return queued(rule, key, news, targets, cluster=news.origin.id, now=at, public_url=None)


def a_message(key: str = "k1", **said: Any) -> Message:
    return Message(
        **{
            "key": key,
            "title": "Mirror Daily copied Harbour Post",
            "text": "Ferry line reopens",
            "html": "<p>Ferry line reopens</p>",
            "alerts": (an_alert(key=key),),
            **said,
        }
    )


class Receiver:
    """A notifier that keeps what it was given and fails when its list says so."""

    def __init__(self, verdicts: Sequence[bool] = ()) -> None:
        self.messages: list[Message] = []
        self.tried = 0
        self._verdicts = list(verdicts)

    @property
    def got(self) -> list[str]:
        return [message.key for message in self.messages]

    def check(self) -> None: ...

    def notify(self, message: Message) -> None:
        self.tried += 1
        if self._verdicts and not self._verdicts.pop(0):
            raise DeliveryError("503 from the receiver")
        self.messages.append(message)


class Outbox(MemoryStore):
    """A store in memory with these alerts, in the order in which they were queued."""

    def __init__(self, *alerts: Alert) -> None:
        super().__init__()
        for alert in alerts:
            self.queue_alert(alert)

    def all(self) -> dict[str, Alert]:
        return {alert.key: alert for alert in reversed(self.alerts(10_000))}
