"""JSON-LD is read as it is found on real pages: broken, nested, repeated."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from crawler.jsonld import MAX_NODES, article_node, is_article, names_of, nodes, text_of


def a_page(*blocks: str) -> HtmlElement:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return document_fromstring(f"<html><head>{scripts}</head><body><p>A text.</p></body></html>")


def test_the_article_is_found_in_a_graph_among_others() -> None:
    graph = {"@graph": [{"@type": "Organization", "name": "The Post"}, {"@type": "NewsArticle", "headline": "Quay"}]}
    node = article_node(a_page(json.dumps(graph)))
    assert is_article(node)
    assert node["headline"] == "Quay"


def test_of_two_articles_the_one_with_the_title_of_the_page_counts() -> None:
    two = [{"@type": "NewsArticle", "headline": h, "author": "A B"} for h in ("Storm closes the quay", "Bridge opens")]
    assert article_node(a_page(json.dumps(two)), "Bridge opens | The Post")["headline"] == "Bridge opens"


def test_an_article_in_a_list_of_others_is_not_the_page() -> None:
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another page"}]}
    assert not is_article(article_node(a_page(json.dumps(listed))))


def test_a_comma_too_many_and_comment_marks_do_not_hide_the_article() -> None:
    assert article_node(a_page('<!-- {"@type": "Article", "headline": "Quay",} -->'))["headline"] == "Quay"


def test_a_block_that_cannot_be_parsed_still_gives_its_date_but_is_no_article() -> None:
    node = article_node(a_page('{"@type": "NewsArticle", "datePublished": "2020-03-30", "x": "a "quoted" word"}'))
    assert node["datepublished"] == "2020-03-30"
    assert not is_article(node)


def test_names_are_read_from_every_shape_they_come_in() -> None:
    said = ["Ann Lee", {"name": "Bo &amp; Ray"}, {"givenName": "Cy", "familyName": "Dee"}, 7, None]
    assert names_of(said) == ("Ann Lee", "Bo & Ray", "Cy Dee")
    assert text_of({"@value": " a  b "}) == "a b"


def test_a_page_of_very_many_nodes_is_read_to_a_bound() -> None:
    many = json.dumps([[{"a": {}} for _ in range(200)] for _ in range(100)])
    assert sum(1 for _ in nodes(a_page(many))) <= MAX_NODES


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["@type", "@graph", "author", "name", "headline"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_json_breaks_the_reader(value: Any) -> None:
    node = article_node(a_page(json.dumps(value)), "A title")
    names_of(node.get("author"))
    text_of(value)
