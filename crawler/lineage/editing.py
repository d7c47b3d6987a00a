"""Says of what class an edit is: what an outlet did to a text of its own between two looks.

The classes follow what matters to who has copied or quoted the text. Whatever is not surely harmless is no
typo.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from crawler.lineage.changes import headline_change
from crawler.lineage.edits import Exchanged, edits
from crawler.lineage.editwords import CORRECTED, NEGATIONS, NUMBERS, SHORT, SMALL, WITHDRAWN
from crawler.model import Article, Comparison, EditClass
from crawler.text import fold

GRAVITY: tuple[EditClass, ...] = (
    "removal",
    "correction",
    "rewrite",
    "facts",
    "headline",
    "cut",
    "addition",
    "wording",
    "typo",
    "return",
)
REWRITTEN = 0.5  # less of either text than this is in the other
CLAUSE = 60  # characters put in or taken out that are more than a word or two
NOTICE = 120  # words; a notice of withdrawal is no longer
_AT_ONCE = 40  # words on a side of one exchange that are still held against each other word by word
_LONGEST_LINE = 2_000

_WORD = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+){0,20}")
_QUANTITY = re.compile(r"[-−+]?[€$£¥]?\d+(?:[.,:/]\d+){0,8}\s?(?:[%‰€$£¥°]|(?=\D|\Z))")
_GROUPING = re.compile(r"(?<=\d)[.,’'](?=\d{3}(?!\d))")
_DIGIT = re.compile(r"\d")
_CAPITALS_SAY_NOTHING = ("de", "lb")


def edit_classes(before: Article, after: Article, shared: Comparison) -> tuple[EditClass, ...]:
    """Return what was done to *before*, gravest first, at least one; *shared* is their comparison, *after* on its left.

    "typo" alone means that no number, name or negation is another one.
    """
    found = set(_classes(before, after, shared))
    if found <= {"typo"} and _quantities(before.text) != _quantities(after.text):
        found = {"facts"}
    return tuple(one for one in GRAVITY if one in (found or {"typo"}))


def _classes(before: Article, after: Article, shared: Comparison) -> Iterator[EditClass]:
    if headline_change(before, after) is not None:
        yield "headline"
    if before.text == after.text:
        return
    if after.word_count < NOTICE and _says(WITHDRAWN, before.text, after.text):
        yield "removal"
        return
    if _says(CORRECTED, before.text, after.text):
        yield "correction"
    if max(shared.coverage_left, shared.coverage_right) < REWRITTEN:
        yield "rewrite"
        return
    made = edits(before.text, after.text, shared)
    if made.added and not all(CORRECTED.search(text[:_LONGEST_LINE]) for _, text in made.added):
        yield "addition"
    if made.cut:
        yield "cut"
    language = (after.language or "").partition("-")[0]
    for one in made.exchanged:
        yield from _of_exchange(one, capitals=language not in _CAPITALS_SAY_NOTHING)


def _says(what: re.Pattern[str], before: str, after: str) -> bool:
    """Say whether a line of *after* says so that was not in *before*."""
    old = fold(before)
    lines = (line.strip()[:_LONGEST_LINE] for line in after.split("\n"))
    return any(what.search(line) and fold(line) not in old for line in lines)


# --- within a paragraph


def _of_exchange(one: Exchanged, *, capitals: bool) -> Iterator[EditClass]:
    was, now = _WORD.findall(one.was), _WORD.findall(one.now)
    if "".join(map(_plain, was)) == "".join(map(_plain, now)) and not _has_number(one):
        yield "typo"  # "can not", "cannot"
        return
    if not (was and now) and max(len(one.was), len(one.now)) > CLAUSE:
        yield "addition" if now else "cut"
        return
    if max(len(was), len(now)) > _AT_ONCE:
        yield "wording"
        if _figures(was) != _figures(now):
            yield "facts"
        return
    steps = SequenceMatcher(None, list(map(_plain, was)), list(map(_plain, now)), autojunk=False).get_opcodes()
    for step, first, behind, start, end in steps:
        if step == "equal" and was[first:behind] == now[start:end]:
            continue
        opens = (first == 0 and one.opens[0], start == 0 and one.opens[1])
        yield _of_words(was[first:behind], now[start:end], opens, capitals=capitals)


def _of_words(was: Sequence[str], now: Sequence[str], opens: tuple[bool, bool], *, capitals: bool) -> EditClass:
    """Return the class of one change: words and what stands in their place, of which *opens* begin a sentence."""
    if _figures(was) != _figures(now) or _negations(was) != _negations(now):
        return "facts"
    if len(was) == len(now):
        pairs = list(zip(was, now, strict=True))
        if all(_is_typo(a, b, capitals=capitals and not (n == 0 and all(opens))) for n, (a, b) in enumerate(pairs)):
            return "typo"
    elif not (was and now) and {word.lower() for word in (*was, *now)} <= SMALL:
        return "typo"
    if capitals and _names(was, opens[0]) != _names(now, opens[1]):
        return "facts"
    return "wording"


def _is_typo(was: str, now: str, *, capitals: bool) -> bool:
    """Say whether *now* is no more than *was* spelt right; a name spelt in another way may be another name."""
    a, b = _plain(was), _plain(now)
    if a == b:
        return True
    if capitals and (was[0].isupper() or now[0].isupper()):
        return False
    if not (was[0].islower() and now[0].islower()) and not capitals and was[0].isupper() != now[0].isupper():
        return False
    if min(len(a), len(b)) < 4:
        return b in SHORT and sorted(a) == sorted(b)
    if a[0] != b[0] or a.startswith(b) or b.startswith(a) or a.endswith(b) or b.endswith(a):
        return False  # "attack", "attacks": may be other things; "legal", "illegal" are
    return _distance(a, b) <= (1 if min(len(a), len(b)) < 8 else 2)


def _distance(a: str, b: str) -> int:
    """Return how many letters to put in, take out, exchange or swap with the next; 3 for more (optimal alignment)."""
    if abs(len(a) - len(b)) > 2 or max(len(a), len(b)) > 60:
        return 3
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            best = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            new.append(best)
        before, row = row, new
    return min(row[-1], 3)


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in apart if unicodedata.category(c) != "Mn" and c not in "'’.,:/-")


def _figures(words: Sequence[str]) -> list[str]:
    return [_ungrouped(word) for word in words if _DIGIT.search(word) or word.casefold() in NUMBERS]


def _ungrouped(figure: str) -> str:
    """Return *figure* without what stands between groups of three digits."""
    return _GROUPING.sub("", figure.casefold())


def _negations(words: Sequence[str]) -> int:
    return sum(word.casefold().replace("’", "'") in NEGATIONS for word in words)


def _names(words: Sequence[str], opens: bool) -> set[str]:
    return {_plain(word) for n, word in enumerate(words) if word[0].isupper() and (n or not opens)}


def _has_number(one: Exchanged) -> bool:
    return _DIGIT.search(one.was + one.now) is not None


def _quantities(text: str) -> list[str]:
    """Return the figures of *text* in their order, with the sign or unit that touches them."""
    return [_ungrouped("".join(found.split())) for found in _QUANTITY.findall(text)]
