"""The `search` tool: documents for up to five queries, asked side by side."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ..errors import SearchError
from ..records import ToolCall
from ..search.base import Provider, TextHit
from .arguments import Arguments
from .base import ASKED_BEFORE, END_OF_RESULTS, Observation, seconds_left, side_by_side
from .defuse import defuse
from .evidence import Evidence

MAX_QUERIES = 5
MAX_HITS = 10
MAX_SNIPPET_CHARS = 700
DEFAULT_HITS = 5
"""Of the published signature."""


@dataclass(frozen=True, slots=True)
class SearchTool:
    """Finds documents."""

    provider: Provider
    name: str = "search"
    description: str = (
        "Searches documents for facts that the picture depends on: names, dates, what something looks like. "
        "Independent queries go into one call."
    )

    @property
    def parameters(self) -> Mapping[str, JsonValue]:
        """Its arguments as a JSON schema."""
        return {
            "type": "object",
            "properties": {
                "queries": {"type": "array", "items": {"type": "string"}, "description": f"1 to {MAX_QUERIES} queries"},
                "top_k": {"type": "integer", "default": DEFAULT_HITS, "description": "documents a query"},
            },
            "required": ["queries"],
        }

    def read(self, arguments: Arguments) -> dict[str, JsonValue]:
        """`queries` and `top_k`."""
        queries = arguments.texts("queries", aliases=("query", "q"), most=MAX_QUERIES)
        top_k = arguments.count("top_k", aliases=("k", "num", "n", "limit"), default=DEFAULT_HITS, most=MAX_HITS)
        return {"queries": list[JsonValue](queries), "top_k": top_k}

    async def run(self, call: ToolCall, evidence: Evidence, *, deadline: float) -> Observation:
        """The documents of each query, in the order of the queries."""
        queries, top_k = call.arguments["queries"], call.arguments["top_k"]
        assert isinstance(queries, list) and isinstance(top_k, int)  # noqa: PT018 - `read` made them so
        # What repeats is decided before anything runs, so that one call's queries do not depend on who answers first.
        asked = [(str(query), evidence.was_asked(self.name, str(query))) for query in queries]
        sections = await side_by_side(
            [self._section(query, repeated, top_k, evidence, deadline) for query, repeated in asked]
        )
        return Observation(text="\n\n".join(sections))

    async def _section(self, query: str, repeated: bool, top_k: int, evidence: Evidence, deadline: float) -> str:
        if repeated:
            return _section(query, [ASKED_BEFORE])
        allowed = seconds_left(deadline)
        try:
            async with asyncio.timeout_at(deadline):
                hits = await self.provider.search(query, top_k=top_k)
        except SearchError as error:
            return _section(query, [f"search failed: {defuse(str(error))}"])
        except TimeoutError:
            return _section(query, [f"search failed: no answer within {allowed:.0f} seconds"])
        evidence.note_asked(self.name, query)
        return _section(
            query, [line for number, hit in enumerate(hits[:top_k], 1) for line in _lines(number, hit, evidence)]
        )


def _section(query: str, lines: list[str]) -> str:
    return "\n".join([f"[search: {defuse(query, max_chars=400)}]", *(lines or ["no results"]), END_OF_RESULTS])


def _lines(number: int, hit: TextHit, evidence: Evidence) -> list[str]:
    return [
        f"{number}. title: {defuse(hit.title) or 'untitled'}",
        *([] if evidence.listing == "brief" else [f"   url: {defuse(hit.url)}"]),
        f"   snippet: {defuse(hit.snippet, max_chars=MAX_SNIPPET_CHARS)}",
    ]
