"""All tools of a rollout: what the system prompt lists, what checks a call, and what runs it."""

import asyncio
import json

from ..errors import UsageError
from ..language.text import one_line
from ..records import Malformed, ToolboxInfo, ToolCall
from ..search.base import Provider
from ..skills import Skills
from .arguments import Arguments
from .base import Observation, ReadyCall, Tool
from .evidence import Evidence, Listing
from .image_search import ImageSearchTool
from .knowledge import KnowledgeTool
from .search import SearchTool

SECONDS_A_CALL = 60.0
"""How long one call may wait for the world, the downloads of its images included."""


class Toolbox:
    """The tools that a policy may call; one serves any number of attempts at once."""

    def __init__(
        self,
        *,
        provider: Provider,
        skills: Skills,
        only: tuple[str, ...] | None = None,
        text_only: bool = False,
        listing: Listing = "full",
        seconds_a_call: float = SECONDS_A_CALL,
    ) -> None:
        """Tools over a search provider and skills.

        Args:
            only: names of the tools to offer, for ablations; None offers all.
            text_only: images are named to the policy by title and address and not shown, as in the released runtime.
            listing: how observations list what was found.
            seconds_a_call: how long one call may take.

        Raises:
            UsageError: `only` names a tool that there is not.
        """
        tools: tuple[Tool, ...] = (SearchTool(provider), ImageSearchTool(provider), KnowledgeTool(skills))
        unknown = set(only or ()) - {tool.name for tool in tools}
        if unknown:
            known = ", ".join(tool.name for tool in tools)
            raise UsageError(f"there is no tool {min(unknown)!r}; choose from {known}")
        self._tools = {tool.name: tool for tool in tools if only is None or tool.name in only}
        self._provider = provider
        self._seconds = seconds_a_call
        self._signatures = tuple(_signature(tool) for tool in self._tools.values())
        self.skills = skills
        """The skills that `query_knowledge` reads."""
        self.text_only = text_only
        self.listing: Listing = listing

    @property
    def info(self) -> ToolboxInfo:
        """What could be called, and what answered."""
        return ToolboxInfo(tools=tuple(self._tools), provider=self._provider.name, skills=self.skills.digest)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools."""
        return tuple(self._tools)

    def signatures(self) -> tuple[str, ...]:
        """Each tool as one line of JSON, in the form of an OpenAI function."""
        return self._signatures

    def check(self, call: ToolCall) -> ReadyCall | Malformed:
        """The call with its arguments in order, or what is wrong with it in words that the policy can act on."""
        repairs: list[str] = []
        name = call.name.strip().lower().removeprefix("functions.").replace("-", "_")
        if name != call.name and name in self._tools:
            repairs.append(f"the tool {one_line(call.name, max_chars=60)!r} was read as {name!r}")
        if name not in self._tools:
            known = ", ".join(self._tools) or "none"
            return Malformed(
                problem=f"there is no tool {one_line(call.name, max_chars=60)!r}; the tools are: {known}",
            )
        arguments = Arguments(call.arguments)
        canonical = self._tools[name].read(arguments)
        arguments.finish()
        if arguments.problems:
            return Malformed(problem=f"the call of {name} cannot be run: {'; '.join(arguments.problems[:3])}")
        return ReadyCall(call=ToolCall(name=name, arguments=canonical), repairs=(*repairs, *arguments.repairs))

    async def run(self, ready: ReadyCall, evidence: Evidence) -> Observation:
        """What comes back from a call; what the world does wrong is said in the observation.

        Raises:
            StoreError: an image cannot be written to the run.
        """
        deadline = asyncio.get_running_loop().time() + self._seconds
        return await self._tools[ready.call.name].run(ready.call, evidence, deadline=deadline)


def _signature(tool: Tool) -> str:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return json.dumps({"type": "function", "function": function}, ensure_ascii=False)
