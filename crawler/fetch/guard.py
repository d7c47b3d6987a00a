"""Refuses to dial addresses that are not on the public internet, at the moment of dialling.

Names are checked where it counts: a check at an earlier moment (in a middleware, at resolving) is
beaten by a name that answers differently the second time. Twisted hands ``connectTCP`` the address
it is about to connect to; what is refused there is never dialled.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = frozenset({80, 443, 8080, 8443})

# ``ipaddress.is_global`` is no substitute: of these it calls 192.0.0.8, multicast, NAT64, 6to4 and
# fec0::/10 global (CPython 3.11.7).
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")  # the only block of global unicast
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address inside
        "3fff::/20",  # documentation
    )
)


class AddressRefused(FetchError):
    """A name or a link leads to an address that must not be dialled."""


def public(address: Address) -> bool:
    """Say whether *address* is on the public internet. Mapped, tunnelled and scoped ones are not."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    if address.scope_id is not None or address not in _OPEN_V6:
        return False
    return not any(address in net for net in _CLOSED_V6)


def check(host: str, port: int, allowed: Collection[tuple[str, int]]) -> None:
    """Raise AddressRefused unless *host* is a literal address that may be dialled on *port*."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Proxies and FTP hand over names: nobody would check where those lead.
        raise AddressRefused(f"refused to dial {_short(host)}:{port}: not an address") from None
    if (str(address), port) in allowed:
        return
    if not public(address):
        raise AddressRefused(
            f"refused to dial {address}:{port}: not a public address; "
            f"if it is meant, add '{address}:{port}' to fetch.allow"
        )
    if port not in PORTS:
        raise AddressRefused(
            f"refused to dial {address}:{port}: not a port of the web (80, 443, 8080, 8443); "
            f"if it is meant, add '{address}:{port}' to fetch.allow"
        )


def allowances(lines: Sequence[str]) -> frozenset[tuple[str, int]]:
    """Return (address, port) of settings such as "127.0.0.1:8080" and "[::1]:8080"."""
    pairs = set()
    for line in lines:
        host, _, port = line.rpartition(":")
        pairs.add((str(ipaddress.ip_address(host.strip("[] "))), int(port)))
    return frozenset(pairs)


def guard_reactor(reactor: Any, allowed: Collection[tuple[str, int]]) -> None:
    """Make every dial of *reactor* pass ``check`` first."""
    dial: Callable[..., Any] = reactor.connectTCP

    def guarded(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        check(host, port, allowed)
        return dial(host, port, *args, **kwargs)

    reactor.connectTCP = guarded


@implementer(IHostResolution)
class _Settled:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """There is nothing to cancel: the answer was there at once."""


@implementer(IHostnameResolver)
class NamedHosts:
    """Answers for the names of ``fetch.hosts`` and for literal addresses, and hands the rest to the system's resolver.

    Nothing is cached: a name's address may change during a round, and the guard looks at each dial.
    """

    def __init__(self, hosts: Mapping[str, str], reactor: Any) -> None:
        self._hosts = {name.lower().rstrip("."): address for name, address in hosts.items()}
        self._reactor = reactor
        self._system = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        return cls(crawler.settings.getdict("COPYTRAIL_HOSTS"), reactor)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        known = self._hosts.get(hostName.lower().rstrip(".")) or _literal(hostName)
        if known is None:
            return self._system.resolveHostName(
                resolutionReceiver, hostName, portNumber, addressTypes, transportSemantics
            )
        resolution = _Settled(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        kind = IPv6Address if ":" in known else IPv4Address
        resolutionReceiver.addressResolved(kind("TCP", known, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _short(text: str) -> str:
    return repr(text[:80])
