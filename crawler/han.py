"""Knows Chinese writing: one character for traditional, simplified and regional forms, and what is only a reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("han.txt")


@cache
def variants() -> Mapping[str, str]:
    """Return the character that stands for each of several forms; those that stand for themselves are left out."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    return {other: line[0] for line in lines if not line.startswith("#") for other in line[1:]}


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LATIN = "A-Za-zÜüāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜĀÁǍÀĒÉĚÈŌÓǑÒ\u0300\u0301\u0304\u0308\u030c"
_READING = re.compile(
    rf"(?<=[{_HAN}])[ \t]?(?P<open>[(（\[［][ \t]?)?(?P<latin>[{_LATIN}](?:['’ \t-]?[{_LATIN}]){{0,60}})"
)
_CLOSE = re.compile(r"[ \t]?[)）\]］]")
_RUN = re.compile(rf"[{_HAN}]*\Z")
_LONGEST_RUN = 30  # characters that one reading may be of


def readings(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of *text* that only say how the characters before them are read: pinyin with its tone marks.

    Between characters, 漢hàn字zì, a reading has as many syllables as there are characters since the one before; in
    brackets, 習近平(Xí Jìnpíng), it may be of the last of them only.
    """
    for found in _READING.finditer(text):
        syllables = _syllables(found["latin"])
        if syllables == 0:
            continue
        start, end = found.span()
        run = _RUN.search(text, max(0, start - _LONGEST_RUN), start)
        characters = len(run.group()) if run else 0
        if found["open"] is None:
            fits = syllables == characters
        else:
            close = _CLOSE.match(text, end)
            fits = close is not None and syllables <= characters
            end = close.end() if close else end
        if fits:
            yield start, end


_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))
_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo ü üe",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo ü üe",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
    "": "a ai an ang ao e ei en eng er o ou",
}
_SYLLABLES = frozenset(start + end for start, ends in _FINALS.items() for end in ends.split())
_BETWEEN = re.compile(r"['’ \t-]")


def _syllables(latin: str) -> int:
    """Return how many syllables of pinyin *latin* has; 0 where it is something else, or bears no tone mark."""
    plain = unicodedata.normalize("NFD", latin.lower())
    toneless = unicodedata.normalize("NFC", plain.translate(_TONES))
    if toneless == unicodedata.normalize("NFC", plain):
        return 0
    counts = [_cut(piece) for piece in _BETWEEN.split(toneless)]
    return sum(counts) if all(counts) else 0


def _cut(letters: str) -> int:
    """Return into how few syllables *letters* can be cut, 0 where they cannot."""
    fewest: list[int | None] = [0]
    for end in range(1, len(letters) + 1):
        before = [
            count + 1
            for start in range(max(0, end - 6), end)
            if (count := fewest[start]) is not None and letters[start:end] in _SYLLABLES
        ]
        fewest.append(min(before, default=None))
    return fewest[-1] or 0
