"""Singular and plural of English nouns, well enough to match "foxes" with "fox" and to write either."""

_IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth",
    "goose": "geese", "mouse": "mice", "ox": "oxen", "knife": "knives", "leaf": "leaves", "loaf": "loaves",
    "wolf": "wolves", "shelf": "shelves", "half": "halves", "life": "lives", "wife": "wives", "scarf": "scarves",
    "elf": "elves", "thief": "thieves", "calf": "calves", "cactus": "cacti", "die": "dice", "potato": "potatoes",
    "tomato": "tomatoes", "hero": "heroes", "mango": "mangoes", "echo": "echoes", "volcano": "volcanoes",
    "movie": "movies", "cookie": "cookies", "pie": "pies", "tie": "ties", "bow tie": "bow ties", "zombie": "zombies",
    "selfie": "selfies", "bus": "buses", "lens": "lenses", "shoe": "shoes", "toe": "toes", "canoe": "canoes",
    "axe": "axes", "house": "houses", "horse": "horses", "vase": "vases", "rose": "roses", "nose": "noses",
    "cheese": "cheeses", "bruise": "bruises", "purse": "purses", "case": "cases", "suitcase": "suitcases",
    "briefcase": "briefcases", "bookcase": "bookcases", "base": "bases", "blouse": "blouses", "hose": "hoses",
    "phase": "phases", "face": "faces", "lighthouse": "lighthouses", "greenhouse": "greenhouses",
    "seahorse": "seahorses", "ellipse": "ellipses", "eclipse": "eclipses", "tortoise": "tortoises",
    "broccoli": "broccolis", "taxi": "taxis", "bikini": "bikinis", "zucchini": "zucchinis", "kiwi": "kiwis",
    "emoji": "emojis", "safari": "safaris", "tsunami": "tsunamis", "alibi": "alibis", "yeti": "yetis",
    "headphone": "headphones", "clothes": "clothes", "cache": "caches", "quiche": "quiches", "brioche": "brioches",
}  # fmt: skip
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}
_SAME = frozenset(
    "sheep fish deer scissors skis glasses sunglasses pants jeans trousers shorts binoculars pliers tongs series "
    "species aircraft spacecraft dice salmon trout bison moose headphones tweezers goggles stairs clothes shrimp "
    "squid cattle chess grass glass dress mattress cross boss moss bass compass canvas atlas cosmos chaos virus "
    "octopus walrus hippopotamus platypus rhinoceros campus circus iris tennis oasis basis crisis gas bus lens".split()
)
# "Glasses" are worn and have no singular; "wine glasses" are drunk from and have one.
_DRUNK_FROM_GLASSES = frozenset("wine beer champagne drinking cocktail water juice martini shot milk whisky".split())
# Words that a plural -s never belongs to; their plurals are handled by rule.
_ENDS_IN_S = frozenset(w for w in _SAME if w.endswith("s") and not w.endswith(("ses", "ers", "ors")))


_MEN = frozenset("human german roman ottoman shaman talisman caiman norman".split())
"""Words in -man whose plural takes an s."""
_NO_MEN = frozenset("specimen omen abdomen regimen stamen acumen lumen".split())
"""Words in -men that name one thing."""


def singular(noun: str) -> str:
    """The noun for one thing; only its last word changes ("hot dogs" to "hot dog")."""
    head, _, last = noun.rpartition(" ")
    lower = last.lower()
    if lower == "glasses" and head.lower().rpartition(" ")[2] in _DRUNK_FROM_GLASSES:
        return f"{head} glass"
    return f"{head} {_singular_word(lower, last)}" if head else _singular_word(lower, last)


def plural(noun: str) -> str:
    """The noun for several things; only its last word changes."""
    head, _, last = noun.rpartition(" ")
    changed = _plural_word(last.lower(), last)
    return f"{head} {changed}" if head else changed


def counted(noun: str, count: int) -> str:
    """The noun as it stands after a count."""
    return singular(noun) if count == 1 else plural(singular(noun))


def _singular_word(lower: str, last: str) -> str:
    if lower in _SINGULAR:
        return _SINGULAR[lower]
    if lower in _SAME or lower in _IRREGULAR or len(lower) < 3:
        return last
    if lower.endswith("es") and lower[:-2] in _SAME:
        return last[:-2]
    if lower.endswith("men") and len(lower) > 3 and lower not in _NO_MEN:
        return last[:-2] + "an"
    if lower.endswith("ies") and len(lower) > 4:
        return last[:-3] + "y"
    if lower.endswith("ouses"):
        return last[:-1]
    if lower.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")):
        return last[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        return last[:-1]
    return last


def _plural_word(lower: str, last: str) -> str:
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if lower in _SAME and lower not in _ENDS_IN_S:
        return last
    if lower.endswith("man") and lower not in _MEN:
        return last[:-2] + "en"
    if lower.endswith("is") and lower in _SAME:
        return last[:-2] + "es"
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return last + "es"
    if lower.endswith("y") and lower[-2:-1] not in set("aeiou"):
        return last[:-1] + "ies"
    return last + "s"
