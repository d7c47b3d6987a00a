"""The little of Kibana's query language that the tests read."""

from __future__ import annotations

import pytest

from tests.elastic.kql import query_of

A, B, C = ({"match": {name: "1"}} for name in "abc")


def test_not_binds_before_and_and_that_before_or() -> None:
    inner = {"bool": {"filter": [{"bool": {"must_not": [A]}}, B]}}
    assert query_of("not a : 1 and b : 1 or c : 1") == {"bool": {"should": [inner, C], "minimum_should_match": 1}}
    either = {"bool": {"should": [B, C], "minimum_should_match": 1}}
    assert query_of("a : 1 and (b : 1 or c : 1)") == {"bool": {"filter": [A, either]}}


def test_values_phrases_bounds_and_what_is_there_at_all() -> None:
    assert query_of('a.b : "two words"') == {"match_phrase": {"a.b": "two words"}}
    assert query_of('a : ("x" or y)') == {
        "bool": {"should": [{"match_phrase": {"a": "x"}}, {"match": {"a": "y"}}], "minimum_should_match": 1}
    }
    assert query_of("a : *") == {"exists": {"field": "a"}}
    assert query_of("at >= now-7d") == {"range": {"at": {"gte": "now-7d"}}}


@pytest.mark.parametrize("kql", ["", "a", "a : ", "a : 1 b : 2", "(a : 1", 'a : "x', "a : x*", "a : 1 and"])
def test_what_it_does_not_read_it_refuses(kql: str) -> None:
    with pytest.raises(ValueError):
        query_of(kql)
