"""What counts as the same words, and where they stood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.text import _words, fold, is_han_or_kana, is_thai_like, tokenize

SAME_WORDS = [
    ("The Mayor's plan", "the mayor’s PLAN"),
    ("a cafe in Zurich", "a café in Zürich"),
    ("office", "oﬃce"),
    ("zero width", "ze\u200bro wi\u00addth"),
    ("right to left", "\u202bright\u202c to left"),
    ("1000000 people", "1,000,000 people"),
    ("1000000 people", "1\u00a0000\u00a0000 people"),
    ("2020", "٢٠٢٠"),
    ("2020", "２０２０"),
    ("ISTANBUL", "İstanbul"),
    ("ёлка", "елка"),
    ("ガス", "ｶﾞｽ"),
    ("strasse", "STRAẞE"),
    ("كتاب", "كِتَـاب"),
    ("ایران", "ايران"),
    ("שלום", "שָׁלוֹם"),
    ("dash - and", "dash — and"),
]


@pytest.mark.parametrize(("one", "other"), SAME_WORDS)
def test_two_writings_of_a_text_give_the_same_words(one: str, other: str) -> None:
    assert tokenize(one).words == tokenize(other).words


def test_vowel_signs_do_not_split_a_hindi_word() -> None:
    assert tokenize("हिन्दी में").words == ("हिन्दी", "में")


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert tokenize("日本のABC").words == ("日", "本", "の", "abc")
    assert is_han_or_kana("日")
    assert not is_han_or_kana("abc")
    assert all(is_thai_like(word) for word in tokenize("ภาษาไทย").words)


def test_numbers_that_are_lists_stay_apart() -> None:
    assert tokenize("12,34 and 1,2345").words == ("12", "34", "and", "1", "2345")


def test_nothing_gives_no_words() -> None:
    assert len(tokenize("")) == 0
    assert len(tokenize(" …—\u200b! ")) == 0


def test_a_word_of_a_million_letters_is_one_word() -> None:
    assert tokenize("é" * 1_000_000).words == ("e" * 1_000_000,)


@given(st.text())
def test_every_offset_points_into_the_given_text(text: str) -> None:
    tokens = tokenize(text)
    for word, start, end in zip(tokens.words, tokens.starts, tokens.ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert word in tokenize(text[start:end]).words
    assert list(tokens.starts) == sorted(tokens.starts)
    assert list(tokens.ends) == sorted(tokens.ends)


@settings(max_examples=400)
@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    words = tokenize(text).words
    assert tokenize(" ".join(words)).words == words


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_takes_the_short_road_to_the_same_words(text: str) -> None:
    tokens = tokenize(text)
    assert list(_words(text)) == list(zip(tokens.words, tokens.starts, tokens.ends, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Guardian", "the  GUARDIAN\u200b"),
        ("O'Neill", "O’Neill"),
        ('"quoted"', "„quoted“"),
        ("first-rate", "first‑rate"),
    ],
)
def test_names_are_compared_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
