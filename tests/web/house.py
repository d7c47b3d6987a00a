"""A small archive behind the web application, and a client that asks it: three outlets, a credited copy, an alert."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from crawler.alerts.rules import Rule
from crawler.flow import Engine
from crawler.intake import row
from crawler.model import Policy, Source
from crawler.ports import Store
from crawler.prepare import Row
from crawler.readiness import readiness
from crawler.registry import Registry
from crawler.urls import article_id
from crawler.web.app import application
from tests.end_to_end.texts import HARBOUR, LAMP, MERIDIAN, rows

TOKEN = "a-token-of-the-tests-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HARBOUR_ID, MERIDIAN_ID, LAMP_ID = (article_id(url) for url in (HARBOUR, MERIDIAN, LAMP))
LATER = datetime(2024, 3, 8, 12, tzinfo=UTC)
SOURCES = (
    Source(
        id="harbour-post",
        name="Harbour Post",
        domains=("harbour-post.example",),
        feeds=("https://harbour-post.example/feed",),
        policy=Policy(needs=("name", "link"), url="https://harbour-post.example/terms"),
    ),
    Source(id="meridian", name="Meridian Digest", domains=("meridian.example",)),
    Source(id="lamp", name="The Lamp", domains=("lamp.example",)),
)


def an_engine(store: Store, **changes: Any) -> Engine:
    """Return an engine with the three outlets and a rule that fires on every copy."""
    known: dict[str, Any] = {"rules": (Rule(name="all copies"),), "clock": lambda: LATER, "jitter": lambda: 0.0}
    return Engine(store, Registry(SOURCES), **known | changes)


def fill(engine: Engine) -> Engine:
    """Take in an original, its copy, and an article of its own."""
    for value in rows():
        made = row(value, LATER)
        assert isinstance(made, Row)
        engine.ingest_row(made)
    engine.settle()
    engine.store.refresh()
    return engine


@contextmanager
def a_client(engine: Engine, *, base: str = "http://localhost", **changes: Any) -> Iterator[TestClient]:
    """Ask the application over *engine*; it is not followed where it sends us."""
    known: dict[str, Any] = {"token": TOKEN, "clock": lambda: LATER} | changes
    app = application(engine, lambda: readiness(engine.store, None), **known)
    with TestClient(app, base_url=base, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def sign_in(client: TestClient, name: str = "Ida") -> None:
    """Let *client* hold the cookie of somebody who knows the token."""
    answer = client.post("/sign-in", data={"name": name, "token": TOKEN})
    assert answer.status_code == 303, answer.text
