"""Reads what a page says of its article in JSON-LD."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from crawler.text import letters

MAX_SCRIPTS = 30
MAX_CHARACTERS = 1_000_000
MAX_NODES = 5_000

_ARTICLES = (
    "article",
    "blogposting",
    "report",
    "socialmediaposting",
    "discussionforumposting",
    "review",
    "claimreview",
)
_ELSEWHERE = frozenset(
    {
        "itemlistelement",
        "mentions",
        "relatedlink",
        "haspart",
        "citation",
        "isbasedon",
        "comment",
        "review",
        "recommendations",
    }
)
_COMMENTS = re.compile(r"^\s{0,99}(?://\s{0,9})?(?:<!--|<!\[CDATA\[)|(?://\s{0,9})?(?:-->|\]\]>)\s{0,99};?\s{0,99}$")
_LAST_COMMA = re.compile(r",(\s{0,99}[}\]])")
_BROKEN = re.compile(
    r'"(datePublished|dateModified|dateCreated|headline|license|inLanguage)"\s{0,9}:\s{0,9}"((?:[^"\\]|\\.){1,500})"'
)

Node = Mapping[str, Any]


def article_node(tree: HtmlElement, title: str | None = None) -> Node:
    """Return the JSON-LD object of the page's own article, its keys in lower case; empty if there is none.

    Among several, the one that carries *title* wins, then the one that says most. A page node
    ("WebPage") stands in where there is no article.
    """
    best: Node = {}
    score = 0
    wanted = letters(title or "")
    for node in nodes(tree):
        kinds = _kinds(node)
        article = any(kind.endswith(_ARTICLES) for kind in kinds)
        if not article and not any(kind in ("webpage", "videoobject", "broken") for kind in kinds):
            continue
        headline = letters(text_of(node.get("headline") or node.get("name")) or "")
        same = bool(wanted and headline and (wanted in headline or headline in wanted))
        value = 100 * article + 50 * same
        value += sum(key in node for key in ("datepublished", "author", "headline", "articlebody", "publisher"))
        if value > score:
            best, score = node, value
    return best


def is_article(node: Node) -> bool:
    """Say whether *node* is an article rather than a page that holds something."""
    return any(kind.endswith(_ARTICLES) for kind in _kinds(node))


def nodes(tree: HtmlElement) -> Iterator[Node]:
    """Yield every JSON-LD object about the page itself (not of lists, comments or other works), outer ones first."""
    left = MAX_NODES
    scripts = (one for one in tree.iter("script") if "ld+json" in (one.get("type") or "").lower())
    for script in islice(scripts, MAX_SCRIPTS):
        text = script.text or ""
        if not text.strip() or len(text) > MAX_CHARACTERS:
            continue
        waiting: deque[Any] = deque((_parsed(text),))
        while waiting and left:
            left -= 1
            value = waiting.popleft()
            if isinstance(value, list):
                waiting.extendleft(reversed(value[:200]))
            elif isinstance(value, dict):
                node = {str(key).lower().removeprefix("schema:"): inner for key, inner in value.items()}
                yield node
                waiting.extend(
                    inner for key, inner in node.items() if key not in _ELSEWHERE and isinstance(inner, (dict, list))
                )


def names_of(value: Any) -> tuple[str, ...]:
    """Return the names in a JSON-LD person, organisation, string or list of them."""
    found: list[str] = []
    for one in value[:50] if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            low = {str(key).lower(): inner for key, inner in one.items()}
            name = low.get("name") or " ".join(
                filter(None, (text_of(low.get("givenname")), text_of(low.get("familyname"))))
            )
            found += names_of(name) if isinstance(name, list) else [text_of(name) or ""]
        elif isinstance(one, str):
            found.append(text_of(one) or "")
    return tuple(dict.fromkeys(name for name in found if name))


def text_of(value: Any) -> str | None:
    """Return the one line of text that *value* holds, entities resolved; None for anything else."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("@id") or value.get("url")
    if not isinstance(value, str):
        return None
    return " ".join(html.unescape(html.unescape(value)).split()) or None


def _parsed(text: str) -> Any:
    text = _COMMENTS.sub("", text.strip()).strip().rstrip(";")
    for attempt in (text, _LAST_COMMA.sub(r"\1", text), html.unescape(text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    found = {key: _unescaped(value) for key, value in reversed(_BROKEN.findall(text))}
    return {"@type": "broken", **found} if found else None


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _kinds(node: Node) -> list[str]:
    kinds = node.get("@type")
    values = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rsplit("/", 1)[-1].removeprefix("schema:").lower() for kind in values if isinstance(kind, str)]
