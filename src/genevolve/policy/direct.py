"""The baseline without an agent: the request goes to the renderer as it is.

It asks for nothing and looks nothing up. Pictures that the user brought are its
references, since the request may speak of them.
"""

import json

from ..records import PolicyInfo
from .base import Conversation, Reply
from .planner.observations import read_conversation


class Direct:
    """Answers every request with its own words."""

    @property
    def info(self) -> PolicyInfo:
        """Who it is."""
        return PolicyInfo(name="direct", dialect="tagged")

    async def reply(self, conversation: Conversation) -> Reply:
        """The answer, in the tagged dialect."""
        seen = read_conversation(conversation.messages)
        most = conversation.sampling.limits.max_references
        references = [{"img_id": picture.ref, "note": "brought by the user"} for picture in seen.brought[:most]]
        answer = {"gen_prompt": seen.request, "reference_images": references}
        return Reply(text=f"<answer>{json.dumps(answer, ensure_ascii=False)}</answer>")
