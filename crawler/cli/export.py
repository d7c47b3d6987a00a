"""The export command: everything in the store, streamed to stdout."""

from __future__ import annotations

import sys

import click

from crawler.cli import Door
from crawler.cli.bar import Bar
from crawler.exporting import Format, What, lines


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
def export(door: Door, what: What, form: Format, rejected: bool) -> None:
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
        for number, line in enumerate(lines(engine.store, what, form, rejected=rejected), 1):
            sys.stdout.write(line)
            bar.at(number)
