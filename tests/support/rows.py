"""Files of rows as data sets publish them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

Fields = Mapping[str, object]


def write_json(path: Path, rows: Sequence[Fields]) -> Path:
    """An array of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


def write_lines(path: Path, *rows: Fields) -> Path:
    """One row a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: Sequence[Fields]) -> Path:
    """A Parquet file; skips the test where pyarrow is not installed."""
    arrow = pytest.importorskip("pyarrow", reason="pip install 'genevolve[curate]' to run it")
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(arrow.Table.from_pylist(list(rows)), path)
    return path
