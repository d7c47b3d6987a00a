"""Making a store and bringing it up to date, twice, does no harm to what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.ports import Store
from crawler.store import open_store
from tests.builders import an_alert
from tests.contract.test_store import an_empty_store


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(an_empty_store(request, tmp_path))
    yield store
    store.close()


def test_what_is_there_is_not_made_again(store: Store) -> None:
    store.init()
    store.queue_alert(an_alert())
    assert tuple(store.init()) == ()
    assert store.alerts(5) == (an_alert(),)


def test_a_store_of_today_has_nothing_to_migrate_and_nothing_old(store: Store) -> None:
    store.queue_alert(an_alert())
    assert tuple(store.migrate()) == ()
    assert tuple(store.drop_old()) == ()
    store.refresh()
    assert store.status().old == ()
    assert store.alerts(5) == (an_alert(),)
