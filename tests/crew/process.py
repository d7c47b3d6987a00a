"""Runs one member of a crew: ``python -m tests.crew.process ROLE FOLDER [usual]``, with quick ticks or usual ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from config import load
from crawler.build import build
from scheduler.plan import Ticks
from scheduler.roles import run_role
from tests.scheduler.process import QUICK

TICKS = replace(QUICK, plan=timedelta(seconds=0.5), deliver=timedelta(seconds=2), settle=timedelta(seconds=3))
WORKER = (sys.executable, "-m", "tests.crew.worker")


def main() -> int:
    role, folder = sys.argv[1], Path(sys.argv[2])
    ticks = Ticks() if "usual" in sys.argv[3:] else TICKS
    return run_role(
        "planner" if role == "planner" else "worker", folder, {}, build(load(folder)), ticks=ticks, command=WORKER
    )


if __name__ == "__main__":
    sys.exit(main())
