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
from ..language.text import one_line, well_formed
from ..records import Request
from .images import ImageStore

TEXT_FIELDS = ("prompt", "question", "text")
"""Where a row may hold the request, in this order."""
MAX_ID_CHARS = 200
MAX_TEXT_CHARS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that can be run."""

    request: Request
    where: str
    """File and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be run, and why."""

    where: str
    problem: str


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
        lines = _lines(path)
        return (_json_row(line, where, number, path, images) for number, where, line in lines)
    if kind == ".json":
        return _json_rows(path, images)
    if kind in {".csv", ".tsv"}:
        return _table_rows(path, images)
    if kind in {".txt", ".text", ""}:
        return _text_rows(path, images)
    raise RequestError(f"{str(path)!r} is of an unknown kind; expected .jsonl, .json, .csv, .tsv or .txt")


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise RequestError(f"{str(path)!r} is a folder; expected a file of requests") from error
    except OSError as error:
        raise RequestError(f"cannot read {str(path)!r}: {error.strerror}. Check the name.") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RequestError(f"{str(path)!r} is written in UTF-16; save it as UTF-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def _lines(path: Path) -> Iterator[tuple[int, str, str | BadRow]]:
    """Number, place and text of every line that is not blank; only a newline ends a line."""
    for number, line in enumerate(_read(path).split(b"\n"), start=1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            yield number, where, line.decode("utf-8").strip("\r\t ")
        except UnicodeDecodeError as error:
            problem = (
                f"byte {error.start + 1} of the line is not UTF-8 ({line[error.start]:#04x}); save the file as UTF-8"
            )
            yield number, where, BadRow(where=where, problem=problem)


def _json_row(line: str | BadRow, where: str, number: int, path: Path, images: ImageStore) -> Row | BadRow:
    if isinstance(line, BadRow):
        return line
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return BadRow(where=where, problem=f"not a JSON object ({error}): {one_line(line, max_chars=60)!r}")
    return _row(_cleaned(value), where, number, path, images)


def _json_rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    data = _read(path)
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{str(path)!r} is not JSON: {error}. For one object a line, name it .jsonl.") from error
    if not isinstance(value, list):
        raise RequestError(f"{str(path)!r} holds no array; expected [{_EXAMPLE}, …]")
    for number, item in enumerate(cast(list[Any], value), start=1):
        yield _row(_cleaned(item), f"{path} (row {number})", number, path, images)


def _table_rows(path: Path, images: ImageStore) -> Iterator[Row | BadRow]:
    try:
        text = _read(path).decode("utf-8")
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
    for number, where, line in _lines(path):
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
    problem = _problem_of_text(text, name) or _problem_of_id(row_id)
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


def _problem_of_text(text: Any, name: str) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return f"{name} is {text!r}; expected words"
    if len(text) > MAX_TEXT_CHARS:
        return f"{name} has {len(text):,} characters; the most is {MAX_TEXT_CHARS:,}"
    return None


def _problem_of_id(row_id: Any) -> str | None:
    if isinstance(row_id, bool) or not isinstance(row_id, str | int) or not str(row_id).strip():
        return f"id is {row_id!r}; expected a name or a number"
    if len(str(row_id)) > MAX_ID_CHARS:
        return f"the id has {len(str(row_id)):,} characters ({str(row_id)[:20]!r}…); the most is {MAX_ID_CHARS}"
    if not str(row_id).isprintable():
        return f"the id {str(row_id)[:40]!r} has characters that cannot be printed"
    return None


def _cleaned(value: Any) -> Any:
    """The value with every text well formed; JSON's escapes can spell what no file can hold."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {well_formed(key): _cleaned(item) for key, item in cast(dict[str, Any], value).items()}
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
