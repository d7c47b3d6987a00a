"""Lays out what a copier changed, in the order of the copy: struck, added, and the words around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.lineage.edits import Exchanged, Paragraph

AROUND = 60  # characters shown of the text on each side of a change
LONGEST = 300  # characters shown of one piece

Whose = Literal["both", "parent", "copy"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words on one line. Of the ``parent`` only: struck; of the ``copy`` only: added."""

    text: str
    whose: Whose


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that was changed, or some close together: all its pieces in a row make it readable."""

    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        """Return a line: "- " a paragraph cut, "+ " one added, "~ " words within, as ``[-struck-]{+added+}``."""
        if len(self.pieces) == 1:
            (piece,) = self.pieces
            return f"{'-' if piece.whose == 'parent' else '+'} {piece.text}"
        return "~ " + "".join(marked(piece) for piece in self.pieces)


def marked(piece: Piece) -> str:
    """Return the words of *piece*, ``[-struck-]`` or ``{+added+}`` where only one text has them."""
    match piece.whose:
        case "parent":
            return f"[-{piece.text}-]"
        case "copy":
            return f"{{+{piece.text}+}}"
        case _:
            return piece.text


def hunks(
    copy: str, edits: Sequence[Exchanged], *, added: Sequence[Paragraph], cut: Sequence[Paragraph]
) -> tuple[Hunk, ...]:
    """Return all changes in the order of *copy*; *added* and *cut* are paragraphs with their places in it."""
    placed = [(group[0].span[0], 0, Hunk(tuple(_pieces(copy, group)))) for group in _groups(copy, edits)]
    placed += [(at, 1, Hunk((Piece(short(text), "parent"),))) for at, text in cut]
    placed += [(at, 2, Hunk((Piece(short(text), "copy"),))) for at, text in added]
    return tuple(hunk for _, _, hunk in sorted(placed, key=lambda row: row[:2]))


def short(text: str) -> str:
    """Return *text* on one line, at most 300 characters of it."""
    one = " ".join(text.split())
    return one if len(one) <= LONGEST else one[: LONGEST - 1] + "…"


def _groups(copy: str, edits: Sequence[Exchanged]) -> Iterator[list[Exchanged]]:
    """Yield edits together that stand so close in one paragraph that what is shown around them would meet."""
    group: list[Exchanged] = []
    for edit in sorted(edits, key=lambda edit: edit.span):
        if group:
            between = copy[group[-1].span[1] : edit.span[0]]
            apart = edit.span[0] < group[-1].span[1] or len(between) > 2 * AROUND or "\n" in between
            if apart:
                yield group
                group = []
        group.append(edit)
    if group:
        yield group


def _pieces(copy: str, group: Sequence[Exchanged]) -> Iterator[Piece]:
    lead = _before(copy, group[0].span[0])
    at_an_end = bool(lead) and not lead[-1].isspace() and group[0].span[0] == group[0].span[1]
    yield from _shown(f"{lead} " if at_an_end and group[0].spaced else lead)
    for number, edit in enumerate(group):
        start, end = edit.span
        if edit.was:
            yield Piece(short(edit.was), "parent")
        if start < end:
            yield Piece(short(copy[start:end]), "copy")
        last = number + 1 == len(group)
        rest = _behind(copy, end) if last else copy[end : group[number + 1].span[0]]
        if start == end and edit.spaced and rest[:1].isalnum():
            rest = f" {rest}"
        yield from _shown(rest)


def _shown(text: str) -> Iterator[Piece]:
    """Yield *text* on one line, with the spaces that it begins and ends with."""
    words = " ".join(text.split())
    lead, trail = text[:1].isspace(), text[-1:].isspace()
    if words:
        yield Piece(f"{' ' if lead else ''}{words}{' ' if trail else ''}", "both")
    elif text:
        yield Piece(" ", "both")


def _before(copy: str, at: int) -> str:
    line = copy[max(0, at - AROUND) : at].rpartition("\n")[2]
    if len(line) < AROUND or copy[max(0, at - AROUND - 1) : at - AROUND] in ("", "\n"):
        return line.lstrip()
    _, space, words = line.partition(" ")
    return f"…{words if space else line}"


def _behind(copy: str, at: int) -> str:
    line = copy[at : at + AROUND].partition("\n")[0]
    if len(line) < AROUND or copy[at + AROUND : at + AROUND + 1] in ("", "\n"):
        return line.rstrip()
    words, space, _ = line.rpartition(" ")
    return f"{words if space else line}…"
