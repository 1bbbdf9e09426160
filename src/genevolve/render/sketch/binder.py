"""Phrases to bindings: walks the phrases of a prompt and keeps what each place, relation and colour is said of.

The rules are those of plain prose. A place or relation belongs to what stands
before it in its clause ("a dog on the left"), or, at the head of a clause, to
what comes next ("on the left, a dog"). "The X" is the X spoken of before.
"""

from itertools import pairwise

from ...language.nouns import singular
from ...language.positions import Arrangement, Place, Relation
from . import lexicon
from .cast import Cast, extend, form_lines, size_said
from .clause import Clause
from .marks import Extent, Kind, Mark, Named, place_value
from .phrases import Element, Phrase, leftover
from .reading import Item, Picture, Reading, Thing, Tie, Wording
from .scenery import Scenery
from .wording import is_about_type, say_type

_PLACES_FROM_RELATIONS = {
    Relation.ABOVE: Place.TOP, Relation.BELOW: Place.BOTTOM, Relation.LEFT_OF: Place.LEFT,
    Relation.RIGHT_OF: Place.RIGHT,
}  # fmt: skip
_JOINERS = frozenset(("and", "&", ",", "with", "plus", "or"))
_SAY_NOTHING = (
    lexicon.FUNCTION_WORDS | lexicon.LAYOUT_VERBS | lexicon.SAYING_VERBS | lexicon.TYPE_WORDS | lexicon.QUALITIES
)
_SAID_OTHERWISE = lexicon.SIZES.keys() | lexicon.KEPT_ON_LABEL | lexicon.QUALITIES
MAX_TIES = 400


