"""Says whether the store takes what it is given, and what waits for it: for ``readyz``, status and doctor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crawler.errors import StoreError
from crawler.model import iso
from crawler.ports import Store
from crawler.store.spool import Held, Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How a store is.

    "ready": it takes what it is given. "catching up": it does, and what was spooled is being saved. "unavailable": it
    does not, pages are spooled. "full": no pages are taken, for want of room on a disk or in the spool.
    """

    state: Literal["ready", "catching up", "unavailable", "full"]
    problem: str | None = None  # why it is unavailable, and what to do
    held: Held = field(default_factory=Held)
    most_bytes: int = 0
    crew: str | None = None  # what is wrong with what a crew shares, where there is one
    works: bool = True  # crawls, so that it needs its crew; web pages do without

    @property
    def ready(self) -> bool:
        return self.state in ("ready", "catching up") and (self.crew is None or not self.works)

    def line(self) -> str:
        """Return all of it on one line, the state first."""
        words = "ready" if self.ready else "not ready"
        if self.state != "ready":
            words += f": {self.state}"
        if self.held.count:
            since = f" since {iso(self.held.since)[:19]}Z".replace("ZZ", "Z") if self.held.since else ""
            words += f"; {self.held.count} spooled{since}, {self.held.bytes} of {self.most_bytes} bytes"
        if self.held.aside:
            words += f"; {self.held.aside} put aside"
        if self.problem is not None:
            words += f"; {self.problem}"
        if self.crew is not None:
            words += f"; nothing is fetched: {self.crew}"
        return " ".join(words.split())


def readiness(store: Store, spool: Spool | None, *, problem: str | None = None, short: str | None = None) -> Readiness:
    """Return how *store* is now; it is asked.

    *problem*: why the last attempt to empty the spool came to nothing; *short*: which disk has too little room left.
    """
    try:
        store.check()
    except StoreError as error:
        problem = str(error)
    held = spool.held() if spool is not None else Held()
    most = spool.most_bytes if spool is not None else 0
    if short is not None:
        return Readiness(state="full", problem=short, held=held, most_bytes=most)
    if problem is None:
        return Readiness(state="catching up" if held.count else "ready", held=held, most_bytes=most)
    full = spool is not None and spool.is_full()
    return Readiness(state="full" if full else "unavailable", problem=problem, held=held, most_bytes=most)
