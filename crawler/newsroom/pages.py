"""The newsroom's web pages: articles in five layouts with the furniture of real sites, front and list pages, a 404."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape

from crawler.newsroom.outlets import Outlet
from crawler.newsroom.pieces import Block, Piece
from crawler.newsroom.press import Press, plain_day


def article_page(press: Press, piece: Piece) -> str:
    """Return the page of *piece* in its outlet's layout."""
    layout = {"paper": _paper, "digest": _digest, "plain": _plain, "bare": _bare, "blog": _blog}
    return layout[piece.outlet.layout](press, piece)


def article_html(press: Press, piece: Piece) -> str:
    """Return the text of *piece* as HTML paragraphs, its video after the second one."""
    parts = [_block(press, block) for block in piece.blocks]
    if video := press.video(piece):
        parts.insert(2, _video(piece.outlet, video))
    return "\n".join(parts)


def list_page(press: Press, outlet: Outlet, heading: str, listed: Iterable[Piece]) -> str:
    """Return a page of *outlet* that links what is *listed* and tells nothing itself."""
    rows = "\n".join(
        f'<li><a href="{escape(press.url(piece))}">{escape(piece.title)}</a> <small>{escape(piece.section)}</small></li>'
        for piece in listed
    )
    return _whole(press, outlet, f"<h1>{escape(heading)}</h1>\n<ul class='headlines'>\n{rows}\n</ul>", title=heading)


def gone_page(press: Press, outlet: Outlet) -> str:
    text = "<h1>Page not found</h1>\n<p>Nothing lives at this address, or nothing lives here any more.</p>"
    return _whole(press, outlet, text, title="Page not found")


def _paper(press: Press, piece: Piece) -> str:
    when = press.published(piece)
    inner = [
        "<main><article>",
        f'<header><p class="kicker">{escape(piece.section)}</p><h1>{escape(piece.title)}</h1>',
        f'<p class="byline">By {_signature(press, piece)}</p>',
        f'<time datetime="{_local(piece, when)}">{_clock(piece, when)}</time></header>',
        *_image(press, piece),
        '<div class="article-body">',
        *_lines(press, piece.top, "article-source"),
        article_html(press, piece),
        *_lines(press, piece.foot, "article-source"),
        "</div>",
        _tags(press, piece),
        *_plea(press, piece.outlet),
        "</article></main>",
        '<aside class="advert" aria-label="Advertisement"><p>Advertisement: Brill &amp; Sons, boots since ever.</p></aside>',
        _related(press, piece),
        _comments(),
    ]
    return _whole(press, piece.outlet, "\n".join(inner), title=piece.title, head=_head(press, piece))


def _digest(press: Press, piece: Piece) -> str:
    inner = [
        '<div id="content" class="hentry">',
        f'<h1 class="entry-title">{escape(piece.title)}</h1>',
        f'<div class="author">By {_signature(press, piece)}</div>',
        *_lines(press, piece.top, "published"),
        f'<div class="meta">Theme: <a href="{press.home(piece.outlet, "/theme/")}">{escape(piece.section)}</a></div>',
        '<div class="entry-content">',
        article_html(press, piece),
        "<p>*</p>",
        *_lines(press, piece.foot, "copyright-line"),
        "</div></div>",
        '<div id="comment-invitation"><a href="/become-a-member">Become a member of the Digest</a></div>',
        _related(press, piece),
    ]
    return _whole(press, piece.outlet, "\n".join(inner), title=piece.title, head=_head(press, piece))


def _plain(press: Press, piece: Piece) -> str:
    when = press.published(piece)
    by = f' by <span class="author">{_signature(press, piece)}</span>' if piece.author or piece.byline else ""
    inner = [
        '<article class="post">',
        f"<h1>{escape(piece.title)}</h1>",
        f'<p class="meta">Posted <time datetime="{_local(piece, when)}">{_clock(piece, when)}</time>{by}</p>',
        *_image(press, piece),
        *_lines(press, piece.top, "source"),
        article_html(press, piece),
        *_lines(press, piece.foot, "source"),
        "</article>",
        _tags(press, piece),
        _related(press, piece),
        _comments(),
    ]
    return _whole(press, piece.outlet, "\n".join(inner), title=piece.title, head=_head(press, piece))


def _bare(press: Press, piece: Piece) -> str:
    when = press.published(piece)
    inner = [
        '<div class="wrap"><div class="c1">',
        f"<div class='big'><h1>{escape(piece.title)}</h1></div>",
        f"<div class='small'>{plain_day(when)}, {when:%H:%M} UTC</div>",
        "<div class='txt'>",
        article_html(press, piece),
        "</div></div>",
        "<div class='c2'><a href='/win'>Win a fridge</a> <a href='/quiz'>Which cheese are you?</a></div></div>",
        _related(press, piece),
    ]
    return _whole(press, piece.outlet, "\n".join(inner), title=piece.title, head=_head(press, piece))


def _blog(press: Press, piece: Piece) -> str:
    when = press.published(piece)
    inner = [
        '<div class="h-entry">',
        f'<h2 class="p-name"><a class="u-url" href="{escape(press.url(piece))}">{escape(piece.title)}</a></h2>',
        f'<time class="dt-published" datetime="{_local(piece, when)}">{_clock(piece, when)}</time>',
        '<div class="e-content">',
        article_html(press, piece),
        *_lines(press, piece.foot, "more"),
        "</div>",
        f'<p class="p-author">Written by {_signature(press, piece)}</p>',
        "</div>",
        _related(press, piece),
    ]
    return _whole(press, piece.outlet, "\n".join(inner), title=piece.title, head=_head(press, piece))


