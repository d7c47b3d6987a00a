"""The options by which ``search`` and ``tally`` choose articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

import click

from crawler.intake import moment_or_ago
from crawler.model import ClaimKind, EdgeKind, Linked, Role, Verdict
from crawler.ports import Query

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--source", metavar="ID", help="Published by this outlet."),
    click.option("--origin", metavar="ID", help="Whose chain ends at this outlet."),
    click.option("--parent", metavar="ID", help="Taken directly from this outlet."),
    click.option(
        "--role",
        type=click.Choice(get_args(Role)),
        help="original has copies, derived has a parent, unmatched neither.",
    ),
    click.option("--kind", type=click.Choice(get_args(EdgeKind)), help="How it was taken."),
    click.option("--since", metavar="DATE", help="Published on or after, ISO 8601, or so long ago: 24h, 7d, 4w."),
    click.option("--until", metavar="DATE", help="Published before, likewise."),
    click.option("--uncredited", is_flag=True, help="Only copies that do not credit where they are from."),
    click.option("--verdict", type=click.Choice(get_args(Verdict)), help="What the credit comes to."),
    click.option("--linked", type=click.Choice(get_args(Linked)), help="Where the credit links to."),
    click.option("--language", metavar="CODE", help="In this language: en, de."),
    click.option("--claim", type=click.Choice(get_args(ClaimKind)), help="Its page makes a claim of this kind."),
    click.option("--depth", type=click.IntRange(1), help="At least so many steps from its origin."),
    click.option("--below", type=click.FloatRange(0, 1), help="Less than this share of its words is in a parent."),
    click.option("--external", is_flag=True, help="Its origin is known by credit only."),
    click.option("--edited", is_flag=True, help="It was changed after we first stored it."),
    click.option("--revised", is_flag=True, help="Its lineage was judged anew: a late original, a better date."),
    click.option("--contested", is_flag=True, help="No parent could be chosen between rivals."),
)


def filters(command: F) -> F:
    """Give a command the options that ``asked`` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asked(words: str, limit: int, **given: Any) -> Query:
    """Return the query that the options of ``filters`` stand for. Raises InputError for a time that is none."""
    since, until = (instant(given.pop(name), f"--{name}") for name in ("since", "until"))
    return Query(words=words, limit=limit, since=since, until=until, **given)


def instant(text: str | None, name: str) -> datetime | None:
    """Return the time that the option *name* was given: ISO 8601, or so long ago (24h, 7d, 4w). Raises InputError."""
    return None if text is None else moment_or_ago(text, name, datetime.now(UTC))
