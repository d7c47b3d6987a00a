"""The feeds of the newsroom's outlets as bytes: RSS 2.0, RSS 1.0 (RDF), Atom and JSON Feed, two of them faulty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from crawler.newsroom.outlets import BY_ID, Outlet
from crawler.newsroom.pages import article_html
from crawler.newsroom.pieces import Piece
from crawler.newsroom.press import Press


def feed(press: Press, outlet: Outlet) -> tuple[str, bytes]:
    """Return the media type and the bytes of *outlet*'s feed in this round."""
    if outlet.feed == "rss":
        return "application/rss+xml; charset=utf-8", _xml(_rss(press, outlet))
    if outlet.feed == "atom":
        return "application/atom+xml; charset=utf-8", _xml(_atom(press, outlet))
    if outlet.feed == "rdf":
        return "application/rdf+xml", _xml(_rdf(press, outlet))
    return "application/feed+json", _json(press, outlet)


def _xml(lines: Iterator[str]) -> bytes:
    return ("\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines]) + "\n").encode()


def _rss(press: Press, outlet: Outlet) -> Iterator[str]:
    yield '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">'
    yield f"<channel><title>{escape(outlet.name)}</title><link>{press.home(outlet)}</link>"
    yield f"<description>{escape(outlet.motto)}</description><language>en</language>"
    yield f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(press.feed(outlet))}/>'
    if outlet.broken_entry:
        yield "<item><title>Untitled draft</title><pubDate>Thu, 45 Brumaire 20 26:61</pubDate><guid></guid></item>"
    for piece in press.out(outlet):
        yield from _rss_entry(press, piece)
    for odd in outlet.odd_entries:
        url = escape(press.home(outlet, odd.path))
        yield f"<item><title>{escape(odd.title)}</title><link>{url}</link><guid>{url}</guid></item>"
    yield "</channel></rss>"


def _rss_entry(press: Press, piece: Piece) -> Iterator[str]:
    title = piece.title if piece.outlet.bare_ampersands else escape(piece.title)
    url = escape(press.url(piece))
    when = format_datetime(press.published(piece).astimezone(piece.outlet.zone))
    yield f"<item><title>{title}</title><link>{url}</link>"
    yield f'<guid isPermaLink="true">{url}</guid><pubDate>{when}</pubDate><category>{escape(piece.section)}</category>'
    if signed := press.signed(piece):
        yield f"<dc:creator>{escape(signed)}</dc:creator>"
    if piece.feed_source:
        taken_from = BY_ID[piece.feed_source]
        yield f"<source url={quoteattr(press.feed(taken_from))}>{escape(taken_from.name)}</source>"
    yield f"<description>{escape(press.teaser(piece))}</description></item>"


def _rdf(press: Press, outlet: Outlet) -> Iterator[str]:
    yield '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    yield ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
    yield f"<channel rdf:about={quoteattr(press.feed(outlet))}><title>{escape(outlet.name)}</title>"
    yield f"<link>{press.home(outlet)}</link><description>{escape(outlet.motto)}</description>"
    yield "<dc:language>en</dc:language><items><rdf:Seq>"
    urls = [press.url(piece) for piece in press.out(outlet)]
    urls += [press.home(outlet, odd.path) for odd in outlet.odd_entries]
    yield from (f"<rdf:li rdf:resource={quoteattr(url)}/>" for url in urls)
    yield "</rdf:Seq></items></channel>"
    for piece in press.out(outlet):
        url = press.url(piece)
        yield f"<item rdf:about={quoteattr(url)}><title>{escape(piece.title)}</title><link>{escape(url)}</link>"
        yield f"<dc:date>{press.published(piece).astimezone(outlet.zone).isoformat()}</dc:date>"
        yield f"<dc:creator>{escape(press.signed(piece) or outlet.name)}</dc:creator>"
        yield f"<description>{escape(press.teaser(piece))}</description></item>"
    for odd in outlet.odd_entries:
        url = press.home(outlet, odd.path)
        yield f"<item rdf:about={quoteattr(url)}><title>{escape(odd.title)}</title><link>{escape(url)}</link></item>"
    yield "</rdf:RDF>"


def _atom(press: Press, outlet: Outlet) -> Iterator[str]:
    yield f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{escape(outlet.name)}</title>'
    yield f'<link rel="self" href={quoteattr(press.feed(outlet))}/><link href={quoteattr(press.home(outlet))}/>'
    yield f"<id>tag:{outlet.host},2020:feed</id><updated>{press.changed().isoformat()}</updated>"
    for piece in press.out(outlet):
        when = press.published(piece).astimezone(outlet.zone).isoformat()
        yield f'<entry><title>{escape(piece.title)}</title><link rel="alternate" href={quoteattr(press.url(piece))}/>'
        yield f"<id>tag:{outlet.host},2020:{piece.number}</id><published>{when}</published><updated>{when}</updated>"
        yield f"<author><name>{escape(press.signed(piece) or outlet.name)}</name></author>"
        if outlet.full_content:
            yield f'<content type="html">{escape(article_html(press, piece))}</content></entry>'
        else:
            yield f'<summary type="text">{escape(press.teaser(piece))}</summary></entry>'
    for odd in outlet.odd_entries:
        when = press.changed().isoformat()
        yield f"<entry><title>{escape(odd.title)}</title><link href={quoteattr(press.home(outlet, odd.path))}/>"
        yield f"<id>tag:{outlet.host},2020:{escape(odd.path)}</id><updated>{when}</updated>"
        yield f"<author><name>{escape(outlet.name)}</name></author></entry>"
    yield "</feed>"


def _json(press: Press, outlet: Outlet) -> bytes:
    entries = [
        {
            "id": press.url(piece),
            "url": press.url(piece),
            "title": piece.title,
            "summary": press.teaser(piece),
            "date_published": press.published(piece).astimezone(outlet.zone).isoformat(),
            "authors": [{"name": press.signed(piece) or outlet.name}],
            "tags": [piece.section],
        }
        for piece in press.out(outlet)
    ]
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": press.home(outlet),
        "feed_url": press.feed(outlet),
        "description": outlet.motto,
        "language": "en",
        "items": entries,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()
