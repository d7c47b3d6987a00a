"""What every reading command and the API show: the shapes of ``crawler.shape`` and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crawler.editions import Carried, Edition
from crawler.flow import Trail
from crawler.gaps import Unseen
from crawler.health import Ill
from crawler.lineage.changes import Change, Changes
from crawler.model import Article, Attribution, Comparison, Edge, Feed, FeedState, Lineage, Origin, Source, iso
from crawler.ports import Likeness
from crawler.shape import (
    Json,
    alert,
    article,
    attribution,
    claim,
    dated,
    evidence,
    lineage,
    match,
    origin,
    parent,
    review,
    source,
)
from crawler.tally import Group
from crawler.watching import Watched

__all__ = [
    "COLUMNS",
    "Json",
    "alert",
    "article",
    "carried",
    "claim",
    "comparison",
    "copy",
    "edge",
    "edition",
    "feed",
    "flat",
    "group",
    "how",
    "likeness",
    "lineage",
    "match",
    "parent",
    "review",
    "revision",
    "source",
    "trail",
    "unseen",
    "watched",
]


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


def trail(value: Trail) -> Json:
    """Return what ``trace`` prints: the article, the chain from it to the origin, its direct copies.

    Besides, for the first parent: the twelve answers on its credit, and what was changed; and where an earlier copy
    could have been missed.
    """
    return {
        "article": article(value.article, value.lineage, value.claims),
        "chain": [_step(step) for step in value.chain],
        "copies": [copy(article_, edge_) for article_, edge_ in value.copies],
        "criteria": criteria(value.lineage.attribution),
        "changes": changes(value.changes),
        "reviews": [review(x) for x in value.reviews],
        "versions": [edition(x) for x in value.editions],
        "carried": [carried(x) for x in value.carried],
        "gaps": [unseen(x) for x in value.gaps],
    }


def unseen(value: Unseen) -> Json:
    """Return a stretch in which a source was not seen, and what that means."""
    gap = value.gap
    return {
        "source": source(value.source),
        "feed": gap.feed,
        "since": iso(gap.since),
        "until": iso(gap.until) if gap.until else None,
        "why": gap.why or None,
        "caught_up": gap.caught_up,
        "note": value.words,
    }


def edition(value: Edition) -> Json:
    """Return one version of an article, or its removal, as it was seen."""
    capture = value.capture
    return {
        "number": value.number,
        "content_hash": value.content_hash,
        "title": value.title,
        "class": value.main,
        "classes": list(value.classes),
        "after": iso(value.after) if value.after else None,
        "first_seen_at": iso(value.first_at),
        "last_seen_at": iso(value.last_at),
        "looks": value.looks,
        "capture": {"warc": capture.warc, "offset": capture.offset, "digest": capture.digest} if capture else None,
        "note": value.note,
        "diff": value.made.diff if value.made is not None else None,
    }


def carried(value: Carried) -> Json:
    """Return which version of its parent a copy carries."""
    later = value.later
    return {
        "copy": value.copy,
        "parent": value.parent,
        "version": value.version,
        "among": list(value.among),
        "words": list(value.words),
        "followed": value.followed,
        "followed_after_seconds": {
            "least": later.least.total_seconds(),
            "most": later.most.total_seconds() if later.most is not None else None,
        }
        if later is not None
        else None,
    }


def copy(value: Article, edge_: Edge) -> Json:
    """Return one copy of an article, with the edge that leads there."""
    return {
        "id": value.id,
        "url": value.url,
        "title": value.title,
        "published_at": dated(value.published),
        "source": source(value.source),
        "kind": edge_.kind,
        "coverage": edge_.coverage,
        "confidence": edge_.confidence,
        "level": edge_.level,
        "attribution": attribution(edge_.attribution),
    }


def how(value: Watched | None) -> Json | None:
    """Return how an outlet is; None where that is not known yet."""
    if value is None:
        return None
    return {
        "state": value.state,
        "findings": [_finding(ill) for ill in value.found.values() if ill is not None],
        "news_hours_per_day": round(value.rhythm.rate, 2) if value.rhythm else None,
        "silent_hours": value.rhythm.hours if value.rhythm else None,
        "longest_silence_hours": value.rhythm.longest if value.rhythm else None,
        "days": list(value.days),
        "gaps": [unseen(x) for x in value.gaps],
    }


def _finding(ill: Ill) -> Json:
    since = iso(ill.since) if ill.since else None
    return {"health": ill.health, "note": ill.note, "advice": ill.advice, "since": since}


def watched(value: Source, states: Mapping[str, FeedState | None], health: Watched | None = None) -> Json:
    """Return one outlet with what is remembered of its feeds, and how it is."""
    return {
        "id": value.id,
        "name": value.name,
        "domains": list(value.domains),
        "aliases": list(value.aliases),
        "feeds": [_feed_state(url, states.get(url)) for url in value.feeds],
        "sitemaps": list(value.sitemaps),
        "sections": [{"url": section.url, "links": list(section.links)} for section in value.sections],
        "polled": [_feed_state(url, states.get(url)) for url in value.polled],
        "language": value.language,
        "tags": list(value.tags),
        "license": value.license,
        "kind": value.kind,
        "enabled": value.enabled,
        "notice": value.notice,
        "health": how(health),
    }


def _feed_state(url: str, state: FeedState | None) -> Json:
    return {
        "url": url,
        "next_at": iso(state.next_at) if state and state.next_at else None,
        "polled_at": iso(state.polled_at) if state and state.polled_at else None,
        "succeeded_at": iso(state.succeeded_at) if state and state.succeeded_at else None,
        "moved_to": state.moved_to if state else None,
        "failures": state.failures if state else 0,
        "problem": state.problem if state else None,
    }


def revision(value: Lineage) -> Json:
    """Return one judgement of an article's history, with what made it."""
    return {**lineage(value), "reason": value.reason or None}


def _step(step: Article | Origin) -> Json:
    if isinstance(step, Origin):
        return origin(step)
    return origin(Origin(id=step.id, url=step.url, title=step.title, published=step.published, source=step.source))


def group(value: Group) -> Json:
    """Return one group of ``tally``."""
    return {
        **value.key,
        "articles": value.articles,
        "uncredited": value.uncredited,
        "unlinked": value.unlinked,
        "median_delay_seconds": value.median_delay_seconds,
        "least_delay_seconds": value.least_delay_seconds,
        "first_at": iso(value.first_at),
        "last_at": iso(value.last_at),
    }


def likeness(value: Likeness | None) -> Json | None:
    """Return how alike two texts of different languages are; null where nothing can be told."""
    if value is None:
        return None
    return {"score": value.score, "names": value.names, "numbers": value.numbers, "targets": value.targets}


def comparison(value: Comparison) -> Json:
    return {
        "kind": value.kind,
        "coverage_a": value.coverage_left,
        "coverage_b": value.coverage_right,
        "similarity": value.similarity,
        "passages": [{"a": list(p.left), "b": list(p.right), "words": p.words, "kind": p.kind} for p in value.passages],
        "reason": value.reason,
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
        *("left.id", "left.url", "left.content_hash", "right.id", "right.url", "right.content_hash"),
        *("kind", "coverage_left", "coverage_right", "similarity", "passages", "reason"),
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
