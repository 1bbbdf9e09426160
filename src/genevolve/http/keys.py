"""Which key may be shown to which address.

A key belongs to an address: to that of its own variable, or to one that the
user names by hand. An address in a file may be someone else's, as in the
config of a run that was sent; it is shown a key only where the environment
names the same address.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

FROM_FILE = "addresses stand in a file"
"""In a validation's context, says that the settings come from a file."""


class FileAddress(str):
    """An address that stands in a file; it stays one wherever settings are copied and changed."""

    __slots__ = ()


def _marked(value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> str:
    text = validate(value)
    stands_in_file = isinstance(value, FileAddress) or FROM_FILE in (info.context or {})
    return FileAddress(text) if stands_in_file else text


Address = Annotated[str, WrapValidator(_marked)]
"""A server's address in settings, which remembers whether it stood in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The variables that name one kind of server and its keys: each address with the key that belongs to it."""

    pairs: tuple[tuple[str, str], ...]
    """Variables of an address and of its key; the first that is set stands in for an address that is not named."""

    def server(self, named: str | None) -> tuple[str, str]:
        """The address, and the key that may be shown to it; "" where there is none."""
        address = named or next(filter(None, (_variable(variable) for variable, _ in self.pairs)), "")
        is_named_by_hand = bool(named) and not isinstance(named, FileAddress)
        keys = (
            _variable(key)
            for variable, key in self.pairs
            if is_named_by_hand or _plain(_variable(variable)) == _plain(address)
        )
        return address, next(filter(None, keys), "")

    def shared_key(self, addresses: Iterable[str]) -> str:
        """The key that may be shown to each of several addresses; "" where one of them may not see it."""
        keys = {self.server(address)[1] for address in addresses}
        return keys.pop() if len(keys) == 1 else ""


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def _plain(address: str) -> str:
    return address.strip().rstrip("/")
