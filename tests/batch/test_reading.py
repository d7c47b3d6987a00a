"""Files are read in pieces as they would be in one go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.batch.reading import PREPARED, files_in, parts_of, sightings
from crawler.errors import InputError
from crawler.registry import Registry
from tests.batch.world import NOW, article
from tests.batch.world import written as as_files
from tests.builders import some_text


def some_lines() -> list[str]:
    good = [json.dumps(article(f"https://o.example/{n}", some_text(60, seed=n), n)) for n in range(12)]
    return [*good[:5], "{not JSON", *good[5:], '{"url": "https://o.example/late", "text": " "}']


@pytest.mark.parametrize("size", [1, 700, 2**20])
def test_a_file_cut_anywhere_gives_the_same_rows_in_the_same_order(tmp_path: Path, size: int) -> None:
    paths = as_files(some_lines(), tmp_path)
    whole = list(sightings(parts_of(paths), Registry(()), NOW))
    cut = list(sightings(parts_of(paths, size=size), Registry(()), NOW))
    assert [(kind, *rest) for kind, _, *rest in cut] == [(kind, *rest) for kind, _, *rest in whole]
    for rows in (cut, whole):
        assert [at for _, at, *_ in rows] == sorted({at for _, at, *_ in rows})
    assert [row[0] for row in whole].count("article") == 12


def test_a_bad_line_is_named_by_its_number_in_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{line}\n" for line in some_lines()))
    rows = list(sightings(parts_of([path], size=100), Registry(()), NOW))
    assert [(kind, place) for kind, _, _, place, _, _ in rows if kind != "article"] == [
        ("bad", "rows.jsonl line 6"),
        ("refused", "https://o.example/late"),
    ]


def test_warc_files_of_a_month_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    from tests.batch.warcs import a_warc

    month = tmp_path / "crawl-data" / "CC-NEWS" / "2026" / "03"
    month.mkdir(parents=True)
    for day in ("02", "01"):
        (month / f"CC-NEWS-202603{day}-00001.warc.gz").write_bytes(a_warc(f"https://o.example/{day}"))
    (month / "warc.paths.gz").write_bytes(b"")
    files = files_in([tmp_path / "crawl-data"])
    rows = list(sightings(parts_of(files), Registry(()), NOW))
    assert [row[0] for row in rows] == ["article", "article"]
    made = [PREPARED.load(row[5]).article for row in rows]
    assert [one.url for one in made] == ["https://o.example/01", "https://o.example/02"]
    assert made[0].capture is not None
    assert made[0].capture.warc == str(files[0].resolve())


def test_a_file_of_another_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>")
    with pytest.raises(InputError, match="not a kind of file that a batch reads"):
        files_in([path])
