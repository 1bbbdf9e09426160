"""What a lesson must not say: ids and addresses, judgements, markup, and the answer to the request.

The answer is what the request left to be found. A recipe states it; without one
it is read off the attempts: the names in their prompts and in the titles of their
references, the words that the prompts quote, and long runs of the prompts. Names
so read are looked for as they are written, with a capital. What the request itself
says is never a leak.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from ..language.addresses import DIGEST, FILE_PATH, IMAGE_ID, find_web_addresses
from ..language.numbers import count_in_words
from ..language.ordinals import find_mentions
from ..language.quotes import find_quotes, without_quotes
from ..language.text import fold
from ..records import Lesson, Request, Trajectory

ViolationKind = Literal[
    "an image id", "a web address", "a file path", "a digest", "a judgement", "markup",
    "what was to be found", "a name that was to be found", "the prompt's own words", "too much",
]  # fmt: skip
COPIED_WORDS = 6
"""So many words in a row that stand in an attempt's prompt, and not in the request, are a copy."""
MAX_SLOT_CHARS = 600

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_WITHIN_A_SENTENCE = re.compile(r"(?<=[a-z,] )[A-Z]\w+(?: [A-Z]\w+)*")
_MARKUP = re.compile(r"<\s*[/|｜]?\s*\w+|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS)\]|```")
_JUDGEMENT = re.compile(
    r"\bscor(?:e[sd]?|ing)\b|\breward(?:s|ed)?\b|\brat(?:ings?|ed)\b|\bthe judge\b|\bverdicts?\b"
    r"|(?<![\w.])(?:0?\.\d+|1\.0+)(?!\w)"
    r"|\b\d+(?:\.\d+)?\s*(?:%|per\s?cent)\s*(?:better|higher|lower|worse|more|less|accura\w+|correct)"
    r"|\b\d+(?:\.\d+)?\s*(?:/\s*(?:5|10|100)\b|out\s+of\s+\d+)",
    re.IGNORECASE,
)
_BREAK = ""
"""Stands between words that are no neighbours."""
_SHORTEST_STEM = 4
"""A shorter name is looked for as it stands, without endings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One passage of a lesson that must not be there."""

    slot: str
    kind: ViolationKind
    passage: str

    def __str__(self) -> str:
        return f"{self.slot} says {self.kind}: {self.passage!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What lessons about one request must not give away."""

    request: str
    """The request's own words, folded."""
    phrases: frozenset[str]
    """Folded; wherever they stand."""
    names: frozenset[str]
    """Capitalised words, also with endings ("Chadian")."""
    runs: frozenset[tuple[str, ...]]
    """Every run of `COPIED_WORDS` folded words of the prompts."""
    known: frozenset[str]
    """Folded words of the request and of the prose around the attempts, which are no names."""

    def knows(self, text: str) -> bool:
        """Whether every word of a text is one that gives nothing away; stricter than `find_violations`."""
        return self.known.issuperset(_words(fold(text)))


def secrets_of(request: Request, trajectories: Iterable[Trajectory]) -> Secrets:
    """What a lesson about this request, drawn from these attempts, must not give away."""
    trajectories = list(trajectories)
    prompts = [trajectory.program.prompt for trajectory in trajectories if trajectory.program]
    told = list(_recipe_answers(request))
    painted = [quote.text for prompt in prompts for quote in find_quotes(prompt)]
    asked = fold(request.text)
    known = frozenset(chain(_words(asked), *(_lower_case_words(trajectory) for trajectory in trajectories)))
    return Secrets(
        request=asked,
        phrases=frozenset(
            phrase
            for text in (*told, *painted)
            for phrase in _spellings(fold(text))
            if phrase and not _stands_in(phrase, asked)
        ),
        names=frozenset(
            word
            for text in (*told, *painted, *chain.from_iterable(_titles(one) for one in trajectories), *_named(prompts))
            for word in _WORD.findall(text)
            if word[0].isupper() and len(word) > 2 and fold(word) not in known
        ),
        runs=frozenset(run for prompt in prompts for run in _runs(prompt)) - set(_runs(request.text)),
        known=known,
    )


