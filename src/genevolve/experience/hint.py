"""What a teacher reads of an experience: the words that `records.advised` adds to its system message.

The student never reads it. A control answers whether what an experience says
matters: *shuffled* gives each request another's. One that says nothing leaves the
system message as it was, to the letter.
"""

import random
from collections import Counter
from collections.abc import Sequence

from ..records import Experience, Lesson

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
