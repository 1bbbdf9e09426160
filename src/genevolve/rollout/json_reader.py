"""Reads the JSON that language models write: strict JSON as it is, and what has one clear reading with a note.

One pass over the text, each character looked at a bounded number of times, so
that hostile input costs no more than its length. What has no single reading is
a `JsonError` whose message tells the writer what to change.
"""

import math
import re

from pydantic import JsonValue

from ..errors import GenEvolveError

MAX_DEPTH = 32
MAX_DIGITS = 18

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n\ufeff\u00a0]*")
_PLAIN = {
    '"': re.compile(r'[^"\\\x00-\x1f]*'),
    "'": re.compile(r"[^'\\\x00-\x1f]*"),
    "”": re.compile(r"[^”\\\x00-\x1f]*"),
}
_CLOSED_BY = {'"': '"', "'": "'", "“": "”", "”": "”"}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_WORD = re.compile(r"[A-Za-z_$][\w$]{0,63}")
_NUMBER = re.compile(r"[+-]?[0-9.][0-9A-Za-z.+-]{0,63}")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STRICT_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERALS: dict[str, JsonValue] = {"true": True, "false": False, "null": None}
_PYTHON: dict[str, JsonValue] = {"True": True, "False": False, "None": None}
_NOT_JSON = ("NaN", "Infinity", "undefined")


class JsonError(GenEvolveError):
    """The text has no single reading as JSON; the message says what to change."""


