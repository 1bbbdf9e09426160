"""Writes the request for a picture, in one of six manners, each with many turns of phrase.

The manners are ways in which people ask: a list, instructions, a description,
notes, a chat, and a question that is set first. They are chosen without
regard to what any reader of requests understands.
"""

from random import Random

from ...records.recipe import WantedObject, WantedReference, WantedText
from .asking import ask
from .phrases import Phrases
from .pictures import Picture, Thing
from .words import MEDIA

_LIST_OPENINGS = (
    "A {m} with", "{M} with", "Make a {m} with", "Please make me a {m} with", "I need a {m} showing",
    "I'd like a {m} with", "Can you make a {m} with", "Could you draw a {m} with", "Looking for a {m} with",
    "Draw a {m} showing", "Generate a {m} featuring", "design a {m} with", "A simple {m} showing", "Create a {m} with",
    "A {m} that shows", "Would you make a {m} that has", "One {m}, please, with", "a plain {m} with",
    "Show me a {m} with", "We want a {m} with",
)  # fmt: skip
_COLON_OPENINGS = ("{M}:", "A {m}:", "Draw a {m}:", "I need a {m}:", "{M} -", "New {m}:", "For a {m}:")
_TASKS = (
    "Design a {m}.", "Make a {m}.", "I need a {m}.", "Let's make a {m}.", "Please create a {m} for {e}.",
    "Make me a {m} for {e}.", "I want a {m}.", "Draw a {m} for {e}.", "Could you design a {m} for {e}?",
    "Can you help me with a {m}?", "Here is what I want on the {m}.", "Please draw a {m} as follows.",
)  # fmt: skip
_CHATS = (
    "Hi! We're doing something for {e} and need a {m}.", "Hello, I'm making a {m} for {e}.",
    "My daughter asked me for a {m}.", "We are decorating for {e} and I promised a {m}.",
    "hey, quick one: I need a {m}.", "So I was asked to make a {m} for {e}.", "I run a small shop and want a new {m}.",
    "Good morning! A {m} is needed for {e}.", "We lost our old {m} and need another.", "Could use a {m} for {e}.",
)  # fmt: skip
_EVENTS = (
    "a quiz night", "the geography club", "our school fair", "a birthday", "the local library", "a travel evening",
    "an exhibition", "a class project", "the sports club", "a charity run", "our café", "a street party",
    "a language course", "the museum shop", "a board game",
)  # fmt: skip
_TOPIC_MEDIA = (
    "Make a {m} with", "Draw a {m} with", "I want a {m} with", "Put together a {m} showing", "Then make a {m} with",
    "Design a {m} that has", "Now a {m} with", "The {m} should have", "Give me a {m} with",
)  # fmt: skip
_THANKS = (
    " Keep it simple.",
    " Thanks!",
    " Thank you.",
    " Nothing fancy.",
    " Flat style, please.",
    " Please keep it tidy.",
)
_ENDINGS = ("",) * 9 + _THANKS
_CHAT_ENDINGS = (
    "",
    " Thanks!",
    " Many thanks.",
    " That's all.",
    " Thanks in advance!",
    " Could you do that?",
    " Cheers",
)
_WISHES = (
    "I'd like {}",
    "It should have {}",
    "Could you give it {}",
    "I'm thinking of {}",
    "Please use {}",
    "We want {}",
)
_ALSO = ("Also {}.", "And then {}, please.", "Plus {}.", "Apart from that, {}.", "We also want {}.", "And {}.")
_ON = ("on a {} background", "against a {} background", "on {} paper", "on a plain {} background")
_BACKGROUND = (
    "The background is {}.", "Use a {} background.", "Background: {}.", "Make the background {}.",
    "All of it on a {} background.", "Keep the background plain {}.", "The background should be {}.",
)  # fmt: skip


def write(picture: Picture, rng: Random) -> str:
    """A request for the picture."""
    described = [thing for thing in picture.things if thing.riddle is not None]
    flags = sum(isinstance(thing.wanted, WantedReference) for thing in picture.things)
    if described and flags < 2 and rng.random() < 0.3:
        return _Writer(picture, rng, topic=True).after_a_question(described[0])
    writer = _Writer(picture, rng, topic=False)
    return rng.choice(
        (writer.as_list, writer.as_list, writer.as_orders, writer.as_description, writer.as_notes, writer.as_chat)
    )()


