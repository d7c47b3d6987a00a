"""Reads the URL of an Elasticsearch store: hosts, who we are there, whom we trust, what the indices are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.errors import InputError

PREFIX = "copytrail"
FORM = (
    "https://user:password@host:9200[,host:9200][/prefix][?ca_certs=FILE][&fingerprint=SHA256][&api_key=KEY][&shards=N]"
)
_OPTIONS = ("ca_certs", "fingerprint", "api_key", "shards")
_MOST_SHARDS = 1024  # of an index: what Elasticsearch allows
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,50}\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a cluster is. Secrets are never shown: not by ``repr``, not in ``shown``."""

    hosts: tuple[str, ...]
    prefix: str = PREFIX
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca_certs: str | None = None
    fingerprint: str | None = None
    shards: int | None = None  # of an index that is made; None: as the one before it, else one

    @property
    def shown(self) -> str:
        """The URL without secrets: how messages and ``store status`` name the store."""
        first, *others = self.hosts
        return ",".join([first, *(host.partition("://")[2] for host in others)]) + (
            "" if self.prefix == PREFIX else f"/{self.prefix}"
        )


def read_address(url: str) -> Address:
    """Return what *url* says. Raises InputError, which does not show the URL: it may hold a password."""
    try:
        parts = urlsplit(url.strip())
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise InputError(f"not the URL of an Elasticsearch store: it is {FORM}") from None
    identity, at, names = parts.netloc.rpartition("@")
    user, _, password = identity.partition(":")
    prefix = parts.path.strip("/") or PREFIX
    if parts.scheme not in ("http", "https") or not all(map(_HOST.fullmatch, names.split(","))):
        raise InputError(f"not the URL of an Elasticsearch store: it is {FORM}")
    if not _PREFIX.fullmatch(prefix):
        raise InputError("the prefix of the indices (the path of the store's URL) is of small letters, digits, - and _")
    if unknown := sorted(set(given) - set(_OPTIONS)):
        raise InputError(f"an Elasticsearch store's URL has no option {unknown[0][:40]!r}: it is {FORM}")
    if at and "api_key" in given:
        raise InputError("an Elasticsearch store's URL has either a user and password or an api_key")
    if parts.scheme == "http" and ("ca_certs" in given or "fingerprint" in given):
        raise InputError("ca_certs and fingerprint need https://")
    if not re.fullmatch("[0-9]{1,4}", given.get("shards", "1")) or not 0 < int(given.get("shards", 1)) <= _MOST_SHARDS:
        raise InputError(f"shards in an Elasticsearch store's URL is a number from 1 to {_MOST_SHARDS}")
    return Address(
        hosts=tuple(f"{parts.scheme}://{name}" + ("" if _has_port(name) else ":9200") for name in names.split(",")),
        prefix=prefix,
        user=unquote(user) if at else None,
        password=unquote(password) if at else None,
        api_key=given.get("api_key"),
        ca_certs=given.get("ca_certs"),
        fingerprint=given.get("fingerprint"),
        shards=int(given["shards"]) if "shards" in given else None,
    )


def _has_port(name: str) -> bool:
    return re.search(r":[0-9]+$", name) is not None
