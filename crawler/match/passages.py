"""Joins stretches into the passages of which each may be a copied one by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.match.align import Stretch
from crawler.text import Tokens

_LONG, _NEXT, _NEAR = 20, 2, 40  # words
_LINES = re.compile(r"[^\w\n]*\n(?:.*\n)?[^\w\n]*", re.DOTALL)


def clean_passages(
    stretches: Sequence[Stretch], left: Tokens, right: Tokens, left_text: str, right_text: str
) -> list[list[Stretch]]:
    """Return the clean stretches, together those that follow each other in one text and soon in the other.

    What stands in one piece in one text may have something of the site's put in between in the other: lines of its own
    between pieces of whatever length, anything between long ones.
    """
    passages: list[list[Stretch]] = []
    for stretch in stretches:
        if not stretch.is_clean:
            continue
        if passages:
            before = passages[-1][-1]
            gaps = sorted((stretch.left[0] - before.left[1], stretch.right[0] - before.right[1]))
            if (
                0 <= gaps[0] <= _NEXT
                and gaps[1] <= _NEAR
                and (
                    min(stretch.matched, before.matched) >= _LONG
                    or _are_lines(left, left_text, before.left[1], stretch.left[0])
                    or _are_lines(right, right_text, before.right[1], stretch.right[0])
                )
            ):
                passages[-1].append(stretch)
                continue
        passages.append([stretch])
    return passages


def _are_lines(tokens: Tokens, text: str, start: int, end: int) -> bool:
    """Say whether what stands between two words, the first behind *start*, is some whole lines."""
    return end - start > _NEXT and _LINES.fullmatch(text, tokens.ends[start - 1], tokens.starts[end]) is not None
