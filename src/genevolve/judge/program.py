"""The program judge: whether prompt and references alone suffice for the picture that was asked for.

It never sees the drawn image: the renderer's luck is not the program's merit.
"""

from ..errors import JudgeError
from ..language.ordinals import ordinal
from ..records import Attempt, Program
from .reply import Axis, Form
from .rubric import Question, Rubric, Shown


def _question(attempt: Attempt) -> Question:
    request, program = attempt.trajectory.request, attempt.trajectory.program
    if program is None:
        raise JudgeError("the attempt has no program to judge; roll the request out again")
    pictures = [
        Shown(what=f"the {ordinal(number)} reference image", digest=reference.digest)
        for number, reference in enumerate(program.references, start=1)
    ]
    if request.target is not None:
        pictures.append(Shown(what="the target image", digest=request.target))
    words = {
        "request": request.text,
        "prompt": program.prompt,
        "references": _references(program),
        "images": "\n".join(f"{number}. {shown.what}" for number, shown in enumerate(pictures, start=1)) or "(none)",
    }
    return Question(words=words, pictures=tuple(pictures))


def _references(program: Program) -> str:
    lines = [
        f"{number}. the {ordinal(number)} reference image; note: {reference.note.strip() or '(none)'}"
        for number, reference in enumerate(program.references, start=1)
    ]
    return "\n".join(lines) or "(none)"


PROGRAM = Rubric(
    name="program",
    kind="program",
    file="program",
    asks=(
        "The request:\n\n{request}\n\nThe program's prompt:\n\n{prompt}\n\n"
        "The program's references:\n\n{references}\n\nThe images that follow, in order:\n\n{images}"
    ),
    form=Form(axes=(Axis(name="sufficiency", levels=(0, 0.25, 0.5, 0.75, 1)),)),
    question=_question,
)
