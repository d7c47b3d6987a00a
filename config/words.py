"""The kinds of words that settings files are made of, with their checks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_SPAN = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_HOST = re.compile(r"(?=.{1,253}$)[^\W_]([\w-]{0,61}[^\W_])?(\.[^\W_]([\w-]{0,61}[^\W_])?)*")


class Frozen(BaseModel):
    """A part of the settings: cannot be changed, knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def host_name(text: str) -> str:
    """Return a host name in lower case. Raises ValueError for anything with a scheme, port or path."""
    name = text.strip().lower().rstrip(".")
    if not _HOST.fullmatch(name):
        raise ValueError(f"not a host name such as example.org: {text!r}")
    return name


def http_url(text: str) -> str:
    """Return *text* when it is an absolute http(s) URL without user name; raise ValueError otherwise."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError for a port out of range
    except ValueError:
        raise ValueError(f"not an http(s) URL: {text!r}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValueError(f"not an http(s) URL: {text!r}")
    if parts.username or parts.password:
        raise ValueError(f"a URL with a user name or password has no place in a file: {parts.hostname}")
    host_name(parts.hostname) if ":" not in parts.hostname else None
    return text


def slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", text):
        raise ValueError(f"not an id (lower-case letters, digits, hyphens): {text!r}")
    return text


def _span(value: Any) -> Any:
    """Return "90m", "24h", "7d" or "4w" as a duration; leave to the check what is none."""
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"not a span of time such as 90m, 24h, 7d or 4w: {value!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


HostName = Annotated[str, AfterValidator(host_name)]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(http_url)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Slug = Annotated[str, AfterValidator(slug)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
