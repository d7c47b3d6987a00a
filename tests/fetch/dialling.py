"""Keeps a crawl in a process of its own from dialling anything but loopback, below the guard."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from scrapy.utils.reactor import install_reactor

CLOSED_PORT = 9


def a_watched_reactor() -> tuple[Any, list[tuple[str, int]]]:
    """Install the crawl's reactor; return it, and the list of what it is asked to dial.

    Its dial only ever leaves for loopback: whatever a site names, no test sends a packet to it.
    """
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    reactor: Any = import_module("twisted.internet.reactor")
    dial = reactor.connectTCP
    dialled: list[tuple[str, int]] = []

    def only_loopback(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        dialled.append((host, port))
        if host != "127.0.0.1":
            host, port = "127.0.0.1", CLOSED_PORT
        return dial(host, port, *args, **kwargs)

    reactor.connectTCP = only_loopback
    return reactor, dialled
