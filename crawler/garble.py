"""Measures how much of a text is garbled: bytes read in the wrong encoding, lost characters, controls."""

from __future__ import annotations

import re

LEAST = 3  # places: fewer are a slip of an editor
SHARE = 0.005  # of the characters
_LOST = "\ufffd"
# UTF-8 that was read as Latin-1 or Windows-1252: a lead byte and what follows it, as these show them: "Ã©", "â€™".
_SHOWN = "".join(
    chr(byte) + bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0)
)  # what a continuation byte looks like in either
_TAIL = f"[{re.escape(_SHOWN)}]"
_MISREAD = re.compile(f"[\u00c2-\u00df]{_TAIL}|[\u00e0-\u00ef]{_TAIL}{{2}}|[\u00f0-\u00f4]{_TAIL}{{3}}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def garbled(text: str) -> float:
    """Return the share of the characters of *text* that are garbled, 0 to 1; 0 where it is only a place or two."""
    misread = _MISREAD.findall(text)
    lost, controls = text.count(_LOST), len(_CONTROL.findall(text))
    if len(misread) + lost + controls < LEAST:
        return 0.0
    return (sum(map(len, misread)) + lost + controls) / len(text)


def is_garbled(text: str) -> bool:
    """Say whether so much of *text* is garbled that it is of little use."""
    return garbled(text) >= SHARE
