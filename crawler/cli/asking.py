"""Commands that ask the store: trace, search."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast, get_args

import click

from crawler import present
from crawler.cli import Door, show
from crawler.cli.changed import changed, edited
from crawler.cli.files import as_text, is_file, named, read_text
from crawler.cli.filters import asked, filters
from crawler.flow import Trail
from crawler.intake import LONGEST_TEXT, read_html
from crawler.live import Limits
from crawler.model import Match, Reason
from crawler.pasted import explained
from crawler.ports import Store
from crawler.prepare import prepare
from crawler.tally import By, Group
from crawler.tally import tally as counted

_ANY = "any"
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_NOBODY = {"id": None, "name": None, "domain": None}


@click.command()
@click.argument("what")
@click.option("--url", help="Where an .html file came from.")
@click.option("--history", is_flag=True, help="How its lineage changed: when, and for what reason.")
@click.option("--changes", is_flag=True, help="All that it changed of its parent's text: struck, added, exchanged.")
@click.option("--versions", is_flag=True, help="The versions it had: when, of what class, and what was changed.")
@click.option(
    "--live", is_flag=True, help="Fetch the URL now, follow its credits, and look its title up where it credits."
)
@click.option("--keep", is_flag=True, help="With --live: take the pages that were read into the store; no alerts.")
@click.option(
    "--depth", default=3, show_default=True, type=click.IntRange(0, 10), help="With --live: credits in a row."
)
@click.option(
    "--hosts", default=6, show_default=True, type=click.IntRange(1, 50), help="With --live: sites asked at most."
)
@click.option(
    "--timeout", default=120.0, show_default=True, type=click.FloatRange(1, 3600), help="With --live: seconds in all."
)
@_json
@click.pass_obj
def trace(
    door: Door,
    what: str,
    url: str | None,
    history: bool,
    changes: bool,
    versions: bool,
    live: bool,
    keep: bool,
    depth: int,
    hosts: int,
    timeout: float,
    as_json: bool,
) -> None:
    """Show where an article came from and who took it.

    WHAT is a URL or id in the store, a text or .html file, or - for text on stdin. A text that is not
    stored is held against the store and not added to it.

    --live asks the web itself, with the manners of every crawl (robots.txt, one request a host at a time, no private
    addresses); what it fetched is kept as captures beside the store, and taken into it only with --keep.
    """
    if live:
        from crawler.cli.living import live_trace

        if history or url is not None:
            raise click.UsageError("--live goes without --history and --url")
        limits = Limits(depth=depth, hosts=hosts, seconds=timeout)
        live_trace(door, what, limits, keep=keep, changes=changes, as_json=as_json)
        return
    if keep:
        raise click.UsageError("--keep goes with --live")
    trail, stored = _trail(door, what, url)
    if trail is None:
        click.echo(f"{show.safe(what, 300)}: not in the store", err=True)
        sys.exit(1)
    told = door.reading.store.history(trail.article.id) if history and stored else ()
    if as_json:
        value = present.trail(trail)
        if history:
            value["history"] = [present.revision(held) for held in told]
        if not stored:
            # It has a URL and an outlet only as far as somebody said so.
            for place in (value["article"], value["chain"][0]):
                place.update({"id": None, "url": url} | ({} if url else {"source": _NOBODY}))
        show.document(value)
    else:
        more = (
            *(changed(trail) if changes else ()),
            *(edited(trail) if versions else ()),
            *(show.history(told) if history else ()),
        )
        for line in (*show.tree(trail, changes=not changes), *more):
            click.echo(line)
    if not stored and not (trail.lineage.parents or trail.lineage.rivals):
        click.echo("nothing in the store is like it, and it names no origin", err=True)
        sys.exit(1)


def _trail(door: Door, what: str, url: str | None) -> tuple[Trail | None, bool]:
    """Return the trail of *what*, and whether it is in the store."""
    if what == "-":
        text = as_text(sys.stdin.buffer.read(4 * LONGEST_TEXT + 1), "stdin")
        return explained(door.reading, text, url, datetime.now(UTC)), False
    path = Path(what)
    if not is_file(path):
        id = named(what)
        return door.reading.trail(id), True
    if path.suffix.lower() in (".html", ".htm") and url is not None:
        engine = door.reading
        return engine.explain(prepare(read_html(path, url, datetime.now(UTC)), engine.registry)), False
    text = read_text(path)
    return explained(door.reading, text, url, datetime.now(UTC)), False


@click.command()
@click.argument("query", default="")
@filters
@click.option(
    "--rejected",
    is_flag=False,
    flag_value=_ANY,
    type=click.Choice([_ANY, *(reason.replace(" ", "-") for reason in get_args(Reason))]),
    help="Instead, the matches of these articles that a guard made less than a copy, for that REASON or for any.",
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@_json
@click.pass_obj
def search(
    door: Door,
    /,
    query: str,
    rejected: str | None,
    limit: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Find articles by their words, newest first. Without QUERY: all that the options leave."""
    wanted = asked(query, limit, **given)
    store = door.reading.store
    if rejected is not None:
        reason = None if rejected == _ANY else cast(Reason, rejected.replace("-", " "))
        _show_guarded(store, store.guarded(wanted, reason), as_json=as_json)
        return
    found = store.search(wanted)
    if as_json:
        known = store.dossiers([a.id for a, _ in found])
        claims = {id: dossier.claims for id, dossier in known.items()}
        show.document({"articles": [present.article(a, lineage, claims.get(a.id, ())) for a, lineage in found]})
    else:
        rows = [
            (
                show.day(a),
                show.safe(a.source.name, 30),
                lineage.role,
                _from(lineage.origin),
                show.safe(a.title, 70),
                a.id,
            )
            for a, lineage in found
        ]
        for line in show.table(rows, ("published", "source", "role", "origin", "title", "id")) if rows else ():
            click.echo(line)
    if not found:
        click.echo("nothing found", err=True)
        sys.exit(1)


