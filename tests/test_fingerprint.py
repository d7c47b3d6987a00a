"""What a fingerprint promises to its finder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.fingerprint import SCHEME, fingerprint
from crawler.model import Fingerprint
from crawler.text import tokenize

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=4), max_size=80)


def of(text: str) -> Fingerprint:
    return fingerprint(tokenize(text))


def numbered(first: int, count: int) -> str:
    return " ".join(f"word{i}" for i in range(first, first + count))


def test_the_scheme_is_frozen() -> None:
    """Stored hashes are only as good as this: a change here needs a new SCHEME."""
    assert SCHEME == "spaced4-winnow9/1"
    harbour = of(
        "The harbour council voted on Tuesday to close the old ferry pier for good, "
        "after engineers found that its timber piles had rotted through."
    )
    assert harbour.scheme == SCHEME
    assert harbour.hashes == VECTOR_HASHES
    assert harbour.digest == VECTOR_DIGEST
    assert of("港の議会は火曜日に古い桟橋を閉じることを決めた。").hashes == VECTOR_KANA
    assert of("a short line").hashes == VECTOR_SHORT


def test_a_short_text_has_one_hash_of_everything() -> None:
    assert len(of(numbered(0, 13)).hashes) == 1
    assert of("one two three").hashes != of("one two four").hashes


def test_no_words_give_no_hashes() -> None:
    assert of("").hashes == ()
    assert of("").digest == of(" … ").digest


def test_case_and_quotes_do_not_change_the_digest() -> None:
    assert of("“The Pier” is closed").digest == of('the pier\' "is" CLOSED').digest
    assert of("The pier is closed").digest != of("The pier is open").digest


@given(st.lists(st.integers(0, 5), max_size=60), st.lists(st.integers(0, 5), max_size=60))
def test_a_clean_run_of_14_words_shares_a_hash_and_of_23_two(before: list[int], after: list[int]) -> None:
    around = [f"b{i}" for i in before], [f"a{i}" for i in after]
    for count, least in ((14, 1), (23, 2)):
        run = numbered(100, count)
        host = " ".join([*around[0], run, *around[1]])
        if len(tokenize(host)) >= 14:
            assert len(set(of(host).hashes) & set(of(numbered(90, count + 20)).hashes)) >= least


@given(WORDS)
def test_hashes_are_ascending_once_each_and_of_48_bits(words: list[str]) -> None:
    hashes = of(" ".join(words)).hashes
    assert list(hashes) == sorted(set(hashes))
    assert all(0 <= one < 2**48 for one in hashes)


def test_texts_without_spaces_are_found_by_a_shared_run() -> None:
    run = "市議会は古い桟橋を閉鎖することを決めたと発表した"
    assert set(of("先週火曜日の夜、" + run + "。").hashes) & set(of("速報です。" + run + "理由は不明。").hashes)


VECTOR_HASHES = (3959027911965, 6018588233927, 162535851807459)
VECTOR_DIGEST = "b76112bc0c757d8bac85a0b4cb71422f"
VECTOR_KANA = (20725607985992,)
VECTOR_SHORT = (197629731148047,)
