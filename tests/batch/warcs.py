"""WARC files as a crawler of news writes them."""

from __future__ import annotations

import io

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.builders import some_text


def a_warc(*urls: str) -> bytes:
    """Return a packed WARC file with an article at each of *urls*."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    for number, url in enumerate(urls):
        paragraphs = "".join(f"<p>{some_text(80, seed=number * 10 + n)}</p>" for n in range(3))
        page = f"<html><head><title>A story {number}</title></head><body><article>{paragraphs}</article></body></html>"
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(page.encode()),
            http_headers=head,
            warc_headers_dict={"WARC-Date": "2026-03-01T12:00:00Z"},
        )
        writer.write_record(record)
    return file.getvalue()
