"""Looks over a cluster for ``copytrail doctor``: client and server, rights, indices, health, clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import StoreError
from crawler.ports import Finding
from crawler.store.elastic.connection import CLIENT, Connection
from crawler.store.elastic.indices import INDICES, ours

OLDEST = (8, 19)  # of the servers that the tests are run on
RIGHTS = ("read", "write", "maintenance", "monitor", "view_index_metadata")  # as of the role copytrail_daemon
_LATE, _VERY_LATE = timedelta(seconds=5), timedelta(minutes=1)
_HERE = ("127.0.0.1", "localhost", "::1")


def checkup(connection: Connection, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Finding]:
    """Yield what there is to say of the cluster, one finding for each thing looked at.

    Ends at the first that keeps it from looking further. Raises nothing.
    """
    try:
        yield versions(CLIENT, connection.version())
        yield from _rights(connection)
        yield from _fields(connection)
        yield _health(connection)
        before = clock()
        at = connection.time()
        yield clocks(at, before, clock())
    except StoreError as error:
        yield Finding(what="elasticsearch", state="wrong", words=str(error))


def versions(client: str, server: str) -> Finding:
    """Say whether a client of that version goes with a server of that one."""
    what, found = "elasticsearch", f"server {server}, client {client}"
    mine, theirs = _numbers(client), _numbers(server)
    if theirs < OLDEST:
        words = f"{found}: the server is older than {'.'.join(map(str, OLDEST))}, the oldest that is tested: upgrade it"
        return Finding(what=what, state="warning", words=words)
    if mine[0] != theirs[0]:
        words = (
            f'{found}: install the client of the server\'s major version: pip install "elasticsearch=={theirs[0]}.*"'
        )
        return Finding(what=what, state="warning" if mine < theirs else "wrong", words=words)
    return Finding(what=what, state="ok", words=found)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".")[:2])


def _rights(connection: Connection) -> Iterator[Finding]:
    held = connection.privileges(RIGHTS)
    if held is None:
        host = urlsplit(connection.address.hosts[0]).hostname or ""
        words = "security is off: whoever reaches the server may read, change and delete"
        if host not in _HERE:
            yield Finding(what="rights", state="warning", words=f"{words}: switch it on")
        return
    lacking = sorted(name for name, granted in held.items() if not granted)
    if lacking:
        words = (
            f"the user lacks {', '.join(lacking)} on {connection.name('*')}: "
            "give it the role copytrail_daemon of config/elasticsearch/roles.json"
        )
        yield Finding(what="rights", state="wrong", words=words)
    else:
        yield Finding(what="rights", state="ok", words=f"may read and write {connection.name('*')}")


def _fields(connection: Connection) -> Iterator[Finding]:
    there = connection.indices(INDICES)
    for index in INDICES:
        alias = connection.name(index)
        held = next((one for one in there.values() if alias in one.get("aliases", {})), None)
        if held is None:
            words = f"{alias} is not there: `copytrail store init` makes it"
            yield Finding(what="indices", state="wrong", words=words)
            continue
        lacking = sorted(differing(ours()[index]["template"]["mappings"], held["mappings"]))
        if lacking:
            words = f"{alias} does not have the fields {', '.join(lacking[:5])} as this copytrail writes them"
            yield Finding(what="indices", state="wrong", words=f"{words}: `copytrail store migrate`")


def differing(wanted: Mapping[str, Any], held: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the fields of *wanted* that *held* lacks or has as another type."""
    for kind in ("properties", "fields"):
        for name, field in wanted.get(kind, {}).items():
            there = held.get(kind, {}).get(name)
            if there is None or there.get("type", "object") != field.get("type", "object"):
                yield f"{place}{name}"
            else:
                yield from differing(field, there, f"{place}{name}.")


def _health(connection: Connection) -> Finding:
    connection.check()
    if connection.health() == "yellow":
        words = "yellow: a node that is lost now takes what is on it alone along: see to the missing copies of shards"
        return Finding(what="health", state="warning", words=words)
    return Finding(what="health", state="ok", words="green, and takes what is saved")


def clocks(server: datetime, before: datetime, after: datetime) -> Finding:
    """Say how far the server's clock is from ours, read *before* and *after* asking."""
    off = max(before - server, server - after, timedelta())
    words = f"the server's clock and ours are {off.total_seconds():.0f} s apart"
    if off > _LATE:
        words += ": set them by NTP, who was first depends on it"
        return Finding(what="server clock", state="wrong" if off > _VERY_LATE else "warning", words=words)
    return Finding(what="server clock", state="ok", words="agrees with ours")
