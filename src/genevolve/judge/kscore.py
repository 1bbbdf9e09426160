"""The KScore judge: the generated image beside the target, on the four published axes.

The rubric text is our own, with the published meaning of 0, 0.5 and 1 on each
axis. Where no readable text is needed the judge says so and gives text accuracy
0.5; `score.Aggregate` says what becomes of it.
"""

from ..errors import JudgeError
from ..records import Attempt
from ..score import AXIS_WEIGHTS
from .reply import Axis, Form, Marks
from .rubric import Question, Rubric, Shown

NEEDS_NO_TEXT = "text_accuracy_na"
_TEXT = "text_accuracy"


def drawn_image(attempt: Attempt) -> Shown:
    """The image that was drawn.

    Raises:
        JudgeError: there is none.
    """
    if attempt.render is None or attempt.render.image is None:
        raise JudgeError("the attempt has no drawn image; draw it before it is judged")
    return Shown(what="the generated image", digest=attempt.render.image)


def _question(attempt: Attempt) -> Question:
    request = attempt.trajectory.request
    if request.target is None:
        raise JudgeError(
            f"the request {request.id!r} has no target image to compare with; expected one, as in a benchmark's rows. "
            "Add the target to the request, or choose a judge that needs none."
        )
    target = Shown(what="the target image", digest=request.target)
    return Question(words={"request": request.text}, pictures=(drawn_image(attempt), target))


def _text_required(marks: Marks) -> bool:
    needs_none = marks.flags[NEEDS_NO_TEXT]
    if needs_none and marks.scores[_TEXT] != 0.5:
        raise JudgeError(
            f'"{NEEDS_NO_TEXT}" is true and "{_TEXT}" is {marks.scores[_TEXT]:g}; '
            "where no text is needed that score is 0.5"
        )
    return not needs_none


KSCORE = Rubric(
    name="kscore",
    kind="image",
    file="kscore",
    asks=(
        "The request:\n\n{request}\n\n"
        "The first image is the GENERATED picture, which you score. The second image is the TARGET."
    ),
    form=Form(axes=tuple(Axis(name=name, levels=(0, 0.5, 1)) for name in AXIS_WEIGHTS), flags=(NEEDS_NO_TEXT,)),
    question=_question,
    text_required=_text_required,
)
