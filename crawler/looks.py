"""The looks at one page, joined: what was seen when, whatever the order in which it came in.

Looks only ever come to those that are there, so that joining them is the same in any order. Of very many the first and
the last of each spell are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from crawler.model import Article, Capture, Look

MOST = 64  # looks kept of a page; beyond that those inside a spell go
REMOVED_AFTER = timedelta(hours=1)  # between two looks that find a page gone: a passing fault removes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time in which every look at a page found the same.

    No content hash: the page was gone. ``before`` is the last look that found something else, so that it changed after
    that and by ``first_at``; None: nothing was seen earlier. ``capture`` is the first record that shows it.
    """

    content_hash: str | None
    first_at: datetime
    last_at: datetime
    before: datetime | None = None
    capture: Capture | None = None
    note: str | None = None
    looks: int = 1


def looks_of(article: Article) -> tuple[Look, ...]:
    """Return the looks at *article*, by time."""
    if article.looks:
        return article.looks
    latest = Look(at=article.last_seen_at, content_hash=article.content_hash, capture=article.capture)
    return (latest,)


def with_looks(article: Article, looks: Iterable[Look]) -> Article:
    """Return *article* with these looks besides those it has, and with the version that they make it."""
    before = looks_of(article)
    joined = join((*before, *looks))
    more = len(contents(joined)) - len(contents(before))
    return replace(article, looks=joined if len(joined) > 1 else (), version=article.version + more)


def join(looks: Iterable[Look]) -> tuple[Look, ...]:
    """Return *looks* by time, each once; of very many the first and the last of each spell."""
    told = {(look.at, look.content_hash or ""): look for look in sorted(looks, key=_worth)}
    joined = [told[key] for key in sorted(told)]
    if len(joined) <= MOST:
        return tuple(joined)
    ends = ((run[0], run[-1]) if len(run) > 1 else run for run in _runs(joined))
    return tuple(look for run in ends for look in run)


def _worth(look: Look) -> tuple[bool, str, int]:
    """Of one look told twice the one with a record stays."""
    where = look.capture
    return (False, "", 0) if where is None else (True, where.warc or "", where.offset or 0)


def contents(looks: Iterable[Look]) -> list[str]:
    """Return the contents that a page had one after the other; being gone in between makes no new one."""
    return [hash for hash, _ in groupby(look.content_hash for look in looks if look.content_hash is not None)]


def spells(looks: Sequence[Look]) -> list[Spell]:
    """Return what was seen, spell by spell; one in which the page was gone counts once that was seen an hour apart."""
    sure = [look for run in _runs(looks) if run[0].content_hash is not None or _lasted(run) for look in run]
    found: list[Spell] = []
    for run in _runs(sure):
        found.append(
            Spell(
                content_hash=run[0].content_hash,
                first_at=run[0].at,
                last_at=run[-1].at,
                before=found[-1].last_at if found else None,
                capture=next((look.capture for look in run if look.capture is not None), None),
                note=run[0].note,
                looks=len(run),
            )
        )
    return found


def _runs(looks: Iterable[Look]) -> list[list[Look]]:
    return [list(run) for _, run in groupby(looks, key=lambda look: look.content_hash)]


def _lasted(run: Sequence[Look]) -> bool:
    return run[-1].at - run[0].at >= REMOVED_AFTER
