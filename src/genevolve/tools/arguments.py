"""Reads the arguments of a call forgivingly: what has one clear reading is taken, noted, and put in order."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from ..language.text import one_line

MAX_QUERY_CHARS = 400


class Arguments:
    """The arguments of one call; each is taken once, and `repairs` and `problems` say what was found."""

    def __init__(self, given: Mapping[str, JsonValue]) -> None:
        self._left = dict(given)
        self.repairs: list[str] = []
        """What was read forgivingly."""
        self.problems: list[str] = []
        """What has no clear reading."""

    def text(self, name: str, *, aliases: tuple[str, ...] = ()) -> str:
        """A required line of text; "" after a problem."""
        texts = self.texts(name, aliases=aliases, most=1, is_list=False)
        return texts[0] if texts else ""

    def texts(self, name: str, *, aliases: tuple[str, ...] = (), most: int, is_list: bool = True) -> list[str]:
        """A required list of up to `most` different lines of text; empty after a problem."""
        value = self._take(name, aliases)
        items, was_list = _items(value)
        if was_list != is_list and items:
            self.repairs.append(f"{name} was {'a list' if was_list else 'one text'} and was read as {_kind(is_list)}")
        lines = list(dict.fromkeys(line for item in items if (line := self._line(name, item))))
        if not lines and not self.problems:
            self.problems.append(f'"{name}" is missing or empty; expected {_kind(is_list)}')
        if len(lines) > most and not is_list:
            self.problems.append(f'"{name}" holds {len(lines)} texts; expected one: make one call for each')
        elif len(lines) > most:
            self.repairs.append(f"only the first {most} of {len(lines)} {name} were run")
        return lines[:most]

    def count(self, name: str, *, aliases: tuple[str, ...] = (), default: int, most: int) -> int:
        """An optional whole number from 1 to `most`; one outside is brought to the nearest."""
        value = self._take(name, aliases)
        if value is None or value == "":
            return default
        number = _whole_number(value)
        if number is None:
            self.problems.append(f'"{name}" is {_shown(value)}; expected a whole number from 1 to {most}')
            return default
        if not isinstance(value, int):
            self.repairs.append(f"{name} {_shown(value)} was read as {number}")
        bounded = min(max(number, 1), most)
        if bounded != number:
            self.repairs.append(f"{name} {number} was brought to {bounded}")
        return bounded

    def finish(self) -> None:
        """Notes the arguments that nothing took."""
        if self._left:
            names = ", ".join(one_line(name, max_chars=40) for name in list(self._left)[:5])
            self.repairs.append(f"arguments that the tool does not have were ignored: {names}")

    def _take(self, name: str, aliases: tuple[str, ...]) -> JsonValue:
        given = [key for key in (name, *aliases) if self._left.get(key) is not None]
        values = [self._left.pop(key) for key in given]
        if not values:
            return None
        if any(value != values[0] for value in values):
            self.problems.append(f"{' and '.join(given)} say different things; expected {name!r} alone")
        if given[0] != name:
            self.repairs.append(f"{given[0]} was read as {name}")
        return values[0]

    def _line(self, name: str, item: JsonValue) -> str:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            self.problems.append(f'"{name}" holds {_shown(item)}; expected text')
            return ""
        if not isinstance(item, str):
            self.repairs.append(f"the number {item} in {name} was read as text")
        line = one_line(str(item), max_chars=MAX_QUERY_CHARS)
        if isinstance(item, str) and len(item) > MAX_QUERY_CHARS:
            self.repairs.append(f"a text of {len(item):,} characters in {name} was cut to {MAX_QUERY_CHARS}")
        return line


def _items(value: JsonValue) -> tuple[list[JsonValue], bool]:
    """The value as a list, and whether it was one."""
    if isinstance(value, list):
        return value, True
    if isinstance(value, str) and value.lstrip().startswith("[") and len(value) <= 4 * MAX_QUERY_CHARS:
        try:
            return list[JsonValue](json.loads(value)), True
        except (ValueError, RecursionError):
            return [value], False
    return ([], False) if value is None else ([value], False)


def _whole_number(value: JsonValue) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        digits = value.strip().removeprefix("+")
        return int(digits) if digits.removeprefix("-").isdecimal() and len(digits) <= 9 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _kind(is_list: bool) -> str:
    return "a list of texts" if is_list else "one text"


def _shown(value: JsonValue) -> str:
    return one_line(json.dumps(value, ensure_ascii=False), max_chars=60)
