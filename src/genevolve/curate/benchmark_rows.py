"""A benchmark's rows as requests: which fields are what, and what becomes of the rest.

A row without words or an id, or with an id that is taken, is a `BadRow`. A row
whose target cannot be had stays a request: it can be drawn, and its judge
says that it has nothing to compare with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue, ValidationError

from ..errors import RequestError
from ..language.text import well_formed
from ..records import Request, Track
from ..store import BadRow, ImageStore
from ..store.rows import parse_json, problem_of_id, problem_of_text
from .named_pictures import is_data_url
from .readers import Row, find_data_files, read_files
from .targets import store_target

_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """How a benchmark sorts a row."""

    track: Track | None = None
    category: str | None = None
    difficulty: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which fields of a row are what."""

    text: tuple[str, ...]
    """The first of them that a row has."""
    labels: Callable[[Mapping[str, Any]], Labels]
    """From the fields of a row."""
    id: str = "id"
    check_id: Callable[[str], str | None] = lambda _: None
    """Why an id is none of this benchmark."""
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRead:
    """The requests of some rows, and what is to be told of the others."""

    requests: list[Request]
    bad: list[BadRow]
    told: tuple[str, ...]
    """Of targets that cannot be had, and of files that were passed over."""
    files: Mapping[str, Path]
    """By request id, the file of its row."""


def rows_as_requests(path: Path, images: ImageStore, *, columns: Columns) -> RowsRead:
    """The requests of a file or folder of published rows.

    Raises:
        RequestError: there is nothing to read, or a file of it is damaged.
        MissingExtraError: it is Parquet and pyarrow is not installed.
    """
    data = find_data_files(path)
    requests: dict[str, Request] = {}
    rows: dict[str, Row] = {}
    bad: list[BadRow] = []
    lost: list[str] = []
    for row in read_files(data):
        made = row if isinstance(row, BadRow) else request_of(row, columns)
        if isinstance(row, BadRow) or isinstance(made, BadRow):
            bad.append(cast(BadRow, made))
        elif made.id in requests:
            problem = f"the id {made.id!r} is taken by {rows[made.id].where}; ids are unique"
            bad.append(BadRow(where=row.where, problem=problem))
        else:
            requests[made.id], rows[made.id] = _with_target(made, row, columns, images, lost), row
    told = tuple(_tell_lost(lost, columns.target)) + tuple(_tell_passed_over(data.passed_over, data.files))
    files = {row_id: row.file for row_id, row in rows.items()}
    return RowsRead(requests=list(requests.values()), bad=bad, told=told, files=files)


def label_of(fields: Mapping[str, Any], name: str) -> str | None:
    """A label of a row, which may stand in its `meta` instead; None where it is in neither."""
    for holder in (fields, _meta(fields)):
        value = holder.get(name)
        if isinstance(value, str | int | float) and str(value).strip():
            return well_formed(str(value).strip())
    return None


def _meta(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The field `meta`; tables without nesting hold it as text."""
    meta = fields.get("meta")
    if isinstance(meta, str):
        try:
            meta = parse_json(meta)
        except (ValueError, RecursionError):
            return {}
    return cast(dict[str, Any], meta) if isinstance(meta, dict) else {}


def request_of(row: Row, columns: Columns) -> Request | BadRow:
    """The request that a row is; its other fields are kept in `extra`."""
    fields = row.fields
    name = next((name for name in columns.text if fields.get(name) is not None), None)
    if name is None:
        has = ", ".join(sorted(fields)[:8]) or "nothing"
        return BadRow(where=row.where, problem=f"the row has no {' or '.join(columns.text)}; it has {has}")
    row_id = _whole(fields.get(columns.id))
    if problem := problem_of_text(fields[name], name) or problem_of_id(row_id) or columns.check_id(str(row_id)):
        return BadRow(where=row.where, problem=problem)
    labels = columns.labels(fields)
    try:
        return Request(
            id=well_formed(str(row_id).strip()),
            text=well_formed(fields[name].strip()),
            track=labels.track,
            category=labels.category,
            difficulty=labels.difficulty,
            extra={key: _as_json(value) for key, value in fields.items() if key not in {name, columns.id}},
        )
    except ValidationError as error:
        return BadRow(where=row.where, problem=_in_words(error))


def _in_words(error: ValidationError) -> str:
    """The first thing that is wrong with a row's fields."""
    first = error.errors()[0]
    if first["type"] == "finite_number":
        path = ".".join(map(str, first["loc"][1::2]))  # each name is followed by the kind of its value
        return f"{path} is {first['input']}, which is no number of JSON; write a number, or null"
    return f"{first['msg']} ({'.'.join(map(str, first['loc']))})"


def _with_target(request: Request, row: Row, columns: Columns, images: ImageStore, lost: list[str]) -> Request:
    """The request with its target; one that cannot be had is noted in `lost`."""
    if columns.target is None:
        return request
    try:
        digest = store_target(columns.target, row, images)
    except RequestError as error:
        lost.append(f"{row.where}: {error}")
        return request
    if digest is None:
        lost.append(f"{row.where}: the row has no {columns.target}")
    return request.but(target=digest, extra={key: _without_file(value) for key, value in request.extra.items()})


def _without_file(value: JsonValue) -> JsonValue:
    """A field for export; a file that stands in it is left out like other bytes, since the store has the picture."""
    return None if isinstance(value, str) and is_data_url(value) else value


def _whole(value: Any) -> Any:
    """A table with gaps holds its numbers as fractions: 12.0 is 12."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_json(value: Any) -> JsonValue:
    """A field for export; bytes are left out, since the picture is in the store."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in cast(dict[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in cast(list[Any], value)]
    if isinstance(value, bytes):
        return None
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str):
        return well_formed(value)
    return value if isinstance(value, bool | int | float | None) else str(value)


def _tell_lost(lost: list[str], target: str | None) -> list[str]:
    if not lost:
        return []
    shown = "; ".join(lost[:_NAMED_AT_MOST])
    more = f"; and {len(lost) - _NAMED_AT_MOST} more" if len(lost) > _NAMED_AT_MOST else ""
    who = "1 request has" if len(lost) == 1 else f"{len(lost)} requests have"
    return [f"{who} no target ({target}), so a judge that compares cannot score what is drawn for them: {shown}{more}"]


def _tell_passed_over(passed_over: tuple[Path, ...], files: tuple[Path, ...]) -> list[str]:
    if not passed_over:
        return []
    names = ", ".join(file.name for file in passed_over[:_NAMED_AT_MOST])
    more = ", …" if len(passed_over) > _NAMED_AT_MOST else ""
    return [f"the {files[0].suffix} files were read, and {names}{more} passed over; name a file to read it instead"]
