"""A query as conditions of SQL, over ``articles a`` and ``lineages l``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.ports import Query
from crawler.store.rows import micros
from crawler.store.terms import CONTESTED, search_words

Condition = tuple[str, tuple[Any, ...]]

_PARENT = "EXISTS (SELECT 1 FROM json_each(l.value, '$.parents') p WHERE "
_RIVAL = "EXISTS (SELECT 1 FROM json_each(l.value, '$.rivals') r WHERE "


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A condition that an index of its own answers.

    Where few rows hold it they are best found by it: ``found``. Where many do, it is quicker to look at the articles in
    the order that is wanted and to check each: ``checked``. ``rows`` selects all that hold it.
    """

    rows: str
    found: str
    checked: str
    value: Any


def indexed(query: Query) -> Iterator[Indexed]:
    """Yield the conditions of *query* of which one may lead to the rows."""
    if query.words.strip():
        # Quoted, a word can be anything: no operator, no wildcard, no syntax error.
        expression = " ".join('"' + word.replace('"', '""') + '"' for word in search_words(query.words))
        rows = "SELECT rowid FROM article_words WHERE article_words MATCH ?"
        checked = f"EXISTS ({rows} AND rowid = a.doc)"
        yield Indexed(rows=rows, found=f"a.doc IN ({rows})", checked=checked, value=expression or '""')
    for column, value in (
        ("origin_source", query.origin),
        ("role", query.role),
        ("verdict", "uncredited" if query.uncredited else None),
        ("verdict", query.verdict),
    ):
        if value is not None:
            rows = f"SELECT 1 FROM lineages WHERE {column} = ?"
            yield Indexed(rows=rows, found=f"l.{column} = ?", checked=f"+l.{column} = ?", value=value)


def conditions(query: Query) -> Iterator[Condition]:
    """Yield what else must hold for *query*."""
    for column, value in (
        ("a.source = ?", query.source),
        ("a.at >= ?", micros(query.since) if query.since else None),
        ("a.at < ?", micros(query.until) if query.until else None),
    ):
        if value is not None:
            yield column, (value,)
    if query.of is not None:
        yield "a.id IN (SELECT copy FROM edges WHERE parent = ? AND rival = 0)", (query.of,)
    if query.after is not None:
        at, id = micros(query.after[0]), query.after[1]
        way = ">" if query.oldest else "<"
        yield f"a.at {way}= ? AND (a.at {way} ? OR a.id > ?)", (at, at, id)
    yield from _of_values(query)


def _of_values(query: Query) -> Iterator[Condition]:
    """Yield the conditions on what no column holds; the other ones have left few rows by then."""
    for place, value in (
        ("json_extract(l.value, '$.kind') = ?", query.kind),
        ("json_extract(l.value, '$.attribution.linked') = ?", query.linked),
        ("json_extract(a.value, '$.language') = ?", query.language),
        ("json_extract(l.value, '$.depth') >= ?", query.depth),
        (_PARENT + "p.value ->> '$.parent.source.id' = ?)", query.parent),
        (_PARENT + "p.value ->> '$.coverage' < ?)", query.below),
        ("a.doc IN (SELECT doc FROM claims WHERE json_extract(value, '$.kind') = ?)", query.claim),
    ):
        if value is not None:
            yield place, (value,)
    if query.external:
        yield "json_extract(l.value, '$.origin.external')", ()
    if query.edited:
        yield "json_extract(a.value, '$.version') > 1", ()
    if query.revised:
        yield "json_extract(l.value, '$.revision') > 1", ()
    if query.contested:
        yield "json_array_length(l.value, '$.parents') = 0", ()
        yield _RIVAL + "r.value ->> '$.confidence' >= ?)", (CONTESTED,)
