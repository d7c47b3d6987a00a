"""Serves a wire's outlets on one loopback port: ``python -m tests.benchmarks.press.server JSON`` prints the port.

Every outlet is a host name; a GET of ``/feed`` gives its feed, newest first, and each piece has its page. ``/_told``
answers what was asked so far; ``/_publish/N`` puts out the first N pieces of each outlet. The process ends when its
stdin does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from tests.benchmarks.press.shells import shells
from tests.benchmarks.press.wire import Piece, Wire

SHOWN = 25  # entries of a feed


class Press:
    """Answers requests. One host (``any``) has the pieces of all, for clients that cannot be told where names lead."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._shells = shells()
        self._began = datetime.now(UTC)
        self._told = wire.standing
        self.asked: Counter[str] = Counter()
        self.port = 0

    def answer(self, host: str, path: str) -> tuple[int, str, bytes]:
        kind = "feed" if path.endswith("/feed") else "page" if "-report-of-outlet-" in path else path
        self.asked[kind] += 1
        if path == "/_told":
            return 200, "application/json", json.dumps({"cpu": time.process_time(), **self.asked}).encode()
        if path.startswith("/_publish/"):
            self._told = int(path.rpartition("/")[2])
            return 200, "text/plain", b"ok"
        if kind == "feed":
            outlet = int(host[1:].partition(".")[0]) if host.startswith("o") else int(path.split("/")[1])
            return 200, "application/rss+xml", self._feed(outlet, host)
        if kind == "page":
            number, _, outlet_ = path.rpartition("/")[2].partition("-report-of-outlet-")
            piece = Piece(int(outlet_), int(number))
            if piece.number < self._out(piece.outlet):
                return 200, "text/html; charset=utf-8", self.page(piece)
        return 404, "text/plain", b"nothing here"

    def _out(self, outlet: int) -> int:
        passed = (datetime.now(UTC) - self._began).total_seconds()
        return max(self._wire.out(outlet, passed), min(self._told, self._wire.most))

    def _at(self, piece: Piece) -> datetime:
        at = self._began + timedelta(seconds=self._wire.at(piece))
        return at if self._wire.every or piece.number < self._wire.standing else self._began

    def _url(self, piece: Piece, host: str) -> str:
        host = self._wire.host(piece.outlet) if host.startswith("o") else host
        return f"http://{host}:{self.port}{piece.path}"

    def _feed(self, outlet: int, host: str) -> bytes:
        out = self._out(outlet)
        items = "".join(
            f"<item><title>{escape(self._wire.headline(piece))}</title><link>{self._url(piece, host)}</link>"
            f"<guid>{piece.path}</guid><pubDate>{format_datetime(self._at(piece))}</pubDate></item>"
            for piece in (Piece(outlet, n) for n in range(out - 1, max(-1, out - 1 - SHOWN), -1))
        )
        head = f"<title>{self._wire.name(outlet)}</title><link>http://{host}/</link><description>News</description>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()

    def page(self, piece: Piece) -> bytes:
        """Return the page of *piece*, out or not."""
        credit = ""
        if (original := self._wire.original(piece)) is not None:
            theirs = self._wire.host(original.outlet)
            name = f'<a href="{self._url(original, theirs)}">{self._wire.name(original.outlet)}</a>'
            credit = f"<p>This article was originally published by {name}.</p>"
        shell = self._shells[piece.outlet % len(self._shells)]
        return shell.page(self._wire.headline(piece), self._wire.paragraphs(piece), at=self._at(piece), credit=credit)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                host = next(line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("host:"))
                status, kind, body = self.answer(host.partition(":")[0], head.split(" ", 2)[1])
                writer.write(
                    f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        writer.close()


class Running:
    """A press that serves, in a process of its own."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def told(self) -> dict[str, Any]:
        """Return how many feeds and pages were asked for, and the process's seconds of CPU."""
        found: dict[str, Any] = json.loads(self._get("/_told"))
        return found

    def publish(self, number: int) -> None:
        """Put out the first so many pieces of each outlet."""
        self._get(f"/_publish/{number}")

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            body: bytes = answer.read()
        return body


@contextmanager
def a_press(wire: Wire) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.benchmarks.press.server", json.dumps(asdict(wire))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Running(int(process.stdout.readline().rpartition(" ")[2]), process.pid)
        finally:
            process.kill()


async def main(wire: Wire) -> None:
    press = Press(wire)
    server = await asyncio.start_server(press.serve, "127.0.0.1", 0, backlog=512)
    press.port = server.sockets[0].getsockname()[1]
    print(f"serving on {press.port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Wire(**json.loads(sys.argv[1]))))
