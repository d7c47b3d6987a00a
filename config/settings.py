"""The settings of copytrail.yaml, each with its default and its bounds."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from config.alerts import RuleSettings, Target
from config.sources import SourceSettings
from config.words import Frozen, HttpUrl, Span, host_name


def _listed(value: Any) -> Any:
    """Let a list be written as one text with commas, as in an environment variable."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class FetchSettings(Frozen):
    """How we behave on other people's servers."""

    user_agent: str = Field("copytrail", min_length=1, max_length=100)
    contact: str | None = Field(None, max_length=200)
    delay_seconds: float = Field(5.0, ge=0, le=3600)
    concurrency_per_host: int = Field(1, ge=1, le=16)
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    max_page_bytes: int = Field(15 * 2**20, ge=10_000, le=2**28)
    max_feed_bytes: int = Field(10 * 2**20, ge=10_000, le=2**28)
    readers: int = Field(4, ge=1, le=64)
    read_seconds: float = Field(10.0, gt=0, le=100)
    read_memory_bytes: int = Field(2**30, ge=2**29, le=2**36)
    obey_robots: bool = True
    hosts: dict[str, str] = Field(default_factory=dict)
    allow: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()

    @field_validator("user_agent", "contact")
    @classmethod
    def _one_header_line(cls, text: str | None) -> str | None:
        if text is not None and not re.fullmatch(r"[\x20-\x7e]+", text):
            raise ValueError("must be plain ASCII on one line: it is sent as a header")
        return text

    @field_validator("hosts")
    @classmethod
    def _names_to_addresses(cls, hosts: dict[str, str]) -> dict[str, str]:
        for address in hosts.values():
            _address(address)
        return {host_name(name): address for name, address in hosts.items()}

    @field_validator("allow")
    @classmethod
    def _addresses_with_ports(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for one in allow:
            address, _, port = one.rpartition(":")
            _address(address.strip("[]"))
            if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
                raise ValueError(f"not an address with a port such as 127.0.0.1:8080: {one!r}")
        return allow


def _address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"not an IP address: {text!r}") from None


class PollSettings(Frozen):
    """How often feeds are asked. A source's own ``interval_minutes`` replaces the default."""

    default_interval_minutes: float = Field(30, gt=0, le=44_640)
    min_interval_minutes: float = Field(5, gt=0, le=44_640)
    max_interval_minutes: float = Field(1440, gt=0, le=44_640)

    @field_validator("max_interval_minutes")
    @classmethod
    def _not_below_the_least(cls, longest: float, given: Any) -> float:
        if longest < given.data.get("min_interval_minutes", 0):
            raise ValueError("must not be below min_interval_minutes")
        return longest


class RevisitSettings(Frozen):
    """When known pages are looked at again for edits: at which ages, counted from the first sight."""

    enabled: bool = True
    ages: Annotated[tuple[Span, ...], BeforeValidator(_listed), Field(min_length=1, max_length=20)] = tuple(
        timedelta(minutes=n) for n in (15, 60, 240, 1440, 4320, 10080, 43200)
    )


class ArchiveSettings(Frozen):
    """Where what was fetched is kept, byte for byte."""

    enabled: bool = True
    folder: Path | None = None
    max_file_bytes: int = Field(2**30, ge=2**20, le=2**40)
    max_file_hours: float = Field(24, gt=0, le=8_760)
    keep_days: float | None = Field(None, gt=0, le=36_500)


class SpoolSettings(Frozen):
    """What is kept on disk for a store that is unavailable."""

    folder: Path | None = None
    max_bytes: int = Field(2**30, ge=2**20, le=2**42)


class DiskSettings(Frozen):
    """How much of our disks we leave alone."""

    least_free_bytes: int = Field(2**30, ge=0, le=2**50)


