"""The `image_search` tool: pictures for a query, fetched, checked, stored and numbered."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ..errors import ImageError, SearchError
from ..records import ToolCall
from ..search.base import ImageHit, Keeper, Provider
from ..store.images import ImageStore
from .arguments import Arguments
from .base import ASKED_BEFORE, END_OF_RESULTS, Observation, seconds_left, side_by_side
from .defuse import defuse
from .evidence import Evidence

MAX_IMAGES = 10
SPARE = 3
"""Candidates asked for beyond those wanted, to stand in for pictures that cannot be read."""
DEFAULT_IMAGES = 5
"""Of the published signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """One candidate: a stored picture, or why there is none."""

    hit: ImageHit
    digest: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImageSearchTool:
    """Finds pictures."""

    provider: Provider
    name: str = "image_search"
    description: str = (
        "Searches pictures that can serve as references for what words alone do not fix: a flag, a face, a building, "
        "a product. Each picture gets an id such as IMG_001."
    )

    @property
    def parameters(self) -> Mapping[str, JsonValue]:
        """Its arguments as a JSON schema."""
        return {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "what the picture shows"},
                "top_k": {"type": "integer", "default": DEFAULT_IMAGES, "description": "how many pictures"},
            },
            "required": ["query"],
        }

    def read(self, arguments: Arguments) -> dict[str, JsonValue]:
        """`query` and `top_k`."""
        query = arguments.text("query", aliases=("q", "queries"))
        top_k = arguments.count("top_k", aliases=("k", "num", "n", "limit"), default=DEFAULT_IMAGES, most=MAX_IMAGES)
        return {"query": query, "top_k": top_k}

    async def run(self, call: ToolCall, evidence: Evidence, *, deadline: float) -> Observation:
        """The pictures that could be read, best first."""
        query, top_k = str(call.arguments["query"]), call.arguments["top_k"]
        assert isinstance(top_k, int)
        if evidence.was_asked(self.name, query):
            return _observation(query, [ASKED_BEFORE])
        allowed = seconds_left(deadline)
        try:
            async with asyncio.timeout_at(deadline):
                hits = await self.provider.image_search(query, top_k=top_k + SPARE)
        except SearchError as error:
            return _observation(query, [f"search failed: {defuse(str(error))}"])
        except TimeoutError:
            return _observation(query, [f"search failed: no answer within {allowed:.0f} seconds"])
        found, unread = await self._gather(hits, top_k, evidence, deadline)
        if found or not unread:
            evidence.note_asked(self.name, query)
        return _report(query, found, unread, evidence)

    async def _gather(
        self, hits: list[ImageHit], wanted: int, evidence: Evidence, deadline: float
    ) -> tuple[list[_Fetched], list[_Fetched]]:
        """Up to `wanted` different pictures in the order of the hits, and the candidates that could not be read."""
        found: dict[str, _Fetched] = {}
        unread: list[_Fetched] = []
        left = list(hits)
        keeper = self.provider if isinstance(self.provider, Keeper) else None
        while left and len(found) < wanted:
            batch, left = left[: wanted - len(found)], left[wanted - len(found) :]
            for fetched in await side_by_side([self._fetch(hit, keeper, evidence, deadline) for hit in batch]):
                if fetched.problem:
                    unread.append(fetched)
                else:
                    found.setdefault(fetched.digest, fetched)
        return list(found.values()), unread

    async def _fetch(self, hit: ImageHit, keeper: Keeper | None, evidence: Evidence, deadline: float) -> _Fetched:
        try:
            async with asyncio.timeout_at(deadline):
                digest = await self._stored(hit, keeper, evidence.store)
        except (SearchError, ImageError) as error:
            return _Fetched(hit=hit, problem=str(error) or "unknown reason")
        except TimeoutError:
            return _Fetched(hit=hit, problem="it did not arrive in time")
        return _Fetched(hit=hit, digest=digest)

    async def _stored(self, hit: ImageHit, keeper: Keeper | None, store: ImageStore) -> str:
        """The digest of a hit's picture, which is in the store then."""
        if keeper is not None:
            digest = await keeper.keep(hit)
            if digest in store:  # a replay keeps its pictures elsewhere
                return digest
        return await asyncio.to_thread(store.add, await self.provider.fetch(hit))


def _report(query: str, found: list[_Fetched], unread: list[_Fetched], evidence: Evidence) -> Observation:
    lines: list[str] = []
    new = [fetched.digest for fetched in found if not evidence.knows(fetched.digest)]
    images = [
        evidence.add(
            fetched.digest,
            title=fetched.hit.title,
            image_url=fetched.hit.image_url,
            page_url=fetched.hit.page_url,
            licence=fetched.hit.licence,
            author=fetched.hit.author,
            found_by=query,
        )
        for fetched in found
    ]
    for image in images:
        lines += evidence.lines(image)
    if unread:
        reasons = Counter(defuse(fetched.problem, max_chars=160) for fetched in unread)
        counted = "; ".join(f"{reason} (x{times})" if times > 1 else reason for reason, times in reasons.items())
        lines.append(f"{len(unread)} {'image' if len(unread) == 1 else 'images'} could not be read: {counted}")
    shown = evidence.shown([image for image in images if image.digest in new])
    observation = _observation(query, lines)
    return Observation(text=observation.text, images=shown)


def _observation(query: str, lines: list[str]) -> Observation:
    heading = f"[image_search: {defuse(query, max_chars=400)}]"
    return Observation(text="\n".join([heading, *(lines or ["no results"]), END_OF_RESULTS]))
