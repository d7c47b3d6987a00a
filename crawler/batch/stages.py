"""The stages of a batch, each a table that is whole or not there: killed anywhere, it goes on behind the last one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from crawler.batch import comparing, judging, output
from crawler.batch.candidates import candidates
from crawler.batch.history import FILE, filed, slim
from crawler.batch.judging import linked
from crawler.batch.reading import PREPARED, SIGHTINGS, Part, sightings
from crawler.batch.tables import Stream, Values, grouped, mapped
from crawler.errors import CopytrailError
from crawler.registry import Registry
from crawler.tracer import NEAR

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILES = (
    ("number", "bigint"),
    ("id", "string"),
    ("url", "string"),
    ("body", "binary"),
    ("slim", "binary"),
    ("texts", "array<struct<at:bigint,digest:bigint,hashes:array<bigint>>>"),
    ("linked", "array<string>"),
)
BUCKET = 1_000  # articles judged together, with whoever stands around them
REASON = "came in with a batch"
REASONS = 10
SCRATCH = "work/scratch"
TABLES = ("articles", "matches", "edges", "lineages", "aside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a batch is made with. *partitions*: so many pieces a table is worked on in."""

    session: SparkSession
    folder: Path
    parts: tuple[Part, ...]
    registry: Registry
    now: datetime
    partitions: int
    tell: Callable[[str], None] = lambda stage: None

    def table(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """Return the table of that name: as it was made before, or made now."""
        path = self.folder / name
        if not path.exists():
            self.tell(name)
            # Made elsewhere: nobody takes half a table for a whole one, not even one that a dying run still writes to.
            part = self.folder / SCRATCH / uuid4().hex
            try:
                make().write.parquet(str(part))
            except Exception as error:
                raise _failed(name, error) from error
            path.parent.mkdir(parents=True, exist_ok=True)
            part.replace(path)
        return self.session.read.parquet(str(path))

    def mapped(self, frame: DataFrame, stream: Stream, columns: Any, *by: str, rest: tuple[str, ...] = ()) -> DataFrame:
        """Return what *stream* makes of *frame*, the rows of equal *by* together, sorted by these and *rest*."""
        rows = frame.repartition(self.partitions, *by).sortWithinPartitions(*by, *rest)
        return mapped(rows, stream, columns)


def _failed(stage: str, error: Exception) -> Exception:
    """Return *error* as one of ours where Spark raised it, with what it says last: that is the cause."""
    if not type(error).__module__.startswith(("pyspark.", "py4j.")):
        return error
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    cause = next((line for line in reversed(lines) if "Error" in line or "Exception" in line), (lines or ["?"])[-1])
    return CopytrailError(f"Spark failed in {stage}: {cause[:300]}; once that is put right, the same call goes on")


def run(work: Work) -> dict[str, int]:
    """Make all tables of *work* that are not there yet; return how many rows the ones to be kept have."""
    files = work.table("work/files", lambda: _files(work))
    pairs = work.table("work/settled", lambda: _settled(work, files))
    judged = work.table("work/judged", lambda: _judged(work, files, pairs))
    lineages = work.table("work/lineages", lambda: _lineages(work, judged))
    urls = files.select("id", "url")
    tables = {
        "articles": lambda: mapped(files.select("body"), output.articles, output.ARTICLES),
        "matches": lambda: _matches(pairs, urls),
        "edges": lambda: mapped(urls.join(lineages, "id").select("url", "lineage"), output.edges, output.EDGES),
        "lineages": lambda: mapped(
            urls.join(lineages, "id").select("id", "url", "lineage"), output.lineages, output.LINEAGES
        ),
        "aside": lambda: _read(work).where("kind <> 'article'").select("kind", "place", "words"),
    }
    return {name: work.table(name, make).count() for name, make in tables.items()}


def put_aside(work: Work) -> tuple[dict[str, int], tuple[tuple[str, int], ...]]:
    """Return how much was no article, by kind, and the commonest reasons."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    aside = work.session.read.parquet(str(work.folder / "aside"))
    kinds = {row[0]: row[1] for row in aside.groupBy("kind").count().orderBy("kind").collect()}
    # The same reason for many: what was given is quoted in it.
    words = aside.select(f.regexp_replace("words", r"(: )?'[^']*'|\d+", "").alias("words")).groupBy("words").count()
    reasons = words.orderBy(words["count"].desc(), "words").limit(REASONS).collect()
    return kinds, tuple((row[0], row[1]) for row in reasons)


def learnt_stops(work: Work) -> DataFrame | None:
    """Return what was learnt of passages that everybody has, of each hash the first; None for nothing."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    found, stops = _found(work, work.session.read.parquet(str(work.folder / "work" / "files")))
    rows = found.where("kind = 'stop'").groupBy("hash").agg(f.min_by("body", "at").alias("body"))
    return rows.select("body") if stops else None


# --- reading


def _read(work: Work) -> DataFrame:
    parts, registry, now = work.parts, work.registry, work.now

    def read(rows: Iterator[Values]) -> Iterator[Values]:
        return sightings((parts[number] for (number,) in rows), registry, now)

    each = work.session.range(0, len(parts), 1, max(1, len(parts)))
    return work.table("work/sightings", lambda: mapped(each, read, SIGHTINGS))


def _files(work: Work) -> DataFrame:
    registry = work.registry

    def file(rows: Iterator[Values]) -> Iterator[Values]:
        for _, some in grouped(rows):
            yield _file_row(filed([(at, PREPARED.load(body)) for _, at, body in some], registry))

    found = _read(work).where("kind = 'article'").select("id", "at", "body")
    return work.mapped(found, file, FILES, "id", rest=("at",))


def _file_row(file: Any) -> Values:
    texts = [
        {"at": t.at, "digest": _number(t.fingerprint.digest), "hashes": list(t.fingerprint.hashes)}
        for t in file.texts()
    ]
    whole, lean = FILE.dump(file).encode(), FILE.dump(slim(file)).encode()
    return file.first, file.id, file.last.article.url, whole, lean, texts, linked(file)


def _number(digest: str) -> int:
    """Return as much of the digest of a text as fits a column of whole numbers: 63 bits of 128."""
    return int(digest[:16], 16) >> 1


# --- matching


def _texts(work: Work, files: DataFrame) -> DataFrame:
    """Return every text that was looked up when it came in, and how many articles there were before it."""
    from pyspark.sql import Window  # noqa: PLC0415 - of the optional extra
    from pyspark.sql import functions as f  # noqa: PLC0415

    texts = files.select("number", f.explode("texts").alias("text")).select("number", "text.*")
    before = Window.orderBy("at").rowsBetween(Window.unboundedPreceding, -1)
    is_first = (f.col("at") == f.col("number")).cast("bigint")
    ranks = texts.select("at", f.coalesce(f.sum(is_first).over(before), f.lit(0)).alias("known"))
    return work.table("work/texts", lambda: texts.join(ranks, "at"))


def _settled(work: Work, files: DataFrame) -> DataFrame:
    """Return the match of each pair as it stands in the end."""
    found, stops = _found(work, files)
    matches = found.where("kind = 'match'").select("left", "right", "at", "body")
    pairs = work.table(
        "work/pairs",
        lambda: work.mapped(matches, comparing.kept, comparing.PAIRS, "left", "right", rest=("at",)),
    )
    return _compared_again(work, files, found, pairs, stops) if stops else pairs


def _found(work: Work, files: DataFrame) -> tuple[DataFrame, dict[int, int]]:
    """Return what comparing all texts found, and the learnt hashes with the places they were learnt at.

    What is learnt from one text changes whom later ones are compared with, and so what they teach. Texts that are
    touched by something newly learnt are compared again, until nothing changes: then each was compared as if all that
    was learnt before it, and nothing else, had been known.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    texts = _texts(work, files)
    known: dict[int, int] = {}
    rounds: list[tuple[DataFrame, DataFrame]] = []
    while True:
        number = len(rounds)
        stops = _learnt(_latest(rounds)) if rounds else {}
        changed = {
            hash: min(known.get(hash, _NEVER), stops.get(hash, _NEVER))
            for hash in known.keys() | stops.keys()
            if known.get(hash) != stops.get(hash)
        }
        if rounds and not changed:
            return _latest(rounds), stops
        known = stops
        asked = texts.select("at")
        if rounds:
            since = work.session.createDataFrame(list(changed.items()), "hash bigint, since bigint")
            hashes = texts.select("at", f.explode("hashes").alias("hash"))
            touched = hashes.join(f.broadcast(since), "hash").where("at > since").select("at").distinct()
            asked = work.table(f"work/asked-{number}", partial(_same, touched))
        wanted = asked.withColumn("wanted", f.lit(True))
        given = texts.join(wanted, "at", "left").fillna(False, ["wanted"]) if rounds else texts.join(wanted, "at")
        pieces = work.partitions
        near = work.table(f"work/candidates-{number}", partial(candidates, given, stops, partitions=pieces))
        found = work.table(f"work/found-{number}", partial(_compared, work, files, texts, near, stops))
        rounds.append((asked, found))


_NEVER = 2**63 - 1


def _same(frame: DataFrame) -> DataFrame:
    return frame


def _latest(rounds: list[tuple[DataFrame, DataFrame]]) -> DataFrame:
    """Return of each text what was found in the last round that looked at it."""
    out = rounds[0][1]
    for asked, found in rounds[1:]:
        out = out.join(asked, "at", "left_anti").unionByName(found)
    return out


def _learnt(found: DataFrame) -> dict[int, int]:
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    rows = found.where("kind = 'stop'").groupBy("hash").agg(f.min("at")).collect()
    return {row[0]: row[1] for row in rows}


def _compared(work: Work, files: DataFrame, texts: DataFrame, near: DataFrame, stops: Mapping[int, int]) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    now = work.now

    def compare(rows: Iterator[Values]) -> Iterator[Values]:
        return comparing.found(rows, stops, now)

    bodies = files.select("number", "slim")
    others = near.join(bodies, "number").select("at", f.lit(False).alias("mine"), "number", "score", "same", "slim")
    own = near.select("at").distinct().join(texts.select("at", "number"), "at").join(bodies, "number")
    own = own.select(
        "at", f.lit(True).alias("mine"), "number", f.lit(0).alias("score"), f.lit(False).alias("same"), "slim"
    )
    return work.mapped(own.unionByName(others), compare, comparing.FOUND, "at")


def _compared_again(
    work: Work, files: DataFrame, found: DataFrame, pairs: DataFrame, stops: Mapping[int, int]
) -> DataFrame:
    """Return *pairs* as they are after all that were left have been compared anew, knowing all *stops*."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    hashes = frozenset(stops)

    def compare(rows: Iterator[Values]) -> Iterator[Values]:
        return comparing.again(rows, hashes)

    learnt = work.session.createDataFrame([(hash,) for hash in stops], "hash bigint")
    having = files.select("id", f.explode("texts").alias("text")).select("id", f.explode("text.hashes").alias("hash"))
    hot = having.join(f.broadcast(learnt), "hash", "left_semi").select("id").distinct()
    bodies = files.select("id", "slim").join(hot, "id", "left_semi")
    left = bodies.select(f.col("id").alias("left"), f.col("slim").alias("of_left"))
    right = bodies.select(f.col("id").alias("right"), f.col("slim").alias("of_right"))
    both = pairs.where("NOT rejected").join(left, "left").join(right, "right").select("body", "of_left", "of_right")
    other = work.table("work/again", lambda: mapped(both, compare, comparing.COMPARED_AGAIN))
    reached = _reached(other, found)
    if not reached:
        return pairs
    chosen = other.join(work.session.createDataFrame(reached, "left string, right string"), ["left", "right"])
    return pairs.join(chosen, ["left", "right"], "left_anti").unionByName(chosen.select(*pairs.columns))


def _reached(other: DataFrame, found: DataFrame) -> list[tuple[str, str]]:
    """Return the pairs to be changed: those of whoever was left, and of whoever is left because of them."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    changed = [(row[0], row[1]) for row in other.select("left", "right").collect()]
    of: dict[str, list[tuple[str, str]]] = {}
    for pair in changed:
        for id in pair:
            of.setdefault(id, []).append(pair)
    ids = other.select(f.col("left").alias("id")).union(other.select("right")).distinct()
    noted = found.where("kind = 'left'").select(f.col("left").alias("id")).distinct().join(ids, "id", "left_semi")
    line = [row[0] for row in noted.collect()]
    seen = set(line)
    out: dict[tuple[str, str], None] = {}
    while line:
        for pair in of.get(line.pop(), ()):
            out[pair] = None
            new = [id for id in pair if id not in seen]
            seen.update(new)
            line += new
    return list(out)


# --- judging


def _judged(work: Work, files: DataFrame, pairs: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    registry = work.registry

    def judge(rows: Iterator[Values]) -> Iterator[Values]:
        return judging.judged(rows, registry)

    def touch(rows: Iterator[Values]) -> Iterator[Values]:
        return judging.touched(rows, registry)

    matches = pairs.where("NOT rejected").select("left", "right", "body")
    near = matches.select(f.col("left").alias("id"), f.col("right").alias("other"))
    near = near.union(matches.select("right", "left"))
    links = files.select("id", f.explode("linked").alias("other")).where("id <> other").distinct()
    links = links.join(files.select(f.col("id").alias("other")), "other", "left_semi").select("id", "other")
    smallest = near.groupBy("id").agg(f.min("other").alias("smallest"))
    count = max(work.partitions, -(-files.count() // BUCKET))
    label = f.least("id", f.coalesce("smallest", "id"))
    bucket = f.pmod(f.xxhash64(label), f.lit(count)).alias("bucket")
    members = work.table("work/buckets", lambda: files.select("id").join(smallest, "id", "left").select("id", bucket))
    rows = _in_buckets(files, matches, members, near.union(links))
    many = near.groupBy("id").count().where(f.col("count") > NEAR).select("id")
    if not many.isEmpty():
        # These are not judged by all that they match, but by who came in when, as the live path does.
        newcomers = members.join(near.join(many, "id").select(f.col("other").alias("id")).distinct(), "id")
        to_touch = _in_buckets(files, matches, newcomers, near)
        touched = work.table(
            "work/touched", lambda: work.mapped(to_touch, touch, judging.TOUCHED, "bucket", rest=("part",))
        )
        nothing = f.lit(None).cast("binary")
        touched = touched.join(many, "id").join(members, "id")
        rows = rows.union(touched.select("bucket", f.lit(2), "at_once", "id", "other", nothing))
    return work.mapped(rows, judge, judging.JUDGED, "bucket", rest=("part",))


def _in_buckets(files: DataFrame, matches: DataFrame, members: DataFrame, near: DataFrame) -> DataFrame:
    """Return *members* of buckets with whoever is *near* one, and all matches between those in the same bucket."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    around = near.join(members, "id").select("bucket", f.col("other").alias("id"), f.lit(False))
    inside = members.select("bucket", "id", f.lit(True).alias("flag")).union(around)
    inside = inside.groupBy("bucket", "id").agg(f.max("flag").alias("flag"))
    nothing = f.lit(None).cast("string")
    articles = inside.join(files.select("id", "body"), "id")
    articles = articles.select("bucket", f.lit(0).alias("part"), "flag", "id", nothing.alias("other"), "body")
    of_left = inside.select("bucket", f.col("id").alias("left"))
    of_right = inside.select("bucket", f.col("id").alias("right"))
    shared = matches.join(of_left, "left").join(of_right, ["bucket", "right"])
    return articles.union(shared.select("bucket", f.lit(1), f.lit(False), "left", "right", "body"))


def _lineages(work: Work, judged: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    now = work.now

    def join(rows: Iterator[Values]) -> Iterator[Values]:
        return judging.lineages(rows, now, REASON)

    chains = _chains(judged.select("id", f.explode("above").alias("other")))
    rows = judged.join(chains, "id", "left").select(f.coalesce("chain", "id").alias("chain"), "id", "body", "published")
    return work.mapped(rows, join, judging.LINEAGES, "chain")


def _chains(edges: DataFrame) -> DataFrame:
    """Return for each article with edges the smallest id that it hangs together with, as ``chain``.

    In each step everybody takes the smallest of what those beside it have, and then what that one has itself (hash-min
    with pointer jumping): steps are few, for chains are short.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    near = edges.union(edges.select("other", "id")).distinct().localCheckpoint()
    chains = near.groupBy("id").agg(f.least(f.min("other"), f.first("id")).alias("chain")).localCheckpoint()
    while True:
        beside = near.join(chains.select(f.col("id").alias("other"), "chain"), "other")
        least = beside.groupBy("id").agg(f.min("chain").alias("least"))
        step = chains.join(least, "id").select("id", "chain", f.least("chain", "least").alias("least"))
        above = chains.select(f.col("id").alias("least"), f.col("chain").alias("beyond"))
        new = step.join(above, "least", "left").select(
            "id", f.least("least", f.coalesce("beyond", "least")).alias("new"), "chain"
        )
        new = new.localCheckpoint()
        moved = new.where("new <> chain").limit(1).count()
        chains = new.select("id", f.col("new").alias("chain"))
        if not moved:
            return chains


def _matches(pairs: DataFrame, urls: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415 - of the optional extra

    left = urls.select(f.col("id").alias("left"), f.col("url").alias("left_url"))
    right = urls.select(f.col("id").alias("right"), f.col("url").alias("right_url"))
    rows = pairs.where("NOT rejected").join(left, "left").join(right, "right").select("body", "left_url", "right_url")
    return mapped(rows, output.matches, output.MATCHES)


# --- the manifest


def begun(folder: Path, what: Mapping[str, Any], now: datetime, *, partitions: int) -> dict[str, Any]:
    """Return the manifest of the batch in *folder*: the one it was begun with, or a new one for *what*.

    Raises ValueError naming what differs.
    """
    path = folder / "batch.json"
    if path.exists():
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        differ = [name for name in what if held.get(name) != what[name]]
        if differ:
            raise ValueError(", ".join(differ))
        return held
    folder.mkdir(parents=True, exist_ok=True)
    made = {**what, "id": uuid4().hex, "now": now.isoformat(), "partitions": partitions}
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(made, indent=1), encoding="utf-8")
    beside.replace(path)
    return made


def forget(folder: Path) -> None:
    """Remove all that a batch made in *folder*, and nothing else."""
    for name in (*TABLES, "work"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "batch.json").unlink(missing_ok=True)
