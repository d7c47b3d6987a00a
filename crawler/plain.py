"""Takes out of foreign text what nobody should see."""

from __future__ import annotations

import re
import unicodedata

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Return *text* without control characters and lone surrogates (tab and line ends stay)."""
    return _UNPRINTABLE.sub("", text)


def visible(text: str) -> str:
    """Return *text* on one line, without control, bidi and zero-width characters, surrogates and private use."""
    return " ".join("".join(_seen(char) for char in text).split())


def shortened(text: str, most: int) -> str:
    """Return *text* in at most *most* characters, with a mark where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" or category[0] == "Z":
        return " "  # not nothing: what they kept apart must not join to something that means more
    return "" if category[0] == "C" else char
