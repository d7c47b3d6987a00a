"""Bounds what reading a stranger's bytes may cost: seconds for each feed and page, memory for the process."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from crawler.errors import InputError

SECONDS = 10.0
_AGAIN = 1.0
MEMORY_BYTES = 3 * 2**30


class Unread(InputError):
    """Bytes that could not be read in the bounds there are. ``trouble`` is what the log calls it."""

    trouble = "unread"


class TookTooLong(Unread):
    """Bytes that could not be read in the time there is for them."""

    trouble = "parse_timeout"


class TookTooMuch(Unread):
    """Bytes that could not be read with the memory there is for them."""

    trouble = "parse_memory"


class ReaderDied(Unread):
    """Bytes whose reader died over them."""

    trouble = "worker_died"


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TookTooLong in the block once it has taken *seconds*.

    The interpreter is interrupted between two of its steps: readers in Python, feedparser above all, end at once; one
    that swallows the error gets it again each second. What hangs inside C code is not reached, nor is any thread but
    the main one. Blocks do not nest. The crawl's own reading is bounded better: ``crawler.fetch.readers``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"took longer than {seconds:g} s to read: set aside; please report it")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limit_memory(bytes: int = MEMORY_BYTES) -> None:
    """Let this process have at most *bytes* of address space: what wants more fails, not the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = bytes if hard == resource.RLIM_INFINITY else min(bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
