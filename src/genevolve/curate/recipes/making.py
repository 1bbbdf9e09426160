"""Makes the requests of a split: which category comes when, about which country, and how hard it is."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from random import Random
from typing import Literal, TypeVar

from ...records import Request, Track
from ...records.recipe import Recipe, WantedReference, WantedText
from ...search.atlas.articles import FOLDER, Country, flag_pictures
from ...store.images import ImageStore
from .countries import Countries, Split
from .pictures import Order, Picture, Thing, compose, one_inside_another
from .riddles import Riddle, write_riddles
from .words import TITLES
from .writing import write

Difficulty = Literal["easy", "medium", "hard"]
T = TypeVar("T")

_KNOWLEDGE, _QUALITY = Track.KNOWLEDGE_ANCHORED, Track.QUALITY_ANCHORED
_TRACKS = (_KNOWLEDGE, _KNOWLEDGE, _QUALITY, _KNOWLEDGE, _QUALITY)
"""Three fifths and two fifths, as of the published recipes (11,999 and 7,991)."""
_CATEGORIES: dict[Track, tuple[str, ...]] = {
    _KNOWLEDGE: tuple(
        "capital capital capital currency currency currency border border border joint joint joint language language "
        "people two_step two_step two_step two_step two_flags two_flags two_flags found_text found_text".split()
    ),
    _QUALITY: tuple(
        "counting counting counting binding binding binding layout layout layout text text text "
        "flag flag flags flags".split()
    ),
}
"""What comes in each round of a track, in an order that the seed decides."""
_RIDDLES = ("capital", "currency", "border", "joint", "language", "people", "two_step")
_ONE_STEP = ("capital", "capital", "capital", "currency", "currency", "border", "border", "language", "people")
_FOUND = Order(objects=(0, 0, 1, 1, 1, 2), texts=(0, 1, 1))
_PAIR = Order(objects=(0, 1), counts=(1, 2, 3, 4), texts=(0, 1))
_ORDERS: dict[str, Order] = {
    "counting": Order(objects=(2, 2, 3), counts=tuple(range(2, 10)), texts=(0, 0, 1), colours=0.4, arranged=0.5),
    "binding": Order(objects=(2, 3, 3), counts=(1, 1, 2, 3), texts=(0, 0, 1), colours=1.0),
    "layout": Order(objects=(2, 2, 3), counts=(1, 1, 2, 3, 5), texts=(0, 0, 1), colours=0.5, told="always"),
    "text": Order(objects=(0, 1), texts=(1, 2, 2), colours=0.8, background=0.7, told="always", titles=TITLES),
    "flag": Order(objects=(1, 1, 2), texts=(1,), background=0.6, told="always"),
    "flags": Order(objects=(0, 1, 1), counts=(1, 2, 3, 4), texts=(0, 1, 1), background=0.6),
}
_TRIES = 100


def make_requests(split: Split, *, count: int = 400, seed: int = 0, images: ImageStore) -> list[Request]:
    """Requests with their recipes; equal arguments give equal requests, and a smaller count gives the first of them.

    Args:
        split: whose countries they are about; no country is in two.
        count: how many.
        seed: changes phrasing, pictures and the order of riddles, not which country belongs to which split.
        images: receives the right picture of every reference, under the digest that the recipe names.
    """
    return list(_Maker(Countries.load(), split, seed=seed, images=images).make(count))


def difficulty_of(recipe: Recipe) -> Difficulty:
    """How much has to go right: facts, references, kinds of objects, texts and relations are a point each.

    Up to three points are easy, four and five medium, more are hard.
    """
    parts = (recipe.facts, recipe.references, recipe.objects, recipe.texts, recipe.relations)
    points = sum(map(len, parts))
    return "easy" if points <= 3 else "medium" if points <= 5 else "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A category with what its picture is about, before anything is composed."""

    category: str
    subjects: tuple[Thing, ...]
    order: Order


