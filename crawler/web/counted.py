"""What is costly to know, known in the background: a page shows what was known last and never waits long for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from crawler.errors import CopytrailError
from crawler.model import Source
from crawler.overview import Overview, overview
from crawler.ports import Status, Store
from crawler.readiness import Readiness
from crawler.watching import Watched, Watcher, look

PATIENCE = 0.25  # seconds that a page waits where nothing is known yet
LONGER = 5.0  # seconds that a program is let wait
COUNTS_FRESH, READY_FRESH, STATUS_FRESH, HEALTH_FRESH = 60.0, 15.0, 5.0, 120.0

V = TypeVar("V")


class Fresh(Generic[V]):
    """A value that is made anew, in a thread of its own, once it is asked for and the last one is old.

    It is kept for *seconds* at least, and for ten times as long as it took to make it.
    """

    def __init__(self, make: Callable[[], V], seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="fresh")
        self._making: Future[None] | None = None
        self._last: V | None = None
        self._due = 0.0

    def value(self, patience: float) -> V | None:
        """Return the newest value there is; None where there is none yet and none comes within *patience* seconds."""
        with self._lock:
            if self._making is None and time.monotonic() >= self._due:
                self._making = self._worker.submit(self._renew)
            making = self._making if self._last is None else None
        if making is not None:
            try:
                making.result(patience)
            except TimeoutError:
                return None
        return self._last

    def _renew(self) -> None:
        begun = time.monotonic()
        try:
            self._last = self._make()
        except CopytrailError:
            pass  # the store is away: what was known last is shown, and readyz says why
        finally:
            now = time.monotonic()
            with self._lock:
                self._due = now + max(self._seconds, 10 * (now - begun))
                self._making = None

    def close(self) -> None:
        """Wait for a value that is being made."""
        self._worker.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """An overview and when it was begun."""

    overview: Overview
    at: datetime


class Counted:
    """What is counted and known of one store as a whole. Threads may share it."""

    def __init__(
        self,
        store: Store,
        readiness: Callable[[], Readiness],
        clock: Callable[[], datetime],
        sources: Sequence[Source] = (),
        watcher: Watcher | None = None,
    ) -> None:
        self._store = store
        self._sources = sources
        self._watcher = watcher or Watcher()
        self._clock = clock
        self._counts = Fresh(self._count, COUNTS_FRESH)
        # Asking whether the store takes anything waits for whoever writes: no page can wait for that.
        self._ready = Fresh(readiness, READY_FRESH)
        self._health = Fresh(self._look, HEALTH_FRESH)
        self._status: tuple[float, Status] | None = None

    def _look(self) -> Mapping[str, Watched]:
        now, watched = self._clock(), [s for s in self._sources if s.enabled and s.polled]
        return {s.id: look(self._store, s, now, gaps=False, watcher=self._watcher) for s in watched}

    def health(self, patience: float = PATIENCE) -> Mapping[str, Watched]:
        """Return how the watched outlets were some minutes ago, by id; nothing while that is first looked at."""
        return self._health.value(patience) or {}

    def _count(self) -> Counts:
        at = self._clock()
        return Counts(overview=overview(self._store.relations()), at=at)

    def counts(self, patience: float = PATIENCE) -> Counts | None:
        """Return the newest counts of who takes from whom; None while they are first made."""
        return self._counts.value(patience)

    def ready(self, patience: float = PATIENCE) -> Readiness | None:
        """Return how the store was some seconds ago; None while that is first found out."""
        return self._ready.value(patience)

    def status(self) -> Status:
        """Return the store's own counts, at most some seconds old. Raises StoreError."""
        held = self._status
        if held is None or time.monotonic() - held[0] > STATUS_FRESH:
            held = self._status = (time.monotonic(), self._store.status())
        return held[1]

    def close(self) -> None:
        """Wait for what is being made."""
        self._counts.close()
        self._ready.close()
        self._health.close()
