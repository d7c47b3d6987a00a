"""Archive first: what a crawl or a file brings is in the archive, on the disk, before the store hears of it.

Beside the bytes stands a note of all that the store learns besides: what the feed said of a page, when a feed was
asked, what could not be had. So the archive alone is enough to fill a store anew (``crawler.reprocessing``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from crawler.archive.writer import Archive
from crawler.errors import StoreError
from crawler.flow import Begun, Ingested
from crawler.model import Capture, FeedState, Page, Pending, Poll, Visit
from crawler.prepare import Row
from crawler.store.rows import FEED_STATE
from crawler.store.rows import Row as Json
from crawler.store.spool import Missed

FORMAT = 1

Kind = Literal["page", "row", "poll", "missed", "visit"]

_PAGE, _ROW, _MISSED, _VISIT, _CAPTURE = Json(Page), Json(Row), Json(Missed), Json(Visit), Json(Capture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A feed was asked: its state from then on, and where its answer lies if there was one to read."""

    state: FeedState
    capture: Capture | None


Noted = Page | Row | Missed | Visit | Asked


class Desk(Protocol):
    """What stands behind: an engine, with a spool or without."""

    def due(self, now: datetime) -> Sequence[FeedState]: ...
    def record(self, poll: Poll) -> Sequence[Pending]: ...
    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]: ...
    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]: ...
    def revisited(self, visit: Visit) -> None: ...
    def take_in(
        self, begun: Sequence[Begun], *, turn: Callable[[Begun], None], at: datetime | None
    ) -> list[Ingested]: ...
    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None: ...


class ArchivingDesk:
    """The desk of a crawl, with an archive before it. Raises ArchiveError, nothing taken in, where that is full."""

    def __init__(self, desk: Desk, archive: Archive, *, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._archive = archive
        self._clock = clock

    def due(self, now: datetime) -> Sequence[FeedState]:
        return self._desk.due(now)

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        return self._desk.waiting(limit, now=now)

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep what a poll brought, in the archive first."""
        asked = Asked(state=poll.state, capture=poll.capture if poll.feed is not None else None)
        note(self._archive, asked, self._clock())
        if poll.feed is not None:
            self._archive.commit()
        return self._desk.record(poll)

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        return self._desk.revisits(limit, now=now)

    def revisited(self, visit: Visit) -> None:
        """Keep what came of looking again, in the archive first."""
        note(self._archive, visit, self._clock())
        self._archive.commit()
        self._desk.revisited(visit)

    def take_in(self, begun: Sequence[Begun], *, turn: Callable[[Begun], None] = lambda one: None) -> list[Ingested]:
        """Take pages in once the archive has them on the disk: one flush for all of them."""
        at = self._clock()
        for one in begun:
            if one.unit is not None:
                note(self._archive, one.unit, at)
        self._archive.commit()
        return self._desk.take_in(begun, turn=turn, at=at)

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        missed = Missed(key=key, reason=reason, again=again, not_before=not_before, tried=tried)
        note(self._archive, missed, self._clock())
        self._desk.missed(key, reason, again=again, not_before=not_before, tried=tried)


class Taker(Protocol):
    """What takes in files: an engine."""

    def begin(self, unit: Page | Row) -> Begun: ...
    def take_in(self, begun: Sequence[Begun], *, at: datetime | None) -> list[Ingested]: ...


def take_in_files(
    units: Sequence[Page | Row], engine: Taker, archive: Archive, *, clock: Callable[[], datetime]
) -> list[Ingested]:
    """Take in what was read from files, kept first; a page that lies in a WARC of the user's stays there."""
    at = clock()
    kept = [given(unit, archive) if isinstance(unit, Page) else unit for unit in units]
    for unit in kept:
        note(archive, unit, at)
    archive.commit()
    return engine.take_in([engine.begin(unit) for unit in kept], at=at)


def given(page: Page, archive: Archive) -> Page:
    """Return *page* with where it lies, kept now unless it lies somewhere already."""
    if page.capture is not None:
        return page
    kind = page.headers.get("content-type", "text/html")
    return replace(page, capture=archive.give(page.final_url, page.fetched_at, kind, page.body))


def note(archive: Archive, what: Noted, at: datetime) -> None:
    """Keep a note of *what*, as of *at*. The body of a page stands in its record, not in the note."""
    kind, url, value = _written(what)
    archive.note(url, at, json.dumps({"copytrail": FORMAT, "kind": kind, "at": at.isoformat(), "value": value}))


def noted(text: bytes) -> tuple[datetime, Noted]:
    """Return when a note was made and what it says; a page comes without its body. Raises StoreError."""
    try:
        said = json.loads(text)
        if said["copytrail"] > FORMAT:
            raise StoreError("a note of a later copytrail: upgrade")
        at = datetime.fromisoformat(said["at"])
        return at, _read(said["kind"], said["value"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"a note that cannot be read: {type(error).__name__}") from error


def _written(what: Noted) -> tuple[Kind, str, Mapping[str, Any]]:
    if isinstance(what, Page):
        return "page", what.final_url, json.loads(_PAGE.dump(replace(what, body=b"")))
    if isinstance(what, Row):
        return "row", what.url, json.loads(_ROW.dump(what))
    if isinstance(what, Missed):
        return "missed", f"urn:copytrail:entry:{what.key}", json.loads(_MISSED.dump(what))
    if isinstance(what, Visit):
        return "visit", what.pending.url, json.loads(_VISIT.dump(what))
    capture = json.loads(_CAPTURE.dump(what.capture)) if what.capture else None
    return "poll", what.state.url, {"state": json.loads(FEED_STATE.dump(what.state)), "capture": capture}


def _read(kind: str, value: Any) -> Noted:
    if kind == "page":
        return _PAGE.load(json.dumps(value))
    if kind == "row":
        return _ROW.load(json.dumps(value))
    if kind == "missed":
        return _MISSED.load(json.dumps(value))
    if kind == "visit":
        return _VISIT.load(json.dumps(value))
    if kind != "poll":
        raise StoreError(f"a note of a kind that is not known: {kind[:40]!r}")
    capture = _CAPTURE.load(json.dumps(value["capture"])) if value["capture"] else None
    return Asked(state=FEED_STATE.load(json.dumps(value["state"])), capture=capture)
