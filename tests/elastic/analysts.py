"""What an analyst finds on a real Elasticsearch: the demo's newsroom and three weeks of the newsstand, filled once."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from crawler.kibana import panels
from crawler.newsroom import PLANTED, Planted
from crawler.newsroom.outlets import BY_ID
from crawler.store import open_store
from tests.builders import an_alert
from tests.elastic import newsstand
from tests.elastic.newsstand import Printed
from tests.elastic.places import ask
from tests.elastic.server import locked, run_folder
from tests.end_to_end.shell import Done, copytrail
from tests.end_to_end.texts import jsonl


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A store, the settings it was filled with, and the hour up to which the newsstand printed."""

    store: str  # its URL
    folder: Path
    now: datetime

    @property
    def prefix(self) -> str:
        return self.store.rpartition("/")[2]

    def ask(self, index: str, body: Any) -> Any:
        """Return Elasticsearch's answer to one search."""
        return ask(f"{self.store}-{index}/_search", body)

    def run(self, *arguments: str) -> Done:
        """Run copytrail on the store."""
        return copytrail("--store", self.store, "--config", "kept", *arguments, folder=self.folder)

    def printed(self) -> list[Printed]:
        return newsstand.printed(self.now)


@pytest.fixture(scope="session")
def desk(elastic_server: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Desk:
    """The one desk of the run, filled by whichever worker asks first."""
    shared = run_folder(request.config, tmp_path_factory)
    note = shared / "desk.json"
    with locked(shared, "desk"):
        if not note.exists():
            held = _filled(elastic_server)
            note.write_text(json.dumps(held), encoding="utf-8")
        held = json.loads(note.read_text(encoding="utf-8"))
    return Desk(store=held["store"], folder=Path(held["folder"]), now=datetime.fromisoformat(held["now"]))


def _filled(server: str) -> dict[str, str]:
    folder = Path(tempfile.mkdtemp(prefix="copytrail-desk-"))
    store = f"{server}/desk-{uuid4().hex[:8]}"
    demo = copytrail("--store", store, "demo", "--keep", "kept", "--no-reasons", folder=folder, patience=PATIENCE)
    assert demo.code == 0, demo.out[-2000:]
    known = folder / "kept" / "sources.yaml"
    listed = yaml.safe_load(known.read_text(encoding="utf-8"))
    listed["sources"] += newsstand.sources()
    known.write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = jsonl(folder / "rows.jsonl", *newsstand.rows(now))
    taken = copytrail("--store", store, "--config", "kept", "ingest", "-q", rows, folder=folder, patience=PATIENCE)
    assert taken.code == 0, taken.err
    kept = open_store(store)
    kept.queue_alert(PENDING_ALERT)
    kept.close()
    ask(f"{store}-*/_refresh", method="POST")
    return {"store": store, "folder": str(folder), "now": now.isoformat()}


def end_desk(config: pytest.Config) -> None:
    """Remove the files of the run's desk, if there was one."""
    note = run_folder(config, config._tmp_path_factory) / "desk.json"  # type: ignore[attr-defined]
    if note.exists():
        shutil.rmtree(json.loads(note.read_text(encoding="utf-8"))["folder"], ignore_errors=True)
        note.unlink()


PATIENCE = 900.0  # seconds: on a busy machine the demo takes minutes
PENDING_ALERT = an_alert(rule="waits", title="Nobody took this one in")
VEGA_LITE = "5.20"  # of the major that Kibana 8.19 and 9 draw with
SIZE = {"width": 620, "height": 340, "autosize": {"type": "fit", "contains": "padding"}}


def drawable(desk: Desk, name: str) -> Any:
    """Return a panel with the answer to its query in it, asked as Kibana asks for the last thirty days."""
    spec = json.loads(json.dumps(panels()[name]))
    url = spec["data"].pop("url")
    assert url["index"] == "copytrail-articles"
    context: list[Any] = [{"match_all": {}}] if url.pop("%context%") else []
    if timefield := url.pop("%timefield%", None):
        context.append({"range": {timefield: {"gte": "now-30d", "lte": "now", "format": "strict_date_optional_time"}}})
    assert "query" not in url["body"]  # Kibana takes either a query or its context
    spec["data"]["values"] = desk.ask("articles", url["body"] | {"query": {"bool": {"must": context}}})
    return spec | SIZE


# --- the truth, as the panels and queries should show it


def outlet_of(planted: str) -> str:
    """Return the name of the outlet of "outlet/slug" or "@outlet"."""
    return BY_ID[planted.removeprefix("@").partition("/")[0]].name


def derived_in_the_demo() -> tuple[Planted, ...]:
    return tuple(one for one in PLANTED if one.role == "derived")


def name_of(one: Printed) -> str:
    return newsstand.NAMES[one.outlet]


def copies(desk: Desk) -> list[Printed]:
    """Return what the newsstand's outlets took from each other, where it can be told."""
    return [one for one in desk.printed() if one.parent is not None and one.credit != "other"]
