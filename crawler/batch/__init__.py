"""A whole archive in one go, on Apache Spark: the same answers as taking it in page after page.

docs/batch.md says how it is used, docs/decisions why it is built so. Spark is asked for only by the functions that run
on it: it is an optional extra.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.batch import loading, stages
from crawler.batch.reading import files_in, parts_of
from crawler.batch.session import a_session
from crawler.errors import AlreadyRunning, InputError
from crawler.fingerprint import SCHEME
from crawler.registry import Registry
from crawler.store.rows import Row as Json

__all__ = ["Batch", "batch"]

FORMAT = 2
PIECE = 16 * 2**20  # bytes of input for each piece that a table is worked on in
FEWEST_PIECES, MOST_PIECES = 2, 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a batch made. ``aside`` counts what is no article, by kind; ``reasons`` the commonest of it, in words."""

    folder: str
    files: int
    articles: int
    matches: int
    edges: int
    aside: dict[str, int]
    reasons: tuple[tuple[str, int], ...]
    loaded: int | None = None


def batch(
    paths: Sequence[Path],
    folder: Path,
    registry: Registry,
    now: datetime,
    *,
    master: str = "local[*]",
    memory: str = "2g",
    store: str | None = None,
    restart: bool = False,
    tell: Callable[[str], None] = lambda stage: None,
) -> Batch:
    """Make a batch of the files that *paths* name, in *folder*; go on with it where it is there already.

    *store*: the URL of an empty store that the result is put into. *restart*: forget what is in *folder*. *tell* hears
    of each stage when it begins. Raises InputError where something is missing, or *folder* holds another batch.
    """
    files = files_in(paths)
    with ExitStack() as held:
        held.enter_context(_alone(folder))
        if restart:
            stages.forget(folder)
        manifest = _manifest(files, folder, registry, now)
        if store is not None:
            loading.check(store, id=manifest["id"])  # before the work of hours
        scratch = folder / stages.SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
        held.callback(shutil.rmtree, scratch, ignore_errors=True)
        session = held.enter_context(a_session(master, scratch, memory=memory))
        session.conf.set("spark.sql.shuffle.partitions", str(manifest["partitions"]))
        work = stages.Work(
            session=session,
            folder=folder,
            parts=tuple(parts_of(files)),
            registry=registry,
            now=datetime.fromisoformat(manifest["now"]),
            partitions=manifest["partitions"],
            tell=tell,
        )
        made = stages.run(work)
        kinds, reasons = stages.put_aside(work)
        loaded = None
        if store is not None:
            tell("loading")
            loaded = loading.load(work, store, id=manifest["id"])
    return Batch(
        folder=str(folder),
        files=len(files),
        articles=made["articles"],
        matches=made["matches"],
        edges=made["edges"],
        aside=kinds,
        reasons=reasons,
        loaded=loaded,
    )


def _manifest(files: Sequence[Path], folder: Path, registry: Registry, now: datetime) -> dict[str, Any]:
    """Return what the batch in *folder* was begun with, or begin it."""
    what = {
        "format": FORMAT,
        "input": [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in files],
        "scheme": SCHEME,
        "sources": _digest(registry),
    }
    try:
        return stages.begun(folder, what, now, partitions=_pieces(files))
    except ValueError as error:
        raise InputError(
            f"{folder} holds a batch that was begun with another {error}: name another folder, or --restart"
        ) from None


def _pieces(files: Sequence[Path]) -> int:
    """Return in how many pieces tables are worked on: what is packed is larger by four."""
    size = sum(path.stat().st_size * (4 if path.suffix == ".gz" else 1) for path in files)
    return max(FEWEST_PIECES, min(size // PIECE, MOST_PIECES))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other batches out of *folder*. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "batch.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(f"another batch is at work in {folder}") from None
        yield


_SOURCES: Json[Any] = Json(tuple)


def _digest(registry: Registry) -> str:
    return hashlib.sha256(_SOURCES.dump(registry.sources).encode()).hexdigest()
