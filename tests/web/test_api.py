"""The API answers alike on every store: shapes, pages, problems, what may be kept, and who may change what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from crawler.model import ArticleId
from crawler.store import open_store
from tests.builders import an_alert
from tests.contract.test_store import an_empty_store
from tests.end_to_end import shapes
from tests.end_to_end.shapes import misfits
from tests.end_to_end.texts import BEES, CRANE, HARBOUR, MERIDIAN
from tests.web.house import BEARER, HARBOUR_ID, LAMP_ID, MERIDIAN_ID, a_client, an_engine, fill

PROBLEM = "application/problem+json"


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    store = open_store(an_empty_store(request, tmp_path))
    with a_client(fill(an_engine(store))) as asked:
        yield asked
    store.close()


@pytest.fixture
def quick() -> Iterator[TestClient]:
    """A client on a store in memory, for what no store has a part in."""
    with a_client(fill(an_engine(open_store("memory:")))) as asked:
        yield asked


def get(client: TestClient, path: str, code: int = 200, **more: Any) -> Any:
    answer = client.get(f"/api/v1{path}", **more)
    assert answer.status_code == code, answer.text
    return answer.json()


def problem(answer: Any, code: int) -> str:
    """Return the detail of a problem, which is one in form."""
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == PROBLEM
    value = answer.json()
    assert (value["status"], value["type"]) == (code, "about:blank")
    assert value["title"]
    return str(value["detail"])


# --- what is there


def test_an_article_has_the_shape_of_the_interface_by_id_and_by_url(client: TestClient) -> None:
    by_id = get(client, f"/articles/{MERIDIAN_ID}")
    assert list(misfits(by_id, shapes.ARTICLE)) == []
    assert by_id["lineage"]["origin"]["source"]["id"] == "harbour-post"
    assert get(client, f"/articles/{quote(MERIDIAN, safe='')}") == by_id


def test_articles_come_newest_first_a_page_at_a_time(client: TestClient) -> None:
    whole = get(client, "/articles")
    assert [a["id"] for a in whole["articles"]] == [LAMP_ID, MERIDIAN_ID, HARBOUR_ID]
    assert whole["next"] is None
    seen, cursor = [], None
    for _ in range(3):
        page = get(client, "/articles", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        seen += page["articles"]
        cursor = page["next"]
    assert (seen, cursor) == (whole["articles"], None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "derived"}, [MERIDIAN_ID]),
        ({"parent": "harbour-post"}, [MERIDIAN_ID]),
        ({"source": "lamp"}, [LAMP_ID]),
        ({"q": "honey"}, [LAMP_ID]),
        ({"since": "2024-03-06", "until": "2024-03-07"}, [MERIDIAN_ID]),
        ({"since": "60h"}, [LAMP_ID, MERIDIAN_ID]),
        ({"uncredited": "true"}, []),
    ],
)
def test_filters_choose_as_those_of_search_do(client: TestClient, asked: Any, found: list[ArticleId]) -> None:
    assert [a["id"] for a in get(client, "/articles", params=asked)["articles"]] == found


def test_a_trail_is_what_trace_prints_with_its_history(client: TestClient) -> None:
    trail = get(client, f"/trail/{MERIDIAN_ID}")
    assert [step["id"] for step in trail["chain"]] == [MERIDIAN_ID, HARBOUR_ID]
    assert trail["article"]["lineage"]["parents"][0]["evidence"]
    assert [criterion["id"] for criterion in trail["criteria"]] == [f"D{n}" for n in range(1, 13)]
    assert trail["history"][-1]["role"] == "derived"
    original = get(client, f"/trail/{HARBOUR_ID}")
    assert [copy["id"] for copy in original["copies"]] == [MERIDIAN_ID]
    assert get(client, f"/trail/{HARBOUR_ID}", params={"copies": 0})["copies"] == []


def test_copies_matches_and_comparison_say_the_same_of_one_pair(client: TestClient) -> None:
    (copy,) = get(client, f"/copies/{HARBOUR_ID}")["copies"]
    (match,) = get(client, f"/matches/{HARBOUR_ID}")["matches"]
    compared = get(client, "/compare", params={"a": HARBOUR, "b": MERIDIAN_ID})
    assert (copy["id"], {match["left"]["id"], match["right"]["id"]}) == (MERIDIAN_ID, {HARBOUR_ID, MERIDIAN_ID})
    assert compared["kind"] == match["kind"] == "near_copy"
    assert list(misfits(compared, shapes.COMPARISON)) == []
    start, end = compared["passages"][0]["a"]
    assert CRANE[start:end] in CRANE
    assert end - start > 500


def test_a_text_is_traced_and_not_kept(client: TestClient) -> None:
    before = client.get("/api/v1/articles").content
    answer = client.post("/api/v1/trace", json={"text": CRANE})
    value = answer.json()
    assert value["article"]["lineage"]["parents"][0]["id"] == HARBOUR_ID
    assert (value["article"]["id"], value["article"]["source"]["name"]) == (None, None)
    assert client.get("/api/v1/articles").content == before


def test_sources_counts_and_status_add_up(client: TestClient) -> None:
    assert [s["id"] for s in get(client, "/sources")["sources"]] == ["harbour-post", "meridian", "lamp"]
    assert get(client, "/sources/meridian")["name"] == "Meridian Digest"
    counts = get(client, "/counts")
    assert (counts["articles"], counts["derived"], counts["originals"]) == (3, 1, 1)
    assert [(p["source"], p["parent"], p["copies"]) for p in counts["pairs"]] == [("meridian", "harbour-post", 1)]
    status = get(client, "/status")
    assert (status["state"], status["articles"], status["edges"]) == ("ready", 3, 1)


def test_exports_stream_what_the_command_prints(client: TestClient) -> None:
    lines = client.get("/api/v1/export/articles").text.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {HARBOUR_ID, MERIDIAN_ID, LAMP_ID}
    table = list(csv.DictReader(io.StringIO(client.get("/api/v1/export/lineage?format=csv").text)))
    assert [(row["copy.id"], row["parent.id"]) for row in table] == [(MERIDIAN_ID, HARBOUR_ID)]
    graph = client.get("/api/v1/export/lineage?format=graphml")
    assert graph.headers["content-type"] == "application/graphml+xml"
    assert MERIDIAN_ID in graph.text


# --- what is not


@pytest.mark.parametrize("path", ["articles", "trail", "copies", "matches"])
def test_what_is_not_stored_is_not_found(client: TestClient, path: str) -> None:
    assert "not in the store" in problem(client.get(f"/api/v1/{path}/{'0' * 40}"), 404)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/articles?role=copyist", "role"),
        ("/articles?limit=0", "limit"),
        ("/articles?orgin=harbour-post", "orgin"),
        ("/articles?since=soon", "since"),
        ("/articles?since=2024-13-01", "since"),
        ("/articles?cursor=AAAA", "cursor"),
        ("/copies/x?cursor=%00", "cursor"),
        ("/alerts?state=lost", "state"),
        ("/compare?a=x", "b"),
        ("/export/lineage?rejected=true", "rejected"),
    ],
)
def test_a_field_that_is_wrong_is_named(quick: TestClient, path: str, named: str) -> None:
    assert named in problem(quick.get(f"/api/v1{path}"), 422)


def test_addresses_and_methods_that_are_not_there_are_problems_too(quick: TestClient) -> None:
    problem(quick.get("/api/v1/nothing"), 404)
    problem(quick.delete("/api/v1/articles"), 405)
    problem(quick.post("/api/v1/trace", content=b"{"), 422)
    problem(quick.post("/api/v1/trace", json={"text": " \n "}), 422)
    page = quick.get("/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


# --- what may be kept


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    for path in (f"/api/v1/articles/{HARBOUR_ID}", "/", f"/articles/{MERIDIAN_ID}"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_request_for_the_head_alone_gets_the_head_alone(quick: TestClient) -> None:
    for path in ("/", "/healthz", f"/api/v1/articles/{HARBOUR_ID}"):
        whole, head = quick.get(path), quick.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("etag") == whole.headers.get("etag")
    assert quick.head("/nothing").status_code == 404


def test_no_other_site_is_told_that_it_may_read(quick: TestClient) -> None:
    answer = quick.get("/api/v1/articles", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


# --- who may change what


def test_a_review_with_the_token_changes_the_lineage_and_can_be_taken_back(client: TestClient) -> None:
    said = {"copy": MERIDIAN, "ruling": "reject", "parent": "harbour-post", "note": "asked them", "by": "Ida"}
    answer = client.post("/api/v1/reviews", json=said, headers=BEARER)
    assert answer.status_code == 201, answer.text
    assert answer.json()["changed"] >= 1
    assert get(client, f"/articles/{MERIDIAN_ID}")["lineage"]["parents"] == []
    assert get(client, f"/trail/{MERIDIAN_ID}")["reviews"][0]["note"] == "asked them"
    undone = client.delete(f"/api/v1/reviews/{MERIDIAN_ID}", headers=BEARER)
    assert undone.json()["review"]["undone_at"] is not None
    assert get(client, f"/articles/{MERIDIAN_ID}")["lineage"]["parents"][0]["id"] == HARBOUR_ID
    problem(client.delete(f"/api/v1/reviews/{MERIDIAN_ID}", headers=BEARER), 404)


def test_an_alert_that_was_given_up_is_made_due_again(client: TestClient) -> None:
    found = get(client, "/alerts")["alerts"]
    assert [alert["rule"] for alert in found] == ["all copies"]
    key = found[0]["key"]
    answer = client.post(f"/api/v1/alerts/{key}/retry", headers=BEARER)
    assert (answer.status_code, answer.json()["state"], answer.json()["tries"]) == (202, "pending", 0)
    problem(client.post("/api/v1/alerts/none/retry", headers=BEARER), 404)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic x"}, 401),
        ({"Cookie": "copytrail=x"}, 401),
    ],
)
def test_without_the_token_nothing_is_changed(quick: TestClient, headers: dict[str, str], code: int) -> None:
    said = {"copy": MERIDIAN, "ruling": "no-parent", "by": "Mallory"}
    problem(quick.post("/api/v1/reviews", json=said, headers=headers), code)
    problem(quick.delete(f"/api/v1/reviews/{MERIDIAN_ID}", headers=headers), code)
    problem(quick.post("/api/v1/alerts/any/retry", headers=headers), code)
    assert get(quick, f"/articles/{MERIDIAN_ID}")["lineage"]["parents"]


def test_a_server_without_a_token_lets_nobody_change_anything() -> None:
    with a_client(fill(an_engine(open_store("memory:"))), token=None) as client:
        for sent in (BEARER, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            said = {"copy": MERIDIAN, "ruling": "no-parent", "by": "Mallory"}
            assert "COPYTRAIL_SERVE__TOKEN" in problem(client.post("/api/v1/reviews", json=said, headers=sent), 403)


@pytest.mark.parametrize(
    "said",
    [
        {"ruling": "confirm", "by": "Ida"},
        {"copy": MERIDIAN, "ruling": "confirm", "by": "Ida"},
        {"copy": MERIDIAN, "ruling": "no-parent", "parent": HARBOUR, "by": "Ida"},
        {"copy": MERIDIAN, "ruling": "confirm", "parent": "nobody-known", "by": "Ida"},
        {"copy": MERIDIAN, "ruling": "no-parent", "by": "  "},
        {"copy": MERIDIAN, "ruling": "no-parent", "by": "Ida", "extra": 1},
    ],
)
def test_a_review_that_says_nothing_clear_is_refused(quick: TestClient, said: dict[str, Any]) -> None:
    problem(quick.post("/api/v1/reviews", json=said, headers=BEARER), 422)
    assert get(quick, f"/trail/{MERIDIAN_ID}")["reviews"] == []


def test_a_delivered_alert_is_not_tried_again() -> None:
    engine = fill(an_engine(open_store("memory:")))
    engine.store.save_alert(an_alert("gone", state="delivered"))
    with a_client(engine) as client:
        assert "delivered" in problem(client.post("/api/v1/alerts/gone/retry", headers=BEARER), 422)


# --- a text of others


def test_an_unknown_text_comes_from_nowhere(quick: TestClient) -> None:
    value = quick.post("/api/v1/trace", json={"text": BEES[::-1]}).json()
    assert (value["article"]["lineage"]["role"], value["chain"][1:]) == ("unmatched", [])
