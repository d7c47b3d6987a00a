"""Commands that ask the store: trace, search, export."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from crawler import graphml, present
from crawler.cli import Door, show
from crawler.cli.files import read_text
from crawler.errors import InputError
from crawler.flow import Engine, Prepared, Row, Trail, prepare, prepare_row
from crawler.intake import html_page, moment
from crawler.model import ArticleId, Role
from crawler.ports import Query
from crawler.urls import article_id

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_ID = re.compile(r"[0-9a-f]{40}")


@click.command()
@click.argument("what")
@click.option("--url", help="Where an .html file came from.")
@_json
@click.pass_obj
def trace(door: Door, what: str, url: str | None, as_json: bool) -> None:
    """Show where an article came from and who took it.

    WHAT is a URL or id in the store, a text or .html file, or - for text on stdin. A text that is not
    stored is held against the store and not added to it.
    """
    trail, stored = _trail(door.engine, what, url)
    if trail is None:
        click.echo(f"{show.safe(what, 300)}: not in the store", err=True)
        sys.exit(1)
    if as_json:
        value = present.trail(trail)
        if not stored:
            for place in (value["article"], value["chain"][0]):
                place["id"] = None
                place["url"] = url
        show.document(value)
    else:
        for line in show.tree(trail):
            click.echo(line)
    if not stored and trail.lineage.role == "unmatched":
        sys.exit(1)


def _trail(engine: Engine, what: str, url: str | None) -> tuple[Trail | None, bool]:
    if _ID.fullmatch(what):
        return engine.trail(ArticleId(what)), True
    if what.startswith(("http://", "https://")):
        return engine.trail(article_id(what)), True
    if what == "-":
        return engine.explain(_prepared(engine, sys.stdin.read(), None)), False
    path = Path(what)
    if not path.is_file():
        raise InputError(f"{show.safe(what)}: neither a URL or id nor a file")
    if path.suffix.lower() in (".html", ".htm") and url is not None:
        now = datetime.now(UTC)
        page = html_page(path.read_bytes(), url, now, headers={"content-type": "text/html"})
        return engine.explain(prepare(page, engine.registry)), False
    return engine.explain(_prepared(engine, read_text(path), url)), False


def _prepared(engine: Engine, text: str, url: str | None) -> Prepared:
    """Return *text* as an article of nobody's, so that its own outlet is never taken for its parent's."""
    if not text.strip():
        raise InputError("the text is empty")
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    row = Row(url=url or f"https://{key}.invalid/", title=None, text=text, fetched_at=datetime.now(UTC))
    prepared = prepare_row(row, engine.registry)
    if url is None:
        unnamed = replace(prepared.article.source, name="(this text)", domain=None)
        prepared = replace(prepared, article=replace(prepared.article, source=unnamed))
    return prepared


@click.command()
@click.argument("query", default="")
@click.option("--source", metavar="ID", help="Published by this outlet.")
@click.option("--origin", metavar="ID", help="Whose chain ends at this outlet.")
@click.option(
    "--role", type=click.Choice(get_args(Role)), help="original has copies, derived has a parent, unmatched neither."
)
@click.option("--since", metavar="DATE", help="Published on or after, ISO 8601.")
@click.option("--until", metavar="DATE", help="Published before, ISO 8601.")
@click.option("--uncredited", is_flag=True, help="Only copies that do not credit where they are from.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@_json
@click.pass_obj
def search(
    door: Door,
    query: str,
    source: str | None,
    origin: str | None,
    role: Role | None,
    since: str | None,
    until: str | None,
    uncredited: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Find articles by their words, newest first. Without QUERY: all that the options leave."""
    wanted = Query(
        words=query,
        source=source,
        origin=origin,
        role=role,
        since=moment(since, "--since") if since else None,
        until=moment(until, "--until") if until else None,
        uncredited=uncredited,
        limit=limit,
    )
    found = door.engine.store.search(wanted)
    if as_json:
        show.document({"articles": [present.article(a, lineage) for a, lineage in found]})
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


def _from(origin: Any) -> str:
    return show.safe(origin.source.name, 30) if origin else "-"


@click.command()
@click.argument("what", type=click.Choice(["articles", "matches", "lineage"]))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "graphml"]), default="jsonl", show_default=True)
@click.pass_obj
def export(door: Door, what: str, form: str) -> None:
    """Stream everything to stdout: articles, matches, or the edges of all lineages."""
    engine = door.engine
    if form == "graphml":
        if what != "lineage":
            raise click.UsageError("graphml is a graph: it goes with `export lineage`")
        for text in graphml.document(engine.store):
            click.echo(text)
        return
    rows = {"articles": _articles, "matches": _matches, "lineage": _edges}[what]
    if form == "jsonl":
        for row in rows(engine):
            show.line(row)
    else:
        _csv(lambda: rows(engine))


def _articles(engine: Engine) -> Iterator[present.Json]:
    for id in engine.store.article_ids():
        dossier = engine.store.dossiers([id]).get(id)
        if dossier is not None:
            yield present.article(dossier.article, engine.store.lineage(id), dossier.claims)


def _matches(engine: Engine) -> Iterator[present.Json]:
    urls: dict[ArticleId, str] = {}
    for match in engine.store.matches():
        for id in (match.left, match.right):
            if id not in urls:
                article = engine.store.article(id)
                urls[id] = article.url if article else ""
        yield present.match(match, urls)


def _edges(engine: Engine) -> Iterator[present.Json]:
    for edge in engine.store.edges():
        article = engine.store.article(edge.copy)
        if article is not None:
            yield present.edge(edge, article.url)


def _csv(rows: Callable[[], Iterator[present.Json]]) -> None:
    """Write rows with dotted columns: read once for the columns that any of them has, once for the cells."""
    columns: dict[str, None] = {}
    for row in rows():
        columns |= dict.fromkeys(name for name, _ in present.flat(row))
    # Where one row has an object another may have a null: the null's own column says nothing.
    kept = [name for name in columns if not any(other.startswith(f"{name}.") for other in columns)]
    writer = csv.DictWriter(sys.stdout, kept, extrasaction="ignore", restval="")
    writer.writeheader()
    for row in rows():
        writer.writerow({name: _cell(value) for name, value in present.flat(row)})


def _cell(value: Any) -> str:
    """Return a cell; text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text if text[:1] in "=+-@\t\r" and isinstance(value, str) else text
