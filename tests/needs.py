"""Programs that some tests need: without one they skip with a line saying what to install."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def need(program: str, package: str) -> str:
    """Return the path of *program*, or skip the test; fail it where COPYTRAIL_REQUIRE_ALL is set."""
    return shutil.which(program) or missing(f"{program} is not there: install {package}")


def missing(line: str) -> NoReturn:
    """Skip the test for what *line* says is not there; fail it where COPYTRAIL_REQUIRE_ALL is set."""
    if os.environ.get("COPYTRAIL_REQUIRE_ALL"):
        pytest.fail(line)
    pytest.skip(line)
