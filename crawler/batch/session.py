"""The Spark session of a batch: on this machine alone unless another master is named, its files beside the output."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST_JAVA = 17
LOOPBACK = "127.0.0.1"
EXTRA = "pip install 'copytrail[spark]'"
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
JAVA = f"Spark needs Java {LEAST_JAVA} or later: install openjdk-17-jre-headless, or set JAVA_HOME"


def lacking() -> str | None:
    """Return what is missing for a batch, and what to do, in one line; None where all is there."""
    missing = [name for name in ("pyspark", "pyarrow", "pandas") if find_spec(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed: {EXTRA}"
    version = _java_version()
    if version is None:
        return f"no Java found: {JAVA}"
    return None if version >= LEAST_JAVA else f"this Java is version {version}: {JAVA}"


def _java_version() -> int | None:
    """Return the major version of the Java that Spark would start; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=30).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(said)
    return int(found[1]) if found else None


@contextmanager
def a_session(master: str, folder: Path, *, memory: str, quiet: bool = True) -> Iterator[SparkSession]:
    """Yield a session on *master*, its scratch files under *folder*. Raises InputError for what is missing.

    On this machine it listens on loopback only, and shows no pages of its own. *memory* is that of the JVM.
    """
    problem = lacking()
    if problem is not None:
        raise InputError(f"copytrail batch: {problem}")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - of the optional extra

    folder.mkdir(parents=True, exist_ok=True)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("copytrail batch").master(master)
    (folder / "log4j2.properties").write_text(_LOGGING.format(level="off" if quiet else "warn"), encoding="utf-8")
    for name, value in _settings(master, folder, memory).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise InputError(f"Spark did not start on {master}: {str(error).splitlines()[0][:200]}") from error
    try:
        yield session
    finally:
        session.stop()


_LOGGING = """rootLogger.level = {level}
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{{1}}: %m%n
"""


def _settings(master: str, folder: Path, memory: str) -> dict[str, str]:
    scratch = folder.absolute()
    ours = str(Path(__file__).resolve().parents[2])
    known = {
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={scratch / 'log4j2.properties'}",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "4096",
        "spark.sql.execution.arrow.maxBytesPerBatch": str(16 * 2**20),
        "spark.sql.execution.pythonUDF.arrow.enabled": "true",
        "spark.sql.autoBroadcastJoinThreshold": str(2**20),
        "spark.python.worker.reuse": "true",
        # A worker that began its Python elsewhere finds copytrail where we have it.
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH")))),
        "spark.worker.cleanup.enabled": "true",
    }
    if master.startswith("local"):
        known |= {"spark.driver.bindAddress": LOOPBACK, "spark.driver.host": LOOPBACK}
    return known
