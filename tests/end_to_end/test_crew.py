"""A crew's part of the command line: what it says when something is missing or wrong, and to whom it says no secret."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.crew.server import a_redis
from tests.end_to_end.shell import COPYTRAIL, a_house, copytrail, environment, inside

NOWHERE = "redis://:s3cret@127.0.0.1:1/0"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return a_house(tmp_path)


@pytest.mark.parametrize("role", ["planner", "worker", "ui"])
def test_a_role_without_a_crew_says_what_to_set(house: Path, role: str) -> None:
    done = inside("run", "--role", role, folder=house)
    assert done.code == 2
    assert "set crew.url (COPYTRAIL_CREW__URL)" in done.problem()


def test_one_round_has_no_role(house: Path) -> None:
    done = inside("run", "--once", "--role", "worker", folder=house)
    assert done.code == 2
    assert "--once is one round in one process" in done.problem()


def test_without_a_role_a_crews_settings_are_not_run_beside_the_crew(house: Path) -> None:
    done = copytrail("run", folder=house, settings={"COPYTRAIL_CREW__URL": NOWHERE})
    assert done.code == 2
    assert "name a --role" in done.problem()


def test_a_password_in_the_file_is_refused(house: Path) -> None:
    settings = house / "config" / "copytrail.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\ncrew:\n  url: redis://:s3cret@127.0.0.1:6379/0\n")
    done = inside("doctor", folder=house)
    assert "set COPYTRAIL_CREW__URL in the environment" in done.out
    assert "s3cret" not in done.out + done.err


def test_doctor_looks_at_redis_and_shows_no_password(house: Path) -> None:
    away = copytrail("doctor", "--json", folder=house, settings={"COPYTRAIL_CREW__URL": NOWHERE})
    assert away.code == 1
    (found,) = (one for one in away.json()["findings"] if one["what"] == "crew")
    assert found["state"] == "wrong"
    assert "Redis at redis://127.0.0.1:1/0 cannot be used" in found["words"]
    assert "s3cret" not in away.out + away.err
    with a_redis() as server:
        there = copytrail("doctor", "--json", folder=house, settings={"COPYTRAIL_CREW__URL": server.url})
    (found,) = (one for one in there.json()["findings"] if one["what"] == "crew")
    assert found["state"] == "ok"


def test_pages_are_served_without_redis_and_readyz_says_that_nothing_is_fetched(house: Path) -> None:
    inside("store", "init", folder=house)
    settings = environment(COPYTRAIL_CREW__URL=NOWHERE, COPYTRAIL_SERVE__PORT="0")
    command = [COPYTRAIL, "run", "--role", "ui"]
    with subprocess.Popen(command, cwd=house, env=settings, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            said = next(line for line in server.stderr if line.startswith("copytrail is at http://"))
            with urllib.request.urlopen(f"{said.split()[-1]}readyz", timeout=30) as answer:
                line = answer.read().decode()
        finally:
            server.kill()
    assert line.startswith("ready; nothing is fetched: Redis at redis://127.0.0.1:1/0 cannot be used")
    assert "s3cret" not in line


def test_one_process_needs_no_redis_package(house: Path) -> None:
    program = (
        "import sys; sys.modules['redis'] = None\n"
        "from crawler.cli import main\n"
        "import scheduler.daemon, crawler.fetch.worker\n"
        "main(['doctor'])"
    )
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, cwd=house, env=environment(), capture_output=True, text=True, check=False)
    assert "settings" in done.stdout
    assert "Traceback" not in done.stderr
    assert "redis" not in done.stdout + done.stderr
