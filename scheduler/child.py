"""Supervises one crawl in a process of its own: starts it, listens to it, ends it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.fetch.job import Job, Sign

# -P: a folder config/ where the daemon was started must not be taken for our package.
WORKER = (sys.executable, "-P", "-m", "crawler.fetch.worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child went. ``at`` and ``name`` say what it was busy with when it died unasked."""

    code: int
    seconds: float
    counts: Mapping[str, int]
    finished: bool  # it said so itself: nothing is left half-done
    at: str = ""
    name: str = ""

    @property
    def well(self) -> bool:
        return self.code == 0 and self.finished and not self.counts.get("errors")


class Child:
    """One running crawl. Made by starting it."""

    def __init__(self, job: Job, *, command: Sequence[str] = WORKER, silence: float = 120.0) -> None:
        self._silence = silence
        self._longest = job.longest_seconds
        self._begun = self._heard = time.monotonic()
        self._busy: Sign | None = None
        self._counts: Mapping[str, int] = {}
        self._finished = False
        # A session of its own: Ctrl-C at the terminal reaches us alone, and we pass it on once.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace", start_new_session=True
        )
        self._listener = threading.Thread(target=self._listen, daemon=True, name="crawl")
        self._listener.start()
        with contextlib.suppress(BrokenPipeError):
            # stdin stays open: its end tells the child that we are gone.
            assert self._process.stdin is not None
            self._process.stdin.write(job.line())
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def counts(self) -> Mapping[str, int]:
        return self._counts

    def stuck(self) -> str | None:
        """Say why the child has to be killed: it gives no sign of life, or takes far too long."""
        now = time.monotonic()
        if now - self._heard > self._silence:
            return f"no sign of life for {self._silence:.0f} s"
        if now - self._begun > self._longest + 4 * self._silence:
            return f"still not done {4 * self._silence:.0f} s after its time was up"
        return None

    def stop(self) -> None:
        """Ask the child to finish what it has in hand and end."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()

    def ended(self, *, wait: float | None = 0.0) -> Ended | None:
        """Return how the child went, None if it still runs after *wait* seconds."""
        try:
            code = self._process.wait(wait)
        except subprocess.TimeoutExpired:
            return None
        self._listener.join(2.0)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        busy = self._busy
        return Ended(
            code=code,
            seconds=round(time.monotonic() - self._begun, 1),
            counts=dict(self._counts),
            finished=self._finished,
            at=busy.at if busy else "",
            name=busy.name if busy else "",
        )

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                sign = Sign.read(line)
                if sign is None:
                    continue
                self._heard = time.monotonic()
                if sign.at in ("alive", "end"):
                    self._counts = sign.counts
                else:
                    self._busy = sign if sign.at != "idle" else None
                self._finished = self._finished or sign.at == "end"
