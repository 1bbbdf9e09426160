"""Turns one file of a person's folder into words: its title, and its text in passages.

Text, Markdown, HTML and the text of PDF. What cannot be read raises
`UnreadableError` with a reason short enough for a list of skipped files.
"""

import logging
import re
import struct
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ..language.text import one_line, well_formed

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".pdf"})
MAX_TEXT_BYTES = 20_000_000
MAX_PDF_BYTES = 100_000_000
MAX_PDF_PAGES = 2_000
PASSAGE_CHARS = 1_200
"""About 200 words: a passage that matches is about the query, not only somewhere near it."""

_PARAGRAPH = re.compile(r"\n\s*\n")
_HEADING = re.compile(r"^#{1,2}\s+(.+?)\s*#*$", re.MULTILINE)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
# What damaged files raise inside pypdf, besides its own errors.
_PDF_FAULTS = (
    PyPdfError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError,
    NotImplementedError, OverflowError, AssertionError, struct.error, zlib.error, MemoryError,
)  # fmt: skip


class UnreadableError(Exception):
    """A file gives no words; its message is the reason. It never leaves this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document that is found by itself."""

    text: str
    anchor: str = ""
    """Where in the document: "page=3", or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document's title and its passages, at least one."""

    title: str
    passages: tuple[Passage, ...]


def read_document(path: Path) -> ReadDocument:
    """The words of a file with one of `TEXT_SUFFIXES`.

    Raises:
        UnreadableError: it is empty, too large, encrypted, damaged, or no text.
        OSError: the file cannot be opened.
    """
    if path.suffix.lower() == ".pdf":
        title, pages = _read_pdf(path)
        passages = tuple(Passage(text=t, anchor=f"page={n}") for n, page in pages for t in split_passages(page))
    else:
        title, text = _read_text(path)
        passages = tuple(Passage(text=t) for t in split_passages(text))
    if not passages:
        raise UnreadableError("it holds no text")
    return ReadDocument(title=one_line(title) or title_of(path), passages=passages)


def title_of(path: Path) -> str:
    """A title from a file's name: "red-fox_winter.jpg" is "red fox winter"."""
    words = re.sub(r"[-_+.\s]+", " ", well_formed(path.stem)).strip()
    return one_line(words) or one_line(path.name)


def split_passages(text: str) -> Iterator[str]:
    """A text in pieces of about `PASSAGE_CHARS`, parted between paragraphs, else between sentences, else anywhere."""
    held = ""
    for piece in _pieces(text):
        if held and len(held) + len(piece) > PASSAGE_CHARS:
            yield held
            held = ""
        held = f"{held}\n{piece}" if held else piece
    if held:
        yield held


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Bytes as text: by their byte order mark, as UTF-8, as declared, else as Windows-1252.

    Raises:
        UnreadableError: there are zero bytes, which no text of these encodings has.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:8192]:
        raise UnreadableError("it is no text: it holds zero bytes")
    data = data.removeprefix(BOM_UTF8)
    for encoding in ("utf-8", declared):
        try:
            if encoding:
                return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", errors="replace")


def _pieces(text: str) -> Iterator[str]:
    for paragraph in _PARAGRAPH.split(text):
        rest = "\n".join(line.strip() for line in paragraph.splitlines() if line.strip())
        while len(rest) > PASSAGE_CHARS:
            cut = _cut_at(rest)
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if rest:
            yield rest


def _cut_at(text: str) -> int:
    """Where to part a paragraph: behind the last sentence or word of its first passage, not before its middle."""
    for marks in ((". ", ".\n", "! ", "? ", "。"), (" ", "\n")):
        cut = max(text.rfind(mark, PASSAGE_CHARS // 2, PASSAGE_CHARS) for mark in marks)
        if cut >= 0:
            return cut + 1
    return PASSAGE_CHARS


def _read_text(path: Path) -> tuple[str, str]:
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise UnreadableError(f"it is larger than {MAX_TEXT_BYTES // 1_000_000} MB")
    data = path.read_bytes()
    suffix = path.suffix.lower()
    if suffix in {".html", ".htm"}:
        declared = _CHARSET.search(data[:4096])
        page = _Page()
        try:
            page.feed(decode(data, declared=declared[1].decode("ascii", "replace") if declared else None))
            page.close()
        except AssertionError as error:  # how the parser meets some malformed declarations
            raise UnreadableError("the HTML is damaged") from error
        return page.title or title_of(path), page.text
    text = decode(data)
    heading = _HEADING.search(text) if suffix in {".md", ".markdown"} else None
    return heading[1] if heading else title_of(path), text


def _read_pdf(path: Path) -> tuple[str, list[tuple[int, str]]]:
    if path.stat().st_size > MAX_PDF_BYTES:
        raise UnreadableError(f"it is larger than {MAX_PDF_BYTES // 1_000_000} MB")
    # Its remarks on damaged files would land among ours; what cannot be read is named in the report.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("it is encrypted")
        if len(reader.pages) > MAX_PDF_PAGES:
            raise UnreadableError(f"it has more than {MAX_PDF_PAGES:,} pages")
        title = str((reader.metadata and reader.metadata.title) or "")
        pages = [(number, page.extract_text()) for number, page in enumerate(reader.pages, start=1)]
    except _PDF_FAULTS as error:
        raise UnreadableError(f"the PDF is damaged: {one_line(str(error), max_chars=80)}") from error
    return title or title_of(path), [(number, text) for number, text in pages if text.strip()]


class _Page(HTMLParser):
    """Collects a page's title and what a reader sees of it."""

    _HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "nav", "head"})
    _BLOCKS = frozenset(
        "p div section article header footer main aside h1 h2 h3 h4 h5 h6 ul ol table blockquote pre figure hr".split()
    )
    _LINES = frozenset({"br", "li", "tr", "dt", "dd", "figcaption", "td", "th"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._title: list[str] = []
        self._hidden = 0
        self._in_title = False

    @property
    def title(self) -> str:
        return " ".join("".join(self._title).split())

    @property
    def text(self) -> str:
        return re.sub(r"[ \t\r\f\v]+", " ", "".join(self._parts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._in_title = tag == "title" and not self._title
        if tag == "body":
            self._hidden = 0  # a head left open hides nothing of the body
        elif tag in self._HIDDEN:
            self._hidden += 1
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif not self._hidden:
            self._parts.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in self._BLOCKS:
            self._parts.append("\n\n")
        elif tag in self._LINES:
            self._parts.append("\n")
