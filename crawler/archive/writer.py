"""Writes the archive: appends records, and says when they are on the disk.

A file is called ``….warc.gz.open`` until it is full or old; then it is flushed, renamed and never touched again. What
one process leaves open the next one goes on with, so that short crawls do not leave a file each. Of an open file whose
writer died, the torn end is cut off first: what is appended behind one could not be read.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.archive import records
from crawler.archive.known import FULL_AGAIN, Known
from crawler.archive.members import last_whole
from crawler.archive.records import Exchange, Kept
from crawler.errors import ArchiveError
from crawler.model import Capture

ENDING = ".warc.gz"
OPEN = ".open"
_PREFIX = "copytrail-"
_TIME = "%Y%m%dT%H%M%S%f"


class Archive:
    """One folder of WARC files, of which this process writes one. For one thread; other processes have their own.

    ``keep``, ``give`` and ``note`` append; what they appended outlives this process at once, and a power cut once
    ``commit`` returned. Each raises ArchiveError where the disk does not take it: the file stays whole.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = 2**30,
        longest: timedelta = timedelta(days=1),
        info: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._longest = longest
        self._info = dict(info or {})
        self._now = now
        self._known = Known(folder)
        self._fresh: dict[str, Kept] = {}  # bodies that are not yet on the disk
        self._file: _File | None = None
        self._dirty = False
        self._lost: ArchiveError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.rest()

    def keep(self, exchange: Exchange) -> Capture:
        """Keep an answer with its request; return where it lies. A body that its URL had before is referred to."""
        before = self._body(exchange.url)
        digest = records.digest_of(exchange.body)
        id = records.new_id()
        unchanged = exchange.status == HTTPStatus.NOT_MODIFIED and not exchange.body
        if before is not None and not exchange.cut_short and (unchanged or (exchange.body and digest == before.digest)):
            offset = self._append(records.revisit(exchange, id, before))
            digest = before.digest
        else:
            offset = self._append(records.response(exchange, id))
            if exchange.status == HTTPStatus.OK and exchange.body and not exchange.cut_short:
                self._fresh[exchange.url] = Kept(
                    record=id, url=exchange.url, at=exchange.at, digest=digest, warc=self._name(), offset=offset
                )
        made = Capture(digest=digest, warc=self._name(), offset=offset)
        self._append(records.request(exchange, id), together=True)
        return made

    def give(self, url: str, at: datetime, kind: str, body: bytes) -> Capture:
        """Keep a body that was given, not fetched; return where it lies, or where its URL's same body lies already."""
        before, digest = self._body(url), records.digest_of(body)
        if before is not None and before.digest == digest:
            return Capture(digest=digest, warc=before.warc, offset=before.offset)
        id = records.new_id()
        offset = self._append(records.resource(url, at, kind, body, id))
        self._fresh[url] = Kept(record=id, url=url, at=self._now(), digest=digest, warc=self._name(), offset=offset)
        return Capture(digest=digest, warc=self._name(), offset=offset)

    def note(self, url: str, at: datetime, text: str) -> None:
        """Keep a note of ours, as JSON."""
        self._append(records.note(url, at, text))

    def commit(self) -> None:
        """Return when all that was appended is on the disk."""
        if self._lost is not None:
            lost, self._lost = self._lost, None
            raise lost
        if self._file is None or not self._dirty:
            return
        try:
            os.fsync(self._file.handle)
        except OSError as error:
            # What the system could not write it may have thrown away: nobody is told of it, and bodies are kept anew.
            self._leave()
            raise self._failed(error) from error
        self._dirty = False
        self._known.keep(tuple(self._fresh.values()), {self._file.name: self._file.size})
        self._fresh.clear()

    def rest(self) -> None:
        """Commit, and leave the file to whoever writes next."""
        self.commit()
        self._leave()
        if self.folder.is_dir():
            self._known.forget_bodies(self._now() - FULL_AGAIN)

    def close(self) -> None:
        """Commit, and close the file and those that others left open; where somebody writes, nothing is done."""
        self.rest()
        for path in _open_files(self.folder):
            try:
                file = self._taken(path)
            except OSError as error:
                raise self._failed(error) from error
            if file is not None:
                self._seal(file)

    # --- the file

    def _append(self, record: bytes, *, together: bool = False) -> int:
        """Append a record; return its offset. *together*: into the file of the one before."""
        file = self._current(together=together)
        offset = file.size
        try:
            _write(file.handle, record)
        except OSError as error:
            try:
                os.ftruncate(file.handle, offset)
                os.lseek(file.handle, offset, os.SEEK_SET)
            except OSError:
                # Whoever writes next cuts the rest off; whether what came before is on the disk nobody can say.
                self._leave()
                self._lost = self._failed(error)
            raise self._failed(error) from error
        file.size += len(record)
        self._dirty = True
        return offset

    def _current(self, *, together: bool) -> _File:
        if self._file is not None and not together and self._is_over(self._file):
            self.commit()
            file, self._file = self._file, None
            self._seal(file)
        if self._file is None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._file = self._left_by_others() or self._made()
            except OSError as error:
                raise self._failed(error) from error
        return self._file

    def _left_by_others(self) -> _File | None:
        """Return an open file that nobody writes, to go on with it; those that are over are closed."""
        for path in _open_files(self.folder):
            file = self._taken(path)
            if file is None:
                continue
            if self._is_over(file):
                self._seal(file)
            else:
                return file
        return None

    def _taken(self, path: Path) -> _File | None:
        """Lock an open file and cut off its torn end; None where another process has it, or has just closed it."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        name = path.name.removesuffix(OPEN)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(path.stat(), os.fstat(handle)):
                raise FileNotFoundError
            size, sound = mended(path, handle, self._known.written(name))
        except (BlockingIOError, FileNotFoundError):
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        return _File(name=name, handle=handle, size=size, sound=sound)

    def _made(self) -> _File:
        now = self._now()
        name = f"{_PREFIX}{now.astimezone(UTC):{_TIME}}Z-{secrets.token_hex(4)}{ENDING}"
        handle = os.open(self.folder / f"{name}{OPEN}", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        flush_folder(self.folder)
        head = records.info(name, now, self._info)
        _write(handle, head)
        return _File(name=name, handle=handle, size=len(head))

    def _seal(self, file: _File) -> None:
        """Flush and rename a file of ours: from now on it stays as it is."""
        path = self.folder / f"{file.name}{OPEN}"
        try:
            os.fsync(file.handle)
            path.rename(self.folder / file.name)
            flush_folder(self.folder)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            os.close(file.handle)
        self._known.forget(file.name)

    def _leave(self) -> None:
        file, self._file = self._file, None
        self._dirty = False
        self._fresh.clear()
        if file is not None:
            os.close(file.handle)  # and its lock with it

    def _is_over(self, file: _File) -> bool:
        begun = begun_at(file.name)
        is_old = begun is None or self._now() - begun >= self._longest
        return is_old or not file.sound or file.size >= self._most_bytes

    def _name(self) -> str:
        assert self._file is not None, "something was appended"
        return self._file.name

    def _body(self, url: str) -> Kept | None:
        """Return the body that *url* had last, if it is young enough and its file is still there."""
        found = self._fresh.get(url) or (self._known.body(url) if self.folder.is_dir() else None)
        if found is None or self._now() - found.at >= FULL_AGAIN:
            return None
        path = self.folder / found.warc
        return found if path.exists() or path.with_name(f"{path.name}{OPEN}").exists() else None

    def _failed(self, error: OSError) -> ArchiveError:
        return ArchiveError(
            f"the archive {self.folder} cannot be written ({error.strerror}): nothing is taken that cannot be kept; "
            "make room there, or choose another `archive.folder`"
        )


class _File:
    """A file that this process has locked. Not *sound*: something in it is no record, so nothing is added."""

    def __init__(self, *, name: str, handle: int, size: int, sound: bool = True) -> None:
        self.name = name
        self.handle = handle
        self.size = size
        self.sound = sound


def mended(path: Path, handle: int, whole: int) -> tuple[int, bool]:
    """Cut off the end of an open file that is no record; return its size now, and whether the rest is sound.

    *whole*: up to there it is known to be. Only an end is cut, never anything that a record comes after.
    """
    size = os.fstat(handle).st_size
    with path.open("rb") as file:
        end, sound = last_whole(file, whole if whole <= size else 0)
    if end < size:
        os.ftruncate(handle, end)
        os.fsync(handle)
    os.lseek(handle, end, os.SEEK_SET)
    return end, sound


def begun_at(name: str) -> datetime | None:
    """Return when the file of that name was begun; None for a name that is none of ours."""
    if not name.startswith(_PREFIX):
        return None
    with suppress(ValueError):
        return datetime.strptime(name[len(_PREFIX) :].partition("Z-")[0], _TIME).replace(tzinfo=UTC)
    return None


def _open_files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*{ENDING}{OPEN}"))


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def flush_folder(folder: Path) -> None:
    """Have the names in *folder* on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
