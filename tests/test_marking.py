"""Two texts beside each other: nothing of either is lost, and each passage stands where the text has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.match.marking import rows
from crawler.model import Comparison, Passage
from tests.builders import a_comparison

LEFT = "one two. SHARED FIRST. three. SHARED SECOND. end"
RIGHT = "SHARED FIRST. other words. SHARED SECOND. last"


def span(text: str, part: str) -> tuple[int, int]:
    return text.index(part), text.index(part) + len(part)


def between(left: str, right: str, *parts: str) -> Comparison:
    passages = tuple(Passage(left=span(left, part), right=span(right, part), words=2) for part in parts)
    return a_comparison(passages=passages)


def test_passages_in_the_same_order_stand_side_by_side() -> None:
    made = rows(between(LEFT, RIGHT, "SHARED FIRST", "SHARED SECOND"), LEFT, RIGHT)
    shared = [(r.left[0].text, r.right[0].text, r.left[0].number) for r in made if r.left and r.left[0].number]
    assert shared == [("SHARED FIRST", "SHARED FIRST", 1), ("SHARED SECOND", "SHARED SECOND", 2)]
    assert made[0].left[0].text == "one two. "
    assert made[0].right == ()


def test_a_moved_passage_is_marked_where_each_text_has_it() -> None:
    right = "SHARED SECOND. then SHARED FIRST."
    made = rows(between(LEFT, right, "SHARED FIRST", "SHARED SECOND"), LEFT, right)
    for side in ("left", "right"):
        marked = {s.number: s.text for row in made for s in getattr(row, side) if s.number}
        assert marked == {1: "SHARED FIRST", 2: "SHARED SECOND"}


def test_words_that_one_side_alone_has_are_told_on_that_side() -> None:
    left, right = "all of its 41 passengers were on deck", "all of its 410 glad passengers were on deck"
    passage = Passage(left=(0, len(left)), right=(0, len(right)), words=7)
    (row,) = rows(a_comparison(passages=(passage,)), left, right)
    assert row.left[0].pieces == (("all of its ", False), ("41", True), (" passengers were on deck", False))
    assert row.right[0].pieces == (("all of its ", False), ("410 glad", True), (" passengers were on deck", False))


@given(st.data())
def test_the_stretches_of_a_side_are_its_text_whatever_the_passages(data: st.DataObject) -> None:
    left, right = data.draw(st.text(max_size=60)), data.draw(st.text(max_size=60))

    def a_span(text: str) -> tuple[int, int]:
        start = data.draw(st.integers(0, len(text)))
        return start, data.draw(st.integers(start, len(text)))

    passages = tuple(
        Passage(left=a_span(left), right=a_span(right), words=1) for _ in range(data.draw(st.integers(0, 5)))
    )
    made = rows(a_comparison(passages=passages), left, right)
    assert "".join(s.text for row in made for s in row.left) == left
    assert "".join(s.text for row in made for s in row.right) == right
    for row in made:
        for stretch in (*row.left, *row.right):
            assert "".join(text for text, _ in stretch.pieces) == stretch.text
