"""The store in one SQLite file: its connections, transactions, schema and errors.

What is kept and how it is asked for is in ``crawler.store.tables``; here is the only place that
knows the driver.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.errors import SchemaTooNew, StoreBroken, StoreError, StoreLocked, StoreUnavailable
from crawler.ports import Mark
from crawler.store.migrations import MIGRATIONS
from crawler.store.rows import storable
from crawler.store.tables import Tables

PATIENCE_SECONDS = 30.0
_APPLICATION = 0x63707472  # "cptr": the file is ours
_CACHE_KIB = 65_536
_CHECKPOINT_PAGES = 4_000  # one article touches a hundred pages of the postings: the default would flush every ten


class SqliteStore(Tables):
    """Everything in one file, safe for several processes and threads at once.

    The file and its folder are made at the first use. Each thread of each process has a connection
    of its own, opened when it first asks; nothing is carried over a fork.
    """

    def __init__(self, path: Path | str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._file = Database(Path(path), patience_seconds=patience_seconds)
        super().__init__(self._file, url=f"sqlite:///{path}")

    def back_up(self, target: Path) -> None:
        """Copy the store as it is at one moment into the new file *target*, while others go on writing."""
        self._file.back_up(target)


class Database:
    """Runs statements on one file. Every failure leaves as a StoreError that says what to do."""

    def __init__(self, path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.path = path.absolute()
        self._patience = patience_seconds
        # By process and thread. What a fork inherited stays here untouched: closing another
        # process's connection would undo its work under its feet.
        self._sessions: dict[tuple[int, int], _Session] = {}

    # statements

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row that *sql* finds."""
        with self._session() as session:
            return _execute(session.connection, sql, values).fetchall()

    def each(self, sql: str, rows: Iterable[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """Return the rows that *sql* finds for each of *rows*, in their order."""
        with self._session() as session:
            cursor = session.connection.cursor()
            return [cursor.execute(sql, row).fetchall() for row in rows]

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change rows; return how many."""
        with self._session(changing=True) as session:
            return _execute(session.connection, sql, values).rowcount

    def add(self, sql: str, values: Sequence[Any]) -> int:
        """Insert one row; return its number."""
        with self._session(changing=True) as session:
            number = _execute(session.connection, sql, values).lastrowid
        assert number is not None
        return number

    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run *sql* once for each of *rows*; return how many rows changed."""
        with self._session(changing=True) as session:
            try:
                return max(0, session.connection.executemany(sql, rows).rowcount)
            except UnicodeEncodeError:
                return sum(_execute(session.connection, sql, row).rowcount for row in rows)

    def memory(self) -> dict[str, Any]:
        """Return what was remembered on this thread's connection; nothing once a block on it is undone."""
        with self._session() as session:
            return session.memory

    def mark(self) -> Mark:
        """Return which state of the file this thread's connection sees: others' commits and its own changes count."""
        with self._session() as session:
            version = _pragma(session.connection, "data_version")
            return (threading.get_ident(), id(session.connection), version, session.connection.total_changes)

    # transactions

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the file's only write lock; inside another block, a part of it that fails as a whole."""
        with self._session() as session:
            if session.depth == 0:
                # A deferred transaction that turns into a writing one after somebody else's commit
                # fails at once, whatever the timeout.
                begin, done, undo = "BEGIN IMMEDIATE", "COMMIT", ["ROLLBACK"]
            else:
                self._refuse_if_undone(session)
                name = f"part_{session.depth}"
                begin, done, undo = f"SAVEPOINT {name}", f"RELEASE {name}", [f"ROLLBACK TO {name}", f"RELEASE {name}"]
            session.connection.execute(begin)
            session.depth += 1
        try:
            yield
            with self._session(changing=True):
                session.connection.execute(done)
        except BaseException:
            session.memory.clear()
            for statement in undo:
                # A full disk has undone the transaction already; the first failure is the one to show.
                if session.connection.in_transaction:
                    with suppress(sqlite3.Error):
                        session.connection.execute(statement)
            raise
        finally:
            session.depth -= 1

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Make all reads inside see one state of the store."""
        with self._session() as session:
            inside = session.connection.in_transaction
            if not inside:
                session.connection.execute("BEGIN")
        try:
            yield
        finally:
            if not inside and session.connection.in_transaction:
                with self._session():
                    session.connection.execute("COMMIT")

    def close(self) -> None:
        """Close this process's connections; the next use opens anew."""
        for key, session in list(self._sessions.items()):
            if key[0] == os.getpid():
                self._sessions.pop(key, None)
                session.connection.close()

    # upkeep

    def back_up(self, target: Path) -> None:
        """Copy the file as it is at one moment into the new file *target*; it is flushed."""
        try:
            target.touch(exist_ok=False)
            copy = sqlite3.connect(target, isolation_level=None)
        except OSError as error:
            raise StoreError(f"{target} cannot be made: {error.strerror}") from error
        with self._session() as session, closing(copy):
            # In one piece: readers of a write-ahead log keep no writer waiting, and a copy in pieces would begin anew
            # whenever somebody writes.
            session.connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def is_there(self) -> bool:
        """Say whether the file exists and has our tables."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def schema(self) -> int:
        return int(self.all("PRAGMA user_version")[0][0])

    def size(self) -> int | None:
        """Return the bytes on disk, those not yet merged into the main file included."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists()) or None

    # connections

    @contextmanager
    def _session(self, *, changing: bool = False) -> Iterator[_Session]:
        key = (os.getpid(), threading.get_ident())
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = _Session(connection=self._open())
        if changing:
            self._refuse_if_undone(session)
        try:
            yield session
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _refuse_if_undone(self, session: _Session) -> None:
        # Some failures, such as a full disk, end the transaction: what followed would be kept without what went before.
        if not session.connection.in_transaction:
            raise StoreError(f"the transaction on {self.path} was undone by an earlier failure: repeat it as a whole")

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
        except OSError as error:
            raise StoreBroken(
                f"cannot make the folder of {self.path}: {error.strerror}: choose another place with `store:`"
            ) from error
        except sqlite3.Error as error:
            raise self._translated(error) from error
        try:
            self._check(connection)
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {2 * _CHECKPOINT_PAGES * 4096}")
            migrate(connection, MIGRATIONS)
        except sqlite3.Error as error:
            connection.close()
            raise self._translated(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that a later copytrail or another program wrote, before anything is changed in it."""
        connection.execute("BEGIN")  # one state, while another process may be making the tables
        schema = _pragma(connection, "user_version")
        application = _pragma(connection, "application_id")
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        connection.execute("COMMIT")
        if application != _APPLICATION and (tables or schema):
            raise StoreError(f"{self.path} belongs to another program: choose another file with `store:`")
        if schema > len(MIGRATIONS):
            raise SchemaTooNew(
                f"{self.path} was written by a later copytrail (schema {schema}, this one knows {len(MIGRATIONS)}): "
                "upgrade copytrail, or choose another file with `store:`"
            )

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        # Changing the mode needs the file alone for a moment and does not wait for it by itself.
        give_up = time.monotonic() + self._patience
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)

    def _translated(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if _is_busy(error):
            return StoreLocked(
                f"{self.path} was held by another process for more than {self._patience:g} s: "
                "wait for it, or stop it (`copytrail run`?)"
            )
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return StoreBroken(
                f"{self.path} is damaged or not a database ({error}): move it away, then `copytrail restore` a backup, "
                "or fill a new one from the archive with `copytrail reprocess`"
            )
        advice = {
            sqlite3.SQLITE_FULL: "the disk is full: make room",
            sqlite3.SQLITE_READONLY: "it may not be written: check its owner and permissions",
            sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check the folder and permissions",
            sqlite3.SQLITE_IOERR: "the disk does not read or write: check it",
        }.get(code)
        if advice is None:
            return StoreError(f"{self.path}: {error}")
        is_ours = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        return (StoreUnavailable if is_ours else StoreBroken)(f"{self.path}: {advice} ({error})")


@dataclass(slots=True)
class _Session:
    """One thread's connection and how many writing blocks it is in."""

    connection: sqlite3.Connection
    depth: int = 0
    memory: dict[str, Any] = field(default_factory=dict)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    """Bring the schema to the newest of *migrations* in one transaction; killed half-way, nothing has changed."""
    if _pragma(connection, "user_version") >= len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in migrations[_pragma(connection, "user_version") :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _execute(connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
    try:
        return connection.execute(sql, values)
    except UnicodeEncodeError:
        return connection.execute(sql, [storable(v) if isinstance(v, str) else v for v in values])


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
