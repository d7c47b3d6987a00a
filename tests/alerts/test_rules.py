"""Which edges fire which rules, and what is queued of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.conditions import Case
from crawler.alerts.rules import Known, Rule, Unfollowed, alert_key, case_of, first_fired, raise_alerts, rehearsed
from crawler.model import ArticleId, Attribution, Dated
from tests.alerts.values import DIGEST, MIRROR, NOON, Outbox, a_lineage, an_article, an_edge, an_origin

CREDITED = Attribution(verdict="compliant", credited="yes", linked="article")
UNKNOWN = Attribution()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def fires(rule, edge, article) -> bool:
    return rule.holds(case_of(edge, a_lineage(edge), article)) is True


@pytest.mark.parametrize(
    ("conditions", "edge", "fired"),
    [
        ({}, {}, True),
        ({"origin": ("harbour-post",)}, {}, True),
        ({"origin": ("digest",)}, {}, False),
        ({"origin": ("digest", "harbour-post")}, {}, True),
        ({"origin": ()}, {}, False),
        ({"parent": ("harbour-post",)}, {}, True),
        ({"republisher": ("mirror-daily",)}, {}, True),
        ({"republisher": ("harbour-post",)}, {}, False),
        ({"source": ("mirror-daily",)}, {}, True),
        ({"source": ("harbour-post",)}, {}, True),
        ({"source": ("digest",)}, {}, False),
        ({"words": ("ferry",)}, {}, True),
        ({"words": ("FERRY", "nine years")}, {}, True),
        ({"words": ("ferry", "train")}, {}, False),
        ({"words": ("ferr",)}, {}, False),
        ({"words": ("a+b(",)}, {}, False),
        ({"kind": ("copy", "excerpt")}, {}, True),
        ({"kind": ("translation",)}, {}, False),
        ({"level": ("confirmed",)}, {}, True),
        ({"level": ("possible",)}, {}, False),
        ({"min_coverage": 0.9}, {"coverage": 0.9}, True),
        ({"min_coverage": 0.91}, {"coverage": 0.9}, False),
        ({"min_coverage": 0.01}, {"coverage": None}, False),
        ({"max_coverage": 0.5}, {"coverage": 0.9}, False),
        ({"max_coverage": 0.9}, {"coverage": 0.9}, True),
        ({}, {"coverage": None}, True),
        ({"min_confidence": 0.95}, {}, True),
        ({"min_confidence": 0.96}, {}, False),
        ({"uncredited_only": True}, {}, True),
        ({"uncredited_only": True}, {"attribution": CREDITED}, False),
        ({"uncredited_only": True}, {"attribution": UNKNOWN}, False),
        ({"verdict": ("uncredited",)}, {}, True),
        ({"verdict": ("compliant",)}, {}, False),
        ({"verdict": ("unknown",)}, {"attribution": UNKNOWN}, True),
        ({"credited": ("no",)}, {}, True),
        ({"linked": ("home",)}, {}, False),
        ({"origin": ("harbour-post",), "min_coverage": 0.95}, {}, False),
    ],
)
def test_a_rule_fires_when_all_of_its_conditions_hold(conditions, edge, fired):
    assert fires(Rule(name="r", **conditions), an_edge(**edge), an_article()) is fired


@pytest.mark.parametrize(
    ("conditions", "lineage", "fired"),
    [
        ({"min_delay": HOUR}, {"delay_seconds": 3600.0}, True),
        ({"min_delay": 2 * HOUR}, {"delay_seconds": 3600.0}, False),
        ({"max_delay": HOUR}, {"delay_seconds": 3600.0}, True),
        ({"max_delay": HOUR}, {"delay_seconds": None}, False),
        ({"min_depth": 2}, {"depth": 2}, True),
        ({"min_depth": 3}, {"depth": 2}, False),
    ],
)
def test_a_rule_asks_how_late_and_how_deep(conditions, lineage, fired):
    edge = an_edge()
    case = case_of(edge, a_lineage(edge, **lineage), an_article())
    assert (Rule(name="r", **conditions).holds(case) is True) is fired


def test_of_a_second_parent_neither_depth_nor_delay_is_known():
    first, second = an_edge(), an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST))
    case = case_of(second, a_lineage(first, second, depth=1, delay_seconds=60.0), an_article())
    assert Rule(name="r", min_depth=1).holds(case) is None
    assert Rule(name="r", max_delay=DAY).holds(case) is None
    assert Rule(name="r", origin=("harbour-post",)).holds(case) is None


@pytest.mark.parametrize(("language", "fired"), [("en", True), ("en-GB", True), ("de", False), (None, False)])
def test_a_language_is_asked_for_without_its_country(language, fired):
    assert fires(Rule(name="r", language=("en",)), an_edge(), an_article(language=language)) is fired


def test_the_number_of_copies_is_that_of_the_origin():
    edge = an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST))
    lineage = a_lineage(edge, origin=an_origin())
    known = Known(copies=lambda id: {ArticleId("a" * 40): 10, ArticleId("b" * 40): 2}[id])
    assert first_fired(Rule(name="r", min_copies=10), lineage, an_article(), known) is not None
    assert first_fired(Rule(name="r", min_copies=11), lineage, an_article(), known) is None


def test_a_rule_that_tells_once_per_origin_tells_of_the_first_copy_only():
    outbox, rule = Outbox(), Rule(name="spreads", min_copies=2, once_per="origin")
    known = Known(copies=lambda _: 2)
    for name in ("c", "d"):
        edge = an_edge(copy=ArticleId(name * 40))
        article = an_article(id=ArticleId(name * 40))
        raise_alerts([rule], a_lineage(edge), article, outbox, now=NOON, seeding=False, known=known)
    (alert,) = outbox.alerts(10)
    assert alert.title == "2 copies of Harbour Post: Ferry sails again"


def test_a_second_hand_copy_fires_the_rule_of_its_first_origin():
    second_hand = an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST))
    rule = Rule(name="ours", origin=("harbour-post",))
    outbox = Outbox()
    assert raise_alerts(
        [rule], a_lineage(second_hand, origin=an_origin()), an_article(), outbox, now=NOON, seeding=False
    )
    (alert,) = outbox.alerts(10)
    assert alert.parent == "b" * 40
    assert alert.cluster == "a" * 40
    assert "First published by Harbour Post" in alert.body


def test_the_origin_of_the_first_parent_says_nothing_of_the_second():
    ours, other = an_edge(), an_edge(parent=an_origin(id=ArticleId("b" * 40), source=DIGEST), confidence=0.99)
    rule = Rule(name="sure and ours", origin=("harbour-post",), min_confidence=0.98)
    assert raise_alerts([rule], a_lineage(ours, other), an_article(), Outbox(), now=NOON, seeding=False) == 0


def test_a_pair_is_told_once_however_often_it_is_judged():
    outbox, rules = Outbox(), [Rule(name="one"), Rule(name="two")]
    for expected in (2, 0, 0):
        assert raise_alerts(rules, a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=False) == expected


def test_a_better_parent_for_a_copy_that_was_told_is_no_alert_of_its_own():
    outbox, later = Outbox(), an_edge(parent=an_origin(id=ArticleId("b" * 40)))
    for lineage, expected in ((a_lineage(an_edge()), 1), (a_lineage(later, an_edge()), 0)):
        assert raise_alerts([Rule(name="one")], lineage, an_article(), outbox, now=NOON, seeding=False) == expected


def test_a_new_sources_first_round_raises_nothing():
    outbox = Outbox()
    assert raise_alerts([Rule(name="one")], a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=True) == 0
    assert not outbox.alerts(10)


@pytest.mark.parametrize(
    ("published", "absent", "news"),
    [
        (NOON - 6 * DAY, None, True),
        (NOON - 8 * DAY, None, False),
        (NOON - 800 * DAY, NOON - HOUR, True),  # its feed did not show it an hour ago: backdated, not old
        (NOON - 800 * DAY, NOON - 20 * DAY, False),
        (None, None, True),  # first seen at noon
    ],
)
def test_what_came_out_long_ago_is_no_news_unless_its_feed_has_just_shown_it(published, absent, news):
    article = an_article(published=Dated(at=published) if published else None, absent_at=absent)
    raised = raise_alerts(
        [Rule(name="one")], a_lineage(an_edge()), article, Outbox(), now=NOON, seeding=False, within=7 * DAY
    )
    assert (raised == 1) is news


def test_an_original_raises_nothing():
    assert raise_alerts([Rule(name="one")], a_lineage(), an_article(), Outbox(), now=NOON, seeding=False) == 0


def test_an_edit_that_was_not_followed_is_told_once_for_each_edit():
    outbox, rule = Outbox(), Rule(name="stale", unfollowed_edit="silent")
    parent = an_edge().parent.id

    def told(edit: Unfollowed | None) -> int:
        known = Known(unfollowed={parent: edit} if edit else {})
        return raise_alerts([rule], a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=False, known=known)

    assert told(None) == 0
    assert told(Unfollowed(edit="declared", version="v1")) == 0
    assert [told(Unfollowed(edit="silent", version=v)) for v in ("v1", "v1", "v2")] == [1, 0, 1]
    assert "changed since, without saying so" in outbox.alerts(1)[0].body


def test_a_rule_may_ask_for_the_class_of_the_edit_that_was_not_followed():
    outbox, rule = Outbox(), Rule(name="wrong there", edit_class=("correction", "facts"))
    parent = an_edge().parent.id

    def told(edit: Unfollowed | None) -> int:
        known = Known(unfollowed={parent: edit} if edit else {})
        return raise_alerts([rule], a_lineage(an_edge()), an_article(), outbox, now=NOON, seeding=False, known=known)

    assert told(None) == 0
    assert told(Unfollowed(edit="silent", version="v1", classes=("typo",))) == 0
    assert [told(Unfollowed(edit="silent", version="v2", classes=("facts", "wording"))) for _ in range(2)] == [1, 0]


def test_a_rehearsal_tells_of_each_copy_once_at_the_time_it_was_first_seen():
    pairs = []
    for number in range(3):
        id = ArticleId(str(number) * 40)
        pairs.append((an_article(id=id, first_seen_at=NOON + number * HOUR), a_lineage(an_edge(copy=id))))
    alerts = rehearsed(Rule(name="r"), pairs[::-1], lambda *_: Known(), None)
    assert [alert.created_at for alert in alerts] == [NOON + 2 * HOUR, NOON + HOUR, NOON]


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


def test_a_rule_about_copies_has_nothing_to_say_of_feeds():
    case = Case(source=MIRROR, health="failing")
    assert Rule(name="r", min_coverage=0.5).holds(case) is None
    assert Rule(name="r", health=("failing",)).holds(case) is True
    assert Rule(name="r", health=("failing",), source=("harbour-post",)).holds(case) is False
