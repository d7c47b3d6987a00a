"""The kinds of words that settings files are made of, with their checks."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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


HostName = Annotated[str, AfterValidator(host_name)]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(http_url)]
Slug = Annotated[str, AfterValidator(slug)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
