"""The `query_knowledge` tool: one skill's advice, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ..errors import SkillError
from ..records import ToolCall
from ..skills import Skills
from .arguments import Arguments
from .base import ASKED_BEFORE, Observation
from .evidence import Evidence

END_OF_SKILL = "[end of skill]"


@dataclass(frozen=True, slots=True)
class KnowledgeTool:
    """Reads skills."""

    skills: Skills
    name: str = "query_knowledge"
    description: str = "Reads a skill: advice on writing a prompt for one kind of difficulty."

    @property
    def parameters(self) -> Mapping[str, JsonValue]:
        """Its arguments as a JSON schema."""
        names: list[JsonValue] = [skill.name for skill in self.skills]
        return {
            "type": "object",
            "properties": {"skill_name": {"type": "string", "enum": names}},
            "required": ["skill_name"],
        }

    def read(self, arguments: Arguments) -> dict[str, JsonValue]:
        """`skill_name`, aliases replaced by the skill's own name."""
        asked = arguments.text("skill_name", aliases=("skill", "name", "skills", "query", "topic"))
        if not asked:
            return {"skill_name": ""}
        try:
            skill = self.skills.get(asked)
        except SkillError as error:
            arguments.problems.append(str(error))
            return {"skill_name": asked}
        if skill.name != asked:
            arguments.repairs.append(f"the skill {asked!r} was read as {skill.name!r}")
        return {"skill_name": skill.name}

    async def run(self, call: ToolCall, evidence: Evidence, *, deadline: float) -> Observation:  # noqa: ARG002 - waits for nothing
        """The skill's text, or the note that it was read before."""
        name = str(call.arguments["skill_name"])
        text = ASKED_BEFORE if evidence.was_asked(self.name, name) else self.skills.get(name).text
        evidence.note_asked(self.name, name)
        return Observation(text=f"[query_knowledge: {name}]\n{text}\n{END_OF_SKILL}")
