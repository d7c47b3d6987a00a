"""Fills a store from the archive alone: every page through today's code, in the order in which they were taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.reader import Recorded, files, notes, read
from crawler.archive.writer import OPEN
from crawler.archiving import Asked, Noted, noted
from crawler.errors import ArchiveError, CopytrailError, NotAFeed, StoreError
from crawler.feed import parse_feed
from crawler.flow import Begun, Engine
from crawler.model import Entry, Feed, Page, Poll, Visit
from crawler.ports import Store
from crawler.prepare import Row
from crawler.store.spool import Missed

SHOWN = 1_000
CARRIED = ("reviews", "alerts", "gaps")
_TOGETHER = 50


class Hands:
    """The clock of a store that is filled anew: it stands at the moment that is gone through again."""

    def __init__(self) -> None:
        self.at = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Reprocessed:
    """What came of it. ``problems`` are the first of them, a line each; ``refused`` held no article then or now."""

    files: int = 0
    polls: int = 0
    pages: int = 0
    articles: int = 0
    refused: int = 0
    missing: int = 0
    problems: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        self.missing += 1
        if len(self.problems) < SHOWN:
            self.problems.append(words)


def reprocess(
    folder: Path,
    engine: Engine,
    hands: Hands,
    *,
    since: datetime | None = None,
    tell: Callable[[int], None] = lambda size: None,
) -> Reprocessed:
    """Take what lies in *folder* into the engine's store as it was taken in then, *hands* being the engine's clock.

    Feeds and pages are read by today's code; when each was seen, and what the feeds had shown by then, stays as it was.
    What cannot be read is reported and left out. *since*: only what was taken in from then on. *tell* hears the size of
    each file that is done.
    """
    work = _Work(folder, engine, hands)
    for path in files(folder):
        for at, what in _since(path, since, work.done):
            work.take(at, what)
        work.finish()
        work.done.files += 1
        tell(path.stat().st_size)
    engine.settle()
    engine.learn_clocks()
    return work.done


def carry_over(old: Store, new: Store) -> None:
    """Put into *new* what is not of the web but of its users: reviews, and the alerts that were raised already."""
    for name in CARRIED:
        for _, rows in old.shelves[name].pages():
            with new.writing():
                new.shelves[name].put(rows)


def _since(path: Path, since: datetime | None, done: Reprocessed) -> Iterator[tuple[datetime, Noted]]:
    warc = path.name.removesuffix(OPEN)
    for found in notes(path):
        if found.problem is not None:
            done.say(f"{warc} at {found.offset}: {found.problem}")
            continue
        try:
            at, what = noted(found.text)
        except StoreError as error:
            done.say(f"{warc} at {found.offset}: {error}")
            continue
        if since is None or at >= since:
            yield at, what


class _Work:
    """One run: pages that were taken in together are taken in together again."""

    def __init__(self, folder: Path, engine: Engine, hands: Hands) -> None:
        self.done = Reprocessed()
        self._folder = folder
        self._engine = engine
        self._hands = hands
        self._entries: dict[str, Entry] = {}  # as today's code reads the feeds, until their pages come
        self._begun: list[Begun] = []

    def take(self, at: datetime, what: Noted) -> None:
        if at != self._hands.at or len(self._begun) >= _TOGETHER or not isinstance(what, Page | Row):
            self.finish()
        self._hands.at = max(at, self._hands.at)
        if isinstance(what, Page):
            self._page(what)
        elif isinstance(what, Row):
            self._begin(what)
        elif isinstance(what, Missed):
            if not what.again:
                self._entries.pop(what.key, None)
            self._engine.missed(what.key, what.reason, again=what.again, not_before=what.not_before, tried=what.tried)
        elif isinstance(what, Visit):
            self._engine.revisited(what)
        else:
            self._poll(what)

    def finish(self) -> None:
        """Take in what is begun."""
        some, self._begun = self._begun, []
        if not some:
            return
        for outcome in self._engine.take_in(some, at=self._hands.at):
            if outcome.error is not None:
                problem = outcome.error
                ours = f"copytrail failed on it ({type(problem).__name__}): please report it"
                self.done.say(f"{outcome.url}: {problem if isinstance(problem, CopytrailError) else ours}")
            elif outcome.problem is not None:
                self.done.refused += 1
            else:
                self.done.articles += 1

    def _page(self, page: Page) -> None:
        record = self._read(page, page.final_url)
        if record is None:
            return
        entry = self._entries.pop(page.entry_key, None) if page.entry_key else None
        self._begin(replace(page, body=record.body, entry=entry or page.entry))

    def _begin(self, unit: Page | Row) -> None:
        self.done.pages += 1
        self._begun.append(self._engine.begin(unit))

    def _poll(self, asked: Asked) -> None:
        held = self._engine.store.feed_state(asked.state.url)
        if held is not None and held.polled_at and asked.state.polled_at and held.polled_at > asked.state.polled_at:
            return  # of another writer's file, and older than what we know
        self.done.polls += 1
        new = self._engine.record(Poll(state=asked.state, feed=self._feed(asked), capture=asked.capture))
        self._entries |= {pending.key: pending.entry for pending in new}

    def _feed(self, asked: Asked) -> Feed | None:
        if asked.capture is None:
            return None
        record = self._read(asked, asked.state.url)
        if record is None:
            return None
        kind = next((value for name, value in record.headers if name.lower() == "content-type"), None)
        now = asked.state.polled_at or self._hands.at
        try:
            links = self._engine.registry.links_of(asked.state.url)
            return parse_feed(record.body, url=record.url, content_type=kind, now=now, links=links)
        except NotAFeed:
            return None

    def _read(self, what: Page | Asked, url: str) -> Recorded | None:
        assert what.capture is not None
        try:
            return read(self._folder, what.capture)
        except ArchiveError as error:
            self.done.say(f"{url}: {error}")
            return None
