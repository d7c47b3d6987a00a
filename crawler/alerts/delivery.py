"""Alerts out of the outbox: written into messages, tried at each target until they arrive, given up after a day.

Which alerts go together in a message is kept before it is sent, under the key of the message. So whoever kills us,
nothing is lost, and what is sent twice is the same message with the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from crawler.alerts.composing import compose, message_key
from crawler.alerts.manners import Manners, plan, told_of
from crawler.errors import DeliveryError
from crawler.model import Alert, AlertState, Delivery
from crawler.ports import Notifier

_AT_ONCE = 2000
_REMEMBERED = 5000
_LONGEST_HELD = timedelta(days=3)
_DOWN_AFTER = 3  # failures of one target in a row: the rest of its messages waits for the next round
_LONGEST_ERROR = 300


class Outbox(Protocol):
    def writing(self) -> AbstractContextManager[None]: ...
    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]: ...
    def alert(self, key: str) -> Alert | None: ...
    def alerts(
        self, limit: int, *, state: AlertState | None = None, rule: str | None = None, since: datetime | None = None
    ) -> Sequence[Alert]: ...
    def save_alert(self, alert: Alert) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long delivery is tried: waits double from ``first`` to ``longest``."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(hours=24)
    tries: int = 40


AT_ONCE, USUAL = Manners(), Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A target: the way there (None: it has no address), how it wishes to be told, how long it is tried."""

    notifier: Notifier | None
    manners: Manners = AT_ONCE
    patience: Patience = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round of deliveries did: messages that arrived, tries that failed, alerts that were held back."""

    sent: int = 0
    failed: int = 0
    held: int = 0


def deliver(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    *,
    now: datetime,
    jitter: float,
    targets: Mapping[str, Sequence[str]] = {},
    public_url: str | None = None,
) -> Delivered:
    """Send what is due to each target in as few messages as its manners ask for, and keep what became of each.

    Each verdict is kept before the next message is tried, so that a crash repeats at most one, with the same key. An
    alert with nobody to go to stays in the list and counts as delivered. *jitter* (0 to 1) spreads the repeats.
    *targets*, by rule, are those of alerts that an earlier copytrail raised.
    """
    if not outbox.due_alerts(now, 1):
        return Delivered()
    with outbox.writing():
        due = [_addressed(alert, targets) for alert in outbox.due_alerts(now, _AT_ONCE)]
        for alert in due:
            if not alert.deliveries:
                outbox.save_alert(replace(alert, state="delivered", delivered_at=now, error=None))
        written, held = _write(outbox, due, channels, now)
    sent = failed = 0
    down: dict[str, int] = {}
    for key, target in _ready(written, now):
        if down.get(target, 0) >= _DOWN_AFTER:
            continue
        if _send(outbox, key, target, channels.get(target), now=now, jitter=jitter, public_url=public_url):
            sent, down[target] = sent + 1, 0
        else:
            failed, down[target] = failed + 1, down.get(target, 0) + 1
    return Delivered(sent=sent, failed=failed, held=held)


def _addressed(alert: Alert, targets: Mapping[str, Sequence[str]]) -> Alert:
    """Return *alert* with its deliveries; one that an earlier copytrail raised has none of its own."""
    if alert.deliveries or alert.news is not None:
        return alert
    tried = {"not_before": alert.not_before, "tries": alert.tries, "error": alert.error}
    return replace(alert, deliveries=tuple(Delivery(target=t, **tried) for t in targets.get(alert.rule, ())))  # type: ignore[arg-type]


# --- which alerts go together, kept before anything is sent


def _write(
    outbox: Outbox, due: Sequence[Alert], channels: Mapping[str, Channel], now: datetime
) -> tuple[list[Alert], int]:
    """Put the alerts that are due into messages, or hold them; return them, and how many deliveries are held."""
    waiting = _unwritten(due, now)
    known = {alert.key: alert for alert in due}
    lately: Sequence[Alert] | None = None
    held = 0
    for target, pairs in waiting.items():
        manners = channels[target].manners if target in channels else AT_ONCE
        if lately is None and (manners.cooldown or manners.update or manners.per_hour is not None):
            lately = outbox.alerts(_REMEMBERED, since=now - _LONGEST_HELD)
        made = plan(pairs, told_of(lately or (), target, now - manners.window), manners, now)
        for alert, until, why in made.held:
            known[alert.key] = _with(known[alert.key], target, not_before=until, waits_for=why)
        for parcel in made.parcels:
            for alert, way in _written(parcel.alerts, target, now):
                known[alert.key] = _put(known[alert.key], way)
        held += len(made.held)
    for key in dict.fromkeys(alert.key for pairs in waiting.values() for alert, _ in pairs):
        outbox.save_alert(summed(known[key]))
    return list(known.values()), held


def _written(alerts: Sequence[Alert], target: str, now: datetime) -> Iterator[tuple[Alert, Delivery]]:
    """Yield each of *alerts* with its delivery as part of one message; the first one names all of them."""
    key, members = message_key(target, alerts), tuple(alert.key for alert in alerts)
    for place, alert in enumerate(alerts):
        way = _way(alert, target)
        assert way is not None
        own = members if place == 0 else ()
        yield alert, replace(way, not_before=None, message=key, members=own, written_at=now)


def _unwritten(due: Sequence[Alert], now: datetime) -> dict[str, list[tuple[Alert, Delivery]]]:
    """Return the deliveries that belong to no message yet and whose time has come, by target."""
    waiting: dict[str, list[tuple[Alert, Delivery]]] = {}
    for alert in due:
        for delivery in alert.deliveries:
            if delivery.state == "pending" and delivery.message is None and _has_come(delivery, now):
                waiting.setdefault(delivery.target, []).append((alert, delivery))
    return waiting


def _has_come(delivery: Delivery, now: datetime) -> bool:
    return delivery.not_before is None or delivery.not_before <= now


# --- one message to one target


def _ready(due: Sequence[Alert], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the key of the first alert of each message that can go, with its target."""
    for alert in due:
        for delivery in alert.deliveries:
            if delivery.state == "pending" and delivery.members and _has_come(delivery, now):
                yield alert.key, delivery.target


