"""Lays two compared texts out beside each other: stretches that they share, what stands between, words exchanged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from crawler.model import Comparison
from crawler.text import Tokens, in_one_alphabet, tokenize
from crawler.wording import characters, partings

PassageKind = Literal["own", "quoted", "boilerplate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a text. ``number`` is the passage's, counted from 1 in the order of the left text; None: not shared.

    ``alone`` are the spans of ``text``, in order, that the passage has on this side only: other words, or more of them.
    """

    text: str
    number: int | None = None
    kind: PassageKind | None = None
    alone: tuple[tuple[int, int], ...] = ()

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it stands on this side only."""
        cuts = [0, *(at for span in self.alone for at in span), len(self.text)]
        found = ((self.text[start:end], number % 2 == 1) for number, (start, end) in enumerate(pairwise(cuts)))
        return tuple((text, alone) for text, alone in found if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What stands side by side: a passage in both texts, or what either has before the next one."""

    left: tuple[Stretch, ...]
    right: tuple[Stretch, ...]


def rows(shared: Comparison, left: str, right: str) -> tuple[Row, ...]:
    """Return both texts, whole and in order, cut into rows.

    Passages in the same order in both stand in a row of their own; one that was moved keeps its number and stands
    on each side where that side has it. Joined, the stretches of a side are its text.
    """
    numbered = _numbered(shared, left, right)
    anchors = _in_order(numbered)
    made: list[Row] = []
    at_left = at_right = 0
    for one in anchors:
        between = Row(
            left=_cut(left, at_left, one.left.span[0], numbered, side="left", skip=one),
            right=_cut(right, at_right, one.right.span[0], numbered, side="right", skip=one),
        )
        made += [between, Row(left=(_whole(left, one, one.left),), right=(_whole(right, one, one.right),))]
        at_left, at_right = one.left.span[1], one.right.span[1]
    made.append(
        Row(
            left=_cut(left, at_left, len(left), numbered, side="left"),
            right=_cut(right, at_right, len(right), numbered, side="right"),
        )
    )
    return tuple(row for row in made if row.left or row.right)


@dataclass(frozen=True, slots=True)
class _Side:
    """A passage in one of the texts: where it stands, and the spans within that are this text's only."""

    span: tuple[int, int]
    alone: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    kind: PassageKind
    left: _Side
    right: _Side


def _numbered(shared: Comparison, left: str, right: str) -> list[_Numbered]:
    """Return the passages in the order of the left text, with what each text alone has within them."""
    if not shared.passages:
        return []
    ours, theirs = in_one_alphabet(tokenize(left), tokenize(right))
    made = []
    for number, passage in enumerate(sorted(shared.passages, key=lambda p: p.left), start=1):
        apart = list(partings(ours, theirs, passage))
        first = _Side(passage.left, _spans(ours, left, [parting.left for parting in apart]))
        second = _Side(passage.right, _spans(theirs, right, [parting.right for parting in apart]))
        made.append(_Numbered(number, passage.kind, first, second))
    return made


def _spans(tokens: Tokens, text: str, words: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(characters(tokens, (first, behind), text) for first, behind in words if first < behind)


def _whole(text: str, one: _Numbered, side: _Side) -> Stretch:
    return _marked(text, *side.span, one, side)


def _marked(text: str, begin: int, stop: int, one: _Numbered, side: _Side) -> Stretch:
    """Return text[begin:stop] of a passage, with what of that stands on this side only."""
    alone = ((max(start, begin) - begin, min(end, stop) - begin) for start, end in side.alone)
    return Stretch(
        text=text[begin:stop],
        number=one.number,
        kind=one.kind,
        alone=tuple((start, end) for start, end in alone if start < end),
    )


def _in_order(numbered: Sequence[_Numbered]) -> list[_Numbered]:
    """Return the longest run of passages that come in the same order in both texts and do not overlap in either."""
    ends: list[int] = []  # where the best run of each length ends on the right
    last: list[int] = []  # and which passage ends it
    before: dict[int, int | None] = {}
    for index, one in enumerate(numbered):
        length = bisect_right(ends, one.right.span[0])
        earlier = last[length - 1] if length else None
        if earlier is not None and numbered[earlier].left.span[1] > one.left.span[0]:
            continue
        before[index] = earlier
        if length == len(ends):
            ends.append(one.right.span[1])
            last.append(index)
        elif one.right.span[1] < ends[length]:
            ends[length], last[length] = one.right.span[1], index
    chain: list[_Numbered] = []
    at = last[-1] if last else None
    while at is not None:
        chain.append(numbered[at])
        at = before[at]
    return chain[::-1]


def _cut(
    text: str,
    start: int,
    end: int,
    numbered: Sequence[_Numbered],
    *,
    side: Literal["left", "right"],
    skip: _Numbered | None = None,
) -> tuple[Stretch, ...]:
    return tuple(_stretches(text, start, end, numbered, side, skip))


def _stretches(
    text: str,
    start: int,
    end: int,
    numbered: Sequence[_Numbered],
    side: Literal["left", "right"],
    skip: _Numbered | None,
) -> Iterator[Stretch]:
    """Yield text[start:end], moved passages in it marked; where two overlap the earlier one is whole."""
    sides = sorted(
        ((one.left if side == "left" else one.right, one) for one in numbered if one is not skip),
        key=lambda pair: (pair[0].span, pair[1].number),
    )
    at = start
    for place, one in sides:
        begin, stop = max(place.span[0], at), min(place.span[1], end)
        if begin >= stop:
            continue
        if at < begin:
            yield Stretch(text=text[at:begin])
        yield _marked(text, begin, stop, one, place)
        at = stop
    if at < end:
        yield Stretch(text=text[at:end])
