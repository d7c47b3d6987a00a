"""Opens what the workers of a crew share, by its URL."""

from __future__ import annotations

from crawler.crew import Crew
from crawler.crews.memory import MemoryCrew
from crawler.errors import InputError

_FORMS = "redis://:password@host:6379/0, rediss://... (TLS), unix:///path/to/socket or memory:"


def open_crew(url: str, name: str = "copytrail") -> Crew:
    """Return the crew of that *name* at *url*; nothing is connected before its first use.

    Raises InputError for a URL that names none; it shows the scheme only, the rest may hold a password.
    """
    scheme, colon, rest = url.strip().partition(":")
    if scheme == "memory" and colon and not rest.strip("/"):
        return MemoryCrew()
    if scheme in ("redis", "rediss", "unix") and rest.startswith("//"):
        # An extra that most installations do without.
        from crawler.crews.on_redis import RedisCrew  # noqa: PLC0415

        return RedisCrew(url.strip(), name)
    what = f"{scheme!r} names no crew in this form" if colon else "not the URL of a crew"
    raise InputError(f"crew.url: {what}: it is {_FORMS}")
