"""Commands for the store: init, migrate, status, copy, and kibana."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import click

from crawler.cli import Door, show
from crawler.cli.bar import Bar
from crawler.cli.kibana import kibana
from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import iso

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_CONFIGURED = "configured"


@click.group()
def store() -> None:
    """Where everything is kept."""


store.add_command(kibana)


@store.command("init")
@click.pass_obj
def init_store(door: Door) -> None:
    """Make the store: the file and its tables, or templates, indices and aliases. Twice does no harm."""
    for name in door.engine.store.init():
        click.echo(f"made {show.safe(name)}")
    status = door.engine.store.status()
    click.echo(f"{status.url}: ready, schema {status.schema}, {status.articles} articles")


@store.command("migrate")
@click.option("--drop-old", is_flag=True, help="Delete what earlier migrations replaced and kept.")
@_json
@click.pass_obj
def migrate_store(door: Door, drop_old: bool, as_json: bool) -> None:
    """Bring a store that an earlier copytrail wrote to what this one writes, while others go on reading and writing.

    The tables of SQLite are brought up to date whenever a file is opened. On Elasticsearch an index with a new mapping
    is filled beside the old one, which is kept until --drop-old. Then articles that were fingerprinted otherwise are
    fingerprinted and matched anew, from their stored text; a running daemon does that in the background. Stopped at
    any moment, the next call goes on.
    """
    engine = door.reading
    kept = engine.store
    with Bar("documents", 1) as bar:
        done = list(kept.migrate(lambda rows, of: bar.at(rows, of=of)))
    dropped = list(kept.drop_old()) if drop_old else []
    renewed, changed = _renewed(engine)
    status = kept.status()
    if as_json:
        show.document(
            {
                "url": status.url,
                "schema": status.schema,
                "done": done,
                "fingerprinted": renewed,
                "lineages_changed": changed,
                "outdated": engine.outdated(),
                "dropped": dropped,
                "old_indices": list(status.old),
            }
        )
        return
    if renewed:
        done.append(f"{renewed} articles fingerprinted anew, {changed} lineages changed")
    for line in [*done, *(f"deleted {name}" for name in dropped)]:
        click.echo(line)
    click.echo(f"{status.url}: schema {status.schema}" + ("" if done or dropped else ", nothing to do"))
    if status.old:
        click.echo(f"kept until `copytrail store migrate --drop-old`: {', '.join(status.old)}")


def _renewed(engine: Engine) -> tuple[int, int]:
    """Fingerprint anew what is outdated; return how many articles, and how many lineages changed by it."""
    waiting, done = engine.outdated(), 0
    if not waiting:
        return 0, 0
    with Bar("fingerprints", waiting) as bar:
        while renewed := engine.renew():
            done += renewed
            bar.at(done, of=max(waiting, done))
        return done, engine.settle()


@store.command("status")
@_json
@click.pass_obj
def store_status(door: Door, as_json: bool) -> None:
    """Show what the store holds, kind by kind, what it refused, and what is spooled for it.

    Exit code 1 while it is unavailable.
    """
    from crawler.store.copying import unfinished

    engine = door.reading
    found = door.readiness()
    if not found.ready:
        if as_json:
            show.document({"url": engine.store.url, **show.readiness(found)})
        click.echo(show.safe(found.line(), 1000), err=True)
        sys.exit(1)
    s = engine.store.status()
    kept = {name: shelf.count() for name, shelf in engine.store.shelves.items()}
    value = {
        "url": s.url,
        "schema": s.schema,
        "articles": s.articles,
        "matches": s.matches,
        "edges": s.edges,
        "pending": s.pending,
        "feeds": s.feeds,
        "alerts_pending": s.alerts_pending,
        "alerts_dead": s.alerts_dead,
        "bytes": s.bytes,
        "newest": iso(s.newest) if s.newest else None,
        "schemes": dict(s.schemes),
        "outdated": engine.outdated(),
        "refused": s.refused,
        "copy_of": unfinished(engine.store),
        "kept": kept,
        "old_indices": list(s.old),
        "refusals": list(s.refusals),
        **show.readiness(found),
    }
    if as_json:
        show.document(value)
        return
    for name, held in (value | {"kept": ", ".join(f"{count} {kind}" for kind, count in kept.items())}).items():
        if name == "copy_of" and held is not None:
            click.echo(f"{name:15} {held}, unfinished: run `copytrail store copy` again")
        elif name == "old_indices":
            click.echo(f"{name:15} {', '.join(s.old) or '-'}")
        elif name == "outdated" and held:
            click.echo(f"{name:15} {held} articles find no copies of what came since: run `copytrail store migrate`")
        elif name not in ("refusals", "copy_of", "schemes", "put_aside"):
            click.echo(f"{name:15} {'-' if held is None else held}")
    for line in (*s.refusals, *found.held.reasons):
        click.echo(f"  {show.safe(line, 300)}")


@store.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@_json
@click.pass_obj
def copy_store(door: Door, source: str, target: str, as_json: bool) -> None:
    """Copy everything that one store keeps into another, empty one: sqlite:///... or https://...

    FROM and TO are URLs, or the word `configured` for the store of the settings, so that a password stays in the
    environment. Nothing is changed in FROM. Run it again after it was interrupted, and it goes on. At the end every
    row is compared; exit code 1 if TO would not take some. No daemon may work on either store meanwhile.
    """
    from crawler.store import open_store
    from crawler.store.copying import copy
    from scheduler.lock import sole_daemon

    urls = [_whole(door.settings.store if url == _CONFIGURED else url) for url in (source, target)]
    if urls[0] == urls[1]:
        raise InputError("FROM and TO are the same store")
    _there(urls[0])
    with ExitStack() as held:
        for url in urls:
            held.enter_context(sole_daemon(url))
        ours, theirs = (held.enter_context(closing(open_store(url))) for url in urls)
        length = 2 * sum(shelf.count() for shelf in ours.shelves.values())
        bar = held.enter_context(Bar("copy", length))
        done = 0

        def tell(rows: int) -> None:
            nonlocal done
            done += rows
            bar.at(done)

        copied = copy(ours, theirs, origin=ours.url, tell=tell)
    whole = all(kind.is_whole for kind in copied)
    if as_json:
        show.document({"from": ours.url, "to": theirs.url, "whole": whole, "kinds": [asdict(k) for k in copied]})
    else:
        rows = [(k.kind, str(k.there), str(k.copied), str(len(k.lacking) or "")) for k in copied]
        for line in show.table(rows, ("kind", "from", "to", "lacking")):
            click.echo(line)
    if not whole:
        click.echo(f"not all is there: `copytrail --store {theirs.url} store status` says what was refused", err=True)
        sys.exit(1)


def _whole(url: str) -> str:
    """Return *url*, the path of a file in full: one store has one name, wherever the command is called."""
    path = url.removeprefix("sqlite:///")
    return url if path == url or not path else f"sqlite:///{Path(path).absolute()}"


def _there(url: str) -> None:
    """Raise InputError where *url* names a file that is not there: it would be made, empty."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).is_file():
        raise InputError(f"there is no store at {path}")
