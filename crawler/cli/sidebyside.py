"""Two texts side by side at a terminal: shared passages in numbered brackets, and in colours where there are any.

Words that a passage has on one side only stand as ``[-these-]`` on the left and as ``{+these+}`` on the right.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.show import safe
from crawler.match.marking import Stretch, rows
from crawler.model import Comparison

NARROWEST = 60  # columns; below that one text stands below the other
_BRACKETS = {"own": ("[", "]"), "quoted": ("«", "»"), "boilerplate": ("{", "}")}
_STYLES = {"own": "bold yellow", "quoted": "cyan", "boilerplate": "dim"}
_Only = tuple[str, str, str]
_ONLY_LEFT: _Only = ("[-", "-]", "bold red strike")
_ONLY_RIGHT: _Only = ("{+", "+}", "bold green underline")
_LONGEST = 200_000  # characters of one stretch: a text has no more


def side_by_side(shared: Comparison, left: str, right: str, *, width: int, colour: bool) -> Iterator[str]:
    """Yield both texts, whole, passage beside passage, as lines of at most *width* columns."""
    screen = io.StringIO()
    console = Console(
        file=screen,
        width=max(20, width),
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    wide = width >= NARROWEST
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(2 if wide else 1):
        table.add_column(ratio=1, overflow="fold")
    for row in rows(shared, left, right):
        cells = (_cell(row.left, _ONLY_LEFT), _cell(row.right, _ONLY_RIGHT))
        if wide:
            table.add_row(*cells)
        else:
            for letter, cell in zip("AB", cells, strict=True):
                if cell.plain:
                    table.add_row(Text(f"{letter}: ", style="bold") + cell)
        table.add_row(*("" for _ in table.columns))
    console.print(table)
    yield from (line.rstrip() for line in screen.getvalue().rstrip().splitlines())


def _cell(stretches: Sequence[Stretch], only: _Only) -> Text:
    made = Text()
    for stretch in stretches:
        if stretch.number is None or stretch.kind is None:
            made.append(_lines(stretch.text))
        else:
            opening, closing = _BRACKETS[stretch.kind]
            made.append(f"{opening}{stretch.number} ", style=_STYLES[stretch.kind])
            made.append(_words(stretch, only))
            made.append(closing, style=_STYLES[stretch.kind])
        made.append(" ")
    made.rstrip()
    return made


def _words(stretch: Stretch, only: _Only) -> Text:
    """Return the words of a passage, those that this side alone has marked; the spaces between pieces stay."""
    opening, closing, style = only
    made = Text()
    space = ""
    for text, alone in stretch.pieces:
        words = _lines(text)
        if words:
            lead = space or (_gap(text[: len(text) - len(text.lstrip())]) if made else "")
            made.append(lead)
            marked = f"{opening}{words}{closing}" if alone else words
            made.append(marked, style=style if alone else _STYLES[stretch.kind or "own"])
            space = _gap(text[len(text.rstrip()) :])
        else:
            space = space or _gap(text)
    return made


def _gap(space: str) -> str:
    return "\n" if "\n" in space else " " if space else ""


def _lines(text: str) -> str:
    """Return *text* harmless, its lines kept."""
    return "\n".join(filter(None, (safe(line, _LONGEST) for line in text.splitlines())))
