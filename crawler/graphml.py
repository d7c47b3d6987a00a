"""What is in the store as GraphML: articles and external origins as nodes, what joins them as edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from crawler.model import Article, Origin
from crawler.ports import Store

_Keys = tuple[tuple[str, str], ...]

_NODE: _Keys = (
    ("url", "string"),
    ("title", "string"),
    ("source", "string"),
    ("published_at", "string"),
    ("external", "boolean"),
)
_LINEAGE: _Keys = (("kind", "string"), ("coverage", "double"), ("confidence", "double"), ("verdict", "string"))
_MATCH: _Keys = (
    ("kind", "string"),
    ("coverage_left", "double"),
    ("coverage_right", "double"),
    ("similarity", "double"),
)


def articles(store: Store) -> Iterator[str]:
    """Yield the lines of a document with a node for each article."""
    nodes = (_node(found) for id in store.article_ids() if (found := store.article(id)))
    return _document(nodes, (), "directed")


def matches(store: Store, *, rejected: bool = False) -> Iterator[str]:
    """Yield the lines of a document with an edge for each match; left is its source. They have no direction."""

    def lines() -> Iterator[str]:
        seen: set[str] = set()
        for match in store.matches(rejected=rejected):
            for id in (match.left, match.right):
                if id not in seen and (found := store.article(id)):
                    seen.add(id)
                    yield _node(found)
            shared = match.shared
            numbers = (shared.coverage_left, shared.coverage_right, shared.similarity)
            yield _edge(match.left, match.right, _MATCH, (shared.kind, *map(str, numbers)))

    return _document(lines(), _MATCH, "undirected")


def lineage(store: Store) -> Iterator[str]:
    """Yield the lines of a document with an edge from each copy to each of its parents."""

    def lines() -> Iterator[str]:
        seen: set[str] = set()
        for edge in store.edges():
            for id in (edge.copy, edge.parent.id):
                if id not in seen:
                    seen.add(id)
                    yield _node(store.article(id) or edge.parent)
            coverage = None if edge.coverage is None else str(edge.coverage)
            values = (edge.kind, coverage, str(edge.confidence), edge.attribution.verdict)
            yield _edge(edge.copy, edge.parent.id, _LINEAGE, values)

    return _document(lines(), _LINEAGE, "directed")


def _document(lines: Iterable[str], edge: _Keys, direction: Literal["directed", "undirected"]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for of, keys in (("node", _NODE), ("edge", edge)):
        for name, kind in keys:
            yield f'<key id="{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>'
    yield f'<graph edgedefault="{direction}">'
    yield from lines
    yield "</graph>"
    yield "</graphml>"


def _node(of: Article | Origin) -> str:
    external = isinstance(of, Origin) and of.external
    published = of.published.iso() if of.published else None
    values = (of.url, of.title, of.source.id, published, "true" if external else "false")
    return f"<node id={quoteattr(of.id)}>{_data(_NODE, values)}</node>"


def _edge(one: str, other: str, keys: _Keys, values: tuple[str | None, ...]) -> str:
    return f"<edge source={quoteattr(one)} target={quoteattr(other)}>{_data(keys, values)}</edge>"


def _data(keys: _Keys, values: tuple[str | None, ...]) -> str:
    return "".join(
        f'<data key="{name}">{escape(_xml(value))}</data>'
        for (name, _), value in zip(keys, values, strict=True)
        if value is not None
    )


def _xml(text: str) -> str:
    """Return *text* without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
