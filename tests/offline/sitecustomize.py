"""Keeps a process on this machine: tests run with it, and so does every Python that they start."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

LOG = "TESTS_OFFLINE_LOG"  # names the file in which attempts to leave are kept
_LONGEST_NAME = 100


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0] if event.startswith("socket.get") else _host(arguments[1])
        if host is not None and not _is_here(host):
            attempt = f"{event} to {str(host)[:_LONGEST_NAME]}"
            if LOG in os.environ:
                with open(os.environ[LOG], "a", encoding="utf-8") as log:  # noqa: PTH123 - an audit hook imports little
                    log.write(attempt.replace("\n", " ") + "\n")
            raise OSError(f"tests stay on this machine: {attempt}")


def _host(address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else None  # a path: a Unix socket


def _is_here(host: Any) -> bool:
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        # A mail program greets with the machine's own name, and looks it up for that.
        return name in ("", "localhost", "localhost.localdomain", os.uname().nodename)


# Cannot be taken out again, not even by a test.
sys.addaudithook(_watch)
