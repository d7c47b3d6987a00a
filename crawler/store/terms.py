"""What every store means alike: its limits, what an article is sorted by, when a judgement is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from crawler.errors import InputError
from crawler.model import Article, ArticleId, Claim, Lineage
from crawler.store.rows import storable
from crawler.urls import article_id

SAME_TEXT = 200
SEARCH_WORDS = 64
DAY = timedelta(days=1)
KEPT = timedelta(days=180)  # how long a settled entry is remembered after its feed last named it


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
    """Say in what *new* differs from *old*, whenever and how often they were decided.

    "copies": nothing but their number, and whether there are any.
    """
    alike = replace(new, revision=old.revision, decided_at=old.decided_at)
    if alike == old:
        return "none"
    parentless = {old.role, new.role} == {"original", "unmatched"}
    if new.copies != old.copies and replace(alike, copies=old.copies, role=old.role if parentless else new.role) == old:
        return "copies"
    return "judgement"


def search_words(words: str) -> tuple[str, ...]:
    """Return the words to look for, the first of very many."""
    return tuple(words.replace("\0", " ").split()[:SEARCH_WORDS])
