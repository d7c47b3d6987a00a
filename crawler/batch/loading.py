"""Puts what a batch made into a store: in bulk, each thing under its own id, so that a second try changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.batch.history import FILE, File
from crawler.batch.stages import Work, learnt_stops
from crawler.batch.tables import Values, mapped
from crawler.errors import InputError
from crawler.ports import Store
from crawler.shelves import SHELVES, KeptArticle, KeptMatch, KeptVersion
from crawler.store import open_store
from crawler.store.rows import LINEAGE, MATCH, STOP

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MARKER = "batch"
AT_ONCE = 500  # rows in one put
LOADED = (("rows", "bigint"),)
Put = Callable[[Store, Sequence[Values]], None]


def load(work: Work, url: str, *, id: str) -> int:
    """Put all that *work* made into the store of *url*, which must hold nothing else; return how many articles.

    *id* names the batch: a store that it was killed in the middle of filling is filled on. Articles are put in the
    order they came in, and so are found in the order they would be if they had been ingested. Into Elasticsearch all
    workers write at once. Raises InputError for a store that holds something else.
    """
    check(url, id=id)
    with closing(open_store(url)) as store:
        store.put_marker(MARKER, id)
        for frame, put in _tables(work):
            if store.url.startswith("http"):
                _by_all(frame, put, url)
            else:
                _alone(frame, put, store)
        store.refresh()
        store.put_marker(MARKER, None)
        return store.status().articles


def check(url: str, *, id: str) -> None:
    """Return where the store of *url* may be filled by the batch *id*. Raises InputError."""
    with closing(open_store(url)) as store:
        store.check()
        held = store.marker(MARKER)
        if held == id:
            return
        if held is not None:
            raise InputError(f"{store.url} is half filled by another batch: finish that one, or name an empty store")
        full = next((kind.name for kind in SHELVES if store.shelves[kind.name].count()), None)
        if full is not None:
            raise InputError(f"{store.url} holds {full} already: a batch is put into an empty store")


def _tables(work: Work) -> Iterator[tuple[DataFrame, Put]]:
    """Yield what is to be put, articles first: the rest speaks of them."""
    from pyspark.sql import Window  # noqa: PLC0415 - of the optional extra
    from pyspark.sql import functions as f  # noqa: PLC0415

    def read(name: str) -> DataFrame:
        return work.session.read.parquet(str(work.folder / "work" / name))

    files, lineages, pairs = read("files"), read("lineages"), read("settled")
    ranks = files.select("id", f.row_number().over(Window.orderBy("number")).alias("rank"))
    articles = files.select("id", "number", "body").join(lineages, "id").join(ranks, "id")
    articles = articles.repartitionByRange(work.partitions, "number").sortWithinPartitions("number")
    yield articles.select("rank", "body", "lineage"), _put_articles
    edited = files.where("size(texts) > 1")
    yield edited.select("body"), _put_versions
    urls = files.select("id", "url")
    left = urls.select(f.col("id").alias("left"), f.col("url").alias("left_url"))
    right = urls.select(f.col("id").alias("right"), f.col("url").alias("right_url"))
    both = pairs.join(left, "left").join(right, "right")
    yield both.where("NOT rejected").select("body", "left_url", "right_url"), _put_matches
    yield both.where("rejected").select("body", "left_url", "right_url"), _put_rejected
    stops = learnt_stops(work)
    if stops is not None:
        yield stops, _put_stops


def _by_all(frame: DataFrame, put: Put, url: str) -> None:
    def write(rows: Iterator[Values]) -> Iterator[Values]:
        with closing(open_store(url)) as store:
            yield (sum(_put_some(store, put, some) for some in _by(rows)),)

    mapped(frame, write, LOADED).collect()


def _alone(frame: DataFrame, put: Put, store: Store) -> None:
    for some in _by(map(tuple, frame.toLocalIterator(prefetchPartitions=True))):
        _put_some(store, put, some)


def _put_some(store: Store, put: Put, rows: Sequence[Values]) -> int:
    with store.writing():
        put(store, rows)
    return len(rows)


def _by(rows: Iterator[Values]) -> Iterator[list[Values]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _put_articles(store: Store, rows: Sequence[Values]) -> None:
    store.shelves["articles"].put([_kept(rank, FILE.load(bytes(body)), lineage) for rank, body, lineage in rows])


def _kept(rank: int, file: File, lineage: Any) -> KeptArticle:
    state = file.last
    return KeptArticle(
        article=state.article,
        claims=state.claims,
        fingerprint=state.fingerprint,
        lineage=LINEAGE.load(bytes(lineage)),
        kept=rank,
    )


def _put_versions(store: Store, rows: Sequence[Values]) -> None:
    files = [FILE.load(bytes(body)) for (body,) in rows]
    store.shelves["versions"].put(
        [
            KeptVersion(id=file.id, version=held.version, fingerprint=held.fingerprint)
            for file in files
            for held in file.last.earlier
        ]
    )


def _put_matches(store: Store, rows: Sequence[Values]) -> None:
    store.shelves["matches"].put(list(map(_kept_match, rows)))


def _put_rejected(store: Store, rows: Sequence[Values]) -> None:
    store.shelves["rejected"].put(list(map(_kept_match, rows)))


def _kept_match(row: Values) -> KeptMatch:
    body, left, right = row
    return KeptMatch(match=MATCH.load(bytes(body)), left_url=left, right_url=right)


def _put_stops(store: Store, rows: Sequence[Values]) -> None:
    store.shelves["stops"].put([STOP.load(bytes(body)) for (body,) in rows])
