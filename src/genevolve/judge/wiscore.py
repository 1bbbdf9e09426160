"""The two judges of WISE: the legacy edition's three axes, and the verified edition's one verdict.

Both read the explanation of what the prompt leaves to be known, which the
request carries as an extra field. Their scores are never mixed: the editions
differ in rows, axes and meaning.
"""

from ..errors import JudgeError
from ..records import Attempt
from .kscore import drawn_image
from .reply import Axis, Form
from .rubric import Question, Rubric

_ASKS = "The prompt:\n\n{prompt}\n\nThe explanation:\n\n{explanation}\n\nThe image is the picture to score."
_EXPLANATION = ("Explanation", "explanation")


def _question(attempt: Attempt) -> Question:
    request = attempt.trajectory.request
    explanation = next((told for key in _EXPLANATION if (told := request.extra.get(key))), None)
    if not isinstance(explanation, str) or not explanation.strip():
        raise JudgeError(
            f"the request {request.id!r} has no explanation; expected a text in its extra field {_EXPLANATION[0]!r}, "
            "as in WISE's rows. Read the requests with the WISE reader, or choose another judge."
        )
    return Question(words={"prompt": request.text, "explanation": explanation}, pictures=(drawn_image(attempt),))


LEGACY = Rubric(
    name="wise-legacy",
    kind="image",
    file="wise_legacy",
    asks=_ASKS,
    form=Form(axes=tuple(Axis(name=name, levels=(0, 1, 2)) for name in ("consistency", "realism", "aesthetics"))),
    question=_question,
)

VERIFIED = Rubric(
    name="wise-verified",
    kind="image",
    file="wise_verified",
    asks=_ASKS,
    form=Form(axes=(Axis(name="correct", levels=(0, 1)),)),
    question=_question,
)
