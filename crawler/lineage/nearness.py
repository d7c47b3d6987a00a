"""What the texts of several possible parents say of which of them is the nearest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crawler.model import Claim, Comparison, Evidence

WORDS_A_BIT = 2.5  # of the copy that another has and this one has not
MOST_UNEXPLAINED = 12.0
CUT_WORDS_A_BIT, MOST_CUT = 30.0, 2.0
NOISE = 4  # words that two texts may share or lack by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How many words of the copy a text does not explain, and how many of its own the copy lacks."""

    unexplained: float
    lacking: float
    whole: bool  # the copy holds most of it


def fit(seen: Comparison, *, copy_words: int, parent_words: int) -> Fit:
    """Return how well a text fits as a parent; *seen* has the copy on its left."""
    return Fit(
        unexplained=(1.0 - seen.coverage_left) * copy_words,
        lacking=(1.0 - seen.coverage_right) * parent_words,
        whole=seen.coverage_right >= 0.5,
    )


def nearness(fits: Sequence[Fit], *, said: int, able: Collection[int] = ()) -> list[tuple[Evidence, ...]]:
    """Return for each of *fits* what speaks against it beside the others; *said* words are credits, which many share.

    Where *able* names some, only these are what the others are compared with.

    Words that the copy shares with one candidate only were put in by that one: whoever lacks them was not copied. A
    stretch that a candidate has, and the copy and another have not, was more likely cut once than twice.
    """
    against = [fits[i] for i in sorted(able)] or fits
    least = min((f.unexplained for f in against), default=0.0)
    whole = [f.lacking for f in against if f.whole]
    rows: list[tuple[Evidence, ...]] = []
    for f in fits:
        found: list[Evidence] = []
        missing = f.unexplained - least
        beyond = missing - NOISE - min(said, missing)
        bits = min(MOST_UNEXPLAINED, beyond / WORDS_A_BIT)
        if bits >= 0.5:
            value = f"another has {round(missing)} more words of the copy"
            found.append(Evidence(type="closeness", weight=-round(bits, 2), value=value, where="text"))
        if f.whole and whole:
            cut = f.lacking - min(whole)
            bits = min(MOST_CUT, (cut - NOISE) / CUT_WORDS_A_BIT)
            if bits >= 0.5:
                value = f"the copy and another lack the same {round(cut)} words of it"
                found.append(Evidence(type="closeness", weight=-round(bits, 2), value=value, where="text"))
        rows.append(tuple(found))
    return rows


def words_of(claims: Sequence[Claim]) -> int:
    """Return how many words of a text are its credits."""
    return sum(len(quote.split()) for quote in {c.quote for c in claims if c.where in ("byline", "top", "foot")})
