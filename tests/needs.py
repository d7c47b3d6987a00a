"""Programs that some tests need: without one they skip with a line saying what to install."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str, package: str) -> str:
    """Return the path of *program*, or skip the test; fail it where COPYTRAIL_REQUIRE_ALL is set."""
    found = shutil.which(program)
    if found:
        return found
    line = f"{program} is not there: install {package}"
    if os.environ.get("COPYTRAIL_REQUIRE_ALL"):
        pytest.fail(line)
    pytest.skip(line)
