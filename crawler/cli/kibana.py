"""``store kibana``: what analysts see in Kibana, printed or put in."""

from __future__ import annotations

import os
from pathlib import Path

import click

from crawler.cli import Door, show

_SECRET = "COPYTRAIL_SECRET_KIBANA_"


@click.command("kibana")
@click.option("--import", "url", metavar="URL", help="Put them into the Kibana there: https://kibana.example:5601.")
@click.option("--space", metavar="ID", help="The Kibana space to put them in. Default: the default space.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write them to a file.")
@click.pass_obj
def kibana(door: Door, url: str | None, space: str | None, out: Path | None) -> None:
    """Print the data views, searches and the dashboard for Kibana 8.19 and 9, or put them in.

    They show the indices of the configured store. What was put in before is replaced. Kibana's key or user is taken
    from the environment: COPYTRAIL_SECRET_KIBANA_API_KEY, or COPYTRAIL_SECRET_KIBANA_USER and
    COPYTRAIL_SECRET_KIBANA_PASSWORD.
    """
    from crawler.kibana import Access, ndjson, put_in

    if space and not url:
        raise click.UsageError("--space goes with --import")
    objects = ndjson(_prefix(door.settings.store))
    if out is not None:
        out.write_text(objects, encoding="utf-8")
    if url is not None:
        access = Access(
            api_key=os.environ.get(f"{_SECRET}API_KEY"),
            user=os.environ.get(f"{_SECRET}USER"),
            password=os.environ.get(f"{_SECRET}PASSWORD"),
        )
        taken = put_in(url, objects, space=space, access=access)
        click.echo(f'{taken} objects put into {show.safe(url)}; open the dashboard "copytrail: who republishes what"')
    elif out is None:
        click.echo(objects, nl=False)


def _prefix(store: str) -> str:
    """Return what the names of the store's indices begin with; the default where it is no Elasticsearch."""
    from crawler.kibana import DEFAULT_PREFIX
    from crawler.store.elastic.address import read_address

    return read_address(store).prefix if store.startswith(("http://", "https://")) else DEFAULT_PREFIX
