"""Runs the real daemon over the real engine, with quick ticks: ``python -m tests.scheduler.process JSON``."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from config import load
from crawler.build import build
from crawler.errors import AlreadyRunning
from scheduler.daemon import run
from scheduler.plan import Ticks

QUICK = Ticks(
    plan=timedelta(seconds=0.3),
    deliver=timedelta(seconds=1),
    settle=timedelta(seconds=1),
    replay=timedelta(seconds=0.5),
    clean_up=timedelta(hours=1),
)


def main() -> int:
    asked = json.loads(sys.argv[1])
    folder = Path(asked["folder"])
    options = {name: asked[name] for name in ("command", "silence", "grace") if name in asked}
    try:
        return run(
            folder,
            {},
            build(load(folder)),
            once=asked["once"],
            ticks=QUICK,
            **options,
        )
    except AlreadyRunning as error:
        sys.stderr.write(f"{error}\n")
        return 75


if __name__ == "__main__":
    sys.exit(main())