class _Maker:
    """The requests of one split and seed."""

    def __init__(self, countries: Countries, split: Split, *, seed: int, images: ImageStore) -> None:
        self._countries = countries
        self._split = split
        self._seed = seed
        self._images = images
        self._own = countries.of_split(split)
        self._flags = {picture.title: picture.file for picture in flag_pictures(countries.facts)}
        self._riddles = {
            kind: self._endless(kind, riddles, lambda riddle: riddle.answer.code)
            for kind, riddles in write_riddles(countries, split).items()
        }
        self._named = self._endless("named", self._own, lambda country: country.code)

    def make(self, count: int) -> Iterator[Request]:
        """Requests, in order."""
        categories = {track: self._rounds(track) for track in _TRACKS}
        seen: set[str] = set()
        for index in range(count):
            track = _TRACKS[index % len(_TRACKS)]
            request = self._request(index, track, next(categories[track]), seen)
            seen.add(request.text)
            yield request

    def _rounds(self, track: Track) -> Iterator[str]:
        known = {*self._riddles, *_ORDERS, "two_flags", "found_text"}
        categories = [category for category in _CATEGORIES[track] if category in known]
        rng = self._random(track.value)
        while True:
            rng.shuffle(categories)
            yield from tuple(categories)

    def _request(self, index: int, track: Track, category: str, seen: set[str]) -> Request:
        rng = self._random(f"request {index}")
        for _ in range(_TRIES):
            draft = self._draft(category, rng)
            picture = compose(draft.subjects, draft.order, rng)
            text = write(picture, rng)
            if text not in seen and self._is_fair(text, picture):
                break
        else:
            raise AssertionError(f"no fair request of category {category!r} in {_TRIES} tries")
        recipe = picture.recipe()
        for reference in recipe.references:
            assert reference.digest in self._images
        return Request(
            id=f"sketch-{self._split}-{index + 1:04d}",
            text=text,
            track=track,
            category=category,
            difficulty=difficulty_of(recipe),
            recipe=recipe,
        )

    def _draft(self, category: str, rng: Random) -> _Draft:
        if category in _RIDDLES:
            return _Draft(category=category, subjects=(self._found_flag(next(self._riddles[category])),), order=_FOUND)
        if category == "two_flags":
            return _Draft(category=category, subjects=self._two_flags(rng), order=_PAIR)
        if category == "found_text":
            subjects = rng.choice((self._flag_and_capital, self._name_alone, self._named_and_capital))(rng)
            objects = (0, 1, 1) if len(subjects) == 2 else (1, 1, 2)
            return _Draft(category=category, subjects=subjects, order=replace(_FOUND, objects=objects, texts=(0,)))
        order = _ORDERS[category]
        subjects: tuple[Thing, ...] = ()
        if category in {"flag", "flags"}:
            subjects = tuple(self._named_flag(next(self._named)) for _ in range(1 + (category == "flags")))
        elif category == "layout" and rng.random() < 0.3:
            subjects = one_inside_another(rng)
            order = replace(order, objects=(0, 1, 1))
        return _Draft(category=category, subjects=subjects, order=order)

    def _two_flags(self, rng: Random) -> tuple[Thing, Thing]:
        """One to be found, the other to be found or named, in either order."""
        kinds = [kind for kind in _ONE_STEP if kind in self._riddles]
        first = next(self._riddles[rng.choice(kinds)])
        others = [self._named] if rng.random() < 0.4 else []
        while True:
            second = next(others[0]) if others else next(self._riddles[rng.choice(kinds)])
            country = second.answer if isinstance(second, Riddle) else second
            if country.code != first.answer.code:
                break
        things = [
            self._found_flag(first),
            self._found_flag(second) if isinstance(second, Riddle) else self._named_flag(second),
        ]
        rng.shuffle(things)
        return things[0], things[1]

    def _flag_and_capital(self, rng: Random) -> tuple[Thing, ...]:
        kinds = [kind for kind in ("currency", "border", "joint", "two_step") if kind in self._riddles]
        while True:
            riddle = next(self._riddles[rng.choice(kinds)])
            if city := self._plain_capital(riddle.answer):
                return self._found_flag(riddle), Thing(wanted=WantedText(text=city), riddle=riddle, of="capital")

    def _named_and_capital(self, rng: Random) -> tuple[Thing, ...]:
        del rng
        country = next(country for country in self._named if self._plain_capital(country))
        text = WantedText(text=self._plain_capital(country))
        return self._named_flag(country), Thing(wanted=text, of="capital", country=country.named)

    def _name_alone(self, rng: Random) -> tuple[Thing, ...]:
        """The name of a country that has one name and needs no article."""
        kinds = [kind for kind in _RIDDLES if kind in self._riddles]
        while True:
            riddle = next(self._riddles[rng.choice(kinds)])
            if not riddle.answer.also and not riddle.answer.article:
                return (Thing(wanted=WantedText(text=riddle.answer.name), riddle=riddle, of="name"),)

    def _plain_capital(self, country: Country) -> str:
        """The capital, where there is one, under one name, that is not the country's; else nothing."""
        known_otherwise = country.capitals and country.capitals[0] in self._countries.facts.names.cities
        if len(country.capitals) != 1 or country.note or known_otherwise or country.capitals[0] == country.name:
            return ""
        return country.capitals[0]

    def _found_flag(self, riddle: Riddle) -> Thing:
        return Thing(wanted=self._reference(riddle.answer), riddle=riddle)

    def _named_flag(self, country: Country) -> Thing:
        return Thing(wanted=self._reference(country), country=country.named)

    def _reference(self, country: Country) -> WantedReference:
        data = (FOLDER / "flags" / self._flags[f"Flag of {country.named}"]).read_bytes()
        return WantedReference(entity=country.name, digest=self._images.add(data))

    def _is_fair(self, text: str, picture: Picture) -> bool:
        """No answer is named in it, and no country of another split."""
        own = {country.code for country in self._own}
        if {code for code in self._countries.named_in(text) if code in self._countries.split_of} - own:
            return False
        for thing in picture.things:
            if thing.of == "capital" and thing.name in text:
                return False
            for riddle in thing.riddle.passed if thing.riddle else ():
                if self._countries.gives_away(text, riddle.answer, told=riddle.told):
                    return False
        return True

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._split} {self._seed} {purpose}")

    def _endless(self, purpose: str, items: list[T], answer: Callable[[T], str]) -> Iterator[T]:
        """The items over and over: one of each answer, then a second of each, and so on."""
        rng = self._random(purpose)
        by_answer: defaultdict[str, list[T]] = defaultdict(list)
        for item in items:
            by_answer[answer(item)].append(item)
        groups = list(by_answer.values())
        while True:
            rng.shuffle(groups)
            for group in groups:
                rng.shuffle(group)
            for layer in zip_longest(*groups):
                yield from (item for item in layer if item is not None)
