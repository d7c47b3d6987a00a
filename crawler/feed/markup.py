"""Turns what a feed wrote with markup into the plain text a reader would see."""

from __future__ import annotations

import html
import re

from crawler.plain import printable

_LONGEST = 10_000
_UNSEEN = re.compile(r"<(script|style)\b[^<>]{0,500}>[^<]{0,5000}</\1\s*>", re.IGNORECASE)
_BREAK = re.compile(
    r"</?(?:br|p|div|li|ul|ol|dl|dt|dd|tr|td|pre|section|article|header|footer|h[1-6]|blockquote)(?![\w\-])[^<>]*>",
    re.IGNORECASE,
)
# Only what HTML knows: "List<String>" in a headline is no markup.
_TAG = re.compile(
    r"</?(?:a|abbr|acronym|audio|b|big|blink|button|center|cite|code|del|dfn|em|embed|figure|figcaption|font|form|h[1-6]|hr"
    r"|i|iframe|img|input|ins|kbd|label|link|mark|meta|nobr|noscript|object|q|s|samp|script|small|source|span|strike"
    r"|strong|style|sub|sup|svg|table|tbody|th|thead|time|tt|u|var|video|wbr)(?![\w\-])[^<>]*>|<!--[^<>]*-->",
    re.IGNORECASE,
)


def plain(text: str, *, markup: bool = True) -> str | None:
    """Return *text* on one line: tags out, entities resolved (unless *markup* is False); None when empty."""
    said = text[:_LONGEST]
    if markup:
        said = _TAG.sub("", _BREAK.sub(" ", _UNSEEN.sub("", said)))
        said = html.unescape(said)
    return " ".join(printable(said).split()) or None


def kept(text: object) -> str | None:
    """Return *text* as it was written, without what cannot be stored; None when nothing is left."""
    return printable(text).strip() or None if isinstance(text, str) else None
