"""What a batch leaves behind: tables of articles, matches, edges and lineages, with the words of every export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawler import present
from crawler.batch.history import FILE
from crawler.batch.tables import Values
from crawler.shape import article as article_shape
from crawler.shape import lineage as lineage_shape
from crawler.store.rows import LINEAGE, MATCH

_SOURCE = ("source_id", "source_name", "source_domain")
_CREDIT = tuple((f"attribution_{name}", "string") for name in ("verdict", "credited", "linked", "credited_as", "link"))
_PAIRED = "array<struct<left:array<int>,right:array<int>,words:int>>"
_EVIDENCE = "array<struct<type:string,weight:double,value:string,where:string>>"
_CLAIMS = (
    "array<struct<kind:string,marker:string,strength:string,name:string,url:string,source:string,domain:string,"
    "linked:string,date:string,quote:string,where:string>>"
)

ARTICLES = (
    *((name, "string") for name in ("id", "url", "canonical_url", *_SOURCE, "title")),
    ("authors", "array<string>"),
    *((name, "string") for name in ("byline", "language", "published_at", "modified_at", "first_seen_at")),
    *((name, "string") for name in ("last_seen_at", "text")),
    ("word_count", "int"),
    ("summary", "string"),
    ("tags", "array<string>"),
    ("links", "array<struct<url:string,text:string>>"),
    ("media", "array<struct<url:string,kind:string>>"),
    ("license", "string"),
    ("content_hash", "string"),
    ("version", "int"),
    ("capture_warc", "string"),
    ("capture_offset", "bigint"),
    ("capture_digest", "string"),
    ("claims", _CLAIMS),
)
MATCHES = (
    *((f"{side}_{name}", "string") for side in ("left", "right") for name in ("id", "url", "content_hash")),
    ("kind", "string"),
    *((name, "double") for name in ("coverage_left", "coverage_right", "similarity")),
    ("passages", _PAIRED),
    ("reason", "string"),
)
EDGES = (
    *((name, "string") for name in ("copy_id", "copy_url")),
    ("place", "int"),  # 0: the first parent, whose chain leads to the origin
    *((f"parent_{name}", "string") for name in ("id", "url", *_SOURCE)),
    ("parent_external", "boolean"),
    ("kind", "string"),
    ("coverage", "double"),
    ("confidence", "double"),
    ("level", "string"),
    ("evidence", _EVIDENCE),
    *_CREDIT,
)
_ORIGIN = tuple((f"origin_{name}", "string") for name in ("id", "url", "title", "published_at", *_SOURCE))
LINEAGES = (
    *((name, "string") for name in ("id", "url", "role", "kind")),
    *_ORIGIN,
    ("origin_external", "boolean"),
    ("depth", "int"),
    ("delay_seconds", "double"),
    ("confidence", "double"),
    ("copies", "int"),
    *_CREDIT,
    ("decided_at", "string"),
)


def articles(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield the article of each file."""
    for (body,) in rows:
        state = FILE.load(body).last
        yield _row(article_shape(state.article, None, state.claims), ARTICLES)


def matches(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield each match; rows: body, URL of the left side, URL of the right side."""
    for body, left, right in rows:
        match = MATCH.load(body)
        yield _row(present.match(match, {match.left: left, match.right: right}), MATCHES)


def edges(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield each edge; rows: URL of the copy, its lineage."""
    for url, body in rows:
        for place, edge in enumerate(LINEAGE.load(body).parents):
            yield _row(present.edge(edge, url) | {"place": place, "level": edge.level}, EDGES)


def lineages(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield each lineage without its edges; rows: id, URL, lineage."""
    for id, url, body in rows:
        yield _row(lineage_shape(LINEAGE.load(body)) | {"id": id, "url": url}, LINEAGES)


def _row(value: present.Json, columns: tuple[tuple[str, str], ...]) -> tuple[Any, ...]:
    flat = {name.replace(".", "_"): inner for name, inner in present.flat(value)}
    return tuple(flat.get(name) for name, _ in columns)
