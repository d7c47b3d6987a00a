"""trace --live: fetches a page, follows its credits, and shows what chain they make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from crawler import present
from crawler.archive.single import write_captures
from crawler.cli import Door, show
from crawler.cli.changed import changed
from crawler.errors import InputError
from crawler.flow import Trail
from crawler.live import Asked, Expedition, Limits
from crawler.model import Capture, iso
from crawler.store.places import beside
from crawler.urls import article_id, clean


def live_trace(door: Door, what: str, limits: Limits, *, keep: bool, changes: bool, as_json: bool) -> None:
    """Trace *what*, a URL, on the web itself; exit 1 where its page could not be had."""
    from crawler.fetch.live import explore
    from crawler.fetch.logs import log_to_stderr

    if not what.startswith(("http://", "https://")):
        raise InputError(f"{show.safe(what)}: --live needs a URL")
    log_to_stderr("error", door.settings.log.format)
    trip = Expedition(clean(what), door.engine, limits, lambda: datetime.now(UTC))
    begun = trip.now()
    explore(trip, door.settings.fetch)
    path, captures = _captured(door, trip, begun)
    trip.pages[:] = [replace(page, capture=capture) for page, capture in zip(trip.pages, captures, strict=True)]
    trail = _kept(door, trip) if keep else trip.trail()
    if trail is None:
        why = next((asked.problem for asked in trip.asked if asked.problem), "it could not be had")
        click.echo(f"{show.safe(what, 300)}: {show.safe(why, 500)}", err=True)
        sys.exit(1)
    if as_json:
        show.document(present.trail(trail) | {"live": _told(trip, limits, path, captures, keep=keep)})
        return
    whole = changed(trail) if changes else ()
    for line in (*show.tree(trail, changes=not changes), *whole, *_lines(trip, path, keep=keep)):
        click.echo(line)


def _kept(door: Door, trip: Expedition) -> Trail | None:
    with door.taking() as take_in:
        return trip.keep(take_in)


def _captured(door: Door, trip: Expedition, begun: datetime) -> tuple[Path | None, list[Capture]]:
    """Keep the pages as they came, beside the store; return where."""
    if not trip.pages:
        return None, []
    folder = beside(door.engine.store.url, ".live")
    path = folder / f"{begun:%Y%m%dT%H%M%S%f}Z-{article_id(trip.url)[:12]}.warc.gz"
    return path, write_captures(path, trip.pages)


def _told(
    trip: Expedition, limits: Limits, path: Path | None, captures: list[Capture], *, keep: bool
) -> dict[str, Any]:
    return {
        "limits": {"depth": limits.depth, "hosts": limits.hosts, "seconds": limits.seconds},
        "kept": keep,
        "warc": str(path) if path else None,
        "captures": [
            {
                "url": page.final_url,
                "status": page.status,
                "fetched_at": iso(page.fetched_at),
                "digest": capture.digest,
                "offset": capture.offset,
            }
            for page, capture in zip(trip.pages, captures, strict=True)
        ],
        "asked": [
            {
                "url": one.ask.url,
                "kind": one.ask.kind,
                "depth": one.ask.depth,
                "why": one.ask.why,
                "article": one.article,
                "stored": one.stored,
                "problem": one.problem,
            }
            for one in trip.asked
        ],
        "left_out": list(trip.left_out),
    }


def _lines(trip: Expedition, path: Path | None, *, keep: bool) -> Iterator[str]:
    yield click.style("   asked:", bold=True)
    for one in trip.asked:
        yield f"   {'  ' * one.ask.depth}{one.ask.kind} {show.safe(one.ask.url, 200)}: {_outcome(one)}"
    for line in trip.left_out:
        yield f"   {show.safe(line, 300)}"
    if path is not None:
        yield f"   captures: {path}"
    yield "   kept in the store" if keep else "   nothing was added to the store (--keep does that)"


def _outcome(one: Asked) -> str:
    if one.problem is not None:
        return show.safe(one.problem, 200)
    if one.stored:
        return "in the store already"
    return "read" if one.article else "looked up"
