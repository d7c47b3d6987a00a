"""Says whether there is room on the disks for what copytrail writes, before one of them is full.

A full disk stops everything at once, the log that would tell of it included. So no pages are taken below a floor: what
is left is for finishing what is in hand, for alerts, and for whoever makes room.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AGAIN = 1.1  # times the floor: taken up again there, so that it does not stop and go


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where copytrail writes, by what, and how many bytes have to stay free there; 0: it is not looked at."""

    places: Mapping[str, Path]
    least: int

    def free(self) -> dict[str, int]:
        """Return how many bytes are free for us in each place; one that cannot be asked is left out."""
        found = {}
        for name, path in self.places.items():
            there = next((one for one in (path, *path.absolute().parents) if one.is_dir()), None)
            try:
                if there is not None:
                    asked = os.statvfs(there)
                    found[name] = asked.f_bavail * asked.f_frsize
            except OSError:
                continue
        return found

    def problem(self, *, was_short: bool = False) -> str | None:
        """Return why no pages are to be taken, and what to do; None where there is room.

        *was_short*: it is short of room already; then a tenth more than the floor has to be free again.
        """
        if not self.least:
            return None
        least = self.least * AGAIN if was_short else self.least
        for name, free in self.free().items():
            if free < least:
                return (
                    f"only {free // 2**20} MiB are free at {self.places[name]} ({name}): no pages are taken until "
                    f"{int(least) // 2**20} MiB are; make room there, or set archive.keep_days"
                )
        return None
