"""Alerts out of the outbox: tried until they arrive, less and less often, given up after a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from crawler.alerts.rules import Rule
from crawler.errors import DeliveryError
from crawler.model import Alert
from crawler.ports import Notifier

_AT_ONCE = 200
_REMEMBERED = 10_000
_DOWN_AFTER = 3  # failures of one rule's targets in a row: the rest of its alerts waits for the next round
_LONGEST_ERROR = 300


class Outbox(Protocol):
    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]: ...
    def save_alert(self, alert: Alert) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long delivery is tried: waits double from ``first`` to ``longest``."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(hours=24)
    tries: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round of deliveries did: alerts that arrived, and tries that failed."""

    sent: int = 0
    failed: int = 0


class Everyone:
    """All the targets of one rule as one notifier. It has arrived when it has arrived everywhere.

    Remembers where an alert arrived, so that a repeat goes only where it did not; a new process
    repeats it everywhere, with the same key.
    """

    def __init__(self, targets: Mapping[str, Notifier | None]) -> None:
        self._targets = dict(targets)
        self._arrived: dict[str, set[str]] = {}

    def notify(self, alert: Alert) -> None:
        """Hand *alert* to each target that does not have it. Raises DeliveryError naming those that failed."""
        arrived = self._arrived.setdefault(alert.key, set())
        failed = []
        for name, notifier in self._targets.items():
            if name in arrived:
                continue
            try:
                if notifier is None:
                    raise DeliveryError("no address: set the environment variable that alerts.yaml names for it")
                notifier.notify(alert)
                arrived.add(name)
            except DeliveryError as error:
                failed.append(f"{name}: {error}")
        if failed:
            while len(self._arrived) > _REMEMBERED:
                del self._arrived[next(iter(self._arrived))]
            raise DeliveryError("; ".join(failed))
        del self._arrived[alert.key]


def by_rule(rules: Sequence[Rule], targets: Mapping[str, Notifier]) -> dict[str, Notifier]:
    """Return the way out for each rule that names targets; one whose target has no address fails, and says so."""
    return {rule.name: Everyone({name: targets.get(name) for name in rule.targets}) for rule in rules if rule.targets}


def deliver(
    outbox: Outbox,
    notifiers: Mapping[str, Notifier],
    *,
    now: datetime,
    jitter: float,
    patience: Patience = Patience(),
) -> Delivered:
    """Hand over the alerts that are due, each by the notifier of its rule, and keep what became of each.

    Each verdict is kept before the next alert is tried, so that a crash repeats at most one, with the same
    key. The alert of a rule without a notifier has nobody to go to: it stays in the list and counts as
    delivered. *jitter* (0 to 1) spreads the repeats.
    """
    sent = failed = 0
    down: dict[str, int] = {}
    for alert in outbox.due_alerts(now, _AT_ONCE):
        notifier = notifiers.get(alert.rule)
        if notifier is None:
            outbox.save_alert(replace(alert, state="delivered", delivered_at=now, error=None))
            continue
        if down.get(alert.rule, 0) >= _DOWN_AFTER:
            continue
        try:
            notifier.notify(alert)
        except DeliveryError as error:
            failed += 1
            down[alert.rule] = down.get(alert.rule, 0) + 1
            outbox.save_alert(after_failure(alert, str(error), now=now, jitter=jitter, patience=patience))
        else:
            sent += 1
            down[alert.rule] = 0
            arrived = replace(
                alert, state="delivered", tries=alert.tries + 1, delivered_at=now, not_before=None, error=None
            )
            outbox.save_alert(arrived)
    return Delivered(sent=sent, failed=failed)


def after_failure(alert: Alert, reason: str, *, now: datetime, jitter: float, patience: Patience) -> Alert:
    """Return *alert* as it waits for its next try, or given up."""
    tries = alert.tries + 1
    error = reason[:_LONGEST_ERROR]
    if tries >= patience.tries or now - alert.created_at >= patience.give_up:
        return replace(
            alert, state="dead", tries=tries, not_before=None, error=f"given up after {tries} tries: {error}"
        )
    return replace(alert, tries=tries, not_before=now + _wait(tries, alert.key, jitter, patience), error=error)


def again(alert: Alert) -> Alert:
    """Return a given-up *alert* to be tried anew, at once; older than a day, it gets one more try."""
    return replace(alert, state="pending", tries=0, not_before=None, error=None)


def _wait(tries: int, key: str, jitter: float, patience: Patience) -> timedelta:
    longest = min(patience.longest, patience.first * (1 << min(tries - 1, 20)))
    # Alerts that failed together must not come back together: a share of the jitter is the alert's own.
    spread = (jitter + sum(key.encode()) / 97) % 1
    return max(longest * (0.5 + spread / 2), patience.first)
