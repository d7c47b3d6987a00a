"""A small server on loopback for the tests: it says what it is told to, and some things no server should."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came in; header names in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Reply:
    """What a path answers. ``act`` takes over the connection after the headers, ``raw`` all of it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    length: int | None = None  # said in Content-Length; None: the true one, -1: none
    act: Callable[[Any], None] | None = None
    raw: Callable[[Any], None] | None = None


class Hostile:
    """``with Hostile() as site``: set ``site.replies[path]``, read ``site.asked``."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: dict[str, Reply | Callable[[Asked], Reply]] = {}
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(
                    host=self.headers.get("Host", ""),
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                )
                outer.asked.append(asked)
                found = outer.replies.get(f"{asked.host.partition(':')[0]}{self.path}", outer.replies.get(self.path))
                reply = found(asked) if callable(found) else found or Reply(b"nothing here", 404)
                with contextlib.suppress(OSError):
                    outer._send(self, reply)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the tests' output clean."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up is what many of these tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str, host: str = "site.example") -> str:
        return f"http://{host}:{self.port}{path}"

    def times_asked(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        time.sleep(reply.wait)
        if reply.raw is not None:
            handler.close_connection = True
            reply.raw(handler.wfile)
            return
        handler.send_response(reply.status)
        headers = {"Content-Type": "text/html; charset=utf-8", **reply.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        if length >= 0:
            handler.send_header("Content-Length", str(length))
        else:
            handler.close_connection = True
        if reply.act is not None or length != len(reply.body):
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(reply.body)
        if reply.act is not None:
            reply.act(handler.wfile)


def endless(chunk: bytes = b"x" * 65_536, pause: float = 0.0, limit: int = 4_000) -> Callable[[Any], None]:
    """Return an act that writes *chunk* again and again, until the other side has had enough."""

    def write(out: Any) -> None:
        for _ in range(limit):
            out.write(chunk)
            out.flush()
            time.sleep(pause)

    return write


def endless_head(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200_000):
        out.write(b"X-Header-%d: %s\r\n" % (number, b"y" * 200))


def a_certificate_nobody_vouches_for(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    file = folder / "site.pem"
    file.write_bytes(key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def rss(*links: str, extra: str = "") -> bytes:
    """Return a feed with an entry for each of *links*."""
    entries = "".join(f"<item><title>{link[-20:]}</title><link>{link}</link></item>" for link in links)
    channel = f"<channel><title>Test</title>{extra}{entries}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'.encode()


def a_feed(*links: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(rss(*links), headers={"Content-Type": "application/rss+xml", **named})


def a_page(text: str = "A page of its own words.") -> Reply:
    return Reply(f"<html><head><title>Page</title></head><body><article><p>{text}</p></article></body></html>".encode())
