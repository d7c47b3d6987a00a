"""A text as paragraphs of sentences of words, in any script, and what the words of its language are like."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

# A sentence ends behind its mark; the full-width ones need no space behind them.
_SENTENCE = re.compile(r"(?<=[.!?؟۔।])[\"”»’)]*\s+|(?<=[。！？])")
_TARGET = 20  # words from which a text without paragraphs gets the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a language is written: what stands between words, how many characters stand for one where nothing does."""

    between: str = " "
    characters: int = 0  # of one "word" where nothing stands between them
    letters: float = 0.0  # that say as much as an English word there
    quotes: tuple[str, str] = ("“", "”")
    alphabet: str = "abcdefghijklmnopqrstuvwxyz"

    def words(self, sentence: str) -> list[str]:
        """Return what stands between spaces; of a script without them so many characters, and marks by themselves."""
        if self.characters == 0:
            return sentence.split()
        runs = ("".join(run) for _, run in groupby(sentence, _is_mark))
        return [run[i : i + self.characters] for run in runs for i in range(0, len(run), self.characters)]

    def count(self, words: int) -> int:
        """Return how many of its words are as much text as so many English ones."""
        return round(words * self.letters / self.characters) if self.characters else words

    def joined(self, words: Iterable[str]) -> str:
        return self.between.join(words)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PSZC"


def is_word(word: str) -> bool:
    """Say whether there is anything but marks in it."""
    return not all(map(_is_mark, word))


LATIN = Script()
CYRILLIC = Script(quotes=("«", "»"), alphabet="абвгдежзийклмнопрстуфхцчшщьыюя")
ARABIC = Script(quotes=("«", "»"), alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
HAN = Script(
    between="", characters=2, letters=1.75, quotes=("“", "”"), alphabet="的一是不了在人有我他这个们中来上大为和国地到"
)
SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "sr", "bg", "mk", "be"), CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur"), ARABIC),
    **dict.fromkeys(("zh", "ja"), HAN),
    **dict.fromkeys(
        ("th", "lo", "km", "my"), Script(between="", characters=5, letters=4.5, alphabet="กขคงจชซดตถทนบปพมยรลวสหอ")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Paragraphs, each a sequence of sentences."""

    paragraphs: tuple[tuple[str, ...], ...]
    script: Script = LATIN

    @classmethod
    def read(cls, text: str, script: Script = LATIN) -> Self:
        """Take *text* apart at blank lines, or after some twenty words where it has none."""
        parts = [part.strip() for part in text.split("\n") if part.strip()]
        paragraphs = [tuple(one.strip() for one in _SENTENCE.split(part) if one.strip()) for part in parts]
        if len(paragraphs) < 4:
            paragraphs = _grouped([one for paragraph in paragraphs for one in paragraph], script)
        return cls(paragraphs=tuple(p for p in paragraphs if p), script=script)

    @property
    def text(self) -> str:
        return "\n\n".join(self.script.between.join(paragraph) for paragraph in self.paragraphs)

    @property
    def sentences(self) -> list[str]:
        return [one for paragraph in self.paragraphs for one in paragraph]

    @property
    def words(self) -> list[str]:
        return [word for one in self.sentences for word in self.script.words(one)]

    def with_words(self, change: Sequence[str]) -> Self:
        """Return the same paragraphs with *change* for the words, one for one; an empty one is left out."""
        left = iter(change)
        paragraphs = tuple(
            tuple(self.script.joined(word for _ in self.script.words(one) if (word := next(left))) for one in paragraph)
            for paragraph in self.paragraphs
        )
        return type(self)(paragraphs=paragraphs, script=self.script)

    def of(self, paragraphs: Iterable[Sequence[str]]) -> Self:
        return type(self)(paragraphs=tuple(tuple(p) for p in paragraphs if p), script=self.script)


def _grouped(sentences: Sequence[str], script: Script) -> list[tuple[str, ...]]:
    paragraphs: list[tuple[str, ...]] = []
    going: list[str] = []
    for one in sentences:
        going.append(one)
        if sum(len(script.words(s)) for s in going) >= _TARGET * 2:
            paragraphs.append(tuple(going))
            going = []
    return [*paragraphs, tuple(going)]


class Vocabulary:
    """The words of a language by how often they stand in some texts."""

    def __init__(self, texts: Iterable[Prose]) -> None:
        counts = Counter(word for text in texts for word in text.words if is_word(word))
        self._ranked = [word for word, _ in counts.most_common()]
        self._rank = {word: rank for rank, word in enumerate(self._ranked)}
        self._small = max(20, len(self._ranked) // 100)  # so many of the commonest are no content words

    def is_content(self, word: str) -> bool:
        return self._rank.get(word, len(self._ranked)) >= self._small

    def like(self, word: str, chance: random.Random) -> str:
        """Return another word of like frequency."""
        rank = self._rank.get(word, len(self._ranked) - 1)
        low, high = rank // 2, min(len(self._ranked), rank * 2 + 10)
        other = self._ranked[chance.randrange(low, high)]
        return other if other != word else self._ranked[(rank + 1) % len(self._ranked)]
