from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lineage.editing import GRAVITY, edit_classes
from crawler.model import EditClass
from crawler.prepare import compare_texts
from tests.lineage.edit_cases import ENGLISH, Case, cases, story

CASES = tuple(cases())
MISTAKEN = 0.95


def classes(case: Case) -> tuple[EditClass, ...]:
    return edit_classes(case.before, case.after, compare_texts(case.after.text, case.before.text))


def between(before: str, after: str) -> tuple[EditClass, ...]:
    return edit_classes(story(before), story(after), compare_texts(after, before))


def test_nineteen_in_twenty_edits_get_the_class_that_a_reader_gives() -> None:
    wrong = [(case.name, case.expected, classes(case)) for case in CASES if classes(case)[0] != case.expected]
    assert len(wrong) <= (1 - MISTAKEN) * len(CASES), wrong
    assert {case.expected for case in CASES} == set(GRAVITY) - {"return"}


def test_what_is_said_otherwise_is_never_called_a_typo() -> None:
    grave = [case for case in CASES if case.expected in ("facts", "correction", "removal")]
    assert [case.name for case in grave if classes(case) == ("typo",)] == []


def test_a_correction_of_facts_is_both() -> None:
    for case in CASES:
        assert case.also <= set(classes(case)), case.name


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.data())
def test_a_typo_never_changes_a_number(old: int, new: int, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([m.span() for m in re.finditer(r"\d[\d.,]*\d|\d", ENGLISH)]))
    before = ENGLISH[: place[0]] + str(old) + ENGLISH[place[1] :]
    after = ENGLISH[: place[0]] + str(new) + ENGLISH[place[1] :]
    assert ("facts" in between(before, after)) == (old != new)


@settings(max_examples=25)
@given(st.integers(0, len(ENGLISH) - 1), st.sampled_from("0123456789.,-%$ xq"))
def test_whatever_letter_is_put_in_the_figures_of_a_typo_are_the_same(at: int, letter: str) -> None:
    after = ENGLISH[:at] + letter + ENGLISH[at:]
    if between(ENGLISH, after) == ("typo",):
        ungrouped = [re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text) for text in (ENGLISH, after)]
        first, second = (re.findall(r"\d+(?:[.,]\d+)*", text) for text in ungrouped)
        assert first == second


@settings(max_examples=25)
@given(st.sampled_from(CASES))
def test_classes_come_gravest_first_each_once(case: Case) -> None:
    found = classes(case)
    assert list(found) == sorted(set(found), key=GRAVITY.index)
    assert found


def test_the_same_text_under_the_same_title_is_layout_at_most() -> None:
    assert between(ENGLISH, ENGLISH.replace("\n\n", "\n")) == ("typo",)


def test_a_note_that_was_there_before_is_no_new_correction() -> None:
    noted = f"{ENGLISH}\n\nCorrection: the number of ferries was wrong."
    assert between(noted, noted.replace("granted", "approved")) == ("wording",)


def test_a_sign_or_a_unit_beside_a_figure_is_a_fact() -> None:
    assert between(ENGLISH, ENGLISH.replace("214 people", "214% people")) == ("facts",)
    assert between(ENGLISH, ENGLISH.replace("1.5", "-1.5")) == ("facts",)
