"""Compares two texts: which passages they share, how much of each that is, and what kind of match it makes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, compress

from crawler.match.align import SPACED, UNSPACED, Scale, Stretch, align
from crawler.match.figures import figures_in
from crawler.match.furniture import furniture_spans
from crawler.match.kinds import Count, Side, decide, have_other_figures, is_copied
from crawler.match.passages import clean_passages
from crawler.match.quoting import quoted_spans
from crawler.model import Comparison, Passage
from crawler.text import Tokens, in_one_alphabet, is_han_or_kana, is_thai_like

__all__ = ["NOTHING_LEARNT", "compare"]

# Whose a word is. Two of them, of the same shared word on both sides, index _BOTH.
Learnt = tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]]
NOTHING_LEARNT: Learnt = ((), ())

_OWN, _QUOTED, _FURNITURE, _CITED = range(4)
_BOTH = (
    (_OWN, _CITED, _FURNITURE),
    (_CITED, _QUOTED, _FURNITURE),
    (_FURNITURE, _FURNITURE, _FURNITURE),
)


def compare(
    left: Tokens, right: Tokens, left_text: str, right_text: str, *, learnt: Learnt = NOTHING_LEARNT
) -> Comparison:
    """Return what the two texts share. Exchanging the sides gives the same comparison, flipped.

    *learnt* are the words of either side, from one to before another, that everybody is known to have: furniture.
    Passages are in the order of the left text; one that the longer text repeats is named once for each of its places.
    """
    left, right = in_one_alphabet(left, right)
    if (len(left), left.words, left_text) > (len(right), right.words, right_text):
        return _compare(right, left, right_text, left_text, learnt[::-1]).flipped()
    return _compare(left, right, left_text, right_text, learnt)


def _compare(left: Tokens, right: Tokens, left_text: str, right_text: str, learnt: Learnt) -> Comparison:
    if not left.words:
        return Comparison(kind="unrelated", coverage_left=0.0, coverage_right=0.0, similarity=0.0)
    if left.words == right.words:
        return _same(left, right, left_text, [*learnt[0], *learnt[1]])
    stretches = align(left.words, right.words, _scale(left, right))
    if not stretches:
        return Comparison(kind="unrelated", coverage_left=0.0, coverage_right=0.0, similarity=0.0)
    whose_left, whose_right = _ownership(left, left_text), _ownership(right, right_text)
    _mark_learnt(stretches, (whose_left, whose_right), learnt)
    shared_left, shared_right = _reconcile(stretches, whose_left, whose_right)
    letters = _characters_a_word(left, right)
    counted = _side(shared_left, whose_left, letters), _side(shared_right, whose_right, letters)
    kind, reason = decide(
        *counted,
        verbatim=any(
            is_copied(
                _whose(passage, whose_left, letters), at_foot=_is_at_the_foot(passage[-1], whose_left, whose_right)
            )
            for passage in clean_passages(stretches, left, right, left_text, right_text)
        ),
        other_figures=have_other_figures(
            figures_in(left, left_text, [stretch.left for stretch in stretches]),
            figures_in(right, right_text, [stretch.right for stretch in stretches]),
            words=round(counted[0].shared.all),
            changed=sum(stretch.span - stretch.matched for stretch in stretches),
        ),
    )
    return Comparison(
        kind=kind,
        coverage_left=counted[0].coverage,
        coverage_right=counted[1].coverage,
        similarity=(sum(shared_left) + sum(shared_right)) / (len(left) + len(right)),
        passages=tuple(_passage(stretch, left, right, whose_left) for stretch in stretches),
        reason=reason,
    )


def _same(left: Tokens, right: Tokens, left_text: str, learnt: Sequence[tuple[int, int]]) -> Comparison:
    """Compare texts of the same words. What is all furniture is no article: a notice of the site instead of it."""
    whose = _ownership(left, left_text)
    for start, end in learnt:
        whose[start:end] = bytes((_FURNITURE,)) * len(whose[start:end])
    no_article = 2 * whose.count(_FURNITURE) > len(left)
    whole = Passage(
        left=(left.starts[0], left.ends[-1]),
        right=(right.starts[0], right.ends[-1]),
        words=len(left),
        kind="boilerplate" if no_article else "own",
    )
    return Comparison(
        kind="unrelated" if no_article else "exact",
        coverage_left=1.0,
        coverage_right=1.0,
        similarity=1.0,
        passages=(whole,),
        reason="boilerplate" if no_article else None,
    )


def _scale(left: Tokens, right: Tokens) -> Scale:
    return UNSPACED if _characters_a_word(left, right) > 1 else SPACED


_HAN_LETTERS, _THAI_LETTERS = 1.75, 4.5


def _characters_a_word(left: Tokens, right: Tokens) -> float:
    """Return how many words of these texts make one of a language that puts spaces between them."""
    shares = [_unspaced_shares(left), _unspaced_shares(right)]
    if min(map(sum, shares)) <= 0.5:
        return 1.0
    return _THAI_LETTERS if min(thai for _, thai in shares) > 0.5 else _HAN_LETTERS


def _unspaced_shares(tokens: Tokens) -> tuple[float, float]:
    """Return the shares of single characters among the words: Han and kana, Thai and its like."""
    if max(tokens.words, default="") < "\u0e00":
        return 0.0, 0.0
    han = sum(1 for word in tokens.words if word >= "\u0e00" and is_han_or_kana(word))
    thai = sum(1 for word in tokens.words if word >= "\u0e00" and is_thai_like(word))
    return han / len(tokens), thai / len(tokens)


@lru_cache(maxsize=2048)
def _spans(text: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Return the quoted and the furniture spans; an article is compared with several others in a row."""
    return tuple(quoted_spans(text)), tuple(furniture_spans(text))


