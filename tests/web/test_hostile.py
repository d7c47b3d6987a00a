"""Whatever stands in titles, bylines, credits and addresses is shown as text and does nothing, in pages and API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from starlette.testclient import TestClient

from crawler.flow import Engine
from crawler.model import Article, Attribution, Evidence, Origin
from crawler.ports import Store
from crawler.store import open_store
from tests.builders import (
    NOON,
    a_claim,
    a_fingerprint,
    a_lineage,
    a_match,
    a_review,
    a_source_ref,
    an_alert,
    an_article,
    an_edge,
    an_external,
    an_origin,
    minutes,
)
from tests.contract.test_store import an_empty_store
from tests.naughty import naughty
from tests.web.browser import DESKTOP, Seen, a_browser, served
from tests.web.house import BEARER, a_client, an_engine

ALL = list(naughty())
FERRY = an_article("ferry")
EVENTS = "//@*[starts-with(name(), 'on')]"
BAD = ("javascript:", "data:", "vbscript:", "file:")


def keep(store: Store, strings: Sequence[str]) -> list[Article]:
    """Keep an article for each of *strings*, with it wherever foreign text goes, all of them copies of the ferry."""
    made = []
    with store.writing():
        store.save_article(replace(FERRY, title=strings[0]), (), a_fingerprint(FERRY.text))
        store.save_lineage(FERRY.id, a_lineage(role="original", copies=len(strings)))
        for number, said in enumerate(strings):
            article = _article(number, said)
            store.save_article(article, [a_claim(quote=said, name=said, url=said)], a_fingerprint(article.text))
            store.save_matches([a_match(article.id, FERRY.id)])
            store.save_lineage(article.id, _lineage(article, said))
            store.queue_alert(
                an_alert(f"k{number}-{said[:20]}", title=said, body=said, rule=said, error=said, copy=article.id)
            )
            if number % 40 == 0:
                store.save_review(a_review(article.id, note=said, by=said, parent=an_origin(FERRY)))
            made.append(article)
    store.refresh()
    return made


def _article(number: int, said: str) -> Article:
    return an_article(
        f"copy-{number}",
        outlet="meridian",
        title=said,
        byline=said,
        authors=(said,),
        language=said[:10] or None,
        text=f"{FERRY.text}\n{said}",
        source=a_source_ref("meridian", name=said),
        published=replace(FERRY.published, at=NOON + minutes(number)) if FERRY.published else None,
        canonical_url=said,
    )


def _lineage(article: Article, said: str) -> Any:
    outside: Origin = an_external(f"x-{article.id[:8]}", url=said, title=said, source=a_source_ref("wire", name=said))
    given = Attribution(verdict="misattributed", credited="yes", linked="other", credited_as=said, link=said)
    seen = (Evidence(type="credit", weight=6.0, value=said, where="foot"),)
    parent = an_edge(article.id, FERRY, evidence=seen, attribution=given)
    return a_lineage(parent, rivals=[an_edge(article.id, outside, evidence=seen, attribution=given)], reason=said)


def checked(answer: Any) -> Any:
    """Return the page, which has nothing in it that was not put there by a template of ours."""
    assert answer.status_code == 200, (answer.url, answer.text[-700:])
    page = html.fromstring(answer.content)
    assert len(page.xpath("//script")) == 1
    assert not page.xpath(
        "//iframe | //object | //embed | //base | //img | //style | //math | //@style | //meta[@http-equiv]"
    )
    assert not page.xpath(EVENTS)
    for address in page.xpath("//@href | //@src | //@action"):
        assert not address.strip().lower().startswith(BAD)
        assert address.startswith(("/", "#", "http://", "https://"))
    for outside in page.xpath("//a[starts-with(@href, 'http')]"):
        assert "noopener" in outside.get("rel")
    return page


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    store = open_store(an_empty_store(request, tmp_path))
    yield an_engine(store)
    store.close()


def test_there_are_five_hundred_of_them() -> None:
    assert len(set(ALL)) >= 500


def test_every_page_shows_each_of_them_as_text(engine: Engine) -> None:
    made = keep(engine.store, ALL)
    with a_client(engine) as client:
        _turn(client, "/", len(made) // 30 + 1)
        _turn(client, f"/articles/{FERRY.id}", len(made) // 25 + 1)
        _turn(client, "/alerts", len(made) // 50 + 1)
        for article in made[:: 3 if engine.store.url == "memory:" else 40]:
            page = checked(client.get(f"/articles/{article.id}"))
            if (article.title or "").startswith("<script>"):
                assert page.xpath("string(//h1)") == article.title
        for article in made[::60]:
            checked(client.get("/compare", params={"a": FERRY.id, "b": article.id}))
        checked(client.get("/sources"))
        checked(client.get("/sources/meridian"))


def _turn(client: TestClient, path: str, most: int) -> None:
    """Turn the pages from *path* on; there are no more than that many."""
    for _ in range(most):
        page = checked(client.get(path))
        later = page.xpath("//a[@rel='next']/@href")
        if not later:
            return
        path = later[0].partition("#")[0]
    raise AssertionError("more pages than articles")


def test_the_api_says_each_of_them_as_json_that_can_be_read(engine: Engine) -> None:
    made = keep(engine.store, ALL)
    seen: dict[str, Any] = {}
    with a_client(engine) as client:
        cursor = None
        while cursor is not None or not seen:
            asked = {"limit": "200", "role": "derived"} | ({"cursor": cursor} if cursor else {})
            page = json.loads(client.get("/api/v1/articles", params=asked).content)
            seen |= {article["id"]: article["title"] for article in page["articles"]}
            cursor = page["next"]
        assert set(seen) == {article.id for article in made}
        for article in made:
            if (article.title or "").isprintable() and article.title:
                assert seen[article.id] == article.title
        for form in ("jsonl", "csv", "graphml"):
            exported = client.get("/api/v1/export/articles", params={"format": form})
            assert exported.status_code == 200
            exported.content.decode("utf-8")


def test_each_of_them_can_be_asked_for_anywhere_without_a_failure() -> None:
    engine = an_engine(open_store("memory:"))
    keep(engine.store, ALL[:3])
    with a_client(engine) as client:
        for said in ALL[::6]:
            plain = said.encode("utf-8", "replace").decode()
            for path, names in (
                ("/", ("q", "source", "since", "cursor")),
                ("/compare", ("a", "b")),
                ("/trace", ("what",)),
            ):
                for name in names:
                    answer = client.get(path, params={name: plain[:900]})
                    assert answer.status_code in (200, 303, 404, 422), (path, name, said, answer.text[:300])
            traced = client.post("/trace", data={"text": plain})
            assert traced.status_code in (200, 303, 404, 422), said
            review = {"copy": plain or "x", "ruling": "reject", "parent": plain, "by": plain, "note": plain}
            assert client.post("/api/v1/reviews", json=review, headers=BEARER).status_code in (404, 422), said


def test_in_a_browser_none_of_them_runs_or_loads_anything() -> None:
    engine = an_engine(open_store("memory:"))
    made = keep(engine.store, ALL)
    with a_browser() as browser, served(engine) as address, closing(Seen(browser, address, **DESKTOP)) as window:
        window.open("/?role=derived")
        for article in made[::40]:
            window.open(f"/articles/{article.id}")
        window.open(f"/articles/{FERRY.id}")
        window.open("/alerts")
        assert window.wrong == []
        assert window.too_wide() <= 0
