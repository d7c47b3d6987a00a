"""Builds pages for the tests of the extraction."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime

from lxml.html import HtmlElement

from crawler.extract import parse
from crawler.model import Page

SEEN = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://harbour-post.example/news/ferry"

SENTENCES = (
    "The council met on Tuesday evening and decided to keep the ferry running through the winter months.",
    "Nobody in the hall had expected the vote to be so clear after the long quarrel about the harbour wall.",
    "Eleven members wanted the boats to sail every day, and only three asked for a pause until the spring.",
    "The operator will publish its timetable in October and promises that school children travel free of charge.",
    "Fishermen had warned that the second pier is too narrow for two boats when the wind comes from the east.",
    "A study of the currents is to be ready before Christmas, and the mayor wants to read it aloud in the square.",
)


def a_page(body: bytes | str, *, url: str = URL, headers: Mapping[str, str] | None = None, status: int = 200) -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(url=url, final_url=url, body=content, fetched_at=SEEN, headers=headers or {}, status=status)


def an_article_page(
    *,
    head: str = "",
    above: str = "",
    inside: str = "",
    below: str = "",
    title: str | None = "Ferry stays",
    lang: str = "en",
) -> str:
    """Return a plain article; *above* stands between headline and text, *inside* in the middle, *below* at its end."""
    paragraphs = [
        f"<p>{html.escape(sentence)} {html.escape(SENTENCES[i - 1])}</p>" for i, sentence in enumerate(SENTENCES)
    ]
    heading = f"<h1>{html.escape(title)}</h1>" if title else ""
    content = heading + above + "".join(paragraphs[:3]) + inside + "".join(paragraphs[3:]) + below
    top = f"<meta charset='utf-8'><title>{html.escape(title or '')}</title>{head}"
    body = f"<nav><a href='/'>Start</a></nav><article>{content}</article><footer>Imprint</footer>"
    return f"<!doctype html><html lang='{lang}'><head>{top}</head><body>{body}</body></html>"


def a_tree(body: bytes | str) -> HtmlElement:
    return parse(a_page(body))
