"""Settings given by the environment: ``COPYTRAIL_FETCH__DELAY_SECONDS=2`` is ``fetch.delay_seconds: 2``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

PREFIX = "COPYTRAIL_"
SECRET_PREFIX = "COPYTRAIL_SECRET_"
NOT_SETTINGS = ("COPYTRAIL_CONFIG", "COPYTRAIL_REQUIRE_ALL")

Path = tuple[str, ...]


def from_environment(environment: Mapping[str, str]) -> dict[Path, Any]:
    """Return the settings in *environment* by their path. Empty variables count as not set.

    Lists and mappings are written as YAML or JSON in brackets; the rest stays text for the setting to read.
    """
    return {
        path_of(name): _value(text)
        for name, text in sorted(environment.items())
        if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in NOT_SETTINGS and text.strip()
    }


def path_of(name: str) -> Path:
    return tuple(part.lower() for part in name.removeprefix(PREFIX).split("__"))


def variable(path: Path) -> str:
    """Return the name of the variable that sets *path*."""
    return PREFIX + "__".join(path).upper()


def _value(text: str) -> Any:
    if text.lstrip()[0] in "[{":
        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError):
            return text  # the setting will say that it is no list
    return text.strip()
