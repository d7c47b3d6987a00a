"""Lets the crawl outlast its store: what cannot be saved is spooled on disk, and saved in its order once it can."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from crawler.alerts.delivery import Delivered
from crawler.entries import polled
from crawler.errors import CopytrailError, SpoolFull, StoreError, StoreUnavailable
from crawler.flow import Begun, Engine, Ingested
from crawler.health import Findings
from crawler.model import FeedState, Page, Pending, Poll, Visit
from crawler.polling import distinct, is_due
from crawler.ports import Store
from crawler.readiness import Readiness, readiness
from crawler.store.spool import Missed, Polled, Spool, Spooled

TOGETHER = 25  # saved in one transaction
_REMEMBERED = 200  # feeds whose states are written down in one transaction
_ASK_AGAIN_SECONDS = 5.0  # a store that has just been unavailable is not asked for so long


class SpoolingEngine:
    """An engine for the crawl: its verbs work without the store, too.

    As long as anything waits in the spool all goes behind it, so that the store gets everything in the order in which
    it came. ``replay`` empties the spool; one process at a time does that. What is saved twice, because a process was
    killed before it could take it off the spool, is saved once: articles and entries are known by their ids.
    """

    def __init__(self, engine: Engine, spool: Spool, *, clock: Callable[[], datetime]) -> None:
        self.spool = spool
        self._engine = engine
        self._clock = clock
        self._ask_at = 0.0
        self._problem: str | None = None
        self._fresh: dict[str, tuple[FeedState, Sequence[str] | None]] = {}

    @property
    def store(self) -> Store:
        return self._engine.store

    # the crawl

    def due(self, now: datetime) -> Sequence[FeedState]:
        """Return the feeds whose time has come. Without the store: of those it was told of; none with a full spool."""
        if self._may_ask():
            try:
                return self._engine.due(now)
            except StoreUnavailable as error:
                self._note(error)
        self.flush()
        if self.spool.is_full():
            return ()
        watched = {url for source in self._engine.registry.sources if source.enabled for url in source.polled}
        states = [known.state for known in self.spool.feeds() if known.state.url in watched]
        ready = [state for state in distinct(states) if is_due(state, now)]
        return sorted(ready, key=lambda state: (state.next_at or now, state.url))

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep what a poll brought; return the entries to fetch. Without the store: those not shown the last time."""
        if self._may_ask():
            try:
                new = self._engine.record(poll)
            except StoreUnavailable as error:
                self._note(error)
            else:
                self._remember(poll)
                return new
        self.flush()
        known = self.spool.feed(poll.state.url)
        state, entries = polled(poll, known.state if known else None, self._engine.registry, self._clock())
        fresh = tuple(entry for entry in entries if known is None or entry.key not in known.keys)
        self.spool.add(Polled(state=state, entries=fresh), self._clock())
        return fresh

    def _remember(self, poll: Poll) -> None:
        """Remember a feed as the store has it, for when it is away; written down a few hundred at once.

        Of what was not written down when the process died an older state is known: then the feed is asked sooner than
        it had to be, and the store knows the entries.
        """
        state, entries = polled(poll, None, self._engine.registry, self._clock())
        _, before = self._fresh.get(state.url, (state, None))
        self._fresh[state.url] = state, [entry.key for entry in entries] if poll.feed else before
        if len(self._fresh) >= _REMEMBERED:
            self.flush()

    def flush(self) -> None:
        """Write down what is remembered of the feeds."""
        if self._fresh:
            self.spool.remember(self._fresh.values())
            self._fresh.clear()

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return entries left over from earlier rounds. Without the store: of those that came since."""
        if self._may_ask():
            try:
                return self._engine.waiting(limit, now=now)
            except StoreUnavailable as error:
                self._note(error)
        enabled = {source.id for source in self._engine.registry.sources if source.enabled}
        return () if self.spool.is_full() else self.spool.pending(enabled, limit, now=now)

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        """Return the pages to be looked at again. Without the store: none, new ones are worth more."""
        if self._may_ask():
            try:
                return self._engine.revisits(limit, now=now)
            except StoreUnavailable as error:
                self._note(error)
        return ()

    def revisited(self, visit: Visit) -> None:
        """Keep what came of looking again. Without the store it is not spooled: the page is due still."""
        if self._may_ask():
            try:
                self._engine.revisited(visit)
            except StoreUnavailable as error:
                self._note(error)

    def ingest(self, page: Page) -> Ingested:
        """Take *page* in, or spool it. Raises SpoolFull where neither can be done."""
        (outcome,) = self.take_in([self.begin(page)])
        if outcome.error is not None:
            raise outcome.error
        return outcome

    def begin(self, page: Page) -> Begun:
        return self._engine.begin(page)

    def take_in(
        self,
        begun: Sequence[Begun],
        *,
        turn: Callable[[Begun], None] = lambda one: None,
        at: datetime | None = None,
    ) -> list[Ingested]:
        """Take pages in, or spool them. SpoolFull is the ``error`` of those with which neither can be done."""
        if self._may_ask():
            try:
                return self._engine.take_in(begun, turn=turn, at=at)
            except StoreUnavailable as error:
                self._note(error)
        return [self._spooled(one) for one in begun]

    def _spooled(self, one: Begun) -> Ingested:
        assert isinstance(one.unit, Page), "the crawl brings pages"
        try:
            self.spool.add(one.unit, self._clock())
        except SpoolFull as error:
            return Ingested(url=one.url, error=error)
        return Ingested(url=one.url, spooled=True)

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        if self._may_ask():
            try:
                return self._engine.missed(key, reason, again=again, not_before=not_before, tried=tried)
            except StoreUnavailable as error:
                self._note(error)
        missed = Missed(key=key, reason=reason, again=again, not_before=not_before, tried=tried)
        self.spool.add(missed, self._clock())
        return None

    def _may_ask(self) -> bool:
        return time.monotonic() >= self._ask_at and self.spool.is_empty()

    def _note(self, error: StoreUnavailable) -> None:
        self._problem = str(error)
        self._ask_at = time.monotonic() + _ASK_AGAIN_SECONDS

    # once the store is back

    def replay(self, stop: Callable[[], bool] = lambda: False, *, together: int = TOGETHER) -> int:
        """Save what waits in the spool, oldest first, until it is empty or *stop* says so; return how much was saved.

        *together* are saved in one transaction. Returns at once where the store is unavailable. What can never be saved
        is put aside with the reason.
        """
        saved = 0
        while not stop() and (some := self.spool.first(together)):
            try:
                self._save(some)
            except StoreUnavailable as error:
                self._note(error)
                return saved
            saved += len(some)
            self._problem, self._ask_at = None, 0.0
        return saved

    def _save(self, some: Sequence[tuple[int, Spooled]]) -> None:
        """Save *some*, all at once if that can be done; what fails alone is put aside."""
        try:
            self._save_together(some)
        except StoreUnavailable:
            raise
        except Exception as error:
            failed = [(some[0], error)] if len(some) == 1 else self._save_each(some)
            pages = sum(isinstance(what, Page) for _, what in some)
            if len(failed) >= pages > 1 and isinstance(error, StoreError):
                # It cannot be that every page is at fault.
                raise StoreUnavailable(str(error)) from error
            for (number, what), fault in failed:
                self._put_aside(number, what, fault)

    def _save_each(self, some: Sequence[tuple[int, Spooled]]) -> list[tuple[tuple[int, Spooled], Exception]]:
        """Save *some* one by one; return those that failed, with the reason."""
        failed = []
        for one in some:
            try:
                self._save_together([one])
            except StoreUnavailable:
                raise
            except Exception as error:
                failed.append((one, error))
        return failed

    def _save_together(self, some: Sequence[tuple[int, Spooled]]) -> None:
        with self.store.writing():
            for kind, group in groupby((what for _, what in some), key=type):
                if kind is Page:
                    self._take_in([what for what in group if isinstance(what, Page)])
                else:
                    for what in group:
                        self._repeat(what)
        self.spool.done([number for number, _ in some])

    def _take_in(self, pages: Sequence[Page]) -> None:
        """Take *pages* in. Raises the error of the first that fails."""
        for outcome in self._engine.ingest_many(pages):
            if outcome.error is not None:
                raise outcome.error

    def _repeat(self, what: Spooled) -> None:
        if isinstance(what, Polled):
            self.store.save_poll(what.state, what.entries)
        elif isinstance(what, Missed):
            self._engine.missed(what.key, what.reason, again=what.again, not_before=what.not_before, tried=what.tried)

    def _put_aside(self, number: int, what: Spooled, error: Exception) -> None:
        name = what.url if isinstance(what, Page) else what.state.url if isinstance(what, Polled) else what.key
        words = str(error) if isinstance(error, CopytrailError) else f"{type(error).__name__}: please report it"
        if isinstance(what, Page) and what.entry_key is not None:
            self._engine.missed(what.entry_key, words, again=True)
        self.spool.put_aside(number, f"{name}: {words}")

    def readiness(self, short: str | None = None) -> Readiness:
        """Say how the store is, and what waits for it; *short*: which disk has too little room left."""
        problem = None if self.spool.is_empty() else self._problem
        return readiness(self.store, self.spool, problem=problem, short=short)

    # the rest is the engine's

    def settle(self) -> int:
        return self._engine.settle()

    def renew(self) -> int:
        return self._engine.renew()

    def deliver(self, now: datetime) -> Delivered:
        return self._engine.deliver(now)

    def look_after(self, now: datetime, own: Findings = {}) -> int:
        return self._engine.look_after(now, own)

    def learn_clocks(self) -> int:
        return len(self._engine.learn_clocks())

    def clean_up(self, now: datetime) -> int:
        return self._engine.clean_up(now)
