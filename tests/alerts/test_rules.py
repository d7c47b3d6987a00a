"""Which edges fire which rules, and what is queued of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.rules import Rule, alert_key, fires, raise_alerts
from crawler.model import ArticleId, Attribution
from tests.alerts.values import DIGEST, MIRROR, NOON, Outbox, a_lineage, an_article, an_edge, an_origin

CREDITED = Attribution(verdict="compliant", credited="yes", linked="article")
UNKNOWN = Attribution()


@pytest.mark.parametrize(
    ("conditions", "edge", "fired"),
    [
        ({}, {}, True),
        ({"origin": ("harbour-post",)}, {}, True),
        ({"origin": ("digest",)}, {}, False),
        ({"origin": ("digest", "harbour-post")}, {}, True),
        ({"republisher": ("mirror-daily",)}, {}, True),
        ({"republisher": ("harbour-post",)}, {}, False),
        ({"words": ("ferry",)}, {}, True),
        ({"words": ("FERRY", "nine years")}, {}, True),
        ({"words": ("ferry", "train")}, {}, False),
        ({"words": ("ferr",)}, {}, False),
        ({"words": ("a+b(",)}, {}, False),
        ({"min_coverage": 0.9}, {"coverage": 0.9}, True),
        ({"min_coverage": 0.91}, {"coverage": 0.9}, False),
        ({"min_coverage": 0.01}, {"coverage": None}, False),
        ({}, {"coverage": None}, True),
        ({"min_confidence": 0.95}, {}, True),
        ({"min_confidence": 0.96}, {}, False),
        ({"uncredited_only": True}, {}, True),
        ({"uncredited_only": True}, {"attribution": CREDITED}, False),
        ({"uncredited_only": True}, {"attribution": UNKNOWN}, False),
        ({"origin": ("harbour-post",), "min_coverage": 0.95}, {}, False),
    ],
)
def test_a_rule_fires_when_all_of_its_conditions_hold(conditions, edge, fired):
    assert fires(Rule(name="r", **conditions), an_edge(**edge), an_article()) is fired


def test_a_second_hand_copy_fires_the_rule_of_its_first_origin():
    second_hand = an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST))
    rule = Rule(name="ours", origin=("harbour-post",))
    outbox = Outbox()
    assert raise_alerts(
        [rule], a_lineage(second_hand, origin=an_origin()), an_article(), outbox, now=NOON, seeding=False
    )
    (alert,) = outbox.alerts.values()
    assert alert.parent == "b" * 40
    assert "First published by Harbour Post" in alert.body


def test_the_origin_of_the_first_parent_says_nothing_of_the_second():
    ours, other = an_edge(), an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST), confidence=0.99)
    rule = Rule(name="sure and ours", origin=("harbour-post",), min_confidence=0.98)
    assert raise_alerts([rule], a_lineage(ours, other), an_article(), Outbox(), now=NOON, seeding=False) == 0


def test_a_pair_is_told_once_however_often_it_is_judged():
    outbox, rules = Outbox(), [Rule(name="one"), Rule(name="two")]
    for expected in (2, 0, 0):
        assert raise_alerts(rules, a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=False) == expected


def test_a_better_parent_for_a_copy_that_was_told_is_no_news():
    outbox, later = Outbox(), an_edge(parent=an_origin(id=ArticleId("b" * 40)))
    for lineage, expected in ((a_lineage(an_edge()), 1), (a_lineage(later, an_edge()), 0)):
        assert raise_alerts([Rule(name="one")], lineage, an_article(), outbox, now=NOON, seeding=False) == expected


def test_a_new_sources_first_round_raises_nothing():
    outbox = Outbox()
    assert raise_alerts([Rule(name="one")], a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=True) == 0
    assert not outbox.alerts


def test_an_original_raises_nothing():
    assert raise_alerts([Rule(name="one")], a_lineage(), an_article(), Outbox(), now=NOON, seeding=False) == 0


@given(st.text(), st.text())
def test_different_rules_have_different_keys(one, other):
    same = alert_key(one, ArticleId("c")) == alert_key(other, ArticleId("c"))
    assert same == (one == other)
    assert len(alert_key(one, ArticleId("c"))) == 40


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_stricter_rule_fires_on_no_more_edges(minimum, stricter, coverage, uncredited):
    edge = an_edge(coverage=coverage)
    mild = Rule(name="r", min_coverage=min(minimum, stricter))
    strict = replace(mild, min_coverage=max(minimum, stricter), uncredited_only=uncredited, republisher=(MIRROR.id,))
    assert fires(mild, edge, an_article()) or not fires(strict, edge, an_article())