def find_violations(lesson: Lesson, secrets: Secrets) -> list[Violation]:
    """Every passage that must not be there, slot by slot."""
    return [violation for slot, words in lesson.said.items() for violation in _violations(slot, words, secrets)]


def without(lesson: Lesson, violations: Iterable[Violation]) -> Lesson:
    """The lesson with the slots of these violations left empty."""
    return lesson.but(**{violation.slot: "" for violation in violations})


def _violations(slot: str, words: str, secrets: Secrets) -> Iterator[Violation]:
    def said(kind: ViolationKind, passage: str) -> Violation:
        return Violation(slot=slot, kind=kind, passage=passage)

    if len(words) > MAX_SLOT_CHARS:
        yield said("too much", f"{len(words)} characters, of {MAX_SLOT_CHARS} at most")
    for kind, pattern in _PATTERNS.items():
        yield from (said(kind, match[0]) for match in pattern.finditer(words))
    yield from (said("a web address", address) for _, address in find_web_addresses(words))
    for match in _JUDGEMENT.finditer(words):
        if not _stands_in(fold(match[0]), secrets.request):
            yield said("a judgement", match[0])
    folded = fold(words)
    yield from (
        said("what was to be found", phrase) for phrase in sorted(secrets.phrases) if _stands_in(phrase, folded)
    )
    for name in sorted(secrets.names):
        ending = r"\w*" if len(name) >= _SHORTEST_STEM else ""
        match = re.search(rf"(?<!\w){re.escape(name)}{ending}(?!\w)", words)
        if match and fold(match[0]) not in secrets.phrases:  # those were named above
            yield said("a name that was to be found", match[0])
    if copied := next((run for run in _runs(words) if run in secrets.runs), None):
        yield said("the prompt's own words", " ".join(copied))


_PATTERNS: dict[ViolationKind, re.Pattern[str]] = {
    "an image id": IMAGE_ID,
    "a file path": FILE_PATH,
    "a digest": DIGEST,
    "markup": _MARKUP,
}


def _recipe_answers(request: Request) -> Iterator[str]:
    if request.recipe is None:
        return
    for fact in request.recipe.facts:
        yield from (fact.subject, fact.value)
    yield from (reference.entity for reference in request.recipe.references)
    yield from (text.text for text in request.recipe.texts)


def _spellings(phrase: str) -> tuple[str, ...]:
    """A number is given away by its word too."""
    return (phrase, count_in_words(int(phrase))) if phrase.isdecimal() and len(phrase) < 5 else (phrase,)


def _titles(trajectory: Trajectory) -> Iterator[str]:
    used = {reference.digest for reference in trajectory.program.references} if trajectory.program else set[str]()
    return (image.title for image in trajectory.images if image.digest in used)


def _named(prompts: Iterable[str]) -> Iterator[str]:
    """Words with a capital that no sentence begins with."""
    return (match[0] for prompt in prompts for match in _WITHIN_A_SENTENCE.finditer(without_quotes(prompt)))


def _lower_case_words(trajectory: Trajectory) -> Iterator[str]:
    """Words that prose around the attempt writes small, which are no names: of its instructions and its prompt."""
    texts = [message.text for turn in trajectory.turns for message in turn.heard if message.role == "system"]
    if trajectory.program:
        texts.append(without_quotes(trajectory.program.prompt))
    return (fold(word) for text in texts for word in _WORD.findall(text) if word.islower())


def _stands_in(phrase: str, folded: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?:'?s|')?(?!\w)", folded) is not None


def _words(folded: str) -> list[str]:
    return _WORD.findall(folded)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every `COPIED_WORDS` words in a row; how a reference is named is everyone's, and breaks a run."""
    words: list[str] = []
    done = 0
    for mention in find_mentions(text):
        words += [*_words(fold(text[done : mention.start])), _BREAK]
        done = mention.end
    words += _words(fold(text[done:]))
    runs = zip(*(words[start:] for start in range(COPIED_WORDS)), strict=False)
    return (run for run in runs if _BREAK not in run)
