"""The words of the small world: its closed vocabulary, which is the same for every seed."""

import re
from functools import lru_cache

from ..experience.hint import NAMES
from ..language.nouns import plural
from ..model.closed import Token, Vocabulary
from ..tools.base import ASKED_BEFORE, END_OF_RESULTS
from ..tools.knowledge import END_OF_SKILL
from . import advice, speech
from .decisions import IDLE_SKILL, Task
from .entities import FIGURES, GROUNDS, HISTORY, PICTURE_KINDS, Topic
from .names import FIRST, SECOND
from .opened import NOTICES, SKILLS_FOLDER, SYSTEM

MOST_IMAGES = 6
"""Images of an attempt that have a token of their own: those of two names."""
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*")


@lru_cache(maxsize=1)
def open_vocabulary() -> Vocabulary:
    """The vocabulary of every small world, whatever its seed."""
    refs = [f"IMG_{number:03d}" for number in range(1, MOST_IMAGES + 1)]
    return Vocabulary(
        [
            *(Token(text=syllable, kind="begin") for syllable in FIRST),
            *(Token(text=syllable, kind="end") for syllable in SECOND),
            *(Token(text=word, kind="word") for word in (*refs, *_words())),
            *_glue(),
        ]
    )


def _words() -> list[str]:
    """Every word that requests, replies, documents, skills and advice are made of."""
    sentences = [
        *advice.all_words(),
        advice.NEVER,
        *(path.read_text(encoding="utf-8").rpartition("---")[2] for path in sorted(SKILLS_FOLDER.glob("*.md"))),
        "search image_search query_knowledge",
        *(*Topic, HISTORY, *Task, IDLE_SKILL, *PICTURE_KINDS),
        *(*FIGURES, *(plural(figure) for figure in FIGURES), *GROUNDS, *speech.NUMBERS, *speech.COLOURS),
        "draw with its the serif title words in number a colour background",
        f"the first reference image an emblem like {speech.UNKNOWN} now once old and new",
    ]
    return sorted({word for sentence in sentences for word in _WORD.findall(sentence)})


def _glue() -> list[Token]:
    fixed = (
        '<tool_call>{"name": "',
        '", "arguments": {"queries": ["',
        '"]}}</tool_call>',
        '", "arguments": {"query": "',
        '", "arguments": {"skill_name": "',
        '"}}</tool_call>',
        "<think>",
        "</think>",
        '<answer>{"gen_prompt": "',
        '", "reference_images": [{"img_id": "',
        '"}]}</answer>',
        '", "reference_images": []}</answer>',
        "<tool_response>\n[search: ",
        "<tool_response>\n[image_search: ",
        "<tool_response>\n[query_knowledge: ",
        "]\n",
        "]\n1. title: ",
        "\n   snippet: ",
        "]\ntitle: ",
        " (",
        ")\ntitle: ",
        f")\n{END_OF_RESULTS}\n</tool_response>",
        f"\n{END_OF_RESULTS}\n</tool_response>",
        f"\n{END_OF_SKILL}\n</tool_response>",
        f"{ASKED_BEFORE}\n{END_OF_RESULTS}\n</tool_response>",
        f"{ASKED_BEFORE}\n{END_OF_SKILL}\n</tool_response>",
        f"no results\n{END_OF_RESULTS}\n</tool_response>",
        SYSTEM,
        *NOTICES.values(),
        f"\n\n{advice.PREAMBLE}",
        *(f"\n- {name}: " for name in NAMES.values()),
        "\n",
    )
    return [
        *(Token(text=text) for text in fixed),
        # What a value or an id stands behind is the token before it: the model's first layer knows that one.
        *(Token(text=f"{kind} (", left=True) for kind in PICTURE_KINDS),
        *(Token(text=f"{when} “", left=True) for when in ("now", "once")),
        Token(text=",", right=True),
        Token(text=advice.JOINT.strip(), right=True),
        Token(text="“", left=True),
        Token(text="”", right=True),
    ]
