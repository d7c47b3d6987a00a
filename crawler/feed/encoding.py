"""Turns the bytes of a feed into text, whatever their labels say."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes
from w3lib.encoding import http_content_type_encoding, resolve_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9_.:\-]{1,40})")
_SEVEN_BITS = ("iso2022", "hz")  # look like ASCII, are not
_SAMPLE = 60_000


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str | None]:
    """Return the text of *body*, and what was wrong with its label or its bytes (None: nothing).

    Bytes that are valid UTF-8 are UTF-8: no other encoding looks like it by accident. A few broken
    bytes in a UTF-8 feed become U+FFFD; they do not turn the rest into mojibake.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _lossy(body[len(mark) :] if name == "utf-8" else body, name)
    for mark, name in _UNMARKED:
        if body.startswith(mark):
            return _lossy(body, name)
    declared = _declared(body)
    served = resolve_encoding(http_content_type_encoding(content_type) or "") if content_type else None
    if body.isascii():
        return _ascii(body, declared or served)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_quite_utf8(body, declared, served)
    label = declared or served or "utf-8"
    return text, None if label == "utf-8" else f"the feed calls itself {label} but is UTF-8: read as UTF-8"


def _declared(body: bytes) -> str | None:
    found = _DECLARED.search(body[:1024])
    return resolve_encoding(found[1].decode("ascii")) if found else None


def _ascii(body: bytes, label: str | None) -> tuple[str, str | None]:
    if label and label.replace("_", "").replace("-", "").startswith(_SEVEN_BITS):
        return _lossy(body, label)
    return body.decode("ascii"), None


def _not_quite_utf8(body: bytes, declared: str | None, served: str | None) -> tuple[str, str | None]:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    letters = sum(1 for char in text[:_SAMPLE] if char > "\x7f" and char != "\ufffd")
    unlabelled = {declared, served} <= {None, "utf-8"}
    # Other encodings leave next to no valid sequences: many of them and few errors is damaged UTF-8.
    if letters > 20 * text[:_SAMPLE].count("\ufffd") or (unlabelled and broken <= 1 and letters):
        return text, f"{broken} broken byte sequence(s) in a UTF-8 feed: each shown as U+FFFD"
    for label in (declared, served):
        if label and label != "utf-8":
            try:
                return body.decode(label), None
            except (UnicodeDecodeError, LookupError):
                continue
    for label in (declared, served):
        if label and label != "utf-8":
            return _lossy(body, label)
    return _guessed(body, text)


def _guessed(body: bytes, as_utf8: str) -> tuple[str, str | None]:
    foreign = b" ".join(re.findall(rb"[^\x00-\x7f][^<>]{0,400}", body[: 10 * _SAMPLE]))[:_SAMPLE]
    best = from_bytes(foreign, cp_exclusion=["utf_7"]).best() if foreign else None
    if best is None:
        return as_utf8, "no encoding fits the feed's bytes: read as UTF-8, the rest shown as U+FFFD"
    return body.decode(best.encoding, "replace"), f"the feed is not UTF-8 as it should be: read as {best.encoding}"


def _lossy(body: bytes, name: str) -> tuple[str, str | None]:
    try:
        return body.decode(name), None
    except UnicodeDecodeError:
        return body.decode(name, "replace"), f"broken bytes in a {name} feed: each shown as U+FFFD"
    except LookupError:
        return body.decode("utf-8", "replace"), f"the feed names an encoding nobody knows ({name}): read as UTF-8"
