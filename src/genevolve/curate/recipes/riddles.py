"""Questions with one answer: clues put together until they fit one country and no other.

"One" is counted over every country, territory and part that the atlas knows,
not within a split, and each step of a question has one answer as well. All
countries that a question names or passes through are of its split, and its
clues do not give its answer away.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from ...language.text import fold
from ...records.recipe import Fact
from ...search.atlas.articles import Country
from .clues import Clue, Clues
from .countries import Countries, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Riddle:
    """A description that fits one country."""

    answer: Country
    clues: tuple[Clue, ...]
    """All of them are needed."""
    inner: tuple["Riddle", ...] = ()
    """Who must be found before: the countries at its border, of the first clue."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What must be known, in the order in which it is found."""
        before = tuple(fact for riddle in self.inner for fact in riddle.facts)
        return before + tuple(fact for clue in self.clues for fact in clue.facts(self.answer.name))

    @property
    def told(self) -> tuple[str, ...]:
        """Words that are a clue although they are a name of the answer's people."""
        return tuple(clue.value for clue in self.clues if clue.kind == "people")

    @property
    def passed(self) -> tuple["Riddle", ...]:
        """The riddle itself and those within it, each of which has an answer that must not be named."""
        return (self, *(other for riddle in self.inner for other in riddle.passed))


def write_riddles(countries: Countries, split: Split) -> dict[str, list[Riddle]]:
    """Every question of a split, by kind, in a fixed order; a kind that has none is not there."""
    maker = _Maker(countries, split)
    written = {
        "capital": maker.of_one(maker.capitals()),
        "currency": maker.of_one(maker.currencies()),
        "language": maker.of_one(maker.languages()),
        "people": maker.of_one(maker.peoples()),
        "border": list(maker.borders()),
        "joint": list(maker.joint()),
    }
    written["two_step"] = list(maker.two_steps([*written["capital"], *written["currency"], *written["language"]]))
    return {kind: riddles for kind, riddles in written.items() if riddles}


class _Maker:
    """The questions of one split."""

    def __init__(self, countries: Countries, split: Split) -> None:
        self._countries = countries
        self._clues = Clues(countries)
        self._own = {country.code: country for country in countries.of_split(split)}
        self._general = {country.code: self._describe(country) for country in self._own.values()}

    def of_one(self, described: Iterator[tuple[Country, Clue]]) -> list[Riddle]:
        """The clues that suffice alone."""
        return [
            Riddle(answer=country, clues=(clue,))
            for country, clue in described
            if self._is_fair(country, clue) and clue.fits == frozenset({country.code})
        ]

    def capitals(self) -> Iterator[tuple[Country, Clue]]:
        for country in self._own.values():
            if clue := self._clues.capital(country):
                yield country, clue

    def currencies(self) -> Iterator[tuple[Country, Clue]]:
        for country in self._own.values():
            if clue := self._clues.currency(country):
                yield country, clue

    def languages(self) -> Iterator[tuple[Country, Clue]]:
        return ((country, clue) for country in self._own.values() for clue in self._clues.languages(country))

    def peoples(self) -> Iterator[tuple[Country, Clue]]:
        return ((country, clue) for country in self._own.values() for clue in self._clues.peoples(country))

    def borders(self) -> Iterator[Riddle]:
        """By one, two or three neighbours, of which none can be spared."""
        for country in self._own.values():
            around = [self._own[code] for code in country.neighbours if code in self._own]
            enough: list[set[str]] = []
            for size in (1, 2, 3):
                for chosen in combinations(around, size):
                    clue = self._clues.bordering(chosen)
                    spared = any(fewer <= clue.names for fewer in enough)
                    if clue.fits == frozenset({country.code}) and not spared and self._is_fair(country, clue):
                        enough.append(set(clue.names))
                        yield Riddle(answer=country, clues=(clue,))

    def joint(self) -> Iterator[Riddle]:
        """By two clues of which neither suffices."""
        for country in self._own.values():
            around = [self._own[code] for code in country.neighbours if code in self._own]
            clues = [*self._general[country.code], *(self._clues.bordering([other]) for other in around)]
            for first, second in combinations(clues, 2):
                if first.kind != second.kind and _needs_both(first, second, country):
                    yield Riddle(answer=country, clues=(first, second))

    def two_steps(self, first_steps: list[Riddle]) -> Iterator[Riddle]:
        """By neighbours that must be found before."""
        by_neighbour: defaultdict[str, list[tuple[Riddle, Clue]]] = defaultdict(list)
        for step in first_steps:
            clue = self._clues.bordering([step.answer], named=False)
            for code in sorted(clue.fits & self._own.keys()):
                by_neighbour[code].append((step, clue))
        for code, steps in by_neighbour.items():
            country = self._own[code]
            for step, clue in steps:
                yield from self._from_one(country, step, clue)
            for (one, clue), (other, _) in combinations(steps, 2):
                both = self._clues.bordering([one.answer, other.answer], named=False)
                if one.answer != other.answer and clue.fits != both.fits == frozenset({code}):
                    yield from self._fair(Riddle(answer=country, clues=(both,), inner=(one, other)))

    def _from_one(self, country: Country, step: Riddle, clue: Clue) -> Iterator[Riddle]:
        if clue.fits == frozenset({country.code}):
            yield from self._fair(Riddle(answer=country, clues=(clue,), inner=(step,)))
            return
        around = [self._own[c] for c in country.neighbours if c in self._own and c != step.answer.code]
        for second in (*self._general[country.code], *(self._clues.bordering([other]) for other in around)):
            if _needs_both(clue, second, country):
                yield from self._fair(Riddle(answer=country, clues=(clue, second), inner=(step,)))

    def _describe(self, country: Country) -> list[Clue]:
        """What is true of it and gives nothing away, and need not suffice."""
        clues = [*self._clues.places(country), *self._clues.languages(country)]
        if money := self._clues.currency(country):
            clues.append(money)
        if country.landlocked:
            clues.append(self._clues.landlocked())
        return [clue for clue in clues if clue.kind == "landlocked" or self._is_fair(country, clue)]

    def _is_fair(self, country: Country, clue: Clue) -> bool:
        told = [clue.value] if clue.kind == "people" else []
        if self._countries.named_in(clue.value) - self._own.keys() and clue.kind != "borders":
            return False
        if told and self._resembles_name(clue.value, country):
            return False
        return not self._countries.gives_away(clue.value, country, told=told)

    def _resembles_name(self, demonym: str, country: Country) -> bool:
        """Its words begin with three letters of the name's, or give away another of its names."""
        plain, name = (fold(said).replace("-", " ").split() for said in (demonym, country.name))
        nameless = country.model_copy(update={"demonyms": ()})
        return {word[:3] for word in plain} & {word[:3] for word in name} != set() or self._countries.gives_away(
            demonym, nameless
        )

    def _fair(self, riddle: Riddle) -> Iterator[Riddle]:
        """The riddle, unless words of one step name the answer of another."""
        said = " ".join(clue.value for part in riddle.passed for clue in part.clues if clue.names or not part.inner)
        answers = {part.answer.code: part for part in riddle.passed}
        if len(answers) == len(riddle.passed) and not any(
            self._countries.gives_away(said, part.answer, told=part.told) for part in answers.values()
        ):
            yield riddle


def _needs_both(first: Clue, second: Clue, country: Country) -> bool:
    alone = frozenset({country.code})
    return first.fits & second.fits == alone and alone not in (first.fits, second.fits)
