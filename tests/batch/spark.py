"""Batches on a real Spark, in this process or in one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from crawler.batch.session import lacking
from tests.needs import missing

COPYTRAIL = Path(sys.executable).with_name("copytrail")
# The quick compiler and the plain collector: a small batch is over before the others pay.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def need_spark() -> None:
    """Skip the test where Spark cannot run; fail it where COPYTRAIL_REQUIRE_ALL is set."""
    problem = lacking()
    if problem is not None:
        missing(f"Spark cannot run: {problem} (`make spark`)")


def started(paths: Sequence[Path], out: Path, *options: str, settings: Path | None = None) -> subprocess.Popen[str]:
    """Start `copytrail batch` in a process group of its own."""
    before = ["--config", str(settings)] if settings else []
    return subprocess.Popen(
        [COPYTRAIL, *before, "batch", *map(str, paths), "--out", str(out), "--master", "local[2]", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "JAVA_TOOL_OPTIONS": JAVA_OPTIONS},
    )
