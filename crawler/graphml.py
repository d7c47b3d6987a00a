"""The lineage graph as GraphML: articles and external origins as nodes, copy -> parent as edges."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from crawler.model import Article, Edge, Origin
from crawler.ports import Store

_NODE = (
    ("url", "string"),
    ("title", "string"),
    ("source", "string"),
    ("published_at", "string"),
    ("external", "boolean"),
)
_EDGE = (("kind", "string"), ("coverage", "double"), ("confidence", "double"), ("verdict", "string"))


def document(store: Store) -> Iterator[str]:
    """Yield the document line by line; each node before the first edge that needs it."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for name, kind in _NODE:
        yield f'<key id="{name}" for="node" attr.name="{name}" attr.type="{kind}"/>'
    for name, kind in _EDGE:
        yield f'<key id="{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>'
    yield '<graph edgedefault="directed">'
    seen: set[str] = set()
    for edge in store.edges():
        for id in (edge.copy, edge.parent.id):
            if id not in seen:
                seen.add(id)
                yield _node(store.article(id) or edge.parent)
        yield _edge(edge)
    yield "</graph>"
    yield "</graphml>"


def _node(of: Article | Origin) -> str:
    external = isinstance(of, Origin) and of.external
    published = of.published.iso() if of.published else None
    values = (of.url, of.title, of.source.id, published, "true" if external else "false")
    return f"<node id={quoteattr(of.id)}>{_data(_NODE, values)}</node>"


def _edge(edge: Edge) -> str:
    coverage = None if edge.coverage is None else str(edge.coverage)
    values = (edge.kind, coverage, str(edge.confidence), edge.attribution.verdict)
    return f"<edge source={quoteattr(edge.copy)} target={quoteattr(edge.parent.id)}>{_data(_EDGE, values)}</edge>"


def _data(keys: tuple[tuple[str, str], ...], values: tuple[str | None, ...]) -> str:
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
