"""Everything in the store as lines: JSON, CSV or a graph, one after another."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from crawler import graphml, present
from crawler.model import ArticleId
from crawler.ports import Store

What = Literal["articles", "matches", "lineage"]
Format = Literal["jsonl", "csv", "graphml"]


def lines(store: Store, what: What, form: Format, *, rejected: bool = False) -> Iterator[str]:
    """Yield everything of that kind, a line with its end at a time; *rejected* matches only where asked for."""
    if form == "graphml":
        yield from (f"{text}\n" for text in _graph(store, what, rejected=rejected))
    elif form == "csv":
        yield from csv_lines(rows(store, what, rejected=rejected), present.COLUMNS[what])
    else:
        for row in rows(store, what, rejected=rejected):
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def rows(store: Store, what: What, *, rejected: bool = False) -> Iterator[present.Json]:
    """Yield the JSON objects of an export."""
    if what == "matches":
        return _matches(store, rejected=rejected)
    return _articles(store) if what == "articles" else _edges(store)


def csv_lines(rows: Iterable[present.Json], columns: tuple[str, ...]) -> Iterator[str]:
    """Yield a head and rows with dotted columns, the same ones whatever the rows hold."""
    buffer = io.StringIO()
    # Where an object is null, the null's own name is no column.
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore", restval="")
    writer.writeheader()
    yield _taken(buffer)
    for row in rows:
        writer.writerow({name: cell(value) for name, value in present.flat(row)})
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _graph(store: Store, what: What, *, rejected: bool) -> Iterator[str]:
    if what == "matches":
        return graphml.matches(store, rejected=rejected)
    return graphml.articles(store) if what == "articles" else graphml.lineage(store)


def _articles(store: Store) -> Iterator[present.Json]:
    for id in store.article_ids():
        dossier = store.dossiers([id], among=()).get(id)
        if dossier is not None:
            yield present.article(dossier.article, store.lineage(id), dossier.claims)


def _matches(store: Store, *, rejected: bool) -> Iterator[present.Json]:
    urls: dict[ArticleId, str] = {}
    for match in store.matches(rejected=rejected):
        for id in (match.left, match.right):
            if id not in urls:
                article = store.article(id)
                urls[id] = article.url if article else ""
        yield present.match(match, urls)


def _edges(store: Store) -> Iterator[present.Json]:
    for edge in store.edges():
        article = store.article(edge.copy)
        if article is not None:
            yield present.edge(edge, article.url)


def cell(value: Any) -> str:
    """Return a cell; text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and isinstance(value, str) else text
