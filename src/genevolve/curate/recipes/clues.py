"""What can be said about a country without naming it, and whom it fits among all that the atlas knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ...language.text import fold
from ...records.recipe import Fact
from ...search.atlas.articles import Country, listed
from .countries import Countries

Kind = Literal["capital", "currency", "language", "people", "region", "landlocked", "borders"]

_ORDINARY = frozenset({"gold", "mark", "real", "sol"})
"""Units of money that are ordinary words, so that "pays in gold" says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One thing said about a country."""

    kind: Kind
    value: str
    """What is said: a city, a unit of money, the countries at the border."""
    fits: frozenset[str]
    """Codes of all that it is true of: countries, territories and parts."""
    names: frozenset[str] = frozenset()
    """Codes of the countries that are named in saying it."""
    borders: tuple[str, ...] = ()
    """Names of the countries at the border, of a clue about borders."""

    def facts(self, about: str) -> tuple[Fact, ...]:
        """What must be known to use it, about the country of that name."""
        relation = {"language": "official language", "people": "demonym"}.get(self.kind, self.kind)
        values = self.borders or (self.value,)
        return tuple(Fact(subject=about, relation=relation, value=value) for value in values)


class Clues:
    """The clues that the atlas supports."""

    def __init__(self, countries: Countries) -> None:
        self._countries = countries
        self._all = list(countries.facts.by_code.values())

    def capital(self, country: Country) -> Clue | None:
        """Its capital, where there is one and nothing about it needs explaining."""
        if len(country.capitals) != 1 or country.note:
            return None
        city = country.capitals[0]
        return Clue(kind="capital", value=city, fits=self._fitting(lambda other: city in other.capitals))

    def currency(self, country: Country) -> Clue | None:
        """The last word of its currency's name: "lempira" of "Honduran lempira"."""
        if len(country.currencies) != 1:
            return None
        unit = self._units(country)[0]
        if unit in _ORDINARY or country.currencies[0] in {"XAF", "XOF", "XPF"}:
            return None
        plain = fold(unit)
        fits = self._fitting(lambda other: plain in map(fold, self._units(other)))
        return Clue(kind="currency", value=unit, fits=fits)

    def languages(self, country: Country) -> list[Clue]:
        """Its official languages, where the atlas has no reservation about them."""
        if country.note:
            return []
        return [self._language(name) for name in country.languages]

    def peoples(self, country: Country) -> list[Clue]:
        """What its people are called."""
        return [
            Clue(kind="people", value=name, fits=self._fitting(lambda other, name=name: name in other.demonyms))
            for name in country.demonyms
        ]

    def places(self, country: Country) -> list[Clue]:
        """Its region, and the continent of that where it has one."""
        regions = self._countries.facts.names.regions
        continent = regions[country.region].of
        return [self._place(code) for code in (country.region, continent) if code]

    def landlocked(self) -> Clue:
        """That it has no coast."""
        return Clue(kind="landlocked", value="yes", fits=self._fitting(lambda other: other.landlocked))

    def bordering(self, neighbours: Iterable[Country], *, named: bool = True) -> Clue:
        """That it borders all of some countries, named or found before."""
        around = list(neighbours)
        codes = {country.code for country in around}
        return Clue(
            kind="borders",
            value=listed(country.named for country in around),
            fits=self._fitting(lambda other: codes <= set(other.neighbours)),
            names=frozenset(codes) if named else frozenset(),
            borders=tuple(country.name for country in around),
        )

    def _language(self, name: str) -> Clue:
        return Clue(kind="language", value=name, fits=self._fitting(lambda other: name in other.languages))

    def _place(self, code: str) -> Clue:
        regions = self._countries.facts.names.regions
        fits = self._fitting(lambda other: code in {other.region, regions[other.region].of})
        return Clue(kind="region", value=regions[code].name, fits=fits)

    def _units(self, country: Country) -> list[str]:
        money = self._countries.facts.names.currencies
        return [money[code].name.rpartition(" ")[2] for code in country.currencies]

    def _fitting(self, holds: Callable[[Country], bool]) -> frozenset[str]:
        return frozenset(country.code for country in self._all if holds(country))
