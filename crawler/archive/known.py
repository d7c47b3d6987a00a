"""Remembers, beside the archive, which body each URL had last, so that an unchanged one is not kept twice.

It can be lost: then bodies are kept in full again, and files that were not closed are read from their beginning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from crawler.archive.records import Kept

NAME = "known.db"
_PATIENCE_SECONDS = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS body(
    url TEXT PRIMARY KEY, digest TEXT NOT NULL, record TEXT NOT NULL, at TEXT NOT NULL, warc TEXT NOT NULL,
    offset INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written(warc TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
"""

T = TypeVar("T")


class Known:
    """One file, safe for several processes. What is wrong with it stops nobody: it answers as if empty then."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def body(self, url: str) -> Kept | None:
        """Return the body that *url* had last, where it was kept in full."""
        rows = self._do(lambda c: c.execute("SELECT * FROM body WHERE url = ?", (url,)).fetchall()) or ()
        for address, digest, record, at, warc, offset in rows:
            return Kept(
                url=address,
                digest=digest,
                record=record,
                at=datetime.fromisoformat(at),
                warc=warc,
                offset=offset,
            )
        return None

    def written(self, warc: str) -> int:
        """Return up to where a file that is not closed is known to be whole."""
        rows = self._do(lambda c: c.execute("SELECT bytes FROM written WHERE warc = ?", (warc,)).fetchall()) or ()
        return next((int(size) for (size,) in rows), 0)

    def keep(self, bodies: Collection[Kept], written: Mapping[str, int]) -> None:
        """Remember *bodies*, and up to where files are whole."""

        def put(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR REPLACE INTO body VALUES (?, ?, ?, ?, ?, ?)",
                [(b.url, b.digest, b.record, b.at.isoformat(), b.warc, b.offset) for b in bodies],
            )
            connection.executemany("INSERT OR REPLACE INTO written VALUES (?, ?)", list(written.items()))

        self._do(put)

    def forget(self, warc: str) -> None:
        """Forget a file that was closed: it is whole."""
        self._do(lambda c: c.execute("DELETE FROM written WHERE warc = ?", (warc,)))

    def forget_bodies(self, before: datetime) -> None:
        """Forget the bodies that were kept in full before then: they are kept in full again."""
        self._do(lambda c: c.execute("DELETE FROM body WHERE at < ?", (before.isoformat(),)))

    def forget_files(self, gone: Collection[str]) -> None:
        """Forget the bodies that lie in files which are no more."""
        self._do(lambda c: c.executemany("DELETE FROM body WHERE warc = ?", [(warc,) for warc in gone]))

    def _do(self, ask: Callable[[sqlite3.Connection], T]) -> T | None:
        try:
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as connection:
                # Nothing is lost with it, so nothing waits for the disk.
                connection.execute("PRAGMA synchronous = OFF")
                connection.executescript(_TABLES)
                connection.execute("BEGIN IMMEDIATE")
                answer = ask(connection)
                connection.execute("COMMIT")
                return answer
        except sqlite3.OperationalError:
            return None  # locked, or a disk that is full
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)
            return None


FULL_AGAIN = timedelta(days=7)
"""After so long a body is kept in full again: no revisit looks further back."""
