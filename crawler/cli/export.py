"""The export command: everything in the store, streamed to stdout."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from crawler import graphml, present
from crawler.cli import Door, show
from crawler.cli.bar import Bar
from crawler.flow import Engine
from crawler.model import ArticleId
from crawler.ports import Store


@click.command()
@click.argument("what", type=click.Choice(["articles", "matches", "lineage"]))
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "graphml"]),
    default="jsonl",
    show_default=True,
    help="graphml goes with lineage.",
)
@click.option("--rejected", is_flag=True, help="With matches: also those that a guard rejected (kind unrelated).")
@click.pass_obj
def export(door: Door, what: str, form: str, rejected: bool) -> None:
    """Stream everything to stdout: articles, matches, or the edges of all lineages.

    jsonl: an object a line. csv: the same, names joined by dots, lists as JSON; a text that a
    spreadsheet would run as a formula gets an apostrophe before it. graphml: a graph of the articles.
    """
    if rejected and what != "matches":
        raise click.UsageError("--rejected goes with `export matches`")
    engine = door.reading
    status = engine.store.status()
    length = {"articles": status.articles, "matches": status.matches, "lineage": status.edges}[what]
    # Where the rows go to the terminal, too, they show how far it is.
    with Bar(f"export {what}", length, shown=sys.stderr.isatty() and not sys.stdout.isatty()) as bar:
        if form == "graphml":
            for text in _counted(_graph(what, engine.store, rejected=rejected), bar):
                click.echo(text)
            return
        rows = _counted(_rows(what, engine, rejected=rejected), bar)
        if form == "csv":
            _csv(rows, present.COLUMNS[what])
            return
        for row in rows:
            show.line(row)


def _counted(rows: Iterable[Any], bar: Bar) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        yield row
        bar.at(number)


def _graph(what: str, store: Store, *, rejected: bool) -> Iterator[str]:
    if what == "matches":
        return graphml.matches(store, rejected=rejected)
    return graphml.articles(store) if what == "articles" else graphml.lineage(store)


def _rows(what: str, engine: Engine, *, rejected: bool) -> Iterator[present.Json]:
    if what == "matches":
        return _matches(engine, rejected=rejected)
    return _articles(engine) if what == "articles" else _edges(engine)


def _articles(engine: Engine) -> Iterator[present.Json]:
    for id in engine.store.article_ids():
        dossier = engine.store.dossiers([id]).get(id)
        if dossier is not None:
            yield present.article(dossier.article, engine.store.lineage(id), dossier.claims)


def _matches(engine: Engine, *, rejected: bool) -> Iterator[present.Json]:
    urls: dict[ArticleId, str] = {}
    for match in engine.store.matches(rejected=rejected):
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


def _csv(rows: Iterable[present.Json], columns: tuple[str, ...]) -> None:
    """Write rows with dotted columns, the same ones whatever the rows hold."""
    # Where an object is null, the null's own name is no column.
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in present.flat(row)})


def _cell(value: Any) -> str:
    """Return a cell; text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and isinstance(value, str) else text
