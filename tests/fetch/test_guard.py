from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.guard import AddressRefused, allowances, check, guard_reactor, public

_NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.0.0.53 127.255.255.254
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1
64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a00:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1
4000::1 8000::1 fe80::1%eth0 2600::1%eth0
"""

_PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
223.255.255.255 2001:200::1 2001:4860:4860::8888 2003::1 2600::1 2a00:1450::1 2c0f::1 3ffe::1
"""

SPELLINGS = ["localhost", "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "0", "127.0.0.1.", "", "１２７.0.0.1"]


@pytest.mark.parametrize("address", _NOT_PUBLIC.split())
def test_an_address_off_the_public_internet_is_refused(address: str) -> None:
    assert not public(ipaddress.ip_address(address))
    with pytest.raises(AddressRefused, match="not a public address"):
        check(address, 80, ())


@pytest.mark.parametrize("address", _PUBLIC.split())
def test_an_address_of_the_public_internet_may_be_dialled(address: str) -> None:
    check(address, 443, ())


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_name_or_an_odd_spelling_is_refused_because_nobody_has_looked_where_it_leads(name: str) -> None:
    with pytest.raises(AddressRefused, match="not an address"):
        check(name, 80, ())


@pytest.mark.parametrize("port", [0, 22, 25, 81, 3306, 6379, 9200, 65535])
def test_ports_that_are_not_the_web_are_refused(port: int) -> None:
    with pytest.raises(AddressRefused, match="not a port of the web"):
        check("8.8.8.8", port, ())


def test_only_the_very_address_and_port_that_are_allowed_pass() -> None:
    allowed = allowances(["127.0.0.1:41873", "[::1]:8000"])
    check("127.0.0.1", 41873, allowed)
    check("::1", 8000, allowed)
    for host, port in (("127.0.0.1", 41874), ("127.0.0.2", 41873), ("::1", 41873), ("::ffff:127.0.0.1", 41873)):
        with pytest.raises(AddressRefused, match=r"fetch\.allow"):
            check(host, port, allowed)


@given(st.integers(0, 2**32 - 1))
def test_no_way_of_carrying_an_ipv4_address_inside_ipv6_passes(number: int) -> None:
    for base in ("::", "::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "2001::", "fe80::5efe:0:0"):
        assert not public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(base)) + number))
    assert not public(ipaddress.IPv6Address((0x2002 << 112) + (number << 80)))


@given(st.integers(0, 2**32 - 1))
def test_whatever_the_standard_library_calls_not_global_is_refused(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    assert address.is_global or not public(address)


def test_the_reactor_is_asked_to_dial_only_what_passed() -> None:
    class Reactor:
        def __init__(self) -> None:
            self.dialled: list[tuple[str, int]] = []

        def connectTCP(self, host: str, port: int, factory: object) -> None:
            self.dialled.append((host, port))

    reactor = Reactor()
    dialled = reactor.dialled
    guard_reactor(reactor, {("127.0.0.1", 8000)})
    with pytest.raises(AddressRefused):
        reactor.connectTCP("169.254.169.254", 80, object())
    reactor.connectTCP("127.0.0.1", 8000, object())
    assert dialled == [("127.0.0.1", 8000)]
