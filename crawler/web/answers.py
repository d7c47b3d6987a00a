"""What is sent back: pages, JSON documents and problems, each with its ETag and safe whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crawler.web.page import render

PROBLEM = "application/problem+json"


def document(request: Request, value: Any, *, status: int = 200) -> Response:
    """Return *value* as JSON; 304 where the reader has it already."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return _tagged(request, body, "application/json", status)


def page(request: Request, template: str, *, code: int = 200, **values: Any) -> Response:
    """Return the page that *template* makes of *values*; 304 where the reader has it already."""
    body = render(template, here=request.url.path, **values).encode("utf-8", "replace")
    return _tagged(request, body, "text/html; charset=utf-8", code)


def feed(request: Request, body: bytes) -> Response:
    """Return an Atom feed; 304 where the reader has it already."""
    return _tagged(request, body, "application/atom+xml", 200)


def _tagged(request: Request, body: bytes, kind: str, status: int) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if status == 200 and request.method in ("GET", "HEAD") and _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, status_code=status, media_type=kind, headers=headers)


def _has(tags: str, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in tags.split(",")]
    return tag in known or "*" in known


def problem(
    request: Request, status: int, detail: str, *, errors: Any = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return what is wrong: as problem+json below /api, as a page elsewhere. *detail* says what to do."""
    title = HTTPStatus(status).phrase
    if request.url.path.startswith("/api/"):
        value = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if errors is not None:
            value["errors"] = errors
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return Response(body, status_code=status, media_type=PROBLEM, headers=headers)
    shown = page(request, "problem.html", code=status, title=title, detail=detail, errors=errors or ())
    shown.headers.update(headers or {})
    return shown
