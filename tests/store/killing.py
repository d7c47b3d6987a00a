"""Starts a copy and kills it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]


def killed_copy(origin: str, to: str, chance: random.Random) -> bool:
    """Copy in a process of its own and kill it somewhere on the way; say whether it was killed before its end."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "tests.store.copier", origin, to]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        list(islice(process.stdout, chance.randrange(26)))
        time.sleep(chance.random() * 0.03)
        process.kill()
        process.communicate()
        return process.returncode != 0
