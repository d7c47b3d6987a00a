"""An alert in words: who took what from whom, how much, how late, with which credit, changed in what.

Text and HTML are made of the same lines. No mail or chat program takes anything in them for markup, a mention or a
command, whatever the pages contained; only the addresses of the articles, and of our own pages, can be followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from crawler.alerts.wording import (
    LONGEST_HEADLINE,
    LONGEST_NAME,
    credit,
    delay,
    headline,
    link,
    name,
    percent,
    plain,
    when,
)
from crawler.model import EdgeKind, News, Origin

LONGEST_TITLE = 200
_LONGEST_NOTE = 300

TOOK: dict[EdgeKind, str] = {
    "copy": "copied",
    "excerpt": "excerpted",
    "partial": "took a part from",
    "translation": "translated",
    "digest": "summed up",
    "claimed": "says it took its text from",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a message; with ``url`` its words, or that address itself, can be followed."""

    words: str = ""
    kind: Literal["lead", "text", "label", "mark", "gap"] = "text"
    url: str | None = None


def title(news: News) -> str:
    """Return what *news* comes to, on one line of at most 200 characters."""
    return plain(_title(news), LONGEST_TITLE)


def _title(news: News) -> str:
    told = headline(news.copy.title) if news.copy else ""
    match news.about:
        case "source" | "well":
            return f"{_outlet(news.source)}: {plain(news.note, _LONGEST_NOTE)}"
        case "withdrawal":
            return f"Withdrawn: {_outlet(news.copy)}, not known to be taken from {_outlet(news.before)}: {told}"
        case "correction":
            return f"Correction: {_took(news)}, not from {_outlet(news.before)}: {told}"
        case "copies":
            first = news.origin or news.parent
            return (
                f"{news.copies} copies of {_outlet(first)}: {headline(first.title if first and first.title else told)}"
            )
        case "edit":
            return f"{_outlet(news.copy)} still has what {_outlet(news.parent)} has changed: {told}"
        case _:
            return f"{_took(news)}: {told}"


def _took(news: News) -> str:
    return f"{_outlet(news.copy)} {TOOK[news.kind or 'copy']} {_outlet(news.parent)}"


def _outlet(of: object) -> str:
    source = of.source if isinstance(of, Origin) else of
    return name(getattr(source, "name", None) or "nobody that is known")


def lines(news: News, rule: str, *, public_url: str | None = None) -> tuple[Line, ...]:
    """Return all that there is to say, as lines of our own making."""
    return tuple(_lines(news, rule, public_url))


def _lines(news: News, rule: str, public_url: str | None) -> Iterator[Line]:
    if news.about in ("correction", "withdrawal"):
        yield from _put_right(news)
    if news.about in ("source", "well"):
        yield Line(title(news), "lead")
        if news.advice:
            yield Line(plain(news.advice, _LONGEST_NOTE))
    if news.copy is not None:
        yield from _article(news.copy)
    if news.note and news.about not in ("source", "well"):
        yield Line(plain(news.note, _LONGEST_NOTE))
    if news.parent is not None and news.about != "withdrawal":
        yield from _edge(news, news.parent)
    yield Line(kind="gap")
    yield from _list("What it changed:", news.changes)
    yield from _list("Why:", news.reasons)
    if (page := page_of(news, public_url)) is not None:
        yield Line("More: ", url=page)
    yield Line(f"Rule: {plain(rule, LONGEST_NAME)}")


def _put_right(news: News) -> Iterator[Line]:
    first = f", “{headline(news.before.title)}”," if news.before and news.before.title else ""
    yield Line(f"An earlier alert named {_outlet(news.before)}{first} as where this was from.", "lead")
    if news.about == "withdrawal":
        yield Line("That no longer holds, and no other origin is known.")
    else:
        yield Line(f"That no longer holds: it is from {_outlet(news.origin or news.parent)}.")
    yield Line(kind="gap")


def _article(copy: Origin) -> Iterator[Line]:
    yield Line(f"“{headline(copy.title)}”", "lead")
    yield Line(f"{_outlet(copy)}, {when(copy.published)}")
    if copy.url:
        yield _followed(copy.url)


def _edge(news: News, parent: Origin) -> Iterator[Line]:
    yield Line(kind="gap")
    yield Line(_how_much(news))
    if parent.title:
        yield Line(f"Original: “{headline(parent.title)}”")
    yield Line(f"{_outlet(parent)}, {when(parent.published)}")
    if parent.url:
        yield _followed(parent.url)
    if (later := delay(parent.published, news.copy.published if news.copy else None)) is not None:
        yield Line(later)
    if news.attribution is not None:
        yield Line(credit(news.attribution))
    if news.origin is not None and news.origin.id != parent.id:
        yield Line(f"First published by {_outlet(news.origin)}" + (", " if news.origin.url else ""))
        if news.origin.url:
            yield _followed(news.origin.url)
    if news.copies is not None and news.copies > 1:
        yield Line(f"Copies known by now: {news.copies}.")


def _followed(url: str) -> Line:
    shown = link(url)
    return Line("" if shown.startswith("http") else shown, url=shown if shown.startswith("http") else None)


def _how_much(news: News) -> str:
    kind = "claimed by its own credit" if news.kind == "claimed" else news.kind or "copy"
    sure = f", {news.level} ({percent(news.confidence)} sure)." if news.level and news.confidence is not None else "."
    if news.coverage is None:
        return f"{kind.capitalize()}: the other text was not seen{sure}"
    return f"{kind.capitalize()}: {percent(news.coverage)} of its words are the other's{sure}"


def _list(label: str, marks: Sequence[str]) -> Iterator[Line]:
    if marks:
        yield Line(label, "label")
        yield from (Line(plain(one, LONGEST_HEADLINE), "mark") for one in marks)
        yield Line(kind="gap")


def page_of(news: News, public_url: str | None) -> str | None:
    """Return where the trail of the article can be seen; None where that is nowhere."""
    return link(f"{public_url.rstrip('/')}/articles/{news.copy.id}") if public_url and news.copy else None


# --- the two ways to write them


def as_text(said: Sequence[Line]) -> str:
    """Return the lines as plain text."""
    return "\n".join(f"{'- ' if line.kind == 'mark' else ''}{line.words}{line.url or ''}" for line in said)


def as_html(said: Sequence[Line]) -> str:
    """Return the lines as a piece of HTML that loads nothing."""
    return "\n".join(_html(line) for line in said if line.kind != "gap")


def _html(line: Line) -> str:
    words = escape(line.words)
    if line.url:
        address = escape(line.url)
        words += f'<a href="{address}" rel="noreferrer">{address}</a>'
    match line.kind:
        case "lead":
            return f"<p><strong>{words}</strong></p>"
        case "label":
            return f'<p style="margin-bottom:0">{words}</p>'
        case "mark":
            return f'<p style="margin:0 0 0 1em">• {words}</p>'
        case _:
            return f'<p style="margin:0">{words}</p>'
