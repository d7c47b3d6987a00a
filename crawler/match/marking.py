"""Lays two compared texts out beside each other: stretches that they share, and what stands between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.model import Comparison, Passage

PassageKind = Literal["own", "quoted", "boilerplate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a text. ``number`` is the passage's, counted from 1 in the order of the left text; None: not shared."""

    text: str
    number: int | None = None
    kind: PassageKind | None = None


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
    numbered = list(enumerate(sorted(shared.passages, key=lambda p: p.left), start=1))
    anchors = _in_order(numbered)
    made: list[Row] = []
    at_left = at_right = 0
    for number, passage in anchors:
        between = Row(
            left=_cut(left, at_left, passage.left[0], numbered, side="left", skip=number),
            right=_cut(right, at_right, passage.right[0], numbered, side="right", skip=number),
        )
        both = Row(
            left=(Stretch(text=left[slice(*passage.left)], number=number, kind=passage.kind),),
            right=(Stretch(text=right[slice(*passage.right)], number=number, kind=passage.kind),),
        )
        made += [between, both]
        at_left, at_right = passage.left[1], passage.right[1]
    made.append(
        Row(
            left=_cut(left, at_left, len(left), numbered, side="left"),
            right=_cut(right, at_right, len(right), numbered, side="right"),
        )
    )
    return tuple(row for row in made if row.left or row.right)


def _in_order(numbered: Sequence[tuple[int, Passage]]) -> list[tuple[int, Passage]]:
    """Return the longest run of passages that come in the same order in both texts and do not overlap in either."""
    ends: list[int] = []  # where the best run of each length ends on the right
    last: list[int] = []  # and which passage ends it
    before: dict[int, int | None] = {}
    for index, (_, passage) in enumerate(numbered):
        length = bisect_right(ends, passage.right[0])
        earlier = last[length - 1] if length else None
        if earlier is not None and numbered[earlier][1].left[1] > passage.left[0]:
            continue
        before[index] = earlier
        if length == len(ends):
            ends.append(passage.right[1])
            last.append(index)
        elif passage.right[1] < ends[length]:
            ends[length], last[length] = passage.right[1], index
    chain: list[tuple[int, Passage]] = []
    at = last[-1] if last else None
    while at is not None:
        chain.append(numbered[at])
        at = before[at]
    return chain[::-1]


def _cut(
    text: str,
    start: int,
    end: int,
    numbered: Sequence[tuple[int, Passage]],
    *,
    side: Literal["left", "right"],
    skip: int | None = None,
) -> tuple[Stretch, ...]:
    return tuple(_stretches(text, start, end, numbered, side, skip))


def _stretches(
    text: str, start: int, end: int, numbered: Sequence[tuple[int, Passage]], side: str, skip: int | None
) -> Iterator[Stretch]:
    """Yield text[start:end], moved passages in it marked; where two overlap the earlier one is whole."""
    spans = sorted((getattr(passage, side), number, passage.kind) for number, passage in numbered if number != skip)
    at = start
    for (first, behind), number, kind in spans:
        begin, stop = max(first, at), min(behind, end)
        if begin >= stop:
            continue
        if at < begin:
            yield Stretch(text=text[at:begin])
        yield Stretch(text=text[begin:stop], number=number, kind=kind)
        at = stop
    if at < end:
        yield Stretch(text=text[at:end])
