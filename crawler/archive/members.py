"""The gzip members of a WARC file, one a record: where each lies, and where the file is broken."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from crawler.archive.records import GZIP

_BLOCK = 2**16
_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One record: where its member begins, how long that is, and what it unpacks to. None: those bytes are none."""

    offset: int
    length: int
    data: bytes | None


def members(file: BinaryIO, start: int = 0) -> Iterator[Member]:
    """Yield what lies behind *start*, in order: records, and stretches that are none, up to the end of the file."""
    at = start
    while True:
        found = member_at(file, at)
        if found is None:
            return
        if found.data is None:
            found = Member(offset=at, length=_next(file, at + 1) - at, data=None)
        yield found
        at += found.length


def member_at(file: BinaryIO, at: int) -> Member | None:
    """Return the record that begins at *at*; with no ``data`` where none does, None at the end of the file."""
    file.seek(at)
    unpacker = zlib.decompressobj(GZIP)
    length, parts = 0, []
    while not unpacker.eof:
        block = file.read(_BLOCK)
        if not block:
            return Member(offset=at, length=length, data=None) if length else None
        try:
            parts.append(unpacker.decompress(block))
        except zlib.error:
            return Member(offset=at, length=length, data=None)
        length += len(block) - len(unpacker.unused_data)
    return Member(offset=at, length=length, data=b"".join(parts))


def last_whole(file: BinaryIO, start: int = 0) -> tuple[int, bool]:
    """Return where the last record ends, and whether all that lies before it, from *start* on, are records."""
    end, sound, torn = start, True, False
    for found in members(file, start):
        if found.data is None:
            torn = True
        else:
            sound = sound and not torn
            end = found.offset + found.length
    return end, sound


def _next(file: BinaryIO, at: int) -> int:
    """Return where, from *at* on, the next record begins; the end of the file where none does."""
    while (found := _find(file, at)) is not None:
        one = member_at(file, found)
        if one is not None and one.data is not None and one.data.startswith(b"WARC/"):
            return found
        at = found + 1
    return file.seek(0, 2)


def _find(file: BinaryIO, at: int) -> int | None:
    file.seek(at)
    held = b""
    while block := file.read(_BLOCK):
        held += block
        if (place := held.find(_MAGIC)) >= 0:
            return at + place
        keep = len(_MAGIC) - 1
        at += len(held) - keep if len(held) > keep else 0
        held = held[-keep:]
    return None
