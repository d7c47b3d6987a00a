"""The doctor's look at a cluster: what is wrong with it is named, and what to do."""

from __future__ import annotations

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest

from crawler.errors import StoreUnavailable
from crawler.ports import Finding
from crawler.store import open_store
from crawler.store.elastic import ElasticStore
from crawler.store.elastic.checkup import clocks, differing, versions
from tests.builders import NOON
from tests.elastic.places import ask
from tests.elastic.server import MAJOR, VERSIONS, Server, a_folder, free_port


def made(server: str) -> str:
    """Return the URL of a store of its own, its indices made."""
    url = f"{server}/t-{uuid4().hex[:8]}"
    open_store(url).status()
    return url


def wrong(url: str) -> list[Finding]:
    """Return the one finding that is wrong."""
    found = [finding for finding in ElasticStore(url).checkup() if finding.state == "wrong"]
    assert len(found) == 1, found
    return found


@pytest.mark.parametrize(
    ("client", "server", "state"),
    [
        ("9.5.1", "9.2.0", "ok"),
        ("8.19.3", "8.19.0", "ok"),
        ("9.5.1", "8.19.0", "wrong"),
        ("8.19.3", "9.2.0", "warning"),
        ("8.19.3", "8.11.2", "warning"),
        ("9.5.1", "10.0.0-SNAPSHOT", "warning"),
    ],
)
def test_a_client_goes_with_a_server_of_its_major_version(client: str, server: str, state: str) -> None:
    found = versions(client, server)
    assert found.state == state
    assert client in found.words
    assert server in found.words
    assert ("pip install" in found.words) == (client.split(".", maxsplit=1)[0] != server.split(".", maxsplit=1)[0])


def test_a_field_that_is_missing_or_of_another_type_is_named_with_its_place() -> None:
    word, number = {"type": "keyword"}, {"type": "long"}
    wanted = {
        "properties": {"a": word, "b": {"properties": {"c": number, "d": word}}, "e": {**word, "fields": {"f": number}}}
    }
    held = {"properties": {"a": word, "b": {"properties": {"c": word}}, "e": word, "more": word}}
    assert sorted(differing(wanted, held)) == ["b.c", "b.d", "e.f"]
    assert not list(differing(wanted, wanted))


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (-3, "ok"), (20, "warning"), (-3700, "wrong")])
def test_clocks_that_differ_are_said_to(seconds: float, state: str) -> None:
    asked, answered = NOON, NOON + timedelta(seconds=2)
    assert clocks(NOON + timedelta(seconds=1 + seconds), asked, answered).state == state


def test_a_cluster_that_is_well_has_nothing_wrong(elastic_server: str) -> None:
    found = ElasticStore(made(elastic_server)).checkup()
    assert [finding for finding in found if finding.state != "ok"] == []
    assert {finding.what for finding in found} == {"elasticsearch", "health", "server clock"}
    (version,) = (finding.words for finding in found if finding.what == "elasticsearch")
    assert VERSIONS[MAJOR] in version


def test_a_field_that_an_index_lacks_is_named(elastic_server: str) -> None:
    url = made(elastic_server)
    server, _, prefix = url.rpartition("/")
    ask(f"{url}-alerts-v1", method="DELETE")
    # By another name than the template's, so that it gets no fields from there.
    index = {"mappings": {"_meta": {"schema": 1}}, "aliases": {f"{prefix}-alerts": {"is_write_index": True}}}
    ask(f"{server}/old-{prefix}", index, method="PUT")
    (found,) = wrong(url)
    assert "-alerts does not have the fields " in found.words
    assert "store migrate" in found.words


def test_an_alias_without_an_index_is_named(elastic_server: str) -> None:
    url = made(elastic_server)
    ask(f"{url}-matches-v1", method="DELETE")
    (found,) = wrong(url)
    assert "-matches is not there: `copytrail store init` makes it" in found.words


def test_a_read_only_index_is_named(elastic_server: str) -> None:
    url = made(elastic_server)
    ask(f"{url}-*/_settings", {"index.blocks.read_only_allow_delete": True}, method="PUT")
    (found,) = wrong(url)
    assert "is read-only: make room on its disks" in found.words


def test_what_is_read_only_of_another_store_on_the_same_cluster_is_no_matter(elastic_server: str) -> None:
    other = made(elastic_server)
    ask(f"{other}-*/_settings", {"index.blocks.read_only_allow_delete": True}, method="PUT")
    assert not [finding for finding in ElasticStore(made(elastic_server)).checkup() if finding.state != "ok"]


def test_a_server_that_is_not_there_is_said_to_be(elastic_server: str) -> None:
    (found,) = ElasticStore(f"http://127.0.0.1:{free_port()}").checkup()
    assert found.state == "wrong"
    assert "cannot be reached" in found.words


def test_a_server_of_the_other_major_version_is_told_from_ours() -> None:
    """The client of 9 is refused by a server of 8; that of 8 gets along with a server of 9."""
    (other,) = set(VERSIONS) - {MAJOR}
    server = Server(a_folder(), version=VERSIONS[other])
    server.start()
    try:
        store = open_store(server.url)
        (found,) = (finding for finding in store.checkup() if finding.what == "elasticsearch")
        if other < MAJOR:
            assert found.state == "wrong"
            assert 'pip install "copytrail[elasticsearch8]"' in found.words
            with pytest.raises(StoreUnavailable, match="older Elasticsearch than this client"):
                store.status()
        else:
            assert found.state == "warning"
            assert store.status().articles == 0
    finally:
        server.stop()
        shutil.rmtree(server.home.parent, ignore_errors=True)