class CrewSettings(Frozen):
    """Where several workers share what they do: ``run --role``. The default single process needs none of it."""

    # May have a password in it: never shown.
    url: SecretStr | None = Field(None, repr=False)
    name: str = Field("copytrail", pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    lease_seconds: float = Field(30.0, ge=1, le=3_600)


class AlertsSettings(Frozen):
    """How alerts are written and how long their delivery is tried."""

    public_url: HttpUrl | None = None
    max_age_days: float | None = Field(7, gt=0, le=36_500)
    feed_folder: Path | None = None
    timeout_seconds: float = Field(10, gt=0, le=60)
    first_retry_seconds: float = Field(60, gt=0, le=86_400)
    longest_retry_seconds: float = Field(3600, gt=0, le=86_400)
    give_up_hours: float = Field(24, gt=0, le=720)
    max_tries: int = Field(40, ge=1, le=1000)


class ServeSettings(Frozen):
    """Where the web pages and the API are served, and to whom."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255)
    port: int = Field(8400, ge=0, le=65535)
    names: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    token: SecretStr | None = Field(None, repr=False)
    private: bool = False

    @field_validator("token")
    @classmethod
    def _not_guessed(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(r"[\x21-\x7e]{16,200}", token.get_secret_value()):
            raise ValueError("must be 16 to 200 plain characters without spaces: try `openssl rand -hex 24`")
        return token

    @field_validator("names")
    @classmethod
    def _host_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host_name(name) for name in names)

    @model_validator(mode="after")
    def _private_needs_a_token(self) -> ServeSettings:
        if self.private and self.token is None:
            raise ValueError("private needs a token: set COPYTRAIL_SERVE__TOKEN in the environment")
        return self


class LogSettings(Frozen):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"

    @field_validator("level", "format", mode="before")
    @classmethod
    def _any_case(cls, word: Any) -> Any:
        return word.lower() if isinstance(word, str) else word


class MainSettings(Frozen):
    """What copytrail.yaml may hold."""

    # May have a password in it when it comes from the environment: never shown.
    store: str = Field("sqlite:///var/copytrail.db", min_length=1, repr=False)
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    revisits: RevisitSettings = RevisitSettings()
    archive: ArchiveSettings = ArchiveSettings()
    spool: SpoolSettings = SpoolSettings()
    disk: DiskSettings = DiskSettings()
    crew: CrewSettings = CrewSettings()
    alerts: AlertsSettings = AlertsSettings()
    serve: ServeSettings = ServeSettings()
    log: LogSettings = LogSettings()


class Settings(MainSettings):
    """Everything configured: the settings, the monitored sources, the alert rules and where alerts go."""

    model_config = ConfigDict(title="copytrail settings")

    sources: tuple[SourceSettings, ...] = ()
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rules: tuple[RuleSettings, ...] = ()
    targets: tuple[Target, ...] = ()

    def members(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the sources that *words* (ids, ``group:NAME``, ``tag:NAME``) stand for, each once."""
        ids: dict[str, None] = {}
        for word in words:
            kind, colon, name = word.partition(":")
            if not colon:
                ids[word] = None
            elif kind == "group":
                ids |= dict.fromkeys(self.members(self.groups.get(name, ())))
            else:
                ids |= dict.fromkeys(source.id for source in self.sources if name in source.tags)
        return tuple(ids)

    def notes(self) -> tuple[str, ...]:
        """Return what is allowed but probably not meant, a line each; for ``copytrail doctor``."""
        known = {source.id for source in self.sources}
        unknown = [
            f"alerts.yaml: rule {rule.name!r}: {id!r} is no source of sources.yaml: only credits can name it"
            for rule in self.rules
            for id in self.members(dict.fromkeys(word for _, word in rule.sources()))
            if id not in known
        ]
        empty = [
            f"alerts.yaml: rule {rule.name!r}: {word!r} has no source in it: it stands for nobody"
            for rule in self.rules
            for word in dict.fromkeys(word for _, word in rule.sources())
            if ":" in word and not self.members([word])
        ]
        unset = [
            f"alerts.yaml: target {target.name!r}: the environment variable {name} is not set"
            for target in self.targets
            if target.address is None
            for name in [" or ".join(target.variables())]
        ]
        return (*unknown, *empty, *unset)


def has_password(url: str) -> bool:
    """Say whether a store or target URL carries a user's password or key."""
    try:
        parts = urlsplit(url)
        return bool(parts.password or parts.username) or "api_key=" in parts.query
    except ValueError:
        return "@" in url
