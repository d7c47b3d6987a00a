"""Lets one daemon at a time work on a store."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.errors import AlreadyRunning, StoreError
from crawler.store.places import beside


@contextmanager
def sole_daemon(store: str) -> Iterator[None]:
    """Hold the lock of *store* for the block. Raises AlreadyRunning when another process has it.

    The kernel holds the lock: it is free the moment its process is gone, however that went.
    """
    path = lock_file(store)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"the lock file {path} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(f"already running, pid {pid}, on {_shown(store)}; stop that one first") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def leader(store: str) -> int | None:
    """Return the process that works as the daemon of *store*; None where none does, 0 where its number is not known."""
    path = lock_file(store)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(handle, 20).decode("ascii", "replace").strip()
        return int(pid) if pid.isdigit() else 0
    except OSError:
        return None
    finally:
        os.close(handle)
    return None


def lock_file(store: str) -> Path:
    """Return the lock file of *store*."""
    return beside(store, ".lock")


def _shown(store: str) -> str:
    """Return *store* without the password it may carry."""
    head, at, tail = store.rpartition("@")
    return f"{head.partition('//')[0]}//{tail}" if at else store
