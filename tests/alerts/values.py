"""Alerts, edges and articles for the tests of alerts, each with what the test at hand says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.model import Alert, Article, ArticleId, Attribution, Dated, Edge, Evidence, Lineage, Origin, SourceRef

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
            **said,
        }
    )


class Outbox:
    """An outbox in a dict, in the order in which alerts were queued."""

    def __init__(self, *alerts: Alert) -> None:
        self.alerts = {alert.key: alert for alert in alerts}

    def queue_alert(self, alert: Alert) -> bool:
        return self.alerts.setdefault(alert.key, alert) is alert

    def due_alerts(self, now: datetime, limit: int) -> list[Alert]:
        pending = [a for a in self.alerts.values() if a.state == "pending"]
        return [a for a in pending if a.not_before is None or a.not_before <= now][:limit]

    def save_alert(self, alert: Alert) -> None:
        self.alerts[alert.key] = alert
