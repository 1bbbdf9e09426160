"""Writes the atlas's articles from its facts, in the sentence forms that `atlas/__init__.py` states."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from ...language.text import fold
from ...records import Record
from ..corpus import Document, Picture

FOLDER = Path(__file__).parent
FLAG_PAGE = "https://github.com/lipis/flag-icons"
FLAG_URL = "https://flagicons.lipis.dev/flags/4x3/{code}.svg"
FLAG_LICENCE = "MIT"
FLAG_AUTHOR = "Panayiotis Lipiridis and the flag-icons contributors"

Kind = Literal["country", "partly recognised country", "disputed territory", "territory", "part"]


class Country(Record):
    """The facts about one country, territory or part of a country: a line of countries.jsonl."""

    code: str
    name: str
    article: bool = False
    """A sentence calls it "the …"."""
    kind: Kind
    of: str = ""
    """Code of the country that a territory or part belongs to."""
    official: str = ""
    also: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    """ISO 4217 codes."""
    languages: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    region: str
    """UN M.49 code of the subregion."""
    neighbours: tuple[str, ...] = ()
    landlocked: bool = False
    """It has no coast; known of countries only."""
    note: str = ""

    @property
    def named(self) -> str:
        """Its name inside a sentence."""
        return f"the {self.name}" if self.article else self.name

    @property
    def is_whole(self) -> bool:
        """False for parts of a country, which lists of countries leave out."""
        return self.kind != "part"


class Named(Record):
    """A region, a currency or an organisation."""

    name: str
    of: str | None = None
    also: tuple[str, ...] = ()


class Names(Record):
    """Names that are not of countries: names.json."""

    currencies: dict[str, Named]
    regions: dict[str, Named]
    cities: dict[str, tuple[str, ...]]
    """Other names of a capital."""
    languages: dict[str, tuple[str, ...]]
    """Other names of a language."""
    organisations: dict[str, Named]


class Facts:
    """All that the atlas knows, with the lookups that its sentences need."""

    def __init__(self, countries: Iterable[Country], names: Names) -> None:
        by_name = sorted(countries, key=lambda country: fold(country.name))
        self.by_code = {country.code: country for country in by_name}
        """Everything, by name."""
        self.countries = [country for country in by_name if country.is_whole]
        """What lists of countries hold, by name."""
        self.names = names

    @classmethod
    def load(cls) -> "Facts":
        """The bundled facts."""
        lines = (FOLDER / "countries.jsonl").read_text("utf-8").splitlines()
        countries = TypeAdapter(list[Country]).validate_python([json.loads(line) for line in lines])
        return cls(countries, Names.model_validate_json((FOLDER / "names.json").read_bytes()))

    def region(self, country: Country) -> str:
        """The region's name inside a sentence."""
        return self.names.regions[country.region].name

    def what_and_where(self, country: Country) -> str:
        """ "a country in Western Africa", "a territory of the United States in Micronesia"."""
        owner = f" of {self.by_code[country.of].named}" if country.of else ""
        return f"a {country.kind}{owner} in {self.region(country)}"


def write_documents(facts: Facts) -> Iterator[Document]:
    """Every article of the atlas."""
    for country in facts.by_code.values():
        yield _country(country, facts)
        yield from _neighbours(country, facts)
    yield from _capitals(facts)
    yield from _currencies(facts)
    yield from _languages(facts)
    yield from _regions(facts)


def flag_pictures(facts: Facts) -> Iterator[Picture]:
    """Every flag of the atlas; `file` names its bytes under flags/."""
    for country in facts.by_code.values():
        names = (country.name, *country.also, country.official, *country.demonyms)
        yield _flag(country.code.lower(), country.named, names)
    for code, organisation in facts.names.organisations.items():
        yield _flag(code, organisation.name, (organisation.name, *organisation.also))
    yield _flag("aq", "Antarctica", ("Antarctica",))


