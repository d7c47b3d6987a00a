"""Values as the JSON of the interface: one shape for what commands print and what the indices hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Attribution,
    Claim,
    Dated,
    Delivery,
    Edge,
    Lineage,
    Match,
    News,
    Origin,
    Review,
    SourceRef,
    iso,
)

Json = dict[str, Any]


def dated(value: Dated | None) -> str | None:
    return value.iso() if value else None


def source(value: SourceRef) -> Json:
    return {"id": value.id, "name": value.name, "domain": value.domain}


def article(value: Article, lineage_: Lineage | None, claims: Iterable[Claim] = ()) -> Json:
    """Return the article as ``extract`` and the store show it."""
    capture = value.capture
    return {
        "id": value.id,
        "url": value.url,
        "canonical_url": value.canonical_url,
        "source": source(value.source),
        "title": value.title,
        "authors": list(value.authors),
        "byline": value.byline,
        "language": value.language,
        "published_at": dated(value.published),
        "modified_at": dated(value.modified),
        "first_seen_at": iso(value.first_seen_at),
        "last_seen_at": iso(value.last_seen_at),
        "text": value.text,
        "word_count": value.word_count,
        "summary": value.summary,
        "tags": list(value.tags),
        "links": [{"url": x.url, "text": x.text} for x in value.links],
        "media": [{"url": x.url, "kind": x.kind} for x in value.media],
        "license": value.license,
        "content_hash": value.content_hash,
        "version": value.version,
        "capture": {"warc": capture.warc, "offset": capture.offset, "digest": capture.digest} if capture else None,
        "dates": {"published": _basis(value.published), "modified": _basis(value.modified)},
        "claims": [claim(x) for x in claims],
        "lineage": lineage(lineage_) if lineage_ else None,
    }


def _basis(value: Dated | None) -> Json | None:
    if value is None:
        return None
    return {"precision": value.precision, "zone_known": value.zone_known, "basis": value.basis}


def claim(value: Claim) -> Json:
    return {
        "kind": value.kind,
        "marker": value.marker,
        "strength": value.strength,
        "name": value.name,
        "url": value.url,
        "source": value.source_id,
        "domain": value.domain,
        "linked": value.linked,
        "date": dated(value.date),
        "quote": value.quote,
        "where": value.where,
    }


def origin(value: Origin) -> Json:
    return {
        "id": value.id,
        "url": value.url,
        "title": value.title,
        "published_at": dated(value.published),
        "source": source(value.source),
        "external": value.external,
    }


def evidence(edge_: Edge) -> list[Json]:
    return [{"type": e.type, "weight": e.weight, "value": e.value, "where": e.where} for e in edge_.evidence]


def parent(edge_: Edge) -> Json:
    return {
        "id": edge_.parent.id,
        "url": edge_.parent.url,
        "source": source(edge_.parent.source),
        "external": edge_.parent.external,
        "kind": edge_.kind,
        "coverage": edge_.coverage,
        "confidence": edge_.confidence,
        "level": edge_.level,
        "evidence": evidence(edge_),
    }


def attribution(value: Attribution | None) -> Json | None:
    if value is None:
        return None
    return {
        "verdict": value.verdict,
        "credited": value.credited,
        "linked": value.linked,
        "credited_as": value.credited_as,
        "link": value.link,
    }


def lineage(value: Lineage) -> Json:
    return {
        "role": value.role,
        "kind": value.kind,
        "origin": origin(value.origin) if value.origin else None,
        "parents": [parent(e) for e in value.parents],
        "rivals": [parent(e) for e in value.rivals],
        "depth": value.depth,
        "delay_seconds": value.delay_seconds,
        "confidence": value.confidence,
        "copies": value.copies,
        "attribution": attribution(value.attribution),
        "revision": value.revision,
        "decided_at": iso(value.decided_at),
    }


def review(value: Review) -> Json:
    """Return an analyst's word as it is shown; ``parent`` is null where the article is said to have none."""
    return {
        "copy": value.copy,
        "ruling": value.ruling,
        "parent": origin(value.parent) if value.parent else None,
        "note": value.note or None,
        "by": value.by,
        "at": iso(value.at),
        "undone_at": iso(value.undone_at) if value.undone_at else None,
    }


def match(value: Match, urls: Mapping[ArticleId, str]) -> Json:
    """Return a line of ``export matches``; *urls* by article id."""
    shared = value.shared
    return {
        "left": {"id": value.left, "url": urls[value.left], "content_hash": value.left_version},
        "right": {"id": value.right, "url": urls[value.right], "content_hash": value.right_version},
        "kind": shared.kind,
        "coverage_left": shared.coverage_left,
        "coverage_right": shared.coverage_right,
        "similarity": shared.similarity,
        "passages": [{"left": list(p.left), "right": list(p.right), "words": p.words} for p in shared.passages],
        "reason": shared.reason,
    }


def alert(value: Alert) -> Json:
    """Return an alert with what it tells and what became of its deliveries."""
    return {
        "key": value.key,
        "rule": value.rule,
        "copy": value.copy,
        "parent": value.parent,
        "title": value.title,
        "body": value.body,
        "created_at": iso(value.created_at),
        "state": value.state,
        "tries": value.tries,
        "not_before": _moment(value.not_before),
        "delivered_at": _moment(value.delivered_at),
        "error": value.error,
        "cluster": value.cluster,
        "corrects": value.corrects,
        "news": news(value.news) if value.news else None,
        "deliveries": [delivery(one) for one in value.deliveries],
    }


def news(value: News) -> Json:
    return {
        "about": value.about,
        "copy": origin(value.copy) if value.copy else None,
        "parent": origin(value.parent) if value.parent else None,
        "origin": origin(value.origin) if value.origin else None,
        "before": origin(value.before) if value.before else None,
        "kind": value.kind,
        "coverage": value.coverage,
        "confidence": value.confidence,
        "level": value.level,
        "attribution": attribution(value.attribution),
        "delay_seconds": value.delay_seconds,
        "depth": value.depth,
        "copies": value.copies,
        "reasons": list(value.reasons),
        "changes": list(value.changes),
        "source": source(value.source) if value.source else None,
        "health": value.health,
        "note": value.note or None,
        "advice": value.advice or None,
    }


def delivery(value: Delivery) -> Json:
    return {
        "target": value.target,
        "state": value.state,
        "not_before": _moment(value.not_before),
        "waits_for": value.waits_for,
        "message": value.message,
        "tries": value.tries,
        "delivered_at": _moment(value.delivered_at),
        "error": value.error,
    }


def _moment(at: datetime | None) -> str | None:
    return iso(at) if at else None
