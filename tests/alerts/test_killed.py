"""Whenever delivery is killed, every alert arrives, and what arrives twice is the same message."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.alerts.delivery import deliver
from crawler.store import open_store
from tests.alerts.listening import listening
from tests.alerts.sender import channel
from tests.alerts.values import an_alert_of, news_about

ROOT = Path(__file__).parents[2]
KILLS = 3


def killed_sender(store: str, url: str, seconds: float) -> None:
    """Deliver in a process of its own and kill it after so long."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "tests.alerts.sender", store, url]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()


def test_every_alert_arrives_though_delivery_is_killed_again_and_again(tmp_path: Path) -> None:
    address, chance = f"sqlite:///{tmp_path}/store.db", random.Random(7)
    store, keys = open_store(address), set()
    with listening() as received:
        received.statuses = [503 if chance.random() < 0.3 else 200 for _ in range(1000)]
        for _ in range(KILLS):
            for number in range(25):
                news = news_about(f"story {len(keys)} {number}")
                alert = an_alert_of(news, at=datetime.now(UTC))
                keys.add(alert.key)
                store.queue_alert(alert)
            killed_sender(address, received.url, chance.random() * 0.4)
        until = time.monotonic() + 60
        while store.status().alerts_pending and time.monotonic() < until:
            deliver(store, {"desk": channel(received.url)}, now=datetime.now(UTC) + timedelta(seconds=1), jitter=0.5)
        bodies: dict[str, set[bytes]] = {}
        for headers, body in received.got:
            bodies.setdefault(headers["idempotency-key"], set()).add(body)
    assert {alert.state for alert in store.alerts(1000)} == {"delivered"}
    assert all(len(same) == 1 for same in bodies.values())
    arrived = [one["key"] for same in bodies.values() for body in same for one in json.loads(body)["alerts"]]
    assert sorted(arrived) == sorted(keys)  # each in one message
    assert len(bodies) < len(keys)  # several came together