def _send(
    outbox: Outbox,
    first: str,
    target: str,
    channel: Channel | None,
    *,
    now: datetime,
    jitter: float,
    public_url: str | None,
) -> bool:
    """Send the message that begins with the alert *first*, and keep whether it arrived."""
    leader = outbox.alert(first)
    way = _way(leader, target) if leader else None
    if way is None or way.message is None:
        return True
    alerts = [alert for key in way.members if (alert := outbox.alert(key)) is not None]
    manners, patience = (channel.manners, channel.patience) if channel else (AT_ONCE, USUAL)
    message = compose(way.message, alerts, digest=manners.digest is not None, held=way.waits_for, public_url=public_url)
    try:
        _notifier(channel).notify(message)
    except DeliveryError as error:
        reason = str(error)
        _keep(outbox, way, lambda one: after_failure(one, reason, now=now, jitter=jitter, patience=patience))
        return False
    _keep(outbox, way, lambda one: _arrived(one, now))
    return True


def _notifier(channel: Channel | None) -> Notifier:
    if channel is None:
        raise DeliveryError("no target of this name in alerts.yaml: name it again, or let it be given up")
    if channel.notifier is None:
        raise DeliveryError("no address: set the environment variable that alerts.yaml names for it")
    return channel.notifier


def _keep(outbox: Outbox, way: Delivery, change: Callable[[Delivery], Delivery]) -> None:
    """Change the delivery of every alert of a message, each as it is stored now."""
    with outbox.writing():
        for key in way.members:
            alert = outbox.alert(key)
            if alert is not None and (held := _way(alert, way.target)) is not None and held.message == way.message:
                outbox.save_alert(summed(_put(alert, change(held))))


def _arrived(delivery: Delivery, now: datetime) -> Delivery:
    return replace(delivery, state="delivered", tries=delivery.tries + 1, delivered_at=now, not_before=None, error=None)


def after_failure(delivery: Delivery, reason: str, *, now: datetime, jitter: float, patience: Patience) -> Delivery:
    """Return *delivery* as it waits for its next try, or given up."""
    tries = delivery.tries + 1
    error = reason[:_LONGEST_ERROR]
    if tries >= patience.tries or now - (delivery.written_at or now) >= patience.give_up:
        given_up = f"given up after {tries} tries: {error}"
        return replace(delivery, state="dead", tries=tries, not_before=None, error=given_up)
    wait = _wait(tries, delivery.message or "", jitter, patience)
    return replace(delivery, tries=tries, not_before=now + wait, error=error)


def _wait(tries: int, key: str, jitter: float, patience: Patience) -> timedelta:
    longest = min(patience.longest, patience.first * (1 << min(tries - 1, 20)))
    # Messages that failed together must not come back together: a share of the jitter is the message's own.
    spread = (jitter + sum(key.encode()) / 97) % 1
    return max(longest * (0.5 + spread / 2), patience.first)


# --- an alert and its deliveries


def again(alert: Alert) -> Alert:
    """Return *alert* with all that did not arrive to be tried anew, at once; a message older than a day only once."""
    deliveries = tuple(
        d if d.state == "delivered" else replace(d, state="pending", tries=0, not_before=None, error=None)
        for d in alert.deliveries
    )
    if not deliveries:
        return replace(alert, state="pending", tries=0, not_before=None, error=None)
    return summed(replace(alert, deliveries=deliveries))


def summed(alert: Alert) -> Alert:
    """Return *alert* with what its deliveries come to."""
    ways = alert.deliveries
    open_ways = [way for way in ways if way.state == "pending"]
    dead = any(way.state == "dead" for way in ways)
    moments = [way.not_before for way in open_ways]
    last = max((way.delivered_at for way in ways if way.delivered_at is not None), default=None)
    return replace(
        alert,
        state="pending" if open_ways else "dead" if dead else "delivered",
        tries=max((way.tries for way in ways), default=0),
        not_before=None if None in moments else min((at for at in moments if at is not None), default=None),
        delivered_at=None if open_ways or dead else last,
        error="; ".join(f"{way.target}: {way.error}" for way in ways if way.error) or None,
    )


def _way(alert: Alert, target: str) -> Delivery | None:
    return next((way for way in alert.deliveries if way.target == target), None)


def _put(alert: Alert, delivery: Delivery) -> Alert:
    ways = tuple(delivery if way.target == delivery.target else way for way in alert.deliveries)
    return replace(alert, deliveries=ways)


def _with(alert: Alert, target: str, **changes: object) -> Alert:
    way = _way(alert, target)
    assert way is not None
    return _put(alert, replace(way, **changes))  # type: ignore[arg-type]
