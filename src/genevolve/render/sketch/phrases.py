"""Marks to phrases: which words together name a thing, and what is said of it in front.

No grammar of English is attempted. A phrase begins at a determiner, a number, a
colour, an adjective or a noun, and ends where a verb, a preposition or
punctuation comes; its last word names the thing.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from ...language.colours import Rgb
from ...language.nouns import plural, singular
from ...language.positions import Arrangement
from . import lexicon
from .figures import figure_names, is_figure
from .marks import Kind, Mark, colour_value, count_value

COLOURS_THAT_ARE_THINGS = frozenset(
    (
        "orange rose salmon peach plum lime apricot olive lavender ruby emerald sapphire coral chocolate gold "
        "amber jade"
    ).split()
)
_NOUNABLE = frozenset(
    (
        "glass rainbow leather marble square oval comic adult human male female minimal round rubber steel concrete "
        "cartoon neon paper giant miniature mini classic half double front back left right top bottom middle light "
        "dark cold stainless official"
    ).split()
)
_ADVERB_LIKE_NOUNS = frozenset(
    "butterfly fly lily jelly family belly dragonfly holly monopoly italy assembly firefly bully".split()
)
_ARRANGED_GROUPS = {
    "row": Arrangement.ROW, "line": Arrangement.ROW, "column": Arrangement.COLUMN, "stack": Arrangement.COLUMN,
    "grid": Arrangement.GRID, "circle": Arrangement.CIRCLE, "ring": Arrangement.CIRCLE, "arc": Arrangement.ARC,
}  # fmt: skip
_FIGURES = frozenset(figure_names())
_NOUNS_ALL_THE_SAME = (
    lexicon.NOUNS_IN_ING | lexicon.TYPE_WORDS | {word for word in lexicon.ABSTRACT_NOUNS if word.endswith("ing")}
)
MAX_NOUN_WORDS = 4


@dataclass(slots=True, kw_only=True)
class Phrase:
    """Words that together name something."""

    start: int
    end: int = 0
    determiner: str = ""
    count: int | None = None
    colours: list[tuple[str, Rgb]] = field(default_factory=list[tuple[str, Rgb]])
    adjectives: list[str] = field(default_factory=list[str])
    nouns: list[str] = field(default_factory=list[str])
    tail: str = ""
    """What follows "of", for the label: " of Burkina Faso"."""
    arrangement: Arrangement | None = None
    columns: int | None = None
    """Things in a line: 3 in "two rows of three"."""
    vague_count: int | None = None
    grouped: bool = False
    is_pair: bool = False
    """Counted as "a pair of"."""
    opens: bool = False
    """It opens its sentence, where every word has a capital."""

    @property
    def head(self) -> str:
        """The last word, in the singular and lower case; empty where nothing is named."""
        return singular(self.nouns[-1].lower()) if self.nouns else ""

    @property
    def noun(self) -> str:
        """What the thing is called, in the singular."""
        words = [
            word for word in self.nouns[-MAX_NOUN_WORDS:] if not word.lower().endswith(("'s", "’s"))
        ] or self.nouns[-1:]
        named = " ".join(words) if self._is_proper else singular(" ".join(words))
        return named if any(word[:1].isupper() for word in words) else named.lower()

    @property
    def _after_owner(self) -> list[str]:
        """The nouns without an owner: "wings" of "Leonardo's wings"."""
        owners = [index for index, word in enumerate(self.nouns[:-1]) if _is_owner(word)]
        return self.nouns[owners[-1] + 1 :] if owners else self.nouns

    @property
    def _is_proper(self) -> bool:
        """It is a name without a count or article, such as "Honduras": its s is no plural's."""
        name = self.nouns[-1] if self.nouns else ""
        is_name = name[:1].isupper() and not name.isupper() and not (self.opens and len(self.nouns) == 1)
        return is_name and not self.determiner and self.count is None

    @property
    def is_plural(self) -> bool:
        """The last word is a plural."""
        last = self.nouns[-1].lower() if self.nouns and not self._is_proper else ""
        return bool(last) and singular(last) != last and plural(singular(last)) == last

    @property
    def label(self) -> str:
        """The name with the materials, forms and states that were said of it."""
        kept = [word for word in self.adjectives if word in lexicon.KEPT_ON_LABEL]
        owners = self.nouns[: len(self.nouns) - len(self._after_owner)][-MAX_NOUN_WORDS:]
        return " ".join([*kept, *owners, self.noun]) + self.tail

    @property
    def is_abstract(self) -> bool:
        """It names no thing to draw: "soft lighting"; a "traffic light" is one all the same."""
        if self.head in lexicon.MEDIUMS and (
            self.determiner in {"a", "an"} or self.count is not None or self.is_plural
        ):
            return False
        compound = " ".join([*self.nouns[-2:-1], self.head]).lower()
        return self.head in lexicon.ABSTRACT_NOUNS and compound not in lexicon.COMPOUNDS

    @property
    def is_definite(self) -> bool:
        """It speaks of something known: "the flag"."""
        return self.determiner in lexicon.DEFINITE


