"""What holds for every test: no connection leaves this machine."""

from __future__ import annotations

import os
import runpy
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.ports import Store
from crawler.store import open_store
from tests.elastic.analysts import desk, end_desk  # noqa: F401 - fixtures for all folders
from tests.elastic.places import elastic, elastic_indices  # noqa: F401
from tests.elastic.server import elastic_server, end_shared  # noqa: F401

TESTS = Path(__file__).resolve().parent
DATA = TESTS.parent.parent / "shared" / "data"

_log = Path(tempfile.mkstemp(prefix="offline-")[1])
os.environ["TESTS_OFFLINE_LOG"] = str(_log)
# The Pythons that tests start (the command line, the crawl's child) find the same watch there as `sitecustomize`.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TESTS / "offline"), os.environ.get("PYTHONPATH")]))
runpy.run_path(str(TESTS / "offline" / "sitecustomize.py"))


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    yield
    if attempts := _log.read_text(encoding="utf-8").splitlines():
        _log.write_text("", encoding="utf-8")
        pytest.fail(f"left this machine: {', '.join(attempts[:5])}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        end_desk(session.config)
        end_shared(session.config)


def pytest_unconfigure() -> None:
    _log.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation data beside the repository. It is never required: it cannot be installed."""
    if not DATA.is_dir():
        pytest.skip("the evaluation data is not there: expected in ../shared/data")
    return DATA


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    kinds = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}
    opened = open_store(request.getfixturevalue("elastic") if request.param == "elastic" else kinds[request.param])
    yield opened
    opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason how many tests were left out for it."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} left out: {reason.removeprefix('Skipped: ')}")
