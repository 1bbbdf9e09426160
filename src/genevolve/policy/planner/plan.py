"""What a request needs found, shown and read, and what is known of it so far: the planner's view of one moment."""

from dataclasses import dataclass

from . import words
from .answers import Answered, Evidence, Known, Need, Open
from .choose import Wanted, choose
from .facts import read_facts
from .nodes import PICTURED, Asked, Attribute, Found, Named, Node, in_words
from .observations import Picture, Seen
from .request import Reading, is_lettering, read_request
from .resolve import identify, resolve
from .triggers import skills_for

MAX_NAMED = 2
"""Pictures of things called by name that are searched for, besides those asked for as flags and maps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depicted:
    """A picture that the program could show, and the words of the request that it stands for."""

    wanted: Wanted
    start: int
    end: int
    picture: Picture | None = None
    need: tuple[str, ...] = ()
    """Image queries not asked yet."""
    lookup: Need | None = None
    """A search that would tell what the name stands for, where no picture bears it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One phrase of the request that had to be found out, and what became of it."""

    found: Found
    answers: tuple[Answered, ...]
    """One per node."""
    is_text: bool
    """It is to be written rather than seen."""
    depicted: tuple[Depicted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the next reply rests on."""

    seen: Seen
    reading: Reading
    outcomes: tuple[Outcome, ...]
    named: tuple[Depicted, ...]
    skills: dict[str, str]
    """Skills that the request calls for, with the reason."""
    choice: int
    max_references: int

    @property
    def depicted(self) -> tuple[Depicted, ...]:
        """Every picture that the program could show, in the order of the request."""
        asked = [one for outcome in self.outcomes for one in outcome.depicted]
        return tuple(sorted([*asked, *self.named], key=lambda one: one.start))

    @property
    def needs(self) -> tuple[Need, ...]:
        """Searches that some phrase still waits for."""
        answers = [answer for outcome in self.outcomes for answer in outcome.answers]
        lookups = [one.lookup for one in self.depicted if one.picture is None and one.lookup and not one.need]
        return (*(answer for answer in answers if isinstance(answer, Need)), *lookups)

    @property
    def references(self) -> tuple[Picture, ...]:
        """The references of the program: the user's own first, then those found, ascending by number."""
        room = max(self.max_references - len(self.seen.brought), 0)
        found = list(dict.fromkeys(one.picture for one in self.depicted if one.picture))[:room]
        chosen = {picture.ref: picture for picture in (*self.seen.brought[: self.max_references], *found)}
        return tuple(sorted(chosen.values(), key=lambda picture: int(picture.ref.rpartition("_")[2])))


def make_plan(seen: Seen, *, choice: int, max_references: int) -> Plan:
    """Read the request and everything heard since into what is known and what is lacking."""
    reading = read_request(seen.request)
    evidence = Evidence(
        facts=read_facts(seen.documents),
        asked=lambda query: seen.asked("search", query),
        can_search="search" in seen.tools,
        choice=choice,
    )
    outcomes = tuple(_outcome(found, reading, seen, evidence) for found in reading.unknowns)
    asked = sum(len(outcome.depicted) for outcome in outcomes)
    room = max_references - len(seen.brought) - asked
    named = _named(reading, seen, room=min(room, MAX_NAMED), choice=choice)
    pictures = min(len(seen.brought) + asked + len([one for one in named if one.picture]), max_references)
    return Plan(
        seen=seen,
        reading=reading,
        outcomes=outcomes,
        named=named,
        skills=skills_for(reading, pictures=pictures),
        choice=choice,
        max_references=max_references,
    )


