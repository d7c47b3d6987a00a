"""Commands that tend the machine: run, sources."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from crawler import present
from crawler.cli import Door, settings_folder, show
from crawler.cli.bar import Bar, over_crawl
from crawler.cli.scouting import backfill, check, discover, export_opml, import_opml
from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import Source, iso
from crawler.watching import look

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.option("--once", is_flag=True, help="One round of all sources, then exit.")
@click.option("--serve/--no-serve", default=True, help="Serve web pages and the API, too (not with --once).")
@click.option(
    "--config", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Settings folder."
)
@click.option(
    "--role",
    type=click.Choice(["all", "planner", "worker", "ui"]),
    default="all",
    show_default=True,
    help="Everything in one process; or one member of a crew that shares crew.url (docs/scaling.md).",
)
@click.pass_obj
def run(door: Door, once: bool, serve: bool, folder: Path | None, role: str) -> None:
    """Watch the sources: poll feeds on schedule, crawl, extract, match, trace, store, alert.

    Stops on SIGTERM or Ctrl-C within 15 seconds, finishing the page in hand. Only one daemon works
    on a store; a second one says so and exits with 75. Of a crew there may be any number: planners (one
    leads, the others stand by), workers, and those that serve web pages.
    """
    from scheduler.daemon import run as run_daemon

    if folder is not None:
        door.folder = settings_folder(folder)
    if role != "all":
        if once:
            raise InputError("--once is one round in one process: leave out --role")
        _join(door, role)
        return
    if door.settings.crew.url is not None:
        raise InputError("crew.url is set, so a crew may be at work on these feeds: name a --role, or take it out")
    feeds = sum(len(s.feeds) + len(s.sitemaps) + len(s.sections) for s in door.settings.sources if s.enabled)
    if not feeds:
        raise InputError("no enabled source has a feed: add one to sources.yaml")
    if not once:
        sys.exit(_watch(door, serve=serve))
    overrides = dict(door.overrides)
    if sys.stderr.isatty() and door.settings.log.level == "info":
        overrides["log.level"] = "warning"  # the bar says it
    with Bar("round", feeds) as bar:
        watch = over_crawl(bar, door.engine, feeds)
        code = run_daemon(door.folder, overrides, door.engine, once=True, watch=watch)
    sys.exit(code)


def _join(door: Door, role: str) -> None:
    """Be a member of the crew until told to stop."""
    from scheduler.roles import crew_of, run_role

    crew_of(door.settings).close()  # says what is wrong with crew.url
    if role == "ui":
        from crawler.cli.serving import serve_pages

        serve_pages(door, door.engine)
    else:
        sys.exit(run_role("planner" if role == "planner" else "worker", door.folder, door.overrides, door.engine))


def _watch(door: Door, *, serve: bool) -> int:
    """Run the daemon until it is told to stop; return its exit code."""
    from crawler.cli.serving import serving
    from scheduler.daemon import run as run_daemon

    beside = partial(serving, door) if serve else nullcontext
    return run_daemon(door.folder, door.overrides, door.engine, once=False, beside=beside)


@click.group()
def sources() -> None:
    """The monitored outlets."""


@sources.command("list")
@click.option("--all", "every", is_flag=True, help="Outlets that are known but not watched, too.")
@_json
@click.pass_obj
def list_sources(door: Door, every: bool, as_json: bool) -> None:
    """Show the outlets, their feeds, when these were last read, how they are, and what the last four weeks brought."""
    engine = door.engine
    known = [s for s in engine.registry.sources if every or (s.enabled and s.polled)]
    if as_json:
        show.document(
            {"sources": [present.watched(s, (it := look(engine.store, s, _now())).states, it) for s in known]}
        )
    elif known:
        _print_sources(engine, known)
    if not known:
        click.echo("no source is watched: add one with a feed to sources.yaml", err=True)
        sys.exit(1)


def _now() -> datetime:
    return datetime.now(UTC)


def _print_sources(engine: Engine, known: Sequence[Source]) -> None:
    rows = []
    for s in known:
        it = look(engine.store, s, _now(), gaps=False)
        states = it.states.values()
        read = max((st.succeeded_at for st in states if st and st.succeeded_at), default=None)
        problem = it.worst.note if it.worst else next((st.problem for st in states if st and st.problem), None)
        last = iso(read)[:16] if read else "never"
        rows.append((s.id, show.safe(s.name, 40), str(len(s.polled)), last, it.state, it.bars, show.safe(problem)))
    for line in show.table(rows, ("id", "name", "feeds", "last read", "state", "last four weeks", "problem")):
        click.echo(line)


for _look in (discover, check, backfill, import_opml, export_opml):
    sources.add_command(_look)


@sources.command("clocks")
@click.option(
    "--learn", is_flag=True, help="Learn them anew from each outlet's newest pages; the daemon does so daily."
)
@_json
@click.pass_obj
def source_clocks(door: Door, learn: bool, as_json: bool) -> None:
    """Show the outlets whose clocks are off, as our own looks at their feeds tell.

    Their dates are corrected where it is asked who was first; what a page says of its date is shown as it says it.
    """
    engine = door.engine
    changed = engine.learn_clocks() if learn else {}
    found = [(s, clock) for s in engine.registry.sources if (clock := engine.clock_of(s.id)) is not None]
    if as_json:
        clocks = [
            {
                "source": s.id,
                "least_seconds": c.least,
                "most_seconds": c.most,
                "zone_known": c.zone_known,
                "pages": c.pages,
            }
            for s, c in found
        ]
        show.document({"clocks": clocks, "changed": sorted(changed)})
    else:
        rows = [
            (s.id, f"{c.least / 3600:+.2f} to {c.most / 3600:+.2f} h", "" if c.zone_known else "no zone", str(c.pages))
            for s, c in found
        ]
        for line in (
            show.table(rows, ("id", "its dates show beyond the truth", "of dates with", "pages")) if rows else ()
        ):
            click.echo(line)
    if not found:
        click.echo("no clock is known to be off", err=True)
        sys.exit(1)
