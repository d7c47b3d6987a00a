"""Turns the bytes of a page into a DOM that is safe to walk, or says why there is none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from charset_normalizer import from_bytes
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import http_content_type_encoding, resolve_encoding

from crawler.elements import selector
from crawler.errors import NotAnArticle
from crawler.model import Page
from crawler.plain import printable

MAX_BYTES = 10_000_000
MAX_DEPTH = 512
MAX_ELEMENTS = 200_000
MAX_NAME = 5_000  # characters of a class or id
MAX_TAGS = 1_000_000  # "<" in the bytes: what the parser itself is made to work on

_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or a sound"),
    (b"PK\x03\x04", "a ZIP archive or an office file"),
    (b"\x1f\x8b\x08", "compressed (gzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
    (b"ID3", "a sound"),
    (b"\x00\x00\x00\x18ftyp", "a video"),
    (b"\x00\x00\x00 ftyp", "a video"),
    (b"\xd0\xcf\x11\xe0", "an office file"),
    (b"{\\rtf", "an RTF file"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.+-]{2,40})", re.I)
_XML_CHARSET = re.compile(rb"^\s{0,99}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9_:.+-]{2,40})", re.I)
_LOOK = 2**16
_NOT_CONTROL = bytes(sorted({*range(32, 256), *b"\t\n\r\f\x1b"}))
_TAG = re.compile(r"<(?:!doctype|/?[a-z][a-z0-9]{0,15})\b", re.I)
_FEED = re.compile(
    r"^(?:<\?xml[^>]{0,300}>\s{0,99})?(?:<!--.{0,2000}?-->\s{0,99})?<(?:rss|feed|rdf:rdf|urlset|sitemapindex)\b",
    re.I | re.S,
)
_LATIN = frozenset({"latin-1", "iso8859-1", "cp1252", "ascii"})  # what servers say when nobody told them
# One class for all: lxml.html calls Python for each element that is met, to give forms one of their own.
_ALL_ALIKE = etree.ElementDefaultClassLookup(element=HtmlElement)
_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")", smart_strings=False)
_MANY = etree.XPath(f"count(//*) > {MAX_ELEMENTS}")
_HUGE_NAMES = selector(f"//*[string-length(@class) > {MAX_NAME} or string-length(@id) > {MAX_NAME}]")


def parse(page: Page) -> HtmlElement:
    """Return the DOM of *page*, its encoding decided.

    Raises NotAnArticle when the bytes are empty, no HTML, or of a size or depth that no article has.
    """
    if not page.body.strip(b"\0 \t\r\n"):
        raise _refused("the page is empty", page)
    if len(page.body) > MAX_BYTES:
        raise _refused(f"the page is too big: {len(page.body):,} bytes, at most {MAX_BYTES:,} are read", page)
    for signature, what in _SIGNATURES:
        if page.body.startswith(signature):
            raise _refused(f"not HTML: the page is {what}", page)
    if is_binary(page.body):
        raise _refused("not HTML but binary: a picture, an archive?", page)
    markup = decode(page.body, page.headers)
    start = markup[:5000].lstrip()
    if start[:1] in ("{", "[") and not _TAG.match(start):
        raise _refused("not HTML: the page is JSON or a script", page)
    if _FEED.match(start):
        raise _refused("not HTML: the page is a feed or a sitemap", page)
    if not _TAG.search(markup[:200_000]):
        raise _refused("not HTML: the page has no markup", page)
    if markup.count("<") > MAX_TAGS:
        raise _refused(f"the page is too big: more than {MAX_TAGS:,} tags", page)
    return _tree(markup, page)


def is_binary(body: bytes) -> bool:
    """Say whether *body* is no text in any encoding, by the share of control characters at its beginning."""
    start = body[:_LOOK]
    wide = start.count(b"\0") > len(start) / 5  # UTF-16 and UTF-32
    return not wide and len(start.translate(None, _NOT_CONTROL)) > max(len(start) / 20, 20)


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """Return the text of *body*: by its BOM, by being UTF-8, by its labels, by its looks; never raises.

    Bytes that are UTF-8 are read as UTF-8 whatever their label says: hardly any other text is UTF-8 by chance.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace")
    labels = _labels(body, headers)
    if b"\x1b" in body and any(label.startswith("iso2022") for label in labels):
        return body.decode(next(label for label in labels if label.startswith("iso2022")), "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lenient = body.decode("utf-8", "replace")
    high = sum(1 for character in lenient if character > "\x7f")
    bad = lenient.count("\ufffd")
    if bad * 20 <= high or ("utf-8" in labels and bad * 4 <= high):  # a cut or foreign byte in what is UTF-8 otherwise
        return lenient
    for label in labels:
        if label == "utf-8" or (label in _LATIN and _many_high_letters(body)):
            continue
        try:
            return body.decode(label)
        except UnicodeDecodeError:
            text = body.decode(label, "replace")
            if text.count("\ufffd") * 200 <= len(body):
                return text
    guess = from_bytes(_sample(body)).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")


def _labels(body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the encodings the page claims, as Python calls them, the most credible first."""
    said = [http_content_type_encoding(headers.get("content-type", ""))]
    head = body[:8192]
    for pattern in (_XML_CHARSET, _META_CHARSET):
        found = pattern.search(head)
        said.append(found.group(1).decode("ascii") if found else None)
    known: list[str] = []
    for label in said:
        name = _codec(label) if label else None
        if name and name not in known:
            known.append(name)
    # A server's default "iso-8859-1" is no knowledge about the page; what the page says itself is.
    return tuple(sorted(known, key=lambda name: name in _LATIN))


def _codec(label: str) -> str | None:
    """Return the text encoding of that name, None for unknown ones and for codecs that are no text ("zlib")."""
    try:
        name = resolve_encoding(label)
        if name is None or not codecs.lookup(name)._is_text_encoding:
            return None
        b"a".decode(name)
        return "iso2022_jp" if name.startswith("iso2022_jp") else name
    except (LookupError, UnicodeError, ValueError):
        return None


def _wide(body: bytes) -> str | None:
    """Return utf-16-le/be where every other byte is NUL, as in unlabelled UTF-16."""
    head = body[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if (even + odd) * 3 < len(head) or min(even, odd) * 20 > len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _many_high_letters(body: bytes) -> bool:
    """Say whether bytes above 0x7F are so frequent, or so grouped, that the text is hardly Western European."""
    return bool(re.search(rb"[\xc0-\xff]{6}", _sample(body)))


def _sample(body: bytes) -> bytes:
    """Return up to 20,000 bytes around the first ones that are not ASCII."""
    first = re.search(rb"[\x80-\xff]", body)
    start = max(0, first.start() - 2000) if first else 0
    return body[start : start + 20_000]


def _tree(markup: str, page: Page) -> HtmlElement:
    # Through UTF-8 bytes: lxml refuses strings with an <?xml encoding?> line.
    body = printable(markup).encode("utf-8", "replace")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
    parser.set_element_class_lookup(_ALL_ALIKE)
    try:
        tree = document_fromstring(body, parser=parser, ensure_head_body=False)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise _refused("not HTML: nothing in the page can be parsed", page) from error
    if _MANY(tree):
        raise _refused(f"the page is too big: more than {MAX_ELEMENTS:,} elements", page)
    if _DEEP(tree):
        raise _refused(f"the page is too deep: elements nested more than {MAX_DEPTH} times", page)
    for element in _HUGE_NAMES(tree):  # every matcher of class names would crawl through them
        element.attrib.pop("class", None)
        element.attrib.pop("id", None)
    return tree


def _refused(reason: str, page: Page) -> NotAnArticle:
    return NotAnArticle(reason, url=page.final_url, source=page.source_id)
