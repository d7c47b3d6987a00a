"""Tells what a copier changed: headline, paragraphs, names, numbers, links and credits, as values and as a diff."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crawler.errors import InputError
from crawler.lineage.evidence import VISIBLE, same_page
from crawler.lineage.lines import sentences
from crawler.model import Article, Claim, Comparison
from crawler.text import Tokens, fold, tokenize

MOST = 100  # of each list; a page with more changes than that is another text
LONGEST = 300  # characters shown of one paragraph
PARAGRAPH = 600  # a longer line is told sentence by sentence
MISSING = 0.4  # a paragraph is new, or cut, when less than this share of its words is in the other text
WINDOW = 24  # words within which two writings meet again after an edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of words in the parent and what stands in its place in the copy; either may be empty."""

    parent: str
    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of a text on its way. ``None``: cannot be told. Lists hold at most 100 rows."""

    headline: Change | None = None
    added: tuple[str, ...] = ()  # paragraphs of the copy that the parent has not
    cut: tuple[str, ...] = ()  # paragraphs of the parent that the copy has not
    reworded: tuple[Change, ...] = ()
    names: tuple[Change, ...] = ()
    numbers: tuple[Change, ...] = ()
    links_stripped: tuple[str, ...] | None = None
    credits_stripped: tuple[str, ...] = ()
    diff: str = ""

    @property
    def any(self) -> bool:
        """Say whether anything was changed at all."""
        return bool(self.diff)


@dataclass(frozen=True, slots=True)
class _Edit:
    at: int  # character of the copy before which it belongs
    change: Change
    names: Change | None = None
    numbers: Change | None = None


def changes(
    parent: Article,
    copy: Article,
    shared: Comparison,
    *,
    parent_claims: Sequence[Claim] = (),
    copy_claims: Sequence[Claim] = (),
) -> Changes:
    """Return what *copy* made of *parent*; *shared* is their match with the copy on its left."""
    ours, theirs = tokenize(copy.text), tokenize(parent.text)
    added = _strangers(copy.text, ours, [p.left for p in shared.passages])
    cut = _strangers(parent.text, theirs, [p.right for p in shared.passages])
    edits = list(_edits(parent.text, copy.text, theirs, ours, shared))[:MOST]
    links = _links_stripped(parent, copy)
    credits = _credits_stripped(parent, copy, parent_claims, copy_claims)
    found = Changes(
        headline=_headline(parent, copy),
        added=tuple(text for _, text in added[:MOST]),
        cut=tuple(text for _, text in cut[:MOST]),
        reworded=tuple(edit.change for edit in edits),
        names=tuple(edit.names for edit in edits if edit.names is not None),
        numbers=tuple(edit.numbers for edit in edits if edit.numbers is not None),
        links_stripped=links,
        credits_stripped=credits,
    )
    places = [(_in_copy(at, shared), text) for at, text in cut[:MOST]]
    return replace(found, diff="\n".join(_diff(found, added[:MOST], places, edits)))


def _headline(parent: Article, copy: Article) -> Change | None:
    if parent.title is None or copy.title is None or _letters(parent.title) == _letters(copy.title):
        return None
    return Change(parent=parent.title[:LONGEST], copy=copy.title[:LONGEST])


def _letters(title: str) -> str:
    return "".join(c for c in fold(title[:1000]) if c.isalnum())


# --- paragraphs -----------------------------------------------------------------------------------


def _strangers(text: str, tokens: Tokens, spans: Sequence[tuple[int, int]]) -> list[tuple[int, str]]:
    """Return the paragraphs of *text* of which too few words lie in *spans*, with where they start."""
    known = bytearray(len(tokens))
    for start, end in spans:
        first, behind = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
        known[first:behind] = b"\1" * (behind - first)
    out = []
    for start, end in _paragraphs(text):
        first, behind = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
        if behind > first and sum(known[first:behind]) < MISSING * (behind - first):
            out.append((start, _short(text[start:end])))
    return out


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if len(line) <= PARAGRAPH:
            yield start, start + len(line)
        else:
            at = start
            for sentence in sentences(line):
                yield at, at + len(sentence)
                at += len(sentence)
        start += len(line)


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= LONGEST else one[: LONGEST - 1] + "…"


def _in_copy(at: int, shared: Comparison) -> int:
    """Return where in the copy something at *at* of the parent would stand: behind what stands before it."""
    before = [p for p in shared.passages if p.right[0] <= at]
    return max(before, key=lambda p: p.right[0]).left[1] if before else 0


# --- words ----------------------------------------------------------------------------------------


def _edits(parent: str, copy: str, theirs: Tokens, ours: Tokens, shared: Comparison) -> Iterator[_Edit]:
    """Yield what is worded differently within the passages, in the order of the copy."""
    made = 0
    for passage in shared.passages:
        i, i_end = (bisect_left(ours.starts, at) for at in passage.left)
        j, j_end = (bisect_left(theirs.starts, at) for at in passage.right)
        while i < i_end and j < j_end:
            if ours.words[i] == theirs.words[j]:
                i, j = i + 1, j + 1
                continue
            a, b = _meeting(ours.words[i:i_end], theirs.words[j:j_end])
            new, old = _stretch(copy, ours, i, i + a), _stretch(parent, theirs, j, j + b)
            yield _edit(_start(ours, i, copy), old, new, _begins(copy, ours, i), _begins(parent, theirs, j))
            made += 1
            if made >= MOST:
                return
            i, j = i + a, j + b


def _meeting(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """Return after how many words of each the two go on alike; where they do not, what is left of them, bounded."""
    for total in range(1, 2 * WINDOW):
        for a in range(max(0, total - WINDOW), min(total, WINDOW) + 1):
            b = total - a
            same = left[a : a + 2]
            if same and same == right[b : b + 2]:
                return a, b
    return min(len(left), WINDOW), min(len(right), WINDOW)


def _stretch(text: str, tokens: Tokens, first: int, behind: int) -> str:
    if first >= behind:
        return ""
    return _short(text[tokens.starts[first] : tokens.ends[behind - 1]])


def _start(tokens: Tokens, at: int, text: str) -> int:
    return tokens.starts[at] if at < len(tokens) else len(text)


def _begins(text: str, tokens: Tokens, at: int) -> bool:
    """Say whether a sentence begins at that word: its capital says nothing."""
    if at == 0 or at >= len(tokens):
        return at == 0
    between = text[tokens.ends[at - 1] : tokens.starts[at]]
    return any(mark in between for mark in '.!?:\n"“”«»')


_FIGURE = re.compile(r"\d[\d.,]{0,20}\d|\d")
_WRITTEN = frozenset(
    "two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand million billion".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W\d_][\w'’-]{0,60}")


def _edit(at: int, old: str, new: str, old_begins: bool, new_begins: bool) -> _Edit:
    return _Edit(
        at=at,
        change=Change(parent=old, copy=new),
        names=_differing(_names(old, old_begins), _names(new, new_begins)),
        numbers=_differing(_numbers(old), _numbers(new)),
    )


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
        found.append(_short(parent.byline))
    for claim in parent_claims:
        said = fold(claim.quote)
        if claim.kind in VISIBLE and said and said not in shown and said not in text:
            found.append(_short(claim.quote))
    return tuple(dict.fromkeys(found))[:MOST]


# --- the diff -------------------------------------------------------------------------------------


def _diff(
    found: Changes, added: Sequence[tuple[int, str]], cut: Sequence[tuple[int, str]], edits: Sequence[_Edit]
) -> Iterator[str]:
    """Yield a line a change in the order of the copy: "-" is the parent's, "+" the copy's."""
    if found.headline is not None:
        yield f"- # {found.headline.parent}"
        yield f"+ # {found.headline.copy}"
    rows = [(at, 1, f"- {text}") for at, text in cut] + [(at, 2, f"+ {text}") for at, text in added]
    for edit in edits:
        old, new = edit.change.parent, edit.change.copy
        rows.append((edit.at, 0, f"~ {old or '(nothing)'} → {new or '(nothing)'}"))
    yield from (line for _, _, line in sorted(rows, key=lambda row: row[:2]))
    yield from (f"- link: {url}" for url in found.links_stripped or ())
    yield from (f"- credit: {said}" for said in found.credits_stripped)
