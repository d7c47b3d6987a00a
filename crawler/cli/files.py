"""Commands over files: ingest, extract, feed, compare."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from crawler import present
from crawler.cli import Door, show
from crawler.cli.bar import Bar
from crawler.cli.sidebyside import side_by_side
from crawler.errors import CopytrailError, InputError
from crawler.feed import parse_feed
from crawler.flow import Ingested
from crawler.intake import LONGEST_TEXT, Problem, read_bytes, read_html, read_jsonl, read_warc
from crawler.lineage.chain import lineage
from crawler.lineage.crosslingual import Anchors
from crawler.lineage.judge import judge
from crawler.model import ArticleId, Page
from crawler.ports import Crosslingual, Dossier, Likeness
from crawler.prepare import Prepared, Row, compare_texts, prepare
from crawler.urls import article_id, clean
from crawler.web.comparison import Side, comparison_page

AT_ONCE = 50  # articles in one transaction
MOST_SAID = 100  # lines about bad input; the rest is counted
LARGEST_FEED = 50 * 2**20
_ID = re.compile(r"[0-9a-f]{40}")

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="Where an .html file came from.")
@click.option("-q", "--quiet", is_flag=True, help="Print only problems and the sum.")
@click.pass_obj
def ingest(door: Door, paths: tuple[Path, ...], url: str | None, quiet: bool) -> None:
    """Take files through the same stages as a crawl, without the network.

    PATHS are .html (with --url), .warc or .warc.gz, and .jsonl files, an object a line:
    {"url", "html"} or {"url", "title", "text", "published_at"?, "byline"?, ...}.
    Bad lines are reported with their number and skipped; the exit code is then 2. What is taken in is kept in the
    archive first; the pages of a WARC file stay there, which should be kept, too.
    """
    if url and len(paths) > 1:
        raise click.UsageError("--url goes with one .html file")
    kinds = [_kind(path, url) for path in paths]
    now = datetime.now(UTC)
    counts: Counter[str] = Counter()
    with door.taking() as take_in:
        for path, kind in zip(paths, kinds, strict=True):
            with Bar(show.safe(path.name, 40), path.stat().st_size) as bar:
                for some in _together(_units(path, kind, url, now, bar)):
                    # One transaction for many: a commit waits for the disk.
                    outcomes = iter(take_in([unit for unit in some if not isinstance(unit, Problem)]))
                    for unit in some:
                        outcome = None if isinstance(unit, Problem) else next(outcomes)
                        _report(unit, outcome, counts, quiet=quiet or kind != "html")
    door.engine.settle()
    if counts["said"] > MOST_SAID:
        click.echo(f"... and {counts['said'] - MOST_SAID} more lines like these", err=True)
    notes = f", {counts['notes']} notes" if counts["notes"] else ""
    click.echo(
        f"{counts['taken']} articles taken in, {counts['new']} new, {counts['problems']} problems{notes}", err=True
    )
    if counts["problems"]:
        sys.exit(2)


def _kind(path: Path, url: str | None) -> str:
    """Return how *path* is to be read. Said before anything is taken in."""
    name = path.name.lower()
    if name.endswith((".html", ".htm")):
        if url is None:
            raise click.UsageError(f"{path}: an HTML file needs --url: where did it come from?")
        clean(url)
        return "html"
    if url is not None:
        raise click.UsageError("--url goes with one .html file")
    if name.endswith((".warc", ".warc.gz")):
        return "warc"
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return "jsonl"
    raise click.UsageError(f"{path}: not a kind of file that is read: .html, .warc, .warc.gz, .jsonl")


def _together(units: Iterator[Page | Row | Problem]) -> Iterator[list[Page | Row | Problem]]:
    """Yield *units* by the few, so that other writers get their turn."""
    some: list[Page | Row | Problem] = []
    begun = time.monotonic()
    for unit in units:
        some.append(unit)
        if len(some) >= AT_ONCE or time.monotonic() - begun > 0.5:
            yield some
            some, begun = [], time.monotonic()
    if some:
        yield some


def _report(unit: Page | Row | Problem, outcome: Ingested | None, counts: Counter[str], *, quiet: bool) -> None:
    said = None
    if isinstance(unit, Problem):
        counts["problems" if unit.skipped else "notes"] += 1
        said = f"{unit.place}: {unit.words}"
    elif outcome is not None and outcome.error is not None:
        counts["problems"] += 1
        kind = type(outcome.error).__name__
        ours = f"copytrail failed on it ({kind}): please report it"
        said = f"{show.safe(outcome.url, 300)}: {outcome.error if isinstance(outcome.error, CopytrailError) else ours}"
    elif outcome is not None and outcome.problem is not None:
        counts["problems"] += 1
        said = f"{show.safe(outcome.url, 300)}: {outcome.problem}"
    elif outcome is not None:
        counts["taken"] += 1
        counts["new"] += outcome.new
        if not quiet:
            click.echo(show.ingested(outcome))
    if said is not None:
        counts["said"] += 1
        if counts["said"] <= MOST_SAID:
            click.echo(show.safe(said, 1000), err=True)


def _units(path: Path, kind: str, url: str | None, now: datetime, bar: Bar) -> Iterator[Page | Row | Problem]:
    try:
        if kind == "html":
            yield read_html(path, url or "", now)
            return
        with path.open("rb") as file:
            warc = str(path.resolve())
            for unit in read_warc(file, path.name, warc) if kind == "warc" else read_jsonl(file, path.name, now):
                yield unit
                bar.at(file.tell())
    except InputError as error:
        yield Problem(place=path.name, words=str(error))
    except OSError as error:
        yield Problem(place=path.name, words=f"cannot be read: {error.strerror}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", required=True, help="Where the page came from.")
@_json
@click.pass_obj
def extract(door: Door, file: Path, url: str, as_json: bool) -> None:
    """Show the article in one page: text, dates, byline, links and what it claims of its origin. Nothing is stored."""
    from crawler.build import registry

    now = datetime.now(UTC)
    known = registry(door.settings)
    prepared = prepare(read_html(file, url, now), known)
    dossier = Dossier(article=prepared.article, claims=prepared.claims)
    alone = lineage(prepared.article, judge(dossier, {}, known), lambda id: (), copies=0, now=now)
    if as_json:
        show.document(present.article(prepared.article, alone, prepared.claims))
        return
    _print_article(prepared)


def _print_article(prepared: Prepared) -> None:
    a = prepared.article
    click.echo(show.headline(a))
    for name, value in (("byline", a.byline), ("language", a.language), ("license", a.license)):
        if value:
            click.echo(f"   {name}: {show.safe(value)}")
    for claim in prepared.claims:
        named = show.safe(claim.name or claim.url)
        click.echo(f"   claim {claim.kind} ({claim.marker}, {claim.where}): {named}: {show.safe(claim.quote)}")
    click.echo()
    for paragraph in a.text.splitlines():
        click.echo(show.safe(paragraph, 10_000))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="Where the feed came from: relative links are resolved against it.")
@_json
def feed(file: Path, url: str | None, as_json: bool) -> None:
    """Show the entries of one feed (RSS, Atom, RDF, JSON Feed). Nothing is stored."""
    found = parse_feed(read_bytes(file, LARGEST_FEED), url=url, now=datetime.now(UTC))
    if as_json:
        show.document(present.feed(found))
    else:
        click.echo(click.style(show.safe(found.title) or "(no title)", bold=True))
        for e in found.entries:
            when = e.published.iso() if e.published else "date unknown"
            click.echo(f"  {when:20}  {show.safe(e.title)}  {show.safe(e.url, 300)}")
    for problem in found.problems:
        click.echo(f"problem: {show.safe(problem)}", err=True)
    if not found.entries:
        sys.exit(1)


@click.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--html", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE", help="Write a page, - to stdout."
)
@_json
@click.pass_obj
def compare(door: Door, a: str, b: str, html: str | None, as_json: bool) -> None:
    """Show what two texts share, side by side. A and B are text or .html files, or URLs or ids in the store.

    Shared passages are numbered: [own words], «quoted speech», {boilerplate}. --html makes one page of it that needs
    neither a script nor a network.
    """
    if html is not None and as_json:
        raise click.UsageError("either --html or --json")
    left, right = (_side(door, name) for name in (a, b))
    shared = compare_texts(left.text, right.text)
    if as_json:
        show.document({**present.comparison(shared), "crosslingual": present.likeness(_across(door, a, b))})
    elif html is not None:
        page = comparison_page(shared, left, right, now=datetime.now(UTC))
        with click.open_file(html, "w", encoding="utf-8", errors="replace") as file:
            file.write(page)
    else:
        for line in show.comparison(shared):
            click.echo(line)
        width, colour = shutil.get_terminal_size().columns, show.coloured()
        for line in side_by_side(shared, left.text, right.text, width=width, colour=colour):
            click.echo(line)
        if (alike := _across(door, a, b)) is not None:
            click.echo(show.likeness(alike))
    if shared.kind == "unrelated":
        click.echo("they share no more than any two texts do", err=True)
        sys.exit(1)


_TWO_LANGUAGES: Crosslingual = Anchors()


def _across(door: Door, a: str, b: str) -> Likeness | None:
    """Return how alike two stored articles of different languages are; None for anything else."""
    if is_file(Path(a)) or is_file(Path(b)):
        return None
    one, other = (door.engine.store.article(named(name)) for name in (a, b))
    return _TWO_LANGUAGES.likeness(one, other) if one and other else None


def _side(door: Door, name: str) -> Side:
    path = Path(name)
    if is_file(path):
        return Side(text=read_text(path), name=path.name)
    id = named(name)
    stored = door.engine.store.article(id)
    if stored is None:
        click.echo(f"{show.safe(name, 300)}: not in the store", err=True)
        sys.exit(1)
    return Side(
        text=stored.text,
        name=stored.id,
        title=stored.title,
        outlet=stored.source.name,
        published=show.day(stored),
        url=stored.url,
    )


def named(name: str) -> ArticleId:
    """Return the id that *name*, a URL or an id, stands for. Raises InputError for anything else."""
    if _ID.fullmatch(name):
        return ArticleId(name)
    if name.startswith(("http://", "https://")):
        return article_id(name)
    raise InputError(f"{show.safe(name)}: neither a file, nor a URL, nor an id (40 hex digits)")


def is_file(path: Path) -> bool:
    """Say whether *path* is a file; what no file can be called is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_text(path: Path) -> str:
    """Return the text of a file: the article of an HTML page, anything else as it is. Raises InputError."""
    if path.suffix.lower() in (".html", ".htm"):
        from crawler.extract import extract as extract_page

        return extract_page(read_html(path, "https://file.invalid/", datetime.now(UTC))).text
    return as_text(read_bytes(path, 4 * LONGEST_TEXT), str(path))


def as_text(raw: bytes, name: str) -> str:
    """Return *raw* as text. Raises InputError, with *name*, for what is none."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text: save it as UTF-8") from error
    if "\0" in text:
        raise InputError(f"{name}: not text: it has NUL bytes in it")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"{name}: longer than {LONGEST_TEXT:,} characters: that is no article")
    return text
