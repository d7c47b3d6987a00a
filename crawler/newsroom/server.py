"""Serves the newsroom on loopback: every outlet on one port, told apart by the Host header."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import MappingProxyType, TracebackType
from typing import Self

from crawler.model import Source
from crawler.newsroom.feeds import feed
from crawler.newsroom.outlets import BY_HOST, OUTLETS, Outlet
from crawler.newsroom.pages import article_page, gone_page, list_page
from crawler.newsroom.pieces import Piece
from crawler.newsroom.press import Press

ROBOTS = "User-agent: *\nDisallow: /members/\nDisallow: /search\n"
HTML = "text/html; charset=utf-8"
_GZIP_FROM = 1024  # bytes; below that gzip gains nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as the server saw it. ``headers`` has lower-case names; ``path`` includes the query."""

    at: datetime
    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address has to say in one round, before any thought of caching."""

    status: int
    media_type: str
    body: bytes
    changed: datetime | None = None


class Newsroom:
    """A small press of invented outlets on one loopback port.

    ``now`` fixes every date: nothing is published after it. The newsroom opens in round 1; ``advance``
    brings the next one, in which feeds list more and more pages are there. Safe to use from any thread.
    """

    def __init__(self, now: datetime, host: str = "127.0.0.1", port: int = 0) -> None:
        if now.tzinfo is None:
            raise ValueError(f"the opening time needs its zone: {now!r}")
        self._address = host
        self._server = _Server((host, port), self)
        self._press = Press(now=now.astimezone(UTC), port=self.port)
        self._visits: list[Visit] = []
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def press(self) -> Press:
        """Return the newsroom as it stands: addresses, dates and texts of this round."""
        return self._press

    @property
    def round(self) -> int:
        return self._press.round

    @property
    def hosts(self) -> dict[str, str]:
        """Return the address of each outlet's name, for the setting ``fetch.hosts``."""
        return {outlet.host: self._address for outlet in OUTLETS}

    @property
    def log(self) -> tuple[Visit, ...]:
        """Return every request so far, oldest first."""
        with self._lock:
            return tuple(self._visits)

    def visits(self, host: str, path: str | None = None) -> tuple[Visit, ...]:
        """Return the requests to *host*, or to one path of it, oldest first."""
        return tuple(visit for visit in self.log if visit.host == host and path in (None, visit.path))

    def sources(self) -> tuple[Source, ...]:
        """Return the cast as sources to monitor, with feed addresses on this port. The agency has no feed."""
        return tuple(
            Source(
                id=outlet.id,
                name=outlet.name,
                domains=(outlet.host,),
                aliases=outlet.aliases,
                feeds=(self._press.feed(outlet),) if outlet.feed else (),
                language="en",
                kind=outlet.kind,
                policy=outlet.policy,
                notice=outlet.notice,
            )
            for outlet in OUTLETS
        )

    def url(self, key: str) -> str:
        """Return the address of an article by its key, such as "harbour-post/ferry-fire"."""
        return self._press.url(self._press.piece(key))

    def published(self, key: str) -> datetime:
        return self._press.published(self._press.piece(key))

    def text(self, key: str) -> str:
        """Return an article's own text, a line for each paragraph, without credits and furniture."""
        return self._press.body(self._press.piece(key))

    def advance(self) -> None:
        """Begin the next round."""
        with self._lock:
            self._press = replace(self._press, round=self._press.round + 1)

    def start(self) -> Self:
        if self._thread is None:
            self._thread = Thread(target=self._server.serve_forever, name="newsroom", args=(0.05,), daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port. A newsroom that was stopped stays closed."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def note(self, visit: Visit) -> None:
        with self._lock:
            self._visits.append(visit)


def answer(press: Press, host: str, path: str) -> Answer:
    """Return what *host* has at *path* in this round."""
    outlet = BY_HOST.get(host.removeprefix("www."))
    if outlet is None:
        names = "".join(f'<li><a href="{press.home(other)}">{escape(other.name)}</a></li>' for other in OUTLETS)
        return Answer(status=421, media_type=HTML, body=f"<h1>No such outlet</h1><ul>{names}</ul>".encode())
    if path == "/robots.txt":
        return Answer(status=200, media_type="text/plain; charset=utf-8", body=ROBOTS.encode())
    if outlet.feed and path == outlet.feed_path:
        media_type, body = feed(press, outlet)
        return Answer(status=200, media_type=media_type, body=body, changed=press.changed())
    for piece in press.out(outlet):
        if path == press.path(piece):
            page = article_page(press, piece).encode()
            return Answer(status=200, media_type=HTML, body=page, changed=press.published(piece))
        if (media := _media(press, piece, path)) is not None:
            return media
    return _other(press, outlet, path)


def _media(press: Press, piece: Piece, path: str) -> Answer | None:
    if piece.image and path == f"/media/{piece.slug}.svg":
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360"/></svg>'
        )
        return Answer(status=200, media_type="image/svg+xml", body=drawing.encode(), changed=press.published(piece))
    if press.video(piece) == press.home(piece.outlet, path):
        # An MP4 file that says what it is and holds no picture.
        empty = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom"
        return Answer(status=200, media_type="video/mp4", body=empty, changed=press.published(piece))
    return None


