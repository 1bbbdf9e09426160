"""Rows of Parquet files; pyarrow, an extra, is imported on use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError, RequestError
from ..language.text import one_line

_ROWS_AT_ONCE = 32  # an embedded picture may have megabytes


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and fields of every row, read in small batches.

    Raises:
        MissingExtraError: pyarrow is not installed.
        RequestError: the file is damaged; says after which row.
    """
    arrow, parquet = _import_arrow()
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                for fields in batch.to_pylist():
                    number += 1
                    yield number, fields
    # What a damaged page raises depends on where the damage is.
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise RequestError(
            f"{str(path)!r} cannot be read as Parquet after row {number}: {one_line(str(error))}. Download it again."
        ) from error


def _import_arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as arrow  # pyright: ignore[reportMissingTypeStubs]
        from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtraError("pyarrow", extra="curate") from error
    return arrow, parquet
