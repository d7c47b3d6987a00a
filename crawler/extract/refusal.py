"""Decides whether a page holds an article, and if not, what it is instead."""

from __future__ import annotations

import re

from crawler.extract.body import Body
from crawler.model import Link
from crawler.urls import is_home

LEAST_WORDS = 20
_LOOKED_AT = 20_000
LEAST_WORDS_IF_DECLARED = 10  # pages that say in their markup that they are an article: a photo, a video, a flash

_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_ERROR_TITLE = re.compile(
    r"^\W{0,3}(?:error\W{0,3})?(?:404|403|410|500|502|503|504)\b|"
    r"\b(?:page|article|content|seite|site|story)\s+(?:was\s+|could\s+)?(?:not\s+(?:be\s+)?found|cannot\s+be\s+found|does\s?n.t\s+exist|unavailable)|"
    r"^\W{0,3}(?:not\s+found|access\s+(?:to\s+this\s+page\s+has\s+been\s+)?denied|forbidden|service\s+unavailable|bad\s+gateway|"
    r"internal\s+server\s+error|too\s+many\s+requests|unsupported\s+browser|seite\s+nicht\s+gefunden|page\s+introuvable|"
    r"página\s+no\s+encontrada|página\s+não\s+encontrada|pagina\s+non\s+trovata|страница\s+не\s+найдена|сторінку\s+не\s+знайдено)\b",
    re.I,
)
_ROBOT_TITLE = re.compile(
    r"^\W{0,3}(?:just\s+a\s+moment|attention\s+required|are\s+you\s+(?:a\s+)?(?:human|robot)|robot\s+check|security\s+check|"
    r"checking\s+your\s+browser|please\s+wait|verify(?:ing)?\s+you\s+are\s+(?:a\s+)?human|pardon\s+our\s+interruption|ddos.guard|captcha)",
    re.I,
)
_ROBOT_TEXT = re.compile(
    r"verify(?:ing)?\s+(?:that\s+)?you\s+are\s+(?:a\s+|not\s+a\s+)?(?:human|robot)|checking\s+(?:if\s+the\s+site\s+connection|your\s+browser)|"
    r"unusual\s+(?:traffic|activity)\s+from\s+your|complete\s+the\s+(?:captcha|security\s+check)|prove\s+(?:that\s+)?you.{1,5}human",
    re.I,
)
_BROWSER = re.compile(
    r"browser\s+(?:is\s+)?(?:not|no\s+longer|un)\s{0,1}supported|(?:unsupported|outdated|incompatible)\s+(?:web\s+)?browser|"
    r"(?:upgrade|update)\s+your\s+browser|(?:enable|turn\s+on|activate)\s+java\s?script|java\s?script\s+(?:is\s+)?(?:disabled|required|aktivieren)",
    re.I,
)
_CONSENT = re.compile(
    r"before\s+you\s+continue\s+to|we\s+(?:value|respect)\s+your\s+privacy|we\s+(?:and\s+our\s+(?:\d+\s+)?partners\s+)?(?:use|store)\s+"
    r"(?:and/or\s+access\s+)?(?:cookies|information\s+on\s+a\s+device)|accept\s+all\s+cookies|diese\s+(?:web)?seite\s+verwendet\s+cookies|"
    r"nous\s+utilisons\s+des\s+cookies|manage\s+(?:your\s+)?(?:cookie|privacy|consent)\s+(?:settings|preferences)",
    re.I,
)
_EMPTIED = ("an error page", "no article text found", "too short for an article")
_LOGIN = re.compile(
    r"(?:log|sign)\s+in\s+to\s+(?:continue|read|access|your)|please\s+(?:log|sign)\s+in|(?:subscribe|register)\s+(?:now\s+)?to\s+(?:continue|keep)\s+"
    r"reading|(?:this|the)\s+(?:article|content)\s+is\s+(?:only\s+)?(?:available\s+)?(?:for|to|reserved\s+for)\s+(?:subscribers|members)|"
    r"already\s+a\s+(?:subscriber|member)\?",
    re.I,
)


