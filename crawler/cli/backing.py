"""The commands backup and restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import Door, show
from crawler.errors import InputError

if TYPE_CHECKING:
    from crawler.backup import Manifest

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--archive/--no-archive", "whole", default=True, help="The archive of what was fetched, too.")
@_json
@click.pass_obj
def backup(door: Door, folder: Path, whole: bool, as_json: bool) -> None:
    """Copy the store, what is spooled for it and the archive into the new folder FOLDER, while the daemon goes on.

    Every file is listed with its SHA-256. Nothing is overwritten. A store on Elasticsearch is backed up there, by its
    snapshots, or copied by `copytrail store copy`.
    """
    from crawler.backup import back_up
    from crawler.build import archive_folder, spool
    from crawler.store.sqlite import SqliteStore

    store = door.reading.store
    if not isinstance(store, SqliteStore):
        raise InputError(
            f"{store.url} is no file: use Elasticsearch's snapshots, or `copytrail store copy configured sqlite:///FILE`"
        )
    archive = archive_folder(door.settings, store.url)
    made = back_up(store, spool(door.settings, store.url), archive if whole else None, folder, datetime.now(UTC))
    _say(folder, made, "backed up to", as_json=as_json)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_json
@click.pass_obj
def restore(door: Door, folder: Path, as_json: bool) -> None:
    """Put the backup in FOLDER where the configured store and archive are to be. Nothing is overwritten.

    Every file is compared with its SHA-256 first; where one differs nothing is restored.
    """
    from crawler.backup import restore as put_back
    from crawler.build import archive_folder, spool
    from scheduler.lock import sole_daemon

    url = door.settings.store.strip()
    path = url.removeprefix("sqlite:///")
    if path == url:
        raise InputError("the configured store is no file: give one with --store sqlite:///FILE")
    with sole_daemon(url):
        waiting = spool(door.settings, url).path
        made = put_back(folder, Path(path), waiting, archive_folder(door.settings, url))
    _say(folder, made, "restored from", as_json=as_json)


def _say(folder: Path, made: Manifest, how: str, *, as_json: bool) -> None:
    size = sum(part.bytes for part in made.parts)
    if as_json:
        value = {"folder": str(folder), "made_at": made.made_at, "articles": made.articles, "files": len(made.parts)}
        show.document(value | {"bytes": size, "schema": made.schema})
        return
    click.echo(f"{made.articles} articles, {len(made.parts)} files, {size} bytes {how} {show.safe(str(folder))}")
