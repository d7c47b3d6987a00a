"""The command evidence: a file that proves an article or an edge, and the check of one."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from crawler.bundle import Bundle, of_article, of_edge, packed
from crawler.cli import Door, show
from crawler.cli.files import named
from crawler.errors import InputError
from crawler.model import ArticleId
from crawler.verifying import Verified
from crawler.verifying import verify as check

_PAIR = re.compile(r"([0-9a-f]{40}):(\S{1,200})")


@click.command()
@click.argument("what", required=False)
@click.option("--out", metavar="FILE", help="Where to; - is stdout. Default: evidence-ID.zip in this folder.")
@click.option("--verify", is_flag=True, help="Check WHAT, a file made by this command: no store is needed.")
@click.option("--seal", metavar="SHA256", help="With --verify: the seal that was noted when the file was made.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def evidence(door: Door, what: str | None, out: str | None, verify: bool, seal: str | None, as_json: bool) -> None:
    """Put all that proves an article, or an edge, into one zip that anybody can check.

    WHAT is a URL or id in the store, or COPY:PARENT, two ids, for one edge. In the zip are the records of the pages as
    they were fetched, their headers and texts, the shared passages with their places, the judgement with its reasons,
    the claims with their quotes, and the SHA-256 of every file. The same store and archive make the same zip. Note
    the seal that is printed where it cannot be changed: it shows later that nothing was written anew.
    """
    if what is None:
        raise click.UsageError("name an article, an edge as COPY:PARENT, or with --verify a file")
    if verify:
        if out is not None:
            raise click.UsageError("--out does not go with --verify")
        _verified(Path(what), seal, as_json=as_json)
        return
    if seal is not None:
        raise click.UsageError("--seal goes with --verify")
    _made(door, what, out, as_json=as_json)


def _made(door: Door, what: str, out: str | None, *, as_json: bool) -> None:
    from crawler.build import archive_folder

    engine = door.reading
    folder = archive_folder(door.settings, engine.store.url)
    pair = _PAIR.fullmatch(what)
    bundle = (
        of_edge(engine.store, folder, ArticleId(pair[1]), pair[2])
        if pair
        else of_article(engine.store, folder, named(what))
    )
    if bundle is None:
        missing = (
            "there is no such edge; an article's are in `copytrail trace ID --json`" if pair else "not in the store"
        )
        click.echo(f"{show.safe(what, 300)}: {missing}", err=True)
        sys.exit(1)
    content = packed(bundle)
    if out == "-":
        if as_json:
            raise click.UsageError("--json does not go with --out -")
        sys.stdout.buffer.write(content)
        return
    path = Path(out or _name(bundle))
    _written(path, content)
    if as_json:
        show.document(_told(bundle, path, content))
        return
    click.echo(f"{path}: {len(bundle.files)} files, {len(content)} bytes")
    click.echo(f"seal: {bundle.seal}")
    for one in bundle.missing:
        click.echo(f"missing: {one['what']} of {one['article']}: {show.safe(one['why'], 300)}", err=True)


def _told(bundle: Bundle, path: Path, content: bytes) -> dict[str, Any]:
    return {
        "file": str(path),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "seal": bundle.seal,
        "subject": dict(bundle.subject),
        "files": sorted(bundle.files),
        "missing": bundle.missing,
    }


def _name(bundle: Bundle) -> str:
    ids = [bundle.subject[side]["id"][:12] for side in ("article", "copy", "parent") if side in bundle.subject]
    return f"evidence-{'-'.join(ids)}.zip"


def _written(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all. Raises InputError where one is there: evidence is not written over."""
    new = path.with_name(f"{path.name}.new")
    try:
        if path.exists():
            raise FileExistsError
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)
        new.unlink()
    except FileExistsError as error:
        new.unlink(missing_ok=True)
        raise InputError(f"{path} is there already: name another with --out") from error


def _verified(path: Path, seal: str | None, *, as_json: bool) -> None:
    found = check(path, seal=seal)
    if as_json:
        show.document({**asdict(found), "holds": not found.problems})
    else:
        for line in _lines(found):
            click.echo(line)
        for problem in found.problems:
            click.echo(f"tampered: {show.safe(problem, 500)}", err=True)
    if found.problems:
        sys.exit(1)


def _lines(found: Verified) -> list[str]:
    sides = [f"{side} {show.safe(about.get('url') or about.get('id'), 300)}" for side, about in found.subject.items()]
    said = "holds" if not found.problems else f"does NOT hold: {len(found.problems)} problems"
    return [
        f"evidence for {', '.join(sides)}",
        f"seal: {found.seal}",
        *(
            f"missing since it was made: {show.safe(one['what'])} of {show.safe(one['article'])}"
            for one in found.missing
        ),
        f"{found.files} files: {said}",
    ]
