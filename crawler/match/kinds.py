"""Says what kind of match shared words make: a copy, or what two writers may share without copying.

What counts is a writer's own words: quotations weigh less, furniture nothing, in what is shared and in the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.model import MatchKind, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many words are whose."""

    own: float
    quoted: float  # by both texts, where they are shared: somebody else's
    cited: float  # shared, quoted by one text, the other's own
    furniture: float

    @property
    def all(self) -> float:
        return self.own + self.quoted + self.cited + self.furniture

    @property
    def weight(self) -> float:
        """What they say of copying, in own words."""
        return self.own + QUOTED_WEIGHT * self.quoted + CITED_WEIGHT * self.cited


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What was counted of one text, and of its words that are in the other."""

    words: Count
    shared: Count

    @property
    def coverage(self) -> float:
        """The share of all words."""
        return self.shared.all / self.words.all if self.words.all else 0.0

    @property
    def own_coverage(self) -> float:
        """The share of what the writer wrote."""
        return self.shared.weight / self.words.weight if self.words.weight else 0.0

    @property
    def substance(self) -> float:
        """How much of a copy the shared words make: their weight times the share they are of the text.

        One sentence in three makes a copy of a short piece; a long one has to share more words, by the square root.
        """
        return self.shared.weight * self.own_coverage


# What they do to the figures is printed by tests/benchmarks/detection.py.
QUOTED_WEIGHT = 0.4  # of a quoted word against an own one: anybody may quote, but few quote the same at such length
CITED_WEIGHT = 0.7  # an excerpt in quotation marks, or a quotation that lost its marks
NEAR = 0.6  # own coverage of both sides: the same article
WHOLE = 0.85  # coverage of both sides: taken over as it is, whoever is speaking
FEWEST = 20  # shared words by weight: below this a copy and a set phrase look the same
SUBSTANCE = 26.0  # words
VERBATIM = 90.0  # words by weight in one clean stretch: a copied passage, however long the text around it
PASSAGE = 33  # words in one clean stretch: so much two writers share only where somebody is quoted, ...
OWN = 15  # ... and then hardly so many of the words are a writer's own


def is_copied(passage: Count, *, at_foot: bool) -> bool:
    """Say whether a clean passage of shared words is a copied one by itself, however long the texts around it.

    *at_foot*: both texts end with it. A writer's portrait, an appeal or a notice stands there, whoever prints a piece.
    """
    if 2 * passage.furniture > passage.all:
        return False  # the rest of it is hardly anything else
    if passage.weight >= VERBATIM:
        return True
    return passage.all - passage.furniture >= PASSAGE and passage.own >= OWN and not at_foot


def decide(left: Side, right: Side, *, verbatim: bool, other_figures: bool) -> tuple[MatchKind, Reason | None]:
    """Return the kind of a match that is not exact, with the guard that made it less than a copy.

    ``verbatim``: some clean stretch ``is_copied``; ``other_figures`` is what ``have_other_figures`` says.
    """
    shared = left.shared if left.shared.all < right.shared.all else right.shared
    if not shared.all:
        return "unrelated", None
    kind = _copied(left, right, verbatim)
    if kind is not None:
        return ("unrelated", "template") if other_figures else (kind, None)
    if shared.quoted + shared.cited > shared.all / 2:
        return "quote", "quotation only"
    if shared.furniture > shared.all / 2:
        return "unrelated", "boilerplate"
    # A sentence or two in common: no copy by itself, but kept, for the page may say where it took them.
    return ("unrelated", "too short") if shared.all < FEWEST else ("quote", "too little")


def _copied(left: Side, right: Side, verbatim: bool) -> MatchKind | None:
    is_article = 2 * left.shared.furniture <= left.shared.all
    if left.coverage >= WHOLE and right.coverage >= WHOLE and is_article:
        return "near_copy"
    if min(left.shared.weight, right.shared.weight) < FEWEST:
        return None
    if left.own_coverage >= NEAR and right.own_coverage >= NEAR:
        return "near_copy"
    return "partial" if verbatim or max(left.substance, right.substance) >= SUBSTANCE else None


_CHANGED = 5  # words exchanged for each figure: more than that, and it was rewritten


def have_other_figures(left: Sequence[str], right: Sequence[str], *, words: int, changed: int) -> bool:
    """Say whether shared *words* report other figures: a form filled in again rather than a copy.

    A corrected or updated copy changes few figures of many; a long reworded one many other words as well. *left* and
    *right* are the figures in the shared stretches, *changed* the words in them that are not shared. Short stretches
    are where forms are: market reports, bond issues, results, weather.
    """
    fewer = min(len(left), len(right))
    agreeing = (Counter(left) & Counter(right)).total()
    if words < 100:
        return fewer >= (1 if words < 60 else 2) and 3 * agreeing < 2 * fewer
    return fewer >= 4 and 2 * agreeing < fewer and changed <= _CHANGED * (fewer - agreeing)