class JsonReader:
    """Reads the value that begins at `position`, and leaves `position` behind it."""

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position
        self.repairs: list[str] = []
        """What was read forgivingly, each kind once."""

    def read(self) -> JsonValue:
        """The value.

        Raises:
            JsonError: there is no value with a single reading.
        """
        return self._value(depth=0)

    def _value(self, *, depth: int) -> JsonValue:
        if depth > MAX_DEPTH:
            raise JsonError(f"it is nested deeper than {MAX_DEPTH} levels; write it flat")
        character = self._next()
        if character == "{":
            return self._object(depth)
        if character == "[":
            return self._array(depth)
        if character in _CLOSED_BY:
            return self._string()
        if character in "+-.0123456789" and character:
            return self._number()
        return self._literal()

    def _object(self, depth: int) -> dict[str, JsonValue]:
        self.position += 1
        members: dict[str, JsonValue] = {}
        while not self._closes("}", after_member=bool(members)):
            key = self._key()
            if self._next() != ":":
                raise JsonError(f'expected ":" after the field {key[:40]!r}')
            self.position += 1
            value = self._value(depth=depth + 1)
            if key in members:
                if members[key] != value:
                    raise JsonError(f"the field {key[:40]!r} stands twice with different values; write it once")
                self._repair("a field that stood twice with one value was read once")
            members[key] = value
        return members

    def _array(self, depth: int) -> list[JsonValue]:
        self.position += 1
        items: list[JsonValue] = []
        while not self._closes("]", after_member=bool(items)):
            items.append(self._value(depth=depth + 1))
        return items

    def _closes(self, bracket: str, *, after_member: bool) -> bool:
        """Whether the object or array ends here; steps over the bracket, or over the comma before the next member."""
        comma = after_member and self._next() == ","
        if comma:
            self.position += 1
        character = self._next()
        if character == bracket:
            self.position += 1
            if comma:
                self._repair("a trailing comma was dropped")
            return True
        # A closing tag shows that the writer was done, so only brackets can be missing; at the end of the text
        # the rest may have been cut off, and nothing is made up for it.
        if after_member and not comma and self.text.startswith("</", self.position):
            self._repair("closing brackets were missing before the closing tag")
            return True
        if not character:
            raise JsonError(f'it ends before its closing "{bracket}"')
        if after_member and not comma:
            raise JsonError(
                f'expected "," or "{bracket}" and found {character!r}; a quotation mark inside a text is written \\"'
            )
        return False

    def _key(self) -> str:
        if self._next() in _CLOSED_BY:
            return self._string()
        word = _WORD.match(self.text, self.position)
        if not word:
            raise JsonError(f"expected the name of a field in quotation marks and found {self._next()!r}")
        self.position = word.end()
        self._repair("field names without quotation marks were taken as they stood")
        return word[0]

    def _string(self) -> str:
        opening = self.text[self.position]
        closing = _CLOSED_BY[opening]
        if opening != '"':
            self._repair(
                f"{'single' if opening == chr(39) else 'typographic'} quotation marks were read as double ones"
            )
        start = self.position
        self.position += 1
        pieces: list[str] = []
        while True:
            plain = _PLAIN[closing].match(self.text, self.position)
            assert plain  # the pattern matches the empty text
            pieces.append(plain[0])
            self.position = plain.end()
            character = self._here()
            if not character:
                raise JsonError(f"the text that begins with {self.text[start : start + 20]!r} is never closed")
            if character == closing:
                self.position += 1
                return self._well_formed("".join(pieces))
            pieces.append(self._escape() if character == "\\" else self._raw_control(character))

    def _raw_control(self, character: str) -> str:
        self.position += 1
        self._repair("raw line breaks or tabs in a text were kept")
        return character if character in "\n\t\r" else " "

    def _escape(self) -> str:
        letter = self.text[self.position + 1 : self.position + 2]
        if letter == "u":
            digits = _HEX.match(self.text, self.position + 2)
            if not digits:
                raise JsonError("a \\u is not followed by four hexadecimal digits")
            self.position = digits.end()
            return chr(int(digits[0], 16))
        self.position += 1 + len(letter)
        if letter in _ESCAPES and letter:
            return _ESCAPES[letter]
        if letter in {"'", "\n"}:
            self._repair("a needless backslash was dropped")
            return letter
        self._repair("a backslash that escapes nothing was kept as a backslash")
        return "\\" + letter

    def _well_formed(self, text: str) -> str:
        if text.isascii() or not _SURROGATE.search(text):
            return text
        # Through UTF-16, two escapes that are halves of one character become it, and a lone half becomes U+FFFD.
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if "\ufffd" in whole:
            self._repair("half a surrogate pair became U+FFFD")
        return whole

    def _number(self) -> int | float:
        match = _NUMBER.match(self.text, self.position)
        written = match[0] if match else self.text[self.position]
        self.position += len(written)
        if _INTEGER.fullmatch(written) and len(written.lstrip("+-")) <= MAX_DIGITS:
            value: int | float = int(written)
        elif _DECIMAL.fullmatch(written) and not _INTEGER.fullmatch(written) and math.isfinite(float(written)):
            value = float(written)
        else:
            raise JsonError(f"{written[:24]!r} is not a number that can be used here")
        if not _STRICT_NUMBER.fullmatch(written):
            self._repair(f"the number {written} was read as {value}")
        return value

    def _literal(self) -> JsonValue:
        match = _WORD.match(self.text, self.position)
        word = match[0] if match else ""
        if word in _LITERALS:
            self.position += len(word)
            return _LITERALS[word]
        if word in _PYTHON:
            self.position += len(word)
            self._repair("Python's True, False or None was read as JSON's")
            return _PYTHON[word]
        if word in _NOT_JSON:
            raise JsonError(f"{word} is not a JSON value; write a number, or leave the field out")
        found = repr(word or self._here()) if self._here() else "the end"
        raise JsonError(f"expected a value and found {found}")

    def _next(self) -> str:
        """The next character that is not space, which is where the reader then stands; "" at the end."""
        space = _SPACE.match(self.text, self.position)
        assert space  # the pattern matches the empty text
        self.position = space.end()
        return self._here()

    def _here(self) -> str:
        return self.text[self.position : self.position + 1]

    def _repair(self, what: str) -> None:
        if what not in self.repairs:
            self.repairs.append(what)
