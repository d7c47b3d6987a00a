"""Builds values of the model for tests: say what matters, the rest is sensible."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any

from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Attribution,
    Claim,
    Comparison,
    Dated,
    Edge,
    Entry,
    Evidence,
    FeedState,
    Fingerprint,
    Gap,
    Lineage,
    Link,
    Match,
    Media,
    Origin,
    Passage,
    Pending,
    Review,
    SourceRef,
    match_of,
)
from crawler.urls import article_id

NOON = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)

_WORDS = """harbour council ferry night repair bridge river winter school budget vote mayor letter promise storm
market fisher engine ticket island morning crowd question answer report delay captain timber wall lamp street garden
baker police doctor station train signal winter coast tower museum painter archive letter village border meadow
minister speech promise tax number figure quarter season harvest mill water pump valley road tunnel miner union
strike worker office paper printer editor reader page story photo camera witness court judge lawyer trial appeal
under over after before because although with without against towards near beyond during until since while again
said asked wrote found lost built broke opened closed raised lowered carried counted refused agreed waited moved
old new small large quiet loud early late narrow wide local public private former present empty full broken""".split()  # noqa: SIM905


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def some_text(words: int = 120, *, seed: int = 1) -> str:
    """Return prose of that many words; another seed gives another text."""
    pick = random.Random(seed)
    chosen = [pick.choice(_WORDS) for _ in range(words)]
    for start in range(0, words, 12):
        chosen[start] = chosen[start].capitalize()
        chosen[min(start + 11, words - 1)] += "."
    return " ".join(chosen)


def a_variation(text: str, *, changes: int = 3, seed: int = 1) -> str:
    """Return *text* with that many words exchanged for others."""
    pick = random.Random(seed)
    words = text.split()
    for at in pick.sample(range(len(words)), changes):
        words[at] = pick.choice(_WORDS)
    return " ".join(words)


def a_source_ref(id: str = "harbour-post", **changes: Any) -> SourceRef:
    defaults: dict[str, Any] = {"id": id, "name": id.replace("-", " ").title(), "domain": f"{id}.example"}
    return SourceRef(**defaults | changes)


def a_date(at: datetime = NOON, **changes: Any) -> Dated:
    defaults: dict[str, Any] = {"at": at, "basis": "json-ld"}
    return Dated(**defaults | changes)


def an_id(name: str) -> ArticleId:
    """Return the id of the article that ``an_article(name)`` is."""
    return article_id(f"https://harbour-post.example/{name}")


def an_article(name: str = "ferry", *, outlet: str | None = None, **changes: Any) -> Article:
    """Return an article of the Harbour Post, or of *outlet*; *name* is the path of its URL.

    The id follows from the URL, the content hash and the word count from the text.
    """
    url = changes.pop("url", f"https://{outlet or 'harbour-post'}.example/{name}")
    text = changes.pop("text", some_text(seed=sum(name.encode())))
    title = changes.pop("title", f"The {name} runs again")
    defaults: dict[str, Any] = {
        "id": article_id(url),
        "url": url,
        "source": a_source_ref(outlet or "harbour-post"),
        "title": title,
        "authors": ("Ida Brandt",),
        "byline": "By Ida Brandt",
        "language": "en",
        "published": a_date(NOON),
        "first_seen_at": NOON + minutes(10),
        "last_seen_at": NOON + minutes(10),
        "text": text,
        "links": (Link(url="https://harbour-post.example/about", text="About"),),
        "media": (Media(url="https://harbour-post.example/ferry.jpg", kind="image"),),
        "content_hash": sha256(f"{title}\n{text}".encode(errors="replace")).hexdigest(),
        "word_count": len(text.split()),
    }
    return Article(**defaults | changes)


def a_fingerprint(text: str | None = None, **changes: Any) -> Fingerprint:
    """Return a plain sample of the word 5-grams of *text*; name ``hashes`` to decide what is shared."""
    words = (text or some_text()).lower().split()
    grams = (" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4)))
    hashes = {int.from_bytes(blake2b(gram.encode(errors="replace"), digest_size=6).digest(), "big") for gram in grams}
    defaults: dict[str, Any] = {
        "scheme": "test-grams/1",
        "hashes": tuple(sorted(h for h in hashes if h % 4 == 0)),
        "digest": blake2b(" ".join(words).encode(errors="replace"), digest_size=16).hexdigest(),
    }
    return Fingerprint(**defaults | changes)


def a_claim(**changes: Any) -> Claim:
    defaults: dict[str, Any] = {
        "kind": "credit",
        "marker": "EN-01",
        "strength": "certain",
        "name": "Harbour Post",
        "url": "https://harbour-post.example/ferry",
        "source_id": "harbour-post",
        "domain": "harbour-post.example",
        "linked": "article",
        "quote": "This article first appeared in the Harbour Post.",
        "where": "foot",
    }
    return Claim(**defaults | changes)


def a_comparison(**changes: Any) -> Comparison:
    defaults: dict[str, Any] = {
        "kind": "near_copy",
        "coverage_left": 0.9,
        "coverage_right": 0.8,
        "similarity": 0.85,
        "passages": (Passage(left=(0, 40), right=(5, 45), words=8),),
    }
    return Comparison(**defaults | changes)


def a_match(a: ArticleId, b: ArticleId, **changes: Any) -> Match:
    """Return the match of two articles; *changes* are those of the comparison, *a* on the left."""
    return match_of(a, b, a_comparison(**changes))


def an_origin(article: Article | None = None, **changes: Any) -> Origin:
    """Return *article* as a step of a chain."""
    article = article or an_article()
    defaults: dict[str, Any] = {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "published": article.published,
        "source": article.source,
    }
    return Origin(**defaults | changes)


def an_external(id: str = "x-southern-wire", **changes: Any) -> Origin:
    """Return an origin known by credits only."""
    defaults: dict[str, Any] = {
        "id": ArticleId(id),
        "url": None,
        "title": None,
        "published": None,
        "source": a_source_ref("southern-wire"),
        "external": True,
    }
    return Origin(**defaults | changes)


def an_edge(copy: ArticleId, parent: Origin | Article, **changes: Any) -> Edge:
    defaults: dict[str, Any] = {
        "copy": copy,
        "parent": an_origin(parent) if isinstance(parent, Article) else parent,
        "kind": "copy",
        "coverage": 0.9,
        "confidence": 0.95,
        "level": "confirmed",
        "evidence": (Evidence(type="credit", weight=6.0, value="first appeared in the Harbour Post", where="foot"),),
        "attribution": Attribution(verdict="compliant", credited="yes", linked="article", credited_as="Harbour Post"),
    }
    return Edge(**defaults | changes)


def a_lineage(*parents: Edge, rivals: Sequence[Edge] = (), **changes: Any) -> Lineage:
    """Return the lineage that follows from *parents*; with none, that of an unmatched article."""
    first = parents[0] if parents else None
    defaults: dict[str, Any] = {
        "role": "derived" if first else "unmatched",
        "kind": first.kind if first else None,
        "origin": first.parent if first else None,
        "parents": parents,
        "rivals": tuple(rivals),
        "depth": 1 if first else 0,
        "delay_seconds": 600.0 if first else None,
        "confidence": first.confidence if first else None,
        "attribution": first.attribution if first else None,
        "decided_at": NOON + minutes(11),
    }
    return Lineage(**defaults | changes)


def a_review(copy: ArticleId, **changes: Any) -> Review:
    """Return Ida's word that *copy* was taken from the Harbour Post's ferry."""
    parent = None if changes.get("ruling") == "no-parent" else an_origin()
    defaults: dict[str, Any] = {
        "copy": copy,
        "ruling": "confirm",
        "parent": parent,
        "note": "asked them",
        "by": "Ida",
        "at": NOON,
    }
    return Review(**defaults | changes)


def a_feed_state(url: str = "https://harbour-post.example/feed", **changes: Any) -> FeedState:
    defaults: dict[str, Any] = {"url": url, "source_id": "harbour-post", "etag": 'W/"a-1"', "polled_at": NOON}
    return FeedState(**defaults | changes)


def a_gap(feed: str = "https://harbour-post.example/feed", **changes: Any) -> Gap:
    defaults: dict[str, Any] = {"feed": feed, "source_id": "harbour-post", "since": NOON - minutes(300), "why": "503"}
    return Gap(**defaults | changes)


def an_entry(name: str = "ferry", **changes: Any) -> Entry:
    url = f"https://harbour-post.example/{name}"
    defaults: dict[str, Any] = {"url": url, "id": url, "title": f"The {name} runs again", "published": a_date()}
    return Entry(**defaults | changes)


def a_pending(key: str = "ferry", **changes: Any) -> Pending:
    defaults: dict[str, Any] = {
        "key": key,
        "url": f"https://harbour-post.example/{key}",
        "source_id": "harbour-post",
        "entry": an_entry(key),
        "first_seen_at": NOON,
    }
    return Pending(**defaults | changes)


def an_alert(key: str = "ferry-copied", **changes: Any) -> Alert:
    defaults: dict[str, Any] = {
        "key": key,
        "rule": "our-texts",
        "copy": an_id("copy"),
        "parent": an_id("ferry"),
        "title": "A copy of The ferry runs again",
        "body": "90 % of it, credited.",
        "created_at": NOON,
    }
    return Alert(**defaults | changes)
