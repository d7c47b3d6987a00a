"""What is told of the machine and of the daemon on it: for readyz, healthz and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crawler import measures
from crawler.room import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where copytrail writes, and which process is the daemon of the store (None: none, 0: not known which)."""

    space: Room | None = None
    leader: Callable[[], int | None] = lambda: None

    def free(self) -> Mapping[str, int]:
        """Return how many bytes are free, by place."""
        return self.space.free() if self.space is not None else {}

    def hanging(self) -> str | None:
        """Say so where the daemon of this very process does nothing any more."""
        return measures.hanging()

    def lines(self) -> Sequence[str]:
        """Return who the daemon is and how much room there is, as lines."""
        if self.space is None:
            return ()
        pid = self.leader()
        daemon = "none works on this store" if pid is None else f"pid {pid}" if pid else "running"
        free = ", ".join(f"{place} {size // 2**20} MiB" for place, size in self.free().items())
        return (f"daemon: {daemon}", f"free: {free}; at least {self.space.least // 2**20} MiB are left alone")
