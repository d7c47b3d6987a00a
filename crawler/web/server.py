"""Runs the web application on a socket of this machine."""

from __future__ import annotations

import socket
from collections.abc import Collection

import uvicorn

from crawler.errors import InputError
from crawler.web.guard import Guard

WAITING = 2048  # connections that wait to be taken


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises InputError where that cannot be."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, number)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(WAITING)
    except OSError as error:
        raise InputError(f"{host} port {port}: {error.strerror}: choose another with --host and --port") from error
    return made


def server(app: Guard) -> uvicorn.Server:
    """Return what serves *app*; its ``run`` takes the listening sockets and returns when told to stop."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return uvicorn.Server(config)


def address_of(bound: socket.socket) -> str:
    """Return where a browser finds what listens on *bound*."""
    host, port = bound.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def names_of(host: str, public_url: str | None, names: Collection[str]) -> tuple[str, ...]:
    """Return the host names that the server may be asked for by."""
    public = public_url.partition("://")[2].partition("/")[0].partition(":")[0] if public_url else ""
    return tuple(name for name in (host, public, *names) if name)
