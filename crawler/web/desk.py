"""What the pages and the API share: the engine, who asks, and what is wrong said in their terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request

from crawler.alerts.delivery import again
from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import Alert, ArticleId, Comparison, FeedState, Match, Review, Ruling, Source
from crawler.ports import Dossier, Store
from crawler.prepare import compare_texts
from crawler.readiness import Readiness
from crawler.urls import article_id
from crawler.watching import states_of
from crawler.web.counted import Counted
from crawler.web.keys import COOKIE, Keys, Reader
from crawler.web.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two stored articles as they were compared, and what they share."""

    a: Dossier
    b: Dossier
    shared: Comparison
    match: Match | None = None  # where what is stored was shown: it may be about earlier contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a request is answered from."""

    engine: Engine
    counted: Counted
    metrics: Metrics
    keys: Keys
    readiness: Callable[[], Readiness]
    clock: Callable[[], datetime]

    @property
    def store(self) -> Store:
        return self.engine.store

    def reader(self, request: Request) -> Reader:
        """Return who asks."""
        return self.keys.reader(request.headers.get("authorization"), request.cookies.get(COOKIE), self.clock())

    def compare(self, a: ArticleId, b: ArticleId) -> Compared | None:
        """Return what two stored articles share: their match where there is one, else measured now; None if unknown."""
        held = self.store.dossiers([a, b], among=[a, b])
        one, other = held.get(a), held.get(b)
        if one is None or other is None:
            return None
        match = next((m for m in one.matches if a != b and m.other(a) == b), None)
        if match is not None and one.has(match) and other.has(match):
            return Compared(a=one, b=other, shared=match.seen_from(a), match=match)
        return Compared(a=one, b=other, shared=compare_texts(one.article.text, other.article.text))

    def review(self, copy: ArticleId, ruling: Ruling, parent: str | None, note: str, by: str) -> tuple[Review, int]:
        """Keep an analyst's word; return it and how many lineages changed. Raises InputError."""
        if parent is None and ruling != "no-parent":
            raise InputError(f"{ruling}: name a parent")
        if parent is not None and ruling == "no-parent":
            raise InputError("no-parent: goes without a parent")
        return self.engine.review(copy, ruling, parent, note=note, by=by)

    def retry(self, key: str) -> Alert | None:
        """Make an undelivered alert due at once; return it, None where there is none. Raises InputError."""
        with self.store.writing():
            held = self.store.alert(key)
            if held is None:
                return None
            if held.state in ("delivered", "withdrawn"):
                raise InputError(f"it was {held.state}: nothing is to be tried again")
            self.store.save_alert(again(held))
            return self.store.alert(key)

    def feeds(self, source: Source) -> Mapping[str, FeedState | None]:
        """Return what is remembered of the feeds of an outlet."""
        return states_of(self.store, source)


def named(what: str) -> ArticleId:
    """Return the id that an address names: an id as it stands, or a URL's."""
    if not what.startswith(("http://", "https://")):
        return ArticleId(what)
    try:
        return article_id(what)
    except InputError:
        return ArticleId(what)


def not_found(what: str) -> HTTPException:
    return HTTPException(404, f"{what}: not in the store")
