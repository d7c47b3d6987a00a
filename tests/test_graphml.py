"""GraphML: well-formed whatever foreign text holds, each node once and before its edges."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import graphml
from crawler.ports import Store
from crawler.store import open_store
from tests.builders import a_fingerprint, a_lineage, a_match, an_article, an_edge, an_external

NS = "{http://graphml.graphdrawing.org/xmlns}"


@pytest.fixture
def store() -> Store:
    """Two copies of one article, and one of an external origin."""
    made = open_store("memory:")
    articles = [an_article(name) for name in ("ferry", "copy-1", "copy-2", "wire")]
    first, *copies, wire = articles
    with made.writing():
        for article in articles:
            made.save_article(article, (), a_fingerprint(article.text))
        made.save_matches([a_match(copy.id, first.id) for copy in copies])
        for copy in copies:
            made.save_lineage(copy.id, a_lineage(an_edge(copy.id, first)))
        made.save_lineage(wire.id, a_lineage(an_edge(wire.id, an_external(), coverage=None, kind="claimed")))
        made.save_lineage(first.id, a_lineage())
    return made


def graph(lines: Iterable[str]) -> ElementTree.Element:
    return ElementTree.fromstring("\n".join(lines))


def test_the_graph_of_lineages_points_from_copies_to_parents(store: Store) -> None:
    root = graph(graphml.lineage(store))
    assert [g.get("edgedefault") for g in root.iter(f"{NS}graph")] == ["directed"]
    assert len(list(root.iter(f"{NS}node"))) == 5
    edges = {(edge.get("source"), edge.get("target")) for edge in root.iter(f"{NS}edge")}
    assert edges == {(edge.copy, edge.parent.id) for edge in store.edges()}
    external = [n for n in root.iter(f"{NS}node") if n.find(f"{NS}data[@key='external']").text == "true"]  # type: ignore[union-attr]
    assert [node.get("id") for node in external] == ["x-southern-wire"]


def test_a_coverage_that_is_not_known_is_left_out(store: Store) -> None:
    edges = graph(graphml.lineage(store)).iter(f"{NS}edge")
    known = {edge.get("target"): edge.find(f"{NS}data[@key='coverage']") is not None for edge in edges}
    assert known["x-southern-wire"] is False
    assert sum(known.values()) == 1


def test_the_graph_of_matches_has_no_direction_and_that_of_articles_no_edges(store: Store) -> None:
    root = graph(graphml.matches(store))
    assert [g.get("edgedefault") for g in root.iter(f"{NS}graph")] == ["undirected"]
    assert (len(list(root.iter(f"{NS}node"))), len(list(root.iter(f"{NS}edge")))) == (3, 2)
    root = graph(graphml.articles(store))
    assert (len(list(root.iter(f"{NS}node"))), len(list(root.iter(f"{NS}edge")))) == (4, 0)


def test_every_node_stands_once_and_before_its_edges(store: Store) -> None:
    for lines in (graphml.lineage(store), graphml.matches(store)):
        seen: list[str | None] = []
        for element in graph(lines).find(f"{NS}graph") or ():
            if element.tag == f"{NS}node":
                assert element.get("id") not in seen
                seen.append(element.get("id"))
            else:
                assert {element.get("source"), element.get("target")} <= set(seen)


@given(st.text())
def test_any_title_gives_well_formed_xml(title: str) -> None:
    store = open_store("memory:")
    article = an_article("ferry", title=title)
    store.save_article(article, (), a_fingerprint(article.text))
    graph(graphml.articles(store))
