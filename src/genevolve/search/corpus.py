"""Full-text search over documents and pictures, in one SQLite file or in memory.

Both bundled and personal corpora stand on it. Words are matched without
accents, case or English endings and ranked by BM25, then by how much of a
title, or of another name of the same thing, the query covers ("Guinea" before
"Equatorial Guinea" for the query "Guinea"). Any string is a safe query.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..language.text import fold, well_formed

MAX_TOP_K = 20
MAX_QUERY_WORDS = 32
SNIPPET_CHARS = 600
LAYOUT_VERSION = 1
"""Of the tables below; an index of another version is made anew."""

_SCHEMA = """
CREATE TABLE document (id INTEGER PRIMARY KEY, file TEXT NOT NULL, url TEXT NOT NULL);
CREATE INDEX document_file ON document (file);
CREATE VIRTUAL TABLE document_text USING fts5(title, body, names, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE picture (id INTEGER PRIMARY KEY, file TEXT NOT NULL, image_url TEXT NOT NULL,
                      page_url TEXT, licence TEXT, author TEXT);
CREATE INDEX picture_file ON picture (file);
CREATE VIRTUAL TABLE picture_text USING fts5(title, body, names, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_WEIGHTS = "6.0, 1.0, 4.0"  # title, body, names
_OPEN, _CLOSE = "\x02", "\x03"  # stand around matched words; no stored text holds control characters
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
# The Indic blocks hold vowel signs that are no letters to Python and yet stand inside words.
_WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0dff])+")
_ACRONYM = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])|\n+")
# Scripts written without spaces: the tokenizer would take a whole line for one word.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_STOP_WORDS = frozenset(
    "a an and are as at be but by can do does for from had has have how i if in into is it its me my no not of on or "
    "s so such t than that the their them then there these they this to was were what when where which while who whom "
    "whose why will with you your".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One passage of text, as it is put in and as it is found."""

    title: str
    body: str
    url: str
    names: tuple[str, ...] = ()
    """Other names it answers to; searched, never shown."""
    file: str = ""
    """What it was read from, so that it can be taken out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One image: words about it, and where its bytes are."""

    title: str
    image_url: str
    caption: str = ""
    names: tuple[str, ...] = ()
    page_url: str | None = None
    licence: str | None = None
    author: str | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """A document that answers a query, with its best sentences."""

    title: str
    url: str
    snippet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    row: int
    title: str
    body: str
    """Title and body have marks around the words that matched."""
    score: float


class Corpus:
    """Documents and pictures behind one connection, which its maker closes."""

    def __init__(
        self, connection: sqlite3.Connection, *, whole_sentences: bool = False, generic: frozenset[str] = frozenset()
    ) -> None:
        """Read what an open connection holds.

        Args:
            connection: a database that `create` has laid out.
            whole_sentences: never cut a snippet inside a sentence, however long.
            generic: more words that tell nothing apart in this corpus, as "country" in an atlas.
        """
        self.connection = connection
        self._whole_sentences = whole_sentences
        self._generic = generic

    @classmethod
    def create(
        cls, connection: sqlite3.Connection, *, whole_sentences: bool = False, generic: frozenset[str] = frozenset()
    ) -> Self:
        """An empty corpus in an empty database."""
        connection.executescript(_SCHEMA)
        corpus = cls(connection, whole_sentences=whole_sentences, generic=generic)
        corpus.write_note("layout_version", str(LAYOUT_VERSION))
        return corpus

    def add_documents(self, documents: Iterable[Document]) -> None:
        """Put passages in; the caller commits."""
        for document in documents:
            row = self.connection.execute(
                "INSERT INTO document (file, url) VALUES (?, ?)", (document.file, _clean(document.url))
            ).lastrowid
            self._add_text("document_text", row, document.title, document.body, document.names)

    def add_pictures(self, pictures: Iterable[Picture]) -> None:
        """Put images in; the caller commits."""
        for picture in pictures:
            facts = (picture.image_url, picture.page_url, picture.licence, picture.author)
            row = self.connection.execute(
                "INSERT INTO picture (file, image_url, page_url, licence, author) VALUES (?, ?, ?, ?, ?)",
                (picture.file, *(None if fact is None else _clean(fact) for fact in facts)),
            ).lastrowid
            self._add_text("picture_text", row, picture.title, picture.caption, picture.names)

    def remove_file(self, file: str) -> None:
        """Take out all that was read from a file."""
        for table in ("document", "picture"):
            self.connection.execute(
                f"DELETE FROM {table}_text WHERE rowid IN (SELECT id FROM {table} WHERE file = ?)", (file,)
            )
            self.connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))

    def find_documents(self, query: str, *, top_k: int) -> list[FoundDocument]:
        """The documents that answer a query best; `top_k` is held within 1 to `MAX_TOP_K`."""
        found: list[FoundDocument] = []
        for candidate in self._candidates("document_text", query, top_k):
            (url,) = self.connection.execute("SELECT url FROM document WHERE id = ?", (candidate.row,)).fetchone()
            snippet = best_sentences(candidate.body, whole=self._whole_sentences)
            found.append(FoundDocument(title=_unmarked(candidate.title), url=url, snippet=snippet))
        return found

    def find_pictures(self, query: str, *, top_k: int) -> list[Picture]:
        """The pictures that answer a query best; `top_k` is held within 1 to `MAX_TOP_K`."""
        found: list[Picture] = []
        for candidate in self._candidates("picture_text", query, top_k):
            image_url, page_url, licence, author, file = self.connection.execute(
                "SELECT image_url, page_url, licence, author, file FROM picture WHERE id = ?", (candidate.row,)
            ).fetchone()
            found.append(
                Picture(
                    title=_unmarked(candidate.title),
                    caption=_unmarked(candidate.body),
                    image_url=image_url,
                    page_url=page_url,
                    licence=licence,
                    author=author,
                    file=file,
                )
            )
        return found

    def holds_picture(self, image_url: str) -> bool:
        """Whether a picture with this address is here."""
        return bool(self.connection.execute("SELECT 1 FROM picture WHERE image_url = ?", (image_url,)).fetchone())

    def count(self) -> tuple[int, int]:
        """How many documents and how many pictures there are."""
        counts = [self.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("document", "picture")]
        return counts[0], counts[1]

    def read_note(self, name: str) -> str | None:
        """A fact about the corpus itself, or None."""
        row = self.connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def write_note(self, name: str, value: str) -> None:
        """Keep a fact about the corpus itself; the caller commits."""
        self.connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def _add_text(self, table: str, row: int | None, title: str, body: str, names: tuple[str, ...]) -> None:
        title, body = _clean(title), _clean(body)
        hidden = [_clean(name) for name in names]
        hidden += [_spaced(text) for text in (title, body) if _UNSPACED.search(text)]
        insert = f"INSERT INTO {table} (rowid, title, body, names) VALUES (?, ?, ?, ?)"
        self.connection.execute(insert, (row, title, body, "\n".join(hidden)))

    def _candidates(self, table: str, query: str, top_k: int) -> list[_Candidate]:
        top_k = max(1, min(top_k, MAX_TOP_K))
        terms = self._telling_terms(table, query_terms(query, generic=self._generic))
        if not terms:
            return []
        marks = ", ".join(f"highlight({table}, {column}, '{_OPEN}', '{_CLOSE}')" for column in range(3))
        rows = self.connection.execute(
            f"SELECT rowid, -bm25({table}, {_WEIGHTS}), {marks} FROM {table} WHERE {table} MATCH ? "
            f"ORDER BY bm25({table}, {_WEIGHTS}), rowid LIMIT ?",
            (" OR ".join(terms), 3 * top_k + 20),
        )
        candidates: list[_Candidate] = []
        for row, relevance, title, body, names in rows:
            fit = _fit(f"{title}\n{names}", f"{title} {body} {names}", terms)
            candidates.append(_Candidate(row=row, title=title, body=body, score=relevance * fit))
        return sorted(candidates, key=lambda c: (-c.score, c.row))[:top_k]

    def _telling_terms(self, table: str, terms: list[str]) -> list[str]:
        """The terms that tell documents apart; a word that nothing holds becomes the beginning of a word.

        A term in more than half of all documents ("flag" among flags) counts
        only where the query has nothing else.
        """
        (total,) = self.connection.execute(f"SELECT count(*) FROM {table.removesuffix('_text')}").fetchone()
        telling: list[str] = []
        common: list[str] = []
        for term in terms:
            count = self._count_up_to(table, term, total // 2 + 1)
            if count > total // 2 and total > 3:
                common.append(term)
            else:
                telling.append(term if count or len(term) < 6 else f"{term}*")
        return telling or common

    def _count_up_to(self, table: str, term: str, limit: int) -> int:
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"
        return self.connection.execute(counted, (term, limit)).fetchone()[0]


def query_terms(query: str, *, generic: frozenset[str] = frozenset()) -> list[str]:
    """The content words of a query as quoted FTS5 strings, each once, at most `MAX_QUERY_WORDS`.

    Quotes, operators and control characters are no words and fall away. A
    query of nothing but stop words and `generic` ones is taken at its word.
    """
    # Far more characters than that many words have: a query of megabytes costs no more than a long one.
    text = _ACRONYM.sub(lambda match: match[0].replace(".", "") + " ", query[:4000])
    # The words go to the tokenizer as they are: it folds them as it folded the documents.
    words = list({fold(word): word for word in _WORD.findall(unicodedata.normalize("NFC", text))}.values())
    kept = [word for word in words if fold(word) not in _STOP_WORDS | generic] or words
    return [f'"{_spaced(word).strip()}"' for word in kept[:MAX_QUERY_WORDS]]


def best_sentences(marked: str, *, whole: bool = False) -> str:
    """A short text as it is; of one past `SNIPPET_CHARS` the first sentence and those that match best, in order.

    Left-out sentences show as "…". A sentence too long by itself is cut around
    its first match, unless `whole` says that sentences stay whole.
    """
    text = _unmarked(marked)
    if len(text) <= SNIPPET_CHARS:
        return " ".join(text.split())
    sentences = [s for s in _SENTENCE_END.split(marked) if s.strip()]
    by_match = sorted(range(len(sentences)), key=lambda i: (-len({fold(w) for w in _MARKED.findall(sentences[i])}), i))
    chosen, room = {by_match[0]}, SNIPPET_CHARS - len(_unmarked(sentences[by_match[0]]))
    for index in (0, *by_match[1:]):
        length = len(_unmarked(sentences[index]))
        if index not in chosen and length < room and (index == 0 or _OPEN in sentences[index]):
            chosen.add(index)
            room -= length
    parts: list[str] = []
    for index in sorted(chosen):
        if parts and index - 1 not in chosen:
            parts.append("…")
        parts.append(" ".join((_unmarked if whole else _cut)(sentences[index]).split()))
    return " ".join(parts)


def _cut(marked: str) -> str:
    text = _unmarked(marked)
    if len(text) <= SNIPPET_CHARS:
        return text
    start = max(0, marked.find(_OPEN) - SNIPPET_CHARS // 3)
    piece = text[start : start + SNIPPET_CHARS - 2]
    return ("…" if start else "") + piece.strip() + ("…" if start + SNIPPET_CHARS - 2 < len(text) else "")


def _fit(names: str, everything: str, terms: list[str]) -> float:
    """How well a candidate fits, in (0, 2].

    By how much of its best name matched, how many of the terms it holds, and
    how nearly one name and the query are the same words.
    """
    covered = same = 0.0
    for name in names.split("\n"):
        share = _covered(name)
        covered = max(covered, share)
        same = max(same, share * min(1.0, _held(name) / len(terms)))
    held = min(1.0, _held(everything) / len(terms))
    return (0.4 + 0.6 * covered) * (0.5 + 0.5 * held) * (1.0 + same)


def _covered(name: str) -> float:
    matched = sum(len(_WORD.findall(words)) for words in _MARKED.findall(name))
    content = [word for word in _WORD.findall(fold(_unmarked(name))) if word not in _STOP_WORDS]
    return min(1.0, matched / len(content)) if content else 0.0


def _held(text: str) -> int:
    return len({fold(word) for word in _MARKED.findall(text)})


def _unmarked(text: str) -> str:
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", well_formed(text)).strip()


def _spaced(text: str) -> str:
    return _UNSPACED.sub(lambda match: f" {match[0]} ", text)
