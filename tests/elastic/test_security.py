"""With security and TLS on: who gets in, whom we trust, and what each role of config/elasticsearch/ allows."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from crawler.errors import StoreError, StoreUnavailable
from crawler.ports import Query
from crawler.store import open_store
from tests.builders import a_fingerprint, a_lineage, an_article
from tests.elastic.certificates import Certified, certified
from tests.elastic.server import Server, a_folder, free_port
from tests.end_to_end.shell import copytrail
from tests.hostile import Hostile, a_feed
from tests.scheduler.sites import a_folder as a_folder_of_settings
from tests.scheduler.sites import an_article as report

ROLES = Path(__file__).parents[2] / "config" / "elasticsearch" / "roles.json"
USERS = {"admin": "copytrail_admin", "daemon": "copytrail_daemon", "analyst": "copytrail_reader", "root": "superuser"}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def secured(papers: Certified) -> Iterator[Server]:
    """A server that speaks TLS and knows our roles, a user of each."""
    server = Server(
        a_folder(),
        {
            "xpack.security.enabled": "true",
            "xpack.security.authc.api_key.enabled": "true",
            "xpack.security.http.ssl.enabled": "true",
            "xpack.security.http.ssl.key": "key.pem",
            "xpack.security.http.ssl.certificate": "chain.pem",
        },
        scheme="https",
    )
    config = server.home / "config"
    roles = json.loads(ROLES.read_text(encoding="utf-8"))
    (config / "roles.yml").write_text(yaml.safe_dump(roles), encoding="utf-8")
    (config / "users").write_text("".join(f"{user}:{_hashed('pw-' + user)}\n" for user in USERS), encoding="utf-8")
    (config / "users_roles").write_text("".join(f"{r}:{u}\n" for u, r in USERS.items()), encoding="utf-8")
    for name in ("key.pem", "chain.pem"):
        shutil.copy(papers.key.with_name(name), config / name)
    server.start()
    open_store(url_of(server, "admin", papers)).status()
    yield server
    server.stop()
    shutil.rmtree(server.home.parent, ignore_errors=True)


def _hashed(password: str) -> str:
    salt = os.urandom(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return f"{{PBKDF2}}10000${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def url_of(server: Server, user: str, papers: Certified, password: str | None = None, *, prefix: str = "") -> str:
    """Return the store's URL as a user would write it: who we are there, and whose signature we trust."""
    named = server.url.replace("://", f"://{user}:{password or 'pw-' + user}@")
    return f"{named}{prefix}?ca_certs={quote(str(papers.authority))}"


def asked(
    server: Server, papers: Certified, path: str, *, user: str, body: Any = None, method: str | None = None
) -> tuple[int, Any]:
    """Return the server's own answer to *user*, and its status."""
    token = base64.b64encode(f"{user}:pw-{user}".encode()).decode()
    request = urllib.request.Request(
        f"{server.url}/{path}",
        None if body is None else json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Basic {token}"},
        method=method,
    )
    trusting = ssl.create_default_context(cafile=str(papers.authority))
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


# --- roles


def test_the_daemons_role_is_enough_once_the_admin_has_made_the_indices(secured: Server, papers: Certified) -> None:
    with pytest.raises(StoreError, match="copytrail_admin"):
        open_store(url_of(secured, "daemon", papers, prefix="/copytrail-new")).status()
    store = open_store(url_of(secured, "daemon", papers))
    article = an_article()
    store.save_article(article, (), a_fingerprint(article.text))
    store.save_lineage(article.id, a_lineage())
    assert store.refresh()
    status = store.status()
    assert status.articles == 1
    assert "pw-" not in status.url
    store.check()
    assert {finding.state for finding in store.checkup()} == {"ok"}
    store.close()


@pytest.mark.parametrize("index", ["copytrail-articles", "copytrail-matches", "copytrail-alerts"])
@pytest.mark.parametrize("version", ["", "-v7"])
def test_the_readers_role_reads_what_is_for_people_and_writes_nothing(
    secured: Server, papers: Certified, index: str, version: str
) -> None:
    """An index that a later mapping brings is no exception."""
    name = index + version
    if version:
        assert asked(secured, papers, name, user="root", method="PUT", body={})[0] in (200, 400)
    assert asked(secured, papers, f"{name}/_search", user="analyst")[0] == 200
    for path, method, body in (
        (f"{name}/_doc/x", "PUT", {"id": "x"}),
        (f"{name}/_doc/x", "DELETE", None),
        (f"{name}/_update/x", "POST", {"doc": {"id": "x"}}),
        (f"{name}/_mapping", "PUT", {"properties": {"x": {"type": "keyword"}}}),
        (f"{name}/_settings", "PUT", {"index.blocks.write": True}),
    ):
        assert asked(secured, papers, path, user="analyst", method=method, body=body)[0] == 403, path
    assert asked(secured, papers, name, user="analyst", method="DELETE")[0] == 403


def test_the_readers_role_does_not_see_what_is_our_own(secured: Server, papers: Certified) -> None:
    for name in ("copytrail-state", "copytrail-fingerprints"):
        assert asked(secured, papers, f"{name}/_search", user="analyst")[0] == 403


