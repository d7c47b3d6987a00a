"""Crawls endpoints for real: servers on loopback, settings, a store, and the crawl's child as the daemon starts it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from config import load
from crawler.build import build
from crawler.fetch.job import Job
from crawler.flow import Engine
from crawler.model import Entry, Feed, FeedState, Poll
from crawler.ports import Query
from crawler.urls import clean
from tests.hostile import Hostile
from tests.hostility.endpoints import Endpoint

DAY = timedelta(days=1)
QUICK = {"timeout_seconds": 6.0, "max_page_bytes": 2**20, "max_feed_bytes": 2**20, "read_seconds": 3.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    """What became of the endpoints by name, and what that cost."""

    outcomes: Mapping[str, str | int]
    seconds: float
    code: int
    seen: Mapping[str, Any]
    log: str
    engine: Engine


def crawl(endpoints: Sequence[Endpoint], folder: Path, **fetch: Any) -> Crawled:
    """Crawl *endpoints* in one round, as the daemon would; *folder* gets settings, store and archive."""
    with ExitStack() as stack:
        web = stack.enter_context(Hostile())
        for one in endpoints:
            web.replies |= {f"{one.host}{path}": reply for path, reply in one.replies.items()}
        ports = {None: web.port, "plain": web.port}
        for kind in {one.tls for one in endpoints} - set(ports):
            ports[kind] = stack.enter_context(tls_server(kind or "", web, folder))
        urls = {one.name: _url(one, ports[one.tls]) for one in endpoints}
        written(endpoints, urls, ports, folder, QUICK | fetch)
        engine = build(load(folder))
        for one in endpoints:
            if not one.feed:
                _named(engine, one.name, urls[one.name])
        begun = time.monotonic()
        code, log = run(folder)
    seen = json.loads((folder / "seen.json").read_text()) if (folder / "seen.json").is_file() else {}
    return Crawled(
        outcomes={one.name: outcome(one, urls[one.name], log, engine) for one in endpoints},
        seconds=time.monotonic() - begun,
        code=code,
        seen=seen,
        log=log,
        engine=engine,
    )


def run(folder: Path) -> tuple[int, str]:
    """Run the crawl's child over the settings in *folder*; return its exit code and its log."""
    job = Job(folder=str(folder), everything=True, feeds=1_000, pages=1_000, longest_seconds=120.0)
    log = folder / "log"
    with log.open("w") as errors, subprocess.Popen(
        [sys.executable, "-m", "tests.hostility.child", str(folder / "seen.json")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, text=True,
        env=os.environ | {"SSL_CERT_FILE": str(folder / "authority.pem")},
    ) as child:  # fmt: skip
        assert child.stdin is not None
        child.stdin.write(job.line())
        child.stdin.flush()  # and open: its end would tell the child that it is alone
        try:
            code = child.wait(200)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
    return code, log.read_text(errors="replace")


def _url(one: Endpoint, port: int) -> str:
    return f"{'https' if one.tls else 'http'}://{one.host}:{port}{one.path}"


def _named(engine: Engine, source: str, url: str) -> None:
    """Have a feed name a page."""
    state = FeedState(url=f"https://names.example/{source}", source_id=source, seeded=True)
    engine.record(Poll(state=state, feed=Feed(entries=(Entry(url=url, title="The log"),))))


def written(
    endpoints: Sequence[Endpoint],
    urls: Mapping[str, str],
    ports: Mapping[Any, int],
    folder: Path,
    fetch: Mapping[str, Any],
) -> None:
    """Write the settings under which these are crawled."""
    names = {one.host: "127.0.0.1" for one in endpoints}
    for one in endpoints:
        names |= one.hosts
    main = {
        "store": f"sqlite:///{folder}/copytrail.db",
        "fetch": {
            "delay_seconds": 0,
            **fetch,
            "hosts": names,
            "allow": sorted({f"127.0.0.1:{port}" for port in ports.values()}),
        },
        "log": {"format": "json"},
    }
    sources = [
        {"id": one.name, "name": one.name, "domains": [one.host], "feeds": [urls[one.name]] if one.feed else []}
        for one in endpoints
    ]
    (folder / "copytrail.yaml").write_text(yaml.safe_dump(main))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}))


def outcome(one: Endpoint, url: str, log: str, engine: Engine) -> str | int:
    """Return what became of an endpoint, in the form of ``Endpoint.outcome``."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    if one.feed:
        polls = [
            line for line in lines if line["event"] == "polled" and line.get("feed") == url and "part_of" not in line
        ]
        told = [line for line in lines if line["event"] in ("feed_failed", "unread") and line.get("url") == url]
        if len(polls) != 1:
            return f"polled {len(polls)} times"
        state = engine.store.feed_state(url)
        if told or (state is not None and state.failures):
            return f"{told[0]['event'] if told else 'polled'}: {polls[0]['problem']}"
        return int(polls[0]["new"])
    for line in lines:
        if line.get("url") in (url, clean(url)) and line["event"] in (
            "missed",
            "not_an_article",
            "unread",
            "ingest_failed",
        ):
            kind = {"not_an_article": "no article"}.get(line["event"], line["event"])
            words = line.get("reason") or line.get("problem") or line.get("error") or line.get("exception")
            return f"{kind}: {words}"
    return "article" if engine.store.search(Query(source=one.name, limit=1)) else "nothing"


def fits(one: Endpoint, became: str | int) -> bool:
    """Say whether *became* is the endpoint's outcome: the same number, or event with those words in its reason."""
    if isinstance(one.outcome, int) or isinstance(became, int):
        return one.outcome == became
    event, _, words = one.outcome.partition(": ")
    return became.partition(": ")[0] == event and words in became


@contextmanager
def tls_server(kind: str, web: Hostile, folder: Path) -> Iterator[int]:
    """Serve what *web* does, behind TLS that is sound or wrong in its way; yield the port."""
    if kind == "silent":
        with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
            yield silent.getsockname()[1]
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(kind, folder))
    if kind == "old":
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with Hostile(context) as server:
        server.replies = web.replies
        yield server.port


def certificate(kind: str, folder: Path) -> Path:
    """Return a file with a key and a certificate: of the authority in *folder*, unless it signed itself."""
    authority, key_of_authority = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = ["another.example"] if kind == "of-another" else ["tls.example", f"tls-{kind}.example"]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = datetime.now(UTC)
    signed_itself = kind == "self-signed"
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if signed_itself else authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now - DAY if kind == "expired" else now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .sign(key if signed_itself else key_of_authority, hashes.SHA256())
    )
    file = folder / f"{kind}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return file


_KEYS: dict[Path, tuple[x509.Certificate, ec.EllipticCurvePrivateKey]] = {}


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    if folder not in _KEYS:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - 60 * DAY)
            .not_valid_after(now + 60 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / "authority.pem").write_bytes(made.public_bytes(Encoding.PEM))
        _KEYS[folder] = made, key
    return _KEYS[folder]
