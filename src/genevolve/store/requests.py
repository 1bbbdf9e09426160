"""Request files as people write them: JSONL, JSON, CSV, TSV, or one request a line.

One bad row never costs the others: it becomes a `BadRow` that names file and
line. What is wrong with the whole file is raised.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from ..errors import ImageError, RequestError
from ..language.text import well_formed
from ..records import Request
from .images import ImageStore
from .rows import BadRow, numbered_lines, parse_json, parse_line, problem_of_id, problem_of_text, read_bytes

TEXT_FIELDS = ("prompt", "question", "text")
"""Where a row may hold the request, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that can be run."""

    request: Request
    where: str
    """File and line."""


def read_request_file(path: Path, images: ImageStore) -> tuple[list[Request], list[BadRow]]:
    """The requests of a file and the rows that are none.

    A row has `prompt`, `question` or `text`; `id` where it has one (else its
    line number); `references`, paths of the user's own pictures, which are put
    into `images`. Its other fields are kept in `Request.extra`.

    Raises:
        RequestError: the file is missing, empty, not text, or of an unknown kind.
    """
    good: dict[str, Row] = {}
    bad: list[BadRow] = []
    for row in _rows(path, images):
        if isinstance(row, BadRow):
            bad.append(row)
        elif row.request.id in good:
            first = good[row.request.id].where
            bad.append(
                BadRow(where=row.where, problem=f"the id {row.request.id!r} is taken by {first}; ids are unique")
            )
        else:
            good[row.request.id] = row
    if not good and not bad:
        raise RequestError(f"{str(path)!r} has no requests in it; expected one JSON object a line, such as {_EXAMPLE}")
    return [row.request for row in good.values()], bad


def bring_pictures(paths: list[Path], images: ImageStore) -> tuple[str, ...]:
    """Store the user's own pictures and return their digests.

    Raises:
        RequestError: a file is missing, or is no picture.
    """
    digests: list[str] = []
    for path in paths:
        try:
            digests.append(images.add(path.read_bytes()))
        except OSError as error:
            raise RequestError(f"cannot read the reference {str(path)!r}: {error.strerror}") from error
        except ImageError as error:
            raise RequestError(f"the reference {str(path)!r} is no usable picture: {error}") from error
    return tuple(dict.fromkeys(digests))


_EXAMPLE = '{"id": "ex01", "prompt": "A poster of the flag of Chad"}'


def _rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    kind = path.suffix.lower()
    if kind in {".jsonl", ".ndjson"}:
        lines = numbered_lines(path)
        return (_json_row(line, where, number, path, images) for number, where, line in lines)
    if kind == ".json":
        return _json_rows(path, images)
    if kind in {".csv", ".tsv"}:
        return _table_rows(path, images)
    if kind in {".txt", ".text", ""}:
        return _text_rows(path, images)
    raise RequestError(f"{str(path)!r} is of an unknown kind; expected .jsonl, .json, .csv, .tsv or .txt")


def _json_row(line: str | BadRow, where: str, number: int, path: Path, images: ImageStore) -> Row | BadRow:
    value = line if isinstance(line, BadRow) else parse_line(line, where)
    return value if isinstance(value, BadRow) else _row(value, where, number, path, images)


def _json_rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    data = read_bytes(path)
    try:
        value = parse_json(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{str(path)!r} is not JSON: {error}. For one object a line, name it .jsonl.") from error
    if not isinstance(value, list):
        raise RequestError(f"{str(path)!r} holds no array; expected [{_EXAMPLE}, …]")
    for number, item in enumerate(cast(list[Any], value), start=1):
        yield _row(item, f"{path} (row {number})", number, path, images)


def _table_rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{str(path)!r} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error
    is_tsv = path.suffix.lower() == ".tsv"
    # A tab-separated file rarely quotes: its quotation marks belong to the request.
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter="\t" if is_tsv else ",",
        quoting=csv.QUOTE_NONE if is_tsv else csv.QUOTE_MINIMAL,
    )
    header = [name.strip().lower() for name in next(reader, cast(list[str], []))]
    if not set(header) & set(TEXT_FIELDS):
        raise RequestError(
            f"{str(path)!r} has no column named {' or '.join(TEXT_FIELDS)}; its first line is {header!r}"
        )
    number = 0
    try:
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                fields = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
                yield _row(fields, f"{path}:{reader.line_num}", number - 1, path, images)
    except csv.Error as error:
        yield BadRow(where=f"{path}:{reader.line_num}", problem=f"the table cannot be read on: {error}")


def _text_rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    for number, where, line in numbered_lines(path):
        yield line if isinstance(line, BadRow) else _row({"prompt": line}, where, number, path, images)


def _row(value: Any, where: str, number: int, path: Path, images: ImageStore) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(where=where, problem=f"expected a JSON object such as {_EXAMPLE}, not {type(value).__name__}")
    fields = cast(dict[str, Any], value)
    if "schema_version" in fields:
        return _stored_row(fields, where, path, images)
    name = next((name for name in TEXT_FIELDS if name in fields), None)
    if name is None:
        return BadRow(
            where=where, problem=f"the row has no {' or '.join(TEXT_FIELDS)}; it has {', '.join(sorted(fields)[:8])}"
        )
    text, row_id = fields[name], fields.get("id", f"{number:04d}")
    problem = problem_of_text(text, name) or problem_of_id(row_id)
    paths = fields.get("references", [])
    if not isinstance(paths, list) or not all(isinstance(p, str) for p in cast(list[Any], paths)):
        problem = problem or f"references is {paths!r}; expected a list of file names"
    if problem:
        return BadRow(where=where, problem=problem)
    extra = {key: item for key, item in fields.items() if key not in {name, "id", "references"}}
    try:
        brought = bring_pictures([path.parent / p for p in cast(list[str], paths)], images)
        request = Request(
            id=well_formed(str(row_id)), text=well_formed(str(text).strip()), brought=brought, extra=extra
        )
    except RequestError as error:
        return BadRow(where=where, problem=str(error))
    except ValidationError as error:
        return BadRow(
            where=where, problem=f"{error.errors()[0]['msg']} ({'.'.join(map(str, error.errors()[0]['loc']))})"
        )
    return Row(request=request, where=where)


def _stored_row(fields: dict[str, Any], where: str, path: Path, images: ImageStore) -> Row | BadRow:
    """A line of another run's `requests.jsonl`; its pictures are taken from that run."""
    try:
        request = Request.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        return BadRow(where=where, problem=f"not a stored request: {error.errors()[0]['msg']}")
    beside = ImageStore(path.parent / "images")
    for digest in (*request.brought, *([request.target] if request.target else [])):
        if digest not in images:
            if digest not in beside:
                return BadRow(where=where, problem=f"the picture {digest!r} is not in {str(beside.folder)!r}")
            images.take(digest, beside)
    return Row(request=request, where=where)
