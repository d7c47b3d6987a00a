"""Who may ask by which name, who may change things, and what no page of ours may load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from crawler.errors import StoreUnavailable
from crawler.readiness import Readiness
from crawler.store import open_store
from crawler.web.app import application
from crawler.web.keys import LASTS, Keys
from tests.builders import NOON
from tests.web.house import BEARER, MERIDIAN_ID, TOKEN, a_client, an_engine, fill, sign_in


@pytest.fixture
def client() -> Iterator[TestClient]:
    with a_client(fill(an_engine(open_store("memory:"))), names=("news.example",)) as asked:
        yield asked


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def review(client: TestClient, **more: Any) -> Any:
    data = {"ruling": "no-parent", "note": "asked them"} | more.pop("data", {})
    return client.post(f"/articles/{MERIDIAN_ID}/review", data=data, **more)


def reviews(client: TestClient) -> Any:
    return client.get(f"/api/v1/trail/{MERIDIAN_ID}").json()["reviews"]


def test_a_rule_is_held_against_the_newest_copies_and_keeps_nothing(client: TestClient) -> None:
    before = client.get("/api/v1/alerts").content
    page = client.get("/rules", params={"rule": "all copies"})
    assert "it would have fired on 1" in page.text
    assert f"/articles/{MERIDIAN_ID}" in page.text
    assert client.get("/rules", params={"rule": "none such"}).status_code == 404
    assert client.get("/api/v1/alerts").content == before


def test_the_alerts_of_a_rule_can_be_read_as_a_feed(client: TestClient) -> None:
    answer = client.get("/rules/feed", params={"rule": "all copies"})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert [entry.id for entry in read.entries] == [
        f"urn:copytrail:alert:{client.get('/api/v1/alerts').json()['alerts'][0]['key']}"
    ]
    again = client.get("/rules/feed", params={"rule": "all copies"}, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/rules/feed", params={"rule": "none such"}).status_code == 404


# --- names


@pytest.mark.parametrize(
    "host", ["localhost:8400", "127.0.0.1:8400", "[::1]:8400", "192.0.2.7", "News.Example", "news.example:80"]
)
def test_addresses_and_names_of_ours_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example", "localhost.rebound.example:8400", ""])
def test_a_name_that_is_not_ours_gets_nothing(client: TestClient, host: str) -> None:
    answer = client.get("/api/v1/articles", headers={"Host": host})
    assert answer.status_code == 421
    assert "crane" not in answer.text.lower()


# --- signing in


def test_who_signed_in_reviews_under_their_name(client: TestClient) -> None:
    sign_in(client, "Ida  Brandt")
    page = client.get(f"/articles/{MERIDIAN_ID}")
    answer = review(client, data={"form": form_of(page.text)})
    assert answer.status_code == 303
    assert client.get(answer.headers["location"]).status_code == 200
    assert [(r["by"], r["ruling"], r["note"]) for r in reviews(client)] == [("Ida Brandt", "no-parent", "asked them")]
    undone = client.post(f"/articles/{MERIDIAN_ID}/undo", data={"form": form_of(page.text)})
    assert undone.status_code == 303
    assert reviews(client)[0]["undone_at"] is not None


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"name": "Ida", "token": TOKEN})
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert TOKEN not in said


def test_a_wrong_token_signs_nobody_in(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"name": "Ida", "token": "wrong"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_signing_out_ends_it(client: TestClient) -> None:
    sign_in(client)
    form = form_of(client.get(f"/articles/{MERIDIAN_ID}").text)
    client.post("/sign-out")
    assert review(client, data={"form": form}).status_code == 403
    assert reviews(client) == []


# --- other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_a_form_on_another_site_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    sign_in(client)
    form = form_of(client.get(f"/articles/{MERIDIAN_ID}").text)
    assert review(client, data={"form": form}, headers=headers).status_code == 403
    assert client.post("/api/v1/alerts/any/retry", headers=BEARER | headers).status_code == 403
    assert reviews(client) == []


@pytest.mark.parametrize("form", ["", "0" * 64, "ü"])
def test_a_form_that_is_not_from_a_page_of_ours_changes_nothing(client: TestClient, form: str) -> None:
    sign_in(client)
    assert review(client, data={"form": form}).status_code in (403, 422)
    assert reviews(client) == []


def test_a_cookie_alone_opens_no_change_in_the_api(client: TestClient) -> None:
    sign_in(client)
    said = {"copy": MERIDIAN_ID, "ruling": "no-parent", "by": "Mallory"}
    assert client.post("/api/v1/reviews", json=said).status_code == 401


# --- keys


@given(st.text(max_size=60))
def test_no_made_up_cookie_is_anybody(cookie: str) -> None:
    assert Keys(TOKEN).reader(None, cookie, NOON).name is None


@given(st.text(min_size=1, max_size=100).filter(lambda name: name == name.encode("utf-8", "ignore").decode()))
def test_a_cookie_says_the_name_it_was_made_for_until_it_ends(name: str) -> None:
    keys = Keys(TOKEN)
    cookie = keys.cookie(name, NOON)
    assert keys.reader(None, cookie, NOON + LASTS - timedelta(seconds=2)).name == name
    assert keys.reader(None, cookie, NOON + LASTS).name is None
    assert Keys("another-token-of-the-tests").reader(None, cookie, NOON).name is None


def test_a_cookie_that_was_changed_by_a_letter_is_nobodys() -> None:
    keys = Keys(TOKEN)
    cookie = keys.cookie("Ida", NOON)
    for at in range(len(cookie)):
        changed = cookie[:at] + ("0" if cookie[at] != "0" else "1") + cookie[at + 1 :]
        assert keys.reader(None, changed, NOON).name is None


# --- private


def test_a_private_server_shows_nothing_without_the_token() -> None:
    with a_client(fill(an_engine(open_store("memory:"))), private=True) as client:
        assert client.get("/api/v1/articles").status_code == 401
        assert client.get("/metrics").status_code == 401
        assert client.get("/").headers["location"] == "/sign-in"
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        assert client.get("/static/copytrail.css").status_code == 200
        assert client.get("/api/v1/articles", headers=BEARER).status_code == 200
        sign_in(client)
        assert client.get("/").status_code == 200


# --- what a page may load


@pytest.mark.parametrize(
    "path", ["/", f"/articles/{MERIDIAN_ID}", "/sources", "/trace", "/alerts", "/nothing", "/api/v1/articles"]
)
def test_every_answer_forbids_what_it_does_not_need(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/", f"/articles/{MERIDIAN_ID}", f"/compare?a={MERIDIAN_ID}&b={MERIDIAN_ID}", "/sources", "/sources/meridian"],
)
def test_a_page_loads_nothing_from_elsewhere_and_has_no_style_or_script_in_it(client: TestClient, path: str) -> None:
    page = client.get(path).text
    loaded = re.findall(r'<(?:link|script|img|iframe|source|object)[^>]*(?:href|src|data)="([^"]+)"', page)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)


# --- when something is wrong


def test_a_store_that_is_away_is_said_to_be() -> None:
    engine = fill(an_engine(open_store("memory:")))

    class Away:
        def __getattr__(self, name: str) -> Any:
            def refuse(*_: Any, **__: Any) -> Any:
                raise StoreUnavailable("the store is down: start it")

            return refuse

    engine.store = Away()  # type: ignore[assignment]
    app = application(engine, lambda: Readiness(state="unavailable", problem="down"), token=None)
    with TestClient(app, base_url="http://localhost") as client:
        answer = client.get("/api/v1/articles")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "start it" in answer.json()["detail"]
        assert "start it" in client.get(f"/articles/{MERIDIAN_ID}").text
        ready = client.get("/readyz")
        assert (ready.status_code, ready.text) == (503, "not ready: unavailable; down\n")
        assert client.get("/healthz").text == "ok\n"
        assert "copytrail_ready 0.0" in client.get("/metrics").text


def test_a_failure_of_ours_shows_nothing_of_our_insides() -> None:
    engine = fill(an_engine(open_store("memory:")))
    engine.trail = None  # type: ignore[assignment,method-assign]
    with a_client(engine) as client:
        answer = client.get(f"/api/v1/trail/{MERIDIAN_ID}")
        assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
        assert "NoneType" not in answer.text


def test_a_text_beyond_all_measure_is_not_read(client: TestClient) -> None:
    assert (
        client.post(
            "/trace",
            content=b"text=" + b"a" * (10 * 2**20),
            headers={"content-type": "application/x-www-form-urlencoded"},
        ).status_code
        == 413
    )


def test_measures_count_answers_by_their_route_not_by_what_was_asked(client: TestClient) -> None:
    client.get("/articles/one-that-is-not-there")
    client.get("/never/heard/of")
    told = client.get("/metrics").text
    assert 'copytrail_http_requests_total{method="GET",route="/articles/{id:path}",status="404"} 1.0' in told
    assert "one-that-is" not in told
    assert "never/heard" not in told
    assert 'copytrail_store_rows{kind="articles"} 3.0' in told
