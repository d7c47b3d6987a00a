"""What every store means alike: its limits, what an article is sorted by, when a judgement is news."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from crawler.errors import InputError
from crawler.model import Alert, Article, ArticleId, Claim, Fingerprint, Lineage, Match, Reason, Review
from crawler.ports import Query, Relation
from crawler.shelves import Refused
from crawler.store.rows import storable
from crawler.urls import article_id

SAME_TEXT = 200
_FIRST_MARK = "\u0300"  # below it no character is a mark
SEARCH_WORDS = 64
CONTESTED = 0.05  # a rival below this is one that the facts speak against
REFUSALS_SHOWN = 20
DAY = timedelta(days=1)
KEPT = timedelta(days=180)  # how long a settled entry is remembered after its feed last named it


OPEN = ("pending", "revisit")  # states of an entry whose page is asked for

EARLIER = 8  # texts an article had before that it is still found by


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A text that an article had before: what it is found by, and when it was last there (microseconds since 1970)."""

    content_hash: str
    last_seen: int
    fingerprint: Fingerprint


def worth_keeping(current: Fingerprint, earlier: Iterable[Earlier]) -> tuple[Earlier, ...]:
    """Return those of *earlier* that say another text than *current* and each other, the newest few, newest first."""
    kept: dict[str, Earlier] = {}
    for one in sorted(earlier, key=lambda e: (-e.last_seen, e.content_hash)):
        if one.fingerprint.digest != current.digest:
            kept.setdefault(one.fingerprint.digest, one)
    return tuple(kept.values())[:EARLIER]


def versions_named(article: Article, matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the content hashes of the earlier contents of *article* that its *matches* are about."""
    named = {match.version_of(article.id) for match in matches}
    return tuple(sorted(hash for hash in named if hash is not None and hash != article.content_hash))


def content_time(article: Article) -> datetime:
    """Return when *article* was published, or first seen where that is not known."""
    return article.first_seen_at if article.published is None else article.published.at


def linked_by(claim: Claim) -> ArticleId | None:
    """Return the id of the page that *claim* links, or None."""
    if claim.url is None:
        return None
    try:
        return article_id(storable(claim.url))
    except InputError:
        return None  # not the address of a page: "mailto:", a broken one


def news(old: Lineage, new: Lineage) -> Literal["none", "copies", "judgement"]:
    """Say in what *new* differs from *old*, whenever, why and how often they were decided.

    "copies": nothing but their number, and whether there are any.
    """
    alike = replace(new, revision=old.revision, decided_at=old.decided_at, reason=old.reason)
    if alike == old:
        return "none"
    parentless = {old.role, new.role} == {"original", "unmatched"}
    if new.copies != old.copies and replace(alike, copies=old.copies, role=old.role if parentless else new.role) == old:
        return "copies"
    return "judgement"


def has_reason(match: Match, reason: Reason | None) -> bool:
    """Say whether a guard made *match* less than a copy: that one, or any."""
    return match.shared.reason is not None and reason in (None, match.shared.reason)


def with_review(held: Sequence[Review], review: Review) -> tuple[Review, ...]:
    """Return the reviews of one article with *review* among them, by time; one of the same time is replaced."""
    return tuple(sorted([*(r for r in held if r.at != review.at), review], key=lambda r: r.at))


def refusal(refused: Refused) -> str:
    """Return the line that ``store status`` shows of a refused document."""
    return f"{refused.where} {refused.id}: {refused.reason}"


def search_words(words: str) -> tuple[str, ...]:
    """Return the words to look for, the first of very many."""
    return tuple(words.replace("\0", " ").split()[:SEARCH_WORDS])


def wanted(query: Query, article: Article, claims: Sequence[Claim], lineage: Lineage) -> bool:
    """Say whether *query* asks for *article*."""
    at = content_time(article)
    return (
        (query.source is None or article.source.id == query.source)
        and (query.origin is None or (lineage.origin is not None and lineage.origin.source.id == query.origin))
        and (query.role is None or lineage.role == query.role)
        and (query.since is None or at >= query.since)
        and (query.until is None or at < query.until)
        and (not query.uncredited or (lineage.attribution is not None and lineage.attribution.verdict == "uncredited"))
        and _is_like(query, lineage)
        and (query.language is None or article.language == query.language)
        and (query.claim is None or any(claim.kind == query.claim for claim in claims))
        and (not query.edited or article.version > 1)
        and (query.after is None or comes_after(article, query))
        and (not query.words.strip() or _has_words(query.words, article))
    )


def comes_after(article: Article, query: Query) -> bool:
    """Say whether *article* comes after the place that *query* names, in its order."""
    assert query.after is not None
    at, (then, id) = content_time(article), query.after
    return article.id > id if at == then else (at > then) == query.oldest


def is_older(alert: Alert, than: tuple[datetime, str]) -> bool:
    """Say whether *alert* comes after one of that time and key, newest first."""
    return alert.created_at < than[0] or (alert.created_at == than[0] and alert.key > than[1])


def relations_of(article: Article, lineage: Lineage) -> Iterator[Relation]:
    """Yield what counts are made of: a row for each parent, one where there is none."""
    rest = Relation(
        copy=article.id,
        source=article.source.id,
        at=content_time(article),
        role=lineage.role,
        origin=lineage.origin.source.id if lineage.origin else None,
        external=lineage.origin is not None and lineage.origin.external,
        delay_seconds=lineage.delay_seconds,
    )
    if not lineage.parents:
        yield rest
    for edge in lineage.parents:
        yield replace(
            rest,
            parent=edge.parent.source.id,
            kind=edge.kind,
            credited=edge.attribution.credited,
            verdict=edge.attribution.verdict,
            linked=edge.attribution.linked,
        )


def _is_like(query: Query, lineage: Lineage) -> bool:
    """Say whether a lineage is as *query* wants it, beyond its role and origin."""
    credit, parents = lineage.attribution, lineage.parents
    return (
        (query.parent is None or any(edge.parent.source.id == query.parent for edge in parents))
        and (query.kind is None or lineage.kind == query.kind)
        and (query.verdict is None or (credit is not None and credit.verdict == query.verdict))
        and (query.linked is None or (credit is not None and credit.linked == query.linked))
        and (query.depth is None or lineage.depth >= query.depth)
        and (query.below is None or any(e.coverage is not None and e.coverage < query.below for e in parents))
        and (query.of is None or any(edge.parent.id == query.of for edge in parents))
        and (not query.external or (lineage.origin is not None and lineage.origin.external))
        and (not query.revised or lineage.revision > 1)
        and (not query.contested or (not parents and any(edge.confidence >= CONTESTED for edge in lineage.rivals)))
    )


def _has_words(words: str, article: Article) -> bool:
    """Tell whether every one of *words* is in the title or the text."""
    phrases = search_phrases(words)
    places = [folded(article.title or ""), folded(article.text)]
    return bool(phrases) and all(any(f" {phrase} " in f" {place} " for place in places) for phrase in phrases)


def search_phrases(words: str) -> tuple[str, ...]:
    """Return *words* as they stand in folded text; one such as "don't" is a phrase of two."""
    return tuple(phrase for word in search_words(words) if (phrase := folded(word)))


def folded(text: str) -> str:
    """Return the words of *text* without case and diacritics, single spaces between them."""
    plain = text
    if not text.isascii():
        apart = unicodedata.normalize("NFD", text)
        plain = "".join(c for c in apart if c < _FIRST_MARK or unicodedata.category(c) != "Mn")
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))
