"""What every record is: frozen, closed to unknown fields, and versioned.

A `Record` is a value inside another; a `StoredRecord` is a line of a file and
carries the version of its whole tree. Old lines are brought up to date when
they are read, by `upgrade`; lines from a newer package are refused in words.
"""

import hashlib
import json
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Record(BaseModel):
    """A frozen value that forbids unknown fields, NaN and infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, protected_namespaces=()
    )

    def but(self, **changes: object) -> Self:
        """A copy with some fields changed, validated like a new one."""
        return type(self).model_validate({**dict(self), **changes})


class StoredRecord(Record):
    """A record that is a line of a file by itself."""

    current_version: ClassVar[int] = 1

    schema_version: int = 1
    """Version of the layout of this line, its nested records included."""

    @model_validator(mode="before")
    @classmethod
    def _read_version(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
        version = fields.get("schema_version")
        if version is None:
            return fields | {"schema_version": cls.current_version}
        if isinstance(version, int) and version > cls.current_version:
            raise ValueError(
                f"this line has layout version {version}, and this package knows up to {cls.current_version}; "
                "install a newer genevolve to read it"
            )
        if isinstance(version, int) and version < cls.current_version:
            return cls.upgrade(fields, version) | {"schema_version": cls.current_version}
        return fields

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - for who overrides it
        """Fields of an older line, in today's layout; a record that changes its layout overrides this."""
        raise ValueError(f"{cls.__name__} has no layout version {version}; it begins with {cls.current_version}")


def digest_bytes(data: bytes) -> str:
    """The name of some bytes: the first 128 bits of their SHA-256, as 32 hex digits."""
    return hashlib.sha256(data).hexdigest()[:32]


def digest_of(*values: object) -> str:
    """The name of some values: `digest_bytes` of their canonical JSON; records are taken as their fields."""
    return digest_bytes(_encode(values).encode())


def _as_json(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"cannot take the digest of a {type(value).__name__}")


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=True, default=_as_json).encode
