"""Rows between Spark and our functions: streams of tuples in, streams of tuples out, never a table in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

Values = tuple[Any, ...]
Stream = Callable[[Iterator[Values]], Iterator[Values]]

MOST_ROWS = 4_096
MOST_BYTES = 8 * 2**20  # of texts and binaries in one batch


def mapped(frame: DataFrame, stream: Stream, columns: Sequence[tuple[str, str]]) -> DataFrame:
    """Return what *stream* makes of the rows of each partition of *frame*; *columns* are names with Spark's types."""
    from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415 - of the optional extra
    from pyspark.sql.types import StructType  # noqa: PLC0415

    ddl = ", ".join(f"`{name}` {kind}" for name, kind in columns)
    schema = to_arrow_schema(StructType.fromDDL(ddl))

    def batches(given: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow  # noqa: PLC0415

        for some in _by_the_few(stream(_rows(given))):
            values = zip(*some, strict=True)
            arrays = [pyarrow.array(column, type=field.type) for column, field in zip(values, schema, strict=True)]
            yield pyarrow.RecordBatch.from_arrays(arrays, schema=schema)

    return frame.mapInArrow(batches, ddl)


def _rows(given: Iterator[pa.RecordBatch]) -> Iterator[Values]:
    for batch in given:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _by_the_few(rows: Iterator[Values]) -> Iterator[list[Values]]:
    """Yield *rows* by so many that a batch of them stays small."""
    some: list[Values] = []
    size = 0
    for row in rows:
        some.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(some) >= MOST_ROWS or size >= MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def grouped(rows: Iterator[Values], width: int = 1) -> Iterator[tuple[Any, Iterator[Values]]]:
    """Yield runs of rows with the same first value, or the same first *width* of them; they must come sorted by it."""
    yield from groupby(rows, key=itemgetter(*range(width)))
