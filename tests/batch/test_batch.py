"""A batch on a real Spark comes to what taking in the same files one after the other comes to."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from config import load
from crawler import build
from crawler.batch import Batch, batch
from crawler.errors import AlreadyRunning, InputError
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from crawler.tracer import NEAR
from tests.batch.spark import JAVA_OPTIONS, need_spark, started
from tests.batch.warcs import a_warc
from tests.batch.world import NOW, everything, facts, ingested, judgements, written
from tests.elastic.server import locked, run_folder

FILES = ("a.jsonl", "b.jsonl", "c.warc.gz")


@dataclass(frozen=True, kw_only=True)
class Done:
    """A batch that was killed, gone on with, and put into a store; and the same files ingested."""

    made: Batch
    paths: list[Path]
    folder: Path
    registry: Registry
    live: Store
    store: Store
    begun_with: list[str]  # tables that were there when it was gone on with


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Done]:
    """The one batch of the run, made by whichever worker asks first."""
    need_spark()
    shared = run_folder(request.config, tmp_path_factory)
    folder = shared / "batch"
    with locked(shared, "batch"):
        if not folder.exists():
            folder.mkdir()
            outlets, lines = everything(size=40, copies=NEAR + 14)
            settings_of(outlets, folder)
            written(lines, folder)
            (folder / "c.warc.gz").write_bytes(a_warc("https://o.example/1", "https://p.example/2"))
            _make(folder, [folder / name for name in FILES])
    note = json.loads((folder / "made.json").read_text())
    live, store = open_store(f"sqlite:///{folder}/live.db"), open_store(f"sqlite:///{folder}/batch.db")
    yield Done(
        made=Batch(**note["made"]),
        paths=[folder / name for name in FILES],
        folder=folder / "out",
        registry=build.registry(load(folder / "config")),
        live=live,
        store=store,
        begun_with=note["begun_with"],
    )
    store.close()
    live.close()


def _make(folder: Path, paths: list[Path]) -> None:
    out = folder / "out"
    process = started(paths, out, settings=folder / "config")
    wait_for(out / "work" / "sightings", process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    begun_with = sorted(path.name for path in (out / "work").iterdir())
    registry = build.registry(load(folder / "config"))
    made = with_spark(paths, out, registry, f"sqlite:///{folder}/batch.db")
    ingested(paths, registry, f"sqlite:///{folder}/live.db").close()
    (folder / "made.json").write_text(json.dumps({"made": asdict(made), "begun_with": begun_with}))


def with_spark(paths: list[Path], out: Path, registry: Registry, store: str) -> Batch:
    os.environ["JAVA_TOOL_OPTIONS"] = JAVA_OPTIONS
    try:
        return batch(paths, out, registry, NOW, master="local[2]", memory="1g", store=store)
    finally:
        del os.environ["JAVA_TOOL_OPTIONS"]


def settings_of(registry: Registry, folder: Path) -> Path:
    """Write *registry* as the settings of a command; return their folder."""
    config = folder / "config"
    config.mkdir()
    (config / "copytrail.yaml").write_text("{}\n")
    (config / "alerts.yaml").write_text("{}\n")
    names = ("id", "name", "domains", "aliases", "feeds", "media_hosts", "language", "kind")
    sources = [{name: value for name in names if (value := getattr(source, name))} for source in registry.sources]
    (config / "sources.yaml").write_text(json.dumps({"sources": sources}, default=list))
    return config


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.05)


def test_it_finds_the_matches_that_ingest_finds(done: Done) -> None:
    assert facts(done.store) == facts(done.live)


def test_it_comes_to_the_lineages_that_ingest_comes_to(done: Done) -> None:
    assert judgements(done.store) == judgements(done.live)
    assert any(lineage.parents for lineage in judgements(done.store).values())
    assert any(len(done.live.matched(id, NEAR + 1)) > NEAR for id in done.live.article_ids())  # who is judged by a part


def test_it_keeps_the_articles_and_earlier_texts_that_ingest_keeps(done: Done) -> None:
    ids = list(done.live.article_ids())
    assert done.store.dossiers(ids) == done.live.dossiers(ids)
    assert [done.store.versions(id) for id in ids] == [done.live.versions(id) for id in ids]
    assert any(done.live.versions(id) for id in ids)


def test_it_learns_the_passages_that_ingest_learns(done: Done) -> None:
    assert stops(done.store) == stops(done.live) != {}


def stops(store: Store) -> dict[str, tuple[str | None, int]]:
    rows = (stop for _, page in store.shelves["stops"].pages() for stop in page)
    return {stop.id: (stop.source, stop.articles) for stop in rows}


def test_killed_in_mid_run_it_went_on_where_it_was(done: Done) -> None:
    assert "sightings" in done.begun_with
    assert "settled" not in done.begun_with


def test_what_is_no_article_is_kept_aside_with_its_place_and_the_reason(done: Done) -> None:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(done.folder / "aside").to_pylist()
    bad = [row for row in rows if row["kind"] == "bad"]
    assert {row["place"].split(" line ")[0] for row in bad} == {"b.jsonl"}
    lines = done.paths[1].read_text().splitlines()
    assert [lines[int(row["place"].rsplit(" ", 1)[1]) - 1][:5] for row in bad if "JSON" in row["words"]] == ["{not "]
    assert done.made.aside["bad"] == len(bad) == 2
    assert [row["place"] for row in rows if row["kind"] == "refused"] == ["https://bad.example/2"]


def test_its_tables_say_what_the_store_says(done: Done) -> None:
    import pyarrow.parquet

    def rows(name: str) -> list[dict[str, object]]:
        return list(pyarrow.parquet.read_table(done.folder / name).to_pylist())

    edges = [(row["copy_id"], row["parent_id"], row["confidence"]) for row in rows("edges")]
    assert sorted(edges) == sorted((e.copy, e.parent.id, e.confidence) for e in done.live.edges())  # type: ignore[type-var]
    assert {row["id"]: row["text"] for row in rows("articles")} == {
        id: article.text for id, article in done.live.articles(list(done.live.article_ids())).items()
    }
    assert {row["id"]: row["role"] for row in rows("lineages")} == {
        id: lineage.role for id, lineage in done.live.lineages()
    }
    assert len(rows("matches")) == done.made.matches == done.live.status().matches


def test_elasticsearch_is_filled_with_the_same(done: Done, elastic_server: str) -> None:
    url = f"{elastic_server}/batch"
    with_spark(done.paths, done.folder, done.registry, url)
    store = open_store(url)
    assert facts(store) == facts(done.live)
    assert judgements(store) == judgements(done.live)
    newest = next(reversed(list(done.live.article_ids())))
    fp = done.live.fingerprint(newest)
    assert fp is not None
    assert set(store.candidates(fp, 96)) == set(done.live.candidates(fp, 96)) != set()
    store.close()


def test_another_input_does_not_go_into_the_same_folder(done: Done) -> None:
    with pytest.raises(InputError, match="another input: name another folder, or --restart"):
        batch(done.paths[:1], done.folder, done.registry, NOW)


def test_two_batches_do_not_work_in_one_folder(done: Done) -> None:
    with (done.folder / "batch.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunning, match="another batch is at work"):
            batch(done.paths, done.folder, done.registry, NOW)


def test_a_store_that_holds_something_is_not_loaded_into(done: Done) -> None:
    with pytest.raises(InputError, match="holds articles already"):
        batch(done.paths, done.folder, done.registry, NOW, store=done.store.url)


def test_without_java_it_says_in_a_line_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_spark()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(InputError, match="no Java found: Spark needs Java 17 or later: install"):
        batch([written(["{}"] * 2, tmp_path)[0]], tmp_path / "out", Registry(()), NOW)


def test_a_folder_without_such_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of a kind that a batch reads in it"):
        batch([tmp_path], tmp_path / "out", Registry(()), NOW)
