"""What the texts of several possible parents say of which of them is the nearest."""

from __future__ import annotations

from collections.abc import Sequence
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


def beyond(one: Fit, other: Fit, said: int) -> float:
    """Return how many words of the copy *other* has and *one* has not, chance and *said* words of credits left out."""
    missing = one.unexplained - other.unexplained
    return missing - NOISE - min(said, max(0.0, missing))


def best(fits: Sequence[Fit]) -> Fit:
    """Return the least that any of *fits* leaves unexplained, and the least that the copy lacks of any."""
    whole = [f.lacking for f in fits if f.whole]
    return Fit(unexplained=min(f.unexplained for f in fits), lacking=min(whole, default=0.0), whole=len(whole) > 0)


def nearness(one: Fit, other: Fit, *, said: int) -> tuple[Evidence, ...]:
    """Return what speaks against *one* beside *other*; *said* words of the copy are credits, which many share.

    Words that the copy shares with one candidate only were put in by that one: whoever lacks them was not copied. A
    stretch that a candidate has, and the copy and another have not, was more likely cut once than twice.
    """
    found: list[Evidence] = []
    more = beyond(one, other, said)
    bits = min(MOST_UNEXPLAINED, more / WORDS_A_BIT)
    if bits >= 0.5:
        value = f"another has {round(more)} more words of the copy"
        found.append(Evidence(type="closeness", weight=-round(bits, 2), value=value, where="text"))
    cut = one.lacking - other.lacking if other.whole and one.whole else 0.0
    bits = min(MOST_CUT, (cut - NOISE) / CUT_WORDS_A_BIT)
    if bits >= 0.5:
        value = f"the copy and another lack the same {round(cut)} words of it"
        found.append(Evidence(type="closeness", weight=-round(bits, 2), value=value, where="text"))
    return tuple(found)


def words_of(claims: Sequence[Claim]) -> int:
    """Return how many words of a text are its credits."""
    return sum(len(quote.split()) for quote in {c.quote for c in claims if c.where in ("byline", "top", "foot")})
