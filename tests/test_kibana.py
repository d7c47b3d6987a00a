"""Kibana's saved objects are whole, and getting them in says what went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crawler.errors import InputError, KibanaError
from crawler.kibana import Access, ndjson, panels, put_in, saved_objects
from tests.elastic.server import free_port
from tests.end_to_end.shell import a_house, copytrail

ROOT = Path(__file__).parents[1]
OBJECTS = {(one["type"], one["id"]): one for one in saved_objects()}
MAPPINGS = {
    f"copytrail-{name}": json.loads((ROOT / "config" / "elasticsearch" / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("articles", "matches", "alerts")
}


# --- the objects


def test_every_reference_leads_to_an_object_that_comes_before_it() -> None:
    seen: set[tuple[str, str]] = set()
    for one in saved_objects():
        assert {(ref["type"], ref["id"]) for ref in one["references"]} <= seen, one["id"]
        seen.add((one["type"], one["id"]))
    assert len(seen) == len(saved_objects())  # no id twice


def test_every_panel_and_the_four_lists_that_analysts_ask_for_are_there() -> None:
    assert {id for type, id in OBJECTS if type == "visualization"} == {f"copytrail-panel-{name}" for name in panels()}
    searches = {one["attributes"]["title"] for (type, _), one in OBJECTS.items() if type == "search"}
    assert searches >= {"New republications", "Copies without a credit", "Late originals", "Sources gone quiet"}


def test_the_dashboard_names_each_of_its_panels_and_none_lies_on_another() -> None:
    board = OBJECTS["dashboard", "copytrail-overview"]
    rows = json.loads(board["attributes"]["panelsJSON"])
    names = {ref["name"]: ref for ref in board["references"]}
    assert set(names) == {f"{row['panelIndex']}:{row['panelRefName']}" for row in rows}
    for row in rows:
        assert names[f"{row['panelIndex']}:{row['panelRefName']}"]["type"] == row["type"]
    taken = [
        (x, y)
        for grid in (row["gridData"] for row in rows)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 48  # Kibana's grid
    assert {row["type"] for row in rows} == {"visualization", "search"}


def test_what_is_a_text_of_json_within_the_json_can_be_read() -> None:
    for one in saved_objects():
        held = one["attributes"]
        for name in ("visState", "panelsJSON", "optionsJSON", "uiStateJSON"):
            if name in held:
                json.loads(held[name])
        if "kibanaSavedObjectMeta" in held:
            json.loads(held["kibanaSavedObjectMeta"]["searchSourceJSON"])


def test_a_search_points_at_its_data_view_under_the_name_that_its_source_gives() -> None:
    for (type, _), one in OBJECTS.items():
        if type != "search" or one["attributes"]["isTextBasedQuery"]:
            continue
        source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        (reference,) = one["references"]
        assert reference["name"] == source["indexRefName"]
        fields = mapped(MAPPINGS[reference["id"]]["template"]["mappings"]["properties"])
        assert set(one["attributes"]["columns"]) <= fields
        assert set(re.findall(r"([\w.]+) (?::|>|<)", source["query"]["query"])) <= fields


def mapped(properties: Any, above: str = "") -> set[str]:
    found = set()
    for name, held in properties.items():
        if "properties" in held:
            found |= mapped(held["properties"], f"{above}{name}.")
        else:
            found.add(f"{above}{name}")
    return found


def test_a_data_views_time_is_a_date() -> None:
    for (type, id), one in OBJECTS.items():
        if type == "index-pattern" and "timeFieldName" in one["attributes"]:
            field = MAPPINGS[id]["template"]["mappings"]["properties"][one["attributes"]["timeFieldName"]]
            assert field["type"].startswith("date")


def test_objects_of_another_prefix_ask_only_its_indices_and_replace_none_of_the_first() -> None:
    text = ndjson("desk-7")
    assert "copytrail-" not in text
    assert not {json.loads(line)["id"] for line in text.splitlines()} & {id for _, id in OBJECTS}
    assert ndjson() == ndjson("copytrail")


# --- the command


def test_the_command_prints_them_an_object_a_line_or_writes_them(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    shown = copytrail("store", "kibana", folder=folder)
    assert shown.code == 0
    assert shown.out == ndjson()
    assert copytrail("store", "kibana", "--out", "objects.ndjson", folder=folder).out == ""
    assert (folder / "objects.ndjson").read_text(encoding="utf-8") == ndjson()


def test_the_command_asks_the_indices_of_the_store_that_is_configured(tmp_path: Path) -> None:
    done = copytrail("--store", "http://127.0.0.1:1/desk-7", "store", "kibana", folder=a_house(tmp_path))
    assert done.out == ndjson("desk-7")


# --- the door


@dataclass
class Kibana:
    """Answers every request with ``answer`` and keeps what came."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"success": True, "successCount": 16, "successResults": []})
    headers: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    came: list[Message] = field(default_factory=list)