def _whole(press: Press, outlet: Outlet, inner: str, *, title: str, head: str = "") -> str:
    nav = " ".join(f'<a href="/{name.lower().replace(" ", "-")}/">{escape(name)}</a>' for name in outlet.nav)
    cookies = f'<div class="cookie-banner" role="dialog">{escape(outlet.cookies)}</div>\n' if outlet.cookies else ""
    notice = f'<div class="disclaimer">{escape(outlet.notice)}</div>\n' if outlet.notice else ""
    feed = ""
    if outlet.feed:
        kind = "application/feed+json" if outlet.feed == "json" else "application/rss+xml"
        kind = "application/atom+xml" if outlet.feed == "atom" else kind
        feed = f'<link rel="alternate" type="{kind}" href="{escape(press.feed(outlet))}">\n'
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)} - {escape(outlet.name)}</title>\n{feed}{head}"
        "<style>body{max-width:44em;margin:auto;font-family:serif}</style>\n</head>\n<body>\n"
        f'{cookies}<header class="masthead"><a href="/">{escape(outlet.name)}</a> <em>{escape(outlet.motto)}</em></header>\n'
        f"<nav>{nav}</nav>\n{inner}\n<footer>{notice}<p>© {press.now.year} {escape(outlet.name)}. "
        '<a href="/privacy/">Privacy</a> <a href="/imprint/">Imprint</a></p></footer>\n</body>\n</html>\n'
    )


def _head(press: Press, piece: Piece) -> str:
    outlet, url, when = piece.outlet, press.url(piece), _local(piece, press.published(piece))
    lines = []
    if outlet.canonical:
        lines.append(f'<link rel="canonical" href="{escape(url)}">')
    if outlet.open_graph:
        tags = {
            "og:type": "article",
            "og:site_name": outlet.name,
            "og:title": piece.title,
            "og:url": url,
            "og:description": press.teaser(piece),
            "article:published_time": when,
        }
        lines += [f'<meta property="{name}" content="{escape(value)}">' for name, value in tags.items()]
    if outlet.json_ld:
        lines.append(f'<script type="application/ld+json">{_json_ld(press, piece)}</script>')
    return "".join(f"{line}\n" for line in lines)


def _json_ld(press: Press, piece: Piece) -> str:
    when = _local(piece, press.published(piece))
    outlet = piece.outlet
    facts: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "url": press.url(piece),
        "datePublished": when,
        "publisher": {"@type": "Organization", "name": outlet.name, "url": press.home(outlet)},
        "keywords": list(piece.tags),
    }
    if piece.author:
        facts["author"] = [{"@type": "Person", "name": piece.author}]
    elif piece.byline:
        facts["author"] = [{"@type": "Organization", "name": press.text(piece.byline)}]
    # A "</script>" in a headline would end the element.
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")


def _local(piece: Piece, when: datetime) -> str:
    return when.astimezone(piece.outlet.zone).isoformat()


def _clock(piece: Piece, when: datetime) -> str:
    local = when.astimezone(piece.outlet.zone)
    return f"{plain_day(local)}, {local:%H:%M}"


def _signature(press: Press, piece: Piece) -> str:
    return press.html(piece.byline) if piece.byline else escape(piece.author or piece.outlet.name)


def _block(press: Press, block: Block) -> str:
    text = press.html(block.markup)
    if block.kind == "heading":
        return f"<h3>{text}</h3>"
    return f"<blockquote><p>{text}</p></blockquote>" if block.kind == "quote" else f"<p>{text}</p>"


def _lines(press: Press, lines: tuple[str, ...], name: str) -> list[str]:
    return [f'<p class="{name}">{press.html(line)}</p>' for line in lines]


def _video(outlet: Outlet, url: str) -> str:
    if outlet.layout == "digest":
        return f'<p><a href="{escape(url)}">{escape(url)}</a></p>'
    return f'<video controls preload="none" src="{escape(url)}"></video>'


def _image(press: Press, piece: Piece) -> list[str]:
    if piece.image is None:
        return []
    url = press.home(piece.outlet, f"/media/{piece.slug}.svg")
    caption = escape(piece.image)
    return [f'<figure><img src="{escape(url)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>']


def _tags(press: Press, piece: Piece) -> str:
    links = (f'<a rel="tag" href="/tag/{tag.lower().replace(" ", "-")}/">{escape(tag)}</a>' for tag in piece.tags)
    return f'<ul class="tags">{"".join(f"<li>{link}</li>" for link in links)}</ul>' if piece.tags else ""


def _plea(press: Press, outlet: Outlet) -> list[str]:
    if outlet.plea is None:
        return []
    link = f'<a href="{escape(press.home(outlet, "/support/"))}">{escape(outlet.host)}/support</a>'
    return [f'<p class="plea">{escape(outlet.plea)} {link}</p>']


def _related(press: Press, piece: Piece) -> str:
    others = [other for other in press.out(piece.outlet) if other is not piece][:4]
    rows = "".join(f'<li><a href="{escape(press.url(other))}">{escape(other.title)}</a></li>' for other in others)
    return f'<aside class="related"><h4>{escape(piece.outlet.related)}</h4><ul>{rows}</ul></aside>'


def _comments() -> str:
    return (
        '<section class="comments" id="comments"><h4>2 comments</h4>'
        '<div class="comment"><p><b>gullible77</b>: I have said this for years.</p></div>'
        '<div class="comment"><p><b>Mrs T.</b>: You have, and nobody is the wiser.</p></div></section>'
        '<form class="newsletter" action="/newsletter" method="post"><label>Our letter, every Friday: '
        '<input type="email" name="email"></label> <button>Send it to me</button></form>'
    )
