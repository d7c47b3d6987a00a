"""The alert rules of alerts.yaml, with the targets that they are sent to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config.conditions import ConditionSettings, Listed, Sources, unknown_groups
from config.environment import SECRET_PREFIX
from config.problems import Location, did_you_mean
from config.words import Frozen, HttpUrl, Name, Slug, Span

_OPEN_SCHEMES = ("json", "jsons", "xml", "xmls", "form", "forms")
_LIKE_A_KEY = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[\w.:-]{16,}")
_VARIABLE = rf"^{SECRET_PREFIX}[A-Z0-9_]{{1,100}}$"
_WAYS = ("target_env", "url", "webhook_env", "webhook")


def _time_of_day(value: Any) -> Any:
    """Return "07:30" as a time; YAML reads an unquoted 22:00 as a number of minutes."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    if isinstance(value, str) and (found := re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*", value)):
        return time(int(found[1]), int(found[2]))
    if isinstance(value, time):
        return value
    raise ValueError(f"not a time of the day such as 07:30: {value!r}")


def _hours(value: Any) -> Any:
    """Return "22:00-07:00" as two times of the day."""
    parts = value.split("-") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        raise ValueError(f"not two times of the day such as 22:00-07:00: {value!r}")
    return tuple(_time_of_day(part) for part in parts)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"no time zone of this name, such as Europe/Berlin: {name!r}") from None
    return name


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Zone = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_zone)]


class TargetSettings(Frozen):
    """Where alerts go, and how whoever is there wishes to be told.

    The way there is an Apprise URL or a webhook, mostly held in an environment variable since most of them are secrets.
    """

    name: Slug
    target_env: str | None = Field(None, pattern=_VARIABLE)
    url: str | None = Field(None, max_length=2000, repr=False)
    webhook: HttpUrl | None = None
    webhook_env: str | None = Field(None, pattern=_VARIABLE)
    secret_env: str | None = Field(None, pattern=_VARIABLE)
    digest: Literal["hourly", "daily"] | None = None
    digest_at: TimeOfDay = time(8)
    zone: Zone = "UTC"
    quiet: Annotated[tuple[time, time], BeforeValidator(_hours)] | None = None
    cooldown: Span | None = None
    update: Span | None = None
    max_per_hour: int | None = Field(None, ge=1, le=100_000)
    first_retry_seconds: float | None = Field(None, gt=0, le=86_400)
    longest_retry_seconds: float | None = Field(None, gt=0, le=86_400)
    give_up_hours: float | None = Field(None, gt=0, le=720)
    max_tries: int | None = Field(None, ge=1, le=1000)

    @field_validator("url", "webhook")
    @classmethod
    def _without_a_secret(cls, url: str | None, given: ValidationInfo) -> str | None:
        if url is not None and may_hold_a_secret(url):
            way = "target_env" if given.field_name == "url" else "webhook_env"
            raise ValueError(
                "this target may hold a password or token, which has no place in a file: put it into an environment"
                f" variable, say {SECRET_PREFIX}OPS, and write '{way}: {SECRET_PREFIX}OPS' here"
            )
        return url

    @model_validator(mode="after")
    def _one_way(self) -> TargetSettings:
        if sum(getattr(self, way) is not None for way in _WAYS) != 1:
            raise ValueError(
                f"needs either 'target_env' (the name of a {SECRET_PREFIX}… variable) or 'url', or for a signed webhook"
                " 'webhook_env' or 'webhook'"
            )
        if self.is_webhook != (self.secret_env is not None):
            raise ValueError(
                f"a webhook is signed: needs 'secret_env', the name of a {SECRET_PREFIX}… variable with its secret"
                if self.is_webhook
                else "'secret_env' goes with 'webhook' or 'webhook_env' only"
            )
        return self

    @property
    def is_webhook(self) -> bool:
        """Whether messages are posted as signed JSON."""
        return self.webhook is not None or self.webhook_env is not None

    def with_address(self, environment: Mapping[str, str]) -> Target:
        """Return the target with its URL, from *environment* where it is kept there; None when it is not set."""
        held = {name: environment.get(name, "").strip() for name in self.variables()}
        named = self.target_env or self.webhook_env
        found = held[named] if named else self.url or self.webhook
        secret = held[self.secret_env] if self.secret_env else None
        whole = found and (secret or not self.is_webhook)
        return Target(
            **self.model_dump(),
            address=SecretStr(found) if whole and found else None,
            secret=SecretStr(secret) if secret else None,
        )

    def variables(self) -> tuple[str, ...]:
        """Return the environment variables that it needs."""
        return tuple(name for name in (self.target_env, self.webhook_env, self.secret_env) if name is not None)


class Target(TargetSettings):
    """A target as it is used: ``address`` is its URL, never shown, None where that or its secret is not set."""

    address: SecretStr | None = None
    secret: SecretStr | None = None


class RuleSettings(ConditionSettings):
    """When somebody wants to know. All conditions that are given must hold together."""

    name: Name
    targets: Annotated[tuple[Slug, ...], Listed] = ()
    once_per: Literal["copy", "origin"] | None = None


class AlertsFile(Frozen):
    groups: dict[Slug, Sources] = Field(default_factory=dict)
    rules: tuple[RuleSettings, ...] = ()
    targets: tuple[TargetSettings, ...] = ()


def may_hold_a_secret(url: str) -> bool:
    """Say whether a target URL may hold a password or token: only plain webhooks to bare addresses do not."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if parts.scheme not in (*_OPEN_SCHEMES, "http", "https") or parts.username or parts.password or parts.query:
        return True
    return any(_LIKE_A_KEY.fullmatch(segment) for segment in parts.path.split("/"))


def crossed(alerts: AlertsFile) -> Iterator[tuple[Location, str]]:
    """Yield names that stand twice, and rules that name a target or a group which is not there."""
    targets = [target.name for target in alerts.targets]
    yield from _twice("targets", targets)
    yield from _twice("rules", [rule.name for rule in alerts.rules])
    for number, rule in enumerate(alerts.rules):
        for i, name in enumerate(rule.targets):
            if name not in targets:
                yield ("rules", number, "targets", i), f"no target named {name!r}{did_you_mean(name, targets)}"
        yield from ((("rules", number, *place), words) for place, words in unknown_groups(rule, alerts.groups))
    for name, members in alerts.groups.items():
        for i, word in enumerate(members):
            if word.startswith("group:"):
                yield ("groups", name, i), "a group holds sources and tags, no other group"


def _twice(what: str, names: list[str]) -> Iterator[tuple[Location, str]]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield (what, number, "name"), f"the name {name!r} is already that of {what}.{names.index(name)}"
