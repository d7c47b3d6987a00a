"""The alert rules of alerts.yaml, with the targets that they are sent to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from config.environment import SECRET_PREFIX
from config.problems import Location, did_you_mean
from config.words import Frozen, Name, Slug

_OPEN_SCHEMES = ("json", "jsons", "xml", "xmls", "form", "forms")
_LIKE_A_KEY = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[\w.:-]{16,}")


class TargetSettings(Frozen):
    """Where alerts go: an Apprise URL, held in an environment variable since most of them are secrets."""

    name: Slug
    target_env: str | None = Field(None, pattern=rf"^{SECRET_PREFIX}[A-Z0-9_]{{1,100}}$")
    url: str | None = Field(None, max_length=2000, repr=False)

    @field_validator("url")
    @classmethod
    def _without_a_secret(cls, url: str | None) -> str | None:
        if url is not None and may_hold_a_secret(url):
            raise ValueError(
                "this target may hold a password or token, which has no place in a file: put it into an environment"
                f" variable, say {SECRET_PREFIX}OPS, and write 'target_env: {SECRET_PREFIX}OPS' here"
            )
        return url

    @model_validator(mode="after")
    def _one_way(self) -> TargetSettings:
        if (self.target_env is None) == (self.url is None):
            raise ValueError(f"needs either 'target_env' (the name of a {SECRET_PREFIX}… variable) or 'url'")
        return self

    def with_address(self, environment: Mapping[str, str]) -> Target:
        """Return the target with its URL, from *environment* where it is kept there; None when it is not set."""
        found = self.url if self.target_env is None else environment.get(self.target_env, "").strip()
        return Target(**self.model_dump(), address=SecretStr(found) if found else None)


class Target(TargetSettings):
    """A target as it is used: ``address`` is its Apprise URL, never shown, None where it is not set."""

    address: SecretStr | None = None


class RuleSettings(Frozen):
    """When somebody wants to know. All conditions that are given must hold together."""

    name: Name
    origin: tuple[Slug, ...] = ()
    republisher: tuple[Slug, ...] = ()
    words: tuple[Name, ...] = ()
    min_coverage: float = Field(0.0, ge=0, le=1)
    min_confidence: float = Field(0.0, ge=0, le=1)
    uncredited_only: bool = False
    targets: tuple[Slug, ...] = ()

    @field_validator("origin", "republisher", "words", "targets", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class AlertsFile(Frozen):
    rules: tuple[RuleSettings, ...] = ()
    targets: tuple[TargetSettings, ...] = ()


def may_hold_a_secret(url: str) -> bool:
    """Say whether a target URL may hold a password or token: only plain webhooks to bare addresses do not."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if parts.scheme not in _OPEN_SCHEMES or parts.username or parts.password or parts.query:
        return True
    return any(_LIKE_A_KEY.fullmatch(segment) for segment in parts.path.split("/"))


def crossed(alerts: AlertsFile) -> Iterator[tuple[Location, str]]:
    """Yield names that stand twice, and rules that name a target which is not there."""
    targets = [target.name for target in alerts.targets]
    yield from _twice("targets", targets)
    yield from _twice("rules", [rule.name for rule in alerts.rules])
    for number, rule in enumerate(alerts.rules):
        for i, name in enumerate(rule.targets):
            if name not in targets:
                yield ("rules", number, "targets", i), f"no target named {name!r}{did_you_mean(name, targets)}"


def _twice(what: str, names: list[str]) -> Iterator[tuple[Location, str]]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield (what, number, "name"), f"the name {name!r} is already that of {what}.{names.index(name)}"
