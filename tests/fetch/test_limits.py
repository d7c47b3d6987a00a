"""Reading a stranger's bytes ends: in time, or with the process that does it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from crawler.fetch.limits import TookTooLong, in_time


def for_ever() -> None:
    while True:
        pass


def test_a_reader_that_does_not_end_is_ended() -> None:
    with pytest.raises(TookTooLong, match="set aside"), in_time(0.1):
        for_ever()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def stubborn() -> None:
    with suppress(Exception):
        for_ever()
    for_ever()


def test_a_reader_that_swallows_the_error_gets_it_again() -> None:
    with pytest.raises(TookTooLong), in_time(0.1):
        stubborn()


def test_what_ends_in_time_is_left_alone_and_so_is_what_comes_after() -> None:
    with in_time(0.2):
        pass
    time.sleep(0.4)


def test_other_threads_read_without_a_bound() -> None:
    done = []

    def read() -> None:
        with in_time(0.01):
            time.sleep(0.1)
        done.append(True)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done


def test_memory_has_a_bound() -> None:
    code = "from crawler.fetch.limits import limit_memory; limit_memory(2**30); bytearray(2**31)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert "MemoryError" in ran.stderr
