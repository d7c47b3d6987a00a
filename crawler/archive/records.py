"""WARC records as bytes, each a gzip member of its own, so that a file can be cut and read at any of them."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.model import iso

GZIP = zlib.MAX_WBITS + 16
NOTE_TYPE = "application/vnd.copytrail.note+json"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_LEVEL = 6  # of warcio's 9 the last tenth of the time buys the last hundredth of the size
# What has been undone when a body reaches us: its name in the archive says what the server sent.
_UNDONE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_ORIGINAL = "X-Archive-Orig-"
_NO_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answer of a server, its body unpacked, and what it was asked with."""

    url: str
    at: datetime
    status: int
    headers: Headers
    body: bytes
    asked_with: Headers = ()
    protocol: str = "HTTP/1.1"
    address: str | None = None  # of the server
    cut_short: bool = False  # the connection broke before all of it had come


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a body lies that has been kept already: what a revisit refers to."""

    record: str
    url: str
    at: datetime
    digest: str
    warc: str
    offset: int


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def info(name: str, at: datetime, fields: Mapping[str, str]) -> bytes:
    """Return the record that a file begins with: who wrote it."""
    block = "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode()
    return _record("warcinfo", None, at, {"WARC-Filename": name, "Content-Type": "application/warc-fields"}, b"", block)


def response(exchange: Exchange, id: str) -> bytes:
    """Return the answer, status line, headers and body, as the record called *id*."""
    more = {
        "WARC-Record-ID": id,
        "WARC-Payload-Digest": digest_of(exchange.body),
        **_from(exchange),
        **({"WARC-Truncated": "disconnect"} if exchange.cut_short else {}),
    }
    return _record("response", exchange.url, exchange.at, more, _head(exchange), exchange.body)


def revisit(exchange: Exchange, id: str, kept: Kept) -> bytes:
    """Return an answer whose body is the one that was *kept*: its headers alone, and where the body is."""
    unchanged = exchange.status == HTTPStatus.NOT_MODIFIED
    more = {
        "WARC-Record-ID": id,
        "WARC-Profile": NOT_MODIFIED if unchanged else WARCWriter.REVISIT_PROFILE_1_1,
        "WARC-Payload-Digest": kept.digest,
        "WARC-Refers-To": kept.record,
        "WARC-Refers-To-Target-URI": kept.url,
        "WARC-Refers-To-Date": iso(kept.at),
        "WARC-Refers-To-Filename": kept.warc,
        "WARC-Refers-To-File-Offset": str(kept.offset),
        **_from(exchange),
    }
    return _record("revisit", exchange.url, exchange.at, more, _head(exchange), b"")


def request(exchange: Exchange, id: str) -> bytes:
    """Return what the answer called *id* was asked with; a password or a cookie is left out."""
    parts = urlsplit(exchange.url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = [("Host", parts.netloc.rpartition("@")[2]), *exchange.asked_with]
    lines = [f"GET {path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers if n.lower() not in _NO_SECRET)]
    return _record("request", exchange.url, exchange.at, {"WARC-Concurrent-To": id}, _lines(lines), b"")


def resource(url: str, at: datetime, kind: str, body: bytes, id: str) -> bytes:
    """Return a body that was given, not fetched."""
    more = {"WARC-Record-ID": id, "WARC-Payload-Digest": digest_of(body), "Content-Type": kind}
    return _record("resource", url, at, more, b"", body)


def note(url: str, at: datetime, text: str) -> bytes:
    """Return what we noted of a URL, as JSON: what its feed said of it, say."""
    more = {"Content-Type": NOTE_TYPE}
    return _record("metadata", url, at, more, b"", text.encode("utf-8", "replace"))


def new_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def packed(record: bytes) -> bytes:
    """Return *record* as a gzip member. The same bytes always come to the same member."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, GZIP)
    return packer.compress(record) + packer.flush()


# --- how a record is laid out


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of an HTTP message as the bytes it has: warcio would percent-encode what is not ASCII."""

    def __init__(self, raw: bytes) -> None:
        super().__init__("", [("", "")])
        self.headers_buff = raw

    def compute_headers_buffer(self, header_filter: Any = None) -> None:
        """Leave the bytes as they are."""


def _record(type: str, url: str | None, at: datetime, more: Mapping[str, str], head: bytes, body: bytes) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    headers = {
        "WARC-Date": iso(at),
        "WARC-Block-Digest": digest_of(head + body),
        **{name: _one_line(value) for name, value in more.items()},
    }
    made = writer.create_warc_record(
        _one_line(url or ""),
        type,
        payload=io.BytesIO(body),
        length=len(body),
        warc_headers_dict=headers,
        http_headers=_Head(head) if head else _NO_HEAD,
        warc_content_type=headers.get("Content-Type", ""),
    )
    if not head:
        made.http_headers = None
    writer.write_record(made)
    return packed(out.getvalue())


_NO_HEAD = _Head(b"")


def _head(exchange: Exchange) -> bytes:
    try:
        said = f"{exchange.protocol} {exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        said = f"{exchange.protocol} {exchange.status} "
    length = [] if exchange.status == HTTPStatus.NOT_MODIFIED else [("Content-Length", str(len(exchange.body)))]
    named = [(_ORIGINAL + name if name.lower() in _UNDONE else name, value) for name, value in exchange.headers]
    return _lines([said, *(f"{name}: {value}" for name, value in [*named, *length])])


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{_one_line(line)}\r\n" for line in lines).encode("latin-1", "replace") + b"\r\n"


def _from(exchange: Exchange) -> dict[str, str]:
    return {"WARC-IP-Address": exchange.address} if exchange.address else {}


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").replace("\0", "")
