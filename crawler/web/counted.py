"""Counts of the whole store, made in the background: a page shows the last ones and never waits long for new ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from crawler.errors import CopytrailError
from crawler.overview import Overview, overview
from crawler.ports import Status, Store

PATIENCE = 0.25  # seconds that a page waits for the very first counts
FRESH = 60.0  # seconds that counts are shown for at least; ten times as long as it took to make them, if that is longer
_STATUS_FRESH = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """An overview and when it was begun."""

    overview: Overview
    at: datetime


class Counted:
    """Keeps the counts of one store. Threads may share it."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="counts")
        self._making: Future[None] | None = None
        self._last: Counts | None = None
        self._due = 0.0
        self._status: tuple[float, Status] | None = None

    def counts(self, patience: float = PATIENCE) -> Counts | None:
        """Return the newest counts there are, new ones being made where these are old; None while there are none."""
        with self._lock:
            if self._making is None and time.monotonic() >= self._due:
                self._making = self._worker.submit(self._make)
            making = self._making if self._last is None else None
        if making is not None:
            try:
                making.result(patience)
            except TimeoutError:
                return None
        return self._last

    def _make(self) -> None:
        begun, at = time.monotonic(), self._clock()
        try:
            self._last = Counts(overview=overview(self._store.relations()), at=at)
        except CopytrailError:
            pass  # the store is away: what was counted last is shown, and readyz says why
        finally:
            took = time.monotonic() - begun
            with self._lock:
                self._due = time.monotonic() + max(FRESH, 10 * took)
                self._making = None

    def status(self) -> Status:
        """Return the store's own counts, at most some seconds old. Raises StoreError."""
        held = self._status
        if held is None or time.monotonic() - held[0] > _STATUS_FRESH:
            held = self._status = (time.monotonic(), self._store.status())
        return held[1]

    def close(self) -> None:
        """Wait for counts that are being made."""
        self._worker.shutdown(wait=True, cancel_futures=True)
