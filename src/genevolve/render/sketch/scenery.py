"""What lies behind everything: the background's colours, and a border around the canvas."""

from ...language.colours import Rgb
from . import lexicon
from .palette import WHITE, mixed
from .phrases import Phrase
from .reading import PAPER

_PLAIN: dict[str, Rgb] = {"dark": (34, 38, 50), "light": (250, 249, 246), "plain": PAPER, "starry": (20, 26, 64)}
_LYING_ON = (["on"], ["onto"], ["against"], ["upon"])
_BORDERS = frozenset({"border", "frame", "edging"})


class Scenery:
    """Collects background and border while a prompt is read."""

    def __init__(self) -> None:
        self._said: list[Rgb] = []
        self._setting: tuple[Rgb, ...] | None = None
        self.border: tuple[str, Rgb] | None = None
        self._awaits = ""
        self._loose: list[Rgb] = []

    @property
    def background(self) -> tuple[Rgb, ...]:
        """One colour, or the stops of a gradient from top to bottom."""
        return tuple(self._said[:4]) or self._setting or (PAPER,)

    @property
    def awaits_background(self) -> bool:
        """Whether the clause has named the background and not yet said what it is."""
        return self._awaits == "background" and not self._said

    def begin_clause(self) -> None:
        """A colour belongs to the background only within the clause that speaks of it."""
        self._awaits = ""
        self._loose = []

    def takes(self, phrase: Phrase, since: list[str]) -> bool:
        """Whether the phrase is about scenery, which it then has been read for."""
        if not phrase.nouns:
            return self._takes_colours(phrase, since)
        if self._awaits == "gradient" or (phrase.head in lexicon.GROUNDS and self._loose and "to" in since):
            self._said = [*self._said, *self._loose]
        self._loose = []
        if phrase.head in lexicon.GROUNDS:
            self._awaits = "background"
            plain = [_PLAIN[word] for word in phrase.adjectives if word in _PLAIN]
            self._said += [rgb for _, rgb in phrase.colours] or plain[:1]
            return phrase.head != "canvas" or bool(phrase.colours)
        if phrase.head in _BORDERS and len(phrase.nouns) == 1:
            self._awaits = "border"
            self.border = phrase.colours[0] if phrase.colours else self.border or ("", (90, 84, 76))
            return True
        self._awaits = ""
        if phrase.head in lexicon.PAPERS and phrase.colours and since[-1:] in _LYING_ON:
            self._said += [rgb for _, rgb in phrase.colours]
            return True
        return self._takes_setting(phrase)

    def _takes_colours(self, phrase: Phrase, since: list[str]) -> bool:
        if not phrase.colours:
            return False
        if self._awaits == "background":
            self._said += [rgb for _, rgb in phrase.colours]
            return True
        if self._awaits == "border":
            self.border = phrase.colours[0]
            return True
        self._loose = [rgb for _, rgb in phrase.colours] if "from" in since or not since else []
        return False

    def _takes_setting(self, phrase: Phrase) -> bool:
        stops = lexicon.SETTINGS.get(phrase.head)
        if stops is None or phrase.count not in {None, 1} or phrase.vague_count:
            return False
        if (phrase.head == "sky" and "night" in {word.lower() for word in [*phrase.nouns, *phrase.adjectives]}) or (
            phrase.head == "sky" and "starry" in phrase.adjectives
        ):
            stops = lexicon.SETTINGS["night"]
        elif phrase.colours:
            rgb = phrase.colours[0][1]
            stops = (rgb, mixed(rgb, WHITE, 0.45))
        self._setting = self._setting or stops
        return True
