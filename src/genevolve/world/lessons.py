"""What an attempt decided, read from its record; and lessons by rule, between two attempts or over a whole group.

Both rules go by the axes that a decision can spoil (see `decisions`). Between
two attempts, of an axis on which the better one scored higher, the decisions that
they made differently are advised as the better one made them; what differs
without a consequence is not mentioned. Over a group, each decision is advised
as those made it who did best on its axes: a mistake that the best attempt made
as well is then told apart from what made it the best.
"""

from collections.abc import Mapping
from statistics import fmean

from ..learn.advantage import EQUAL
from ..records import Attempt, Group, Lesson, ToolCall, Trajectory
from .advice import Piece, lesson_of
from .decisions import Choices, Decision, Task, skill_option, topic_option
from .entities import Topic
from .judging import scores_of
from .speech import UNKNOWN, Asked, read_prompt, read_request, read_told

AXES = ("faithfulness", "visual_correctness", "text_accuracy", "sufficiency")
"""That a decision can spoil."""
FAITHFULNESS, VISUAL, TEXT, PROGRAM = AXES
_OPEN = (Decision.TOPIC, Decision.FACT)
_POSED = (Decision.SKILL, Decision.HEED)
_OF_TOPIC = {Topic.CAPTION: TEXT, Topic.FIGURE: FAITHFULNESS, Topic.BACKGROUND: FAITHFULNESS}
"""The image's axis that a mistake about the open thing lowers."""
_OF_TASK = {
    Task.COUNTING: (FAITHFULNESS,),
    Task.LETTERING: (TEXT, FAITHFULNESS),
    Task.MARKING: (VISUAL, FAITHFULNESS),
}
"""The image's axes that a mistake about the posed thing can lower."""


def choices_of(trajectory: Trajectory) -> Choices:
    """The option of each decision that an attempt shows; a decision that it does not show is absent.

    Args:
        trajectory: of any policy, at a request of the small world.
    """
    asked = read_request(trajectory.request.text)
    if asked is None:
        return {}
    calls = {turn.action.name: turn.action for turn in trajectory.turns if isinstance(turn.action, ToolCall)}
    shown: dict[Decision, str | None] = {
        Decision.TOPIC: _topic(calls.get("search"), asked),
        Decision.SKILL: _skill(calls.get("query_knowledge"), asked),
        **_program_choices(trajectory, asked),
    }
    return {decision: option for decision, option in shown.items() if option is not None}


def write_lesson(best: Attempt, worst: Attempt) -> Lesson:
    """What the better of two attempts at a request did, where the axes show that it mattered; it may say nothing."""
    asked = read_request(best.trajectory.request.text)
    if asked is None:
        return Lesson()
    did, undid = choices_of(best.trajectory), choices_of(worst.trajectory)
    differing = [decision for decision in Decision if did.get(decision) != undid.get(decision)]
    mattered = _mattered(differing, scores_of(best), scores_of(worst), asked)
    pieces = [Piece(decision=decision, option=did[decision]) for decision in mattered if decision in did]
    mistakes = [Piece(decision=one, option=undid[one], avoid=True) for one in mattered if one in undid]
    return lesson_of([*pieces, *mistakes[:1]], asked)


def write_group_lesson(group: Group) -> Lesson:
    """Of each decision, the option that did best over all attempts of a group, and one that did worst.

    An option is worth the mean of the image's axes that the decision can spoil, over the attempts that took it.
    """
    asked = read_request(group.request.text)
    if asked is None:
        return Lesson()
    judged = [(choices_of(one.trajectory), scores) for one in group.attempts if (scores := scores_of(one))]
    pieces: list[Piece] = []
    mistakes: list[Piece] = []
    for decision in Decision:
        axes = [axis for axis in AXES if axis != PROGRAM and decision in spoiled_by(axis, asked)]
        worth: dict[str, list[float]] = {}
        for choices, scores in judged:
            known = [scores[axis] for axis in axes if axis in scores]
            if decision in choices and known:
                worth.setdefault(choices[decision], []).append(fmean(known))
        means = {option: fmean(found) for option, found in worth.items()}
        if means and max(means.values()) > min(means.values()) + EQUAL:
            pieces.append(Piece(decision=decision, option=max(means, key=means.__getitem__)))
            mistakes.append(Piece(decision=decision, option=min(means, key=means.__getitem__), avoid=True))
    return lesson_of([*pieces, *mistakes[:1]], asked)


def spoiled_by(axis: str, asked: Asked) -> tuple[Decision, ...]:
    """The decisions whose mistakes lower an axis, in an attempt at a request."""
    found: list[Decision] = []
    if axis in {_OF_TOPIC[asked.topic], PROGRAM}:
        found += _OPEN
    if axis in {*_OF_TASK[asked.posed.task], PROGRAM}:
        found += _POSED
    if axis in {VISUAL, PROGRAM}:
        found.append(Decision.PICK)
    if axis in {VISUAL, FAITHFULNESS, PROGRAM}:
        found.append(Decision.NAMING)
    return tuple(found)


def _mattered(
    differing: list[Decision], best: Mapping[str, float], worst: Mapping[str, float], asked: Asked
) -> list[Decision]:
    """The differing decisions that can have spoiled an axis; the program's axis, which all spoil, is asked last."""
    fell = {axis for axis in best if best[axis] > worst.get(axis, 0.0)}
    of_image = {decision for axis in fell - {PROGRAM} for decision in spoiled_by(axis, asked)}
    image_cause = [decision for decision in differing if decision in of_image]
    if image_cause or PROGRAM not in fell:
        return image_cause
    return differing


def _topic(call: ToolCall | None, asked: Asked) -> str | None:
    queries = call.arguments.get("queries") if call else None
    words = str(queries[0]).split() if isinstance(queries, list) and queries else []
    return next((option for word in words if (option := topic_option(word, asked.topic))), None)


def _skill(call: ToolCall | None, asked: Asked) -> str | None:
    return skill_option(str(call.arguments.get("skill_name")), asked.posed.task) if call else None


def _program_choices(trajectory: Trajectory, asked: Asked) -> dict[Decision, str | None]:
    program = trajectory.program
    if program is None:
        return {}
    said = read_prompt(program.prompt, asked)
    heard = "\n".join(message.text for turn in trajectory.turns for message in turn.heard if message.role == "user")
    told = {value: when for when, value in read_told(heard).items()}
    naming = said.naming if program.references or said.naming == "words" else None
    chosen = {reference.ref for reference in program.references}
    titles = [image.title.split() for image in trajectory.images if image.ref in chosen]
    return {
        Decision.PICK: titles[0][-1] if titles else None,
        Decision.FACT: "open" if said.value == UNKNOWN else told.get(said.value or ""),
        Decision.HEED: None if said.heeded is None else "heeded" if said.heeded else "own",
        Decision.NAMING: naming,
    }
