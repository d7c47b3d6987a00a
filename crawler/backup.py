"""Copies a store in a file, its spool and its archive into a folder while others go on writing, and back from there.

The store comes first, the archive after it: a store only refers to records that are on the disk already, so the copy of
the archive has all that the copy of the store speaks of. Of a file that is being written to, what is whole is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawler.archive.members import last_whole
from crawler.archive.reader import files
from crawler.archive.writer import OPEN, flush_folder
from crawler.errors import InputError, StoreError
from crawler.model import iso
from crawler.store.spool import Spool
from crawler.store.sqlite import SqliteStore

MANIFEST = "manifest.json"
STORE, SPOOL, ARCHIVE = "store.db", "spool.db", "archive"
_PIECE = 2**20
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a backup, by its path in there."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. ``articles`` is how many its store has, None where nobody counted."""

    made_at: str
    by: str
    schema: int
    articles: int
    parts: tuple[Part, ...]
    format: int = _FORMAT


def back_up(
    store: SqliteStore,
    spool: Spool,
    archive: Path | None,
    target: Path,
    now: datetime,
    tell: Callable[[int], None] = lambda size: None,
) -> Manifest:
    """Copy the store, its spool and (unless None) the files of its archive into the new folder *target*.

    *tell* hears of bytes copied. Until all of it is on the disk the folder is called ``….partial``. Raises InputError
    where something is at *target*, StoreError where the store cannot be read or the disk takes no more.
    """
    _refuse_to_overwrite(target)
    partial = target.with_name(f"{target.name}.partial")
    if partial.exists():
        raise InputError(f"{partial} is there: another backup is at work, or was broken off; delete it")
    try:
        partial.mkdir(parents=True)
        store.back_up(partial / STORE)
        tell((partial / STORE).stat().st_size)
        if spool.path.exists():
            spool.back_up(partial / SPOOL)
        for path in files(archive) if archive is not None else ():
            _copy_record_file(path, partial / ARCHIVE / path.name, tell)
        copied = SqliteStore(partial / STORE)
        try:
            status = copied.status()
        finally:
            copied.close()
        (partial / f"{STORE}-wal").unlink(missing_ok=True)
        (partial / f"{STORE}-shm").unlink(missing_ok=True)
        manifest = Manifest(
            made_at=iso(now),
            by=f"copytrail/{version('copytrail')}",
            schema=status.schema,
            articles=status.articles,
            parts=tuple(_parts(partial)),
        )
        _written(partial / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        flush_folder(partial)
        partial.rename(target)
    except OSError as error:
        raise StoreError(
            f"the backup could not be written to {partial} ({error.strerror}): make room or name another folder, "
            "and delete what is there"
        ) from error
    return manifest


def restore(
    folder: Path, store: Path, spool: Path, archive: Path, tell: Callable[[int], None] = lambda size: None
) -> Manifest:
    """Put the backup in *folder* where store, spool and archive are to be; nothing that is there is overwritten.

    Every file is compared with the manifest first. Raises InputError where something is in the way, or where the
    backup is not what was written, with nothing restored.
    """
    manifest = read_manifest(folder)
    for path in (store, store.with_name(f"{store.name}-wal"), spool):
        _refuse_to_overwrite(path)
    if archive.is_dir() and any(archive.iterdir()):
        raise InputError(f"{archive} is not empty: a restore overwrites nothing; move it away or name another place")
    for problem in problems(folder, manifest):
        raise InputError(f"{folder}: {problem}: take another backup; nothing was restored")
    places = {STORE: store, SPOOL: spool}
    try:
        # The store last: as long as it is not there, nothing else counts.
        for part in sorted(manifest.parts, key=lambda part: part.name == STORE):
            path = places.get(part.name) or archive / Path(part.name).name
            new = path.with_name(f"{path.name}.restoring")
            _copy(folder / part.name, new, part.bytes, tell)
            new.rename(path)
            flush_folder(path.parent)
    except OSError as error:
        raise StoreError(f"{error.filename} could not be written ({error.strerror}): delete it, then again") from error
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what the backup in *folder* says it holds. Raises InputError where it is none of ours."""
    try:
        value: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        if value["format"] > _FORMAT:
            raise InputError(f"{folder} was written by a later copytrail ({value['by']}): use that one")
        parts = tuple(Part(**part) for part in value.pop("parts"))
        manifest = Manifest(**value, parts=parts)
    except FileNotFoundError as error:
        raise InputError(f"{folder} is no backup: it has no {MANIFEST}") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{folder / MANIFEST} cannot be read: the backup is damaged, take another") from error
    allowed = {STORE, SPOOL}
    if any(p.name not in allowed and Path(p.name).parent != Path(ARCHIVE) for p in parts):
        raise InputError(f"{folder / MANIFEST} names files that are no part of a backup")
    return manifest


def problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield a line for each file of a backup that is not what was written."""
    for part in manifest.parts:
        path = folder / part.name
        if not path.is_file():
            yield f"{part.name} is missing"
        elif path.stat().st_size != part.bytes or _digest(path) != part.sha256:
            yield f"{part.name} is not what was written"


def _copy_record_file(path: Path, target: Path, tell: Callable[[int], None]) -> None:
    """Copy one file of the archive; of one that is being written to, the records that are whole.

    One that was closed meanwhile is found by its new name; one that was deleted is left out, as it is there, too.
    """
    for one in (path, path.with_name(path.name.removesuffix(OPEN))):
        try:
            with one.open("rb") as file:
                size, _ = last_whole(file, 0) if one.name.endswith(OPEN) else (one.stat().st_size, True)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(one, target.with_name(one.name), size, tell)
        except FileNotFoundError:
            continue
        return


def _copy(source: Path, target: Path, size: int, tell: Callable[[int], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as read, target.open("xb") as write:
        left = size
        while left and (piece := read.read(min(_PIECE, left))):
            write.write(piece)
            left -= len(piece)
            tell(len(piece))
        write.flush()
        os.fsync(write.fileno())
    if not left:
        shutil.copystat(source, target)


def _parts(folder: Path) -> Iterator[Part]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield Part(name=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=_digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _written(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise InputError(f"{path} is there already: nothing is overwritten; name another place or move it away")
