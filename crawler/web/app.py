"""The whole web application: pages, API, measures, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crawler.errors import InputError, StoreError, StoreUnavailable
from crawler.flow import Engine
from crawler.readiness import Readiness
from crawler.web.answers import problem
from crawler.web.api import api
from crawler.web.counted import LONGER, Counted
from crawler.web.desk import Desk
from crawler.web.guard import OPEN, Guard
from crawler.web.keys import Keys
from crawler.web.machine import Machine
from crawler.web.metrics import KIND, Asked, Metrics
from crawler.web.pages import pages

AT_ONCE = 8  # requests worked on at a time: each has a connection to the store, and Python has one lock
STATIC = {
    "copytrail.css": "text/css; charset=utf-8",
    "comparison.css": "text/css; charset=utf-8",
    "copytrail.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def application(
    engine: Engine,
    readiness: Callable[[], Readiness],
    *,
    token: str | None = None,
    private: bool = False,
    names: Collection[str] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    machine: Machine | None = None,
) -> Guard:
    """Return the application over *engine*. *names* are the host names that it may be asked for by.

    Changes need *token*; without one there are none. *private*: reading needs it, too. *machine*: what is told of the
    machine and of the daemon.
    """
    counted = Counted(engine.store, readiness, clock, engine.registry.sources, engine.alerting.watcher)
    machine = machine or Machine()
    metrics = Metrics(
        Asked(
            status=counted.status,
            readiness=partial(counted.ready, LONGER),
            health=partial(counted.health, LONGER),
            clock=clock,
            free=machine.free,
            leader=machine.leader,
        )
    )
    desk = Desk(
        engine=engine,
        counted=counted,
        metrics=metrics,
        keys=Keys(token),
        readiness=readiness,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
        yield
        counted.close()

    app = FastAPI(
        title="copytrail",
        version=version("copytrail"),
        summary="Shows where a news article really came from.",
        description="The shapes are those of the commands' `--json`. Unknown values are null.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    if private:
        _closed_to_strangers(app, desk)
    _problems(app)
    app.include_router(api(desk))
    app.include_router(pages(desk))
    _measures(app, desk, machine)
    _files(app)
    return Guard(app, names=names, metrics=metrics)


def _closed_to_strangers(app: FastAPI, desk: Desk) -> None:
    @app.middleware("http")
    async def known(request: Request, go_on: Callable[[Request], Any]) -> Response:
        path = request.url.path
        free = path in OPEN or path == "/sign-in" or path.startswith("/static/")
        if free or desk.reader(request).trusted:
            answer: Response = await go_on(request)
            return answer
        if path.startswith("/api/") or path == "/metrics":
            return problem(request, 401, "send the token: Authorization: Bearer ...", headers=_CHALLENGE)
        return Response(status_code=303, headers={"Location": "/sign-in"})


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _problems(app: FastAPI) -> None:
    """Say what is wrong in the reader's terms; a failure of ours names no place in our code."""

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> Response:
        errors = [{"at": ".".join(map(str, e["loc"])), "problem": str(e["msg"])} for e in error.errors()[:20]]
        detail = "; ".join(f"{e['at'].partition('.')[2] or e['at']}: {e['problem']}" for e in errors)
        return problem(request, 422, detail, errors=errors)

    @app.exception_handler(InputError)
    async def unreadable(request: Request, error: InputError) -> Response:
        return problem(request, 422, str(error))

    @app.exception_handler(StoreUnavailable)
    async def away(request: Request, error: StoreUnavailable) -> Response:
        return problem(request, 503, str(error), headers={"Retry-After": "30"})

    @app.exception_handler(StoreError)
    async def broken(request: Request, error: StoreError) -> Response:
        return problem(request, 503, str(error))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        known = {404: "nothing here by that address", 405: "not done by that method"}
        detail = (
            known.get(error.status_code, "") if error.detail in ("Not Found", "Method Not Allowed") else error.detail
        )
        return problem(request, error.status_code, detail or str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return problem(request, 500, "copytrail failed on it: the server's log says why; please report it")


def _measures(app: FastAPI, desk: Desk, machine: Machine) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:  # in the loop itself: requests that wait for the store do not hold it up
        stuck = machine.hanging()
        return PlainTextResponse(f"{stuck or 'ok'}\n", status_code=500 if stuck else 200)

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        found = desk.readiness()
        lines = [found.line(), *machine.lines(), *_late(desk)]
        return PlainTextResponse("".join(f"{line}\n" for line in lines), status_code=200 if found.ready else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(desk.metrics.text(), media_type=KIND)


def _late(desk: Desk) -> list[str]:
    """Return how late the most overdue feed is, as a line; none where that is not known."""
    now = desk.clock()
    due = [
        (now - state.next_at, state.url)
        for one in desk.counted.health().values()
        for state in one.states.values()
        if state is not None and state.next_at is not None
    ]
    if not due:
        return []
    late, url = max(due)
    return [f"lag: {max(late.total_seconds(), 0):.0f} s, {url}"]


def _files(app: FastAPI) -> None:
    """Serve the style and the script; an address with their hash in it may be kept for ever."""
    held = {name: (files("crawler.web") / "static" / name).read_bytes() for name in STATIC}

    @app.get("/static/{name}", include_in_schema=False)
    async def static(request: Request, name: str) -> Response:
        if name not in held:
            raise HTTPException(404)
        tag = f'"{sha256(held[name]).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "public, max-age=31536000, immutable"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(held[name], media_type=STATIC[name], headers=headers)
