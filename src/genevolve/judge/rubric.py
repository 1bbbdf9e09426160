"""What one judge asks, as data: the words, the pictures in their order, the form of the reply.

`vlm` does the asking, and is the same for all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import JsonValue

from ..errors import UsageError
from ..records import Attempt, JudgeInfo, VerdictKind, digest_of
from .reply import Form, Marks

REPAIR = "Your last reply could not be used: {fault}.\nJudge the same again. {form}"
"""The only second chance that a reply gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture that the judge sees."""

    what: str
    """What messages call it: "the target image"."""
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one attempt."""

    words: Mapping[str, str]
    """What stands for the names in the rubric's `asks`."""
    pictures: tuple[Shown, ...]
    """In the order in which they are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """What makes one judge differ from another."""

    name: str
    kind: VerdictKind
    file: str
    """The bundled rubric text, without its ending."""
    asks: str
    """The user's message, with names in braces."""
    form: Form
    question: Callable[[Attempt], Question]
    """Raises JudgeError where the attempt lacks something without which it cannot be judged."""
    text_required: Callable[[Marks], bool | None] = lambda _marks: None
    """What the marks say of that, where they do; raises JudgeError where they contradict themselves."""

    def text(self, file: str | None = None) -> str:
        """The rubric text, from a file of the user's where one is named.

        Raises:
            UsageError: the file cannot be read as UTF-8 text, or is empty.
        """
        if file is None:
            return _bundled(self.file)
        try:
            text = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the rubric {file!r} cannot be read: {error}; expected a UTF-8 text file") from error
        if not text.strip():
            raise UsageError(f"the rubric {file!r} is empty; write one, or leave the option out")
        return text

    def message(self, question: Question) -> str:
        """The words of the user's message."""
        return f"{self.asks.format_map(question.words)}\n\n{self.form.in_words()}"

    def repair(self, fault: str) -> str:
        """The message that answers a reply with a fault."""
        return REPAIR.format(fault=fault.rstrip("."), form=self.form.in_words())

    def info(self, text: str, *, model: str, settings: dict[str, JsonValue]) -> JudgeInfo:
        """Who judges by this rubric; its digest names all that the judge is told."""
        told = digest_of(text, self.asks, self.form.in_words(), self.form.schema(), REPAIR)
        return JudgeInfo(name=self.name, model=model, rubric=told, settings=settings)

    def judged_id(self, attempt: Attempt) -> str:
        """The id of what is judged."""
        if self.kind == "program":
            return attempt.trajectory.id
        assert attempt.render is not None, "only attempts with a render have their image judged"
        return attempt.render.id


@cache
def _bundled(name: str) -> str:
    return files("genevolve.judge").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
