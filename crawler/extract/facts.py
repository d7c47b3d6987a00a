"""Reads who wrote the article, under which title and terms, and for which site."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from crawler.elements import selector
from crawler.extract.body import Body, opening, shown
from crawler.extract.head import Head
from crawler.jsonld import Node, names_of, text_of
from crawler.text import letters
from crawler.urls import host, web_address

MAX_TITLE = 500
MAX_BYLINE = 200
MAX_LICENSE = 500
MAX_AUTHORS = 20
MAX_TAGS = 50

_TITLE_SPLIT = re.compile(r"\s+[|–—·•»«›:/-]+\s+|\s*[|»]\s*")
_SPLIT_AUTHORS = re.compile(
    r"\s*(?:[;|•·]|,(?!\s*(?:jr|sr|md|phd|m\.d|ph\.d)\b)|\s+(?:and|und|et|y|e|och|og|en|та|и|i)\s+|\s&\s|\s/\s)\s*",
    re.I,
)
_BYLINE = re.compile(
    r"^(?:(?:written|words|posted|published|reported|report|story|text|analysis|opinion|article|submitted)\s+)?"
    r"(?:(?:by|von|par|por|di|door|av|af|autor(?:in)?s?|author|auteur|автор|від|текст)\b|"
    r"(?-i:By(?=[A-Z])))\s{0,2}[:：]?\s{0,3}(?=\S)",
    re.I,
)
_BYLINE_TAIL = re.compile(
    r"[\s,]*(?:\b(?:am|le|on|el|il|den|vom)\s+)?(?:\b(?:mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|"
    r"sonn)tag|mittwoch|sonnabend|lundi|mardi|mercredi|jeudi|"
    r"vendredi|samedi|dimanche),?\s+)?\b\d{1,2}\.?\s.*$|"
    r"\s*(?:[|•·]|\s[–—-]\s|\bon\s+(?=\w+\s+\d)|\b(?:published|updated|posted|last)\b|\b\d{1,2}[:./-]\d{1,2}|"
    r"\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)day\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)[a-z]{0,6}\.?\s+\d|\d{4}).*$",
    re.I,
)
_NO_NAME = re.compile(
    r"https?://|www\.|@|^\W*$|^(?:by|admin|administrator|editor|author|redaktion|staff|unknown|none|null|"
    r"anonymous|view\s+all.*|"
    r"(?:foto|photo|stand|bild|datum|date|posted\s+on|published)\b.*|autor|/.*|more\s.*|follow.*|read\s.*|share.*|"
    r"posts?|comments?|updated|published|editorial|webmaster|guest|contributor|undefined)$",
    re.I,
)
_BYLINE_BOXES = selector(
    "//*[@class or @rel or @itemprop or @id][@rel='author' or @itemprop='author' or contains(@class,'byline')"
    " or contains(@class,'Byline') or contains(@class,'author') or contains(@class,'Author')"
    " or contains(@class,'autor') or contains(@class,'auteur') or contains(@class,'writer')"
    " or contains(@id,'byline') or contains(@id,'author')]"
    "[not(self::body or self::html or self::script or self::meta or self::link or self::img or self::article)]"
)
_AUTHOR_METAS = (
    "author", "article:author", "parsely-author", "byl", "dc.creator", "dcterms.creator", "sailthru.author",
    "citation_author", "og:article:author", "article:author_name", "cxenseparse:author", "authors",
)  # fmt: skip
_NOT_BYLINE = re.compile(
    r"comment|related|sidebar|footer|recommend|teaser|avatar|image|photo|bio|twitter|newsletter|search|widget", re.I
)
_CC_URL = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)|publicdomain/(zero|mark))(?:/(\d\.\d))?", re.I
)
_CC_TEXT = re.compile(
    r"\b(?:cc|creative\s+commons)[\s-](?:attribution\b[\w\s-]{0,60}|by(?:-nc)?(?:-nd|-sa)?(?:\s\d\.\d)?|0\b|"
    r"zero\b)[\w\s.-]{0,30}",
    re.I,
)
_PERMISSION = re.compile(
    r"(?:grants?\s+(?:you\s+)?permission|permission\s+(?:is\s+(?:hereby\s+)?)?(?:granted|given)|"
    r"(?:may|can)\s+be\s+(?:freely\s+)?(?:republished|reproduced|reprinted|cross-?posted|shared|reposted|"
    r"redistributed)|"
    r"(?:free|welcome|allowed|permitted)\s+to\s+(?:republish|reproduce|repost|reprint|cross-?post|redistribute|"
    r"share)|"
    r"licen[sc]ed\s+under|under\s+(?:a|the)\s+(?:cc|creative\s+commons)|"
    r"republish\s+(?:this|our)\s+(?:article|articles|story|stories)(?=.{0,80}(?:free|creative|licen[sc]e|for))|"
    r"(?:weiterverbreitung|nachdruck|übernahme)\s.{0,60}(?:erlaubt|gestattet|erwünscht)|"
    r"reproduction\s+(?:autorisée|permise)|"
    r"(?:передрук|перепечатка)\s.{0,80}(?:дозвол|разреш|при\s+услов|за\s+умов))",
    re.I,
)
_LICENSE_WORDS = (
    "permission", "republish", "reprint", "reproduc", "cross-post", "crosspost", "repost", "redistribut",
    "licensed under",
    "licenced under", "creative commons", "cc by", "cc-by", "cc0", "weiterverbreitung", "nachdruck", "übernahme",
    "передрук", "перепечатка",
)  # fmt: skip
_NEGATED = re.compile(
    r"(?:may|can|must)\s?not|without\s+(?:the\s+)?(?:prior|written|express)|no\s+part\s+of|not\s+permitted|"
    r"prohibited",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"“'(]?[A-ZÀ-ÞА-Я])")
_RELS = selector("//a[contains(concat(' ',@rel,' '),' license ') and @href]")
_CC_LINKS = selector("//a[contains(@href,'creativecommons.org/')]")


def read_title(tree: HtmlElement, head: Head, node: Node, site_names: Iterable[str]) -> str | None:
    """Return the headline: the one <h1> that the head agrees with, else the head's, without the site's name."""
    names = {letters(name) for name in site_names} - {""}
    said = [
        text_of(node.get("headline")),
        head.first("og:title", "twitter:title", "dc.title", "headline", "title"),
        head.title,
    ]
    claimed = [without_site(title, names) for title in said if title]
    headings = [text for text in (shown(h1) for h1 in list(tree.iter("h1"))[:10]) if 3 <= len(text) <= MAX_TITLE]
    for heading in headings:
        if letters(heading) not in names and any(_same_title(heading, title) for title in claimed):
            return heading
    smaller = {letters(shown(one)) for one in list(tree.iter("h1", "h2", "h3"))[:40]} - names
    for title in claimed:
        first = _TITLE_SPLIT.split(title)[0]
        if first != title and len(first) >= 8 and letters(first) in smaller:
            return first[:MAX_TITLE]
    if claimed:
        return claimed[0][:MAX_TITLE]
    return headings[0] if headings else None


def without_site(title: str, names: set[str]) -> str:
    """Return *title* without a site's name at its end or beginning."""
    for _ in range(3):
        cuts = list(_TITLE_SPLIT.finditer(title))
        if not cuts:
            break
        first, last = cuts[0], cuts[-1]
        if letters(title[last.end() :]) in names and title[: last.start()].strip():
            title = title[: last.start()].strip()
        elif letters(title[: first.start()]) in names and title[first.end() :].strip():
            title = title[first.end() :].strip()
        else:
            break
    return title


