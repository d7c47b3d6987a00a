"""Shows how far long work has come: on stderr, at a terminal, nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Self

import click

from crawler.errors import StoreUnavailable
from crawler.flow import Engine

_EVERY = 100_000


class Bar:
    """A progress bar over a length that may grow. ``with Bar("rows.jsonl", 900) as bar: bar.at(300)``."""

    def __init__(self, label: str, length: int, *, shown: bool | None = None) -> None:
        shown = sys.stderr.isatty() if shown is None else shown
        self._bar = click.progressbar(length=max(1, length), label=label, file=sys.stderr, hidden=not shown)

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.at(self._bar.length or 1)
        self._bar.render_finish()

    def at(self, place: int, of: int | None = None) -> None:
        """Move to *place*; *of* is what is known of the length by now."""
        if of is not None:
            self._bar.length = max(1, of)
        self._bar.update(min(place, self._bar.length or place) - self._bar.pos)


def over_crawl(bar: Bar, engine: Engine, sources: int) -> Callable[[Mapping[str, int]], None]:
    """Return what moves *bar* by the counts of a round: feeds asked, pages had or missed, of those known so far."""
    try:
        left = len(engine.waiting(_EVERY))
    except StoreUnavailable:
        left = 0  # nobody knows; the round spools what it fetches

    def watch(counts: Mapping[str, int]) -> None:
        done = sum(counts.get(name, 0) for name in ("feeds", "pages", "missed"))
        bar.at(done, of=max(sources, counts.get("feeds", 0)) + left + counts.get("entries", 0))

    return watch
