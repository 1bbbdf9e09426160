"""A page of ours as a parser of HTML sees it: its data, its scripts, and what it may load."""

import base64
import gzip
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


@dataclass(slots=True, kw_only=True)
class Paged:
    """The parts of a page."""

    title: str = ""
    policy: str = ""
    """What its content policy allows."""
    scripts: list[str] = field(default_factory=list[str])
    """Those that run."""
    styles: list[str] = field(default_factory=list[str])
    blocks: dict[str, str] = field(default_factory=dict[str, str])
    """Text of the data blocks by id, in their order."""
    tags: set[str] = field(default_factory=set[str])
    addresses: list[str] = field(default_factory=list[str])
    """Everything that an attribute would have it load or lead to."""

    def json(self, name: str) -> Any:
        """The data of a block."""
        return json.loads(self.blocks[f"json-{name}"])

    def unpacked(self, name: str) -> Any:
        """The data of a packed block."""
        return json.loads(gzip.decompress(base64.b64decode(self.blocks[f"packed-{name}"])))

    def details(self) -> list[Any]:
        """Every attempt in full, in the order of the gallery."""
        names = [name.removeprefix("packed-") for name in self.blocks if name.startswith("packed-attempts-")]
        return [one for name in names for one in self.unpacked(name)["attempts"]]


def read_page(page: str | Path) -> Paged:
    """The parts of a page, or of the file of one."""
    reader = _Reader()
    reader.feed(page if isinstance(page, str) else page.read_text(encoding="utf-8"))
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Paged()
        self._inside: tuple[str, dict[str, str | None]] | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.page.tags.add(tag)
        self.page.addresses += [value for name, value in attrs if name in {"src", "href"} and value]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.page.policy = given.get("content") or ""
        if tag in {"script", "style", "title"}:
            self._inside, self._text = (tag, given), []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._inside is None or self._inside[0] != tag:
            return
        (_, given), text = self._inside, "".join(self._text)
        self._inside = None
        if tag == "title":
            self.page.title = text
        elif tag == "style":
            self.page.styles.append(text)
        elif "type" in given:
            self.page.blocks[given.get("id") or ""] = text
        else:
            self.page.scripts.append(text)
