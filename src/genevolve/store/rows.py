"""Rows as files hold them: what every reader of requests shares.

Bytes that are no text, JSON that is none, ids and words that no request can
have: each is named in words, with its file and line.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..errors import RequestError
from ..language.text import one_line, well_formed

MAX_ID_CHARS = 200
MAX_TEXT_CHARS = 100_000

_LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be run, and why."""

    where: str
    problem: str


def read_bytes(path: Path) -> bytes:
    """The bytes of a text file in UTF-8, without a byte order mark.

    Raises:
        RequestError: it cannot be read, is written in UTF-16, or only points to where the file is kept.
    """
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise RequestError(f"{str(path)!r} is a folder; expected a file of requests") from error
    except OSError as error:
        raise RequestError(f"cannot read {str(path)!r}: {error.strerror}. Check the name.") from error
    if is_lfs_pointer(data):
        raise RequestError(
            f"{str(path)!r} is a git-LFS pointer, not the file itself; run `git lfs pull` in its repository"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RequestError(f"{str(path)!r} is written in UTF-16; save it as UTF-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def is_lfs_pointer(data: bytes) -> bool:
    """Whether bytes are the few lines that git-LFS leaves in the place of a large file."""
    return data.startswith(_LFS_POINTER)


def numbered_lines(path: Path) -> Iterator[tuple[int, str, str | BadRow]]:
    """Number, place and text of every line that is not blank; only a newline ends a line."""
    for number, line in enumerate(read_bytes(path).split(b"\n"), start=1):
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


def parse_json(text: str) -> Any:
    """A value of JSON with every text well formed; JSON's escapes can spell what no file can hold.

    Raises:
        ValueError: it is not JSON; NaN and Infinity are not.
        RecursionError: it is nested too deeply.
    """
    return _cleaned(json.loads(text, parse_constant=_refuse_constant))


def parse_document(text: str) -> Any:
    """As `parse_json`, but NaN and Infinity stand in it as numbers: one that is wrong is one row's fault.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return _cleaned(json.loads(text))


def parse_line(line: str, where: str) -> Any:
    """The value of a line of JSON, or a `BadRow`."""
    try:
        return parse_json(line)
    except (ValueError, RecursionError) as error:
        return BadRow(where=where, problem=f"not a JSON object ({error}): {one_line(line, max_chars=60)!r}")


def problem_of_text(text: Any, name: str) -> str | None:
    """Why a value cannot be the words of a request, if it cannot."""
    if not isinstance(text, str) or not text.strip():
        return f"{name} is {text!r}; expected words"
    if len(text) > MAX_TEXT_CHARS:
        return f"{name} has {len(text):,} characters; the most is {MAX_TEXT_CHARS:,}"
    return None


def problem_of_id(row_id: Any) -> str | None:
    """Why a value cannot be the id of a request, if it cannot."""
    if isinstance(row_id, bool) or not isinstance(row_id, str | int) or not str(row_id).strip():
        return f"id is {row_id!r}; expected a name or a number"
    if len(str(row_id)) > MAX_ID_CHARS:
        return f"the id has {len(str(row_id)):,} characters ({str(row_id)[:20]!r}…); the most is {MAX_ID_CHARS}"
    if not str(row_id).isprintable():
        return f"the id {str(row_id)[:40]!r} has characters that cannot be printed"
    return None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {well_formed(key): _cleaned(item) for key, item in cast(dict[str, Any], value).items()}
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
