"""Looks after the archive: what is there, whether it is sound, and what is old enough to go."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawler.archive.known import FULL_AGAIN, Known
from crawler.archive.members import members
from crawler.archive.reader import UNREADABLE, files
from crawler.archive.writer import OPEN, begun_at
from crawler.errors import ArchiveError

MARGIN = FULL_AGAIN + timedelta(days=1)
"""How much longer a file stays than is asked for: revisits in later files refer back so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What an archive holds. ``oldest`` is when its first file was begun, ``newest`` when it was last written to."""

    files: int = 0
    open: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


def holdings(folder: Path) -> Holdings:
    paths = files(folder)
    sizes = [path.stat() for path in paths]
    begun = [at for path in paths if (at := begun_at(path.name)) is not None]
    return Holdings(
        files=len(paths),
        open=sum(path.name.endswith(OPEN) for path in paths),
        bytes=sum(size.st_size for size in sizes),
        oldest=min(begun, default=None),
        newest=max((datetime.fromtimestamp(size.st_mtime, UTC) for size in sizes), default=None),
    )


def over(folder: Path, keep: timedelta, now: datetime) -> list[Path]:
    """Return the closed files that were last written to longer ago than *keep*, and that no later one refers to."""
    before = (now - keep - MARGIN).timestamp()
    return [path for path in files(folder) if not path.name.endswith(OPEN) and path.stat().st_mtime < before]


def clean(folder: Path, keep: timedelta, now: datetime) -> list[Path]:
    """Delete the files that are ``over``; return them. Raises ArchiveError."""
    gone = over(folder, keep, now)
    try:
        for path in gone:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ArchiveError(f"{error.filename} cannot be deleted: {error.strerror}") from error
    if gone:
        Known(folder).forget_files([path.name for path in gone])
    return gone


def problems(folder: Path, tell: Callable[[int], None] = lambda size: None) -> Iterator[str]:
    """Read every record of every file; yield a line for each that is not what was written. *tell* hears of bytes read.

    The torn end of an open file is no problem: whoever writes next cuts it off.
    """
    for path in files(folder):
        with path.open("rb") as file:
            torn = None
            for found in members(file):
                if torn is not None:
                    yield torn
                    torn = None
                place = f"{path.name} at {found.offset}"
                if found.data is None:
                    torn = f"{place}: {found.length} bytes are no record"
                elif (words := wrong(found.data)) is not None:
                    yield f"{place}: {words}"
                tell(found.length)
            if torn is not None and not path.name.endswith(OPEN):
                yield torn


def wrong(record: bytes) -> str | None:
    """Say what is wrong with a record; None where nothing is."""
    try:
        with redirect_stderr(io.StringIO()):
            read = next(iter(ArchiveIterator(io.BytesIO(record), check_digests=True)))
            while read.raw_stream.read(2**16):
                pass
    except UNREADABLE as error:
        return f"not a record: {str(error)[:100]}"
    return "; ".join(read.digest_checker.problems) or None
