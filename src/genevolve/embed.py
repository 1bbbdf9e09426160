"""Text to vectors: hashed n-grams that need no weights, a served model, or one in this process.

Vectors have length one, so their product is the cosine. What counts as similar
differs: each embedder says which cosine its near-duplicates reach.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from itertools import pairwise
from math import log
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .errors import MissingExtraError, ServiceError, UsageError
from .http.keys import Address, Keyring
from .language.text import fold
from .records import Record
from .store.budget import Budget, one_call

Vectors = NDArray[np.float32]
PUBLISHED_MODEL = "Qwen/Qwen3-Embedding-0.6B"
PUBLISHED_THRESHOLD = 0.84
"""Of that model, as published."""
HASHED_THRESHOLD = 0.70
"""Of hashed n-grams; docs/guides/experience.md has the figures it was chosen by."""
_WORD = re.compile(r"\w+")
_LITTLE_WORDS = frozenset("a an the of in on at to and with is are by for from its it that this".split())
"""They are in every request, and would make all of them alike."""


class Embedder(Protocol):
    """Makes a vector of length one from each text."""

    @property
    def name(self) -> str:
        """Who it is: vectors of two names cannot be compared."""
        ...

    @property
    def threshold(self) -> float:
        """The cosine from which two requests count as similar, unless a setting says otherwise."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimensions).

        Raises:
            ServiceError: a served model could not be asked.
        """
        ...


EMBED_KEYS = Keyring(pairs=(("GENEVOLVE_EMBED_URL", "GENEVOLVE_EMBED_KEY"),))


class EmbedSettings(Record):
    """Who embeds."""

    embedder: Literal["hashed", "served", "local"] = "hashed"
    model: str = PUBLISHED_MODEL
    """Of a served model its name there, of a local one its name or folder."""
    base_url: Address | None = None
    """None takes GENEVOLVE_EMBED_URL; the key is in GENEVOLVE_EMBED_KEY."""
    seconds: float = Field(default=60.0, gt=0)
    """How long one call may take."""
    batch: int = Field(default=64, ge=1)
    """Texts a call."""


class HashedEmbedder:
    """Words, pairs of words and pieces of words, each counted in a place that its hash names."""

    threshold = HASHED_THRESHOLD

    def __init__(self, dimensions: int = 1024) -> None:
        self.dimensions = dimensions
        self.name = f"hashed-v1-{dimensions}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimensions); a text without letters or digits is all zeros."""
        rows = np.zeros((len(texts), self.dimensions))
        for row, text in zip(rows, texts, strict=True):
            for gram, times in Counter(_grams(text)).items():
                number = int.from_bytes(blake2b(gram.encode(), digest_size=8).digest(), "big")
                # Signs by a bit of the hash keep collisions from adding up.
                row[(number >> 1) % self.dimensions] += (1 if number & 1 else -1) * (1 + log(times))
        return _normalised(rows)


def _grams(text: str) -> Iterator[str]:
    every = _WORD.findall(fold(text))
    words = [word for word in every if word not in _LITTLE_WORDS] or every
    yield from (f"w {word}" for word in words)
    yield from (f"p {first} {second}" for first, second in pairwise(words))
    for word in words:
        yield from (f"c {f' {word} '[at : at + 4]}" for at in range(max(1, len(word) - 1)))


class ServedEmbedder:
    """A model behind an OpenAI-compatible `/embeddings`; close it when it is not needed any more."""

    threshold = PUBLISHED_THRESHOLD

    def __init__(self, base_url: str, *, settings: EmbedSettings, key: str = "", budget: Budget | None = None) -> None:
        """An embedder at an address such as `http://localhost:8001/v1`.

        Args:
            budget: admits every call; None admits all.
        """
        from .http.client import CallLimits, HttpClient

        headers, limits = {"Authorization": f"Bearer {key}"} if key else None, CallLimits(seconds=settings.seconds)
        self._what = f"the embedding server ({base_url})"
        self._http = HttpClient(self._what, headers=headers, secrets=(key,), limits=limits)
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._settings, self._billed, self._budget = settings, bool(key), budget
        self.name = settings.model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimensions), in the order of the texts whatever order the server answers in.

        Raises:
            ServiceError: the server could not be asked.
            BudgetError: the next call could pass the budget; it was not sent.
        """
        rows: list[Sequence[float]] = []
        for start in range(0, len(texts), self._settings.batch):
            some = list(texts[start : start + self._settings.batch])
            asked = {"model": self._settings.model, "input": some, "encoding_format": "float"}
            with one_call(self._budget, "embed"):
                answer = await self._http.post(self._url, asked, billed=self._billed)
            rows += self._read(answer, count=len(some))
        return _normalised(np.asarray(rows, dtype=float))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _read(self, answer: Any, *, count: int) -> list[Sequence[float]]:
        try:
            by_index = {entry["index"]: entry["embedding"] for entry in answer["data"]}
            rows = np.asarray([by_index[index] for index in range(count)], dtype=float)
            if len(by_index) != count or rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            said = f"{self._what} answered with no list of {count} vectors of one length; does it serve embeddings?"
            raise ServiceError(said, fault="broken", may_have_served=True) from error
        return list(rows)


class LocalEmbedder:
    """A sentence-transformers model in this process, loaded when it is first asked."""

    threshold = PUBLISHED_THRESHOLD

    def __init__(self, settings: EmbedSettings) -> None:
        self.name = settings.model
        self._batch = settings.batch

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimensions), computed in a thread.

        Raises:
            MissingExtraError: sentence-transformers is not installed.
            UsageError: the model cannot be loaded.
        """
        return await asyncio.to_thread(self._encode, list(texts))

    def _encode(self, texts: list[str]) -> Vectors:
        return _normalised(np.asarray(self._model.encode(texts, batch_size=self._batch), dtype=float))

    @cached_property
    def _model(self) -> Any:
        try:
            library = cast(Any, import_module("sentence_transformers"))
        except ImportError as error:
            raise MissingExtraError("sentence-transformers", extra="embed") from error
        try:
            return library.SentenceTransformer(self.name)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"the embedding model {self.name!r} cannot be loaded: {error}. Name a folder or a model that is there."
            ) from error


def open_embedder(settings: EmbedSettings, *, budget: Budget | None = None) -> Embedder:
    """The embedder that the settings name.

    Args:
        budget: admits every call to a server; None admits all.

    Raises:
        UsageError: a server is to be asked, and none is named.
    """
    if settings.embedder == "hashed":
        return HashedEmbedder()
    if settings.embedder == "local":
        return LocalEmbedder(settings)
    base_url, key = EMBED_KEYS.server(settings.base_url)
    if not base_url:
        raise UsageError(
            "embeddings are to be served, and no server is named; set base_url or GENEVOLVE_EMBED_URL "
            "to an address such as http://localhost:8001/v1"
        )
    return ServedEmbedder(base_url, settings=settings, key=key, budget=budget)


def _normalised(rows: NDArray[np.float64]) -> Vectors:
    """The rows at length one; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
