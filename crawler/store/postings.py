"""Which articles have a hash, in SQL: an index that grows without slowing down those who save.

A posting is one hash of one article. In one table of a hundred million, the hundred postings of an article lie on a
hundred pages, and a save writes them all. So they are taken there in three steps, each in the order of the hashes, so
that every page on the way is written for many articles at once (a log-structured merge: O'Neil and others, "The
Log-Structured Merge-Tree", 1996):

| table    | holds                                      | is looked up                       |
|----------|--------------------------------------------|------------------------------------|
| tail     | a row for each addition, its hashes packed | in memory, brought up to date      |
| recent   | postings of about the last 30,000 articles | by hash                            |
| postings | all others                                 | by hash                            |

No save waits for a whole merge: each moves as much onwards as it brought. On its way a posting may be in two places at
once; where it is counted, it is counted once.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

TAIL = 512  # additions; a connection holds twice that in memory at most
RECENT = 3_200_000  # postings
_SPARE = 8  # so that no less moves on than comes in

Posting = tuple[int, int, int]  # scheme, hash, number of the article
_NUMBER = 40  # bits
_HASH = 48


class Runner(Protocol):
    """What runs the statements, and remembers what we say until a transaction is undone."""

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    def each(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]: ...
    def run(self, sql: str, values: Sequence[Any] = ()) -> int: ...
    def run_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> int: ...
    def memory(self) -> dict[str, Any]: ...


@dataclass(slots=True)
class _Tail:
    """What one connection knows of the table of that name. ``generation`` changes when rows of it go or change."""

    generation: int
    last: int = 0  # row up to which it is known
    rows: int = 0
    # By scheme and hash. One number is the rule; a list for each would keep the garbage collector busy.
    index: dict[int, dict[int, int | tuple[int, ...]]] = field(default_factory=dict)
    batch: list[int] | None = None  # postings on their way to ``recent``, in order, each as one whole number

    def add(self, scheme: int, number: int, hashes: Sequence[int]) -> None:
        index = self.index.setdefault(scheme, {})
        for hash in hashes:
            held = index.setdefault(hash, number)
            if held != number:
                index[hash] = (*held, number) if isinstance(held, tuple) else (held, number)

    def having(self, scheme: int) -> Callable[[int], tuple[int, ...]]:
        """Return what says which articles have a hash."""
        index = self.index.get(scheme, {})

        def numbers(hash: int) -> tuple[int, ...]:
            held = index.get(hash, ())
            return held if isinstance(held, tuple) else (held,)

        return numbers


class Postings:
    """The index. To be changed within a writing block only."""

    def __init__(self, database: Runner, *, tail: int = TAIL, recent: int = RECENT) -> None:
        self._db = database
        self._most_tail = tail
        self._most_recent = recent

    def having(self, scheme: int, hashes: Sequence[int], limit: int) -> Iterator[list[int]]:
        """Yield for each of *hashes* the numbers of the articles having it, ascending, at most *limit*."""
        late = self._tail().having(scheme)
        rows = self._db.each(
            f"SELECT doc FROM (SELECT doc FROM postings WHERE scheme = ?1 AND hash = ?2 ORDER BY doc LIMIT {limit}) "
            "UNION ALL SELECT doc FROM "
            f"(SELECT doc FROM recent WHERE scheme = ?1 AND hash = ?2 ORDER BY doc LIMIT {limit})",
            [(scheme, hash) for hash in hashes],
        )
        for hash, found in zip(hashes, rows, strict=True):
            numbers = [number for (number,) in found]
            numbers += late(hash)
            yield numbers if len(numbers) < 2 else sorted(set(numbers))[:limit]

    def add(self, scheme: int, number: int, hashes: Sequence[int]) -> None:
        """Index article *number* under *hashes*, none of which it is indexed under, and move others onwards."""
        if hashes:
            self._db.run("INSERT INTO tail (scheme, doc, hashes) VALUES (?, ?, ?)", (scheme, number, packed(hashes)))
        self._move_on()

    def remove(self, scheme: int, number: int, hashes: Sequence[int]) -> None:
        """Take article *number* out from under *hashes*."""
        if not hashes:
            return
        gone = set(hashes)
        for row, kept in self._db.all("SELECT row, hashes FROM tail WHERE doc = ? AND scheme = ?", (number, scheme)):
            left = [hash for hash in unpacked(kept) if hash not in gone]
            self._db.run("UPDATE tail SET hashes = ? WHERE row = ?", (packed(left), row))
            self._db.run("UPDATE merging SET generation = generation + 1")
        rows = [(scheme, hash, number) for hash in hashes]
        taken = self._db.run_each("DELETE FROM recent WHERE scheme = ? AND hash = ? AND doc = ?", rows)
        self._db.run("UPDATE merging SET recent_rows = recent_rows - ?", (taken,))
        self._db.run_each("DELETE FROM postings WHERE scheme = ? AND hash = ? AND doc = ?", rows)

    def _tail(self) -> _Tail:
        """Return what is in the tail now; only rows that this connection has not seen are read."""
        ((generation,),) = self._db.all("SELECT generation FROM merging")
        memory = self._db.memory()
        tail = memory.get("tail")
        if not isinstance(tail, _Tail) or tail.generation != generation:
            tail = memory["tail"] = _Tail(generation=generation)
        for row, scheme, number, kept in self._db.all(
            "SELECT row, scheme, doc, hashes FROM tail WHERE row > ? ORDER BY row", (tail.last,)
        ):
            tail.last, tail.rows = row, tail.rows + 1
            tail.add(scheme, number, unpacked(kept))
        return tail

    def _move_on(self) -> None:
        tail = self._tail()
        ((batch, *place, recent),) = self._db.all(
            "SELECT batch, tail_scheme, tail_hash, tail_doc, recent_rows FROM merging"
        )
        if batch is None and tail.rows >= self._most_tail:
            batch, place = tail.last, [0, 0, 0]
            self._db.run("UPDATE merging SET batch = ?, tail_scheme = 0, tail_hash = 0, tail_doc = 0", (batch,))
        if batch is not None:
            added = self._move_tail(tail, batch, (place[0], place[1], place[2]))
            if recent + added > self._most_recent:
                self._move_recent(added + added // _SPARE + _SPARE)

    def _move_tail(self, tail: _Tail, batch: int, place: Posting) -> int:
        """Move the next postings of the tail's rows up to *batch* into ``recent``; return how many are new there.

        So many that all are there before as many additions have come again.
        """
        if tail.batch is None:
            tail.batch = sorted(
                _joined(scheme, hash, number)
                for scheme, number, kept in self._db.all(
                    "SELECT scheme, doc, hashes FROM tail WHERE row <= ?", (batch,)
                )
                for hash in unpacked(kept)
            )
        pace = len(tail.batch) // self._most_tail + _SPARE
        at = bisect_right(tail.batch, _joined(*place))
        moved = [_parted(one) for one in tail.batch[at : at + pace]]
        added = self._db.run_each("INSERT OR IGNORE INTO recent (scheme, hash, doc) VALUES (?, ?, ?)", moved)
        if len(moved) < pace:
            self._db.run("DELETE FROM tail WHERE row <= ?", (batch,))
            self._db.run(
                "UPDATE merging SET batch = NULL, generation = generation + 1, recent_rows = recent_rows + ?", (added,)
            )
        else:
            self._db.run(
                "UPDATE merging SET tail_scheme = ?, tail_hash = ?, tail_doc = ?, recent_rows = recent_rows + ?",
                (*moved[-1], added),
            )
        return added

    def _move_recent(self, count: int) -> None:
        """Move the next *count* postings out of ``recent`` into ``postings``, round and round."""
        (place,) = self._db.all("SELECT recent_scheme, recent_hash, recent_doc FROM merging")
        moved = self._db.all(
            "SELECT scheme, hash, doc FROM recent WHERE (scheme, hash, doc) > (?, ?, ?) "
            f"ORDER BY scheme, hash, doc LIMIT {count}",
            place,
        )
        if moved:
            self._db.run_each("INSERT OR IGNORE INTO postings (scheme, hash, doc) VALUES (?, ?, ?)", moved)
            self._db.run(
                "DELETE FROM recent WHERE (scheme, hash, doc) > (?, ?, ?) AND (scheme, hash, doc) <= (?, ?, ?)",
                (*place, *moved[-1]),
            )
        self._db.run(
            "UPDATE merging SET recent_scheme = ?, recent_hash = ?, recent_doc = ?, recent_rows = recent_rows - ?",
            (*(moved[-1] if len(moved) == count else (0, 0, 0)), len(moved)),
        )


def _joined(scheme: int, hash: int, number: int) -> int:
    """Return a posting as one whole number: in its order, and quick to sort."""
    return ((scheme << _HASH) + hash << _NUMBER) + number


def _parted(joined: int) -> Posting:
    front, number = divmod(joined, 1 << _NUMBER)
    return (*divmod(front, 1 << _HASH), number)


def packed(hashes: Sequence[int]) -> bytes:
    """Return *hashes* as six bytes each, little-endian."""
    wide = struct.pack(f"<{len(hashes)}q", *hashes)
    kept = bytearray(6 * len(hashes))
    for at in range(6):
        kept[at::6] = wide[at::8]
    return bytes(kept)


def unpacked(kept: bytes) -> tuple[int, ...]:
    """Return the hashes that were ``packed``."""
    wide = bytearray(len(kept) // 6 * 8)
    for at in range(6):
        wide[at::8] = kept[at::6]
    return struct.unpack(f"<{len(wide) // 8}q", wide)
