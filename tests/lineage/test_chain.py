"""Chains joined up from edges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.lineage.chain import chain, lineage
from crawler.lineage.judge import Judgement
from crawler.model import ArticleId, Edge
from tests.builders import NOON, an_article, an_edge, an_origin


def edges(*pairs: tuple[str, str, float]) -> dict[ArticleId, tuple[Edge, ...]]:
    return {
        ArticleId(copy): (an_edge(copy=ArticleId(copy), parent=an_origin(id=ArticleId(parent)), confidence=confidence),)
        for copy, parent, confidence in pairs
    }


def ends(start: str, parents: dict[ArticleId, tuple[Edge, ...]]) -> list[str]:
    return [e.parent.id for e in chain(ArticleId(start), lambda id: parents.get(id, ()))]


def test_a_chain_leads_from_the_copy_to_the_origin():
    assert ends("c", edges(("c", "b", 0.9), ("b", "a", 0.9))) == ["b", "a"]


def test_a_cycle_is_cut_at_its_weakest_edge_from_wherever_it_is_entered():
    round_trip = edges(("a", "b", 0.9), ("b", "c", 0.6), ("c", "a", 0.8), ("d", "a", 0.9))
    assert ends("b", round_trip) == []
    assert ends("a", round_trip) == ["b"]
    assert ends("c", round_trip) == ["a", "b"]
    assert ends("d", round_trip) == ["a", "b"]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_a_chain_always_ends_and_visits_nothing_twice(taken):
    pairs = [(copy, parent, 0.5 + ord(copy) / 1000) for copy, parent in taken.items() if copy != parent]
    parents = edges(*pairs)
    for start in "abcdefgh":
        path = [start, *ends(start, parents)]
        assert len(path) == len(set(path))


def test_the_confidence_of_a_chain_is_the_product_of_its_steps():
    copy = an_article("copy")
    parents = edges((copy.id, "b", 0.9), ("b", "a", 0.8))
    judgement = Judgement(parents=parents[copy.id])
    found = lineage(copy, judgement, lambda id: parents.get(id, ()), copies=0, now=NOON)
    assert (found.role, found.depth, found.confidence) == ("derived", 2, 0.72)
    assert found.origin is not None
    assert found.origin.id == "a"


def test_an_article_without_parents_is_an_original_only_if_somebody_copied_it():
    one = an_article()
    roles = [lineage(one, Judgement(), lambda id: (), copies=n, now=NOON).role for n in (0, 2)]
    assert roles == ["unmatched", "original"]


def test_the_weakest_edge_of_a_cycle_is_shown_as_a_rival():
    copy = an_article("copy")
    parents = edges((copy.id, "b", 0.6), ("b", copy.id, 0.9))
    found = lineage(copy, Judgement(parents=parents[copy.id]), lambda id: parents.get(id, ()), copies=1, now=NOON)
    assert (found.role, found.parents, len(found.rivals)) == ("original", (), 1)
