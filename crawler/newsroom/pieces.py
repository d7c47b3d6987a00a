"""The newsroom's articles as they were written: read from ``texts/``, before any clock or port is known.

A file holds the articles of one outlet. Each starts with ``=== slug``, then header lines, then blocks
parted by blank lines. A block is a paragraph, a subheading (``## ...``) or text taken from another
article: ``[[outlet/slug]]``, ``[[outlet/slug 2-4]]`` for some of its blocks, followed by ``plain`` to drop
its links and subheadings or ``quote`` to set it off. ``[text](url)`` is a link; ``{long outlet/slug}`` and
its like are filled in by ``Press``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

from crawler.newsroom.outlets import OUTLETS, Outlet

LINK = re.compile(r"\[([^\[\]]{1,200})\]\(([^()\s][^()]{0,400})\)")
_TAKEN = re.compile(r"\[\[(?P<key>[\w/-]+)(?: (?P<first>\d+)-(?P<last>\d+))?(?: (?P<how>plain|quote))?\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    kind: Literal["paragraph", "heading", "quote"]
    markup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article. ``age`` counts from midnight UTC of the day the newsroom opens: always negative."""

    key: str  # "harbour-post/ferry-fire"
    outlet: Outlet
    slug: str
    number: int
    title: str
    age: timedelta
    round: int  # the round from which its feed lists it and its page is there
    section: str
    author: str | None = None
    byline: str | None = None  # markup, where somebody else than a person signs
    tags: tuple[str, ...] = ()
    image: str | None = None  # the caption
    video: str | None = None  # "outlet /path"
    feed_source: str | None = None  # the outlet that the feed's <source> names
    top: tuple[str, ...] = ()  # lines above the text
    foot: tuple[str, ...] = ()  # lines below it
    blocks: tuple[Block, ...] = ()


@cache
def pieces() -> Mapping[str, Piece]:
    """Return every article of the newsroom by its key, texts taken from others filled in."""
    written = {piece.key: piece for outlet in OUTLETS for piece in _of(outlet)}
    return {key: replace(piece, blocks=tuple(_filled(piece, written))) for key, piece in written.items()}


def _of(outlet: Outlet) -> Iterator[Piece]:
    path = files("crawler.newsroom") / "texts" / f"{outlet.id}.txt"
    if not path.is_file():
        return
    parts = path.read_text(encoding="utf-8").split("=== ")[1:]
    for number, part in enumerate(parts, start=1041):
        yield _read(outlet, number, part)


def _read(outlet: Outlet, number: int, part: str) -> Piece:
    head, *bodies = part.strip().split("\n\n")
    slug, *lines = head.split("\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name, []).append(value)

    def one(name: str) -> str | None:
        return headers[name][0] if name in headers else None

    days, clock = headers["at"][0].split()
    hour, minute = clock.split(":")
    return Piece(
        key=f"{outlet.id}/{slug}",
        outlet=outlet,
        slug=slug,
        number=number,
        title=headers["title"][0],
        age=timedelta(days=int(days), hours=int(hour), minutes=int(minute)),
        round=int(one("round") or 1),
        section=headers["section"][0],
        author=one("author"),
        byline=one("byline"),
        tags=tuple((one("tags") or "").split(", ")) if "tags" in headers else (),
        image=one("image"),
        video=one("video"),
        feed_source=one("feed-source"),
        top=tuple(headers.get("top", ())),
        foot=tuple(headers.get("foot", ())),
        blocks=tuple(_block(body) for body in bodies),
    )


def _block(body: str) -> Block:
    text = " ".join(body.split())
    if text.startswith("## "):
        return Block(kind="heading", markup=text[3:])
    return Block(kind="paragraph", markup=text)


def _filled(piece: Piece, written: Mapping[str, Piece]) -> Iterator[Block]:
    for block in piece.blocks:
        taken = _TAKEN.fullmatch(block.markup)
        if taken is None:
            yield block
            continue
        blocks = written[taken["key"]].blocks
        if taken["first"]:
            blocks = blocks[int(taken["first"]) - 1 : int(taken["last"])]
        for other in blocks:
            if taken["how"] == "quote":
                yield Block(kind="quote", markup=other.markup)
            elif taken["how"] != "plain":
                yield other
            elif other.kind == "paragraph":
                yield Block(kind="paragraph", markup=LINK.sub(r"\1", other.markup))
