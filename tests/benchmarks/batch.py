"""What a batch on Spark comes to, costs, and survives.

    python -m tests.benchmarks.batch                 all of it, small
    python -m tests.benchmarks.batch equal [COUNT]   its edges beside those of `ingest` (default 20000 articles)
    python -m tests.benchmarks.batch real            the same of the 5,539 real texts in ../shared/data
    python -m tests.benchmarks.batch size [COUNT]... CPU and memory by size, and the exponent between them
    python -m tests.benchmarks.batch skew [COPIES]   one text copied so often, among as many others
    python -m tests.benchmarks.batch kills           killed (-9) in each stage and started again
    python -m tests.benchmarks.batch cluster         on a cluster of two workers on this machine

Texts are made up: a simulated newsroom with edited pages, furniture and a much copied text for "equal" and "kills"; for
"size" texts of 200 to 700 words, three in ten copies of one of the last 400. CPU is that of all processes of the
command: the JVM and the Python workers. Memory is the largest sum of their private memory, looked at often.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from crawler.batch import batch
from crawler.batch.session import lacking
from crawler.registry import Registry
from crawler.store import open_store
from tests.batch.world import NOW, copied, edited, everything, facts, furnished, ingested, judgements, row_of, written
from tests.benchmarks import writing
from tests.benchmarks.ingest import DATA, as_rows
from tests.simulator.pages import row_of as row_of_piece
from tests.simulator.world import a_world

COPYTRAIL = Path(sys.executable).with_name("copytrail")
SHOWN = 5
HEAD = " articles    CPU s     JVM  Python  CPU ms each  wall s  memory MiB     JVM  Python"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main(what: str, numbers: Sequence[int]) -> None:
    problem = lacking()
    if problem is not None:
        print(f"Spark cannot run: {problem}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if what in ("all", "equal"):
            equal(folder, *(numbers or ((2_000,) if what == "all" else (20_000,))))
        if what == "real":
            real(folder)
        if what in ("all", "size"):
            size(folder, numbers or ((1_000, 3_000) if what == "all" else (10_000, 30_000, 100_000, 300_000)))
        if what in ("all", "skew"):
            skew(folder, *(numbers or ((500,) if what == "all" else (5_000,))))
        if what in ("all", "kills"):
            kills(folder)
        if what in ("all", "cluster"):
            cluster(folder)


# --- equal answers


def equal(folder: Path, count: int) -> None:
    registry, rows = an_archive(count)
    compared(folder, registry, rows)


def real(folder: Path) -> None:
    if not DATA.is_dir():
        print("the evaluation data is not there: expected in ../shared/data")
        return
    sys.path.insert(0, str(DATA / "tools"))
    import load as data  # type: ignore[import-not-found]

    compared(folder, Registry(()), list(as_rows(data.docs("dev"))))


def compared(folder: Path, registry: Registry, rows: Sequence[dict[str, Any]]) -> None:
    """Print how much of what a batch of *rows* comes to differs from what `ingest` and settling come to."""
    paths = written([json.dumps(row) for row in rows], folder)
    begun = time.process_time()
    live = ingested(paths, registry, f"sqlite:///{folder}/live.db")
    took = time.process_time() - begun
    url = f"sqlite:///{folder}/batch.db"
    made = batch(paths, folder / "compared", registry, NOW, store=url)
    print(f"{made.articles:,} articles, {len(rows):,} rows; ingest and settle took {took:,.0f} s of CPU")
    store = open_store(url)
    print(f"{'':12} {'ingest':>9} {'batch':>9} {'differ':>7}")
    for what, one, other in (
        ("matches", facts(live), facts(store)),
        ("lineages", judgements(live), judgements(store)),
        ("edges", edges(live), edges(store)),
        ("stops", stops(live), stops(store)),
    ):
        differ = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
        print(f"{what:12} {len(one):>9,} {len(other):>9,} {len(differ):>7,}", flush=True)
        for key in sorted(differ)[:SHOWN]:
            print(f"    {key}: {unlike(one.get(key), other.get(key))}")
    live.close()
    store.close()


def unlike(one: Any, other: Any) -> str:
    """Say in which fields two records differ."""
    if one is None or other is None:
        return "only in the batch" if one is None else "only by ingest"
    if not is_dataclass(one):
        return f"{one} / {other}"
    names = [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]
    return ", ".join(f"{name} {getattr(one, name)!r:.200} / {getattr(other, name)!r:.200}" for name in names)


def edges(store: Any) -> dict[Any, Any]:
    return {(edge.copy, edge.parent.id): edge for edge in store.edges()}


def stops(store: Any) -> dict[Any, Any]:
    shelf = store.shelves["stops"]
    return {stop.id: (stop.source, stop.articles) for _, page in shelf.pages() for stop in page}


def an_archive(count: int) -> tuple[Registry, list[dict[str, Any]]]:
    """Return so many rows: three quarters a newsroom's, the rest edited pages, furniture and a much copied text."""
    pick = Random(count)
    world = a_world(1, 3 * count // 4)
    rows = [row_of(row_of_piece(piece)) for piece in world.pieces]
    rows += copied(pick, min(300, count // 40))
    while len(rows) < count:
        number = len(rows)
        for row in (*edited(pick), *furnished(pick, 40)):
            rows.append({**row, "url": row["url"].replace(".example", f"-{number}.example")})
    return Registry(world.sources), rows[:count]


# --- cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    seconds: float
    jvm: float  # CPU seconds
    python: float
    memory: int  # bytes, the largest sum
    jvm_memory: int  # the JVM's largest; both of them need not be at once
    python_memory: int

    @property
    def cpu(self) -> float:
        return self.jvm + self.python


def size(folder: Path, counts: Sequence[int]) -> None:
    print(HEAD)
    costs = []
    for count in counts:
        path = folder / f"{count}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row_of(row))}\n" for row in writing.rows(count))
        cost = measured([path], folder / f"size-{count}")
        costs.append((count, cost))
        shown(count, cost)
        path.unlink()
    for (n, one), (m, other) in pairwise(costs):
        print(f"from {n:,} to {m:,}: exponent {math.log(other.cpu / one.cpu) / math.log(m / n):.2f}")
    if len(costs) > 1:
        print(f"fitted over all: exponent {fitted([(n, cost.cpu) for n, cost in costs]):.2f}")


def shown(count: int, cost: Cost) -> None:
    each = 1000 * cost.cpu / count
    print(
        f"{count:>9,} {cost.cpu:>8,.0f} {cost.jvm:>7,.0f} {cost.python:>7,.0f} {each:>12.1f} {cost.seconds:>7,.0f} "
        f"{cost.memory // 2**20:>11,}{cost.jvm_memory // 2**20:>8,}{cost.python_memory // 2**20:>8,}",
        flush=True,
    )


def fitted(points: Sequence[tuple[int, float]]) -> float:
    """Return the slope of the line through the logarithms: least squares."""
    xs, ys = [math.log(n) for n, _ in points], [math.log(cost) for _, cost in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def skew(folder: Path, copies: int) -> None:
    pick = Random(7)
    rows = [row_of(row) for row in writing.rows(copies)]
    rows += copied(pick, copies, words=400)
    path = folder / "skew.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    print(f"{copies:,} copies of one text among as many others")
    print(HEAD)
    shown(len(rows), measured([path], folder / "skew"))


def measured(paths: Sequence[Path], out: Path, *options: str) -> Cost:
    """Run the command; return what it and all that it started took. Fails where it does."""
    begun, most, jvm_most, python_most = time.monotonic(), 0, 0, 0
    process = subprocess.Popen(
        [COPYTRAIL, "batch", *map(str, paths), "--out", str(out), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    spent: dict[tuple[str, str], float] = {}
    while process.poll() is None:
        now = {key: values for key, *values in looked_at(process.pid)}
        spent |= {key: cpu for key, (cpu, _) in now.items()}
        of_jvm = sum(memory for (name, _), (_, memory) in now.items() if name == "java")
        whole = sum(memory for _, memory in now.values())
        most, jvm_most, python_most = max(most, whole), max(jvm_most, of_jvm), max(python_most, whole - of_jvm)
        time.sleep(0.1)
    if process.returncode:
        sys.exit(process.communicate()[1])
    jvm = sum(cpu for (name, _), cpu in spent.items() if name == "java")
    return Cost(
        seconds=time.monotonic() - begun,
        jvm=jvm,
        python=sum(spent.values()) - jvm,
        memory=most,
        jvm_memory=jvm_most,
        python_memory=python_most,
    )


def looked_at(session: int) -> Iterator[tuple[tuple[str, str], float, int]]:
    """Yield each process of a session: its name and number, its CPU seconds and its private memory so far."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (path / "stat").read_text().partition("(")[2].rpartition(")")
            fields = rest.split()
            if int(fields[3]) == session:
                _, resident, shared, *_ = (path / "statm").read_text().split()
                spent = (int(fields[11]) + int(fields[12])) / _TICKS
                java = "java" if "java" in str((path / "exe").readlink()) else name
                yield (java, f"{path.name} {fields[19]}"), spent, (int(resident) - int(shared)) * _PAGE
        except (OSError, ValueError):
            continue


# --- killed, and elsewhere


def kills(folder: Path) -> None:
    _, lines = everything()
    paths = written(lines, folder)
    whole = content(run(paths, folder / "whole"))
    print(f"{'killed in':18} {'tables there':>12} {'result':>9}")
    stages = {
        "sightings": None,
        "candidates-0": "texts",
        "found-1": "candidates-1",
        "judged": "settled",
        "lineages": "judged",
    }
    for number, (stage, last) in enumerate(stages.items()):
        out = folder / f"killed-{number}"
        process = begun(paths, out)
        before = out / "work" / last if last else out / "work" / "scratch"
        while not before.exists() and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        there = len([path for path in (out / "work").glob("*") if path.name != "scratch"])
        same = content(run(paths, out)) == whole
        print(f"{stage:18} {there:>12} {'the same' if same else 'ANOTHER':>9}", flush=True)


def cluster(folder: Path) -> None:
    _, lines = everything()
    paths = written(lines, folder)
    one = content(run(paths, folder / "local"))
    other = content(run(paths, folder / "cluster", "--master", "local-cluster[2,1,1024]"))
    print(f"two workers of a cluster: {'the same' if one == other else 'ANOTHER'} result as in one process")


def begun(paths: Sequence[Path], out: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [COPYTRAIL, "batch", *map(str, paths), "--out", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def run(paths: Sequence[Path], out: Path, *options: str) -> Path:
    process = begun(paths, out, *options)
    if process.wait() not in (0, 2):
        sys.exit(f"the batch in {out} failed")
    return out


def content(out: Path) -> dict[str, list[str]]:
    """Return the rows of all tables, whatever their order."""
    import pyarrow.parquet

    tables = ("articles", "matches", "edges", "lineages", "aside")
    found = {name: pyarrow.parquet.read_table(out / name).to_pylist() for name in tables}
    for row in found["lineages"]:
        row.pop("decided_at")  # when the batch was begun
    return {name: sorted(json.dumps(row, sort_keys=True) for row in rows) for name, rows in found.items()}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "all", [int(number) for number in sys.argv[2:]])
