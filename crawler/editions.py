"""The versions of an article as they are shown: when each was there, what was done to it, which one a copy carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.lineage.carried import Told, carried
from crawler.lineage.changes import Changes, changes
from crawler.lineage.editing import edit_classes
from crawler.looks import Spell, join, looks_of, spells
from crawler.model import Article, ArticleId, Capture, EditClass, Look, Version
from crawler.prepare import compare_texts
from crawler.text import tokenize


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of an article, or its removal (no number, no content hash), as it was seen.

    It came after ``after`` (None: it was the first that we saw) and by ``first_at``. ``classes`` are what was done to
    the version before it, gravest first; ``made`` shows that. Both are left out where the text is not kept any more.
    """

    number: int | None
    content_hash: str | None
    title: str | None
    text: str | None
    first_at: datetime
    last_at: datetime
    after: datetime | None
    looks: int
    capture: Capture | None = None
    note: str | None = None
    classes: tuple[EditClass, ...] = ()
    made: Changes | None = None

    @property
    def main(self) -> EditClass | None:
        """Return the gravest class; None for the first version, and where it cannot be told."""
        return self.classes[0] if self.classes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A span of time that is known within bounds. ``most`` None: no end is known."""

    least: timedelta
    most: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Which version of its parent a copy carries now. None: it cannot be told.

    ``words`` are the copy's, as evidence. ``followed``: the copy was made from an earlier version and took the parent's
    last change of text over, ``later`` so long after it; False: it was seen with an earlier text after that; None: not
    known, or it never had an earlier one.
    """

    copy: ArticleId
    parent: ArticleId
    version: int | None
    among: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    followed: bool | None = None
    later: Between | None = None


def editions(article: Article, versions: Sequence[Version]) -> tuple[Edition, ...]:
    """Return the versions of *article* in their order, removals among them; *versions* are its earlier contents."""
    texts = {version.content_hash: version for version in versions}
    found: list[Edition] = []
    before: Article | None = None  # the version before, as an article
    for one in editions_seen(article, versions):
        was = _as(article, one.content_hash, texts)
        classes: tuple[EditClass, ...] = ()
        made = None
        if one.content_hash is None:
            classes = ("removal",)
        elif found and found[-1].content_hash is None and before and before.content_hash == one.content_hash:
            classes = ("return",)
        elif found and before is not None and was is not None:
            shared = compare_texts(was.text, before.text)
            classes, made = edit_classes(before, was, shared), changes(before, was, shared)
        found.append(replace(one, classes=classes, made=made))
        before = before if one.content_hash is None else was
    return tuple(found)


def carries(
    copy: Article, copy_versions: Sequence[Version], parent: Article, parent_versions: Sequence[Version]
) -> Carried | None:
    """Return which version of *parent* the text of *copy* carries; None where the parent has no other text or title."""
    theirs = [one for one in editions_seen(parent, parent_versions) if one.text is not None]
    if len({one.content_hash for one in theirs}) < 2:
        return None
    ours = [one for one in editions_seen(copy, copy_versions) if one.text is not None]
    now = _told(ours[-1], theirs)
    followed, later = _followed(ours, theirs)
    return Carried(
        copy=copy.id,
        parent=parent.id,
        version=None if now.which is None else _newest(theirs, now.which, ours[-1]).number,
        among=tuple(dict.fromkeys(n for place in now.among if (n := theirs[place].number) is not None)),
        words=now.words,
        followed=followed,
        later=later,
    )


def editions_seen(article: Article, versions: Sequence[Version]) -> tuple[Edition, ...]:
    """Return ``editions`` without what was done to them: that need not be found out."""
    texts = {version.content_hash: version for version in versions}
    found: list[Edition] = []
    number, last = 0, None
    for spell in _spells(article, versions):
        if spell.content_hash is not None and spell.content_hash != last:
            number, last = number + 1, spell.content_hash
        was = _as(article, spell.content_hash, texts)
        found.append(_edition(spell, was, number if spell.content_hash else None))
    return tuple(found)


# --- what was seen


def _spells(article: Article, versions: Sequence[Version]) -> list[Spell]:
    """Return what was seen of *article*; contents kept before looks were count as seen when they were seen last."""
    looks = looks_of(article)
    told = {look.content_hash for look in looks}
    old = [Look(at=v.last_seen_at, content_hash=v.content_hash) for v in versions if v.content_hash not in told]
    found = spells(join((*looks, *old)))
    found[0] = replace(found[0], first_at=min(found[0].first_at, article.first_seen_at))
    return found


def _as(article: Article, content_hash: str | None, texts: dict[str, Version]) -> Article | None:
    """Return *article* with that content; None where it is gone or not kept."""
    if content_hash == article.content_hash:
        return article
    version = texts.get(content_hash or "")
    if version is None:
        return None
    return replace(
        article,
        title=version.title,
        text=version.text,
        content_hash=version.content_hash,
        word_count=len(tokenize(version.text).words),
    )


def _edition(spell: Spell, was: Article | None, number: int | None) -> Edition:
    return Edition(
        number=number,
        content_hash=spell.content_hash,
        title=was.title if was else None,
        text=was.text if was else None,
        first_at=spell.first_at,
        last_at=spell.last_at,
        after=spell.before,
        looks=spell.looks,
        capture=spell.capture,
        note=spell.note if spell.content_hash is None else None,
    )


# --- what a copy carries


def _told(ours: Edition, theirs: Sequence[Edition]) -> Told:
    """Return which of *theirs* one version of the copy carries. Those that came later than it do not count."""
    there = [n for n, one in enumerate(theirs) if one.after is None or one.after < ours.last_at]
    texts: dict[str | None, int] = {theirs[n].content_hash: n for n in there}  # of equal ones the last
    places = sorted(texts.values())
    found = carried(
        ours.text or "",
        [theirs[n].text or "" for n in places],
        title=ours.title,
        titles=[theirs[n].title for n in places],
    )
    if len(places) == 1:
        return Told(which=None, among=tuple(places))
    which = None if found.which is None else places[found.which]
    return Told(which=which, among=tuple(places[n] for n in found.among), words=found.words)


def _newest(theirs: Sequence[Edition], place: int, ours: Edition) -> Edition:
    """Return the version of that content that was there last before the copy was seen."""
    same = [
        e for e in theirs if e.content_hash == theirs[place].content_hash and (not e.after or e.after < ours.last_at)
    ]
    return same[-1]


def _followed(ours: Sequence[Edition], theirs: Sequence[Edition]) -> tuple[bool | None, Between | None]:
    """Say whether the copy took over the parent's last change of text, and how long after it."""
    last = theirs[-1]
    if last.after is None:
        return None, None
    carrying = [(one, _told(one, theirs).which) for one in ours]
    told = [(one, theirs[which].content_hash == last.content_hash) for one, which in carrying if which is not None]
    if not told or told[0][1]:
        return None, None  # it never had another, or nobody knows
    for (before, _), (after, has_it) in pairwise(told):
        if has_it:
            least = max(before.last_at - last.first_at, timedelta())
            return True, Between(least=least, most=after.first_at - last.after)
    seen_since = told[-1][0] is ours[-1] and ours[-1].last_at >= last.first_at
    return (False, None) if seen_since else (None, None)
