"""What the store could not take, on disk and in order, until it can: polls, pages, and pages that could not be had."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from crawler.errors import SpoolFull, StoreError
from crawler.model import FeedState, Page, Pending
from crawler.store.rows import FEED_STATE, PENDING, Row, instant, micros

_APPLICATION = 0x63707473  # "cpts": the file is ours
_VERSION = 1
_PATIENCE_SECONDS = 30.0
_AT_ONCE_BYTES = 2**22
_TABLES = """
CREATE TABLE waiting(
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    row TEXT NOT NULL, body BLOB
);
CREATE INDEX waiting_size ON waiting(bytes);
CREATE TABLE aside(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, row TEXT NOT NULL, body BLOB, reason TEXT NOT NULL);
CREATE TABLE entry(
    key TEXT PRIMARY KEY, source TEXT NOT NULL, open INTEGER NOT NULL, tries INTEGER NOT NULL, seen INTEGER NOT NULL,
    row TEXT NOT NULL
);
CREATE TABLE refused(at INTEGER NOT NULL);
CREATE TABLE feed(url TEXT PRIMARY KEY, row TEXT NOT NULL, keys TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A poll as it is to be saved: the feed's state, and its entries that seemed to be new."""

    state: FeedState
    entries: tuple[Pending, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The page of an entry could not be had."""

    key: str
    reason: str
    again: bool
    not_before: datetime | None = None
    tried: bool = True  # it was asked for; else no try is counted


Spooled = Polled | Page | Missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a feed: its state, and the keys of the entries that it showed last."""

    state: FeedState
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How much waits, since when, and how much was put aside because it can never be saved."""

    count: int = 0
    bytes: int = 0
    since: datetime | None = None
    aside: int = 0
    reasons: tuple[str, ...] = ()  # why, a line each


_KINDS: dict[str, Row[Any]] = {"poll": Row(Polled), "page": Row(Page), "missed": Row(Missed)}


class Spool:
    """One file, safe for several processes and threads at once. Every change is on the disk when its call returns.

    A connection is opened for each call: nothing is carried over a fork, and nothing is held while pages are fetched.
    The file is made at the first change. ``most_bytes`` bounds the pages in it, compressed. Raises StoreError where
    the disk does not take it.
    """

    def __init__(self, path: Path, *, most_bytes: int) -> None:
        self.path = path
        self.most_bytes = most_bytes

    # what waits

    def add(self, what: Spooled, at: datetime) -> None:
        """Keep *what* behind all that waits. Raises SpoolFull for a page or a poll beyond the bound."""
        kind, row, body = _written(what)
        size = len(row) + len(body or b"")
        with self._open() as connection:
            fits = kind == "missed" or _size(connection) + size <= self.most_bytes
            if fits:
                connection.execute(
                    "INSERT INTO waiting(kind, at, bytes, row, body) VALUES (?, ?, ?, ?, ?)",
                    (kind, micros(at), size, row, body),
                )
                _follow(connection, what)
            else:
                connection.execute("INSERT INTO refused VALUES (?)", (micros(at),))
        if not fits:
            raise SpoolFull(
                f"the spool {self.path} is full ({self.most_bytes // 2**20} MiB): no pages are taken until the store "
                "is back; raise spool.max_bytes to take more"
            )

    def first(self, limit: int) -> Sequence[tuple[int, Spooled]]:
        """Return what waits longest, each with its number: at most *limit*, fewer where they are large."""
        if not self.path.exists():
            return ()
        rows, size = [], 0
        with self._open() as connection:
            for row in connection.execute("SELECT number, kind, row, body FROM waiting ORDER BY number"):
                rows.append(row)
                size += len(row[3] or b"")
                if len(rows) >= limit or size > _AT_ONCE_BYTES:
                    break
        return tuple((number, _read(kind, row, body)) for number, kind, row, body in rows)

    def done(self, numbers: Collection[int]) -> None:
        """Forget what was saved."""
        with self._open() as connection:
            connection.executemany("DELETE FROM waiting WHERE number = ?", [(number,) for number in numbers])
            if not connection.execute("SELECT EXISTS (SELECT 1 FROM waiting)").fetchone()[0]:
                connection.execute("DELETE FROM entry")  # the store knows them now

    def put_aside(self, number: int, reason: str) -> None:
        """Keep what can never be saved where it stops nothing else."""
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO aside SELECT number, kind, row, body, ? FROM waiting WHERE number = ?",
                (reason[:2000], number),
            )
            connection.execute("DELETE FROM waiting WHERE number = ?", (number,))

    def is_empty(self) -> bool:
        if not self.path.exists():
            return True
        with self._open() as connection:
            return not connection.execute("SELECT EXISTS (SELECT 1 FROM waiting)").fetchone()[0]

    def is_full(self) -> bool:
        """Say whether a page was refused, and not half of what waits has been saved since."""
        if not self.path.exists():
            return False
        with self._open() as connection:
            if 2 * _size(connection) <= self.most_bytes:
                connection.execute("DELETE FROM refused")
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM refused)").fetchone()[0])

    def held(self) -> Held:
        if not self.path.exists():
            return Held()
        with self._open() as connection:
            count, oldest = connection.execute("SELECT count(*), min(number) FROM waiting").fetchone()
            since = connection.execute("SELECT at FROM waiting WHERE number = ?", (oldest,)).fetchone()
            reasons = connection.execute("SELECT reason FROM aside ORDER BY number DESC LIMIT 20").fetchall()
            return Held(
                count=count,
                bytes=_size(connection),
                since=instant(since[0]) if since else None,
                aside=connection.execute("SELECT count(*) FROM aside").fetchone()[0],
                reasons=tuple(reason for (reason,) in reasons),
            )

    # what is remembered of the feeds, so that the crawl goes on without the store

    def remember(self, feeds: Iterable[tuple[FeedState, Collection[str] | None]]) -> None:
        """Keep feeds' states as they are in the store, each with the keys of its entries (None: as they were)."""
        with self._open() as connection:
            for state, keys in feeds:
                _remember(connection, state, keys)

    def feeds(self) -> Sequence[Known]:
        """Return what is remembered of every feed, what was spooled included; by URL."""
        if not self.path.exists():
            return ()
        with self._open() as connection:
            rows = connection.execute("SELECT row, keys FROM feed ORDER BY url").fetchall()
        return tuple(_known(*row) for row in rows)

    def feed(self, url: str) -> Known | None:
        """Return what is remembered of one feed."""
        if not self.path.exists():
            return None
        with self._open() as connection:
            row = connection.execute("SELECT row, keys FROM feed WHERE url = ?", (url,)).fetchone()
        return None if row is None else _known(*row)

    def pending(self, sources: Collection[str], limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return the spooled entries still to be fetched, as ``Store.pending`` does."""
        if not self.path.exists():
            return ()
        with self._open() as connection:
            rows = connection.execute("SELECT source, tries, row FROM entry WHERE open ORDER BY tries, seen, key")
            found = [(PENDING.load(row), tries) for source, tries, row in rows if source in sources]
        entries = (replace(entry, tries=tries) for entry, tries in found)
        return tuple(islice((e for e in entries if now is None or e.not_before is None or e.not_before <= now), limit))

    # the file

    def back_up(self, target: Path) -> None:
        """Copy all of it as it is at one moment into the new file *target*."""
        with self._open() as connection, closing(sqlite3.connect(target)) as copy:
            # The lock on writing is held; another connection may read meanwhile.
            connection.execute("COMMIT")
            connection.backup(copy)
            connection.execute("BEGIN")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which holds its write lock."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as connection:
                # The folder is flushed as well: a page that was acknowledged survives a power cut.
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("PRAGMA auto_vacuum = FULL")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    self._check(connection)
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except OSError as error:
            raise StoreError(f"the spool {self.path}: {error.strerror}: choose another `spool.folder`") from error
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise SpoolFull(f"the disk of the spool {self.path} is full: make room") from error
            raise StoreError(f"the spool {self.path} cannot be used ({error}): see to its disk") from error

    def _check(self, connection: sqlite3.Connection) -> None:
        version, application = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
        )
        if version == 0 and application == 0:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        elif (version, application) != (_VERSION, _APPLICATION):
            raise StoreError(
                f"{self.path} is not a spool of this copytrail: run the one that wrote it until it is empty, "
                "or move it away"
            )


def _written(what: Spooled) -> tuple[Literal["poll", "page", "missed"], str, bytes | None]:
    if isinstance(what, Page):
        return "page", _KINDS["page"].dump(replace(what, body=b"")), zlib.compress(what.body, 3)
    kind: Literal["poll", "missed"] = "poll" if isinstance(what, Polled) else "missed"
    return kind, _KINDS[kind].dump(what), None


def _read(kind: str, row: str, body: bytes | None) -> Spooled:
    what: Spooled = _KINDS[kind].load(row)
    return replace(what, body=zlib.decompress(body)) if isinstance(what, Page) and body is not None else what


def _known(row: str, keys: str) -> Known:
    return Known(state=FEED_STATE.load(row), keys=frozenset(json.loads(keys)))


def _size(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(sum(bytes), 0) FROM waiting").fetchone()[0])


def _follow(connection: sqlite3.Connection, what: Spooled) -> None:
    """Keep the remembered feeds and entries as they are once *what* is saved."""
    if isinstance(what, Polled):
        held = connection.execute("SELECT keys FROM feed WHERE url = ?", (what.state.url,)).fetchone()
        keys = set(json.loads(held[0])) if held else set()
        _remember(connection, what.state, keys | {entry.key for entry in what.entries})
        connection.executemany(
            "INSERT OR IGNORE INTO entry VALUES (?, ?, 1, 0, ?, ?)",
            [(e.key, e.source_id, micros(e.first_seen_at), PENDING.dump(e)) for e in what.entries],
        )
    elif isinstance(what, Page):
        connection.execute("UPDATE entry SET open = 0 WHERE key = ?", (what.entry_key,))
    else:
        for (row,) in connection.execute("SELECT row FROM entry WHERE key = ?", (what.key,)).fetchall():
            later = PENDING.dump(replace(PENDING.load(row), not_before=what.not_before))
            connection.execute(
                "UPDATE entry SET open = ?, tries = tries + ?, row = ? WHERE key = ?",
                (what.again, what.tried, later, what.key),
            )


def _remember(connection: sqlite3.Connection, state: FeedState, keys: Collection[str] | None) -> None:
    if keys is None:
        held = connection.execute("SELECT keys FROM feed WHERE url = ?", (state.url,)).fetchone()
        keys = json.loads(held[0]) if held else ()
    connection.execute(
        "INSERT OR REPLACE INTO feed VALUES (?, ?, ?)",
        (state.url, FEED_STATE.dump(state), json.dumps(sorted(keys or ()))),
    )
