"""Runs the crawl's child as the daemon does, and looks on: ``python -m tests.hostility.child FILE``, a job on stdin.

The dial below the guard only ever leaves for loopback, and keeps a list: whatever a site names, no test sends a packet
to it. FILE gets that list, how late the loop was at the worst, and how much memory the crawl and its readers had.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from crawler.fetch.worker import main
from tests.fetch.dialling import a_watched_reactor

TICK = 0.02


class Watch:
    """How long the loop was away at the worst: by the clock, and in CPU, which other processes cannot make worse."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.worst = self.worst_cpu = 0.0
        self._next()

    def _next(self) -> None:
        self._due, self._cpu = time.monotonic() + TICK, time.thread_time()
        self._reactor.callLater(TICK, self._look)

    def _look(self) -> None:
        self.worst = max(self.worst, time.monotonic() - self._due)
        self.worst_cpu = max(self.worst_cpu, time.thread_time() - self._cpu)
        self._next()


def watched(file: Path) -> int:
    reactor, dialled = a_watched_reactor()
    watches: list[Watch] = []
    reactor.callWhenRunning(lambda: reactor.callLater(0.1, lambda: watches.append(Watch(reactor))))
    code = main()
    seen = {
        "dialled": dialled,
        "late": max((watch.worst for watch in watches), default=0.0),
        "late_cpu": max((watch.worst_cpu for watch in watches), default=0.0),
        "crawl_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "reader_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    file.write_text(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(watched(Path(sys.argv[1])))