Element = Phrase | Mark


def leftover(phrase: Phrase, prompt: str) -> str:
    """The words of a phrase that binds nothing, for the caption; empty where they ask for nothing: "the image"."""
    words = " ".join(prompt[phrase.start : phrase.end].split())
    article, _, rest = words.partition(" ")
    words = rest if article.lower() in lexicon.DETERMINERS else words
    plain = words.lower()
    says_nothing = (
        (phrase.head in lexicon.SHEETS and not phrase.colours and {"new"}.issuperset(phrase.adjectives))
        or (phrase.head in lexicon.CANVAS_NOUNS and lexicon.QUALITIES.issuperset(plain.split()[:-1]))
        or plain in lexicon.TYPE_WORDS | lexicon.PARTS
        or plural(plain) in lexicon.TYPE_WORDS
        or lexicon.QUALITIES.issuperset(plain.split())
    )
    return "" if says_nothing else words[:60]


def _is_owner(word: str) -> bool:
    return word.lower().endswith(("'s", "’s"))


def clauses_of(marks: list[Mark]) -> Iterator[list[Element]]:
    """The sentences of a prompt, each as phrases and remaining marks in order."""
    start = 0
    for index, mark in enumerate([*marks, None]):
        if mark is None or mark.kind is Kind.STOP:
            if index > start:
                yield list(_elements(marks[start:index]))
            start = index + 1


def _elements(marks: list[Mark]) -> Iterator[Element]:
    index = 0
    while index < len(marks):
        phrase, after = _phrase(marks, index)
        if phrase is None:
            yield marks[index]
            index += 1
            continue
        index = after
        if _is_of(marks, index):
            phrase, index = yield from _with_tail(phrase, marks, index)
        if phrase.head in lexicon.CANVAS_NOUNS | lexicon.CARRIERS:
            after = index + 2 if _is_word(marks, index, "is") and _is_word(marks, index + 1, "needed") else index
            if _is_word(marks, after, "for"):
                _, index = _phrase(marks, after + 1)  # whom a picture is for is not in it
        yield phrase


def _is_of(marks: list[Mark], index: int) -> bool:
    return _is_word(marks, index, "of")


def _is_word(marks: list[Mark], index: int, word: str) -> bool:
    return index < len(marks) and marks[index].kind is Kind.WORD and marks[index].text.lower() == word


def _with_tail(phrase: Phrase, marks: list[Mark], index: int) -> Generator[Phrase, None, tuple[Phrase, int]]:
    """Join "X of Y": a picture of Y, a row of Y, the side of Y, or an X whose label says so."""
    while _is_of(marks, index):
        other, after = _phrase(marks, index + 1)
        if other is None:
            return phrase, index
        head = phrase.head
        if head in lexicon.CANVAS_NOUNS or (phrase.nouns[-1:] and phrase.nouns[-1].lower() in lexicon.TYPE_WORDS):
            yield phrase
            phrase = other
        elif head in {"row", "column"} and (phrase.count or 1) > 1:
            lines, in_line = phrase.count or 1, other.count or 3
            other.columns = in_line if head == "row" else lines
            other.count = lines * in_line
            phrase = other
        elif head in lexicon.GROUPS:
            other.count = other.count if other.count is not None else lexicon.GROUPS[head]
            other.arrangement = _ARRANGED_GROUPS.get(head)
            other.grouped = True
            phrase = other
        elif not phrase.nouns or head in lexicon.PARTS or head in lexicon.KINDS:
            phrase = other
        else:
            if other.nouns and not other.is_abstract:
                phrase.tail += f" of {' '.join([*other.adjectives, *other.nouns])}"
            phrase.end = other.end
        index = after
    return phrase, index