class _Writer:
    """One request in the making."""

    def __init__(self, picture: Picture, rng: Random, *, topic: bool) -> None:
        self._picture = picture
        self._rng = rng
        self._medium = rng.choice(MEDIA)
        self._topic = topic
        self._say = Phrases(picture.things, rng, topic=topic)
        named_by_another = {
            relation.object
            for thing in picture.things
            if isinstance(thing.wanted, WantedReference)
            for relation in thing.relations
        }
        self._things = [thing for thing in picture.things if thing.name not in named_by_another]

    def as_list(self) -> str:
        """ "A poster with the flag of Chad in the middle, two stars above it and …"."""
        if self._rng.random() < 0.3:
            return self._as_colon_list()
        opening = self._opened(self._rng.choice(_LIST_OPENINGS))
        background = self._on_background()
        early = self._rng.random() < 0.4 and not opening.endswith((" has", " shows"))
        if background and early:
            head, _, last = opening.rpartition(" ")
            opening, background = f"{head} {background} {last}", ""
        items = self._items()
        if background:
            items[-1] += f", {background}" if len(items) > 1 else f" {background}"
        return self._ended(f"{opening} {self._listed(items)}", opening)

    def after_a_question(self, described: Thing) -> str:
        """ "Which country has Maseru as its capital? Draw its flag …"."""
        assert described.riddle is not None
        question = ask(described.riddle, self._rng)
        if self._rng.random() < 0.5:
            sentences = [self._opened(self._rng.choice(_TOPIC_MEDIA)) + f" {self._listed(self._items())}."]
            sentences += self._background()
        else:
            task = self._opened(self._rng.choice(_TASKS))
            sentences = [task, *self._orders(), *self._background()]
        return " ".join([question, *sentences]) + self._rng.choice(_ENDINGS)

    def as_orders(self) -> str:
        """ "Design a poster. Put … in the middle. Above it, draw …"."""
        sentences = self._with_background([*self._orders()])
        return " ".join([self._opened(self._rng.choice(_TASKS)), *sentences]) + self._rng.choice(_ENDINGS)

    def as_description(self) -> str:
        """ "The poster shows … In the middle there are …"."""
        first, *others = self._things
        shows = self._rng.choice(("shows", "has", "features", "carries"))
        sentences = [f"The {self._medium} {shows} {self._item(first)}."]
        sentences += [self._stated(thing, before) for before, thing in zip(self._things, others, strict=False)]
        return " ".join(self._with_background(sentences)) + self._rng.choice(_ENDINGS)

    def as_notes(self) -> str:
        """A heading and a line, or a half-sentence, for each thing."""
        items = [self._noted(thing) for thing in self._things]
        if colour := self._picture.background:
            line = self._rng.choice((f"{colour} background", f"background {colour}"))
            items.insert(self._rng.choice((0, len(items))), line)
        heading = _capital(self._medium)
        match self._rng.randrange(4) if len(items) > 1 else 3:
            case 0:
                return "\n".join([f"{heading}:", *(f"- {item}" for item in items)])
            case 1:
                return "\n".join([heading, *(f"{number}. {item}" for number, item in enumerate(items, 1))])
            case 2:
                return f"{heading}. " + " ".join(f"{_capital(item)}." for item in items)
            case _:
                return f"{heading}: " + "; ".join(items)

    def as_chat(self) -> str:
        """A greeting, an occasion, and wishes."""
        opening = self._opened(self._rng.choice(_CHATS))
        first, *others = self._items()
        wish = self._rng.choice(_WISHES)
        end = "?" if wish.startswith("Could") else "."
        sentences = [wish.format(first) + end]
        if others:
            also = self._rng.choice(_ALSO)
            sentences.append(also.format(self._listed(others)))
        return " ".join([opening, *sentences, *self._background()]) + self._rng.choice(_CHAT_ENDINGS)

    def _as_colon_list(self) -> str:
        items = [*self._items(), *filter(None, [self._on_background()])]
        opening = self._opened(self._rng.choice(_COLON_OPENINGS))
        separator = self._rng.choice(("; ", ", ", " + "))
        return f"{opening} {separator.join(items)}" + self._rng.choice((".", ""))

    def _items(self) -> list[str]:
        befores = [None, *self._things]
        return [self._item(thing, before) for before, thing in zip(befores, self._things, strict=False)]

    def _item(self, thing: Thing, before: Thing | None = None) -> str:
        what, where = self._say.what(thing), self._say.where(thing, before)
        if not where:
            return what
        if not self._is_long(thing):
            return f"{what} {where}"
        if before is not None and self._rng.random() < 0.6:
            return f"{where} {what}"
        alone = len(self._things) == 1
        return self._rng.choice(
            (f"{what} ({where})", f"{what}, {where}", f"{what}, placed {where}")[: 3 if alone else 1]
        )

    def _noted(self, thing: Thing) -> str:
        what, where = self._say.what(thing), self._say.where(thing)
        if what.startswith("the ") and self._rng.random() < 0.7:
            what = what.removeprefix("the ")
        return self._rng.choice((f"{what}, {where}", f"{what} ({where})", f"{what} {where}")) if where else what

    def _orders(self) -> list[str]:
        befores = [None, *self._things]
        return [self._ordered(thing, before) for before, thing in zip(befores, self._things, strict=False)]

    def _ordered(self, thing: Thing, before: Thing | None) -> str:
        where = self._say.where(thing, before)
        if isinstance(thing.wanted, WantedText) and self._rng.random() < 0.6:
            return self._ordered_words(thing, where)
        what = self._say.what(thing)
        verb = self._rng.choice(("put", "place", "draw", "add", "show"))
        if not thing.is_placed:
            what = f"{what} {where}".rstrip()
            return self._rng.choice((f"Show {what}.", f"Draw {what}.", f"There should be {what}.", f"Include {what}."))
        first = (f"{_capital(where)}, {verb} {what}.", f"{_capital(where)} goes {what}.")
        if self._is_long(thing):
            return self._rng.choice(first)
        return self._rng.choice((f"{_capital(verb)} {what} {where}.", first[0], f"I want {what} {where}."))

    def _ordered_words(self, thing: Thing, where: str) -> str:
        words = self._say.plain_words(thing)
        verb = self._rng.choice(("write", "set", "print", "letter"))
        if where and self._rng.random() < 0.4:
            return f"{_capital(where)}, {verb} {words}."
        comma = "," if self._is_long(thing) else ""
        return f"{_capital(verb)} {words}{comma} {where}.".replace(" .", ".").replace(",.", ".")

    def _stated(self, thing: Thing, before: Thing) -> str:
        where, what = self._say.where(thing, before), self._say.what(thing)
        many = what.startswith("the words") or (isinstance(thing.wanted, WantedObject) and thing.wanted.count > 1)
        be = "are" if many else "is"
        if not thing.is_placed:
            what = f"{what} {where}".rstrip()
            return self._rng.choice((f"There {be} also {what}.", f"It also has {what}."))
        if self._is_long(thing):
            return f"{_capital(where)} {be} {what}."
        stands = self._rng.choice((be, "stand" if many else "stands", "appear" if many else "appears"))
        first = f"{_capital(where)} there {be} {what}."
        return self._rng.choice((f"{_capital(what)} {stands} {where}.", first, f"There {be} {what} {where}."))

    def _is_long(self, thing: Thing) -> bool:
        """A description stands in it, which what follows could be taken for a part of."""
        is_flag = isinstance(thing.wanted, WantedReference)
        seen_from = {relation.object for relation in thing.relations} if is_flag else set[str]()
        described = {one.name for one in self._things_described()}
        return bool(described & {thing.name, *seen_from})

    def _things_described(self) -> list[Thing]:
        """Those that are named by a description in full."""
        if self._topic:
            return []
        return [thing for thing in self._picture.things if thing.riddle is not None and thing.of != "capital"]

    def _with_background(self, sentences: list[str]) -> list[str]:
        """Mostly last, sometimes first."""
        told = self._background()
        is_early = self._rng.random() < 0.25 and not sentences[0].startswith("The ")
        return [*told, *sentences] if is_early else [*sentences, *told]

    def _background(self) -> list[str]:
        colour = self._picture.background
        return [self._rng.choice(_BACKGROUND).format(colour)] if colour else []

    def _on_background(self) -> str:
        colour = self._picture.background
        return self._rng.choice(_ON).format(colour) if colour else ""

    def _listed(self, items: list[str]) -> str:
        """With commas, and "and" before the last."""
        if len(items) < 2:
            return "".join(items)
        comma = "," if len(items) > 2 and self._rng.random() < 0.5 else ""
        joint = self._rng.choice(("and", "and", "plus", "as well as"))
        return f"{', '.join(items[:-1])}{comma} {joint} {items[-1]}"

    def _opened(self, opening: str) -> str:
        said = opening.format(m=self._medium, M=_capital(self._medium), e=self._rng.choice(_EVENTS))
        vowel = self._medium[0] in "aeiou"
        return (
            said.replace(f" a {self._medium}", f" an {self._medium}").replace(f"A {self._medium}", f"An {self._medium}")
            if vowel
            else said
        )

    def _ended(self, text: str, opening: str) -> str:
        if opening.startswith(("Can ", "Could ", "Would ")):
            return f"{text}?"
        end = self._rng.choice((".", ".", ".", ""))
        return text + (end + self._rng.choice(_ENDINGS) if end else end)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
