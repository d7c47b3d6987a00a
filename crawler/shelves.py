"""What a store keeps, shelf by shelf: so that all of it can be read out of one store and put into another.

A new kind of thing is a line in ``SHELVES`` and a shelf in each store; tests/test_shelves.py names what is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

from crawler.model import Article, ArticleId, Claim, Fingerprint, Lineage, Match, Pending, Review, Version

Key = tuple[str | int, ...]
T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# --- what stands on the shelves


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArticle:
    """An article with its facts and the judgement on it. A fingerprint is missing only where a writer was killed."""

    article: Article
    claims: tuple[Claim, ...]
    fingerprint: Fingerprint | None
    lineage: Lineage | None
    kept: int = field(default=0, compare=False)  # ascends with the first save; each store counts in its own way


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLineage:
    """A judgement: an earlier one, or one on an article that is not there."""

    id: ArticleId
    lineage: Lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """What an article was before it was edited; with a fingerprint, it is found by that still."""

    id: ArticleId
    version: Version
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReviews:
    """What analysts said of one article, by time."""

    id: ArticleId
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMatch:
    """A match, with the URLs of its articles for a store that shows them beside it."""

    match: Match
    left_url: str | None = field(default=None, compare=False)
    right_url: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """What became of an entry. ``pending`` is there as long as its page is still to be fetched or looked at again."""

    key: str
    source_id: str
    state: Literal["pending", "revisit", "done", "failed"]
    tries: int
    first_seen_at: datetime
    last_seen_at: datetime
    reason: str | None = None
    not_before: datetime | None = None
    pending: Pending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNote:
    """A note that an article is to be judged again; a *quiet* one raises no alerts, whatever is found."""

    id: ArticleId
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A document that a store would not take, put aside as JSON with the reason."""

    where: str  # the index that refused it
    id: str
    reason: str
    at: datetime
    document: str


def micros_of(at: datetime) -> int:
    """Return *at* as microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """One kind of thing that stores keep, and what tells two of them apart."""

    name: str
    key: Callable[[T], Key]


SHELVES: tuple[Kind[Any], ...] = (
    # Articles first: the rest speaks of them.
    Kind(name="articles", key=lambda kept: (kept.article.id,)),
    Kind(name="lineages", key=lambda kept: (kept.id,)),  # of articles that are not there
    Kind(name="versions", key=lambda kept: (kept.id, kept.version.number or 0, kept.version.content_hash)),
    Kind(name="history", key=lambda kept: (kept.id, kept.lineage.revision)),
    Kind(name="reviews", key=lambda kept: (kept.id,)),
    Kind(name="matches", key=lambda kept: (kept.match.left, kept.match.right)),
    Kind(name="rejected", key=lambda kept: (kept.match.left, kept.match.right)),
    Kind(name="stops", key=lambda stop: (stop.id,)),
    Kind(name="feeds", key=lambda state: (state.url,)),
    Kind(name="gaps", key=lambda gap: (gap.feed, micros_of(gap.since))),
    Kind(name="entries", key=lambda entry: (entry.key,)),
    Kind(name="alerts", key=lambda alert: (alert.key,)),
    Kind(name="left", key=lambda note: (note.id,)),  # to be judged again
    Kind(name="refused", key=lambda refused: (refused.where, refused.id)),
)


class Shelf(Protocol[T]):
    """All of one kind that a store keeps, to be read out and put in as it is.

    Nothing is derived, counted up or noted anew by ``put``: a store that was filled so answers as the one it came from.
    """

    def count(self) -> int: ...

    def pages(self, after: Key | None = None) -> Iterator[tuple[Key, Sequence[T]]]:
        """Yield everything, some at a time, each page with its place: ``pages(place)`` goes on behind it.

        The order is always the same; articles come in the order of their first save, the rest by key.
        """
        ...

    def get(self, keys: Collection[Key]) -> Mapping[Key, T]:
        """Return those of *keys* that are there, as they are now."""
        ...

    def put(self, rows: Sequence[T]) -> None:
        """Keep *rows*, in place of what has their keys. New articles come after those that are there, in their order.

        In a ``writing()`` block. A document that the store refuses for good is put aside.
        """
        ...

    def drop(self, keys: Collection[Key]) -> None:
        """Forget those of *keys* that are there. In a ``writing()`` block."""
        ...
