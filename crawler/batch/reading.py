"""Files as sightings: each page or row prepared as the live crawl prepares it, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from crawler.batch.tables import Values
from crawler.errors import CopytrailError, InputError
from crawler.intake import Problem, read_jsonl, read_warc
from crawler.model import Page
from crawler.prepare import Prepared, Row, prepare, prepare_row
from crawler.registry import Registry
from crawler.store.rows import Row as Json

PREPARED = Json(Prepared)
PART = 8 * 2**20  # bytes of a JSONL file that are read in one task
KINDS = (".warc.gz", ".warc", ".jsonl", ".ndjson")
_FILE = 40  # bits of a place within a file

SIGHTINGS = (
    ("kind", "string"),
    ("at", "bigint"),
    ("id", "string"),
    ("place", "string"),
    ("words", "string"),
    ("body", "binary"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a file that one task reads: all of a WARC file, or some lines of a JSONL file."""

    path: str
    kind: Literal["warc", "jsonl"]
    number: int  # of the file, in the order in which files are read
    start: int = 0
    end: int = 0
    lines_before: int = 0


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files that *paths* name, those of folders by their full names. Raises InputError for none at all."""
    found: dict[Path, None] = {}
    for path in paths:
        some = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and _is_read(p))
        if path.is_file() and not _is_read(path):
            raise InputError(f"{path}: not a kind of file that a batch reads: {', '.join(KINDS)}")
        if not some:
            raise InputError(f"{path}: no file of a kind that a batch reads in it: {', '.join(KINDS)}")
        found |= dict.fromkeys(some)
    return list(found)


def _is_read(path: Path) -> bool:
    return path.name.lower().endswith(KINDS)


def parts_of(files: Sequence[Path], *, size: int = PART) -> Iterator[Part]:
    """Yield the parts of *files*; a JSONL file is cut between lines."""
    for number, path in enumerate(files):
        full = str(path.resolve())
        if path.name.lower().endswith((".warc", ".warc.gz")):
            yield Part(path=full, kind="warc", number=number)
            continue
        start = lines = 0
        with path.open("rb") as file:
            while block := file.read(size):
                block += file.readline()
                yield Part(
                    path=full, kind="jsonl", number=number, start=start, end=start + len(block), lines_before=lines
                )
                start, lines = start + len(block), lines + block.count(b"\n")


class _Stretch:
    """Lines of a file up to a place, as far as ``read_jsonl`` needs a file."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self._left = end - file.tell()

    def readline(self, most: int) -> bytes:
        line = self._file.readline(min(most, self._left)) if self._left > 0 else b""
        self._left -= len(line)
        return line


def sightings(parts: Iterator[Part], registry: Registry, now: datetime) -> Iterator[Values]:
    """Yield a row for each article, each page that is none, each bad line; nothing that was given is left out."""
    for part in parts:
        first = (part.number << _FILE) + 2 * part.lines_before  # a line has a row, and perhaps a note
        for ordinal, unit in enumerate(_units(part, now)):
            yield _sighting(unit, first + ordinal, registry)


def _units(part: Part, now: datetime) -> Iterator[Page | Row | Problem]:
    name = Path(part.path).name
    try:
        with Path(part.path).open("rb") as file:
            if part.kind == "warc":
                yield from read_warc(file, name, part.path)
            else:
                file.seek(part.start)
                yield from read_jsonl(_Stretch(file, part.end), name, now, lines_before=part.lines_before)
    except OSError as error:
        yield Problem(place=name, words=f"cannot be read: {error.strerror}")


def _sighting(unit: Page | Row | Problem, at: int, registry: Registry) -> Values:
    if isinstance(unit, Problem):
        return ("bad" if unit.skipped else "note", at, None, unit.place, unit.words, None)
    url = unit.final_url if isinstance(unit, Page) else unit.url
    try:
        made = prepare(unit, registry) if isinstance(unit, Page) else prepare_row(unit, registry)
    except CopytrailError as error:
        return ("refused", at, None, url, str(error), None)
    except Exception as error:
        return ("failed", at, None, url, f"copytrail failed on it ({type(error).__name__}): please report it", None)
    return ("article", at, made.article.id, url, None, PREPARED.dump(made).encode())
