"""Reads what the article links to and shows: the links and media of its content, absolute and clean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extract.body import Body, shown
from crawler.model import Link, Media
from crawler.urls import web_address

MAX_LINKS = 500
MAX_ANCHORS = 5_000
MAX_MEDIA = 200
MAX_LABEL = 300

_ASIDE_TAGS = frozenset({"nav", "aside", "footer", "form", "button", "menu", "dialog", "script", "style", "template"})
_ASIDE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar|widget|related|recommended|recommendations?|recirc|share|sharing|"
    r"social|socials|sharedaddy|comments?|commentlist|respond|disqus|newsletter|subscribe|subscription|promo|outbrain|"
    r"taboola|trending|popular|mostread|readmore|breadcrumbs?|footer|pagination|pager|tagcloud|cookie|consent|gdpr|"
    r"advert|advertisement|ads?|sponsored)(?:$|[\s_-])",
    re.I,
)
_VIDEO = re.compile(r"\.(?:mp4|m4v|webm|mov|avi|mkv|flv|ogv|m3u8)$", re.I)
_AUDIO = re.compile(r"\.(?:mp3|m4a|ogg|oga|wav|aac|opus)$", re.I)
_IMAGE = re.compile(r"\.(?:jpe?g|png|webp|avif|tiff?)$", re.I)
_VIDEO_PLAYER = re.compile(
    r"youtube(?:-nocookie)?\.com/embed/|player\.vimeo\.com/|dailymotion\.com/embed|rumble\.com/embed|bitchute\.com/embed|"
    r"odysee\.com/\$/embed|rutube\.ru/play/embed|facebook\.com/plugins/video|jwplayer|brightcove|ok\.ru/videoembed",
    re.I,
)
_AUDIO_PLAYER = re.compile(r"w\.soundcloud\.com/player|open\.spotify\.com/embed|embed\.acast\.com|podcast", re.I)
_COUNTER = re.compile(
    r"[/._-](?:pixels?|beacon|counter|tracker|track|1x1|spacer|blank|transparent|clear)(?:[/._?-]|$)|republication-tracker",
    re.I,
)
_TINY = re.compile(r"(?:^|[\s;])(?:width|height)\s{0,3}:\s{0,3}[012](?:\.\d)?px|display\s{0,3}:\s{0,3}none", re.I)
_NO_TARGET = re.compile(r"^(?:#!?|javascript:.{0,60}|about:blank)?$", re.I)
_CONTROLS = ("onclick", "role", "data-toggle", "data-target", "aria-controls", "aria-expanded", "name", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the content of an article points to."""

    links: tuple[Link, ...] = ()
    media: tuple[Media, ...] = ()
    links_lost: bool = False  # most of the anchors in the content have a text but no target


def read_targets(body: Body, base: str) -> Targets:
    """Return the links and media in the content of *body*, each once, in order; *base* resolves relative ones.

    Boxes beside the text (shares, related articles, comments) are left out, and so are pixels that count readers.
    """
    if body.root is None:
        return Targets()
    links: dict[str, Link] = {}
    media: dict[str, Media] = {}
    lost = kept = looked_at = 0
    for element in _content(body):
        tag = element.tag
        if tag == "a":
            looked_at += 1
            if looked_at > MAX_ANCHORS:
                continue
            href = (element.get("href") or "").strip()
            if _NO_TARGET.match(href):
                lost += _is_lost_link(element)
                continue
            if (url := web_address(href, base)) is None:
                continue
            kept += 1
            if url not in links and len(links) < MAX_LINKS:
                links[url] = Link(url=url, text=shown(element)[:MAX_LABEL])
            kind = _kind_of_file(url)
            if kind in ("video", "audio") and len(media) < MAX_MEDIA:
                media.setdefault(url, Media(url=url, kind=kind))
        elif len(media) < MAX_MEDIA and (shows := _shown_by(element)):
            source, kind = shows
            if (url := web_address(source, base)) is not None and not _COUNTER.search(url):
                media.setdefault(url, Media(url=url, kind=kind))
    return Targets(links=tuple(links.values()), media=tuple(media.values()), links_lost=lost > 0 and lost >= kept)


def _content(body: Body) -> Iterator[HtmlElement]:
    """Yield the elements under the root of *body* in document order, boxes without text of the article left out."""
    holding: set[HtmlElement] = set()
    for block, mine in zip(body.blocks, body.own, strict=True):
        element: HtmlElement | None = block.element if mine else None
        while element is not None and element not in holding:
            holding.add(element)
            element = element.getparent()
    stack = [body.root]
    while stack:
        element = stack.pop()
        if element is None or not isinstance(element.tag, str):
            continue
        if element not in holding and _is_aside(element):
            continue
        yield element
        stack.extend(reversed(element))


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in _ASIDE_TAGS:
        return True
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return len(name) > 1 and _ASIDE_NAMES.search(name[:500]) is not None


def _is_lost_link(element: HtmlElement) -> bool:
    """Say whether an anchor without a target once was a link, rather than a button or the goal of a jump."""
    if "href" not in element.attrib or any(name in element.attrib for name in _CONTROLS):
        return False
    return sum(character.isalpha() for character in shown(element)) >= 3


def _shown_by(element: HtmlElement) -> tuple[str, str] | None:
    """Return the address and kind of what *element* plays or shows, None for pixels and everything else."""
    tag = element.tag
    if tag in ("img", "amp-img"):
        source = _image_source(element)
        return (source, "image") if source and not _is_tiny(element) else None
    if tag in ("video", "audio", "amp-video", "amp-audio"):
        source = element.get("src") or element.get("data-src")
        return (source, tag.removeprefix("amp-")) if source else None
    if tag == "source":
        parent = element.getparent()
        source = element.get("src")
        return (source, parent.tag) if source and parent is not None and parent.tag in ("video", "audio") else None
    if tag in ("iframe", "embed", "object"):
        source = element.get("src") or element.get("data-src") or element.get("data") or ""
        if _VIDEO_PLAYER.search(source[:2000]) or _kind_of_file(source) == "video":
            return source, "video"
        if _AUDIO_PLAYER.search(source[:2000]) or _kind_of_file(source) == "audio":
            return source, "audio"
    return None


def _image_source(element: HtmlElement) -> str | None:
    for name in ("data-src", "data-lazy-src", "data-original", "src"):
        source = (element.get(name) or "").strip()
        if source and not source.startswith("data:"):
            return source
    candidates = (element.get("srcset") or element.get("data-srcset") or "").strip()
    return candidates.split()[0].rstrip(",") if candidates else None


def _is_tiny(element: HtmlElement) -> bool:
    sizes = (element.get("width") or "", element.get("height") or "")
    return any(size.strip().removesuffix("px") in ("0", "1", "2") for size in sizes) or bool(
        _TINY.search((element.get("style") or "")[:500])
    )


def _kind_of_file(url: str) -> str | None:
    path = url.split("?", 1)[0].split("#", 1)[0]
    for kind, pattern in (("video", _VIDEO), ("audio", _AUDIO), ("image", _IMAGE)):
        if pattern.search(path[-12:]):
            return kind
    return None
