"""What watches over copytrail: measures, their dashboard and alarms, and the service fit each other and their tools."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from crawler import measures
from crawler.fetch.logs import Lasting
from crawler.model import FeedState
from crawler.readiness import Readiness
from crawler.room import Room
from crawler.store import open_store
from crawler.web.app import application
from crawler.web.machine import Machine
from scheduler.lock import leader, sole_daemon
from tests.needs import need
from tests.web.house import an_engine, fill

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "config" / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NAME = re.compile(r"\b((?:copytrail|process)_\w+|up)\b")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what /metrics says of a store with something of everything, a daemon at work."""
    folder = tmp_path_factory.mktemp("measures")
    engine = fill(an_engine(open_store(f"sqlite:///{folder}/store.db")))
    source = engine.registry.sources[0]
    now = engine._clock()
    for url in source.polled or ("http://a.example/f",):
        state = FeedState(url=url, source_id=source.id, polled_at=now, succeeded_at=now, next_at=now)
        engine.store.save_poll(state, [])
    measures.PLANNED.set(now.timestamp())
    space = Room(places={"store": folder}, least=2**30)
    machine = Machine(space=space, leader=lambda: 7)
    app = application(engine, lambda: Readiness(state="ready"), machine=machine)
    with TestClient(app, base_url="http://localhost") as client:
        client.get("/")
        client.get("/metrics")
        return client.get("/metrics").text


def test_every_measure_that_dashboard_and_alarms_ask_for_is_told(told: str) -> None:
    there = {line.split("{")[0].split(" ")[0] for line in told.splitlines() if line and not line.startswith("#")}
    asked = {name for query in [*QUERIES, *(rule["expr"] for rule in RULES)] for name in NAME.findall(query)}
    assert len(asked) > 20
    assert asked - there - {"up"} == set()


def test_every_measure_of_ours_is_on_the_dashboard_in_an_alarm_or_explained(told: str) -> None:
    ours = set(re.findall(r"^# TYPE (copytrail_\w+) ", told, re.MULTILINE))
    assert {name for name in ours if not name.endswith("_created") and name not in OPERATIONS} == set()


def test_the_measures_are_named_as_prometheus_asks(told: str) -> None:
    promtool = need("promtool", "prometheus")
    done = subprocess.run([promtool, "check", "metrics"], input=told, capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "process_" not in line]
    assert [line for line in said if line.strip()] == []


def test_the_alarms_and_the_queries_of_the_dashboard_are_understood(tmp_path: Path) -> None:
    promtool = need("promtool", "prometheus")
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(QUERIES)]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    for file in (DEPLOY / "prometheus-rules.yaml", tmp_path / "queries.yaml"):
        done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_alarms_ring_when_they_should_and_not_before(tmp_path: Path) -> None:
    promtool = need("promtool", "prometheus")
    series = [
        {"series": 'up{job="copytrail"}', "values": "1+0x40"},
        {"series": "copytrail_leader", "values": "1+0x9 0+0x30"},
        {"series": 'copytrail_disk_free_bytes{place="store"}', "values": "4e9+0x40"},
        {"series": 'copytrail_sources{state="well"}', "values": "10+0x40"},
        {"series": 'copytrail_alerts{state="dead"}', "values": "0+0x40"},
    ]
    at = [("CopytrailNoDaemon", "19m", 0), ("CopytrailNoDaemon", "22m", 1), ("CopytrailDiskLow", "20m", 1)]
    at += [("CopytrailAlertsDead", "40m", 0), ("CopytrailManySourcesIll", "40m", 0), ("CopytrailDown", "40m", 0)]
    texts = {rule["alert"]: rule for rule in RULES}
    tests = []
    for name, time, rings in at:
        labels = dict(texts[name]["labels"]) | ({"place": "store"} if name == "CopytrailDiskLow" else {})
        notes = {
            key: text.replace("{{ $value | humanize1024 }}", "3.725Gi").replace("{{ $labels.place }}", "store")
            for key, text in texts[name]["annotations"].items()
        }
        alert = {"exp_labels": labels, "exp_annotations": notes}
        tests.append({"eval_time": time, "alertname": name, "exp_alerts": [alert] if rings else []})
    case = {
        "rule_files": [str(DEPLOY / "prometheus-rules.yaml")],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": tests}],
    }
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case))
    done = subprocess.run(
        [promtool, "test", "rules", tmp_path / "case.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alarm_has_its_cure_in_the_documentation() -> None:
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in OPERATIONS] == []
    for rule in RULES:
        assert rule["annotations"].keys() == {"summary", "description"}, rule["alert"]


def test_the_panels_have_a_name_and_a_place_of_their_own() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]]
    titles = [panel["title"] for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert len(set(titles)) == len(titles)
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


# --- the service


def test_the_service_is_understood_by_systemd(tmp_path: Path) -> None:
    analyze = need("systemd-analyze", "systemd")
    text = (DEPLOY / "copytrail.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
    assert command is not None
    unit = tmp_path / "copytrail.service"
    unit.write_text(text.replace(command[1], "/bin/true"))
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    asked = [analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", unit]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]


def test_the_service_may_do_little_and_is_given_time_to_end() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((DEPLOY / "copytrail.service").read_text(encoding="utf-8"))
    service = unit["Service"]
    expected = {"NoNewPrivileges": "true", "ProtectSystem": "strict", "ProtectHome": "true", "PrivateTmp": "true"}
    assert {key: service[key] for key in expected} == expected
    assert service["CapabilityBoundingSet"] == ""
    assert int(service["TimeoutStopSec"]) > 30
    assert "75" in service["RestartPreventExitStatus"]
    assert service["User"] == "copytrail"


# --- what is told of the machine


def test_who_works_as_the_daemon_is_known_as_long_as_it_does(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/copytrail.db"
    assert leader(store) is None
    with sole_daemon(store):
        assert (leader(store) or 0) > 0
    assert leader(store) is None


def test_readyz_names_the_daemon_the_room_and_how_late_feeds_are(tmp_path: Path) -> None:
    engine = an_engine(open_store("memory:"))
    space = Room(places={"store": tmp_path}, least=2**30)
    for pid, said in ((None, "daemon: none works on this store"), (42, "daemon: pid 42")):
        machine = Machine(space=space, leader=lambda pid=pid: pid)
        app = application(engine, lambda: Readiness(state="ready"), machine=machine)
        with TestClient(app, base_url="http://localhost") as client:
            lines = client.get("/readyz").text.splitlines()
        assert lines[0] == "ready"
        assert said in lines
        assert any(line.startswith("free: store ") for line in lines)


def test_a_daemon_that_plans_nothing_any_more_is_not_healthy() -> None:
    app = application(an_engine(open_store("memory:")), lambda: Readiness(state="ready"))
    try:
        measures.planned()
        assert measures.hanging() is None
        measures._planned_at[0] -= measures.LATE + 1
        with TestClient(app, base_url="http://localhost") as client:
            answer = client.get("/healthz")
    finally:
        measures._planned_at.clear()
    assert answer.status_code == 500
    assert "the daemon has planned nothing for 30" in answer.text
    assert measures.hanging() is None


def test_lines_that_the_log_did_not_take_are_counted() -> None:
    before = measures.LOST._value.get()
    gone = Path("/dev/full").open("w", encoding="utf-8", buffering=1)  # noqa: SIM115
    stream = Lasting(gone)
    stream.write("lost\n")
    stream.flush()
    assert measures.LOST._value.get() > before
    with suppress(OSError):
        gone.close()