class Binder:
    """Reads clause after clause; `finish` gives what they bind."""

    def __init__(self, pictures: list[Picture]) -> None:
        self._reading = Reading(items=list[Item](pictures))
        self._pictures = pictures
        self._cast = Cast(self._reading, pictures)
        self._topic: Item | None = None
        self._group: list[Item] = []
        self._wording: Wording | None = None
        self._scenery = Scenery()
        self._has_begun = False
        self._canvas: Phrase | None = None
        self._prompt = ""

    def bind(self, elements: list[Element], prompt: str) -> None:
        """Take in one clause."""
        self._prompt = prompt
        clause = Clause(elements=elements)
        self._scenery.begin_clause()
        explained = clause.explained()
        for index, element in enumerate(elements):
            clause.index = index
            if index in explained:
                self._cast.explain(explained[index], element)
            elif isinstance(element, Phrase):
                self._bind_phrase(clause, element)
            else:
                self._bind_mark(clause, element)
        if clause.items:
            self._topic = clause.items[0]
            self._group = clause.items

    def finish(self) -> Reading:
        """What all clauses bind."""
        if self._canvas is not None and not self._reading.items:
            # A prompt of nothing but "a map" asks for a map.
            self._reading.items.append(self._cast.new_thing(self._canvas))
        self._reading.background = self._scenery.background
        self._reading.border = self._scenery.border
        return self._reading

    def _bind_mark(self, clause: Clause, mark: Mark) -> None:
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

    def _bind_quote(self, clause: Clause, mark: Mark) -> None:
        if clause.negates_all or clause.negates_next:
            return
        wording = Wording(text=mark.text)
        for phrase in clause.lead:
            say_type(wording, phrase, size=size_said(phrase))
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

    def _bind_reference(self, clause: Clause, mark: Mark) -> None:
        assert isinstance(mark.value, Named)
        number = mark.value.number
        if number is None:
            chosen = self._pictures if not mark.value.lone or len(self._pictures) == 1 else []
        else:
            chosen = [picture for picture in self._pictures if picture.ordinal == number]
        for picture in chosen:
            picture.named = True
            picture.fills = picture.fills or self._scenery.awaits_background
            if picture is not clause.last:
                self._take_place(clause, picture)

    def _bind_extent(self, clause: Clause, extent: Extent) -> None:
        if clause.last is None:
            clause.extent = extent
        else:
            extend(clause.last, extent)

    def _bind_place(self, clause: Clause, mark: Mark) -> None:
        place = place_value(mark)
        assert isinstance(place, Place)
        if clause.is_inside_a_thing():
            clause.relation, clause.sources = Relation.INSIDE, clause.chain[-1:]
            return
        heads_a_phrase = clause.since[-1:] and clause.since[-1] in _JOINERS and clause.new_thing_follows()
        targets = [item for item in clause.spoken_of if item.place is None]
        if heads_a_phrase or not targets:
            clause.front_place = place
            return
        for item in targets:
            item.place = place
        clause.chain = []

    def _bind_relation(self, clause: Clause, mark: Mark) -> None:
        relation = place_value(mark)
        assert isinstance(relation, Relation)
        if clause.since[-1:] == ["from"]:
            # "Seen from above" is said of the viewer.
            self._reading.not_understood.append(f"from {mark.text}")
            return
        before = clause.elements[clause.index - 1] if clause.index else None
        if (
            isinstance(before, Phrase)
            and not before.nouns
            and before.determiner == "the"
            and relation in _PLACES_FROM_RELATIONS
        ):
            self._set_place(clause, _PLACES_FROM_RELATIONS[relation])
        elif clause.each_follows() and clause.chain:
            only = clause.chain[0]
            if isinstance(only, Thing) and len(clause.chain) == 1 and only.count > 1:
                only.arrangement = Arrangement.COLUMN if relation is Relation.ABOVE else Arrangement.ROW
                return
            if relation is Relation.BESIDE:
                for left, right in pairwise(clause.chain):
                    self._tie(relation, right, left)
                return
            others = [item for item in clause.items if item not in clause.chain][-len(clause.chain) :]
            for item, other in zip(clause.chain, others, strict=False):
                self._tie(relation, item, other)
        elif clause.target_follows():
            if clause.last is None:
                clause.front_relation = relation
            else:
                clause.relation, clause.sources = relation, clause.spoken_of
        elif len(clause.items) > 1:
            self._tie(relation, clause.items[-1], clause.items[-2])
        elif relation in _PLACES_FROM_RELATIONS:
            self._set_place(clause, _PLACES_FROM_RELATIONS[relation])

    def _set_place(self, clause: Clause, place: Place) -> None:
        targets = [item for item in clause.spoken_of if item.place is None]
        for item in targets:
            item.place = place
        if not targets:
            clause.front_place = place
        clause.chain = []
        clause.relation = None

    def _bind_arrangement(self, clause: Clause, mark: Mark) -> None:
        arrangement = place_value(mark)
        assert isinstance(arrangement, Arrangement)
        things = [item for item in clause.items if isinstance(item, Thing)]
        if not things or mark.text.lower().endswith("of"):
            clause.arrangement = arrangement
            if isinstance(self._topic, Thing) and clause.last is self._topic:
                self._topic.arrangement = arrangement
        else:
            things[-1].arrangement = things[-1].arrangement or arrangement

    def _bind_word(self, clause: Clause, mark: Mark) -> None:
        word = mark.text.lower()
        clause.since.append(word)
        if word in lexicon.CLAUSE_NEGATIONS:
            clause.negates_all = True
        elif word in lexicon.NEGATIONS or word in {"instead", "rather"}:
            clause.negates_next = True
        elif word in {"but", "however"}:
            clause.negates_all = clause.negates_next = False
        elif word in lexicon.PRONOUNS:
            self._bind_pronoun(clause, word)
        elif word in {"on", "onto", "upon", "atop", "in", "inside", "across"} and clause.last is not None:
            holds = word in {"in", "inside"}
            if clause.relation is None and (not holds or clause.holder_follows()):
                clause.relation, clause.sources = Relation.ON, clause.spoken_of
        elif not (word in _SAY_NOTHING or word.endswith("ly")):
            self._reading.not_understood.append(mark.text)

    def _bind_pronoun(self, clause: Clause, word: str) -> None:
        if clause.relation is not None:
            meant = clause.meant_by(word, topic=self._topic, group=self._group)
            clause.pronoun = meant[0] if meant else None
            sources = clause.sources
            for topic in meant:
                clause.sources = sources
                clause.relation = clause.relation or Relation.BETWEEN
                self._relate(clause, topic)
            clause.relation = None
        elif not clause.items and self._topic is not None:
            self._take_place(clause, self._topic)

    def _bind_phrase(self, clause: Clause, phrase: Phrase) -> None:
        is_first, self._has_begun = not self._has_begun, self._has_begun or bool(phrase.nouns)
        if clause.negates(phrase):
            return
        if self._scenery.takes(phrase, clause.since):
            clause.since = []
        elif is_about_type(phrase):
            self._bind_type(clause, phrase)
        elif isinstance(clause.last, Thing) and (phrase.columns or phrase.head in {"row", "column"}) and phrase.count:
            form_lines(clause.last, phrase)
        elif not phrase.nouns:
            self._bind_description(clause, phrase)
        elif self._is_canvas(clause, phrase, is_first=is_first):
            self._canvas = self._canvas or phrase
            self._skip(phrase)
        elif phrase.is_abstract:
            self._skip(phrase)
        else:
            for item in self._cast.items_for(clause, phrase):
                self._take_place(clause, item)

    def _bind_type(self, clause: Clause, phrase: Phrase) -> None:
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
            if stops or (isinstance(element, Phrase) and element.nouns and not is_about_type(element)):
                break
        wording = self._wording_meant(clause, phrase)
        if wording is None:
            self._skip(phrase)
            return
        together = (
            [item for item in clause.chain if isinstance(item, Wording)] if wording in clause.chain else [wording]
        )
        for item in together:
            say_type(item, phrase, size=size_said(phrase))
        if wording not in clause.items:
            self._take_place(clause, wording)

    def _wording_meant(self, clause: Clause, phrase: Phrase) -> Wording | None:
        here = [item for item in clause.items if isinstance(item, Wording)]
        if here:
            return here[-1]
        rank = next(
            (lexicon.TITLE_WORDS[word.lower()] for word in phrase.nouns if word.lower() in lexicon.TITLE_WORDS), None
        )
        earlier = [item for item in self._reading.items if isinstance(item, Wording)]
        return next((item for item in earlier if rank and item.rank == rank), self._wording)

    def _bind_description(self, clause: Clause, phrase: Phrase) -> None:
        """Colours and sizes that stand alone: "the star is red", "… in red", "one red, two blue"."""
        last = clause.last
        if clause.named_next():
            clause.size *= size_said(phrase)
            return
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
            last.size *= size_said(phrase)
        left = [word for word in phrase.adjectives if word not in _SAID_OTHERWISE]
        if left and left == phrase.adjectives and not phrase.colours:
            self._skip(phrase)
        elif not phrase.colours:
            self._reading.not_understood += left

    def _is_canvas(self, clause: Clause, phrase: Phrase, *, is_first: bool) -> bool:
        if (
            self._canvas is not None
            and phrase.is_definite
            and not phrase.is_plural
            and phrase.head == self._canvas.head
        ):
            return not self._cast.known(phrase)
        if is_first and clause.is_asked_for(phrase, self._prompt):
            return True
        if phrase.head not in lexicon.CANVAS_NOUNS:
            return False
        bare = not phrase.determiner and phrase.count is None
        if isinstance(clause.last, Wording) and clause.relation is not None and not phrase.is_definite:
            return False
        if is_first or bare or phrase.is_definite or phrase.head not in lexicon.OBJECTS_TOO:
            several = phrase.is_plural and not is_first
            return not several and not (phrase.is_definite and self._cast.known(phrase))
        return not clause.items

    def _take_place(self, clause: Clause, item: Item) -> None:
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
            extend(item, clause.extent)
            clause.extent = None
        item.size, clause.size = item.size * clause.size, 1.0
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

    def _relate(self, clause: Clause, item: Item) -> None:
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
        if item is not other and len(self._reading.ties) < MAX_TIES:
            self._reading.ties.append(Tie(relation=relation, item=item, other=other))

    def _skip(self, phrase: Phrase) -> None:
        said = leftover(phrase, self._prompt)
        if said:
            self._reading.not_understood.append(said)
