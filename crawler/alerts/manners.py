"""When an alert goes to a target, and with which others: as few messages as tell everything, none at night.

Nothing is dropped. What does not go now is held until a moment that is known, and then goes together with what was held
for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from crawler.model import Alert, Delivery, Wait

HOUR = timedelta(hours=1)
GATHERED = ("quiet hours", "ceiling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a target wishes to be told. Without any of it each alert is a message of its own, at once.

    ``digest_at`` and ``quiet`` are times of the day in ``zone``; ``quiet`` may go over midnight. ``cooldown`` is per
    pair (who took from whom), ``update`` per cluster (what was taken), ``per_hour`` the most messages in any hour.
    """

    digest: Literal["hourly", "daily"] | None = None
    digest_at: time = time(8)
    zone: str = "UTC"
    quiet: tuple[time, time] | None = None
    cooldown: timedelta = timedelta()
    update: timedelta = timedelta()
    per_hour: int | None = None

    @property
    def window(self) -> timedelta:
        """How far back it matters what was told."""
        return max(self.cooldown, self.update, HOUR)


class Told(NamedTuple):
    """A message that was written, with the clusters and pairs that it told of."""

    at: datetime
    clusters: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@dataclass(slots=True)
class Parcel:
    """Alerts that go together in a message, oldest first."""

    alerts: list[Alert]
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def put(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self.pairs |= pairs_of(alert)


class Held(NamedTuple):
    """An alert that waits, until when and what for."""

    alert: Alert
    until: datetime
    waits_for: Wait


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent now, and what waits."""

    parcels: tuple[Parcel, ...]
    held: tuple[Held, ...]


def plan(waiting: Sequence[tuple[Alert, Delivery]], told: Iterable[Told], manners: Manners, now: datetime) -> Plan:
    """Decide about the alerts *waiting* for one target, each with its delivery there; *told* is what it got lately.

    A digest comes when it is due, whatever the hour. Otherwise, what was held through quiet hours or under the ceiling
    comes in one summary; corrections come by themselves, without cooldown; the rest in one message for each cluster.
    """
    queue = sorted(waiting, key=lambda pair: (pair[0].created_at, pair[0].key))
    if manners.digest is not None:
        return _digest(queue, manners, now)
    if manners.quiet is not None and (end := quiet_until(manners, now)) is not None:
        return Plan((), tuple(Held(alert, end, "quiet hours") for alert, _ in queue))
    late = [alert for alert, delivery in queue if delivery.waits_for in GATHERED]
    fresh = [alert for alert, delivery in queue if delivery.waits_for not in GATHERED]
    lately = list(told)
    parcels, held = _by_cluster(fresh, lately, manners, now)
    if late:
        parcels.insert(0, Parcel(late))
    return _below_ceiling(parcels, held, lately, manners, now)


def _digest(queue: Sequence[tuple[Alert, Delivery]], manners: Manners, now: datetime) -> Plan:
    due, held = [], []
    for alert, _ in queue:
        at = next_digest(manners, alert.created_at)
        if at <= now:
            due.append(alert)
        else:
            held.append(Held(alert, at, "digest"))
    return Plan((Parcel(due),) if due else (), tuple(held))


def _by_cluster(
    queue: Sequence[Alert], told: Sequence[Told], manners: Manners, now: datetime
) -> tuple[list[Parcel], list[Held]]:
    """Put together what is of one cluster, or of one pair, unless the target was told of that a short while ago."""
    parcels: list[Parcel] = []
    by_cluster: dict[str, Parcel] = {}
    held = []
    for alert in queue:
        if alert.corrects is not None:
            parcels.append(Parcel([alert]))
            continue
        cluster, pairs = cluster_of(alert), pairs_of(alert)
        if manners.update and (at := _last(told, manners.update, now, clusters={cluster})) is not None:
            held.append(Held(alert, at + manners.update, "update"))
            continue
        if manners.cooldown and (at := _last(told, manners.cooldown, now, pairs=pairs)) is not None:
            held.append(Held(alert, at + manners.cooldown, "cooldown"))
            continue
        parcel = by_cluster.get(cluster) if manners.update else None
        if parcel is None and manners.cooldown:
            parcel = next((one for one in parcels if one.pairs & pairs), None)
        if parcel is None:
            parcel = Parcel([])
            parcels.append(parcel)
        parcel.put(alert)
        by_cluster[cluster] = parcel
    return parcels, held


def _below_ceiling(
    parcels: list[Parcel], held: list[Held], told: Sequence[Told], manners: Manners, now: datetime
) -> Plan:
    """Hold back what goes beyond the most messages in an hour, until the first of that hour is an hour old."""
    if manners.per_hour is None:
        return Plan(tuple(parcels), tuple(held))
    lately = sorted(one.at for one in told if one.at > now - HOUR)
    room = max(manners.per_hour - len(lately), 0)
    again = (lately[0] if lately else now) + HOUR
    # Corrections first: somebody may be about to repeat what is wrong.
    ordered = sorted(parcels, key=lambda parcel: parcel.alerts[0].corrects is None)
    above = [Held(alert, again, "ceiling") for parcel in ordered[room:] for alert in parcel.alerts]
    return Plan(tuple(ordered[:room]), (*held, *above))


def _last(
    told: Sequence[Told],
    span: timedelta,
    now: datetime,
    *,
    clusters: Iterable[str] = (),
    pairs: Iterable[tuple[str, str]] = (),
) -> datetime | None:
    """Return when the target was last told, within *span*, of one of these."""
    these, those = frozenset(clusters), frozenset(pairs)
    moments = (one.at for one in told if one.at > now - span and (one.clusters & these or one.pairs & those))
    return max(moments, default=None)


def cluster_of(alert: Alert) -> str:
    """Return what alerts of one text have in common; alerts that have nothing in common stand for themselves."""
    return alert.cluster or alert.key


def pairs_of(alert: Alert) -> frozenset[tuple[str, str]]:
    """Return who took from whom, as the ids of the two sources."""
    news = alert.news
    if news is None or news.copy is None or news.parent is None:
        return frozenset()
    return frozenset({(news.copy.source.id, news.parent.source.id)})


def told_of(alerts: Iterable[Alert], target: str, since: datetime) -> list[Told]:
    """Return the messages to *target* that were written since then, oldest first, as *alerts* show them."""
    written: dict[str, list[tuple[datetime, Alert]]] = {}
    for alert in alerts:
        for delivery in alert.deliveries:
            if delivery.target == target and delivery.message and delivery.written_at and delivery.written_at > since:
                written.setdefault(delivery.message, []).append((delivery.written_at, alert))
    return sorted(
        Told(
            max(at for at, _ in parts),
            frozenset(cluster_of(alert) for _, alert in parts),
            frozenset(pair for _, alert in parts for pair in pairs_of(alert)),
        )
        for parts in written.values()
    )


def rehearse(alerts: Iterable[Alert], target: str, manners: Manners) -> list[tuple[datetime, tuple[Alert, ...]]]:
    """Return the messages in which *alerts* would have gone to *target*, each with its moment, oldest first.

    As if each had been looked at when it was raised, and when the time came for which it was held.
    """
    coming = sorted(alerts, key=lambda alert: (alert.created_at, alert.key), reverse=True)
    held: list[tuple[Alert, Delivery]] = []
    sent: list[tuple[datetime, tuple[Alert, ...]]] = []
    told: list[Told] = []
    while coming or held:
        ends = [way.not_before for _, way in held if way.not_before is not None]
        now = min([*ends, *(alert.created_at for alert in coming[-1:])])
        due = [one for one in held if one[1].not_before is None or one[1].not_before <= now]
        held = [one for one in held if one not in due]
        while coming and coming[-1].created_at <= now:
            due.append((coming.pop(), Delivery(target=target)))
        told = [one for one in told if one.at > now - manners.window]
        made = plan(due, told, manners, now)
        held += [(h.alert, Delivery(target=target, not_before=h.until, waits_for=h.waits_for)) for h in made.held]
        for parcel in made.parcels:
            sent.append((now, tuple(parcel.alerts)))
            told.append(
                Told(
                    now,
                    frozenset(cluster_of(alert) for alert in parcel.alerts),
                    frozenset(pair for alert in parcel.alerts for pair in pairs_of(alert)),
                )
            )
    return sent


# --- the clock on the target's wall


def next_digest(manners: Manners, after: datetime) -> datetime:
    """Return the first digest later than *after*: on the full hour, or at ``digest_at`` in its zone."""
    if manners.digest == "hourly":
        return after.replace(minute=0, second=0, microsecond=0) + HOUR
    local = after.astimezone(ZoneInfo(manners.zone))
    for days in range(3):
        at = _at(manners, local.date() + timedelta(days=days), manners.digest_at)
        if at > after:
            return at
    raise AssertionError("a day has at most 25 hours")


def quiet_until(manners: Manners, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which *now* is; None where it is in none."""
    if manners.quiet is None or manners.quiet[0] == manners.quiet[1]:
        return None
    start, end = manners.quiet
    today = now.astimezone(ZoneInfo(manners.zone)).date()
    for days in (-1, 0):
        begins = today + timedelta(days=days)
        ends = begins + timedelta(days=1 if end < start else 0)
        if _at(manners, begins, start) <= now < _at(manners, ends, end):
            return _at(manners, ends, end)
    return None


def _at(manners: Manners, day: date, at: time) -> datetime:
    """Return that time of that day in the target's zone; one that summer time skips is as much later."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(manners.zone)).astimezone(UTC)
