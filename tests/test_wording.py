"""Where two texts part within a passage: the words between are the same in both, and nothing is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Passage
from crawler.text import in_one_alphabet, tokenize
from crawler.wording import Parting, between, characters, partings

_WORDS = st.lists(st.sampled_from("a b c d e f".split()), max_size=40)  # noqa: SIM905


def apart(left: str, right: str) -> list[tuple[str, str]]:
    ours, theirs = in_one_alphabet(tokenize(left), tokenize(right))
    passage = Passage(left=(0, len(left)), right=(0, len(right)), words=1)
    return [
        (left[slice(*characters(ours, p.left, left))], right[slice(*characters(theirs, p.right, right))])
        for p in partings(ours, theirs, passage)
    ]


def test_exchanged_words_stand_against_each_other() -> None:
    left = "the mate Ann Lee said that nine days were too long for anybody"
    right = "the mate Bo Ray said that two days were too long for anybody"
    assert apart(left, right) == [("Ann Lee", "Bo Ray"), ("nine", "two")]


def test_words_left_out_stand_against_nothing_on_either_side() -> None:
    long, short = "mended with a bicycle chain in the fog", "mended with a chain in the fog"
    assert apart(long, short) == [("bicycle", "")]
    assert apart(short, long) == [("", "bicycle")]


def test_case_accents_and_punctuation_are_no_difference() -> None:
    assert apart("The café — “open” at nine", 'the cafe "OPEN", at nine') == []


def test_a_text_in_the_other_alphabet_parts_only_where_its_words_do() -> None:
    latin = "ministar je rekao da most neće biti otvoren pre jeseni ove godine"
    cyrillic = "министар је рекао да мост неће бити отворен пре пролећа ове године"
    assert apart(latin, cyrillic) == [("jeseni", "пролећа")]


@given(_WORDS, _WORDS)
def test_between_the_partings_both_have_the_same_words_in_order(left: list[str], right: list[str]) -> None:
    ours, theirs = tokenize(" ".join(left)), tokenize(" ".join(right))
    made = list(between(ours, theirs, (0, len(ours)), (0, len(theirs))))
    assert kept(ours.words, [p.left for p in made]) == kept(theirs.words, [p.right for p in made])
    ends = [(0, 0), *((p.left[1], p.right[1]) for p in made)]
    starts = [(p.left[0], p.right[0]) for p in made]
    assert all(end[0] <= start[0] and end[1] <= start[1] for end, start in zip(ends, starts, strict=False))


def kept(words: tuple[str, ...], taken: list[tuple[int, int]]) -> list[str]:
    gone = {at for span in taken for at in range(*span)}
    return [word for at, word in enumerate(words) if at not in gone]


@given(_WORDS)
def test_the_same_words_part_nowhere(words: list[str]) -> None:
    one = tokenize(" ".join(words))
    assert list(between(one, one, (0, len(one)), (0, len(one)))) == []


def test_what_does_not_meet_again_is_one_parting_however_long() -> None:
    left, right = tokenize("x " * 5_000), tokenize("y " * 4_000)
    whole = list(between(left, right, (0, len(left)), (0, len(right))))
    assert whole == [Parting(left=(0, 5_000), right=(0, 4_000))]