def read_site_name(head: Head, node: Node, url: str) -> str | None:
    """Return what the site calls itself: og:site_name, the publisher, or the part of the title like its host."""
    if name := head.first("og:site_name", "application-name", "apple-mobile-web-app-title"):
        return name[:MAX_BYLINE]
    publisher = names_of(node.get("publisher"))
    if publisher:
        return publisher[0][:MAX_BYLINE]
    label = letters(host(url).rsplit(".", 1)[0].rsplit(".", 1)[-1])
    for part in reversed(_TITLE_SPLIT.split(head.title or "")[1:]):
        said = letters(part or "")
        if said and len(label) >= 3 and (said == letters(host(url)) or said in (label, "the" + label)):
            return part.strip()
        if len(label) >= 6 and label in said and len(said) <= 3 * len(label):
            return part.strip()
    return None


def site_names(site_name: str | None, url: str) -> tuple[str, ...]:
    """Return the names under which the page's own outlet may be written on it."""
    labels = host(url).split(".")
    return tuple(filter(None, (site_name, host(url), *(label for label in labels[:-1] if len(label) >= 3))))


def read_byline(tree: HtmlElement, body: Body) -> str | None:
    """Return the line that says who wrote the article, as it stands on the page ("By X"), a date after it cut off."""
    start = next((i for i, block in enumerate(body.blocks) if block.element.tag == "h1"), max(0, body.first - 12))
    for block in body.blocks[max(0, start - 3) : max(start + 15, body.first + 3)]:
        for line in block.text.split("\n")[:6]:
            if (
                4 <= len(line) <= MAX_BYLINE
                and (found := _BYLINE.match(line))
                and _looks_like_name(line[found.end() :])
            ):
                return _BYLINE_TAIL.sub("", line) or line
    for box in _BYLINE_BOXES(tree)[:40]:
        above = box.iterancestors()
        marks = " ".join(f"{one.get('class') or ''} {one.tag}" for one, _ in zip((box, *above), range(5), strict=False))
        if _NOT_BYLINE.search(marks):
            continue
        text = opening(box, MAX_BYLINE)
        if 3 <= len(text) <= 100 and _looks_like_name(_BYLINE.sub("", text)):
            return text
    return None


