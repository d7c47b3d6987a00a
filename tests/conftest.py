"""What holds for every test: no connection leaves this machine."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
LONGEST_NAME_SHOWN = 100

_attempts: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0] if event.startswith("socket.get") else _host(arguments[1])
        if host is not None and not _is_here(host):
            _attempts.append(f"{event} to {str(host)[:LONGEST_NAME_SHOWN]}")
            raise OSError(f"tests stay on this machine: {_attempts[-1]}")


def _host(address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else None  # a path: a Unix socket


def _is_here(host: Any) -> bool:
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name in ("", "localhost", "localhost.localdomain")


# Cannot be taken out again, not even by a test. Children of the test process are not watched: the crawl
# that runs in one has its own guard, which has its own tests.
sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    _attempts.clear()
    yield
    if _attempts:
        tried = ", ".join(_attempts)
        _attempts.clear()
        pytest.fail(f"left this machine: {tried}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation data beside the repository. It is never required: it cannot be installed."""
    if not DATA.is_dir():
        pytest.skip("the evaluation data is not there: expected in ../shared/data")
    return DATA
