"""What analysts say of lineages, and all of them again: review, lineage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import click

from crawler import present
from crawler.cli import Door, show
from crawler.cli.bar import Bar
from crawler.cli.files import named
from crawler.errors import InputError
from crawler.model import ArticleId, Ruling, iso
from crawler.reviewing import undecided

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


class _OfAnArticle(click.Group):
    """A group whose first word is one of its commands, or else the article that ``review`` speaks of."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["article", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_OfAnArticle, subcommand_metavar="COPY [OPTIONS] | list | next | undo")
def review() -> None:
    """Say where an article was taken from: an analyst's word, which goes before what was inferred.

    \b
    copytrail review COPY --confirm PARENT     [--note TEXT] --by NAME
    copytrail review COPY --reject PARENT      ...
    copytrail review COPY --set-parent PARENT  ...
    copytrail review COPY --no-parent          ...

    COPY and PARENT are URLs or ids; PARENT may also be an outlet's id. What was inferred stays to be seen.
    """


@review.command("article", hidden=True)
@click.argument("copy")
@click.option("--confirm", metavar="PARENT", help="It was taken from PARENT, as was inferred.")
@click.option("--reject", metavar="PARENT", help="It was not taken from PARENT.")
@click.option("--set-parent", metavar="PARENT", help="It was taken from PARENT and from nobody else.")
@click.option("--no-parent", is_flag=True, help="It was taken from nobody.")
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.option("--note", default="", metavar="TEXT", help="How they know.")
@_json
@click.pass_obj
def of_article(
    door: Door,
    copy: str,
    confirm: str | None,
    reject: str | None,
    set_parent: str | None,
    no_parent: bool,
    by: str,
    note: str,
    as_json: bool,
) -> None:
    """Keep an analyst's word on COPY and judge again whatever it touches."""
    said: list[tuple[Ruling, str | None]] = []
    for ruling, parent in (("confirm", confirm), ("reject", reject), ("set-parent", set_parent)):
        if parent is not None:
            said.append((ruling, parent))  # type: ignore[arg-type]
    if no_parent:
        said.append(("no-parent", None))
    if len(said) != 1:
        raise click.UsageError("say one of --confirm, --reject, --set-parent and --no-parent")
    id = _stored(door, copy)
    ruling, parent = said[0]
    if parent is not None and not parent.strip():
        raise InputError(f"--{ruling}: name a parent")
    kept, changed = door.engine.review(id, ruling, parent, note=note, by=by)
    _show(door, id, present.review(kept), changed, as_json=as_json)


@review.command("undo")
@click.argument("copy")
@_json
@click.pass_obj
def undo(door: Door, copy: str, as_json: bool) -> None:
    """Take back the newest review of COPY; it stays in the list, with when it was taken back."""
    id = _stored(door, copy)
    done = door.engine.undo_review(id)
    if done is None:
        click.echo(f"{show.safe(copy, 300)}: no review of it stands", err=True)
        sys.exit(1)
    _show(door, id, present.review(done[0]), done[1], as_json=as_json)


def _stored(door: Door, copy: str) -> ArticleId:
    id = named(copy)
    if door.engine.store.article(id) is None:
        click.echo(f"{show.safe(copy, 300)}: not in the store", err=True)
        sys.exit(1)
    return id


def _show(door: Door, id: ArticleId, review: present.Json, changed: int, *, as_json: bool) -> None:
    trail = door.engine.trail(id)
    assert trail is not None
    if as_json:
        show.document({"review": review, "changed": changed, "article": present.trail(trail)["article"]})
        return
    for line in show.tree(trail):
        click.echo(line)
    click.echo(f"{changed} lineage{'' if changed == 1 else 's'} changed")


@review.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were taken back, too.")
@_json
@click.pass_obj
def list_reviews(door: Door, every: bool, as_json: bool) -> None:
    """Show the reviews there are, newest first."""
    store = door.engine.store
    found = [r for r in store.reviews() if every or r.undone_at is None]
    found.sort(key=lambda r: (r.at, r.copy), reverse=True)
    if as_json:
        show.document({"reviews": [present.review(r) for r in found]})
    else:
        rows = [
            (
                iso(r.at)[:16],
                show.safe(r.by, 30),
                r.ruling + (" (taken back)" if r.undone_at else ""),
                show.safe(r.parent.source.name, 30) if r.parent else "-",
                r.copy,
                show.safe(r.note, 60),
            )
            for r in found
        ]
        for line in show.table(rows, ("at", "by", "ruling", "parent", "article", "note")) if rows else ():
            click.echo(line)
    if not found:
        click.echo("no reviews", err=True)
        sys.exit(1)


@review.command("next")
@click.option("-n", "--number", default=10, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@_json
@click.pass_obj
def next_reviews(door: Door, number: int, as_json: bool) -> None:
    """Show the articles whose parent is least certain: nearest to even odds, or to a rival, first."""
    store = door.engine.store
    found = undecided(store, number)
    articles = {id: d.article for id, d in store.dossiers([id for _, id, _ in found]).items()}
    values: list[dict[str, Any]] = []
    rows = []
    for doubt, id, held in found:
        article = articles.get(id)
        if article is None:
            continue
        values.append(
            {
                "article": {
                    "id": id,
                    "url": article.url,
                    "title": article.title,
                    "source": present.source(article.source),
                },
                "doubt": round(doubt, 2),
                "parents": [present.parent(e) for e in held.parents],
                "rivals": [present.parent(e) for e in held.rivals],
            }
        )
        said = [f"{show.safe(e.parent.source.name, 24)} {e.confidence:.0%}" for e in (*held.parents, *held.rivals)][:3]
        rows.append(
            (f"{doubt:.1f}", id, show.safe(article.source.name, 24), ", ".join(said), show.safe(article.title, 60))
        )
    if as_json:
        show.document({"undecided": values})
    else:
        for line in show.table(rows, ("bits", "id", "source", "parents and rivals", "title")) if rows else ():
            click.echo(line)
    if not rows:
        click.echo("nothing waits for a review", err=True)
        sys.exit(1)


@click.group()
def lineage() -> None:
    """What was judged of all articles."""


@lineage.command("rebuild")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option(
    "--names", is_flag=True, help="Only what today's sources.yaml names otherwise, and whatever that concerns."
)
@_json
@click.pass_obj
def rebuild_lineages(door: Door, dry_run: bool, names: bool, as_json: bool) -> None:
    """Judge all articles again from what is stored, by today's rules, sources.yaml and reviews.

    What changed goes to each article's history, with the reason. No alerts are raised. Stopped half-way, each lineage
    is either the old or the new one: call it again. Pages are not read again: that is what reprocess is for.
    """
    from crawler.rebuild import rebuild, refold

    if names and dry_run:
        raise click.UsageError(
            "--dry-run goes without --names: a rebuild's dry run names what sources.yaml changes, too"
        )
    engine = door.engine
    now = datetime.now(UTC)
    with Bar("lineages", engine.store.status().articles) as bar:
        if names:
            done = refold(engine.store, engine.registry, now, step=bar.at)
        else:
            done = rebuild(engine.store, engine.registry, now, dry_run=dry_run, step=bar.at)
    if as_json:
        changes = [{"id": id, "reason": reason} for id, reason in done.changes]
        counts = {"articles": done.articles, "changed": done.changed, "renamed": done.renamed, "dry_run": dry_run}
        show.document(counts | {"changes": changes})
        return
    for id, reason in done.changes[:20]:
        click.echo(f"{id}  {reason}")
    would = "would change" if dry_run else "changed"
    click.echo(f"{done.articles} articles, {done.changed} lineages {would}")
