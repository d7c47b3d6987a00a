"""No spelling of an address inside is dialled, by whatever way it comes: the spellings times the ways."""

from __future__ import annotations

from tests.fetch.desks import a_feed_state, a_pending, a_round
from tests.hostile import Hostile, Reply, a_feed

# As a URL writes them; what none but the C library's resolver understands is resolved here as it would.
ADDRESSES = (
    "127.0.0.1 127.0.0.53 127.255.255.254 0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 169.254.0.1 "
    "169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 "
    "192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 "
    "255.255.255.255 [::] [::1] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] "
    "[::ffff:169.254.169.254] [::ffff:10.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [100::1] "
    "[2001::1] [2001:0:7f00:1::] [2001:db8::1] [2002:7f00:1::] [2002:a9fe:a9fe::] [3fff::1] [5f00::1] [fc00::1] "
    "[fd00:ec2::254] [fe80::1] [fec0::1] [ff02::1] [4000::1] "
)
NAMES = {
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "0x7f.0.0.1": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0": "0.0.0.0",
    "2852039166": "169.254.169.254",
    "0xa9fea9fe": "169.254.169.254",
    "0251.0376.0251.0376": "169.254.169.254",
    "localhost": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1",
    "metadata.google.internal": "169.254.169.254",
    "rebound.example": "10.0.0.1",
    "rebound6.example": "fd00::1",
    "mapped.example": "::ffff:127.0.0.1",
}
SPELLINGS = [f"http://{host}/" for host in (*ADDRESSES.split(), *NAMES)] + [
    "http://127.0.0.1:22/",
    "http://127.0.0.1:9200/_search",
    "https://127.0.0.1/",
    "https://[::1]:8443/",
    "http://127.0.0.1.:80/",
]
GOOD = "<html><head>{}</head><body><article><p>A page of its own words.</p></article></body></html>"


def test_no_spelling_of_an_address_inside_is_dialled_by_any_way() -> None:
    assert len(set(SPELLINGS)) >= 70
    with Hostile() as site:
        redirects, pointers = {}, {}
        for number, target in enumerate(SPELLINGS):
            redirects[f"/to/{number}"] = Reply(
                status=(301, 302, 303, 307, 308)[number % 5], headers={"Location": target}
            )
            head = f'<meta http-equiv="refresh" content="0;url={target}"><link rel="canonical" href="{target}">'
            pointers[f"/points/{number}"] = Reply(GOOD.format(head).encode(), headers={"Refresh": f"0;url={target}"})
        site.replies |= redirects | pointers | {"/feed": a_feed(*SPELLINGS)}
        ways = [a_pending(site.url(path)) for path in (*redirects, *pointers)]
        direct = [a_pending(target, key=f"direct {target}") for target in SPELLINGS]
        done = a_round(
            a_feed_state(site.url("/feed")),
            waiting=[*ways, *direct],
            port=site.port,
            hosts=["site.example"],
            resolve=NAMES | {"127.0.0.1.": "127.0.0.1"},
            obey_robots=False,
            concurrency_per_host=8,
        )
    assert {dialled for dialled in done.dialled if dialled != ("127.0.0.1", site.port)} == set()
    reached = {page.final_url for page in done.desk.pages}
    assert reached == {site.url(path) for path in pointers}  # read, and not left for where they point
    refused = [reason for reason, _ in done.desk.misses.values() if "refused to dial" in reason]
    assert len(done.desk.misses) >= 2 * len(SPELLINGS)
    assert len(refused) >= 2 * len(SPELLINGS) - 8  # a few are no addresses that can be asked at all
