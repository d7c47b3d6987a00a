"""Candidates as the stores rank them: for each text the articles, saved before it, that share most of its hashes.

A store asked in the middle of a crawl knows what came before, and of each hash the first so many articles. The same
is made here for all texts at once: per hash one walk through those that have it, in the order they came in, which
keeps the first 65 and hands each newcomer what is there so far. So a hash in half the archive costs what it costs
live, and the walk is as long as the number of hashes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from crawler.batch.tables import Values, grouped, mapped
from crawler.matching import CANDIDATES, SAME_TEXT
from crawler.store.ranking import READ, leaders

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

OF_HASH, OF_TEXT = 0, 1
NO_SCORE = -1

OFFERS = (("at", "bigint"), ("known", "bigint"), ("kind", "int"), ("numbers", "array<bigint>"))
CHOSEN = (("at", "bigint"), ("number", "bigint"), ("score", "bigint"), ("same", "boolean"))


def postings(texts: DataFrame, *, partitions: int) -> DataFrame:
    """Return a row for each hash, and each whole text, that several of *texts* have, in the order of the walk.

    *texts*: at, number (of its article), known (articles before it), digest, hashes, wanted. What nobody wants is left
    out.
    """
    from pyspark.sql import Window  # noqa: PLC0415 - of the optional extra
    from pyspark.sql import functions as f  # noqa: PLC0415

    carried = ("at", "number", "known", "wanted")
    hashes = texts.select(*carried, f.lit(OF_HASH).alias("kind"), f.explode("hashes").alias("key"))
    whole = texts.select(*carried, f.lit(OF_TEXT).alias("kind"), f.col("digest").alias("key"))
    everywhere = Window.unboundedPreceding, Window.unboundedFollowing
    of_key = Window.partitionBy("kind", "key").orderBy("at").rowsBetween(*everywhere)
    rows = hashes.unionByName(whole).repartition(partitions, "kind", "key")
    rows = rows.withColumn("having", f.count("*").over(of_key)).withColumn("any", f.max("wanted").over(of_key))
    rows = rows.where("having > 1 AND any").select("kind", "key", "at", "number", "known", "wanted")
    return rows.sortWithinPartitions("kind", "key", "at")


def candidates(texts: DataFrame, stops: Mapping[int, int], *, partitions: int) -> DataFrame:
    """Return for each of *texts* that is wanted whom it is to be compared with, see ``CHOSEN``.

    *stops*: hashes of passages that everybody has, each with the place of the text it was learnt from; later ones do
    not ask for it.
    """

    def walk(rows: Iterator[Values]) -> Iterator[Values]:
        return offers(rows, stops)

    offered = mapped(postings(texts, partitions=partitions), walk, OFFERS)
    return mapped(offered.repartition(partitions, "at").sortWithinPartitions("at"), chosen, CHOSEN)


def offers(rows: Iterator[Values], stops: Mapping[int, int]) -> Iterator[Values]:
    """Yield for each posting that is wanted those that were there before it; rows come by kind, key and place."""
    for (kind, key), some in grouped(rows, 2):
        most = READ if kind == OF_HASH else SAME_TEXT
        learnt = stops.get(key) if kind == OF_HASH else None
        first: list[int] = []
        for _, _, at, number, known, wanted in some:
            if first and wanted and (learnt is None or at <= learnt):
                yield at, known, kind, list(first)
            _keep(first, number, most)


def _keep(first: list[int], number: int, most: int) -> None:
    """Put *number* among the smallest *most*, once."""
    place = bisect_left(first, number)
    if place < len(first) and first[place] == number:
        return
    if place < most:
        insort(first, number)
        del first[most:]


def chosen(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield whom each text is to be compared with; of those that tie for the last place all."""
    for at, some in grouped(rows):
        yield from _chosen(at, list(some))


def _chosen(at: int, offers: Iterable[Values]) -> Iterator[Values]:
    known, same = 0, set[int]()
    lists: list[list[int]] = []
    for _, known, kind, numbers in offers:  # noqa: B007 - known is the same in all of them
        if kind == OF_TEXT:
            same.update(numbers)
        else:
            lists.append(numbers)
    scores = leaders(lists, articles=known, least=2, limit=SAME_TEXT + CANDIDATES)
    for number in sorted({*same, *scores}):
        yield at, number, scores.get(number, NO_SCORE), number in same
