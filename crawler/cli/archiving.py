"""Commands over the archive: archive status, check and clean, and reprocess."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import click

from config.settings import has_password
from crawler.archive.upkeep import clean, holdings, over, problems
from crawler.cli import Door, show
from crawler.cli.bar import Bar
from crawler.cli.filters import instant
from crawler.errors import InputError
from crawler.model import iso
from crawler.ports import Store
from crawler.reprocessing import Hands, Reprocessed, carry_over
from crawler.reprocessing import reprocess as fill

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_SAID = 100


@click.group()
def archive() -> None:
    """What was fetched, as it came, in WARC files."""


@archive.command("status")
@_json
@click.pass_obj
def archive_status(door: Door, as_json: bool) -> None:
    """Show where the archive is and what it holds."""
    folder = _folder(door)
    held = holdings(folder)
    value = {
        "folder": str(folder),
        "enabled": door.settings.archive.enabled,
        "files": held.files,
        "open": held.open,
        "bytes": held.bytes,
        "oldest": iso(held.oldest) if held.oldest else None,
        "newest": iso(held.newest) if held.newest else None,
        "keep_days": door.settings.archive.keep_days,
    }
    if as_json:
        show.document(value)
        return
    for name, what in value.items():
        click.echo(f"{name:15} {'-' if what is None else what}")


@archive.command("check")
@_json
@click.pass_obj
def archive_check(door: Door, as_json: bool) -> None:
    """Read every record and compare it with its digests. Exit code 1 where one is not what was written."""
    folder = _folder(door)
    held = holdings(folder)
    done = 0
    with Bar("archive", max(held.bytes, 1)) as bar:

        def tell(size: int) -> None:
            nonlocal done
            done += size
            bar.at(done)

        found = list(islice(problems(folder, tell), 10_000))
    if as_json:
        show.document({"folder": str(folder), "files": held.files, "bytes": held.bytes, "problems": found})
    else:
        for line in found[:_SAID]:
            click.echo(show.safe(line, 500), err=True)
        click.echo(f"{held.files} files, {held.bytes} bytes: {len(found)} problems")
    if found:
        sys.exit(1)


@archive.command("clean")
@click.option("--days", type=float, metavar="N", help="Instead of archive.keep_days.")
@click.option("--dry-run", is_flag=True, help="Only say which files would go.")
@_json
@click.pass_obj
def archive_clean(door: Door, days: float | None, dry_run: bool, as_json: bool) -> None:
    """Close what nobody writes any more, and delete files older than archive.keep_days.

    A running daemon does so every day. Without keep_days nothing is deleted. Articles stay in the store; only what
    proves them goes. A file stays eight days longer than asked for, as later ones may refer back to it.
    """
    from crawler.build import archive as archive_of

    keep = days if days is not None else door.settings.archive.keep_days
    if keep is not None and keep <= 0:
        raise click.UsageError("--days must be more than 0")
    folder, now = _folder(door), datetime.now(UTC)
    if not dry_run and folder.is_dir():
        archive_of(door.settings, door.engine.store.url).close()
    gone: list[Path] = []
    if keep is not None:
        gone = (over if dry_run else clean)(folder, timedelta(days=keep), now)
    if as_json:
        show.document({"folder": str(folder), "deleted": [path.name for path in gone], "dry_run": dry_run})
        return
    for path in gone:
        click.echo(f"{'would delete' if dry_run else 'deleted'} {path.name}")
    click.echo("nothing is deleted: archive.keep_days is not set" if keep is None else f"{len(gone)} files")


@click.command()
@click.option("--since", metavar="DATE", help="Only what was taken in since: ISO 8601, or so long ago (24h, 7d, 4w).")
@click.option("--into", metavar="URL", help="Fill this store, which must be empty, and leave ours as it is.")
@_json
@click.pass_obj
def reprocess(door: Door, since: str | None, into: str | None, as_json: bool) -> None:
    """Fill a store from the archive alone: every page through today's code, as if it had been crawled by it.

    Without --into a store in a file is filled anew beside the old one and takes its place at the end; the old one is
    kept as FILE.before-TIME. Reviews and alerts, which are no pages, are taken over from it; no alert is raised again.
    Stopped in between, nothing has changed. No daemon may work on the store meanwhile.
    """
    from crawler.build import build
    from scheduler.lock import sole_daemon

    if into is not None and has_password(into):
        raise click.UsageError("a password has no place on a command line: configure that store, and leave out --into")
    start = instant(since, "--since")
    ours = door.engine.store
    folder = _folder(door)
    held = holdings(folder)
    if not held.files:
        raise InputError(f"there is nothing in the archive {folder}: name another by archive.folder")
    with ExitStack() as stack:
        stack.enter_context(sole_daemon(ours.url))
        goal = stack.enter_context(_goal(ours, into, whole=start is None))
        hands = Hands()
        quiet = door.settings.model_copy(update={"rules": ()})
        engine = build(quiet, store=goal.url, clock=hands)
        with closing(engine.store), Bar("archive", max(held.bytes, 1)) as bar:
            if _holds_anything(engine.store):
                raise InputError(f"{engine.store.url} is not empty: name an empty store")
            carry_over(ours, engine.store)
            size = 0

            def tell(more: int) -> None:
                nonlocal size
                size += more
                bar.at(size)

            done = fill(folder, engine, hands, since=start, tell=tell)
            articles = engine.store.status().articles
        kept = goal.put()
    _tell(done, articles, goal, kept, folder, as_json=as_json)
    if done.missing:
        sys.exit(1)


@dataclass(slots=True)
class _Goal:
    """The store to be filled. ``file`` is that of *store*, whose place it takes at the end; None: nobody's."""

    url: str | None  # None: the configured one
    store: Store | None = None
    file: Path | None = None

    def put(self) -> Path | None:
        """Put the new store into the place of the old one; return where that is kept."""
        if self.file is None or self.store is None:
            return None
        self.store.close()
        if any(Path(f"{self.file}{ending}").exists() for ending in ("-wal", "-shm")):
            raise InputError(f"another process has {self.file} open: stop it and call this again")
        kept = self.file.with_name(f"{self.file.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        os.link(self.file, kept)
        _anew(self.file).replace(self.file)
        return kept


@contextmanager
def _goal(ours: Store, into: str | None, *, whole: bool) -> Iterator[_Goal]:
    """Yield the store to be filled. Raises InputError where there is none that may be."""
    path = Path(ours.url.removeprefix("sqlite:///"))
    if into is not None:
        if into == ours.url or (into.startswith("sqlite:///") and Path(into.removeprefix("sqlite:///")) == path):
            raise InputError("--into must name another store than ours: without it ours is filled anew")
        yield _Goal(url=into)
    elif not _holds_anything(ours):
        yield _Goal(url=None)
    elif not whole:
        raise InputError("our store is not empty, and --since would lose what is older: name another with --into")
    elif not ours.url.startswith("sqlite:///"):
        raise InputError(f"{ours.url} is not empty: name an empty store with --into")
    else:
        new = _anew(path)
        for ending in ("", "-wal", "-shm"):
            Path(f"{new}{ending}").unlink(missing_ok=True)  # what an earlier call that was stopped left
        yield _Goal(url=f"sqlite:///{new}", store=ours, file=path)


def _anew(path: Path) -> Path:
    return path.with_name(f"{path.name}.anew")


def _holds_anything(store: Store) -> bool:
    return any(shelf.count() for shelf in store.shelves.values())


def _tell(done: Reprocessed, articles: int, goal: _Goal, kept: Path | None, folder: Path, *, as_json: bool) -> None:
    if as_json:
        value = asdict(done) | {"articles": articles, "into": goal.url if kept is None else None}
        show.document(value | {"before": str(kept) if kept else None, "archive": str(folder)})
        return
    for line in done.problems[:_SAID]:
        click.echo(show.safe(line, 500), err=True)
    click.echo(
        f"{done.files} files: {done.polls} polls, {done.pages} pages, {articles} articles, "
        f"{done.refused} pages without one, {done.missing} problems"
    )
    if kept is not None:
        click.echo(f"the store as it was before: {kept}")
    elif goal.url is not None:
        click.echo(f"its captures lie in {folder}: archive.folder must name that for it")


def _folder(door: Door) -> Path:
    from crawler.build import archive_folder

    return archive_folder(door.settings, door.engine.store.url)