def _phrase(marks: list[Mark], index: int) -> tuple[Phrase | None, int]:
    phrase = Phrase(start=marks[index].start, opens=index == 0) if index < len(marks) else None
    begin = index
    while phrase is not None and index < len(marks):
        taken = _take(phrase, marks, index)
        if not taken:
            break
        index += taken
    if phrase is None or index == begin:
        return None, begin
    phrase.end = marks[index - 1].end
    if (
        not phrase.nouns
        and phrase.adjectives
        and phrase.adjectives[-1] in _NOUNABLE
        and (phrase.determiner or phrase.count)
    ):
        phrase.nouns.append(phrase.adjectives.pop())
    return phrase, index


def _take(phrase: Phrase, marks: list[Mark], index: int) -> int:
    """Add the mark at `index` to the phrase; the number of marks taken, 0 where the phrase is at its end."""
    mark = marks[index]
    match mark.kind:
        case Kind.COUNT:
            if phrase.nouns or phrase.count is not None or phrase.colours:
                return 0
            phrase.count = count_value(mark)
            phrase.is_pair = mark.text.lower().endswith("pair of")
            return 1
        case Kind.COLOUR:
            return _take_colour(phrase, marks, index)
        case Kind.WORD:
            return _take_word(phrase, marks, index)
        case Kind.COMMA:
            # "a large, shiny ball", "a red, white and blue flag"
            follows = marks[index + 1] if index + 1 < len(marks) else None
            if mark.text != "," or phrase.nouns or not (phrase.adjectives or phrase.colours) or follows is None:
                return 0
            describes = follows.kind is Kind.WORD and follows.text.lower() in lexicon.ADJECTIVES
            return (
                1
                if (describes or follows.kind is Kind.COLOUR) and _names_something(marks, index + 1, in_list=True)
                else 0
            )
        case _:
            return 0


def _take_colour(phrase: Phrase, marks: list[Mark], index: int) -> int:
    if phrase.nouns and not _is_owner(phrase.nouns[-1]):
        # "chromatic blue swirls": what stands before a colour describes.
        if (
            len(phrase.nouns) > 1
            or phrase.nouns[0][:1].isupper()
            or phrase.colours
            or not _names_something(marks, index + 1)
        ):
            return 0
        phrase.adjectives.append(phrase.nouns.pop().lower())
    if _is_part_of_a_name(marks, index):
        phrase.nouns.append(marks[index].text)
        return 1
    name, rgb = colour_value(marks[index])
    counted = phrase.determiner or phrase.count is not None or phrase.colours
    # "Two orange …" cannot be two of the fruit.
    counted = counted and (phrase.count or 1) == 1
    if name in COLOURS_THAT_ARE_THINGS and counted and not _names_something(marks, index + 1):
        phrase.nouns.append(name)
        return 1
    phrase.colours.append((name, rgb))
    joins = (
        index + 2 < len(marks)
        and marks[index + 1].text.lower() in {"and", "&", "/"}
        and marks[index + 2].kind is Kind.COLOUR
    )
    return 2 if joins else 1


def _names_something(marks: list[Mark], index: int, *, in_list: bool = False) -> bool:
    """Whether a word for a thing follows before anything that would end the phrase."""
    for mark in marks[index : index + 5]:
        word = mark.text.lower()
        if mark.kind is Kind.COLOUR or word in lexicon.ADJECTIVES or (in_list and word in {",", "and", "&"}):
            continue
        ends = word in lexicon.FUNCTION_WORDS or word in lexicon.DETERMINERS or word in lexicon.VERBS
        return mark.kind is Kind.WORD and (not ends or is_figure(word) or word in lexicon.NOUNS_LIKE_VERBS)
    return False


