"""Values as the JSON of the interface: what every reading command, the API and the indices show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawler.flow import Trail
from crawler.lineage.changes import Change, Changes
from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Attribution,
    Claim,
    Comparison,
    Dated,
    Edge,
    Feed,
    Lineage,
    Match,
    Origin,
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


def criteria(value: Attribution | None) -> list[Json]:
    """Return the twelve answers, in order; empty where they were not asked."""
    if value is None:
        return []
    return [{"id": c.id, "answer": c.answer, "note": c.note or None, "quote": c.quote or None} for c in value.criteria]


def changes(value: Changes | None) -> Json | None:
    """Return what the copier changed; None where the parent's text was not seen."""
    if value is None:
        return None
    return {
        "headline": _change(value.headline) if value.headline else None,
        "added": list(value.added),
        "cut": list(value.cut),
        "reworded": [_change(x) for x in value.reworded],
        "names": [_change(x) for x in value.names],
        "numbers": [_change(x) for x in value.numbers],
        "links_stripped": list(value.links_stripped) if value.links_stripped is not None else None,
        "credits_stripped": list(value.credits_stripped),
        "diff": value.diff,
    }


def _change(value: Change) -> Json:
    return {"parent": value.parent, "copy": value.copy}


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


def trail(value: Trail) -> Json:
    """Return what ``trace`` prints: the article, the chain from it to the origin, its direct copies.

    Besides, for the first parent: the twelve answers on its credit, and what was changed.
    """
    return {
        "article": article(value.article, value.lineage, value.claims),
        "chain": [_step(step) for step in value.chain],
        "copies": [
            {
                "id": copy.id,
                "url": copy.url,
                "title": copy.title,
                "published_at": dated(copy.published),
                "source": source(copy.source),
                "kind": edge_.kind,
                "coverage": edge_.coverage,
                "confidence": edge_.confidence,
                "level": edge_.level,
                "attribution": attribution(edge_.attribution),
            }
            for copy, edge_ in value.copies
        ],
        "criteria": criteria(value.lineage.attribution),
        "changes": changes(value.changes),
    }


def _step(step: Article | Origin) -> Json:
    if isinstance(step, Origin):
        return origin(step)
    return origin(Origin(id=step.id, url=step.url, title=step.title, published=step.published, source=step.source))


def comparison(value: Comparison) -> Json:
    return {
        "kind": value.kind,
        "coverage_a": value.coverage_left,
        "coverage_b": value.coverage_right,
        "similarity": value.similarity,
        "passages": [{"a": list(p.left), "b": list(p.right), "words": p.words, "kind": p.kind} for p in value.passages],
        "reason": value.reason,
    }


def match(value: Match, urls: Mapping[ArticleId, str]) -> Json:
    """Return a line of ``export matches``; *urls* by article id."""
    shared = value.shared
    return {
        "left": {"id": value.left, "url": urls[value.left]},
        "right": {"id": value.right, "url": urls[value.right]},
        "kind": shared.kind,
        "coverage_left": shared.coverage_left,
        "coverage_right": shared.coverage_right,
        "similarity": shared.similarity,
        "passages": [{"left": list(p.left), "right": list(p.right), "words": p.words} for p in shared.passages],
        "reason": shared.reason,
    }


def edge(value: Edge, url: str) -> Json:
    """Return a line of ``export lineage``; *url* is the copy's."""
    return {
        "copy": {"id": value.copy, "url": url},
        "parent": {
            "id": value.parent.id,
            "url": value.parent.url,
            "source": source(value.parent.source),
            "external": value.parent.external,
        },
        "kind": value.kind,
        "coverage": value.coverage,
        "confidence": value.confidence,
        "evidence": evidence(value),
        "attribution": attribution(value.attribution),
    }


def feed(value: Feed) -> Json:
    return {
        "feed": {"title": value.title, "url": value.url, "language": value.language},
        "entries": [
            {
                "url": e.url,
                "id": e.id,
                "title": e.title,
                "authors": list(e.authors),
                "published_at": dated(e.published),
                "updated_at": dated(e.updated),
                "summary": e.summary,
                "content": e.content,
                "source": {"name": e.source.name, "url": e.source.url} if e.source else None,
                "links": [{"rel": x.rel, "url": x.url} for x in e.links],
                "enclosures": [{"url": x.url, "type": x.type} for x in e.enclosures],
            }
            for e in value.entries
        ],
        "problems": list(value.problems),
    }


def alert(value: Alert) -> Json:
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
        "not_before": iso(value.not_before) if value.not_before else None,
        "delivered_at": iso(value.delivered_at) if value.delivered_at else None,
        "error": value.error,
    }


_SOURCE = ("source.id", "source.name", "source.domain")
_ATTRIBUTION = tuple(f"attribution.{name}" for name in ("verdict", "credited", "linked", "credited_as", "link"))
_ORIGIN = tuple(f"origin.{name}" for name in ("id", "url", "title", "published_at", *_SOURCE, "external"))

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "articles": (
        *("id", "url", "canonical_url", *_SOURCE, "title", "authors", "byline", "language", "published_at"),
        *("modified_at", "first_seen_at", "last_seen_at", "text", "word_count", "summary", "tags", "links", "media"),
        *("license", "content_hash", "version", "capture.warc", "capture.offset", "capture.digest"),
        *(f"dates.{of}.{name}" for of in ("published", "modified") for name in ("precision", "zone_known", "basis")),
        "claims",
        *(f"lineage.{name}" for name in ("role", "kind", *_ORIGIN, "parents", "rivals", "depth", "delay_seconds")),
        *(f"lineage.{name}" for name in ("confidence", "copies", *_ATTRIBUTION, "revision", "decided_at")),
    ),
    "matches": (
        *("left.id", "left.url", "right.id", "right.url", "kind", "coverage_left", "coverage_right", "similarity"),
        *("passages", "reason"),
    ),
    "lineage": (
        *("copy.id", "copy.url", "parent.id", "parent.url", *(f"parent.{name}" for name in _SOURCE), "parent.external"),
        *("kind", "coverage", "confidence", "evidence", *_ATTRIBUTION),
    ),
}
"""The columns of each CSV export, in order: the names of its JSON joined by dots."""


def flat(value: Json, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the columns of a CSV row: nested names joined by dots, lists as JSON by the writer."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner
