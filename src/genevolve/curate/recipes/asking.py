"""A riddle in words: "the country whose capital is Maseru", "which country pays with the lempira?"."""

from random import Random

from .clues import Clue, Kind
from .riddles import Riddle

_RELATIVE: dict[Kind, tuple[str, ...]] = {
    "capital": (
        "whose capital is {}",
        "whose capital city is {}",
        "that has {} as its capital",
        "with {} as its capital",
        "of which {} is the capital",
        "that calls {} its capital",
    ),
    "currency": (
        "whose currency is the {}",
        "that uses the {}",
        "where people pay with the {}",
        "with the {} as its currency",
        "where the money is the {}",
        "that has the {} as its currency",
    ),
    "language": (
        "where {} is an official language",
        "that has {} as an official language",
        "with {} among its official languages",
        "whose official languages include {}",
    ),
    "people": (
        "whose demonym is {}",
        "with the demonym {}",
        "where the demonym is {}",
        "that has {} as its demonym",
    ),
    "borders": (
        "that borders {}",
        "bordering {}",
        "that shares a border with {}",
        "with a border with {}",
        "that has a land border with {}",
    ),
    "region": ("in {}",),
    "landlocked": ("without a coast", "that has no coast", "with no access to the sea"),
}
_SEVERAL: tuple[str, ...] = ("that shares borders with {}", "bordering {}", "that borders {}", "that touches {}")
_BOTH = ("that borders both {}", "bordering both {}", *_SEVERAL)
_QUESTION: dict[Kind, tuple[str, ...]] = {
    "capital": ("Which country has {} as its capital?", "{} is the capital of which country?"),
    "currency": ("Where do people pay with the {}?", "Which country uses the {}?", "Whose currency is the {}?"),
    "language": ("In which country is {} an official language?", "Which country has {} as an official language?"),
    "people": ("Whose demonym is {}?", "Which country has the demonym {}?"),
    "borders": (
        "Which is the only country that borders {}?",
        "What is the only country with a border with {}?",
    ),
}
_COUNTRY = ("country", "country", "country", "nation")


def describe(riddle: Riddle, rng: Random, *, noun: str | None = None) -> str:
    """A noun phrase for the answer: "the landlocked country in Southeast Asia"."""
    first = riddle.clues[0]
    around = " and ".join(describe(step, rng, noun=rng.choice(("country", "one"))) for step in riddle.inner)
    if len(riddle.clues) == 1 and len(first.borders) == 1 and rng.random() < 0.4:
        return rng.choice(("the only neighbour of {}", "the one country next to {}")).format(around or first.value)
    adjective, where = "", ""
    clauses: list[str] = []
    for clue in riddle.clues:
        if clue.kind == "landlocked" and rng.random() < 0.6:
            adjective = "landlocked "
        elif clue.kind == "region":
            where = f" in {clue.value}"
        elif clue is not first or not around:
            clauses.append(rng.choice(_forms(clue)).format(clue.value))
    # A description within the description goes last, so that what follows is not taken for a part of it.
    clauses.sort(key=_is_relative)
    if around:
        forms = [form for form in _forms(first) if _is_relative(form) or not clauses]
        clauses.append(rng.choice(forms).format(around))
    article = rng.choice(("the", "the only")) if _is_rare(riddle) else "the"
    return f"{article} {adjective}{noun or rng.choice(_COUNTRY)}{where}{_joined(clauses)}"


def ask(riddle: Riddle, rng: Random) -> str:
    """A sentence that sets the riddle, so that the next can say "its flag"."""
    clue = riddle.clues[0]
    if not riddle.inner and len(riddle.clues) == 1 and len(clue.borders) < 2 and rng.random() < 0.6:
        sentence = rng.choice(_QUESTION[clue.kind]).format(clue.value)
        return sentence[:1].upper() + sentence[1:]
    described = describe(riddle, rng)
    return rng.choice(
        ("Think of {}.", "Take {}.", "Find {}.", "I have {} in mind.", "This is about {}.", "The topic is {}.")
    ).format(described)


def _forms(clue: Clue) -> tuple[str, ...]:
    if len(clue.borders) < 2:
        return _RELATIVE[clue.kind]
    return _BOTH if len(clue.borders) == 2 else _SEVERAL


def _is_relative(clause: str) -> bool:
    """It begins with a relative word; others ("bordering Chad") must stand before it."""
    return clause.startswith(("whose", "that", "where", "of which"))


def _is_rare(riddle: Riddle) -> bool:
    """Saying "the only" tells something: others might be like it."""
    return riddle.clues[0].kind in {"borders", "language"} or len(riddle.clues) > 1


def _joined(clauses: list[str]) -> str:
    """With "and" between two of a sort."""
    said = ""
    before: bool | None = None
    for clause in clauses:
        said += f" and {clause}" if _is_relative(clause) == before else f" {clause}"
        before = _is_relative(clause)
    return said
