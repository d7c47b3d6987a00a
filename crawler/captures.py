"""Writes fetched pages into a WARC file: the evidence of what was there, and when."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.model import Capture, Page, iso

# What Scrapy has undone already: the body is kept as it is once unpacked.
_UNDONE = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def write_captures(path: Path, pages: Sequence[Page]) -> list[Capture]:
    """Write *pages* into a new WARC file at *path*; return where each lies. The file is whole, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    made = []
    with new.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for page in pages:
            offset = file.tell()
            writer.write_record(_record(writer, page))
            digest = f"sha256:{hashlib.sha256(page.body).hexdigest()}"
            made.append(Capture(digest=digest, warc=str(path), offset=offset))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return made


def _record(writer: WARCWriter, page: Page) -> object:
    headers = [(name, value) for name, value in page.headers.items() if name not in _UNDONE]
    try:
        said = f"{page.status} {HTTPStatus(page.status).phrase}"
    except ValueError:
        said = str(page.status)
    return writer.create_warc_record(
        page.final_url,
        "response",
        payload=BytesIO(page.body),
        http_headers=StatusAndHeaders(said, [*headers, ("content-length", str(len(page.body)))], protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": iso(page.fetched_at.replace(microsecond=0))},
    )
