"""Claims about the table of phrases: every row finds what it is for, nothing else, in bounded time."""

from __future__ import annotations

from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, get_args

import pytest

from config.markers import Marker, load_markers
from crawler.lineage.claims import read_text_claims
from crawler.lineage.lines import PIECE, lines_of_text
from crawler.lineage.markers import read_day
from crawler.model import Claim, ClaimKind, Strength
from crawler.registry import Registry, name_key

TABLE = load_markers()
EMPTY = Registry([])
URL = "https://page.example/2020/a"
PROSE = (
    "The boat was late and the quay was cold, and nobody in the town knew why the lamp had gone out before the storm. "
)

HOSTILE = [
    "a" * 1_000_000,
    "A" * 1_000_000,
    "by " * 333_333,
    "first published in " * 52_000,
    "originally published by The " * 37_000,
    "source: " * 125_000,
    "(AP) — " * 140_000,
    "© 2020 AP, " * 90_000,
    "\"'“”" * 250_000,
    "this article was " * 58_000,
    " " * 1_000_000,
    "https://" * 125_000,
    "Ann Lee, " * 110_000,
    "x | " * 250_000,
    "the post a " * 90_000,
    "1/1/2020 " * 110_000,
    "Source: A\n" * 100_000,
]


def read(text: str) -> tuple[Claim, ...]:
    return read_text_claims(
        url=URL,
        text=text,
        byline=None,
        title="Boat",
        canonical_url=None,
        links=(),
        source=EMPTY.of_url(URL),
        registry=EMPTY,
    )


def placed(marker: Marker, line: str) -> str:
    """Return a text with *line* where the marker is believed."""
    prose = [PROSE] * 8
    return "\n".join([line, *prose] if "foot" not in marker.where else [*prose, line])


def test_every_row_says_what_it_is_in_words_the_model_knows() -> None:
    for marker in TABLE.markers:
        assert marker.kind in get_args(ClaimKind.__value__ if hasattr(ClaimKind, "__value__") else ClaimKind), marker.id
        assert marker.strength in get_args(Strength), marker.id
        assert marker.where <= {"byline", "top", "body", "foot"}, marker.id
        assert marker.says or marker.known, marker.id
    assert len({marker.id for marker in TABLE.markers}) == len(TABLE.markers)


@pytest.mark.parametrize(
    ("marker", "line", "outlet"),
    [
        pytest.param(m, line, outlet, id=f"{m.id}-{number}")
        for m in TABLE.markers
        for number, (line, outlet) in enumerate(m.says)
        if m.kind not in ("license", "residue") and not m.link
    ],
)
def test_each_row_finds_its_own_examples(marker: Marker, line: str, outlet: str | None) -> None:
    found = [c for c in read(placed(marker, line)) if c.kind == marker.kind]
    assert found, read(placed(marker, line))
    if outlet is not None:
        keys = {name_key(c.name or "") for c in found} | {name_key(c.domain or "") for c in found}
        wanted = name_key(outlet.split("://")[-1].split("/")[0].removeprefix("www."))
        assert wanted in keys, found


@pytest.mark.parametrize(
    ("marker", "line"),
    [pytest.param(m, line, id=f"{m.id}-{number}") for m in TABLE.markers for number, line in enumerate(m.silent)],
)
def test_no_row_finds_its_false_friends(marker: Marker, line: str) -> None:
    found = [c for c in read(placed(marker, line)) if c.marker == marker.id and c.strength != "weak"]
    assert found == []


def test_a_cue_never_hides_what_its_pattern_finds() -> None:
    for marker in TABLE.markers:
        for line, _ in marker.says:
            assert marker.search(line), (marker.id, line)


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_a_megabyte_of_anything_is_read_in_bounded_steps(text: str) -> None:
    """Each pattern meets pieces of a fixed length only, however long the text is."""
    for line in lines_of_text(text):
        assert all(len(piece) <= max(PIECE, 300) for piece, _ in line.pieces())
    assert len(read(text)) <= 60


def test_no_pattern_repeats_without_end_what_repeats_without_end() -> None:
    """(a+)+ is how a line of hostile text takes hours."""
    for marker in TABLE.markers:
        assert not _nested(_parser.parse(marker.pattern.pattern), 0), marker.id
    for mask in TABLE.masks:
        assert not _nested(_parser.parse(mask.pattern), 0), mask.pattern


def _nested(parsed: Any, depth: int) -> bool:
    for _, arguments in parsed:
        for inner, deeper in _inner(arguments):
            if depth + deeper > 1 or _nested(inner, depth + deeper):
                return True
    return False


def _inner(arguments: Any) -> list[tuple[Any, int]]:
    """Return the sub-patterns within *arguments*, each with 1 where it may repeat without end."""
    if isinstance(arguments, _parser.SubPattern):
        return [(arguments, 0)]
    if isinstance(arguments, tuple) and len(arguments) == 3 and isinstance(arguments[2], _parser.SubPattern):
        endless = arguments[1] == _constants.MAXREPEAT and isinstance(arguments[0], int)
        return [(arguments[2], int(endless))]
    if isinstance(arguments, tuple | list):
        return [pair for one in arguments for pair in _inner(one)]
    return []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("30 March 2020", "2020-03-30"),
        ("March 31, 2020", "2020-03-31"),
        ("17 juin 2016", "2016-06-17"),
        ("20 de octubre de 2021", "2021-10-20"),
        ("4.12.2010", "2010-12-04"),
        ("2020-02-30", None),
        ("03/02/2015", None),
        ("31 Smarch 2020", None),
    ],
)
def test_a_day_is_read_only_where_it_is_one(text: str, day: str | None) -> None:
    found = read_day(text)
    assert (found.iso() if found else None) == day
