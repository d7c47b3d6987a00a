"""Groups of articles: what is counted, and what is not made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler.model import Attribution
from crawler.tally import tally
from tests.builders import NOON, a_date, a_lineage, an_article, an_edge, an_external, minutes

FERRY, BRIDGE = an_article("ferry"), an_article("bridge", outlet="town-crier")


def copy(name, outlet, *parents, delay=600.0, at=NOON, **credit):
    article = an_article(name, outlet=outlet, published=at and a_date(at))
    given = replace(Attribution(verdict="compliant", credited="yes", linked="article"), **credit)
    edges = [an_edge(article.id, parent, attribution=given) for parent in parents]
    return article, a_lineage(*edges, delay_seconds=delay)


def test_outlets_are_counted_with_their_delays_credits_and_times():
    (group,) = tally(
        [
            copy("a", "mail", FERRY, delay=100.0, at=NOON + timedelta(days=1)),
            copy("b", "mail", FERRY, delay=300.0, verdict="uncredited", linked="no"),
            copy("c", "mail", FERRY, delay=None, verdict="misattributed", linked="no"),
        ],
        "source",
    )
    assert (dict(group.key), group.articles, group.uncredited, group.unlinked) == ({"source": "mail"}, 3, 2, 2)
    assert (group.median_delay_seconds, group.least_delay_seconds) == (200.0, 100.0)
    assert (group.first_at, group.last_at) == (NOON, NOON + timedelta(days=1))


def test_delays_that_nobody_knows_have_no_median():
    (group,) = tally([copy("a", "mail", an_external(), delay=None)], "source")
    assert group.median_delay_seconds is group.least_delay_seconds is None


def test_an_article_with_two_parents_is_in_both_pairs_and_once_where_both_are_of_one_outlet():
    groups = tally([copy("a", "mail", FERRY, BRIDGE), copy("b", "mail", FERRY, an_article("other"))], "pair")
    assert [(tuple(group.key.values()), group.articles) for group in groups] == [
        (("mail", "harbour-post"), 2),
        (("mail", "town-crier"), 1),
    ]


def test_the_most_copied_origin_comes_first_and_is_named():
    groups = tally([copy("a", "mail", BRIDGE), copy("b", "mail", FERRY), copy("c", "lamp", FERRY)], "article")
    assert [(group.key["title"], group.articles) for group in groups] == [(FERRY.title, 2), (BRIDGE.title, 1)]


def test_articles_without_what_is_asked_for_are_a_group_of_their_own_or_in_none():
    alone = (FERRY, a_lineage())
    assert [dict(group.key) for group in tally([alone], "verdict")] == [{"verdict": None}]
    assert tally([alone], "origin") == ()


def test_a_day_is_that_of_publication_or_else_of_the_first_sight():
    undated = replace(FERRY, published=None, first_seen_at=NOON + minutes(60 * 24))
    days = [group.key["day"] for group in tally([(FERRY, a_lineage()), (undated, a_lineage())], "day")]
    assert days == ["2024-03-01", "2024-03-02"]
