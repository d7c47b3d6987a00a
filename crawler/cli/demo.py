"""The demo: the main job end to end on the bundled newsroom, held against what was planted there."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import yaml

from config import load
from config.settings import has_password
from crawler.build import build
from crawler.cli import Door, show
from crawler.cli.bar import Bar, over_crawl
from crawler.flow import Engine, Trail
from crawler.model import Edge, Lineage
from crawler.newsroom import ALERT_ORIGIN, ALERT_RULE, BEFORE, NOT_ALIKE, PLANTED, ROUNDS, Newsroom, Planted
from crawler.store import open_store
from crawler.urls import article_id


@click.command()
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Keep store and settings here."
)
@click.option("--reasons/--no-reasons", default=True, help="Show the evidence behind each edge.")
@click.pass_obj
def demo(door: Door, keep: Path | None, reasons: bool) -> None:
    """Run the main job end to end on the bundled newsroom and show what was found.

    Ten invented outlets are served on loopback; the real scheduler and spiders crawl them in two
    rounds. Exit code 0 only if what was found is what the newsroom planted. The store is a file of
    its own, or the one named by --store, which must be empty.
    """
    given = door.overrides.get("store")
    if given and open_store(given).status().articles:
        raise click.UsageError("the demo needs an empty store: name another with --store, or leave it out")
    folder = keep or Path(tempfile.mkdtemp(prefix="copytrail-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    store = given or f"sqlite:///{folder.resolve() / 'demo.db'}"
    if (folder / "demo.db").exists():
        raise click.UsageError(f"{folder} holds an earlier demo: name an empty folder")
    newsroom = Newsroom(datetime.now(UTC))
    with newsroom, _mailbox() as (address, arrived):
        write_settings(folder, newsroom, store, webhook=address)
        # Over the environment, too: what it says is meant for the real store.
        overrides = _settings(newsroom, store)
        engine = build(load(folder, overrides))
        wrong: list[str] = []
        for number in range(1, ROUNDS + 1):
            words = f"Round {number} of {ROUNDS}: polling {len(newsroom.sources())} outlets on loopback ..."
            click.echo(click.style(words, dim=True))
            if _crawl(folder, overrides, engine, f"round {number}"):
                wrong.append(f"the crawl of round {number} failed")
            if number == 1:
                wrong += differences(engine, newsroom, BEFORE)
                newsroom.advance()
        wrong += differences(engine, newsroom, PLANTED) + false_friends(engine, newsroom)
        wrong += alerts_wrong(engine, newsroom, len(arrived))
        _tell(engine, newsroom, reasons=reasons)
        _tell_alerts(engine, arrived)
    click.echo()
    if wrong:
        click.echo(click.style("Found is not what was planted:", fg="red", bold=True))
        for words in wrong:
            click.echo(f"  {show.safe(words, 500)}")
        click.echo(f"Store and settings are in {folder}.")
        click.echo(f"what was found is not what was planted: {len(wrong)} differences", err=True)
        sys.exit(1)
    click.echo(click.style(f"All {len(PLANTED)} articles are as planted.", fg="green", bold=True))
    click.echo("Look further:")
    seen = newsroom.url("open-shore/breakwater-warning")
    click.echo(f"  copytrail --config {folder} trace {seen}")
    click.echo(f"  copytrail --config {folder} search --uncredited")
    click.echo(f"  copytrail --config {folder} export lineage")
    click.echo("Then name your own outlets in config/sources.yaml and start: copytrail run")


def _settings(newsroom: Newsroom, store: str) -> dict[str, Any]:
    return {
        "store": store,
        "fetch": {
            "contact": "demo@harbour-post.example",
            "delay_seconds": 0,
            "hosts": newsroom.hosts,
            "allow": [f"127.0.0.1:{newsroom.port}"],
        },
        "log": {"level": "error"},
    }


def write_settings(folder: Path, newsroom: Newsroom, store: str, *, webhook: str) -> None:
    """Write the three settings files with which copytrail watches *newsroom* and nothing else."""
    sources = [
        {
            "id": s.id,
            "name": s.name,
            "domains": list(s.domains),
            "aliases": list(s.aliases),
            "feeds": list(s.feeds),
            "kind": s.kind,
            "language": s.language,
            **({"policy": {"needs": list(s.policy.needs)}} if s.policy else {}),
        }
        for s in newsroom.sources()
    ]
    alerts = {
        # Each alert by itself, without the pauses that people are told with.
        "targets": [{"name": "webhook", "url": webhook, "cooldown": "0m", "update": "0m"}],
        "rules": [{"name": ALERT_RULE, "origin": [ALERT_ORIGIN], "min_confidence": 0.5, "targets": ["webhook"]}],
    }
    main = _settings(newsroom, store)
    if has_password(store):
        del main["store"]  # no file of ours holds one
    for name, content in (("copytrail.yaml", main), ("sources.yaml", {"sources": sources}), ("alerts.yaml", alerts)):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _crawl(folder: Path, overrides: Mapping[str, Any], engine: Engine, label: str) -> int:
    from scheduler.daemon import run

    feeds = sum(len(s.feeds) for s in engine.registry.sources)
    with Bar(label, feeds) as bar:
        return run(folder, overrides, engine, once=True, watch=over_crawl(bar, engine, feeds))


# --- found against planted ------------------------------------------------------------------------


def differences(engine: Engine, newsroom: Newsroom, planted: tuple[Planted, ...]) -> list[str]:
    """Return a line for each article whose lineage is not what was planted."""
    return [f"{p.article}: {words}" for p in planted for words in _differences(engine, newsroom, p)]


def _differences(engine: Engine, newsroom: Newsroom, p: Planted) -> Iterator[str]:
    trail = engine.trail(article_id(newsroom.url(p.article)))
    if trail is None:
        yield "not in the store"
        return
    found = trail.lineage
    if found.role != p.role:
        yield f"is {found.role}, planted {p.role}"
    parents = [_name(edge, newsroom) for edge in found.parents]
    if sorted(parents) != sorted(p.parents):
        yield f"taken from {parents}, planted {list(p.parents)}"
    if p.origin is not None and (found.origin is None or _named(found, newsroom) != p.origin):
        yield f"origin {_named(found, newsroom)}, planted {p.origin}"
    if found.depth != p.depth:
        yield f"depth {found.depth}, planted {p.depth}"
    if found.kind is not None and found.kind not in p.kinds:
        yield f"kind {found.kind}, planted {' or '.join(p.kinds)}"
    credit = found.attribution
    if p.credited is not None and (credit is None or credit.credited != p.credited):
        yield f"credited {credit.credited if credit else None}, planted {p.credited}"
    if p.linked and (credit is None or credit.linked not in p.linked):
        yield f"linked {credit.linked if credit else None}, planted {' or '.join(p.linked)}"
    if p.verdict is not None and (credit is None or credit.verdict != p.verdict):
        yield f"verdict {credit.verdict if credit else None}, planted {p.verdict}"


def _name(edge: Edge, newsroom: Newsroom) -> str:
    return f"@{edge.parent.source.id}" if edge.parent.external else _keys(newsroom).get(edge.parent.id, edge.parent.id)


def _named(found: Lineage, newsroom: Newsroom) -> str | None:
    if found.origin is None:
        return None
    if found.origin.external:
        return f"@{found.origin.source.id}"
    return _keys(newsroom).get(found.origin.id, found.origin.id)


def _keys(newsroom: Newsroom) -> Mapping[str, str]:
    return {article_id(newsroom.url(p.article)): p.article for p in PLANTED}


def false_friends(engine: Engine, newsroom: Newsroom) -> list[str]:
    """Return a line for each pair that was found to be related and was planted apart."""
    wrong = []
    for pair in NOT_ALIKE:
        one, other = (article_id(newsroom.url(key)) for key in (pair.article, pair.other))
        for copy, parent in ((one, other), (other, one)):
            held = engine.store.lineage(copy)
            if held and any(e.parent.id == parent for e in held.parents):
                wrong.append(f"{pair.article} and {pair.other} are joined, planted apart: {pair.why}")
    return wrong


def alerts_wrong(engine: Engine, newsroom: Newsroom, arrived: int) -> list[str]:
    """Return a line for each alert that is missing, was not planted, or did not arrive."""
    planted = {article_id(newsroom.url(p.article)): p.article for p in PLANTED if p.alert}
    raised = engine.store.alerts(1000)
    copies = {alert.copy for alert in raised}
    wrong = [f"{name}: no alert" for id, name in planted.items() if id not in copies]
    wrong += [f"{alert.title}: an alert that was not planted" for alert in raised if alert.copy not in planted]
    if arrived != len(raised):
        wrong.append(f"{arrived} alerts arrived at the webhook of {len(raised)} raised")
    return wrong


# --- what the person sees -------------------------------------------------------------------------


def _tell(engine: Engine, newsroom: Newsroom, *, reasons: bool) -> None:
    for p in PLANTED:
        trail = engine.trail(article_id(newsroom.url(p.article)))
        if trail is not None and p.role == "derived":
            click.echo()
            for line in show.tree(trail) if reasons else _short(trail):
                click.echo(line)
    trails = [engine.trail(article_id(newsroom.url(p.article))) for p in PLANTED]
    alone = sum(trail is not None and trail.lineage.role == "unmatched" for trail in trails)
    click.echo(f"\n{alone} other articles stand alone, among them the rival report of the ferry fire.")


def _short(trail: Trail) -> Iterator[str]:
    return (line for line in show.tree(trail) if not line.startswith(" " * 8))


def _tell_alerts(engine: Engine, arrived: list[dict[str, Any]]) -> None:
    click.echo(click.style(f"\nAlerts ({len(arrived)} delivered to a webhook on loopback):", bold=True))
    for alert in engine.store.alerts(1000):
        click.echo(f"  {alert.state}: {show.safe(alert.title)}")


@contextmanager
def _mailbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a webhook on loopback; yield its Apprise address and the list that its messages go to."""
    arrived: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 2**20))
            arrived.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/alerts", arrived
    finally:
        server.shutdown()
        server.server_close()
