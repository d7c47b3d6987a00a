"""Tells what a copier changed: headline, paragraphs, names, numbers, links and credits, as values and as a diff."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.errors import InputError
from crawler.lineage.edits import Exchanged, edits
from crawler.lineage.evidence import VISIBLE, same_page
from crawler.lineage.hunks import LONGEST, Hunk, hunks, short
from crawler.model import Article, Claim, Comparison
from crawler.text import fold

MOST = 100  # of each list; a page with more changes than that is another text
CLAUSE = 60  # characters put in or left out that are more than a name or a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of words in the parent and what stands in its place in the copy; either may be empty."""

    parent: str
    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of a text on its way. ``None``: cannot be told. Lists hold at most 100 rows.

    ``hunks`` are what was done to the text itself, in the order of the copy: paragraphs added and cut, words exchanged.
    """

    headline: Change | None = None
    added: tuple[str, ...] = ()  # paragraphs of the copy that the parent has not
    cut: tuple[str, ...] = ()  # paragraphs of the parent that the copy has not
    reworded: tuple[Change, ...] = ()
    names: tuple[Change, ...] = ()
    numbers: tuple[Change, ...] = ()
    links_stripped: tuple[str, ...] | None = None
    credits_stripped: tuple[str, ...] = ()
    hunks: tuple[Hunk, ...] = ()

    @property
    def any(self) -> bool:
        """Say whether anything was changed at all."""
        return bool(self.diff)

    @property
    def diff(self) -> str:
        """All of it, a line a change: "-" is the parent's, "+" the copy's, "~" words within a paragraph."""
        return "\n".join(_diff(self))


def changes(
    parent: Article,
    copy: Article,
    shared: Comparison,
    *,
    parent_claims: Sequence[Claim] = (),
    copy_claims: Sequence[Claim] = (),
) -> Changes:
    """Return what *copy* made of *parent*; *shared* is their match with the copy on its left."""
    made = edits(parent.text, copy.text, shared)
    exchanged = made.exchanged[:MOST]
    return Changes(
        headline=headline_change(parent, copy),
        added=tuple(short(text) for _, text in made.added[:MOST]),
        cut=tuple(short(text) for _, text in made.cut[:MOST]),
        reworded=tuple(Change(parent=short(one.was), copy=short(one.now)) for one in exchanged),
        names=tuple(filter(None, map(_other_names, exchanged))),
        numbers=tuple(filter(None, map(_other_numbers, exchanged))),
        links_stripped=_links_stripped(parent, copy),
        credits_stripped=_credits_stripped(parent, copy, parent_claims, copy_claims),
        hunks=hunks(copy.text, exchanged, added=made.added[:MOST], cut=made.cut[:MOST]),
    )


def headline_change(parent: Article, copy: Article) -> Change | None:
    """Return both headlines where they differ in more than case and punctuation; None, too, where one is not known."""
    if parent.title is None or copy.title is None or _letters(parent.title) == _letters(copy.title):
        return None
    return Change(parent=parent.title[:LONGEST], copy=copy.title[:LONGEST])


def _letters(title: str) -> str:
    return "".join(c for c in fold(title[:1000]) if c.isalnum())


# --- names and numbers ----------------------------------------------------------------------------


_FIGURE = re.compile(r"\d[\d.,]{0,20}\d|\d")
_WRITTEN = frozenset(
    "two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand million billion".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W\d_][\w'’-]{0,60}")


def _other_names(one: Exchanged) -> Change | None:
    if _is_more_text(one):
        return None
    return _differing(_names(one.was, one.opens[0]), _names(one.now, one.opens[1]))


def _other_numbers(one: Exchanged) -> Change | None:
    return None if _is_more_text(one) else _differing(_numbers(one.was), _numbers(one.now))


def _is_more_text(one: Exchanged) -> bool:
    """Say whether it is a clause put in or left out: the names in that are not put in another's place."""
    return not (one.was and one.now) and max(len(one.was), len(one.now)) > CLAUSE


def _numbers(text: str) -> list[str]:
    written = [word for word in _WORD.findall(text) if word.casefold() in _WRITTEN]
    return [*_FIGURE.findall(text), *written]


def _names(text: str, begins: bool) -> list[str]:
    words = _WORD.findall(text)
    return [word for n, word in enumerate(words) if word[0].isupper() and (n or not begins)]


def _differing(old: Sequence[str], new: Sequence[str]) -> Change | None:
    if {one.casefold() for one in old} == {one.casefold() for one in new}:
        return None
    return Change(parent=" ".join(old), copy=" ".join(new))


# --- links and credits ----------------------------------------------------------------------------


def links_kept(parent: Article, copy: Article) -> tuple[int, int] | None:
    """Return how many of the parent's links the copy has, and how many there are; None where links were lost."""
    if parent.links_lost or copy.links_lost:
        return None
    wanted = {key for link in parent.links if (key := _key(link.url)) is not None}
    kept = {key for link in copy.links if (key := _key(link.url)) is not None}
    return len(wanted & kept), len(wanted)


def _links_stripped(parent: Article, copy: Article) -> tuple[str, ...] | None:
    if parent.links_lost or copy.links_lost:
        return None
    kept = {_key(link.url) for link in copy.links}
    return tuple(dict.fromkeys(link.url for link in parent.links if _key(link.url) not in kept))[:MOST]


def _key(url: str) -> str | None:
    try:
        return same_page(url)
    except InputError:
        return None


def _credits_stripped(
    parent: Article, copy: Article, parent_claims: Sequence[Claim], copy_claims: Sequence[Claim]
) -> tuple[str, ...]:
    """Return the parent's byline and credit lines that the copy does not show."""
    shown = {fold(c.quote) for c in copy_claims}
    text = fold(copy.text)
    found = []
    whole = fold(" ".join([copy.byline or "", *copy.authors, copy.text]))
    if parent.byline and not any(fold(name) in whole for name in parent.authors or (parent.byline,)):
        found.append(short(parent.byline))
    for claim in parent_claims:
        said = fold(claim.quote)
        if claim.kind in VISIBLE and said and said not in shown and said not in text:
            found.append(short(claim.quote))
    return tuple(dict.fromkeys(found))[:MOST]


# --- the diff -------------------------------------------------------------------------------------


def _diff(found: Changes) -> Iterator[str]:
    if found.headline is not None:
        yield f"- # {found.headline.parent}"
        yield f"+ # {found.headline.copy}"
    yield from map(str, found.hunks)
    yield from (f"- link: {url}" for url in found.links_stripped or ())
    yield from (f"- credit: {said}" for said in found.credits_stripped)