def _ownership(tokens: Tokens, text: str) -> bytearray:
    """Return whose each word is: the writer's own, a quotation's or the furniture's."""
    whose = bytearray(len(tokens))
    for spans, mark in zip(_spans(text), (b"\1", b"\2"), strict=True):
        for start, end in spans:
            first, behind = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
            whose[first:behind] = mark * (behind - first)
    return whose


def _mark_learnt(stretches: Sequence[Stretch], whose: tuple[bytearray, bytearray], learnt: Learnt) -> None:
    """Mark what is learnt in both texts as furniture. A stretch that is mostly so is so to its ends.

    A passage is known by a sample of its words, and which words stood around it where it was learnt is chance.
    """
    for side in (0, 1):
        for start, end in learnt[side]:
            whose[side][start:end] = bytes((_FURNITURE,)) * len(whose[side][start:end])
        for stretch in stretches if learnt[side] else ():
            start, end = stretch.right if side else stretch.left
            known = sum(max(0, min(end, e) - max(start, s)) for s, e in learnt[side])
            if 2 * known >= end - start:
                whose[side][start:end] = bytes((_FURNITURE,)) * (end - start)


def _reconcile(stretches: Sequence[Stretch], left: bytearray, right: bytearray) -> tuple[bytearray, bytearray]:
    """Return which words are shared; in *left* and *right* make each shared word the same side's on both."""
    shared_left, shared_right = bytearray(len(left)), bytearray(len(right))
    alone_left, alone_right = bytes(left), bytes(right)
    for stretch in stretches:
        for i, j, length in stretch.runs:
            shared_left[i : i + length] = shared_right[j : j + length] = b"\1" * length
            pairs = zip(alone_left[i : i + length], alone_right[j : j + length], strict=True)
            left[i : i + length] = right[j : j + length] = bytes(_BOTH[a][b] for a, b in pairs)
    return shared_left, shared_right


def _side(shared: bytearray, whose: bytearray, letters: float) -> Side:
    return Side(words=_counted(whose, letters), shared=_counted(compress(whose, shared), letters))


def _counted(whose: Iterable[int], letters: float) -> Count:
    count = bytes(whose).count
    return Count(
        own=count(_OWN) / letters,
        quoted=count(_QUOTED) / letters,
        cited=count(_CITED) / letters,
        furniture=count(_FURNITURE) / letters,
    )


def _whose(stretches: Iterable[Stretch], left: bytearray, letters: float) -> Count:
    runs = (run for stretch in stretches for run in stretch.runs)
    return _counted(chain.from_iterable(left[i : i + length] for i, _, length in runs), letters)


_BEHIND = 12  # own words that may follow what stands at the foot


def _is_at_the_foot(stretch: Stretch, whose_left: bytearray, whose_right: bytearray) -> bool:
    """Say whether both texts end with it, furniture left out."""
    behind = whose_left[stretch.left[1] :], whose_right[stretch.right[1] :]
    return all(len(rest) - rest.count(_FURNITURE) <= _BEHIND for rest in behind)


def _passage(stretch: Stretch, left: Tokens, right: Tokens, whose: bytearray) -> Passage:
    (a, b), (c, d) = stretch.left, stretch.right
    kinds = _whose([stretch], whose, 1.0)
    most = max(kinds.own, kinds.quoted + kinds.cited, kinds.furniture)
    return Passage(
        left=(left.starts[a], left.ends[b - 1]),
        right=(right.starts[c], right.ends[d - 1]),
        words=stretch.matched,
        kind="own" if most == kinds.own else "boilerplate" if most == kinds.furniture else "quoted",
    )
