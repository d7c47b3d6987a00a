"""The batch command: a whole archive in one go, on Apache Spark."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from crawler.cli import Door, show
from crawler.cli.bar import Bar

STAGES = 17  # that a batch without anything learnt goes through; more are added as they come


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where to put it."
)
@click.option("--master", default="local[*]", show_default=True, metavar="URL", help="The Spark to run on.")
@click.option("--memory", default="2g", show_default=True, metavar="SIZE", help="Memory of Spark's JVM.")
@click.option("--load", is_flag=True, help="Put the result into the store, which must be empty.")
@click.option("--restart", is_flag=True, help="Begin anew, whatever is in DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def batch(
    door: Door, paths: tuple[Path, ...], out: Path, master: str, memory: str, load: bool, restart: bool, as_json: bool
) -> None:
    """Trace a whole archive on Apache Spark: the edges are those that `ingest` would find, in the same order of files.

    PATHS are .warc, .warc.gz and .jsonl files, or folders of them, such as crawl-data/CC-NEWS of Common Crawl. DIR gets
    Parquet tables: articles, matches, edges, lineages, and aside: whatever was no article, with its place and the
    reason. Interrupted, the same call goes on. Exit code 2 when a line or record could not be read. Needs Java and
    `pip install 'copytrail[spark]'`.
    """
    from crawler.batch import batch as make
    from crawler.build import registry

    with Bar("batch", STAGES) as bar:
        done = 0

        def tell(stage: str) -> None:
            nonlocal done
            bar.at(done, of=max(STAGES, done + 1))
            done += 1

        made = make(
            paths,
            out,
            registry(door.settings),
            datetime.now(UTC),
            master=master,
            memory=memory,
            store=door.settings.store if load else None,
            restart=restart,
            tell=tell,
        )
    if as_json:
        show.document(asdict(made))
    else:
        click.echo(f"{made.articles:,} articles, {made.matches:,} matches, {made.edges:,} edges in {made.folder}")
        if made.loaded is not None:
            click.echo(f"{made.loaded:,} articles put into the store")
    for kind, count in made.aside.items():
        click.echo(f"put aside: {count:,} {_KINDS[kind]}", err=True)
    for words, count in made.reasons:
        click.echo(f"  {count:,} x {show.safe(words, 300)}", err=True)
    if any(kind != "note" for kind in made.aside):
        sys.exit(2)


_KINDS = {
    "bad": "lines or records that could not be read",
    "refused": "pages without an article",
    "failed": "pages that copytrail failed on",
    "note": "notes on what was taken in but for one field",
}
