"""What a crawler sees of a piece: a page, or a row without its HTML."""

from __future__ import annotations

import json
from html import escape

from crawler.model import Dated, Link, Page
from crawler.prepare import Row
from tests.simulator.world import Line, Piece


def unit_of(piece: Piece) -> Page | Row:
    """Return *piece* as it is met: as a page where its outlet has HTML here, else as a row."""
    return page_of(piece) if piece.outlet.has_html else row_of(piece)


def row_of(piece: Piece) -> Row:
    lines = [*(line.text for line in piece.top), *piece.body, *(line.text for line in piece.foot)]
    return Row(
        url=piece.url,
        title=piece.title,
        text="\n\n".join(lines),
        fetched_at=piece.seen,
        published=piece.published,
        byline=piece.byline,
        canonical_url=piece.canonical,
        links=tuple(Link(url=line.url, text=line.said) for line in (*piece.top, *piece.foot) if line.url),
        source_name=piece.outlet.name,
        absent_at=piece.absent,
    )


def page_of(piece: Piece) -> Page:
    head = [
        f"<title>{escape(piece.title)} - {escape(piece.outlet.name)}</title>",
        f'<meta property="og:site_name" content="{escape(piece.outlet.name)}">',
        f'<link rel="canonical" href="{escape(piece.canonical or piece.url)}">',
    ]
    article: dict[str, object] = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": piece.title}
    if piece.published is not None:
        article["datePublished"] = _written(piece.published)
    head.append(f'<script type="application/ld+json">{json.dumps(article)}</script>')
    picture = f'<figure><img src="{escape(piece.media)}" alt=""></figure>' if piece.media else ""
    body = [
        f"<h1>{escape(piece.title)}</h1>",
        f'<p class="byline">{escape(piece.byline or "")}</p>' if piece.byline else "",
        *map(_paragraph, piece.top),
        picture,
        *(f"<p>{escape(one)}</p>" for one in piece.body),
        *map(_paragraph, piece.foot),
    ]
    menu = '<nav><a href="/">Home</a> <a href="/news/">News</a> <a href="/about/">About</a></nav>'
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{"".join(head)}</head><body>{menu}'
        f"<main><article>{''.join(body)}</article></main><footer><p>{escape(piece.outlet.name)}</p></footer></body></html>"
    )
    return Page(
        url=piece.url,
        final_url=piece.url,
        body=html.encode(),
        fetched_at=piece.seen,
        headers={"content-type": "text/html; charset=utf-8"},
        absent_at=piece.absent,
    )


def _paragraph(line: Line) -> str:
    if line.url and line.said:
        before, _, after = line.text.partition(line.said)
        return f'<p>{escape(before)}<a href="{escape(line.url)}">{escape(line.said)}</a>{escape(after)}</p>'
    return f"<p>{escape(line.text)}</p>"


def _written(dated: Dated) -> str:
    if dated.precision == "day":
        return dated.at.date().isoformat()
    return dated.at.replace(tzinfo=None).isoformat() + ("Z" if dated.zone_known else "")
