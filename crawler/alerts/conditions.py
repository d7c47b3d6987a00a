"""What rules ask, in three values: True, False, and None for what is not known, which fires nothing.

Conditions are joined by Kleene's strong logic (Introduction to Metamathematics, 1952, section 64): "and" is the least
of its parts, "or" the greatest, and "not" leaves None as it is. So "not credited" never accuses a copy of which nobody
knows whether it gives credit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal

from crawler.model import (
    Article,
    Edge,
    EdgeKind,
    EditClass,
    Health,
    Level,
    Lineage,
    Linked,
    Origin,
    SourceRef,
    Verdict,
    YesNo,
)
from crawler.text import fold

Edit = Literal["silent", "declared"]
Truth = bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a rule is asked about: an edge of a copy, or (``health``) how a source is."""

    copy: Article | None = None
    lineage: Lineage | None = None
    edge: Edge | None = None
    copies: Callable[[], int | None] = lambda: None  # of the origin, by now; asked only where a condition needs it
    edit: Edit | None = None  # its parent changed its text, and the copy still has the old one
    edit_classes: tuple[EditClass, ...] | None = None  # of that edit
    source: SourceRef | None = None
    health: Health | None = None

    @property
    def origin(self) -> Origin | None:
        """The end of the chain that the edge leads to; None where that is not known."""
        # A lineage's origin is the end of its first parent's chain; of the other parents it says nothing.
        first = self.lineage is not None and bool(self.lineage.parents) and self.edge == self.lineage.parents[0]
        return self.lineage.origin if first and self.lineage is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All that is given must hold together; what is left empty is not asked. Sources are ids."""

    source: tuple[str, ...] | None = None  # None: not asked; empty: nobody
    origin: tuple[str, ...] | None = None
    parent: tuple[str, ...] | None = None
    republisher: tuple[str, ...] | None = None
    words: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    kind: tuple[EdgeKind, ...] = ()
    level: tuple[Level, ...] = ()
    min_coverage: float = 0.0
    max_coverage: float = 1.0
    min_confidence: float = 0.0
    min_delay: timedelta | None = None
    max_delay: timedelta | None = None
    verdict: tuple[Verdict, ...] = ()
    credited: tuple[YesNo, ...] = ()
    linked: tuple[Linked, ...] = ()
    uncredited_only: bool = False
    min_depth: int = 0
    min_copies: int = 0
    unfollowed_edit: Literal["any", "silent"] | None = None
    edit_class: tuple[EditClass, ...] = ()
    health: tuple[Health, ...] = ()
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    negated: Condition | None = None

    def holds(self, case: Case) -> Truth:
        """Say whether it holds; None where that depends on something that is not known."""
        return _least(self._answers(case))

    def asks(self, name: str) -> bool:
        """Say whether it, or a condition in it, asks for the part of that name."""
        inner = (*self.all, *self.any, *((self.negated,) if self.negated else ()))
        return name in self._given() or any(one.asks(name) for one in inner)

    def _answers(self, case: Case) -> Iterator[Truth]:
        for name in self._given():
            if name in _ASKED:
                yield _ASKED[name](case, getattr(self, name))
        for one in self.all:
            yield one.holds(case)
        if self.any:
            yield _greatest(one.holds(case) for one in self.any)
        if self.negated is not None:
            yield _not(self.negated.holds(case))

    def _given(self) -> Sequence[str]:
        return [name for name, left_out in _DEFAULTS if getattr(self, name) != left_out]


_DEFAULTS = tuple((field.name, field.default) for field in fields(Condition))


# --- the logic


def _least(answers: Iterable[Truth]) -> Truth:
    least: Truth = True
    for answer in answers:
        if answer is False:
            return False
        least = None if answer is None else least
    return least


def _greatest(answers: Iterable[Truth]) -> Truth:
    return _not(_least(_not(answer) for answer in answers))


def _not(answer: Truth) -> Truth:
    return None if answer is None else not answer


# --- the questions


def _of(what: Any, asked: Callable[[Any], Truth]) -> Truth:
    return None if what is None else asked(what)


def _is_origin(case: Case, ids: Sequence[str]) -> Truth:
    """Say whether the text was taken from one of *ids*, directly or at the end of the chain."""
    if case.edge is None:
        return None
    if case.edge.parent.source.id in ids:
        return True
    return _of(case.origin, lambda origin: origin.source.id in ids)


def _is_source(case: Case, ids: Sequence[str]) -> Truth:
    """Say whether one of *ids* is concerned: as whoever published it or was taken from, or as whose feeds are ill."""
    if case.source is not None:
        return case.source.id in ids
    return _greatest((_republished(case, ids), _is_origin(case, ids)))


def _republished(case: Case, ids: Sequence[str]) -> Truth:
    return _of(case.copy, lambda copy: copy.source.id in ids)


def _has_words(case: Case, words: Sequence[str]) -> Truth:
    if case.copy is None:
        return None
    text = fold(f"{case.copy.title or ''}\n{case.copy.text}")
    return all(_pattern(word).search(text) for word in words)


@lru_cache(maxsize=1000)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(word))}(?!\w)")


def _speaks(case: Case, languages: Sequence[str]) -> Truth:
    language = case.copy.language if case.copy else None
    return _of(language, lambda spoken: spoken in languages or spoken.partition("-")[0] in languages)


def _coverage(case: Case) -> float | None:
    return case.edge.coverage if case.edge else None


def _delay(case: Case) -> timedelta | None:
    if case.origin is None or case.lineage is None or case.lineage.delay_seconds is None:
        return None
    return timedelta(seconds=case.lineage.delay_seconds)


def _depth(case: Case) -> int | None:
    return case.lineage.depth if case.lineage is not None and case.origin is not None else None


def _credit(part: Literal["verdict", "credited", "linked"]) -> Callable[[Case, Sequence[str]], Truth]:
    """Return the question for a part of the credit: "unknown" is no answer, unless it is what is asked for."""

    def asked(case: Case, wanted: Sequence[str]) -> Truth:
        if case.edge is None:
            return None
        found = getattr(case.edge.attribution, part)
        return True if found in wanted else None if found == "unknown" else False

    return asked


def _unfollowed(case: Case, wanted: Literal["any", "silent"]) -> Truth:
    return _of(case.edit, lambda edit: wanted in ("any", edit))


_ASKED: dict[str, Callable[[Case, Any], Truth]] = {
    "source": _is_source,
    "origin": _is_origin,
    "parent": lambda case, ids: _of(case.edge, lambda edge: edge.parent.source.id in ids),
    "republisher": _republished,
    "words": _has_words,
    "language": _speaks,
    "kind": lambda case, kinds: _of(case.edge, lambda edge: edge.kind in kinds),
    "level": lambda case, levels: _of(case.edge, lambda edge: edge.level in levels),
    "min_coverage": lambda case, least: _of(_coverage(case), lambda share: share >= least),
    "max_coverage": lambda case, most: _of(_coverage(case), lambda share: share <= most),
    "min_confidence": lambda case, least: _of(case.edge, lambda edge: edge.confidence >= least),
    "min_delay": lambda case, least: _of(_delay(case), lambda delay: delay >= least),
    "max_delay": lambda case, most: _of(_delay(case), lambda delay: delay <= most),
    "verdict": _credit("verdict"),
    "credited": _credit("credited"),
    "linked": _credit("linked"),
    "uncredited_only": lambda case, _: _credit("credited")(case, ("no",)),
    "min_depth": lambda case, least: _of(_depth(case), lambda depth: depth >= least),
    "min_copies": lambda case, least: _of(case.copies(), lambda copies: copies >= least),
    "unfollowed_edit": _unfollowed,
    "edit_class": lambda case, wanted: _of(case.edit_classes, lambda found: any(one in wanted for one in found)),
    "health": lambda case, states: _of(case.health, lambda state: state in states),
}
