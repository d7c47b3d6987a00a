"""What a copier changed, whole, as lines for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import click

from crawler.cli.show import edition, safe
from crawler.flow import Trail
from crawler.lineage.changes import Change, Changes
from crawler.lineage.hunks import Hunk, Piece, marked

_LONGEST = 400  # characters of a line
_COLOURS = {"-": "red", "+": "green"}


def changed(trail: Trail) -> Iterator[str]:
    """Yield all that the article changed of its first parent's text, under headings; says so where nothing is known."""
    if not trail.lineage.parents:
        yield "   what was changed: nothing to hold it against, it has no parent"
        return
    parent = safe(trail.lineage.parents[0].parent.source.name)
    if trail.changes is None:
        yield f"   what was changed: cannot be told, the text of {parent} was not seen"
    elif not trail.changes.any:
        yield f"   what was changed of the text of {parent}: nothing"
    else:
        yield click.style(f"   what was changed of the text of {parent}:", bold=True)
        yield from _sections(trail.changes)
    if trail.changes is not None and trail.changes.links_stripped is None:
        yield "     links stripped: unknown, the links of one of the two were not seen"


def edited(trail: Trail) -> Iterator[str]:
    """Yield every version of the article with what was changed in it; says so where it was never seen otherwise."""
    if len(trail.editions) < 2:
        yield "   versions: it was never seen otherwise"
    for one in trail.editions if len(trail.editions) > 1 else ():
        yield click.style(f"   {edition(one)}", bold=True)
        where = one.capture
        if where is not None and where.warc is not None:
            yield f"     record: {safe(where.warc, 200)} at {where.offset}"
        if one.made is not None:
            yield from _sections(replace(one.made, links_stripped=(), credits_stripped=()))


def _sections(made: Changes) -> Iterator[str]:
    headline = [_line("-", made.headline.parent), _line("+", made.headline.copy)] if made.headline else []
    yield from _section("headline", headline, count=False)
    yield from _section("text: - cut, + added, ~ within a paragraph", list(map(_hunk, made.hunks)))
    yield from _section("names", list(map(_exchange, made.names)))
    yield from _section("numbers", list(map(_exchange, made.numbers)))
    yield from _section("links stripped", [_line("-", url) for url in made.links_stripped or ()])
    yield from _section("credits stripped", [_line("-", said) for said in made.credits_stripped])


def _section(name: str, lines: Sequence[str], *, count: bool = True) -> Iterator[str]:
    if lines:
        yield f"     {name} ({len(lines)})" if count else f"     {name}"
        yield from (f"       {line}" for line in lines)


def _hunk(hunk: Hunk) -> str:
    if len(hunk.pieces) == 1:
        (piece,) = hunk.pieces
        return _line("-" if piece.whose == "parent" else "+", piece.text)
    return "~ " + "".join(map(_piece, hunk.pieces))


def _piece(piece: Piece) -> str:
    """Return the words harmless, with the spaces around them, marked by signs and by colour."""
    lead, trail = (" " if edge.isspace() else "" for edge in (piece.text[:1], piece.text[-1:]))
    words = safe(piece.text, _LONGEST)
    if piece.whose == "both":
        return f"{lead}{words}{trail}" if words else lead
    struck = piece.whose == "parent"
    return click.style(marked(Piece(words, piece.whose)), fg=_COLOURS["-" if struck else "+"], strikethrough=struck)


def _exchange(change: Change) -> str:
    old, new = (safe(said, _LONGEST) or "(nothing)" for said in (change.parent, change.copy))
    return f"{old} → {new}"


def _line(sign: str, text: str) -> str:
    return click.style(f"{sign} {safe(text, _LONGEST)}", fg=_COLOURS[sign])
