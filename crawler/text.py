"""Turns text into normalised words that know where they stood.

Two writings of one text give the same words: case, accents, quotes, typographic variants, invisible
characters, digit scripts and digit grouping do not matter, nor Arabic and Persian forms of a letter, traditional and
simplified Chinese, pinyin put in after characters, or letters of another alphabet that only look right.
Offsets always point into the text that was given.
Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) give one word a character.
Transliterations are different words; ``crawler.alphabets.skeleton`` tells what they have in common.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.alphabets import is_cyrillic, one_alphabet, skeleton
from crawler.han import readings, variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The normalised words of a text; word ``i`` stands at ``text[starts[i]:ends[i]]``.

    Offsets never fall. A single character that means several words gives them all the same span.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)


def tokenize(text: str) -> Tokens:
    """Return the normalised words of *text*. The words of the joined words are the same words."""
    found = list(_ascii_words(text) if text.isascii() else _words(text))
    words, starts, ends = zip(*found, strict=True) if found else ((), (), ())
    return Tokens(words=words, starts=starts, ends=ends)


def fold(text: str) -> str:
    """Return *text* for comparing names and markers: one case, one kind of quote, dash and space, nothing invisible."""
    folded = text
    for _ in range(3):  # NFKC and casefold can undo each other once
        folded = unicodedata.normalize("NFKC", folded.translate(_PUNCTUATION)).casefold()
        folded = unicodedata.normalize("NFKC", folded)
    return " ".join(folded.translate(_PUNCTUATION).split())


def letters(text: str) -> str:
    """Return only the letters and digits of *text*, in one case: titles and names that differ in signs meet."""
    return "".join(char for char in text.casefold() if char.isalnum())


_OTHER_ALPHABET = 0.25


def in_one_alphabet(left: Tokens, right: Tokens) -> tuple[Tokens, Tokens]:
    """Return both by the skeletons of their words where one is more in Cyrillic than the other, else as they are."""
    if abs(_cyrillic_share(left) - _cyrillic_share(right)) < _OTHER_ALPHABET:
        return left, right
    one, other = (replace(side, words=tuple(map(skeleton, side.words))) for side in (left, right))
    return one, other


def _cyrillic_share(tokens: Tokens) -> float:
    if max(tokens.words, default="") < "\u0400":
        return 0.0
    return sum(map(is_cyrillic, tokens.words)) / len(tokens)


def is_han_or_kana(word: str) -> bool:
    """Say whether *word* is one character of a Chinese or Japanese text."""
    return len(word) == 1 and _shape(word) == "c"


def is_thai_like(word: str) -> bool:
    """Say whether *word* is one character of Thai, Lao, Khmer or Burmese."""
    return len(word) == 1 and _shape(word) == "t"


# Groups of digits are bounded, or a page of them would be read once for each of them.
_ASCII_WORD = re.compile(r"(?<![a-z0-9])[0-9]{1,3}(?:,[0-9]{3}){1,9}(?![a-z0-9])|[a-z0-9]+(?:'[a-z0-9]+)*")


def _ascii_words(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _ASCII_WORD.finditer(text.lower()):
        word = found.group()
        if not word.isalnum():
            word = word.replace("'", "").replace(",", "")
        yield word, found.start(), found.end()


# A text is first drawn as its shape, a letter for each character, so that one plain pattern finds the words of
# every script and offsets need no correction: w letter, d digit, c Han or kana, t Thai-like, m mark or invisible,
# ' apostrophe, comma and g between groups of digits, blank everything else.
_WORD = re.compile(r"(?<![wdm])d{1,3}(?:[,g]ddd){1,9}(?![wdm])|[wd][wdm]*(?:'m*[wd][wdm]*)*|[ct]m*")


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    known = _known
    for found in _WORD.finditer(_drawing(text)):
        start, end = found.span()
        raw = text[start:end]
        words = known.get(raw)
        if words is None:
            words = _remember(raw)
        for word in words:
            yield word, start, end


def _drawing(text: str) -> str:
    drawn = text.translate(_SHAPES)
    if "c" not in drawn or _TONED.search(text) is None:
        return drawn
    pieces, reached = [], 0
    for start, end in readings(text):
        pieces += [drawn[reached:start], " " * (end - start)]
        reached = end
    return "".join(pieces) + drawn[reached:]


_TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜĀÁǍÀĒÉĚÈŌÓǑÒ\u0300\u0301\u0304\u030c]")

_KNOWN_LIMIT = 200_000
_known: dict[str, tuple[str, ...]] = {}


def _remember(raw: str) -> tuple[str, ...]:
    words = _normalised(raw)
    if len(raw) <= 40:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[raw] = words
    return words


def _normalised(raw: str, depth: int = 4) -> tuple[str, ...]:
    """Return what one stretch of word characters means: nearly always one word."""
    word = raw.lower() if raw.isascii() else _folded_letters(raw)
    word = "".join(char for char in word if _shape(char) in "wdctm")
    if word == raw or depth == 0:
        return (word,) if word else ()
    # What a compatibility character stands for may be several words, or letters with folds of their own.
    pieces = (word[slice(*found.span())] for found in _WORD.finditer(word.translate(_SHAPES)))
    return tuple(one for piece in pieces for one in _normalised(piece, depth - 1))


def _folded_letters(raw: str) -> str:
    unaccented = unicodedata.normalize("NFKD", one_alphabet(raw).translate(_LETTERS)).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", unaccented).translate(_LETTERS))


class _Shapes(dict[int, str]):
    """Draws each character once, when it is first met."""

    def __missing__(self, code: int) -> str:
        shape = self[code] = _drawn(chr(code))
        return shape


_APOSTROPHES = (
    "'\u2018\u2019\u201b\u02b9\u02ba\u02bb\u02bc\u02bd\uff07\u05f3\u05f4"  # also soft and hard signs in Latin
)
_HAN_AND_KANA = (
    (0x3005, 0x3007),
    (0x3041, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_THAI_LIKE = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))


def _drawn(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char in ",\u066c":  # also the Arabic one between thousands
        return ","
    if char in "\u00a0\u202f\u2009":
        return "g"
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Mc", "Me") or char in "\u0640\uff9e\uff9f":  # tatweel, half-width voicing marks
        return "m"
    plain = unicodedata.normalize("NFKC", char)
    if not char.isalnum() and not (len(plain) == 1 and plain.isalnum()):  # circled letters are letters
        return " "
    if unicodedata.decimal(char, None) is not None:
        return "d"
    code = ord(plain[0])
    if any(low <= code <= high for low, high in _HAN_AND_KANA):
        return "c"
    if any(low <= code <= high for low, high in _THAI_LIKE):
        return "t"
    return "w"


_SHAPES = _Shapes()


def _shape(char: str) -> str:
    return _SHAPES[ord(char)]


class _Letters(dict[int, "int | str | None"]):
    """Maps a character to what stands for it, or to nothing; each is looked at once."""

    def __missing__(self, code: int) -> int | str | None:
        letter = self[code] = _letter(chr(code))
        return letter


# Letters that Unicode does not take apart, the Arabic ones of several languages, and their usual replacements.
_SAME_LETTER = {
    **dict(zip("ıđðħłøŧёىیےکڪةۀەہھۃٱ", "iddhlotеيييككهههههها", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}


def _letter(char: str) -> int | str | None:
    if char in _SAME_LETTER:
        return _SAME_LETTER[char]
    if char >= "\u3400" and char in variants():
        return variants()[char]
    code = ord(char)
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return ord("0") + digit
    category = unicodedata.category(char)
    if category == "Cf" or code in (0x0640, 0x115F, 0x1160, 0x3164, 0xFFA0) or 0xFE00 <= code <= 0xFE0F:
        return None
    if category in ("Mn", "Mc", "Me") and (
        0x0300 <= code <= 0x036F  # accents
        or 0x0591 <= code <= 0x05C7  # Hebrew points
        or 0x0610 <= code <= 0x061A  # Arabic vowel signs
        or 0x064B <= code <= 0x065F
        or code == 0x0670
        or 0x06D6 <= code <= 0x06ED  # signs of recitation
        or 0x08D3 <= code <= 0x08FF
        or any(low <= code <= high for low, high in _THAI_LIKE)
        or 0x180B <= code <= 0x180D
        or 0xE0100 <= code <= 0xE01EF
    ):
        return None
    return code


_LETTERS = _Letters()

_PUNCTUATION: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02bc\u02bb\uff07\u2039\u203a`\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02\u300c\u300d\u300e\u300f"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"), "-"),
    **dict.fromkeys(
        (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF),
        None,
    ),
}
