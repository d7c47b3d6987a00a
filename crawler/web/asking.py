"""What a reader asks for in an address: filters as in ``search``, and the place where a page goes on."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawler.errors import InputError
from crawler.intake import moment_or_ago
from crawler.model import ArticleId, ClaimKind, EdgeKind, Linked, Role, Verdict
from crawler.ports import Query
from crawler.store.rows import instant, micros

LONGEST_WORDS = 1000
LARGEST_PAGE = 200
MOMENT = r"^(\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?|\d{1,5}[hdw])$"

Moment = Annotated[str, Field(pattern=MOMENT, description="ISO 8601, or so long ago: 24h, 7d, 4w", max_length=40)]
SourceId = Annotated[str, Field(max_length=300)]


class Filters(BaseModel):
    """Which articles, as by the options of ``copytrail search``. All must hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST_WORDS, description="words of the title or the text, all of them")
    source: SourceId | None = Field(None, description="published by this outlet")
    origin: SourceId | None = Field(None, description="whose chain ends at this outlet")
    parent: SourceId | None = Field(None, description="taken directly from this outlet")
    role: Role | None = None
    kind: EdgeKind | None = None
    since: Moment | None = None
    until: Moment | None = None
    uncredited: bool = False
    verdict: Verdict | None = None
    linked: Linked | None = None
    language: Annotated[str, Field(max_length=20)] | None = None
    claim: ClaimKind | None = Field(None, description="its page makes a claim of this kind")
    depth: Annotated[int, Field(ge=1, le=50)] | None = Field(None, description="at least so many steps from its origin")
    below: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="less than this share of its words is in a parent"
    )
    external: bool = False
    edited: bool = False
    revised: bool = False
    contested: bool = False

    def query(self, now: datetime, *, limit: int, cursor: str | None = None) -> Query:
        """Return the query that the filters stand for. Raises InputError for a time or cursor that is none."""
        asked = self.model_dump(exclude={"q", "since", "until", "limit", "cursor"})
        return Query(
            words=self.q,
            since=moment_or_ago(self.since, "since", now) if self.since else None,
            until=moment_or_ago(self.until, "until", now) if self.until else None,
            after=place_of(cursor) if cursor else None,
            limit=limit,
            **asked,
        )

    def given(self) -> dict[str, str]:
        """Return what is set, as it stands in an address."""
        values = self.model_dump(exclude_defaults=True, exclude={"cursor", "limit"})
        return {name: "true" if value is True else str(value) for name, value in values.items()}


Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
Cursor = Annotated[str, Field(max_length=2000, description="where the page before ended: its `next`")]


class Paged(Filters):
    """Filters, and which page."""

    limit: Limit = 50
    cursor: Cursor | None = None


def _filled(value: Any) -> Any:
    """Return a form's fields without those left empty."""
    return {name: one for name, one in value.items() if one != ""} if isinstance(value, Mapping) else value


class Form(Filters):
    """Filters as a browser sends them: a field left empty is not set."""

    cursor: Cursor | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return _filled(value)


def cursor_at(at: datetime, id: str) -> str:
    """Return the place behind one row as it stands in an address."""
    return base64.urlsafe_b64encode(json.dumps([micros(at), id]).encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime, ArticleId]:
    """Return the place that *cursor* stands for. Raises InputError."""
    try:
        at, id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(at, int) or not isinstance(id, str):
            raise ValueError
        return instant(at), ArticleId(id)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError("cursor: not one of ours: begin without it") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Round lengths of time for a form."""

    words: str
    value: str


TIMES = (
    Since(words="any time", value=""),
    Since(words="the last day", value="24h"),
    Since(words="the last week", value="7d"),
    Since(words="the last four weeks", value="4w"),
)
