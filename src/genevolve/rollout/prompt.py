"""The words that the rollout itself says: the system prompt and its notices, from Markdown files.

In a file, `{{tools}}`, `{{skills}}`, `{{seeing}}` and the names of limits stand
for what the rollout fills in. A file of the user's own may use any of them or
none: a checkpoint does best with the prompt that it was trained on, to the letter.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from ..errors import UsageError
from ..records import Dialect, Limits, digest_of
from ..tools import Toolbox

SEEING = "Pictures that a search finds are shown to you under their ids. Look at them before you choose."
NOT_SEEING = "Pictures are named to you by title and address and not shown; choose by what these say."
NOTICES = ("final_step", "too_long", "malformed", "invalid")
BROUGHT_HEADING = "The user brought these pictures:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPrompt:
    """The system prompt before it is filled in, and the notices that go with it."""

    template: str
    notices: dict[str, str]
    dialect: Dialect = "tagged"

    @classmethod
    def default(cls, dialect: Dialect = "tagged") -> "SystemPrompt":
        """The bundled prompt of a dialect."""
        own = {"system", "too_long", "malformed"} if dialect == "native" else set[str]()
        words = {name: _bundled(f"{name}_native" if name in own else name) for name in ("system", *NOTICES)}
        return cls(template=words.pop("system"), notices=words, dialect=dialect)

    @classmethod
    def from_file(cls, path: Path, dialect: Dialect = "tagged") -> "SystemPrompt":
        """A system prompt of one's own, with the bundled notices.

        Raises:
            UsageError: the file cannot be read as UTF-8 text, or is empty.
        """
        try:
            template = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the system prompt {str(path)!r} cannot be read: {error}; expected a UTF-8 text file"
            ) from error
        if not template.strip():
            raise UsageError(f"the system prompt {str(path)!r} is empty; write one, or leave the option out")
        return cls(template=template, notices=cls.default(dialect).notices, dialect=dialect)

    def system(self, toolbox: Toolbox, limits: Limits) -> str:
        """The system message of an attempt."""
        skills = toolbox.skills.listed if "query_knowledge" in toolbox.names else "(none in this run)"
        return _system(self.template, toolbox.signatures(), skills, toolbox.text_only, tuple(_numbers(limits).items()))

    def digest(self, toolbox: Toolbox, limits: Limits) -> str:
        """Names everything that the rollout would say: equal digests mean equal words."""
        # The native dialect's tools are offered beside the words; a listing of another kind is other words.
        offered = toolbox.signatures() if self.dialect == "native" else None
        listing = toolbox.listing if toolbox.listing != "full" else None
        beside = tuple(one for one in (offered, listing) if one is not None)
        return _digest(self.system(toolbox, limits), tuple(self.notices.items()), toolbox.text_only, beside)

    def final_step(self) -> str:
        """Says that the next reply must be the answer."""
        return self.notices["final_step"].strip()

    def too_long(self, limits: Limits) -> str:
        """Says that a reply was longer than allowed."""
        return _filled(self.notices["too_long"], **_numbers(limits)).strip()

    def malformed(self, problem: str) -> str:
        """Says why a reply could not be used."""
        return _filled(self.notices["malformed"], problem=problem.rstrip(".")).strip()

    def invalid(self, faults: list[str]) -> str:
        """Says why an answer cannot be drawn."""
        return _filled(self.notices["invalid"], faults="\n".join(f"- {fault}" for fault in faults)).strip()


# Every attempt of a run says the same, so it is written and named once. A few are kept, for runs side by side.
@lru_cache(maxsize=8)
def _system(
    template: str, signatures: tuple[str, ...], skills: str, text_only: bool, numbers: tuple[tuple[str, str], ...]
) -> str:
    seeing = NOT_SEEING if text_only else SEEING
    return _filled(template, tools="\n".join(signatures), skills=skills, seeing=seeing, **dict(numbers))


@lru_cache(maxsize=8)
def _digest(system: str, notices: tuple[tuple[str, str], ...], text_only: bool, beside: tuple[object, ...]) -> str:
    return digest_of(system, dict(notices), text_only, *beside)


@cache
def _bundled(name: str) -> str:
    return files("genevolve.rollout").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")


def _numbers(limits: Limits) -> dict[str, str]:
    numbers = {name: str(value) for name, value in limits.model_dump().items()}
    # The last reply cannot call a tool, whatever the limits say.
    return numbers | {"max_tool_calls": str(min(limits.max_tool_calls, limits.max_calls - 1))}


def _filled(template: str, **values: str) -> str:
    """The template with its names replaced, in one pass, so that a value is never searched for names."""
    pieces = template.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}}")
        filled.append(values[name] + rest if closed and name in values else "{{" + piece)
    return "".join(filled)
