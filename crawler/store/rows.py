"""Values of the model as JSON text, there and back: what a store keeps in one column."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from crawler.errors import StoreError
from crawler.model import Alert, Article, Claim, FeedState, Gap, Lineage, Match, Pending, Review, Stop

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Row(Generic[T]):
    """The JSON form of one kind of value.

    Reading ignores fields it does not know and fills those that are missing from their defaults, so
    that rows of earlier and later releases can be read as long as the meaning of a field stays.
    """

    def __init__(self, kind: type[T]) -> None:
        self._name = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> str:
        try:
            return self._adapter.dump_json(value).decode()
        except PydanticSerializationError:
            # Half a surrogate pair, as JSON input can spell it: not text in any encoding.
            return storable(json.dumps(self._adapter.dump_python(value, mode="json"), ensure_ascii=False))

    def load(self, text: str | bytes) -> T:
        try:
            return self._adapter.validate_json(text)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise StoreError(f"a stored {self._name} cannot be read: {where}: {problem['msg']}") from error


ARTICLE = Row(Article)
CLAIM = Row(Claim)
MATCH = Row(Match)
LINEAGE = Row(Lineage)
FEED_STATE = Row(FeedState)
GAP = Row(Gap)
PENDING = Row(Pending)
ALERT = Row(Alert)
REVIEW = Row(Review)
STOP = Row(Stop)


def storable(text: str) -> str:
    """Return *text* with what no encoding can hold replaced, character for character, so that offsets stay."""
    return _SURROGATE.sub("\ufffd", text)


def micros(at: datetime) -> int:
    """Return *at* as microseconds since 1970, exactly: what rows are sorted and cut by."""
    return (at - _EPOCH) // _MICROSECOND


def maybe_micros(at: datetime | None) -> int | None:
    """Return *at* as ``micros`` does, None for None."""
    return None if at is None else micros(at)


def maybe_instant(micros: int | None) -> datetime | None:
    """Return the instant of that many microseconds since 1970, None for None."""
    return None if micros is None else instant(micros)


def instant(micros: int) -> datetime:
    """Return the instant of that many microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND
