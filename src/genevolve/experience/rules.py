"""A writer without a model: which aspects failed, and what the better attempt did about them.

It states a choice of the better attempt only where the group bears it out: over
all attempts, those that made it stood higher on the axes that failed.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from ..language.text import fold
from ..records import Lesson, StopReason, WriterInfo
from . import choices as c
from .check import Secrets
from .choices import Choice, ChoiceKind
from .contrast import AxisContrast, Contrast
from .write import Written, admitted, secrets_in

VERSION = "1"
FAILED_GAP = 0.25
"""The smallest step of a published scale; an axis that differs by less did not fail."""
ASPECTS = {
    "faithfulness": "the things that were asked for, their number and their places",
    "visual_correctness": "the true look of what is shown",
    "text_accuracy": "the words to be read in the picture",
    "aesthetics": "the beauty of the picture",
    "sufficiency": "what the prompt and its references say by themselves",
}
"""The axes in words that an agent can act upon."""
_LOOKS = frozenset({"visual_correctness", "sufficiency", "faithfulness"})
_TOOLS = {
    "search": "Look facts up with search before writing; the weaker attempt wrote from memory.",
    "image_search": "Look for pictures with image_search; the weaker attempt had none to choose from.",
}
_PROMPT = {
    c.QUOTES: "Put the words to be read into quotation marks, exactly as they must appear.",
    c.COUNTS: "Say how many there are of each thing.",
    c.COLOURS: "Name the colour of each thing.",
    c.PLACES: "Say where each thing stands.",
    c.NAMES_REFERENCES: "Name every reference by its number, and say what to take from it.",
}
_TROUBLES = {
    c.MALFORMED: "End every reply with exactly one well-formed tool call or answer.",
    c.MENDED: "Check that the answer names each of its references, and no others, before giving it.",
    c.REPEATED: "Do not ask the same thing twice.",
}
_STOPS = {
    StopReason.OUT_OF_TURNS: "Answer before the turns run out.",
    StopReason.OUT_OF_TOKENS: "Think and ask more briefly, so that room is left for the answer.",
    StopReason.OUT_OF_TIME: "Answer before the time runs out.",
}


class RuleWriter:
    """Writes plain sentences from the axes that failed and the choices that differ."""

    info = WriterInfo(name="rule", rubric=f"version {VERSION}")

    async def write(self, contrast: Contrast) -> Written:
        """The lesson; none where the attempts differ in nothing that it knows how to name."""
        return write_by_rule(contrast)


def write_by_rule(contrast: Contrast) -> Written:
    """The lesson that follows from a contrast by rule."""
    failed = [one for one in contrast.axes if one.gap >= FAILED_GAP]
    secrets = secrets_in(contrast)
    better = _borne_out(contrast.only_best, failed)
    slots = {
        "search_strategy": [_asking(better("query"), contrast, failed, secrets), *_calling(better("tool"))],
        "knowledge_activation": _reading(better("skill")),
        "reference_selection": [_choosing(contrast, failed, secrets)],
        "prompt_construction": [_PROMPT[choice.what] for choice in better("prompt") if choice.what in _PROMPT],
        "failure_avoidance": [*_failing(failed), *_stumbling(contrast)],
    }
    lesson = Lesson(**{slot: " ".join(filter(None, sentences)) for slot, sentences in slots.items()})
    return admitted(lesson, secrets)


def _borne_out(only_best: frozenset[Choice], failed: Sequence[AxisContrast]) -> Callable[[ChoiceKind], list[Choice]]:
    """The better attempt's own choices of a kind that stood higher in the group, those that mattered most first."""
    weights: dict[Choice, float] = {}
    for axis in failed:
        for effect in axis.effects:
            weights[effect.choice] = weights.get(effect.choice, 0.0) + axis.gap * effect.difference
    # A choice that no judged attempt went without, or with, has no weight: nothing speaks against it.
    kept = sorted(
        (choice for choice in only_best if weights.get(choice, 1.0) > 0), key=lambda x: (-weights.get(x, 0.0), x)
    )
    return lambda kind: [choice for choice in kept if choice.kind == kind]


def _calling(tools: Sequence[Choice]) -> list[str]:
    return [
        _TOOLS.get(one.what, f"Call {one.what} before answering.") for one in tools if one.what != "query_knowledge"
    ]


def _asking(queries: Sequence[Choice], contrast: Contrast, failed: Sequence[AxisContrast], secrets: Secrets) -> str:
    """Which question helped, in its own words where they give nothing away."""
    if not queries or not _looks_failed(failed):
        return ""
    plain = next((choice.what for choice in queries if secrets.knows(choice.what)), None)
    if plain:
        return f"Ask for “{plain}”."
    if not any(choice.kind == "query" for choice in contrast.only_worst):
        return ""
    return "Ask in other words than the first that come to mind; the better attempt asked for something else."


def _reading(skills: Sequence[Choice]) -> list[str]:
    names = [choice.what for choice in skills]
    return [f"Read {_listed(names)} before writing the prompt, and follow what is said there."] if names else []


def _choosing(contrast: Contrast, failed: Sequence[AxisContrast], secrets: Secrets) -> str:
    """How the references differ, by words of their titles where these give nothing away."""
    mine = [choice for choice in contrast.only_best if choice.kind == "reference"]
    theirs = [choice for choice in contrast.only_worst if choice.kind == "reference"]
    if mine and Choice("prompt", c.NO_REFERENCE) in contrast.only_worst:
        return "Use a reference picture; the weaker attempt had none."
    if theirs and Choice("prompt", c.NO_REFERENCE) in contrast.only_best:
        return "Do without a reference picture; the weaker attempt was misled by one."
    if not mine or not theirs or not _looks_failed(failed):
        return ""
    wanted, unwanted = _title_words(mine, secrets), _title_words(theirs, secrets)
    if not (told := sorted(wanted - unwanted)):
        return "Compare every candidate with what is asked before choosing; the weaker attempt chose another picture."
    instead = "".join(f", not one whose title says “{word}”" for word in sorted(unwanted - wanted)[:1])
    return f"Choose a picture whose title says “{told[0]}”{instead}."


def _failing(failed: Sequence[AxisContrast]) -> list[str]:
    aspects = [ASPECTS.get(one.axis, one.axis.replace("_", " ")) for one in failed]
    return [f"Take most care of {_listed(aspects)}: there the weaker attempt failed."] if aspects else []


def _stumbling(contrast: Contrast) -> list[str]:
    troubles = {choice.what for choice in contrast.only_worst if choice.kind == "trouble"}
    advice = [words for trouble, words in _TROUBLES.items() if trouble in troubles]
    if c.NO_ANSWER in troubles:
        advice.append(_STOPS.get(contrast.worst.trajectory.stop, "End with an answer; the weaker attempt gave none."))
    return advice


def _looks_failed(failed: Sequence[AxisContrast]) -> bool:
    return any(one.axis in _LOOKS for one in failed)


def _title_words(references: Iterable[Choice], secrets: Secrets) -> set[str]:
    words = {word for choice in references for word in re.findall(r"[^\W\d_]{4,}", fold(choice.what))}
    return {word for word in words if secrets.knows(word)}


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
