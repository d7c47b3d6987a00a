"""Turns the bytes of a page into the article that stands in it, or says why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extract import facts
from crawler.extract.body import read_body
from crawler.extract.dates import read_dates
from crawler.extract.dom import parse
from crawler.extract.head import read_head
from crawler.extract.language import read_language
from crawler.extract.refusal import refusal
from crawler.extract.targets import read_targets
from crawler.jsonld import article_node, is_article, text_of
from crawler.model import Dated, Link, Media, Page
from crawler.urls import web_address

__all__ = ["Extracted", "extract", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page says its article is. All offsets elsewhere count characters of this ``text``."""

    canonical_url: str | None = None  # as the page claims it, also on another site; never the article's key
    title: str | None = None
    authors: tuple[str, ...] = ()
    byline: str | None = None  # the line as it stands on the page: "By South Front"
    language: str | None = None
    published: Dated | None = None
    modified: Dated | None = None
    text: str  # plain, paragraphs at line ends
    summary: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    media: tuple[Media, ...] = ()
    license: str | None = None
    site_name: str | None = None
    links_lost: bool = False  # anchors stand in the content, but without targets


def extract(page: Page, tree: HtmlElement | None = None) -> Extracted:
    """Return the article in *page*; *tree*, if given, is ``parse(page)`` and stays as it is.

    Nothing is fetched. Raises NotAnArticle with the reason when the page is something else.
    """
    tree = parse(page) if tree is None else tree
    url = page.final_url
    head = read_head(tree)
    node = article_node(tree, head.first("og:title") or head.title)
    site_name = facts.read_site_name(head, node, url)
    names = facts.site_names(site_name, url)
    title = facts.read_title(tree, head, node, names)
    body = read_body(tree, url, title=title)
    base = _base(tree, url)
    targets = read_targets(body, base)
    declared = is_article(node) or (head.first("og:type") or "").lower() in (
        "article",
        "news",
        "newsarticle",
        "video.other",
    )
    reason = refusal(body, url=url, title=title, status=page.status, declared=declared, links=targets.links)
    if reason:
        raise NotAnArticle(reason, url=url, source=page.source_id)
    byline = facts.read_byline(tree, body)
    published, modified = read_dates(
        tree, head=head, node=node, body=body, url=url, own_names=names, seen=page.fetched_at
    )
    return Extracted(
        canonical_url=facts.read_canonical(head, node, base),
        title=title,
        authors=facts.read_authors(head, node, byline, names),
        byline=byline,
        language=read_language(
            body.text, head.language, head.first("content-language", "og:locale"), text_of(node.get("inlanguage"))
        ),
        published=published,
        modified=modified,
        text=body.text,
        summary=facts.read_summary(head, node),
        tags=facts.read_tags(head, node),
        links=targets.links,
        media=targets.media,
        license=facts.read_license(tree, head, node, body),
        site_name=site_name,
        links_lost=targets.links_lost,
    )


def _base(tree: HtmlElement, url: str) -> str:
    """Return what relative addresses are resolved against: <base href> where it is usable, else the page's URL."""
    element = tree.find(".//base[@href]")
    return (web_address((element.get("href") or "")[:2000], url) or url) if element is not None else url
