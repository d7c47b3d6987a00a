"""Gives a text the few hashes by which its copies, whole or in part, are found again.

Hashes are of spaced picks of words, so that a changed word spoils few of them, and are sampled by winnowing:
a clean run of 14 words shares at least one hash with its source, of 23 words at least two (Schleimer, Wilkerson,
Aiken, "Winnowing", 2003). A change to anything here, or to what ``crawler.text`` calls a word, is a new ``SCHEME``.
"""

from __future__ import annotations

from hashlib import blake2b

from crawler.model import Fingerprint
from crawler.text import Tokens, is_han_or_kana, is_thai_like

SCHEME = "spaced4-winnow9/1"

_WINDOW = 9
_SHORT = 14  # words; a text below this has one hash of everything
_64_BITS = (1 << 64) - 1
_MULTIPLIER = 0x9E3779B97F4A7C15


def fingerprint(tokens: Tokens) -> Fingerprint:
    """Return the hashes of the text and the digest of all of its words."""
    stream = " ".join(tokens.words).encode()
    digest = blake2b(stream, digest_size=16)
    grams = _grams(tokens.words) if len(tokens) >= _SHORT else []
    if grams:
        hashes = {gram >> 16 for gram in _winnowed(grams)}
    elif tokens.words:
        hashes = {int.from_bytes(blake2b(stream, digest_size=8).digest(), "big") >> 16}
    else:
        hashes = set()
    return Fingerprint(scheme=SCHEME, hashes=tuple(sorted(hashes)), digest=digest.hexdigest())


def _grams(words: tuple[str, ...]) -> list[int]:
    """Return a hash for each position that has enough words after it.

    A word is hashed with the words 1, 3 and 5 places on; a character of an unspaced script with those that follow it.
    """
    known = _known
    ids = []
    unspaced = False
    for word in words:
        one = known.get(word)
        if one is None:
            one = _remember(word)
        ids.append(one)
        unspaced = unspaced or (word >= "\u0e00" and _run(word) > 0)
    if unspaced:
        return _mixed_grams(words, ids)
    return [_mixed(a, b, c, d) for a, b, c, d in zip(ids, ids[1:], ids[3:], ids[5:], strict=False)]


def _mixed_grams(words: tuple[str, ...], ids: list[int]) -> list[int]:
    grams = []
    for i, word in enumerate(words):
        run = _run(word)
        if run:
            if i + run <= len(ids):
                joined = 0
                for one in ids[i : i + run]:
                    joined = (joined * _MULTIPLIER + one) & _64_BITS
                grams.append(_finalised(joined))
        elif i + 5 < len(ids):
            grams.append(_mixed(ids[i], ids[i + 1], ids[i + 3], ids[i + 5]))
    return grams


def _run(word: str) -> int:
    """Return how many characters in a row make a gram that starts at *word*; 0 for words between spaces."""
    return 8 if is_han_or_kana(word) else 12 if is_thai_like(word) else 0


def _mixed(a: int, b: int, c: int, d: int) -> int:
    joined = (((a * _MULTIPLIER + b) * _MULTIPLIER + c) * _MULTIPLIER + d) & _64_BITS
    return _finalised(joined)


def _finalised(z: int) -> int:
    """Spread the bits of *z*: the end of splitmix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _64_BITS
    return z ^ (z >> 31)


_KNOWN_LIMIT = 200_000
_known: dict[str, int] = {}


def _remember(word: str) -> int:
    one = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
    if len(word) <= 40:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[word] = one
    return one


def _winnowed(grams: list[int]) -> set[int]:
    """Return the smallest hash of every window, the rightmost where several are equally small."""
    chosen = set()
    at = -1
    for end in range(min(_WINDOW, len(grams)), len(grams) + 1):
        start = max(0, end - _WINDOW)
        if at < start:
            at = start
            for i in range(start + 1, end):
                if grams[i] <= grams[at]:
                    at = i
        elif grams[end - 1] <= grams[at]:
            at = end - 1
        chosen.add(grams[at])
    return chosen