def _other(press: Press, outlet: Outlet, path: str) -> Answer:
    own = {"/": outlet.name} | {f"/{name.lower().replace(' ', '-')}/": name for name in outlet.nav}
    if path in own:
        return _list(press, list_page(press, outlet, own[path], press.out(outlet)))
    for odd in outlet.odd_entries:
        if odd.why == "list" and path == odd.path:
            everything = (piece for other in OUTLETS for piece in press.out(other))
            return _list(press, list_page(press, outlet, odd.title, everything))
    return Answer(status=404, media_type=HTML, body=gone_page(press, outlet).encode())


def _list(press: Press, page: str) -> Answer:
    return Answer(status=200, media_type=HTML, body=page.encode(), changed=press.changed())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a kept-alive connection must not hold up stop()
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._reply()

    def do_HEAD(self) -> None:
        self._reply()

    def _reply(self) -> None:
        assert isinstance(self.server, _Server)
        newsroom = self.server.newsroom
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        said = answer(newsroom.press, host, self.path)
        outlet = BY_HOST.get(host.removeprefix("www."))
        validators = _validators(said, outlet) if outlet else {}
        status = 304 if said.status == 200 and _unchanged(self.headers, said, validators) else said.status
        newsroom.note(
            Visit(
                at=datetime.now(UTC),
                method=self.command,
                host=host,
                path=self.path,
                headers=MappingProxyType({name.lower(): value for name, value in self.headers.items()}),
                status=status,
            )
        )
        self._send(status, said, validators)

    def _send(self, status: int, said: Answer, validators: Mapping[str, str]) -> None:
        body = said.body
        self.send_response(status)
        for name, value in validators.items():
            self.send_header(name, value)
        self.send_header("Vary", "Accept-Encoding")
        if status != 304:
            self.send_header("Content-Type", said.media_type)
            if len(body) >= _GZIP_FROM and "gzip" in (self.headers.get("Accept-Encoding") or ""):
                body = gzip.compress(body, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            try:
                self.wfile.write(body)
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: requests are in ``Newsroom.log``."""


def _validators(said: Answer, outlet: Outlet) -> dict[str, str]:
    if said.changed is None:
        return {}
    found = {}
    if "etag" in outlet.validators or "weak-etag" in outlet.validators:
        weak = "W/" if "weak-etag" in outlet.validators else ""
        found["ETag"] = f'{weak}"{hashlib.sha256(said.body).hexdigest()[:20]}"'
    if "date" in outlet.validators:
        found["Last-Modified"] = format_datetime(said.changed, usegmt=True)
    return found


def _unchanged(asked: Message, said: Answer, validators: Mapping[str, str]) -> bool:
    """Say whether the asker has this already: If-None-Match decides, else If-Modified-Since (RFC 9110, 13.2.2)."""
    tags = asked.get("If-None-Match")
    if tags is not None:
        own = validators.get("ETag", "").removeprefix("W/")
        return bool(own) and any(tag.strip().removeprefix("W/") in (own, "*") for tag in tags.split(","))
    since = asked.get("If-Modified-Since")
    if since is None or "Last-Modified" not in validators or said.changed is None:
        return False
    try:
        return said.changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
