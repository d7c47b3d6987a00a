"""Which of several texts is the nearest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.lineage.nearness import MOST_CUT, MOST_UNEXPLAINED, Fit, best, beyond, fit, nearness, words_of
from tests.builders import a_claim, a_comparison


def a_fit(unexplained: float = 0.0, lacking: float = 0.0, *, whole: bool = True) -> Fit:
    return Fit(unexplained=unexplained, lacking=lacking, whole=whole)


def test_words_are_counted_on_both_sides():
    found = fit(a_comparison(coverage_left=0.9, coverage_right=0.4), copy_words=200, parent_words=500)
    assert (round(found.unexplained), round(found.lacking), found.whole) == (20, 300, False)


def test_a_text_without_the_words_that_another_shares_with_the_copy_is_not_the_nearest():
    plain, edited = a_fit(unexplained=30), a_fit(unexplained=0)
    assert [row.weight < -8 for row in nearness(plain, best([plain, edited]), said=0)] == [True]
    assert nearness(edited, best([plain, edited]), said=0) == ()


def test_a_credit_line_that_two_copies_share_by_custom_says_nothing():
    original, copy = a_fit(unexplained=9), a_fit(unexplained=0)
    assert nearness(original, best([original, copy]), said=9) == ()
    assert beyond(original, copy, 9) <= 0


def test_a_stretch_cut_by_another_too_was_rather_cut_once():
    uncut, cut = a_fit(lacking=200), a_fit(lacking=0)
    rows = nearness(uncut, best([uncut, cut]), said=0)
    assert [row.weight for row in rows] == [-MOST_CUT]
    assert nearness(a_fit(lacking=900, whole=False), best([cut]), said=0) == ()


def test_only_credits_at_the_edges_of_the_text_are_counted_and_each_once():
    foot = a_claim(quote="Source: Harbour Post")
    assert words_of([foot, a_claim(quote="Source: Harbour Post", kind="source-line")]) == 3
    assert words_of([a_claim(where="head"), a_claim(where="feed")]) == 0


@given(st.lists(st.builds(a_fit, st.floats(0, 1000), st.floats(0, 1000)), min_size=1, max_size=8), st.integers(0, 60))
def test_something_is_left_that_nothing_unexplained_speaks_against(fits, said):
    least = min(fits, key=lambda f: f.unexplained)
    assert all(row.weight >= -MOST_CUT for row in nearness(least, best(fits), said=said))
    assert all(row.weight >= -MOST_UNEXPLAINED for f in fits for row in nearness(f, best(fits), said=said))