def _take_word(phrase: Phrase, marks: list[Mark], index: int) -> int:
    word = marks[index].text.lower()
    if word in lexicon.COMPOUND_FIRSTS and _is_compound(marks, index):
        return _append(phrase, marks[index])
    begun = bool(
        phrase.determiner or phrase.count is not None or phrase.colours or phrase.adjectives or phrase.vague_count
    )
    if word in lexicon.DETERMINERS:
        if phrase.nouns or phrase.colours or phrase.adjectives or phrase.count is not None:
            return 0
        phrase.determiner = word
        phrase.vague_count = lexicon.QUANTIFIERS.get(word)
        return 1
    if word in lexicon.QUANTIFIERS and not phrase.nouns:
        phrase.vague_count = lexicon.QUANTIFIERS[word]
        return 1
    if word in lexicon.ADJECTIVES and not (phrase.nouns and word in _NOUNABLE) and not _is_part_of_a_name(marks, index):
        if phrase.nouns and not _is_owner(phrase.nouns[-1]):
            return 0
        phrase.adjectives.append(word)
        return 1
    is_verb = (
        word in lexicon.VERBS
        or (word.endswith("ing") and len(word) > 4)
        or (word.endswith("ed") and len(word) > 4 and word not in lexicon.NOUNS_IN_ED)
    )
    if is_verb and word not in _NOUNS_ALL_THE_SAME:
        return _take_verb(phrase, marks, index, begun)
    if word in lexicon.FUNCTION_WORDS or (word.endswith("ly") and word not in _ADVERB_LIKE_NOUNS and len(word) > 4):
        return 0
    if word.endswith(
        ("ful", "ous", "less", "esque", "-like", "-shaped", "-style", "-themed", "-sized")
    ) and _names_something(marks, index + 1):
        phrase.adjectives.append(word)
        return 1
    phrase.nouns.append(marks[index].text)
    return 1


def _is_compound(marks: list[Mark], index: int) -> bool:
    """Whether this word and the next are the name of one thing: "hot dogs"."""
    follows = marks[index + 1].text.lower() if index + 1 < len(marks) else ""
    return f"{marks[index].text.lower()} {singular(follows)}" in lexicon.COMPOUNDS


def _is_part_of_a_name(marks: list[Mark], index: int) -> bool:
    """Whether a describing word is spelled as a part of a proper name: "Golden Gate Bridge"."""
    follows = marks[index + 1] if index + 1 < len(marks) else None
    capitals = (
        marks[index].text[:1].isupper()
        and follows is not None
        and follows.kind is Kind.WORD
        and follows.text[:1].isupper()
    )
    return capitals and index > 0


def _take_verb(phrase: Phrase, marks: list[Mark], index: int, begun: bool) -> int:
    """A verb's form before a noun describes ("a sleeping dog"); alone after a determiner it names ("two watches")."""
    word = marks[index].text.lower()
    if phrase.nouns:
        return _append(phrase, marks[index]) if _continues(phrase, word, begun) else 0
    names = is_figure(word) or singular(word) in lexicon.NOUNS_LIKE_VERBS
    if not begun:
        return _append(phrase, marks[index]) if is_figure(word) else 0
    if _names_something(marks, index + 1) and not names:
        phrase.adjectives.append(word)
        return 1
    if word.endswith(("ing", "ed")) and not names:
        return 0
    return _append(phrase, marks[index])


def _continues(phrase: Phrase, word: str, begun: bool) -> bool:
    """Whether a word that can be a verb still names: "a teddy bear", "two teddy bears", but "a man rides"."""
    if word.endswith(("ing", "ed")) or word in lexicon.PAST_FORMS:
        return False
    one = phrase.determiner in {"a", "an"} or phrase.count == 1
    if singular(word) == word:
        names = is_figure(word) or word in lexicon.NOUNS_LIKE_VERBS or word in lexicon.CANVAS_NOUNS
        return not phrase.is_plural and (begun or names)
    return (
        not one
        and not phrase.is_plural
        and (phrase.count is not None or not begun)
        and singular(word) in lexicon.NOUNS_LIKE_VERBS | _FIGURES
    )


def _append(phrase: Phrase, mark: Mark) -> int:
    phrase.nouns.append(mark.text)
    return 1
