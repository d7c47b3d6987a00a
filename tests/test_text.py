"""What counts as the same words, and where they stood."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alphabets import one_alphabet, skeleton
from crawler.han import readings, variants
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
    ("кремль заявил", "кpeмль зaявил"),
    ("кремль заявил", "κρемль заявиʌ"),
    ("петроград", "ПETPOГPAД"),
    ("некоторые", "нᴇᴋоᴛорыᴇ"),
    ("copyright notice", "соруright notiсе"),
    ("copyright notice", "ᴄᴏᴘʏʀɪɢʜᴛ ɴᴏᴛɪᴄᴇ"),
    ("copyright", "ⓒⓞⓟⓨⓡⓘⓖⓗⓣ"),
    ("λιμάνι", "λıμανι"),
    ("λιμανι", "λiµάνi"),
    ("Lodz i Smorrebrod", "Łódź i Smørrebrød"),
    ("1000000", "١٬٠٠٠٬٠٠٠"),
    ("مسئله کودکان", "مسئله كودكان"),
    ("گھر میں", "گهر میں"),
    ("这里发展产业", "這裏發展產業"),
    ("这里发展产业", "這裡發展産業"),
    ("产业发展", "產(chǎn)業(yè)發(fā)展"),
    ("产业发展", "产chǎn业yè发fā展zhǎn"),
    ("习近平说", "習近平（Xí Jìnpíng）說"),
    ("西安很大", "西安(Xī'ān)很大"),
    ("汉字", "汉 hàn 字 zì"),
]


@pytest.mark.parametrize(("one", "other"), SAME_WORDS)
def test_two_writings_of_a_text_give_the_same_words(one: str, other: str) -> None:
    assert tokenize(one).words == tokenize(other).words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("法国café很好", "法 国 cafe 很 好"),
        ("他见到Bó先生", "他 见 到 bo 先 生"),
        ("北京(Beijing)", "北 京 beijing"),
        ("北京(Běijīng", "北 京 beijing"),
        ("Běijīng", "beijing"),
    ],
)
def test_a_foreign_word_among_characters_is_no_reading_of_them(text: str, words: str) -> None:
    assert " ".join(tokenize(text).words) == words


@pytest.mark.parametrize("word", ["сор", "хор", "река", "ΑΒΕ", "ёж", "iPhone", "naïve", "ɛkɔ"])
def test_a_word_of_one_alphabet_stays_in_it(word: str) -> None:
    assert one_alphabet(word) == word


SERBIAN = "Đoković je odlučio da odigra međunarodni turnir; shvatili su njegovi ljudi, život i džep"
SERBIAN_CYRILLIC = "Ђоковић је одлучио да одигра међународни турнир; схватили су његови људи, живот и џеп"
UKRAINIAN = "Щойно Київ погодив об'єднання: згода Хмельницької, її юність, чужий хліб і шлях"
ROMANISED = "Shchoino Kyiv pohodyv obiednannia: zghoda Khmelnytskoi, yii yunist, chuzhyi khlib i shliakh"
SCHOLARLY = "Ščojno Kyjiv pohodyv ob'jednannja: zhoda Xmelnyc'koji, jiji junist', čužyj hlib i šljah"


def skeletons(text: str) -> list[str]:
    return [skeleton(word) for word in tokenize(text).words]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SERBIAN, SERBIAN_CYRILLIC),
        (SERBIAN.replace("đ", "dj").replace("Đ", "Dj").replace("ž", "z").replace("č", "c"), SERBIAN_CYRILLIC),
        (UKRAINIAN, ROMANISED),
        ("Съешь же этих мягких французских булок", "Syesh' zhe etikh myagkikh frantsuzskikh bulok"),
        ("Украјина ѓавол ќерка љубов њива ѕвезда", "Ukrajina gjavol kjerka ljubov njiva dzvezda"),
        ("Беларусь жыве, будзе дзень", "Bielaruś žyvie, budzie dzień"),
    ],
)
def test_a_word_has_one_skeleton_in_cyrillic_and_in_latin(one: str, other: str) -> None:
    assert skeletons(one) == skeletons(other)


def test_most_words_of_a_scholarly_romanisation_have_the_skeleton_of_the_original() -> None:
    pairs = list(zip(skeletons(UKRAINIAN), skeletons(SCHOLARLY), strict=True))
    assert sum(one == other for one, other in pairs) >= len(pairs) - 2  # h is г or х there, x is х


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Lo", "Nd"]), min_size=1))
def test_the_skeleton_of_a_skeleton_is_itself(text: str) -> None:
    for word in skeletons(text):
        assert word
        assert skeleton(word) == word


MIXED = st.text(alphabet="aeocpxyBHKbdwsjkhtаеорсхувнклжщїђαορβλΒΗɑʙᴛ1'\u0301")


@settings(max_examples=400)
@given(MIXED)
def test_words_of_several_alphabets_are_normalised_once_and_for_all(text: str) -> None:
    words = tokenize(text).words
    assert tokenize(" ".join(words)).words == words
    for word in words:
        assert one_alphabet(word) == word
        assert skeleton(skeleton(word)) == skeleton(word)


@settings(max_examples=300)
@given(st.text(alphabet="漢字产業，(（)） aāáǎnghzuü\u0304\u0308'-"))
def test_readings_lie_in_the_text_in_order_and_leave_none_behind(text: str) -> None:
    spans = list(readings(text))
    assert all(0 < start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    words = tokenize(text).words
    assert tokenize(" ".join(words)).words == words


def test_every_character_of_the_han_table_stands_in_it_once_and_is_a_word_of_its_own() -> None:
    table = variants()
    assert not set(table) & set(table.values())
    assert len(table) > 4000
    for other, one in table.items():
        assert tokenize(other).words == tokenize(one).words == (one,)


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
