"""The serve command: web pages, the JSON API and what a monitor asks for."""

from __future__ import annotations

import click

from crawler.cli import Door


@click.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of serve.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Likewise, instead of serve.port; 0 takes a free one.")
@click.pass_obj
def serve(door: Door, host: str | None, port: int | None) -> None:
    """Serve web pages, the API under /api/v1, /metrics, /healthz and /readyz.

    Everybody who can reach the address can read. To review and to retry alerts, COPYTRAIL_SERVE__TOKEN has to be in the
    environment, and whoever does so signs in with it. Stops on SIGTERM or Ctrl-C, finishing what it is asked.
    """
    from crawler.fetch.logs import log_to_stderr
    from crawler.web.app import application
    from crawler.web.server import address_of, listening, names_of, server

    settings = door.settings
    log_to_stderr(settings.log.level, settings.log.format)
    bound = listening(host or settings.serve.host, settings.serve.port if port is None else port)
    app = application(
        door.reading,
        door.readiness,
        token=settings.serve.token.get_secret_value() if settings.serve.token else None,
        private=settings.serve.private,
        names=names_of(host or settings.serve.host, settings.alerts.public_url, settings.serve.names),
    )
    running = server(app)
    click.echo(f"copytrail is at {address_of(bound)}", err=True)
    running.run([bound])