@contextmanager
def served(kibana: Kibana) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kibana.paths.append(self.path)
            head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            kibana.came.append(message_from_bytes(head.encode() + b"\r\n" + body))
            said = kibana.answer if isinstance(kibana.answer, bytes) else json.dumps(kibana.answer).encode()
            self.send_response(kibana.status)
            for name, value in kibana.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_import_is_one_file_to_kibanas_own_address_and_replaces_what_is_there() -> None:
    kibana = Kibana()
    with served(kibana) as url:
        assert put_in(f"{url}/base/", ndjson(), access=Access(api_key="a2V5")) == 16
    assert kibana.paths == ["/base/api/saved_objects/_import?overwrite=true"]
    (came,) = kibana.came
    assert came["kbn-xsrf"]
    assert came["Authorization"] == "ApiKey a2V5"
    (file,) = came.get_payload()  # type: ignore[misc]
    assert file.get_param("name", header="content-disposition") == "file"  # type: ignore[union-attr]
    assert file.get_filename().endswith(".ndjson")  # type: ignore[union-attr]
    sent = file.get_payload(decode=True).decode().rstrip("\r\n")  # type: ignore[union-attr]
    assert sent + "\n" == ndjson()


def test_a_space_is_part_of_the_address_and_a_password_goes_in_a_header(tmp_path: Path) -> None:
    kibana = Kibana()
    secrets = {"COPYTRAIL_SECRET_KIBANA_USER": "elastic", "COPYTRAIL_SECRET_KIBANA_PASSWORD": "pw"}
    with served(kibana) as url:
        command = ("store", "kibana", "--import", url, "--space", "news room")
        done = copytrail(*command, folder=a_house(tmp_path), settings=secrets)
    assert done.code == 0
    assert done.out.startswith(f"16 objects put into {url}")
    assert kibana.paths[0].startswith("/s/news%20room/api/")
    assert kibana.came[0]["Authorization"] == "Basic ZWxhc3RpYzpwdw=="


CONFLICT = {
    "success": False,
    "successCount": 15,
    "errors": [{"type": "dashboard", "id": "copytrail-overview", "error": {"type": "ambiguous_conflict"}}],
}
MISSING = {
    "success": False,
    "successCount": 0,
    "errors": [
        {
            "type": "search",
            "id": "s",
            "error": {
                "type": "missing_references",
                "references": [{"type": "index-pattern", "id": "the-view"}],
            },
        }
    ],
}


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, CONFLICT, "took 15 objects and refused 1, the first of them dashboard 'copytrail-overview': ambig"),
        (200, MISSING, "missing_references: index-pattern the-view"),
        (401, {"message": "Unauthorized"}, "wants another user or key: set COPYTRAIL_SECRET_KIBANA_API_KEY"),
        (403, {"message": "Forbidden"}, "needs the privilege to manage saved objects"),
        (404, {"message": "Not Found"}, "is it a Kibana"),
        (400, {"message": "Invalid saved object"}, r"refused the objects \(400\): Invalid saved object"),
        (413, b"<html>", r"refused the objects \(413\)"),
        (503, b"Kibana server is not ready yet", "try again when Kibana has started"),
        (200, b"<html>Welcome to nginx</html>", "does not answer as Kibana does"),
        (200, {"name": "node-1", "tagline": "You Know, for Search"}, "does not answer as Kibana does"),
        (200, [], "does not answer as Kibana does"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_in_one_line(status: int, answer: Any, words: str) -> None:
    with served(Kibana(status=status, answer=answer)) as url, pytest.raises(KibanaError, match=words) as problem:
        put_in(url, ndjson())
    assert "\n" not in str(problem.value)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    other = Kibana()
    with served(other) as there, served(Kibana(status=302, answer=b"", headers={"Location": there})) as here:
        with pytest.raises(KibanaError, match="sends us elsewhere"):
            put_in(here, ndjson(), access=Access(api_key="a2V5"))
        assert other.came == []


def test_a_kibana_that_is_not_there_is_said_so() -> None:
    with pytest.raises(KibanaError, match="cannot be reached"):
        put_in(f"http://127.0.0.1:{free_port()}", ndjson())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kibana.example:5601", "not the address of a Kibana"),
        ("https://elastic:pw@kibana.example", "no place in Kibana's address"),
        ("http://kibana.example:5601", "unencrypted"),
    ],
)
def test_an_address_that_would_give_the_password_away_is_refused(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        put_in(url, ndjson(), access=Access(user="elastic", password="pw"))


def test_a_name_that_only_a_network_of_containers_knows_may_be_asked_without_encryption() -> None:
    with pytest.raises(KibanaError, match="cannot be reached"):
        put_in(f"http://localhost:{free_port()}", ndjson(), access=Access(user="elastic", password="pw"))
