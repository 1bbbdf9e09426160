"""Write docs/records.md from the records themselves; `--check` only says whether it is up to date."""

import sys
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from genevolve import records
from genevolve.records import Record, StoredRecord

PAGE = Path(__file__).parent.parent / "docs" / "records.md"
MODULES = ("request", "recipe", "image", "program", "trajectory", "scene", "outcome", "experience")
OPENING = """\
# Records

*Written by `scripts/write_records_page.py` from the source; a test compares them.*

A record is frozen, knows its fields and no others, and holds no NaN. A **stored**
record is a line of a JSONL file and carries `schema_version` for its whole tree;
the others are values inside one. Images are never inside a record: a digest (the
first 128 bits of a SHA-256, as 32 hex digits) names the file in the run's
`images/`.
"""


def page() -> str:
    """The whole page."""
    parts = [OPENING]
    for name in MODULES:
        module = __import__(f"genevolve.records.{name}", fromlist=["x"])
        parts.append(f"\n## {name}\n\n{(module.__doc__ or '').strip()}\n")
        for record in vars(module).values():
            if isinstance(record, type) and issubclass(record, Record) and record.__module__ == module.__name__:
                parts.append(section(record))
    return "".join(parts)


def section(record: type[Record]) -> str:
    """One record: what it is, and a row a field."""
    stored = " · stored" if issubclass(record, StoredRecord) else ""
    lines = [
        f"\n### {record.__name__}{stored}\n\n{(record.__doc__ or '').strip()}\n\n",
        "| field | type | default | |\n|---|---|---|---|\n",
    ]
    for name, field in record.model_fields.items():
        if name != "schema_version":
            described = " ".join((field.description or "").split())
            lines.append(f"| `{name}` | `{spelled(field.annotation)}` | {default(field)} | {described} |\n")
    return "".join(lines)


def spelled(kind: Any) -> str:
    """A type as source spells it."""
    if kind is type(None):
        return "None"
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return spelled(arguments[0])
    if origin is Literal:
        return " or ".join(repr(a) for a in arguments)
    if origin in {Union, types.UnionType}:
        return " or ".join(spelled(a) for a in arguments)
    if origin:
        return f"{origin.__name__}[{', '.join('…' if a is Ellipsis else spelled(a) for a in arguments)}]"
    return getattr(kind, "__name__", str(kind))


def default(field: FieldInfo) -> str:
    """The default, or that there is none."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "its own" if isinstance(value, Record) else f"`{value!r}`"


if __name__ == "__main__":
    assert records.__doc__
    if "--check" in sys.argv:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print("docs/records.md is up to date" if current else "docs/records.md is old; run `make fix`")
        sys.exit(not current)
    PAGE.write_text(page(), encoding="utf-8")
