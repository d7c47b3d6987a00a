"""Decides when the page of a known article is looked at again: by its age, so that most edits are seen soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crawler.model import Article, ArticleId, Entry, Page, Pending

AGAIN_WHEN_GONE = timedelta(hours=2)  # a page that was found gone is looked at once more soon
_KEY = "revisit:"
_VALIDATOR_LIMIT = 1_024
_CLOSE = 8  # a look so small a part of its age away comes too soon after this one


def revisit_key(id: ArticleId) -> str:
    """Return what the store calls the entry of an article that is looked at again."""
    return f"{_KEY}{id}"


def revisited(key: str | None) -> ArticleId | None:
    """Return the article that an entry of that key looks at again; None where it is no such entry."""
    return ArticleId(key.removeprefix(_KEY)) if key is not None and key.startswith(_KEY) else None


def next_visit(article: Article, now: datetime, ages: Sequence[timedelta], *, gone: bool = False) -> datetime | None:
    """Return when the page of *article*, seen just now, is looked at again; None: no more.

    Ages count from the first sight. What was old by then already (older than the last of *ages*) is not looked at
    again. A page that was *gone* is looked at soon, whatever its age: one look alone removes nothing.
    """
    first = article.first_seen_at
    if not ages or (article.published is not None and first - article.published.at > max(ages)):
        return None
    times = [first + age for age in sorted(ages) if first + age - now > age / _CLOSE]
    if gone:
        times.append(now + AGAIN_WHEN_GONE)
    return min(times, default=None)


def of_page(article: Article, page: Page) -> Pending:
    """Return the entry by which the page of *article*, as it was fetched now, is looked at again."""
    assert page.source_id is not None
    return Pending(
        key=revisit_key(article.id),
        url=article.url,
        source_id=page.source_id,
        entry=page.entry or Entry(url=article.url),
        first_seen_at=article.first_seen_at,
        revisit=True,
        etag=_validator(page.headers.get("etag")),
        last_modified=_validator(page.headers.get("last-modified")),
    )


def _validator(value: str | None) -> str | None:
    """Return *value* as it came; None where it is empty or absurdly long."""
    return value if value and len(value) <= _VALIDATOR_LIMIT else None
