"""What a clock and a port make of the articles: addresses, dates, markup turned into HTML or plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from crawler.newsroom.outlets import BY_ID, Outlet
from crawler.newsroom.pieces import LINK, Piece, pieces

_FIELD = re.compile(r"\{(?P<name>long|plain|year|stamp|url|home|page) (?P<of>[\w/-]+)(?: (?P<path>/[^{}]*))?\}")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """The newsroom as it stands in one round. ``now`` is when it opened, aware and in UTC."""

    now: datetime
    port: int
    round: int = 1

    def piece(self, key: str) -> Piece:
        return pieces()[key]

    def out(self, outlet: Outlet) -> tuple[Piece, ...]:
        """Return what *outlet* has published by this round, newest first."""
        own = (piece for piece in pieces().values() if piece.outlet is outlet and piece.round <= self.round)
        return tuple(sorted(own, key=lambda piece: piece.age, reverse=True))

    def published(self, piece: Piece) -> datetime:
        midnight = self.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + piece.age

    def changed(self) -> datetime:
        """Return when the feeds and lists of this round were last changed: minutes before the opening."""
        return (self.now - timedelta(minutes=max(1, 30 - self.round))).replace(microsecond=0)

    def home(self, outlet: Outlet, path: str = "/") -> str:
        return f"http://{outlet.host}:{self.port}{path}"

    def path(self, piece: Piece) -> str:
        day = self.published(piece)
        return piece.outlet.path.format(
            year=day.year,
            month=f"{day.month:02}",
            day=f"{day.day:02}",
            section=piece.section.lower(),
            slug=piece.slug,
            number=piece.number,
        )

    def url(self, piece: Piece) -> str:
        return self.home(piece.outlet, self.path(piece))

    def feed(self, outlet: Outlet) -> str:
        return self.home(outlet, outlet.feed_path)

    def video(self, piece: Piece) -> str | None:
        if piece.video is None:
            return None
        outlet, _, path = self._filled(piece.video).partition(" ")
        return self.home(BY_ID[outlet], path)

    def html(self, markup: str) -> str:
        """Return *markup* as HTML, everything but its links escaped."""
        return "".join(
            f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text) for text, url in self._runs(markup)
        )

    def text(self, markup: str) -> str:
        """Return *markup* as a reader sees it."""
        return "".join(text for text, _ in self._runs(markup))

    def body(self, piece: Piece) -> str:
        """Return the article's own text, a line for each block."""
        return "\n".join(self.text(block.markup) for block in piece.blocks)

    def teaser(self, piece: Piece) -> str:
        """Return the beginning of the article, cut at a word."""
        first = self.text(piece.blocks[0].markup)
        return first if len(first) <= 220 else first[:220].rsplit(" ", 1)[0] + "…"

    def signed(self, piece: Piece) -> str | None:
        """Return the name over the article, a person's or an outlet's."""
        return self.text(piece.byline) if piece.byline else piece.author

    def _runs(self, markup: str) -> Iterator[tuple[str, str | None]]:
        filled = self._filled(markup)
        end = 0
        for link in LINK.finditer(filled):
            yield filled[end : link.start()], None
            yield link[1], link[2]
            end = link.end()
        yield filled[end:], None

    def _filled(self, markup: str) -> str:
        return _FIELD.sub(self._field, markup)

    def _field(self, field: re.Match[str]) -> str:
        name, of = field["name"], field["of"]
        if name in ("home", "page"):
            return self.home(BY_ID[of], field["path"] or "/")
        piece = self.piece(of)
        if name == "url":
            return self.url(piece)
        day = self.published(piece)
        if name == "long":
            return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
        if name == "plain":
            return plain_day(day)
        return f"{day:%d_%m_%Y}" if name == "stamp" else str(day.year)


def plain_day(day: datetime) -> str:
    """Return "19 November 2026", whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
