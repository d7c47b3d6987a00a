"""The JSON that the interface promises, and a checker that says where a value is not of that shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may be null."""

    shape: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[str, ...]


def misfits(value: Any, shape: Any, place: str = "") -> Iterator[str]:
    """Yield where *value* is not of *shape*: a missing name, a wrong type. Names beyond the shape may be there."""
    if isinstance(shape, Maybe):
        if value is not None:
            yield from misfits(value, shape.shape, place)
    elif isinstance(shape, Mapping):
        yield from _of_object(value, shape, place)
    elif isinstance(shape, list | tuple):
        yield from _of_list(value, shape, place)
    elif isinstance(shape, OneOf):
        if value not in shape.values:
            yield f"{place}: not one of {shape.values}: {value!r}"
    else:
        kinds = (int, float) if shape is float else shape
        if not isinstance(value, kinds) or (isinstance(value, bool) and shape is not bool):
            yield f"{place}: not {shape.__name__}: {value!r}"


def _of_object(value: Any, shape: Mapping[str, Any], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: not an object: {value!r}"
        return
    for name, inner in shape.items():
        if name in value:
            yield from misfits(value[name], inner, f"{place}.{name}")
        else:
            yield f"{place}.{name}: missing"


def _of_list(value: Any, shape: list[Any] | tuple[Any, ...], place: str) -> Iterator[str]:
    """A list has the shape of its one member throughout, a tuple one for each place."""
    if not isinstance(value, list) or (isinstance(shape, tuple) and len(value) != len(shape)):
        yield f"{place}: not such a list: {value!r}"
        return
    for number, inner in enumerate(value):
        yield from misfits(inner, shape[number if isinstance(shape, tuple) else 0], f"{place}.{number}")


SOURCE = {"id": str, "name": str, "domain": Maybe(str)}
EVIDENCE = {"type": str, "weight": float, "value": str, "where": str}
EDGE_KIND = OneOf(("copy", "excerpt", "partial", "translation", "digest", "claimed"))
PARENT = {
    "id": str,
    "url": Maybe(str),
    "source": SOURCE,
    "kind": EDGE_KIND,
    "coverage": Maybe(float),
    "confidence": float,
    "level": OneOf(("confirmed", "probable", "possible")),
    "evidence": [EVIDENCE],
}
ORIGIN = {
    "id": str,
    "url": Maybe(str),
    "title": Maybe(str),
    "published_at": Maybe(str),
    "source": SOURCE,
    "external": bool,
}
ATTRIBUTION = {
    "verdict": OneOf(("compliant", "partial", "uncredited", "misattributed", "unknown")),
    "credited": OneOf(("yes", "no", "unknown")),
    "linked": OneOf(("article", "home", "other", "no", "unknown")),
    "credited_as": Maybe(str),
    "link": Maybe(str),
}
LINEAGE = {
    "role": OneOf(("original", "derived", "unmatched")),
    "kind": Maybe(EDGE_KIND),
    "origin": Maybe(ORIGIN),
    "parents": [PARENT],
    "rivals": [PARENT],
    "depth": int,
    "delay_seconds": Maybe(float),
    "confidence": Maybe(float),
    "copies": int,
    "attribution": Maybe(ATTRIBUTION),
    "revision": int,
    "decided_at": str,
}
ARTICLE = {
    "id": str,
    "url": str,
    "canonical_url": Maybe(str),
    "source": SOURCE,
    "title": Maybe(str),
    "authors": [str],
    "byline": Maybe(str),
    "language": Maybe(str),
    "published_at": Maybe(str),
    "modified_at": Maybe(str),
    "first_seen_at": str,
    "last_seen_at": str,
    "text": str,
    "word_count": int,
    "summary": Maybe(str),
    "tags": [str],
    "links": [{"url": str, "text": str}],
    "media": [{"url": str, "kind": str}],
    "license": Maybe(str),
    "content_hash": str,
    "version": int,
    "capture": Maybe({"warc": Maybe(str), "offset": Maybe(int), "digest": str}),
    "lineage": LINEAGE,
}
COMPARISON = {
    "kind": OneOf(("exact", "near_copy", "partial", "quote", "unrelated")),
    "coverage_a": float,
    "coverage_b": float,
    "similarity": float,
    "passages": [{"a": (int, int), "b": (int, int), "words": int}],
}
TRAIL = {"article": ARTICLE, "chain": [ORIGIN], "copies": [dict]}
FEED = {
    "feed": {"title": Maybe(str), "url": Maybe(str), "language": Maybe(str)},
    "entries": [
        {
            "url": Maybe(str),
            "id": Maybe(str),
            "title": Maybe(str),
            "authors": [str],
            "published_at": Maybe(str),
            "updated_at": Maybe(str),
            "summary": Maybe(str),
            "content": Maybe(str),
            "source": Maybe({"name": Maybe(str), "url": Maybe(str)}),
            "links": [{"rel": str, "url": str}],
            "enclosures": [{"url": str, "type": Maybe(str)}],
        }
    ],
    "problems": [str],
}
MATCH = {
    "left": {"id": str, "url": str},
    "right": {"id": str, "url": str},
    "kind": OneOf(("exact", "near_copy", "partial", "quote")),
    "coverage_left": float,
    "coverage_right": float,
    "similarity": float,
    "passages": [{"left": (int, int), "right": (int, int), "words": int}],
}
EDGE = {
    "copy": {"id": str, "url": str},
    "parent": {"id": str, "url": Maybe(str), "source": SOURCE, "external": bool},
    "kind": EDGE_KIND,
    "coverage": Maybe(float),
    "confidence": float,
    "evidence": [EVIDENCE],
    "attribution": ATTRIBUTION,
}
WATCHED = {
    "id": str,
    "name": str,
    "domains": [str],
    "aliases": [str],
    "feeds": [dict],
    "sitemaps": [str],
    "language": Maybe(str),
    "tags": [str],
    "license": Maybe(str),
}
ALERT = {
    "key": str,
    "rule": str,
    "title": str,
    "state": OneOf(("pending", "delivered", "dead", "withdrawn")),
    "created_at": str,
    "news": Maybe(dict),
    "deliveries": list,
}
EXPORTS = {"articles": ARTICLE, "matches": MATCH, "lineage": EDGE}