def listed(names: Iterable[str]) -> str:
    """ "A", "A and B", "A, B, and C"; two names of which one holds an "and" are parted by a comma as well."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    comma = "," if len(items) > 2 or any(" and " in item for item in items) else ""
    return f"{', '.join(items[:-1])}{comma} and {items[-1]}"


def _flag(code: str, named: str, names: tuple[str, ...]) -> Picture:
    return Picture(
        title=f"Flag of {named}",
        image_url=FLAG_URL.format(code=code),
        names=tuple(name for name in names if name),
        page_url=FLAG_PAGE,
        licence=FLAG_LICENCE,
        author=FLAG_AUTHOR,
        file=f"{code}.webp",
    )


def _country(country: Country, facts: Facts) -> Document:
    continent = facts.names.regions[country.region].of
    where = f", a region of {facts.names.regions[continent].name}" if continent else ""
    sentences = [f"{_capitalised(country.named)} is {facts.what_and_where(country)}{where}."]
    sentences += _also_known(country.also)
    if country.official:
        sentences.append(f"Its official name is {country.official}.")
    sentences += _counted("Its capital is", "Its capitals are", country.capitals)
    if not country.capitals:
        sentences.append("It has no capital.")
    money = [f"the {facts.names.currencies[code].name} ({code})" for code in country.currencies]
    sentences += _counted("Its currency is", "Its currencies are", money)
    sentences += _counted("Its official language is", "Its official languages are", country.languages)
    sentences += _counted(
        "Another language widely spoken there is", "Other languages widely spoken there are", country.spoken
    )
    sentences += _counted("Its demonym is", "Its demonyms are", country.demonyms)
    sentences += _borders(country, facts)
    sentences += ["It is landlocked."] if country.landlocked else []
    sentences += [country.note] if country.note else []
    return Document(
        title=country.name,
        body=" ".join(sentences),
        url=f"atlas://countries/{country.code}",
        names=tuple(name for name in (*country.also, country.official, *country.demonyms) if name),
    )


def _borders(country: Country, facts: Facts) -> list[str]:
    names = _neighbour_names(country, facts)
    if not country.is_whole:
        return []
    if not names:
        return ["It borders no other country."]
    return [f"It borders {'only ' if len(names) == 1 else ''}{listed(names)}."]


def _neighbour_names(country: Country, facts: Facts) -> list[str]:
    return [other.named for other in facts.countries if other.code in country.neighbours]


def _neighbours(country: Country, facts: Facts) -> Iterator[Document]:
    names = _neighbour_names(country, facts)
    if not names:
        return
    if len(names) == 1:
        body = f"The only country that borders {country.named} is {names[0]}."
    else:
        body = f"The countries that border {country.named} are {listed(names)}."
    yield Document(
        title=f"Neighbours of {country.named}",
        body=body,
        url=f"atlas://neighbours/{country.code}",
        names=(f"neighbors of {country.name}", f"countries bordering {country.name}"),
    )


def _capitals(facts: Facts) -> Iterator[Document]:
    owners: defaultdict[str, list[Country]] = defaultdict(list)
    for country in facts.by_code.values():
        for city in country.capitals:
            owners[city].append(country)
    country_names = {country.name for country in facts.by_code.values()}
    for city, countries in owners.items():
        names = facts.names.cities.get(city, ())
        sentences: list[str] = []
        for country in countries:
            also = "also " if sentences else ""
            which = "a" if len(country.capitals) > 1 else "the"
            sentences.append(f"{city} is {also}{which} capital of {country.named}, {facts.what_and_where(country)}.")
        yield Document(
            title=f"{city} (city)" if city in country_names else city,
            body=" ".join([*sentences, *_also_known(names)]),
            url=f"atlas://capitals/{_slug(city)}",
            names=names,
        )


def _currencies(facts: Facts) -> Iterator[Document]:
    for code, currency in facts.names.currencies.items():
        users = [c for c in facts.countries if code in c.currencies]
        whose = f"The {currency.name} ({code}) is the currency of {_of_countries(users)}."
        yield Document(
            title=_capitalised(currency.name),
            body=" ".join([whose, *_also_known(currency.also)]),
            url=f"atlas://currencies/{code}",
            names=(code, *currency.also),
        )


def _languages(facts: Facts) -> Iterator[Document]:
    everywhere = facts.countries
    for name in sorted({name for c in facts.by_code.values() for name in (*c.languages, *c.spoken)}):
        official = [c for c in everywhere if name in c.languages]
        spoken = [c for c in everywhere if name in c.spoken]
        sentences = [f"{name} is an official language of {_of_countries(official)}."] if official else []
        names = facts.names.languages.get(name, ())
        also = "also " if official else ""
        sentences += [f"{name} is {also}widely spoken in {_of_countries(spoken)}."] if spoken else []
        if not sentences:
            parts = [c for c in facts.by_code.values() if name in c.languages]
            sentences = [f"{name} is an official language of {listed(c.named for c in parts)}."]
        yield Document(
            title=f"{name} language",
            body=" ".join([*sentences, *_also_known(names)]),
            url=f"atlas://languages/{_slug(name)}",
            names=(name, *names),
        )


def _regions(facts: Facts) -> Iterator[Document]:
    regions = facts.names.regions
    for code, region in regions.items():
        inside = sorted(other.name.removeprefix("the ") for other in regions.values() if other.of == code)
        codes = {code} | {other for other, facts_of in regions.items() if facts_of.of == code}
        members = [c for c in facts.countries if c.region in codes]
        own = [c.named for c in members if c.kind != "territory"]
        territories = [c.named for c in members if c.kind == "territory"]
        what = f"a region of {regions[region.of].name}" if region.of else "a continent"
        sentences = [f"{_capitalised(region.name)} is {'an ocean' if 'Ocean' in region.name else what}."]
        sentences += [f"Its regions are {listed(inside)}."] if inside else []
        sentences += _in_it("country", "countries", own) + _in_it("territory", "territories", territories)
        yield Document(
            title=_capitalised(region.name.removeprefix("the ")),
            body=" ".join(sentences),
            url=f"atlas://regions/{code}",
            names=region.also,
        )


def _in_it(one: str, many: str, names: list[str]) -> list[str]:
    return [f"It has {len(names)} {one if len(names) == 1 else many}: {listed(names)}."] if names else []


def _of_countries(countries: list[Country]) -> str:
    names = listed(c.named for c in countries)
    if len(countries) == 1:
        return names
    kinds = {"territories" if c.kind == "territory" else "countries" for c in countries}
    return f"{len(countries)} {' and '.join(sorted(kinds))}: {names}"


def _also_known(names: Iterable[str]) -> list[str]:
    spoken = listed(name for name in names if "." not in name)
    return [f"It is also known as {spoken}."] if spoken else []


def _counted(one: str, many: str, items: Iterable[str]) -> list[str]:
    names = list(items)
    return [f"{one if len(names) == 1 else many} {listed(names)}."] if names else []


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-").replace("'", "")
