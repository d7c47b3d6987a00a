"""What a fingerprint promises to its finder."""

from __future__ import annotations

from hashlib import blake2b

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alphabets import skeleton
from crawler.fingerprint import SCHEME, fingerprint
from crawler.model import Fingerprint
from crawler.text import is_han_or_kana, is_thai_like, tokenize

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=4), max_size=80)


def of(text: str) -> Fingerprint:
    return fingerprint(tokenize(text))


def numbered(first: int, count: int) -> str:
    return " ".join(f"word{i}" for i in range(first, first + count))


def test_the_scheme_is_frozen() -> None:
    """Stored hashes are only as good as this: a change here needs a new SCHEME."""
    assert SCHEME == "spaced4-winnow9/2"
    harbour = of(
        "The harbour council voted on Tuesday to close the old ferry pier for good, "
        "after engineers found that its timber piles had rotted through."
    )
    assert harbour.scheme == SCHEME
    assert harbour.hashes == VECTOR_HASHES
    assert harbour.digest == VECTOR_DIGEST
    assert of("港の議会は火曜日に古い桟橋を閉じることを決めた。").hashes == VECTOR_KANA
    assert of("ท่าเรือเก่าจะถูกปิดถาวรหลังวิศวกรพบว่าเสาไม้ผุพัง").hashes == VECTOR_THAI
    assert of(PIER_CYRILLIC).hashes == VECTOR_SERBIAN
    assert of("a short line").hashes == VECTOR_SHORT


PIER = (
    "Lučki savet je u utorak odlučio da zatvori stari trajektni pristan, pošto su inženjeri našli "
    "da su drveni šipovi istrulili."
)
PIER_CYRILLIC = (
    "Лучки савет је у уторак одлучио да затвори стари трајектни пристан, пошто су инжењери нашли "
    "да су дрвени шипови иструлили."
)


def test_a_text_set_in_the_other_alphabet_has_the_same_hashes_but_another_digest() -> None:
    assert of(PIER).hashes == of(PIER_CYRILLIC).hashes
    assert of(PIER).digest != of(PIER_CYRILLIC).digest


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["pier", "quay", "море", "шлях", "7", "港", "の", "閉", "ท", "า", "ž"]), max_size=60))
def test_the_hashes_are_those_that_the_scheme_spells_out(words: list[str]) -> None:
    """The module's docstring, step by step and without its short cuts."""
    tokens = tokenize(" ".join(words))
    numbers = [blake2b(skeleton(word).encode(), digest_size=32).digest() for word in tokens.words]

    def number(at: int, which: int) -> int:
        return int.from_bytes(numbers[at][8 * which : 8 * which + 8], "big")

    def four(at: int) -> int:
        return sum(number(at + k, k) for k in range(4))

    grams = []
    for i, word in enumerate(tokens.words):
        reach = 8 if is_han_or_kana(word) else 12 if is_thai_like(word) else 6
        if i + reach <= len(tokens):
            gram = sum(number(i + step, k) for k, step in enumerate((0, 1, 3, 5)))
            if reach > 6:
                gram = sum(0x9E3779B97F4A7C15**k * four(i + 4 * k) for k in range(reach // 4))
            grams.append(gram % 2**64)
    if len(tokens) >= 14 and grams:
        windows = [grams[i : i + 9] for i in range(max(1, len(grams) - 8))]
        assert of(" ".join(words)).hashes == tuple(sorted({min(window) >> 16 for window in windows}))
    else:
        assert len(of(" ".join(words)).hashes) == min(1, len(tokens))


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


VECTOR_HASHES = (6245154912803, 17397791655098, 35874938192743)
VECTOR_DIGEST = "b76112bc0c757d8bac85a0b4cb71422f"
VECTOR_KANA = (4844773810832, 6562391230307, 29409443995777)
VECTOR_THAI = (12084440102503, 13304766897955, 59652789582148, 74161347232604, 93818354152710)
VECTOR_SERBIAN = (13883759634272, 29295017523214)
VECTOR_SHORT = (55628495108824,)
