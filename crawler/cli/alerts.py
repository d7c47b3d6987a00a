"""The alerts command: what fired, what would have fired, what did not arrive."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import click

from crawler import present
from crawler.alerts.rules import Rule
from crawler.cli import Door, show
from crawler.cli.filters import instant
from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import Alert, AlertState, iso
from crawler.ports import Query

WEEK = timedelta(days=7)
_SHOWN = 100
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_since = click.option("--since", metavar="DATE", help="Raised on or after, ISO 8601, or so long ago: 24h, 7d, 4w.")


@click.group()
def alerts() -> None:
    """What fired, what would have fired, and what was not delivered."""


@alerts.command("list")
@click.option("--state", type=click.Choice(get_args(AlertState)), help="dead: given up; withdrawn: nobody was told.")
@click.option("--rule", metavar="RULE", help="Of this rule.")
@_since
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@_json
@click.pass_obj
def list_alerts(
    door: Door, state: AlertState | None, rule: str | None, since: str | None, limit: int, as_json: bool
) -> None:
    """Show alerts, newest first, with what became of them."""
    found = door.reading.store.alerts(limit, state=state, rule=rule, since=instant(since, "--since"))
    if as_json:
        show.document({"alerts": [present.alert(a) for a in found]})
    else:
        rows = [
            (iso(a.created_at)[:16], a.state, show.safe(a.rule, 30), show.safe(a.title, 100), show.safe(_why(a), 80))
            for a in found
        ]
        for line in show.table(rows, ("fired", "state", "rule", "alert", "why")) if rows else ():
            click.echo(line)
    if not found:
        click.echo("no alerts", err=True)
        sys.exit(1)


def _why(alert: Alert) -> str:
    """Return why an alert has not arrived, or waits."""
    waits = [f"{d.target}: {d.waits_for}" for d in alert.deliveries if d.state == "pending" and d.waits_for]
    return "; ".join([*([alert.error] if alert.error else []), *waits])


@alerts.command("show")
@click.argument("key")
@_json
@click.pass_obj
def show_alert(door: Door, key: str, as_json: bool) -> None:
    """Show the alert of that key whole: what it says, and each of its deliveries."""
    alert = door.reading.store.alert(key)
    if alert is None:
        click.echo(f"{show.safe(key, 100)}: no alert of this key: `copytrail alerts list --json` has them", err=True)
        sys.exit(1)
    if as_json:
        show.document({"alert": present.alert(alert)})
        return
    for line in (alert.title, "", *alert.body.splitlines(), "", f"Raised: {iso(alert.created_at)}, {alert.state}"):
        click.echo(show.safe(line, 2000))
    for one in alert.deliveries:
        at = f" at {iso(one.delivered_at)}" if one.delivered_at else ""
        later = f", not before {iso(one.not_before)}" if one.not_before else ""
        why = "; ".join(said for said in (one.waits_for, one.error) if said)
        click.echo(show.safe(f"{one.target}: {one.state}{at}{later}{f' ({why})' if why else ''}", 500))


@alerts.command("test")
@click.argument("rule")
@_since
@click.option(
    "--limit", default=10_000, show_default=True, type=click.IntRange(1, 100_000), help="Newest copies to look at."
)
@_json
@click.pass_obj
def test_alerts(door: Door, rule: str, since: str | None, limit: int, as_json: bool) -> None:
    """Show how often RULE would have fired on what is stored, and in how many messages. Nothing is sent or kept.

    Judged by today's lineages. A rule on the health of sources is tried on how their feeds are now.
    """
    from crawler.alerts.manners import rehearse
    from crawler.alerts.rules import rehearsed

    engine, start, now = door.reading, instant(since, "--since"), datetime.now(UTC)
    chosen = _rule(engine, rule)
    copies = engine.store.search(Query(role="derived", limit=limit))
    if start is not None:
        copies = [pair for pair in copies if pair[0].first_seen_at >= start]
    store, alerting = engine.store, engine.alerting
    fired = rehearsed(chosen, copies, lambda a, held: alerting.known(store, a, held), alerting.within)
    fired = [*alerting.ill(chosen, store, engine.registry, now), *fired]
    channels = alerting.channels or {}
    messages = {name: len(rehearse(fired, name, channels[name].manners)) for name in chosen.targets if name in channels}
    if as_json:
        show.document(
            {
                "rule": rule,
                "since": iso(start) if start else None,
                "copies": len(copies),
                "last_week": _lately(fired, now),
                "messages": messages,
                "fired": [_fired(engine, alert) for alert in fired],
            }
        )
    else:
        _tell(rule, fired, now, len(copies), messages)
    if not fired:
        click.echo("no stored copy is what this rule asks for", err=True)
        sys.exit(1)


def _rule(engine: Engine, name: str) -> Rule:
    """Return the rule of that name. Raises InputError where there is none."""
    for rule in engine.rules:
        if rule.name == name:
            return rule
    names = ", ".join(repr(rule.name) for rule in engine.rules) or "none"
    raise InputError(f"no rule {name!r} in alerts.yaml; there are: {names}")


def _fired(engine: Engine, alert: Alert) -> present.Json:
    """Return an alert that would have been raised, with its copy and the edge it is about."""
    shown = present.alert(alert)
    news, copy = shown["news"], alert.news.copy if alert.news else None
    lineage = engine.store.lineage(copy.id) if copy else None
    edge = next((e for e in lineage.parents if e.parent.id == alert.parent), None) if lineage else None
    return {
        "at": shown["created_at"],
        "title": alert.title,
        "copy": {name: news["copy"][name] for name in ("id", "url", "title")} if copy else None,
        "parent": present.parent(edge) if edge else None,
        "news": news,
    }


def _lately(fired: Sequence[Alert], now: datetime) -> int:
    return sum(alert.created_at > now - WEEK for alert in fired)


def _tell(rule: str, fired: Sequence[Alert], now: datetime, copies: int, messages: dict[str, int]) -> None:
    many = f"{_times(len(fired))} on {copies} stored copies, {_times(_lately(fired, now))} last week"
    click.echo(f"{show.safe(rule, 200)}: would have fired {many}")
    for target, number in messages.items():
        click.echo(f"  {target} would have got {number} message{'' if number == 1 else 's'}")
    for alert in fired[:_SHOWN]:
        click.echo(f"  {iso(alert.created_at)[:16]}  {show.safe(alert.title, 160)}")
    if len(fired) > _SHOWN:
        click.echo(f"  and {len(fired) - _SHOWN} more: --json has them all")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


@alerts.command("feed")
@click.argument("rule")
@click.pass_obj
def feed_alerts(door: Door, rule: str) -> None:
    """Print the Atom feed of RULE: its newest alerts. With alerts.feed_folder set, the daemon keeps it as a file."""
    from crawler.alerts.atom import NEWEST, feed

    engine = door.reading
    found = engine.store.alerts(NEWEST, rule=_rule(engine, rule).name)
    click.echo(feed(rule, found, public_url=engine.alerting.public_url).decode(), nl=False)


@alerts.command("retry")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--dead", is_flag=True, help="Those given up on, too.")
@click.pass_obj
def retry_alerts(door: Door, keys: tuple[str, ...], dead: bool) -> None:
    """Try undelivered alerts now: all of them, or those of these KEYs, given up or not."""
    from crawler.alerts.delivery import again

    engine = door.engine
    with engine.store.writing():
        for alert in _undelivered(engine, keys, dead):
            engine.store.save_alert(again(alert))
    done = engine.deliver(datetime.now(UTC))
    click.echo(f"{done.sent} delivered, {done.failed} failed" + (f", {done.held} held back" if done.held else ""))
    if done.failed:
        click.echo("what failed is tried again later; why it did: copytrail alerts list --json", err=True)
        sys.exit(1)


def _undelivered(engine: Engine, keys: Sequence[str], dead: bool) -> Sequence[Alert]:
    store = engine.store
    if not keys:
        states: tuple[AlertState, ...] = ("pending", "dead") if dead else ("pending",)
        return [alert for state in states for alert in store.alerts(100_000, state=state)]
    found = [alert for key in keys if (alert := store.alert(key)) is not None]
    if unknown := sorted(set(keys) - {alert.key for alert in found}):
        raise InputError(f"{unknown[0]}: no alert of this key: `copytrail alerts list --json` has them")
    return [alert for alert in found if alert.state in ("pending", "dead")]