def refusal(
    body: Body, *, url: str, title: str | None, status: int, declared: bool, links: tuple[Link, ...]
) -> str | None:
    """Return why the page is not to be taken for an article, None if it is one.

    *declared*: the page's markup calls it an article. When in doubt the page is one: a list that
    slips through matches little, an article refused is lost.
    """
    if status >= 400:
        return f"the server answered {status}"
    words = count_words(body.text)
    heading = title or ""
    page_text = body.text if words else "\n".join(block.text for block in body.blocks)[:5000]
    if words < 250 and _ROBOT_TITLE.search(heading):
        return "a robot check instead of the article"
    if words < 400 and _running(body.text) < 80 and _ERROR_TITLE.search(heading[:200]) and not declared:
        return f"an error page: {heading[:80]!r}"
    if words < 120:
        wall = _wall(page_text, declared)
        if wall:
            return wall
    if not words:
        return "no article text found"
    if words < (LEAST_WORDS_IF_DECLARED if declared else LEAST_WORDS):
        return f"too short for an article: {words} words"
    if not declared and _is_list(body, links, front=is_home(url)):
        return "a list of pages, not an article: many links, little running text"
    return None


def is_emptied(problem: str) -> bool:
    """Say whether a page is refused because nothing is left in it, rather than kept from us by a wall or a check."""
    return problem.startswith(_EMPTIED)


def wall_before(text: str, was: int) -> str | None:
    """Return what wall stands in *text* in place of an article that had *was* words; None where none does.

    A page may show the first paragraphs before its wall: it counts as one where less than half of the words are left
    and it asks for a login, a consent, or a proof that we are human.
    """
    if 2 * count_words(text) >= was:
        return None
    for pattern, words in (
        (_ROBOT_TEXT, "a robot check instead of the article"),
        (_LOGIN, "a login or subscription wall instead of the article"),
        (_CONSENT, "a consent page instead of the article"),
    ):
        if pattern.search(text[:_LOOKED_AT]):
            return f"{words}: the text that was there before is kept"
    return None


def count_words(text: str) -> int:
    """Return the number of words; two characters count as one where words are written without spaces."""
    unspaced = len(_UNSPACED.findall(text))
    return (len(_WORD.findall(text)) if not unspaced else len(_WORD.findall(_UNSPACED.sub(" ", text)))) + unspaced // 2


def _wall(text: str, declared: bool) -> str | None:
    head = text[:3000]
    share = max(1, count_words(head))
    if _ROBOT_TEXT.search(head):
        return "a robot check instead of the article"
    if _BROWSER.search(head) and (share < 60 or not declared):
        return "a note that the browser is not supported, instead of the article"
    if _CONSENT.search(head) and not declared:
        return "a consent page instead of the article"
    if _LOGIN.search(head) and share < 60:
        return "a login or subscription wall instead of the article"
    return None


def _is_list(body: Body, links: tuple[Link, ...], *, front: bool) -> bool:
    """Say whether the text is mostly labels of links, or teasers one after the other under a front page."""
    words = count_words(body.text)
    labels = {"".join(link.text.split()) for link in links}
    labelled = sum(count_words(line) for line in body.text.split("\n") if "".join(line.split()) in labels)
    linked = sum(count_words(label) for label in {link.text for link in links})
    if len(links) >= 12 and (labelled > 0.5 * words or (linked > 0.6 * words and not _running(body.text))):
        return True
    heads, before = _linked_headings(body)
    if before >= 100 or heads < (5 if front else 8) or (not front and body.teasers + heads < 12):
        return False
    return _running(body.text) < (150 if front else 80) * heads


def _running(text: str) -> int:
    """Return the number of words in the lines that are whole paragraphs."""
    return sum(count for line in text.split("\n") if (count := count_words(line)) >= 25)


def _linked_headings(body: Body) -> tuple[int, int]:
    """Return how many headings in the content announce another page, and the words of text before the first."""
    inside = set(body.root.iter("h2", "h3", "h4")) if body.root is not None else set()
    heads = before = 0
    for block, mine in zip(body.blocks, body.own, strict=True):
        if block.element in inside and block.element.find(".//a[@href]") is not None:
            heads += 1
        elif mine and not heads:
            before += count_words(block.text)
    return heads, before