def _show_guarded(store: Store, matches: Sequence[Match], *, as_json: bool) -> None:
    articles = {id: store.article(id) for match in matches for id in (match.left, match.right)}
    if as_json:
        urls = {id: article.url if article else "" for id, article in articles.items()}
        show.document({"matches": [present.match(match, urls) for match in matches]})
    else:
        for match in matches:
            for line in show.guarded(match, articles[match.left], articles[match.right]):
                click.echo(line)
    if not matches:
        click.echo("nothing found", err=True)
        sys.exit(1)


def _from(origin: Any) -> str:
    return show.safe(origin.source.name, 30) if origin else "-"


@click.command()
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    default="source",
    show_default=True,
    help="What they have in common; pair: outlet and the one it took from; article: the origin.",
)
@filters
@click.option("--every", is_flag=True, help="Originals and articles that stand alone, too.")
@click.option(
    "--sort",
    type=click.Choice(["articles", "delay", "first", "last"]),
    default="articles",
    show_default=True,
    help="Most articles, shortest median delay, first or last seen longest ago, on top.",
)
@click.option("--limit", default=10_000, show_default=True, type=click.IntRange(1, 100_000), help="Newest to count.")
@_json
@click.pass_obj
def tally(door: Door, /, by: By, every: bool, sort: str, limit: int, as_json: bool, **given: Any) -> None:
    """Count copies: who republishes whom, how soon, with which credit. The options choose what is counted."""
    wanted = asked("", limit, **given)
    if wanted.role is None and not every:
        wanted = replace(wanted, role="derived")
    found = door.reading.store.search(wanted)
    groups = sorted(counted(found, by), key=_SORTED[sort])
    if as_json:
        show.document({"by": by, "articles": len(found), "groups": [present.group(group) for group in groups]})
    else:
        for line in show.groups(groups):
            click.echo(line)
    if len(found) == limit:
        click.echo(f"only the newest {limit} articles were counted: --limit takes more", err=True)
    if not found:
        click.echo("nothing found", err=True)
        sys.exit(1)


_SORTED: Mapping[str, Callable[[Group], Any]] = {
    "articles": lambda group: -group.articles,
    "delay": lambda group: (group.median_delay_seconds is None, group.median_delay_seconds),
    "first": lambda group: group.first_at,
    "last": lambda group: group.last_at,
}
