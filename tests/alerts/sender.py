"""Delivers the alerts of a store to a webhook until it is killed: python -m tests.alerts.sender STORE URL."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from crawler.alerts.delivery import Channel, Patience, deliver
from crawler.alerts.manners import Manners
from crawler.alerts.webhook import WebhookNotifier
from crawler.store import open_store


def channel(url: str) -> Channel:
    """Return the webhook at *url*, with pauses so short that messages of several alerts come about."""
    pause = timedelta(milliseconds=30)
    return Channel(
        notifier=WebhookNotifier(url, "secret", timeout=5, clock=lambda: datetime.now(UTC)),
        manners=Manners(cooldown=pause, update=pause),
        patience=Patience(first=pause, longest=pause, tries=1000),
    )


def main() -> None:
    store, channels = open_store(sys.argv[1]), {"desk": channel(sys.argv[2])}
    print("ready", flush=True)
    while True:
        deliver(store, channels, now=datetime.now(UTC), jitter=0.5)
        time.sleep(0.005)


if __name__ == "__main__":
    main()
