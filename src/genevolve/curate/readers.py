"""Rows of published data, as files hold them: JSON, JSONL, Parquet, or a folder from a hub.

A row is its fields and where it stands. What they mean is for those who know
the data set (`evaluate.suites`, and the training formats); see `rows_as_requests`
for what benchmarks share. What is wrong with one row names file and row; what
is wrong with a whole file is raised, since the rest of it cannot be told apart.
A NaN in a JSON document stays in its row, as those of Parquet do.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..errors import RequestError
from ..store.rows import BadRow, is_lfs_pointer, numbered_lines, parse_document, parse_line, read_bytes
from .parquet import parquet_rows

LIST_KEYS = ("data", "rows", "requests", "examples", "instances", "samples", "items", "results", "test", "train")
"""Where a JSON object usually has its list of rows."""
_KINDS = ((".parquet",), (".jsonl", ".ndjson"), (".json",))
"""Kinds of files in a folder; the first that is there is read, since hubs keep the same rows in several."""
_NO_ROWS = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "config.json"})
"""Files that describe a data set."""
_DATA_FOLDER = "data"
_HUB_MARKS = {
    "dataset_infos.json": re.compile(rb""),
    "README.md": re.compile(rb"\A---\r?\n"),
    ".gitattributes": re.compile(rb"filter=lfs"),
}
"""Files by which the folder of a hub's data set is known, and what stands in them: a README begins with its card."""
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, not yet understood."""

    fields: dict[str, Any]
    """JSON values; of Parquet also bytes, and what else its columns hold."""
    where: str
    """File and line, or file and row."""
    file: Path
    root: Path
    """The folder of the data: paths in the row are tried against it and the file's own folder, and lead to nothing
    outside of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFiles:
    """Which files of a data set hold its rows."""

    root: Path
    files: tuple[Path, ...]
    """Shards in the order of their names."""
    passed_over: tuple[Path, ...] = ()
    """Files of another kind, which may hold the same rows again."""


def find_data_files(path: Path) -> DataFiles:
    """The files of rows under a path: itself, or those of a folder and of its `data` folder.

    Raises:
        RequestError: nothing is there that can be read.
    """
    if not path.exists():
        raise RequestError(f"there is no file or folder {str(path)!r}; check the name of the data")
    if not path.is_dir():
        return DataFiles(root=_root_of(path.parent), files=(path,))
    found = sorted(
        (
            file
            for folder in (path, path / _DATA_FOLDER)
            if folder.is_dir()
            for file in folder.iterdir()
            if file.is_file() and not file.name.startswith(".") and file.name not in _NO_ROWS
        ),
        key=_reading_order,
    )
    by_kind = [[file for file in found if file.suffix.lower() in kind] for kind in _KINDS]
    first, *others = [files for files in by_kind if files] or [[]]
    if not first:
        raise RequestError(
            f"{str(path)!r} has no file of rows; expected *.parquet, *.jsonl or *.json in it or in its folder 'data'"
        )
    return DataFiles(
        root=_root_of(path), files=tuple(first), passed_over=tuple(file for files in others for file in files)
    )


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """Every row of a file, or of a folder as it is downloaded from a hub; shards in the order of their names.

    Raises:
        RequestError: there is nothing to read, or a file is torn, a git-LFS pointer, or of an unknown kind.
        MissingExtraError: it is Parquet and pyarrow is not installed.
    """
    return read_files(find_data_files(path))


def read_files(data: DataFiles) -> Iterator[Row | BadRow]:
    """Every row of these files, in order; raises as `read_rows`."""
    for file in data.files:
        for where, value in _values(file):
            if isinstance(value, BadRow):
                yield value
            elif isinstance(value, dict):
                yield Row(fields=cast(dict[str, Any], value), where=where, file=file, root=data.root)
            else:
                yield BadRow(where=where, problem=f"expected an object with fields, not {type(value).__name__}")


def _root_of(folder: Path) -> Path:
    """The folder that the user named, or the data set that it is the `data` folder of."""
    is_part = folder.name == _DATA_FOLDER and any(
        _says(folder.parent / name, said) for name, said in _HUB_MARKS.items()
    )
    return folder.parent if is_part else folder


def _says(file: Path, what: re.Pattern[bytes]) -> bool:
    """Whether a file is there and has this among its first bytes."""
    try:
        with file.open("rb") as opened:
            return what.search(opened.read(4096)) is not None
    except OSError:
        return False


def _reading_order(file: Path) -> tuple[list[str | int], str]:
    """Shard 2 before shard 10."""
    return [int(part) if part.isdecimal() else part for part in _NUMBER.split(file.name)], str(file)


def _values(file: Path) -> Iterator[tuple[str, Any]]:
    kind = file.suffix.lower()
    if kind == ".parquet":
        _refuse_pointer(file)
        return ((_at(file, number), fields) for number, fields in parquet_rows(file))
    if kind in {".jsonl", ".ndjson"}:
        return _line_values(file)
    if kind == ".json":
        return _document_values(file)
    raise RequestError(f"{str(file)!r} is of an unknown kind; expected .json, .jsonl, .parquet or a folder of them")


def _at(file: Path, number: int) -> str:
    return f"{file} (row {number})"


def _refuse_pointer(file: Path) -> None:
    """A pointer has a few lines; a Parquet file is not read twice for it."""
    try:
        with file.open("rb") as opened:
            beginning = opened.read(64)
    except OSError as error:
        raise RequestError(f"cannot read {str(file)!r}: {error.strerror}. Check the name.") from error
    if is_lfs_pointer(beginning):
        read_bytes(file)


def _line_values(file: Path) -> Iterator[tuple[str, Any]]:
    for _, where, line in numbered_lines(file):
        yield where, line if isinstance(line, BadRow) else parse_line(line, where)


def _document_values(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        text = read_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{str(file)!r} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error
    try:
        document = parse_document(text)
    except (ValueError, RecursionError) as error:
        if _begins_with_a_row(text):  # one object a line, under the name of a document
            return _line_values(file)
        raise RequestError(
            f"{str(file)!r} is not JSON{_last_whole_row(text)}: {error}. Download it again, or mend it."
        ) from error
    return ((_at(file, number), value) for number, value in enumerate(_rows_of(document, file), start=1))


def _rows_of(document: Any, file: Path) -> list[Any]:
    if isinstance(document, list):
        return cast(list[Any], document)
    fields = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    lists = [key for key in LIST_KEYS if isinstance(fields.get(key), list)]
    if len(lists) == 1:
        return cast(list[Any], fields[lists[0]])
    if lists:
        raise RequestError(f"{str(file)!r} has lists under {' and '.join(lists)}; save the one that is meant as a file")
    raise RequestError(
        f"{str(file)!r} holds no rows; expected an array, or an object with one under {', '.join(LIST_KEYS)}"
    )


def _begins_with_a_row(text: str) -> bool:
    first, _, rest = text.lstrip().partition("\n")
    if not rest.strip():
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _last_whole_row(text: str) -> str:
    """The words "after row N" for an array that breaks off or goes wrong behind its N-th row."""
    decoder = json.JSONDecoder()
    at = text.find("[") + 1
    number = 0
    while at:
        try:
            _, end = decoder.raw_decode(text, at + _blanks(text, at))
        except (ValueError, RecursionError):
            break
        number += 1
        comma = end + _blanks(text, end)
        at = comma + 1 if text[comma : comma + 1] == "," else 0
    return f" after row {number}" if number else ""


def _blanks(text: str, start: int) -> int:
    rest = text[start : start + 10_000]
    return len(rest) - len(rest.lstrip())
