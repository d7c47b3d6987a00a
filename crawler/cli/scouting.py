"""Commands that look at sources: discover, check, backfill, import, export."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from config import SettingsError, load
from config.loading import SOURCES
from crawler import present
from crawler.cli import Door, show
from crawler.errors import InputError
from crawler.intake import moment_or_ago, read_bytes
from crawler.live import Limits
from crawler.model import Source, iso
from crawler.scout.backfill import Backfill
from crawler.scout.check import Checkup
from crawler.scout.discover import Discovery
from crawler.scout.opml import LARGEST, as_sources, as_yaml, read_opml, write_opml
from crawler.store.places import written
from crawler.urls import clean, host
from crawler.watching import Watched, look

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_timeout = click.option(
    "--timeout", default=900.0, show_default=True, type=click.FloatRange(1, 86_400), help="Seconds."
)


def _now() -> datetime:
    return datetime.now(UTC)


def _go(door: Door, trip: Any) -> None:
    from crawler.fetch.live import explore
    from crawler.fetch.logs import log_to_stderr

    log_to_stderr("error", door.settings.log.format)
    explore(trip, door.settings.fetch)


@click.command()
@click.argument("url")
@_timeout
@_json
@click.pass_obj
def discover(door: Door, url: str, timeout: float, as_json: bool) -> None:
    """Find the feeds of the site that URL is a page of, and its news sitemaps."""
    trip = Discovery(url=clean(url), now=_now, limits=Limits(seconds=timeout))
    _go(door, trip)
    if as_json:
        found = [
            {
                "url": one.url,
                "kind": one.kind,
                "why": one.why,
                "title": one.title,
                "entries": one.entries,
                "newest": iso(one.newest) if one.newest else None,
                "problems": list(one.problems),
            }
            for one in trip.found
        ]
        show.document({"url": trip.url, "found": found, "problems": trip.problems})
    elif trip.found:
        rows = [
            (
                show.safe(one.url),
                one.kind,
                str(one.entries),
                iso(one.newest)[:16] if one.newest else "",
                one.why,
                show.safe(one.title, 40),
            )
            for one in trip.found
        ]
        for line in show.table(rows, ("address", "kind", "entries", "newest", "found", "title")):
            click.echo(line)
    if not as_json or not trip.found:
        for problem in trip.problems:
            click.echo(show.safe(problem, 500), err=True)
    if not trip.found:
        click.echo(f"no feed found at {show.safe(trip.url)}", err=True)
        sys.exit(1)


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE or URL]...")
@_timeout
@_json
@click.pass_obj
def check(door: Door, names: Sequence[str], timeout: float, as_json: bool) -> None:
    """Ask every feed and sitemap once, or those of some sources, or one at a URL, and say what is wrong.

    Of sources that are named it is also said how they are, by what is stored. Nothing is stored.
    """
    chosen = _chosen(door, names)
    trip = Checkup(sources=chosen, now=_now, limits=Limits(seconds=timeout), most=100_000)
    if chosen:
        _go(door, trip)
    verdicts = trip.verdicts()
    if as_json:
        found = [
            {
                "source": one.source,
                "url": one.url,
                "state": one.state,
                "entries": one.entries,
                "newest": iso(one.newest) if one.newest else None,
                "problems": list(one.words),
                "shows": list(one.shows),
            }
            for one in verdicts
        ]
        health = [{"source": s.id, **(present.how(it) or {})} for s, it in _looked(door, chosen if names else ())]
        show.document({"feeds": found, "sources": health})
    else:
        for one in verdicts:
            newest = f", the newest of {iso(one.newest)[:16]}" if one.newest else ""
            words = "; ".join(show.safe(word, 300) for word in one.words)
            click.echo(f"{one.state:8} {one.source}: {show.safe(one.url)}: {one.entries} entries{newest}")
            if words:
                click.echo(f"{'':8} {words}")
            for shown in one.shows:
                click.echo(f"{'':8} {show.safe(shown, 200)}")
        for source, it in _looked(door, chosen if names else ()):
            for line in _told(source, it):
                click.echo(line)
    if not chosen:
        click.echo(
            "no source has a feed: add one to sources.yaml, or find some with `copytrail sources discover`", err=True
        )
    if not chosen or any(one.state == "wrong" for one in verdicts):
        sys.exit(1)


def _chosen(door: Door, names: Sequence[str]) -> list[Source]:
    """Return the sources that *names* name, by id, name or address; those watched where none is named."""
    registry = door.engine.registry
    if not names:
        return [source for source in registry.sources if source.polled and source.enabled]
    chosen: dict[str, Source] = {}
    source: Source | None
    for name in names:
        if name.startswith(("http://", "https://")):
            source = _at(registry.sources, clean(name)) or _stranger(registry.of_host(host(name)), clean(name))
        else:
            source = registry.source(name) or registry.named(name)
        if source is None:
            raise InputError(f"no such source: {show.safe(name)}: `copytrail sources list --all` names them")
        chosen[f"{source.id} {' '.join(source.polled)}"] = source
    return [source for source in chosen.values() if source.polled]


def _at(sources: Sequence[Source], url: str) -> Source | None:
    """Return the source that polls *url*, as if it polled nothing else."""
    source = next((s for s in sources if url in s.polled), None)
    if source is None:
        return None
    sections = tuple(section for section in source.sections if section.url == url)
    return replace(source, feeds=() if sections else (url,), sitemaps=(), sections=sections)


def _stranger(owner: Source | None, url: str) -> Source:
    """Return what stands for a feed that nobody polls yet; *owner*: whose site it is on."""
    if owner is not None:
        return replace(owner, feeds=(url,), sitemaps=())
    return Source(id=host(url), name=host(url), domains=(host(url),), feeds=(url,))


def _looked(door: Door, sources: Sequence[Source]) -> Iterator[tuple[Source, Watched]]:
    for source in sources:
        if door.engine.registry.source(source.id) is not None:
            yield source, look(door.engine.store, source, _now())


def _told(source: Source, it: Watched) -> Iterator[str]:
    """Yield how a source is, by what is stored, as lines."""
    yield f"{source.id}: {it.state}" + (f"; last four weeks {it.bars}" if it.rhythm else "")
    if it.rhythm is not None:
        yield (
            f"   on a usual day {it.rhythm.rate:.1f} hours have something new; its longest silence was "
            f"{it.rhythm.longest} hours, now it is {it.rhythm.hours}"
        )
    for ill in it.found.values():
        if ill is not None:
            yield f"   {ill.health}: {show.safe(ill.note, 400)}"
            yield f"   {show.safe(ill.advice, 400)}"
    for unseen in it.gaps:
        yield f"   {show.safe(unseen.words, 400)}"


@click.command()
@click.argument("url")
@click.option("--since", required=True, metavar="DATE", help="ISO 8601, or so long ago: 24h, 7d, 4w.")
@click.option("--source", "source_id", metavar="ID", help="Whose pages they are. Default: the outlet with that domain.")
@click.option("--limit", default=20_000, show_default=True, type=click.IntRange(1, 1_000_000), help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Count, keep nothing.")
@_timeout
@_json
@click.pass_obj
def backfill(
    door: Door, url: str, since: str, source_id: str | None, limit: int, dry_run: bool, timeout: float, as_json: bool
) -> None:
    """Queue what a site published since DATE: by WordPress's REST API, else its sitemaps; or by the sitemap at URL.

    The pages are fetched by `copytrail run`, some of each host in each round. They raise no alerts.
    """
    address = clean(url)
    source = _owner(door, address, source_id)
    begin = moment_or_ago(since, "--since", _now())
    trip = Backfill(url=address, since=begin, longest=limit, now=_now, limits=Limits(seconds=timeout), most=1_000)
    _go(door, trip)
    new = () if dry_run or not trip.entries else door.engine.record(trip.poll(source.id))
    if as_json:
        show.document(
            {
                "url": address,
                "source": source.id,
                "since": iso(begin),
                "found": len(trip.entries),
                "new": None if dry_run else len(new),
                "undated": trip.undated,
                "foreign": trip.foreign,
                "problems": trip.problems,
            }
        )
    else:
        kept = "nothing kept (--dry-run)" if dry_run else f"{len(new)} new, to be fetched by `copytrail run`"
        click.echo(f"{source.id}: {len(trip.entries)} pages since {iso(begin)}: {kept}")
        for count, what in ((trip.undated, "bear no date"), (trip.foreign, "are of other sites")):
            if count:
                click.echo(f"{count} left out: they {what}")
    for problem in trip.problems:
        click.echo(show.safe(problem, 500), err=True)
    if not trip.entries:
        click.echo(f"nothing found at {show.safe(address)} since {iso(begin)}", err=True)
        sys.exit(1)


def _owner(door: Door, url: str, id: str | None) -> Source:
    known = door.engine.registry
    if id is not None:
        found = known.source(id)
        if found is None:
            raise InputError(f"no such source: {show.safe(id)}")
    else:
        found = known.of_host(host(url))
        if found is None:
            raise InputError(f"{host(url)} is no domain of a source: add it to sources.yaml, or name one with --source")
    if not found.enabled:
        raise InputError(f"{found.id} is not enabled: its pages would not be fetched; set `enabled` in sources.yaml")
    return found


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", is_flag=True, help="Add the new outlets to sources.yaml.")
@click.pass_obj
def import_opml(door: Door, file: Path, write: bool) -> None:
    """Turn the feeds of an OPML file into outlets: printed as YAML, or with --write added to sources.yaml.

    Feeds of one domain become one outlet. Look them over: names, aliases and domains decide who is credited.
    """
    outlines, problems = read_opml(read_bytes(file, LARGEST))
    rows, by_hand = as_sources(outlines, door.engine.registry.sources)
    for line in (*problems, *by_hand):
        click.echo(show.safe(line, 500), err=True)
    if not rows:
        click.echo("no outlet that is not known already", err=True)
        sys.exit(1)
    if not write:
        click.echo(as_yaml(rows), nl=False)
        return
    if door.folder is None:
        raise InputError("there is no settings folder to write to: name one with --config DIR")
    _append(door, door.folder / SOURCES, as_yaml(rows))
    click.echo(f"{len(rows)} outlets added to {door.folder / SOURCES}: look them over, then `copytrail sources check`")


def _append(door: Door, path: Path, lines: str) -> None:
    """Add *lines* to the list in sources.yaml; the file is as before where the settings would not load with them."""
    before = path.read_text(encoding="utf-8") if path.exists() else "sources:\n"
    rows = before if before.endswith("\n") else f"{before}\n"
    indent = next((line[: line.index("-")] for line in rows.splitlines() if line.lstrip().startswith("- ")), "")
    rows += "".join(f"{indent}{line}\n" for line in lines.splitlines())
    written(path, rows)
    try:
        load(door.folder, door.overrides)
    except SettingsError as error:
        written(path, before)
        raise InputError(
            f"{path} is as it was: with the new outlets it would not load ({error.problems[0]}); "
            "without --write they are printed"
        ) from error


@click.command("export")
@click.option("--all", "every", is_flag=True, help="Outlets that are not enabled, too.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Instead of stdout.")
@click.pass_obj
def export_opml(door: Door, every: bool, output: Path | None) -> None:
    """Write the feeds of the watched outlets as OPML."""
    chosen = [s for s in door.engine.registry.sources if s.feeds and (every or s.enabled)]
    text = write_opml(chosen)
    if output is None:
        click.echo(text, nl=False)
    else:
        written(output, text)
        click.echo(f"{sum(len(s.feeds) for s in chosen)} feeds: {os.fspath(output)}", err=True)
