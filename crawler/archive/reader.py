"""Reads the archive: the record at a place, and the notes of all files in order."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.members import member_at, members
from crawler.archive.records import NOTE_TYPE, digest_of, packed
from crawler.archive.writer import ENDING, OPEN
from crawler.errors import ArchiveError
from crawler.model import Capture

LARGEST = 2**28
_NOTED = f"Content-Type: {NOTE_TYPE}".encode()
_METADATA = b"WARC-Type: metadata"
UNREADABLE = (ArchiveLoadFailed, StopIteration, EOFError, ValueError, AttributeError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One record as it was read. ``body`` of a revisit is that of the record it refers to."""

    type: str
    id: str
    url: str
    at: str  # as the record says it
    digest: str | None  # of the body, as the record says it
    status_line: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    packed: bytes  # the record itself, a gzip member
    concurrent_to: str | None = None
    refers_to: Capture | None = None  # where the body lies that this revisit refers to


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A note of ours, and where it lies; or, with a problem, bytes that cannot be read."""

    warc: str
    offset: int
    text: bytes = b""
    problem: str | None = None


def path_of(folder: Path, warc: str) -> Path:
    """Return where a file of the archive lies, be it open or closed. Raises ArchiveError where it is no more.

    A path in full is that of a file which was given, and stays where it is.
    """
    closed = folder / warc
    for path in (closed, closed.with_name(f"{closed.name}{OPEN}")):
        if path.is_file():
            return path
    raise ArchiveError(f"{closed} is not there any more: its captures cannot be shown")


def read(folder: Path, capture: Capture) -> Recorded:
    """Return the record where *capture* lies, its body whole. Raises ArchiveError where it is gone or not sound."""
    if capture.warc is None or capture.offset is None:
        raise ArchiveError("its page was not kept: the archive was off, or it came without its page")
    found = read_alone(folder, capture)
    if found.refers_to is not None:
        found = replace(found, body=read_alone(folder, found.refers_to).body)
    if capture.digest != digest_of(found.body):
        raise ArchiveError(f"{capture.warc} at {capture.offset}: what is there is not what was captured ({found.url})")
    return found


def read_alone(folder: Path, capture: Capture) -> Recorded:
    """Return the record where *capture* lies, a revisit without its body. Raises ArchiveError."""
    assert capture.warc is not None
    place = f"{capture.warc} at {capture.offset}"
    path = path_of(folder, capture.warc)
    try:
        with path.open("rb") as file:
            raw = _raw(file, capture.offset or 0)
            return recorded(raw)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from error
    except UNREADABLE as error:
        raise ArchiveError(f"{place}: no record can be read there; the file was changed or is damaged") from error


def recorded(raw: bytes) -> Recorded:
    """Return the record that is the gzip member *raw*. Raises ArchiveLoadFailed, ValueError or the like."""
    with redirect_stderr(io.StringIO()):
        record = next(iter(ArchiveIterator(io.BytesIO(raw))))
        body = record.content_stream().read(LARGEST)
    head = record.rec_headers
    http = record.http_headers
    refers = head.get_header("WARC-Refers-To-Filename")
    digest = head.get_header("WARC-Payload-Digest")
    return Recorded(
        type=record.rec_type,
        id=head.get_header("WARC-Record-ID") or "",
        url=(head.get_header("WARC-Target-URI") or "").strip("<> "),
        at=head.get_header("WARC-Date") or "",
        digest=digest,
        status_line=f"{http.protocol} {http.statusline}".strip() if http else None,
        headers=tuple(http.headers) if http else (),
        body=body,
        packed=raw,
        concurrent_to=head.get_header("WARC-Concurrent-To"),
        refers_to=Capture(
            digest=digest or "", warc=refers, offset=int(head.get_header("WARC-Refers-To-File-Offset") or 0)
        )
        if refers
        else None,
    )


def request_of(folder: Path, capture: Capture, answer: Recorded) -> Recorded | None:
    """Return the request that stands behind the record at *capture*; None where there is none."""
    if capture.warc is None or capture.offset is None or Path(capture.warc).is_absolute():
        return None
    with path_of(folder, capture.warc).open("rb") as file:
        following = member_at(file, capture.offset + len(answer.packed))
        if following is None or following.data is None:
            return None
        file.seek(following.offset)
        found = recorded(file.read(following.length))
    return found if found.type == "request" and found.concurrent_to == answer.id else None


def files(folder: Path) -> list[Path]:
    """Return the files of the archive in the order in which they were begun."""
    return sorted([*folder.glob(f"*{ENDING}"), *folder.glob(f"*{ENDING}{OPEN}")], key=lambda path: path.name)


def notes(path: Path) -> Iterator[Noted]:
    """Yield the notes in a file, in order, and what cannot be read in it; the torn end of an open one is no problem."""
    warc = path.name.removesuffix(OPEN)
    with path.open("rb") as file:
        for found in members(file):
            if found.data is None:
                if not path.name.endswith(OPEN):
                    words = f"{found.length} bytes cannot be read: the file was changed or is damaged"
                    yield Noted(warc=warc, offset=found.offset, problem=words)
                continue
            head, _, block = found.data.partition(b"\r\n\r\n")
            if _METADATA in head and _NOTED in head:
                yield Noted(warc=warc, offset=found.offset, text=block.removesuffix(b"\r\n\r\n"))


def _raw(file: BinaryIO, offset: int) -> bytes:
    """Return the gzip member at *offset*; of a file that is not packed, the record there as one."""
    found = member_at(file, offset)
    if found is not None and found.data is not None:
        file.seek(offset)
        return file.read(found.length)
    return packed(_unpacked(file, offset))


def _unpacked(file: BinaryIO, offset: int) -> bytes:
    file.seek(offset)
    records: Any = ArchiveIterator(file)
    with redirect_stderr(io.StringIO()):
        record = next(iter(records))
        while record.raw_stream.read(2**16):
            pass
        end = offset + records.get_record_offset() + records.get_record_length()
    file.seek(offset)
    return file.read(end - offset)
