"""What holds for every request: who may ask by which name, what a page of ours may load, and what is measured."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.web.answers import problem
from crawler.web.metrics import Metrics

LARGEST_BODY = 9 * 2**20  # the longest text that is compared, in UTF-8
OPEN = frozenset({"/healthz", "/readyz"})  # told to everybody, also by a private server
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Stands before the application. Plain ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp, *, names: Collection[str], metrics: Metrics) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names) | {"localhost"}
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            refusal = self._refusal(scope)
            if refusal is None:
                await self._app(inner, receive, sent)
            else:
                await problem(Request(inner), *refusal)(inner, receive, sent)
        finally:
            self._metrics.answered(scope["method"], _route(inner), status, time.perf_counter() - begun)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return why a request is not let in: its status and what to do."""
        headers = Headers(scope=scope)
        if not self._is_ours(headers.get("host", "")):
            return 421, "asked for under a name that is not ours: add it to serve.names in copytrail.yaml"
        if scope["method"] not in SAFE and not _same_site(headers):
            return 403, "sent from another site: open the page here and send it again"
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > LARGEST_BODY:
            return 413, f"larger than {LARGEST_BODY // 2**20} MiB: send a shorter text"
        return None

    def _is_ours(self, host: str) -> bool:
        """Say whether *host* is a name of ours, or an address: no other site's name leads to an address."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        try:
            ipaddress.ip_address(name.strip("[]"))
            return True
        except ValueError:
            return name.lower().rstrip(".") in self._names


def _same_site(headers: Headers) -> bool:
    """Say whether a change was asked for by a page of ours, or by no page at all."""
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _route(scope: Scope) -> str:
    """Return the pattern of the address, so that no reader's words become a label."""
    route = scope.get("route")
    return getattr(route, "path", None) or "(none)"
