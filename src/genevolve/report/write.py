"""One HTML file from data and views: style, scripts and data inside it, and nothing fetched from anywhere.

A page is views over blocks of data. A view is `page/NAME.js`, which registers itself under its name, and
`page/NAME.css` where it has a style of its own; it is given the block of its name. Data is never markup: it stands in
blocks that the browser does not run, and scripts put it on the page as text. A content policy allows the page's own
scripts and styles by their digests, and no others.
"""

import base64
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Literal

from ..errors import StoreError
from ..language.text import well_formed

_CORE = ("data", "text", "lists", "pictures", "router")
"""Scripts that every page has, in the order in which they are read."""
_STANDS_ON = {"attempt": ("turns",), "training": ("chart",)}
"""What a view needs besides: scripts and styles that come before its own."""
_BLOCK_NAME = re.compile(r"[a-z0-9-]+")
_PACKING = 6
"""Of gzip's levels: higher ones take far longer and save little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of data on a page."""

    name: str
    """Small letters, digits and hyphens."""
    kind: Literal["json", "packed"]
    """json: read as it stands. packed: JSON that the page unpacks when it is asked for."""
    text: str
    """What stands in the page; nothing in it can end the block."""


def json_block(name: str, value: object) -> Block:
    """Data that the page reads at once.

    "<" is written as an escape, so that neither "</script" nor "<!--" can stand in it; so are the two line
    separators that end a line of a script.
    """
    return Block(name=name, kind="json", text=_escaped(_encode(value)))


def packed_block(name: str, value: object) -> Block:
    """Data that the page unpacks when it is needed: gzip, as base64."""
    packed = gzip.compress(_encode(value).encode(), _PACKING, mtime=0)
    return Block(name=name, kind="packed", text=base64.b64encode(packed).decode("ascii"))


def page_html(title: str, blocks: Mapping[str, object], views: Sequence[str]) -> str:
    """A whole page with these views, in the order of its menu; the first is shown first."""
    return "".join(page_parts(title, views=views, blocks=[json_block(name, data) for name, data in blocks.items()]))


def page_parts(
    title: str, *, views: Sequence[str], blocks: Iterable[Block], later: Iterable[Block] = ()
) -> Iterator[str]:
    """The pieces of a page in their order, for pages too large to hold at once.

    Args:
        blocks: what the first view needs to be drawn.
        later: what can arrive after that: pictures, and what is opened on demand.
    """
    parts = [part for view in views for part in (*_STANDS_ON.get(view, ()), view)]
    styles = [_asset("style.css"), *filter(None, (_asset(f"{part}.css", may_lack=True) for part in parts))]
    scripts = [_asset(f"{name}.js") for name in (*_CORE, *parts, "start")]
    before, _, after = _asset("page.html").partition("{{body}}")
    head = {
        "title": escape(title),
        "policy": _content_policy(styles, scripts),
        "styles": "".join(f"<style>{style}</style>" for style in styles),
    }
    yield _filled(before, head)
    yield _element(json_block("views", list(views)))
    yield from map(_element, blocks)
    yield from (f"<script>{script}</script>\n" for script in scripts)
    yield from map(_element, later)
    yield after


def write_page(path: Path, parts: Iterable[str]) -> int:
    """Write the pieces to a file that is either whole or as it was; returns its size in bytes.

    Raises:
        StoreError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)
        draft.replace(path)
        return path.stat().st_size
    except OSError as error:
        raise StoreError(f"cannot write {str(path)!r}: {error.strerror}; choose another place with --out") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _content_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    rules = {
        "default-src": ["'none'"],
        "script-src": list(map(_digest, scripts)),
        "style-src": list(map(_digest, styles)),
        "img-src": ["data:", "'self'", "file:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(allowed)}" for name, allowed in rules.items())


def _digest(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode('ascii')}'"


def _element(block: Block) -> str:
    assert _BLOCK_NAME.fullmatch(block.name), block.name
    kind = "application/json" if block.kind == "json" else "text/plain"
    return f'<script type="{kind}" id="{block.kind}-{block.name}">{block.text}</script>\n'


def _escaped(text: str) -> str:
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


@cache
def _asset(name: str, *, may_lack: bool = False) -> str:
    file = files("genevolve.report").joinpath("page", name)
    return "" if may_lack and not file.is_file() else file.read_text(encoding="utf-8")


def _encode(value: object) -> str:
    return well_formed(_json.encode(value))


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