def read_authors(head: Head, node: Node, byline: str | None, own_names: Iterable[str]) -> tuple[str, ...]:
    """Return the authors named by JSON-LD, the meta elements or the byline, in that order of trust.

    The outlet's own name is an author only where nobody else is named.
    """
    own = {letters(name) for name in own_names}
    only_itself: tuple[str, ...] = ()
    for said in (
        names_of(node.get("author")),
        head.all(*_AUTHOR_METAS),
        (_BYLINE_TAIL.sub("", _BYLINE.sub("", byline)),) if byline else (),
    ):  # fmt: skip
        names = [_BYLINE.sub("", part).strip(" ,.;:–—-") for value in said for part in _SPLIT_AUTHORS.split(value)]
        kept = [name for name in dict.fromkeys(names) if 2 <= len(name) <= 100 and not _NO_NAME.search(name)]
        others = [name for name in kept if letters(name) not in own]
        if others:
            return tuple(others[:MAX_AUTHORS])
        only_itself = only_itself or tuple(kept[:1])
    return only_itself


def read_tags(head: Head, node: Node) -> tuple[str, ...]:
    """Return the article's keywords as the page gives them, each once."""
    values = list(head.all("article:tag", "news_keywords", "keywords", "parsely-tags", "sailthru.tags"))
    keywords = node.get("keywords")
    values = [k for k in (keywords if isinstance(keywords, list) else [keywords]) if isinstance(k, str)] + values
    tags = (" ".join(tag.split()) for value in values for tag in re.split(r"[,;]", value))
    return tuple(dict.fromkeys(tag for tag in tags if 1 < len(tag) <= 80))[:MAX_TAGS]


def read_summary(head: Head, node: Node) -> str | None:
    """Return the page's own description of the article."""
    text = head.first("og:description", "description", "twitter:description", "dc.description") or text_of(
        node.get("description")
    )
    return text[:1000] if text else None


def read_canonical(head: Head, node: Node, base: str) -> str | None:
    """Return the URL that the page claims to be its own, on whatever site that is; it is evidence, never our key."""
    for claimed in (head.links.get("canonical"), head.first("og:url")):
        if claimed and (url := web_address(claimed, base)):
            return url
    return None


def read_license(tree: HtmlElement, head: Head, node: Node, body: Body) -> str | None:
    """Return the terms for those who republish: a Creative Commons name, an address, or the page's sentence."""
    for element in (*_RELS(tree)[:5], *_CC_LINKS(tree)[:5]):
        if found := _CC_URL.search(element.get("href") or ""):
            return _cc_name(found)
        if text := shown(element):
            return text[:MAX_LICENSE]
    everything = "\n".join(block.text for block in body.blocks if 15 <= len(block.text) <= 5000).casefold()
    for claimed in (
        text_of(node.get("license")),
        head.links.get("license"),
        head.first("dcterms.license", "license", "dc.rights.license"),
    ):
        if claimed:
            found = _CC_URL.search(claimed)
            return _cc_name(found) if found else claimed[:MAX_LICENSE]
    if not any(word in everything for word in _LICENSE_WORDS):
        return None
    for block in reversed(body.blocks):
        if not 15 <= len(block.text) <= 5000:
            continue
        if _PERMISSION.search(block.text) or _CC_TEXT.search(block.text):
            for sentence in _SENTENCE.split(block.text.replace("\n", " ")):
                if (_PERMISSION.search(sentence) or _CC_TEXT.search(sentence)) and not _NEGATED.search(sentence):
                    return sentence.strip()[:MAX_LICENSE]
    return None


def _cc_name(found: re.Match[str]) -> str:
    name = (
        "CC0"
        if (found.group(2) or "").lower() == "zero"
        else f"CC {found.group(1).upper()}"
        if found.group(1)
        else "Public Domain Mark"
    )
    return f"{name} {found.group(3)}" if found.group(3) else name


def _looks_like_name(text: str) -> bool:
    """Say whether what follows "By" can be a person or an outlet: it begins like a name and is short."""
    text = text.strip()
    first = next((character for character in text if character.isalpha()), "")
    words = len(text.split())
    return bool(first) and (not first.islower() or "." in text.split()[0]) and words <= 20 and not _NO_NAME.search(text)


def _same_title(one: str, other: str) -> bool:
    left, right = letters(one), letters(other)
    if not left or not right:
        return False
    short, long = sorted((left, right), key=len)
    return short in long and len(short) * 2 >= len(long)
