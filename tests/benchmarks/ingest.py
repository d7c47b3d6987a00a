"""Prints articles a second through `copytrail ingest` on the real texts, and what the matches found are worth.

python -m tests.benchmarks.ingest [SPLIT]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
COPYTRAIL = Path(sys.executable).with_name("copytrail")
LABELS = {"exact": "exact", "near_copy": "near-dup", "partial": "partial"}
COPIES = ("exact", "near-dup", "partial")


def main() -> None:
    if not DATA.is_dir():
        print("the evaluation data is not there: expected in ../shared/data")
        return
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    split = sys.argv[1] if len(sys.argv) > 1 else "dev"
    texts = load.docs(split)
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.write_text("".join(json.dumps(row) + "\n" for row in as_rows(texts)))
        store = Path(folder) / "bench.db"
        begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        copytrail(store, "ingest", rows)
        took, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        size = sum(path.stat().st_size for path in Path(folder).glob("bench.db*"))
        found = [json.loads(line) for line in copytrail(store, "export", "matches").splitlines()]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{'texts':>8} {'articles/s':>11} {'CPU ms each':>12} {'KiB stored each':>16} {'matches':>8}")
    n = len(texts)
    print(f"{n:>8} {n / took:>11.0f} {1000 * cpu / n:>12.1f} {size / n / 1024:>16.1f} {len(found):>8}")
    kinds = {frozenset((m["left"]["url"], m["right"]["url"])): LABELS.get(m["kind"], "unrelated") for m in found}
    for title, chosen in (
        ("by hand, clear", {"label_by": {"hand"}, "borderline": False}),
        ("by hand, with borderline", {"label_by": {"hand"}}),
        ("all", {}),
    ):
        print(f"\n{title}")
        table(Counter((p["label"], kinds.get(pair(p), "unrelated")) for p in load.pairs(split, **chosen)))


def as_rows(texts: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each text as a row of an outlet of its own: every match is then between outlets."""
    for id, text in texts.items():
        row = {"url": address(id), "fetched_at": "2026-01-01T00:00:00Z", "title": text.get("title") or ""}
        yield row | {"text": text["text"]} | ({"published_at": text["published"]} if text.get("published") else {})


def address(id: str) -> str:
    name = sha1(id.encode()).hexdigest()
    return f"https://o{name[:10]}.example/{name}"  # a registered domain each: sub-domains of one are one outlet


def pair(labelled: dict[str, Any]) -> frozenset[str]:
    return frozenset((address(labelled["a"]), address(labelled["b"])))


def copytrail(store: Path, *arguments: object) -> str:
    command = [str(COPYTRAIL), "--store", f"sqlite:///{store}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(done.stderr)
    return done.stdout


def table(pairs: Counter[tuple[str, str]]) -> None:
    """Print precision and recall of each class, and of copy against not."""
    print(f"  {'':>12} {'pairs':>6} {'precision':>10} {'recall':>7}")
    for label in (*COPIES, "copy"):
        group = COPIES if label == "copy" else (label,)
        right = sum(n for (gold, said), n in pairs.items() if gold in group and said in group)
        gold_n = sum(n for (gold, _), n in pairs.items() if gold in group)
        said_n = sum(n for (_, said), n in pairs.items() if said in group)
        print(f"  {label:>12} {gold_n:>6} {right / max(1, said_n):>10.3f} {right / max(1, gold_n):>7.3f}")


if __name__ == "__main__":
    main()