def _outcome(found: Found, reading: Reading, seen: Seen, evidence: Evidence) -> Outcome:
    answers = tuple(resolve(node, evidence) for node in found.nodes)
    pictured = any(isinstance(node, Asked) and node.attribute in PICTURED for node in found.nodes)
    is_text = not pictured and not found.is_question and is_lettering(found, reading.bare)
    depicted: list[Depicted] = []
    if pictured:
        for node, answer in zip(found.nodes, answers, strict=True):
            if isinstance(answer, Known) and isinstance(node, Asked):
                depicted += [_depict(node, name, found, seen, evidence) for name in answer.names]
            elif isinstance(node, Asked) and len(answers) > 1:
                # Beside flags that are known, one that is not keeps its words.
                wanted = Wanted(name=in_words(node.of), kind=node.attribute)
                depicted.append(Depicted(wanted=wanted, start=found.start, end=found.end))
    elif not is_text and not found.is_question:
        depicted = [_place(found, name, seen, evidence) for name in _places(found.nodes, answers)]
    return Outcome(found=found, answers=answers, is_text=is_text, depicted=tuple(depicted))


def _places(nodes: tuple[Node, ...], answers: tuple[Answered, ...]) -> list[str]:
    """Cities to be seen: "the capital of Mongolia at night"."""
    pairs = zip(nodes, answers, strict=True)
    cities = [
        a.names for n, a in pairs if isinstance(n, Asked) and n.attribute is Attribute.CAPITAL and isinstance(a, Known)
    ]
    return [name for names in cities for name in names]


def _depict(node: Asked, name: str, found: Found, seen: Seen, evidence: Evidence) -> Depicted:
    """The picture of a node; a name that no title bears is looked up ("Chadian", "Upper Volta")."""
    wanted = Wanted(name=name, kind=node.attribute)
    first = _looked_for(wanted, found.start, found.end, seen, evidence)
    if first.picture or first.need or not isinstance(node.of, Named) or "image_search" not in seen.tools:
        return first
    known = identify(name, evidence)
    match known:
        case Known(names=names):
            return _looked_for(Wanted(name=names[0], kind=node.attribute), found.start, found.end, seen, evidence)
        case Need():
            return Depicted(wanted=wanted, start=found.start, end=found.end, lookup=known)
        case Open():
            return first


def _place(found: Found, name: str, seen: Seen, evidence: Evidence) -> Depicted:
    return _looked_for(Wanted(name=name), found.start, found.end, seen, evidence)


def _looked_for(wanted: Wanted, start: int, end: int, seen: Seen, evidence: Evidence) -> Depicted:
    picture = choose(wanted, seen.pictures, choice=evidence.choice)
    queries = tuple(query for query in wanted.queries if not seen.asked("image_search", query))
    # One phrasing is enough for a thing called by its own name: what has no picture of it has none by another.
    if wanted.kind is None and len(queries) < len(wanted.queries) and not _failed(wanted, seen):
        queries = ()
    need = queries if picture is None and "image_search" in seen.tools else ()
    return Depicted(wanted=wanted, start=start, end=end, picture=picture, need=need)


def _failed(wanted: Wanted, seen: Seen) -> bool:
    return any(query in seen.failed for query in wanted.queries)


def _named(reading: Reading, seen: Seen, *, room: int, choice: int) -> tuple[Depicted, ...]:
    """Things called by a proper name, and kinds of animals and plants of which a picture helps."""
    if room <= 0:
        return ()
    spans = [(name.name, name.start, name.end) for name in reading.names if not name.is_style]
    taken = [(found.start, found.end) for found in reading.unknowns]
    for match in words.SPECIES.finditer(reading.bare):
        if not any(start <= match.start() < end for start, end in taken):
            spans.append((match[0].lower(), match.start(), match.end()))
    unique: dict[str, tuple[str, int, int]] = {}
    for name, start, end in sorted(spans, key=lambda span: span[1]):
        unique.setdefault(name.lower(), (name, start, end))
    evidence = Evidence(facts=(), asked=lambda _: True, choice=choice)
    return tuple(
        _looked_for(Wanted(name=name), start, end, seen, evidence) for name, start, end in list(unique.values())[:room]
    )
