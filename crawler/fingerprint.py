"""Gives a text the few hashes by which its copies, whole or in part, are found again.

Hashes are of spaced picks of words, so that a changed word spoils few of them, and are sampled by winnowing:
a clean run of 14 words shares at least one hash with its source, of 23 words at least two (Schleimer, Wilkerson,
Aiken, "Winnowing", 2003; spaced picks: Ma, Tromp, Li, "PatternHunter", 2002).

The scheme, word for word, so that it can be made again elsewhere; all sums are modulo 2**64:

1. The words are those of ``crawler.text.tokenize``; each is taken as its ``crawler.alphabets.skeleton`` in UTF-8.
2. Its BLAKE2b digest of 32 bytes, cut in four big-endian numbers, is p, q, r, s.
3. The gram at word *i* is p[i] + q[i+1] + r[i+3] + s[i+5]. Where word *i* is a Han or kana character it is
   t[i] + K t[i+4] with t[i] = p[i] + q[i+1] + r[i+2] + s[i+3] and K = 0x9E3779B97F4A7C15: eight characters in a row;
   where it is a Thai, Lao, Khmer or Burmese one t[i] + K t[i+4] + K K t[i+8]: twelve. A word without enough words
   after it has none.
4. Of every nine grams in a row the smallest is kept, of fewer in all the smallest; a hash is its upper 48 bits.
5. A text of fewer than 14 words has one hash instead: the upper 48 bits of the BLAKE2b digest of 8 bytes of its
   skeletons, a space between them.
6. The digest is BLAKE2b of 16 bytes of its words (not their skeletons), a space between them.

A change to anything here, or to what ``crawler.text`` and ``crawler.alphabets`` make of a word, is a new ``SCHEME``.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from operator import itemgetter

from crawler.alphabets import skeleton
from crawler.model import Fingerprint
from crawler.text import Tokens, is_han_or_kana, is_thai_like

SCHEME = "spaced4-winnow9/2"

_SHORT = 14  # words; a text below this has one hash of everything
_64_BITS = (1 << 64) - 1
_K = 0x9E3779B97F4A7C15
_FIRST_UNSPACED = "\u0e00"


def fingerprint(tokens: Tokens) -> Fingerprint:
    """Return the hashes of the text and the digest of all of its words."""
    digest = blake2b(" ".join(tokens.words).encode(), digest_size=16)
    grams = _grams(tokens.words) if len(tokens) >= _SHORT else []
    if grams:
        hashes = {gram >> 16 for gram in _winnowed(grams)}
    elif tokens.words:
        everything = " ".join(map(skeleton, tokens.words)).encode()
        hashes = {int.from_bytes(blake2b(everything, digest_size=8).digest(), "big") >> 16}
    else:
        hashes = set()
    return Fingerprint(scheme=SCHEME, hashes=tuple(sorted(hashes)), digest=digest.hexdigest())


def _grams(words: tuple[str, ...]) -> list[int]:
    """Return a hash for each position that has enough words after it."""
    p, q, r, s = zip(*itemgetter(*words)(_NUMBERS), strict=True)
    if max(words) >= _FIRST_UNSPACED:
        runs = itemgetter(*words)(_RUNS)
        if any(runs):
            return _mixed_grams(runs, p, q, r, s)
    return [(a + b + c + d) & _64_BITS for a, b, c, d in zip(p, q[1:], r[3:], s[5:], strict=False)]


def _mixed_grams(
    runs: Sequence[int], p: Sequence[int], q: Sequence[int], r: Sequence[int], s: Sequence[int]
) -> list[int]:
    fours = [a + b + c + d for a, b, c, d in zip(p, q[1:], r[2:], s[3:], strict=False)]
    grams = []
    for i, run in enumerate(runs):
        if i + (run or 6) > len(runs):
            continue
        if run == 0:
            gram = p[i] + q[i + 1] + r[i + 3] + s[i + 5]
        elif run == 8:
            gram = fours[i] + _K * fours[i + 4]
        else:
            gram = fours[i] + _K * fours[i + 4] + _K * _K * fours[i + 8]
        grams.append(gram & _64_BITS)
    return grams


_KNOWN_LIMIT = 100_000


class _Numbers(dict[str, tuple[int, ...]]):
    """The four numbers of each word, made when it is first met."""

    def __missing__(self, word: str) -> tuple[int, ...]:
        digest = blake2b(skeleton(word).encode(), digest_size=32).digest()
        numbers = tuple(int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24))
        if len(word) <= 40:
            if len(self) >= _KNOWN_LIMIT:
                self.clear()
            self[word] = numbers
        return numbers


class _Runs(dict[str, int]):
    """How many characters in a row make a gram that starts at this one; 0 for words between spaces."""

    def __missing__(self, word: str) -> int:
        run = 8 if is_han_or_kana(word) else 12 if is_thai_like(word) else 0
        if len(word) <= 40:
            if len(self) >= _KNOWN_LIMIT:
                self.clear()
            self[word] = run
        return run


_NUMBERS = _Numbers()
_RUNS = _Runs()


def _winnowed(grams: list[int]) -> set[int]:
    """Return the smallest of every nine in a row, by halves: of two, of four, of eight, of nine."""
    if len(grams) < 9:
        return {min(grams)}
    two = [a if a < b else b for a, b in pairwise(grams)]
    four = [a if a < b else b for a, b in zip(two, two[2:], strict=False)]
    eight = [a if a < b else b for a, b in zip(four, four[4:], strict=False)]
    return {a if a < b else b for a, b in zip(eight, grams[8:], strict=False)}
