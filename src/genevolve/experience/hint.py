"""What a teacher reads of an experience: the words that `records.advised` adds to its system message.

The student never reads it. The controls answer whether what an experience says
matters: *shuffled* gives each request another's, *empty* gives none, and leaves
the system message as it was, to the letter.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from ..records import Experience, Lesson

Control = Literal["own", "shuffled", "empty"]

HEADING = "# Experience"
OPENING = (
    "Earlier attempts at a request like this one were compared. What follows is what the better one did; "
    "use what fits this request."
)
NAMES = {
    "search_strategy": "Search strategy",
    "knowledge_activation": "Knowledge activation",
    "reference_selection": "Reference selection",
    "prompt_construction": "Prompt construction",
    "failure_avoidance": "Failure avoidance",
}


def hint_of(lesson: Lesson) -> str:
    """The lesson as a teacher reads it; "" where it says nothing."""
    lines = [f"- {NAMES[slot]}: {words}" for slot, words in lesson.said.items()]
    return "\n".join((HEADING, "", OPENING, "", *lines)) if lines else ""


def hints(experiences: Sequence[Experience | None], *, control: Control = "own", seed: int = 0) -> list[str]:
    """The hint of each request, "" where it has none.

    Args:
        experiences: what was found for each request.
        control: which request's experience each is given. Shuffled, none is given one from the request that its own
            came from; where there is no other, it gets none.
        seed: of the shuffling.
    """
    match control:
        case "own":
            given = list(experiences)
        case "empty":
            given = [None] * len(experiences)
        case "shuffled":
            given = shuffled(experiences, seed=seed)
    return [hint_of(one.lesson) if one else "" for one in given]


def shuffled(experiences: Sequence[Experience | None], *, seed: int = 0) -> list[Experience | None]:
    """Each at the place of another request's; None where there is no other.

    They are put in a random order by request, and turned by as many as the commonest request has.
    """
    found = {at: one for at, one in enumerate(experiences) if one is not None}
    times = Counter(one.request_id for one in found.values())
    requests = sorted(times)
    random.Random(seed).shuffle(requests)
    order = sorted(found, key=lambda at: requests.index(found[at].request_id))
    turn = max(times.values(), default=0)
    given: list[Experience | None] = [None] * len(experiences)
    for place, at in enumerate(order):
        other = found[order[(place + turn) % len(order)]]
        given[at] = other if other.request_id != found[at].request_id else None
    return given
