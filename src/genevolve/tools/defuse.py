"""Makes text from the world harmless in a conversation: it can be read, and it cannot act.

A page may hold a chat template's special tokens or the tags of the policy's own
dialect. Their angle brackets become single guillemets, which shows what stood
there: `<|im_start|>` becomes `‹|im_start|›`, `</tool_response>` becomes
`‹/tool_response>`. A field is also put on one line, so that it cannot pass for
a line of ours.

A user's own request is not defused: it is the user who speaks there, and the
record keeps those words as they are.
"""

import re

from ..language.text import one_line

TAGS = (
    # the dialect's own
    "think", "tool_call", "tool_response", "tools", "answer",
    # what chat templates and processors of common models act upon
    "s", "bos", "eos", "pad", "unk", "image", "img", "video", "vision_start", "vision_end", "image_pad", "video_pad",
    "start_of_turn", "end_of_turn", "start_of_image", "end_of_image", "function", "parameter", "system", "user",
    "assistant", "tool",
)  # fmt: skip

# The closing bracket is left alone: without the opening one there is no tag, even where it would close on another line.
_TAG = re.compile(rf"<(?=\s{{0,3}}/?\s{{0,3}}(?:{'|'.join(TAGS)})(?![A-Za-z0-9-]))", re.IGNORECASE)
_OPENS = re.compile(r"<(?=\s{0,3}[|｜])")
_CLOSES = re.compile(r"(?<=[|｜])>")
_INST = re.compile(r"\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS)\])|<(?=<\s?/?SYS)")


def defuse(text: str, *, max_chars: int = 300) -> str:
    """The text on one line of at most `max_chars` characters, with everything that a model could act upon blunted."""
    line = one_line(text, max_chars=max_chars)
    if not ("<" in line or ">" in line or "[" in line):
        return line
    for pattern, blunt in ((_OPENS, "‹"), (_CLOSES, "›"), (_TAG, "‹"), (_INST, "‹")):
        line = pattern.sub(blunt, line)
    return line
