"""Conditions are joined in three values: what is not known fires nothing, whichever way it is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.conditions import Condition
from crawler.alerts.rules import case_of
from crawler.model import Attribution
from tests.alerts.values import a_lineage, an_article, an_edge

TRUE = Condition(kind=("copy",))
FALSE = Condition(kind=("translation",))
UNKNOWN = Condition(min_coverage=0.5)
CASE = case_of(an_edge(coverage=None), a_lineage(an_edge()), an_article())
_VALUES = {True: TRUE, False: FALSE, None: UNKNOWN}
_RANK = {False: 0, None: 1, True: 2}
truths = st.sampled_from([True, False, None])


def test_the_three_conditions_of_these_tests_are_what_they_are_called():
    assert [_VALUES[value].holds(CASE) for value in (True, False, None)] == [True, False, None]


@given(st.lists(truths, min_size=1, max_size=5))
def test_all_is_the_least_and_any_the_greatest_of_its_parts(values):
    parts = tuple(_VALUES[value] for value in values)
    assert Condition(all=parts).holds(CASE) is min(values, key=_RANK.__getitem__)
    assert Condition(any=parts).holds(CASE) is max(values, key=_RANK.__getitem__)


@given(truths)
def test_not_turns_what_is_known_and_leaves_what_is_not(value):
    assert Condition(negated=_VALUES[value]).holds(CASE) is (None if value is None else not value)


@given(truths, truths)
def test_not_both_is_one_of_them_not(one, other):
    both = Condition(negated=Condition(all=(_VALUES[one], _VALUES[other])))
    either = Condition(any=(Condition(negated=_VALUES[one]), Condition(negated=_VALUES[other])))
    assert both.holds(CASE) is either.holds(CASE)


def test_not_compliant_accuses_no_copy_whose_credit_is_not_known():
    edge = an_edge(attribution=Attribution())
    case = case_of(edge, a_lineage(edge), an_article())
    assert Condition(negated=Condition(verdict=("compliant",))).holds(case) is None
    assert Condition(negated=Condition(verdict=("unknown",))).holds(case) is False


def test_what_stands_beside_each_other_must_all_hold():
    assert Condition(kind=("copy",), any=(FALSE, TRUE), negated=FALSE).holds(CASE) is True
    assert Condition(kind=("copy",), any=(FALSE, TRUE), negated=TRUE).holds(CASE) is False


def test_a_condition_knows_what_is_asked_for_further_in():
    deep = Condition(any=(Condition(negated=Condition(all=(Condition(min_copies=3),))),))
    assert deep.asks("min_copies")
    assert not deep.asks("health")