def test_the_daemons_role_makes_and_deletes_no_index(secured: Server, papers: Certified) -> None:
    assert asked(secured, papers, "copytrail-articles-v9", user="daemon", method="PUT", body={})[0] == 403
    assert asked(secured, papers, "copytrail-articles-v1", user="daemon", method="DELETE")[0] == 403
    assert asked(secured, papers, "another", user="daemon", method="PUT", body={})[0] == 403


def test_rights_that_are_lacking_are_named(secured: Server, papers: Certified) -> None:
    found = open_store(url_of(secured, "analyst", papers)).checkup()
    assert found[-1].state == "wrong"
    assert "copytrail_daemon" in found[-1].words


def test_a_daemon_with_its_role_crawls_and_saves(secured: Server, papers: Certified, tmp_path: Path) -> None:
    """The crawl's child process, too, knows who it is there: from the environment."""
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": report(1)}
        folder = a_folder_of_settings(tmp_path, site, "/feed")
        main = yaml.safe_load((folder / "copytrail.yaml").read_text())
        del main["store"]
        (folder / "copytrail.yaml").write_text(yaml.safe_dump(main))
        url = url_of(secured, "daemon", papers)
        done = copytrail("--config", folder, "run", "--once", folder=tmp_path, settings={"COPYTRAIL_STORE": url})
    assert done.code == 0, done.err
    assert "pw-daemon" not in done.out + done.err
    assert site.url("/1") in {article.url for article, _ in open_store(url).search(Query(limit=10))}


# --- who we are


@pytest.mark.parametrize(("user", "password"), [("daemon", "wr0ng"), ("nobody", "wr0ng")])
def test_a_wrong_password_is_said_without_showing_it(
    secured: Server, papers: Certified, user: str, password: str
) -> None:
    with pytest.raises(StoreUnavailable, match="refuses the user") as problem:
        open_store(url_of(secured, user, papers, password)).status()
    assert "wr0ng" not in str(problem.value)


def test_an_api_key_that_the_server_does_not_know_is_refused_without_showing_it(
    secured: Server, papers: Certified
) -> None:
    """One that it knows cannot be had here: the minimal distribution has no filter for the index of keys."""
    with pytest.raises(StoreUnavailable, match="refuses the user and password or the API key") as problem:
        open_store(f"{secured.url}?ca_certs={quote(str(papers.authority))}&api_key=d3Jvbmc6a2V5").status()
    assert "d3Jvbmc6a2V5" not in str(problem.value)


def test_an_api_key_is_sent_as_one() -> None:
    said: list[str | None] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.append(self.headers.get("authorization"))
            self.send_response(401)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StoreUnavailable):
            open_store(f"http://127.0.0.1:{server.server_port}?api_key=a2V5OnNlY3JldA==").status()
        server.shutdown()
    assert said == ["ApiKey a2V5OnNlY3JldA=="]


# --- whom we trust


def test_a_server_of_an_unknown_authority_is_refused_with_what_to_do(secured: Server) -> None:
    with pytest.raises(StoreUnavailable, match="not trusted: give ca_certs=FILE or fingerprint="):
        open_store(secured.url.replace("://", "://daemon:pw-daemon@")).status()


def test_a_server_is_known_by_its_fingerprint(secured: Server, papers: Certified) -> None:
    named = secured.url.replace("://", "://daemon:pw-daemon@")
    store = open_store(f"{named}?fingerprint={papers.fingerprint}")
    assert store.status().schema
    store.close()
    other = papers.fingerprint[:-1] + ("0" if papers.fingerprint[-1] != "0" else "1")
    with pytest.raises(StoreUnavailable, match="not trusted"):
        open_store(f"{named}?fingerprint={other}").status()


def test_an_authority_that_is_not_there_is_said(secured: Server) -> None:
    named = secured.url.replace("://", "://daemon:pw-daemon@")
    with pytest.raises(StoreError, match=r"names no file: /nowhere/ca\.pem"):
        open_store(f"{named}?ca_certs=/nowhere/ca.pem").status()


def test_where_the_first_host_is_down_the_second_answers(secured: Server, papers: Certified) -> None:
    url = url_of(secured, "daemon", papers).replace("@127", f"@127.0.0.1:{free_port()},127", 1)
    for _ in range(3):
        store = open_store(url)
        assert store.status().schema
        store.save_article(an_article("second"), (), a_fingerprint("second"))
        store.close()


# --- secrets and the commands


def test_doctor_and_status_work_with_the_address_from_the_environment_and_show_no_secret(
    secured: Server, papers: Certified, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "copytrail.yaml").write_text("fetch: {contact: https://example.org/contact}\n")
    for arguments in (["doctor"], ["store", "status"], ["store", "status", "--json"]):
        done = copytrail(*arguments, folder=tmp_path, settings={"COPYTRAIL_STORE": url_of(secured, "daemon", papers)})
        assert "pw-daemon" not in done.out + done.err
    assert done.json()["state"] == "ready"


def test_a_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    done = copytrail("--store", "https://ida:s3cret@h.example", "store", "status", folder=tmp_path)
    assert done.code == 2
    assert "COPYTRAIL_STORE" in done.problem()
    assert "s3cret" not in done.out + done.err
