"""What a request leaves to be found out, as small trees.

"The flag of the country bordering the country whose capital is Maseru" is

    Asked(FLAG, Described(BORDERS Described(CAPITAL Named("Maseru"))))

`relations` reads such trees out of words, `resolve` answers them from evidence.
"""

from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """How a clue ties a country to a value."""

    CAPITAL = "capital"
    CITY = "city"
    DEMONYM = "demonym"
    ALIAS = "other name"
    BORDERS = "neighbour"
    CURRENCY = "currency"
    LANGUAGE = "language"
    REGION = "region"
    LANDLOCKED = "coast"
    TERRITORY = "territory"
    """It is no country of its own."""
    NOT = "other than"
    """The country is not this one."""
    UNREAD = "unread"
    """A word that narrows the choice in a way no rule here can check ("largest")."""


class Attribute(StrEnum):
    """What is asked about an entity."""

    NAME = "name"
    FLAG = "flag"
    MAP = "map"
    ARMS = "coat of arms"
    CAPITAL = "capital"
    CURRENCY = "currency"
    LANGUAGE = "language"
    DEMONYM = "demonym"


PICTURED = frozenset({Attribute.FLAG, Attribute.MAP, Attribute.ARMS})
"""Attributes that are pictures; the others are words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing called by its name; or by something like it ("Chadian"), which evidence must settle."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One thing said about a country."""

    relation: Relation
    values: "tuple[Node, ...]"
    """Every value must hold; none where the relation has no value (a coast)."""
    only: bool = False
    """The values are all that there are: "whose only neighbour is"."""
    tight: bool = False
    """Where some candidate has no other values, it is meant: "wedged between Romania and Ukraine"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A country known by clues only."""

    clues: tuple[Clue, ...]
    count: int | None = 1
    """How many are meant: 1 of "the country", 3 of "the three countries", None of "the countries"."""
    is_any: bool = False
    """Any that fits is meant: "a country in Africa"; of "the country" there is one."""
    words: str = ""
    """The description as the request has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something about an entity: its flag, the name of its capital."""

    attribute: Attribute
    of: "Node"
    every: bool = False
    """All of them are asked for: "the official languages of Switzerland"."""


Node = Named | Described | Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A place in the request where something is to be found out."""

    nodes: tuple[Node, ...]
    """Several where one phrase asks for several: "the flags of Chad and Romania"."""
    start: int
    end: int
    is_question: bool = False
    """The words only ask ("Which country has …?"); nothing of them is to be drawn."""
    as_text: bool = False
    """The words ask for a name ("the name of its capital", "its currency's name"), which is to be written."""


def described_in(node: Node) -> Described | None:
    """The description inside a node, whose country "its" and "the country's" speak of later."""
    while isinstance(node, Asked):
        node = node.of
    return node if isinstance(node, Described) else None


def in_words(node: Node) -> str:
    """The node as a person would say it."""
    match node:
        case Named(name=name):
            return name
        case Asked(attribute=attribute, of=of):
            return f"the {attribute.value} of {in_words(of)}"
        case Described(words=words):
            return words[:1].lower() + words[1:]
