"""Prints how well and how fast articles are extracted from the real pages of ../shared/data.

python tests/benchmarks/extraction.py [aeb fundus traf np4k dates]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.errors import NotAnArticle  # noqa: E402
from crawler.extract import Extracted, extract  # noqa: E402
from crawler.model import Page  # noqa: E402

DATA = Path(os.environ.get("EVAL_DATA", ROOT.parent / "shared" / "data"))
SCORES = {
    "aeb": (("text", "dev", "aeb"),),
    "fundus": (("text", "dev", "fundus"), ("meta", "dev", "fundus")),
    "traf": (("seg", "dev"), ("meta", "dev", "traf")),
    "np4k": (("text", "dev", "np4k"), ("meta", "dev", "np4k")),
    "dates": (("date", "dev"),),
}
SEEN = datetime(2026, 9, 1, tzinfo=UTC)


def main(names: list[str]) -> None:
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    for name in names:
        predictions: list[dict[str, object]] = []
        refused: list[str] = []
        counts: Counter[str] = Counter()
        took: list[float] = []
        for row in load.truth("dev", name):
            page = Page(
                url=row["url"],
                final_url=row["url"],
                body=load.page_bytes("dev", row["file"]),
                fetched_at=SEEN,
                headers={},
            )
            found: Extracted | None = None
            start = time.process_time()
            try:
                found = extract(page)
            except NotAnArticle as error:
                refused.append(f"{row['id']}: {error}")
            took.append((time.process_time() - start) * 1000)
            predictions.append(_prediction(row["id"], found))
            counts.update(_known(found))
        print(f"== {name}: {len(predictions)} pages, {len(refused)} refused; {_times(took)}")
        print(*(f"   refused {line}" for line in refused), sep="\n")
        print("   known:", dict(counts))
        for score in SCORES[name]:
            print("  ", *score, _scored(score, predictions))


def _prediction(name: str, found: Extracted | None) -> dict[str, object]:
    if found is None:
        return {"id": name, "text": "", "title": None, "authors": [], "date": None}
    date = found.published.iso() if found.published else None
    return {"id": name, "text": found.text, "title": found.title, "authors": list(found.authors), "date": date}


def _known(found: Extracted | None) -> list[str]:
    if found is None:
        return []
    fields = [
        name
        for name in ("byline", "language", "modified", "license", "site_name", "links", "media")
        if getattr(found, name)
    ]
    fields += ["links_lost"] if found.links_lost else []
    return [*fields, f"date:{found.published.basis}" if found.published else "date:none"]


def _times(took: list[float]) -> str:
    took = took[1:]  # the first one loads the language model
    ordered = sorted(took)
    mean, median, late = statistics.mean(took), statistics.median(took), ordered[int(0.95 * len(ordered))]
    return f"ms a page: mean {mean:.1f}, median {median:.1f}, p95 {late:.1f}"


def _scored(score: tuple[str, ...], predictions: list[dict[str, object]]) -> dict[str, object]:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in predictions)
        file.flush()
        done = subprocess.run(
            [sys.executable, DATA / "tools" / "score.py", *score, file.name], capture_output=True, text=True, check=True
        )
    result: dict[str, object] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main(sys.argv[1:] or list(SCORES))
