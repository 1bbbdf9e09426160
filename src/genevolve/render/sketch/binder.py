"""Phrases to bindings: walks the phrases of a prompt and keeps what each place, relation and colour is said of.

The rules are those of plain prose. A place or relation belongs to what stands
before it in its clause ("a dog on the left"), or, at the head of a clause, to
what comes next ("on the left, a dog"). "The X" is the X spoken of before.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from ...language.nouns import plural, singular
from ...language.positions import Arrangement, Place, Relation
from . import lexicon
from .marks import Extent, Kind, Mark, Named, place_value
from .phrases import Element, Phrase
from .reading import Item, Picture, Reading, Thing, Tie, TypeStyle, Wording
from .scenery import Scenery
from .wording import TYPE_ADJECTIVES, with_words

_PLACES_FROM_RELATIONS = {
    Relation.ABOVE: Place.TOP, Relation.BELOW: Place.BOTTOM, Relation.LEFT_OF: Place.LEFT, Relation.RIGHT_OF: Place.RIGHT,
}  # fmt: skip
_TO_A_PICTURE = frozenset(
    "from in of shown seen as taken using exactly is depicted provided given appearing drawn by based copied ( ,".split()
)
_LINKS = frozenset("from in of shown as using by depicted based".split())
_FROM_A_PICTURE = frozenset("as shows showing is depicts depicting for of contains ( , which that :".split())
_JOINERS = frozenset(("and", "&", ",", "with", "plus", "or"))
MAX_ITEMS = 400
_PAIRED = frozenset(
    "pants jeans trousers shorts scissors glasses sunglasses skis binoculars pliers headphones goggles".split()
)


@dataclass(slots=True, kw_only=True)
class _Clause:
    """What is known while one clause is walked."""

    elements: list[Element]
    index: int = 0
    items: list[Item] = field(default_factory=list[Item])
    chain: list[Item] = field(default_factory=list[Item])
    """Things joined by "and", of which a place is said together."""
    is_list: bool = False
    """The chain has its "and"; things that only commas join are spoken of one by one."""
    since: list[str] = field(default_factory=list[str])
    """Words since the last item."""
    front_place: Place | None = None
    front_relation: Relation | None = None
    front_target: Item | None = None
    relation: Relation | None = None
    sources: list[Item] = field(default_factory=list[Item])
    between: Item | None = None
    arrangement: Arrangement | None = None
    extent: Extent | None = None
    comparison: tuple[Item, float] | None = None
    lead: list[Phrase] = field(default_factory=list[Phrase])
    """What was said of type before the quoted text that it is said of."""
    describes: bool = False
    """The last words gave the last item its colour."""
    negates_next: bool = False
    negates_all: bool = False

    @property
    def spoken_of(self) -> list[Item]:
        """What a place or relation is said of."""
        alike = [item for item in self.chain if type(item) is type(self.items[-1])] if self.is_list else self.items[-1:]
        # What stands on a sign goes where the sign goes.
        return [item.host if isinstance(item, Wording) and item.host is not None else item for item in alike]

    @property
    def last(self) -> Item | None:
        return self.items[-1] if self.items else None


class Binder:
    """Reads clause after clause; `finish` gives what they bind."""

    def __init__(self, pictures: list[Picture]) -> None:
        self._reading = Reading(items=list[Item](pictures))
        self._pictures = pictures
        self._topic: Item | None = None
        self._wording: Wording | None = None
        self._scenery = Scenery()
        self._has_begun = False
        self._prompt = ""

    def bind(self, elements: list[Element], prompt: str) -> None:
        """Take in one clause."""
        self._prompt = prompt
        clause = _Clause(elements=elements)
        self._scenery.begin_clause()
        for index, element in enumerate(elements):
            clause.index = index
            if isinstance(element, Phrase):
                self._bind_phrase(clause, element)
            else:
                self._bind_mark(clause, element)
        if clause.items:
            self._topic = clause.items[0]

    def finish(self) -> Reading:
        """What all clauses bind."""
        reading = self._reading
        for item in reading.items:
            # What nobody styled is set in bold where it has to be seen first.
            if isinstance(item, Wording) and item.style == TypeStyle() and (item.rank == "title" or item.host):
                item.style = TypeStyle(bold=True)
        reading.background = self._scenery.background
        reading.border = self._scenery.border
        seen: set[str] = set()
        said = [words for words in reading.not_understood if not (words.lower() in seen or seen.add(words.lower()))]
        reading.not_understood = said
        return reading

    # Marks

    def _bind_mark(self, clause: _Clause, mark: Mark) -> None:
        match mark.kind:
            case Kind.QUOTE:
                self._bind_quote(clause, mark)
            case Kind.REFERENCE:
                self._bind_reference(clause, mark)
            case Kind.EXTENT:
                assert isinstance(mark.value, Extent)
                self._bind_extent(clause, mark.value)
            case Kind.COMPARISON:
                if clause.last is not None and isinstance(mark.value, float):
                    clause.comparison = (clause.last, mark.value)
            case Kind.PLACE:
                self._bind_place(clause, mark)
            case Kind.RELATION:
                self._bind_relation(clause, mark)
            case Kind.ARRANGEMENT:
                self._bind_arrangement(clause, mark)
            case Kind.COMMA:
                clause.since.append(mark.text)
                clause.relation = None
            case _:
                self._bind_word(clause, mark)

    def _bind_quote(self, clause: _Clause, mark: Mark) -> None:
        if clause.negates_all or clause.negates_next:
            return
        wording = Wording(text=mark.text)
        for phrase in clause.lead:
            self._say_type(wording, phrase)
        clause.lead = []
        words = {word.lower() for word in clause.since}
        for word in words & lexicon.TITLE_WORDS.keys():
            wording.rank = lexicon.TITLE_WORDS[word]
        host = clause.last
        if isinstance(host, Thing) and not words & {",", ";"}:
            on_surface = singular(host.noun.split()[-1].lower()) in lexicon.SURFACES and (not words or "with" in words)
            if (words & lexicon.SAYING_VERBS and "and" not in words) or on_surface:
                wording.host = host
        self._reading.items.append(wording)
        self._wording = wording
        self._take_place(clause, wording)

    def _bind_reference(self, clause: _Clause, mark: Mark) -> None:
        assert isinstance(mark.value, Named)
        number = mark.value.number
        if number is None:
            chosen = self._pictures if not mark.value.lone or len(self._pictures) == 1 else []
        else:
            chosen = [picture for picture in self._pictures if picture.ordinal == number]
        for picture in chosen:
            picture.named = True
            if picture is not clause.last:
                self._take_place(clause, picture)

    def _bind_extent(self, clause: _Clause, extent: Extent) -> None:
        if clause.last is None:
            clause.extent = extent
        else:
            _extend(clause.last, extent)

    def _bind_place(self, clause: _Clause, mark: Mark) -> None:
        place = place_value(mark)
        assert isinstance(place, Place)
        if self._is_inside_a_thing(clause):
            clause.relation, clause.sources = Relation.INSIDE, clause.chain[-1:]
            return
        heads_a_phrase = clause.since[-1:] and clause.since[-1] in _JOINERS and self._new_thing_follows(clause)
        targets = [item for item in clause.spoken_of if item.place is None]
        if heads_a_phrase or not targets:
            clause.front_place = place
            return
        for item in targets:
            item.place = place
        clause.chain = []

    def _is_inside_a_thing(self, clause: _Clause) -> bool:
        """Whether "of" and something on the canvas follow: "in the centre of the table"."""
        follows = clause.elements[clause.index + 1 : clause.index + 3]
        if len(follows) < 2 or not isinstance(follows[0], Mark) or follows[0].text.lower() != "of" or not clause.chain:
            return False
        if isinstance(follows[1], Phrase):
            return bool(follows[1].nouns) and follows[1].head not in lexicon.CANVAS_NOUNS
        return follows[1].kind is Kind.REFERENCE

    def _new_thing_follows(self, clause: _Clause) -> bool:
        follows = clause.elements[clause.index + 1 : clause.index + 2]
        if not follows:
            return False
        element = follows[0]
        if isinstance(element, Phrase):
            return bool(element.nouns) and (element.count is not None or element.determiner in lexicon.INDEFINITE)
        return element.kind is Kind.QUOTE

    def _bind_relation(self, clause: _Clause, mark: Mark) -> None:
        relation = place_value(mark)
        assert isinstance(relation, Relation)
        before = clause.elements[clause.index - 1] if clause.index else None
        if (
            isinstance(before, Phrase)
            and not before.nouns
            and before.determiner == "the"
            and relation in _PLACES_FROM_RELATIONS
        ):
            self._set_place(clause, _PLACES_FROM_RELATIONS[relation])
        elif self._each_follows(clause) and clause.chain:
            if relation is Relation.BESIDE:
                for left, right in pairwise(clause.chain):
                    self._tie(relation, right, left)
                return
            others = [item for item in clause.items if item not in clause.chain][-len(clause.chain) :]
            for item, other in zip(clause.chain, others, strict=False):
                self._tie(relation, item, other)
        elif self._target_follows(clause):
            if clause.last is None:
                clause.front_relation = relation
            else:
                clause.relation, clause.sources = relation, clause.spoken_of
        elif len(clause.items) > 1:
            self._tie(relation, clause.items[-1], clause.items[-2])
        elif relation in _PLACES_FROM_RELATIONS:
            self._set_place(clause, _PLACES_FROM_RELATIONS[relation])

    def _each_follows(self, clause: _Clause) -> bool:
        follows = clause.elements[clause.index + 1] if clause.index + 1 < len(clause.elements) else None
        return isinstance(follows, Phrase) and follows.determiner == "each" and not follows.nouns

    def _set_place(self, clause: _Clause, place: Place) -> None:
        targets = [item for item in clause.spoken_of if item.place is None]
        for item in targets:
            item.place = place
        if not targets:
            clause.front_place = place
        clause.chain = []
        clause.relation = None

    def _target_follows(self, clause: _Clause) -> bool:
        """Whether what comes next can be what something is placed by."""
        for element in clause.elements[clause.index + 1 : clause.index + 4]:
            if isinstance(element, Phrase):
                if element.nouns:
                    return True
                continue
            if element.kind in {Kind.REFERENCE, Kind.QUOTE}:
                return True
            if element.kind is not Kind.WORD:
                return False
            if element.text.lower() in lexicon.PRONOUNS:
                return True
            if element.text.lower() in {"and", "or", "is", "are"}:
                return False
        return False

    def _bind_arrangement(self, clause: _Clause, mark: Mark) -> None:
        arrangement = place_value(mark)
        assert isinstance(arrangement, Arrangement)
        things = [item for item in clause.items if isinstance(item, Thing)]
        if not things or mark.text.lower().endswith("of"):
            clause.arrangement = arrangement
            if isinstance(self._topic, Thing) and clause.last is self._topic:
                self._topic.arrangement = arrangement
        else:
            things[-1].arrangement = things[-1].arrangement or arrangement

    # Words

    def _bind_word(self, clause: _Clause, mark: Mark) -> None:
        word = mark.text.lower()
        clause.since.append(word)
        if word in lexicon.CLAUSE_NEGATIONS:
            clause.negates_all = True
        elif word in lexicon.NEGATIONS or word in {"instead", "rather"}:
            clause.negates_next = True
        elif word in {"but", "however"}:
            clause.negates_all = clause.negates_next = False
        elif word in lexicon.PRONOUNS:
            self._bind_pronoun(clause)
        elif word in {"on", "onto", "upon", "atop", "in", "inside", "across"} and clause.last is not None:
            holds = word in {"in", "inside"}
            if clause.relation is None and (not holds or self._holder_follows(clause)):
                clause.relation, clause.sources = Relation.ON, clause.spoken_of
        elif (
            word not in lexicon.FUNCTION_WORDS and word not in lexicon.LAYOUT_VERBS and word not in lexicon.SAYING_VERBS
        ):
            if not (word.endswith("ly") or word in lexicon.TYPE_WORDS):
                self._reading.not_understood.append(mark.text)

    def _holder_follows(self, clause: _Clause) -> bool:
        element = clause.elements[clause.index + 1] if clause.index + 1 < len(clause.elements) else None
        if not isinstance(element, Phrase) or self._is_about_type(element):
            return False
        surface = isinstance(clause.last, Wording) and element.head in lexicon.SURFACES
        return element.head in lexicon.HOLDERS or surface

    def _bind_pronoun(self, clause: _Clause) -> None:
        topic = clause.items[-2] if len(clause.items) > 1 else self._topic
        if clause.relation is not None and topic is not None:
            self._relate(clause, topic)
        elif not clause.items and self._topic is not None:
            self._take_place(clause, self._topic)

    # Phrases

    def _bind_phrase(self, clause: _Clause, phrase: Phrase) -> None:
        is_first, self._has_begun = not self._has_begun, self._has_begun or bool(phrase.nouns)
        if self._is_negated(clause, phrase):
            return
        if self._scenery.takes(phrase, clause.since):
            clause.since = []
        elif self._is_about_type(phrase):
            self._bind_type(clause, phrase)
        elif not phrase.nouns:
            self._bind_description(clause, phrase)
        elif self._is_canvas(clause, phrase, is_first=is_first) or self._is_abstract(phrase):
            self._skip(phrase)
        else:
            for item in self._items_for(clause, phrase):
                self._take_place(clause, item)

    def _is_negated(self, clause: _Clause, phrase: Phrase) -> bool:
        if clause.negates_all or phrase.count == 0:
            return True
        if not clause.negates_next or not (phrase.nouns or phrase.colours or phrase.adjectives):
            return False
        # "no people, cars or trees" negates each; "no dogs, a cat" only the first.
        follows = clause.elements[clause.index + 1 : clause.index + 3]
        chained = (
            bool(follows) and isinstance(follows[0], Mark) and follows[0].text.lower() in {",", "or", "and", "nor"}
        )
        if chained and len(follows) > 1 and isinstance(follows[1], Phrase):
            chained = not follows[1].determiner and follows[1].count is None
        clause.negates_next = chained
        return True

    def _is_about_type(self, phrase: Phrase) -> bool:
        if any(word.lower() in lexicon.TYPE_WORDS for word in phrase.nouns[-1:]):
            return True
        return not phrase.nouns and self._wording is not None and bool(TYPE_ADJECTIVES.intersection(phrase.adjectives))

    def _bind_type(self, clause: _Clause, phrase: Phrase) -> None:
        """Said of the quoted text that follows at once, else of the last one before."""
        for element in clause.elements[clause.index + 1 : clause.index + 9]:
            if isinstance(element, Mark) and element.kind is Kind.QUOTE:
                clause.lead.append(phrase)
                clause.since += [word.lower() for word in phrase.nouns]
                return
            stops = (
                (element.kind is Kind.COMMA and element.text != ":") or element.text.lower() == "and"
                if isinstance(element, Mark)
                else False
            )
            if stops or (isinstance(element, Phrase) and element.nouns and not self._is_about_type(element)):
                break
        wording = self._wording_meant(clause, phrase)
        if wording is None:
            self._skip(phrase)
            return
        together = (
            [item for item in clause.chain if isinstance(item, Wording)] if wording in clause.chain else [wording]
        )
        for item in together:
            self._say_type(item, phrase)
        if wording not in clause.items:
            self._take_place(clause, wording)

    def _wording_meant(self, clause: _Clause, phrase: Phrase) -> Wording | None:
        here = [item for item in clause.items if isinstance(item, Wording)]
        if here:
            return here[-1]
        rank = next(
            (lexicon.TITLE_WORDS[word.lower()] for word in phrase.nouns if word.lower() in lexicon.TITLE_WORDS), None
        )
        earlier = [item for item in self._reading.items if isinstance(item, Wording)]
        return next((item for item in earlier if rank and item.rank == rank), self._wording)

    def _say_type(self, wording: Wording, phrase: Phrase) -> None:
        with_words(wording, [*phrase.adjectives, *phrase.nouns])
        for word in phrase.nouns:
            if word.lower() in lexicon.TITLE_WORDS and wording.rank == "text":
                wording.rank = lexicon.TITLE_WORDS[word.lower()]
        if phrase.colours:
            wording.colour = phrase.colours[0]
        wording.size *= _size(phrase)

    def _bind_description(self, clause: _Clause, phrase: Phrase) -> None:
        """Colours and sizes that stand alone: "the star is red", "… in red", "one red, two blue"."""
        last = clause.last
        if phrase.colours and isinstance(last, Wording):
            last.colour = last.colour or phrase.colours[0]
        elif phrase.colours and isinstance(last, Thing):
            if phrase.count is not None and last.count > 1:
                last.colours += phrase.colours[:1] * min(phrase.count, last.count)
            elif not last.colours or (clause.describes and set(clause.since) <= _JOINERS):
                last.colours += phrase.colours
            clause.describes = True
            clause.since = []
        elif phrase.colours:
            self._skip(phrase)
        if last is not None:
            last.size *= _size(phrase)
        left = [word for word in phrase.adjectives if word not in lexicon.SIZES and word not in lexicon.KEPT_ON_LABEL]
        self._reading.not_understood += left if not phrase.colours else []

    def _is_canvas(self, clause: _Clause, phrase: Phrase, *, is_first: bool) -> bool:
        if phrase.head not in lexicon.CANVAS_NOUNS:
            return False
        bare = not phrase.determiner and phrase.count is None
        if is_first or bare or phrase.is_definite or phrase.head not in lexicon.OBJECTS_TOO:
            several = phrase.is_plural and not is_first
            return not several and not (phrase.is_definite and self._known(phrase))
        return not clause.items

    def _is_abstract(self, phrase: Phrase) -> bool:
        return (
            phrase.head in lexicon.ABSTRACT_NOUNS
            and " ".join([*phrase.nouns[-2:-1], phrase.head]).lower() not in lexicon.COMPOUNDS
        )

    def _items_for(self, clause: _Clause, phrase: Phrase) -> list[Item]:
        """What the phrase means: something new, something spoken of, or all references of that name ("both flags")."""
        if (
            phrase.is_plural
            and (phrase.is_definite or phrase.determiner == "")
            and phrase.count in {None, len(self._pictures)}
        ):
            meant = [picture for picture in self._pictures if picture.aliases & {phrase.head, phrase.noun.lower()}]
            if len(meant) > 1:
                return list[Item](meant)
        return [self._item_for(clause, phrase)]

    def _item_for(self, clause: _Clause, phrase: Phrase) -> Item:
        picture = self._picture_meant(clause, phrase)
        if picture is not None:
            picture.aliases |= {phrase.noun.lower(), phrase.head}
            picture.size *= _size(phrase)
            return picture
        known = self._known(phrase) if phrase.is_definite or clause.since[-1:] == ["both"] else None
        if known is not None:
            known.colours = known.colours or list(phrase.colours)
            known.size *= _size(phrase)
            return known
        thing = self._new_thing(phrase)
        self._reading.items.append(thing)
        left = [w for w in phrase.adjectives if w not in lexicon.SIZES and w not in lexicon.KEPT_ON_LABEL]
        self._reading.not_understood += left
        return thing

    def _known(self, phrase: Phrase) -> Thing | None:
        things = [item for item in self._reading.items if isinstance(item, Thing)]
        same = [thing for thing in things if thing.noun.lower() == phrase.noun.lower()]
        alike = [thing for thing in things if singular(thing.noun.split()[-1].lower()) == phrase.head]
        return next(reversed(same), None) or (alike[-1] if len(phrase.nouns) == 1 and alike else None)

    def _new_thing(self, phrase: Phrase) -> Thing:
        if phrase.is_pair and phrase.head in _PAIRED:
            count = 1
        elif phrase.count is not None and not 1900 <= phrase.count <= 2100:
            count = phrase.count
        elif phrase.vague_count is not None:
            count = phrase.vague_count if phrase.is_plural else 1
        else:
            count = 3 if phrase.is_plural and phrase.determiner not in {"a", "an", "each", "every"} else 1
        return Thing(
            noun=phrase.noun,
            label=phrase.label,
            count=max(count, 1),
            colours=list(phrase.colours),
            arrangement=phrase.arrangement,
            size=_size(phrase),
        )

    def _picture_meant(self, clause: _Clause, phrase: Phrase) -> Picture | None:
        """The reference that shows what the phrase names: "the flag from the first reference image"."""
        after = clause.elements[clause.index + 1 : clause.index + 6]
        before = list(reversed(clause.elements[: clause.index]))[:5]
        named = _reach(after, _TO_A_PICTURE, needs=_LINKS) or _reach(before, _FROM_A_PICTURE, needs=frozenset())
        if named is not None and (phrase.is_definite or (phrase.count in {None, 1} and not phrase.is_plural)):
            found = [
                p for p in self._pictures if p.ordinal == named.number or (named.lone and len(self._pictures) == 1)
            ]
            if found:
                return found[0]
        if not phrase.is_definite and not phrase.tail:
            return None
        words = {phrase.noun.lower(), phrase.head}
        fitting = [picture for picture in self._pictures if picture.aliases & words]
        return fitting[0] if fitting and not self._known(phrase) else None

    # Binding together

    def _take_place(self, clause: _Clause, item: Item) -> None:
        """Give an item everything that waited for it, and let it be what the next words are said of."""
        joined = bool(clause.chain and clause.since) and all(word in _JOINERS for word in clause.since)
        tied = clause.relation is not None
        if clause.relation is not None:
            self._relate(clause, item)
        elif clause.front_relation is not None and clause.front_target is None:
            clause.front_target = item
        elif clause.front_relation is not None and clause.front_target is not None and item is not clause.front_target:
            self._tie(clause.front_relation, item, clause.front_target)
            clause.front_relation = clause.front_target = None
        elif clause.between is not None and "and" in clause.since:
            source, clause.between = clause.between, None
            self._tie(Relation.BETWEEN, source, item)
        if clause.front_place is not None and clause.front_target is not item:
            item.place = item.place or clause.front_place
            clause.front_place = None
        if clause.arrangement is not None and isinstance(item, Thing):
            item.arrangement, clause.arrangement = item.arrangement or clause.arrangement, None
        if clause.extent is not None:
            _extend(item, clause.extent)
            clause.extent = None
        if clause.comparison is not None:
            source, factor = clause.comparison
            source.size = min(max(item.size * factor, 0.1), 6.0)
            clause.comparison = None
        if joined and not tied:
            clause.chain.append(item)
            clause.is_list = clause.is_list or "and" in clause.since
        else:
            clause.chain = [item]
            clause.is_list = False
        clause.items.append(item)
        clause.since = []
        clause.describes = False

    def _relate(self, clause: _Clause, item: Item) -> None:
        relation, sources = clause.relation, clause.sources
        clause.relation, clause.sources = None, []
        for source in sources:
            if isinstance(source, Wording) and isinstance(item, Thing) and relation in {Relation.ON, Relation.INSIDE}:
                source.host = item
            elif relation is not None:
                self._tie(relation, source, item)
        if relation is Relation.BETWEEN and sources:
            clause.between = sources[0]

    def _tie(self, relation: Relation, item: Item, other: Item) -> None:
        if item is not other and len(self._reading.ties) < MAX_ITEMS:
            self._reading.ties.append(Tie(relation=relation, item=item, other=other))

    def _skip(self, phrase: Phrase) -> None:
        words = " ".join(self._prompt[phrase.start : phrase.end].split())
        article, _, rest = words.partition(" ")
        words = rest if article.lower() in lexicon.DETERMINERS else words
        plain = (
            singular(words.lower()) in lexicon.CANVAS_NOUNS
            or words.lower() in lexicon.TYPE_WORDS
            or words.lower() in lexicon.PARTS
        )
        if words and not plain and plural(words.lower()) not in lexicon.TYPE_WORDS:
            self._reading.not_understood.append(words[:60])


def _size(phrase: Phrase) -> float:
    size = 1.0
    for word in phrase.adjectives:
        size *= lexicon.SIZES.get(word, 1.0)
    return min(max(size, 0.2), 4.0)


def _extend(item: Item, extent: Extent) -> None:
    if extent.width_share is None:
        item.fills = True
    else:
        item.width_share = extent.width_share


def _reach(elements: list[Element], through: frozenset[str], *, needs: frozenset[str]) -> Named | None:
    """The reference that is named right beside, over linking words only."""
    passed: set[str] = set()
    for element in elements:
        if isinstance(element, Phrase):
            if element.nouns or element.colours:
                return None
            continue
        if element.kind is Kind.REFERENCE:
            assert isinstance(element.value, Named)
            return element.value if not needs or passed & needs else None
        if element.text.lower() not in through:
            return None
        passed.add(element.text.lower())
    return None
