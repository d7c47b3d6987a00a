"""The serve command: web pages, the JSON API and what a monitor asks for; `run` serves them beside the crawl."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click
import structlog

from crawler.cli import Door
from crawler.errors import InputError

if TYPE_CHECKING:
    from crawler.flow import Engine
    from crawler.web.guard import Guard

_LAST_ANSWERS = 5.0  # seconds that a stopping daemon gives to what is being answered


@click.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of serve.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Likewise, instead of serve.port; 0 takes a free one.")
@click.pass_obj
def serve(door: Door, host: str | None, port: int | None) -> None:
    """Serve web pages, the API under /api/v1, /metrics, /healthz and /readyz.

    Everybody who can reach the address can read. To review and to retry alerts, COPYTRAIL_SERVE__TOKEN has to be in the
    environment, and whoever does so signs in with it. Stops on SIGTERM or Ctrl-C, finishing what it is asked.
    """
    serve_pages(door, door.reading, host=host, port=port)


def serve_pages(door: Door, engine: Engine, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until told to stop."""
    from crawler.fetch.logs import log_to_stderr
    from crawler.web.server import address_of, listening, server

    settings = door.settings
    log_to_stderr(settings.log.level, settings.log.format)
    bound = listening(host or settings.serve.host, settings.serve.port if port is None else port)
    running = server(_application(door, engine, host or settings.serve.host))
    click.echo(f"copytrail is at {address_of(bound)}", err=True)
    running.run([bound])


def _application(door: Door, engine: Engine, host: str) -> Guard:
    from crawler.build import room
    from crawler.web.app import application
    from crawler.web.machine import Machine
    from crawler.web.server import names_of
    from scheduler.lock import leader

    settings = door.settings
    return application(
        engine,
        door.readiness,
        token=settings.serve.token.get_secret_value() if settings.serve.token else None,
        private=settings.serve.private,
        names=names_of(host, settings.alerts.public_url, settings.serve.names),
        machine=Machine(space=room(settings, engine.store.url), leader=partial(leader, engine.store.url)),
    )


@contextmanager
def serving(door: Door) -> Iterator[None]:
    """Serve by the settings for the block, in a thread; where the place is taken, say so in the log and go on."""
    from crawler.web.server import address_of, listening, server

    log, settings = structlog.get_logger(), door.settings.serve
    try:
        bound = listening(settings.host, settings.port)
    except InputError as error:
        log.warning("not_served", problem=f"{error}; or: copytrail run --no-serve")
        yield
        return
    running = server(_application(door, door.engine, settings.host))
    thread = threading.Thread(target=running.run, args=([bound],), name="serve", daemon=True)
    thread.start()
    log.info("serving", address=address_of(bound))
    try:
        yield
    finally:
        running.should_exit = True
        thread.join(_LAST_ANSWERS)
