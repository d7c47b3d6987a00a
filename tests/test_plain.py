"""Foreign text is fit to be stored and seen."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from crawler.plain import printable, shortened, visible


def test_tabs_and_line_ends_are_printable_and_bells_are_not() -> None:
    assert printable("a\tb\r\nc\x07\x1b[31m\x85\ud800") == "a\tb\r\nc[31m"


def test_a_turned_and_hidden_line_shows_what_is_there() -> None:
    assert visible("abc\u202edcba\u2066\u200b\ufeff\n\nnext") == "abcdcba next"


def test_what_a_control_character_kept_apart_does_not_join() -> None:
    assert visible("http\x00s://") == "http s://"


@given(st.text())
def test_what_is_shown_is_one_line_of_visible_characters(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in shown)
    assert visible(shown) == shown == " ".join(shown.split())


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_never_too_long_and_a_short_one_stays(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most
    assert len(text) > most or shortened(text, most) == text


@given(st.text())
def test_printing_twice_changes_nothing_and_can_be_encoded(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    once.encode("utf-8")
