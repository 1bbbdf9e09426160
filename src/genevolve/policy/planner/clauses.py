"""Rearranges a marked request: clauses that are wholly understood become sentences of their own.

"A poster of R, title Q in bold serif, N above" becomes "A poster of R, large and
whole in the centre. Set the title Q in bold serif type at the bottom. Draw N in
a row above the first reference image." Only designed sheets are rearranged; a
scene keeps its own sentence.
"""

import re
from dataclasses import dataclass

from ...language.colours import find_colours
from ...language.positions import find_arrangements, find_places, find_relations
from . import words
from .marks import ANY, Marked

_CUT = re.compile(
    r"(\s*[,;]\s*(?:(?:and|with|plus|as\s+well\s+as)\s+)*|\s+(?:with|and|plus|as\s+well\s+as)\s+"
    r"|\s+(?=(?:titled|entitled|captioned|labelled|labeled|headlined)\b))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_BULLET = re.compile(r"^[^\S\n]*(?:[-*•–—]|\(?\d{1,2}[.)])[^\S\n]+", re.MULTILINE)
"""What opens an item of a list that stands in lines."""
_ROLE = (
    r"(?P<role>(?:(?!(?:the|an?|its|their|my|our|your|this|that|and|or|with|plus|of|then|also|there|is|are|draw|put"
    r"|place|add|show|print|write|set|letter|include|make|use|give|want|need|like|goes?|has|have)\b)\w[\w-]*\s+){0,3}?"
    r"(?:title|subtitle|caption|label|headline|heading"
    r"|words?|text|slogan|lettering|inscription|name|tagline|motto|message"
    r"|phrase))"
)
_LETTERING = (
    re.compile(
        rf"(?:with\s+|and\s+)?(?:(?:the|a|an|its)\s+)?{_ROLE}\s*(?:is|reads?|reading"
        r"|saying|says|that\s+(?:says|reads)|of|:"
        rf"|being)?\s*(?P<mark>{ANY})(?P<rest>.*)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?P<mark>{ANY})\s+as\s+(?:the\s+|a\s+|its\s+|an\s+)?{_ROLE}(?P<rest>.*)", re.IGNORECASE),
    re.compile(
        r"(?P<verb>titled|captioned|labelled|labeled|headlined"
        rf"|entitled)\s+(?P<mark>{ANY})(?P<rest>.*)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<mark>{ANY})(?P<rest>\s+(?:written|set|printed|lettered|in\s|at\s|on\s"
        r"|below|above|under|over|beneath|between).*)",
        re.IGNORECASE,
    ),
)
_PLACED_FIRST = re.compile(
    r"(?P<where>(?:under|below|above|beneath|underneath|over|beside)(?:\s+(?:it|them|the\s+flags?|that|this))?"
    rf"|at\s+the\s+(?:top|bottom)|along\s+the\s+(?:top|bottom)),?\s*(?P<how>in\s+[\w\s-]{{3,40}}?)?,?\s*(?P<mark>{ANY})",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"(?:(?:and|then|also|right|just|directly)\s+)*(?:below|above|under|underneath|beneath|over|beside|next\s+to|behind"
    r"|between|around|inside|within|(?:on|to|at|in|along|across|near|towards)\s+(?:the|its|either|both|each|one|top|an?)"
    r"|left\s+of|right\s+of)\b[^,;]*,",
    re.IGNORECASE,
)
""" "Below that, three snowmen": the opening belongs to what follows it."""
_OF_TEXT = re.compile(
    r"\b(?:the|that|this|its)\s+(?:texts?|words?|lettering|letters|titles?|captions?|headlines?|inscription|slogan|name)\b",
    re.IGNORECASE,
)
""" "Above the text": speaks of lettering that was named before."""
_OF_THE_LAST = re.compile(r"\b(?:above|over|below|under|underneath|beneath)\s+(?:it|them)\b", re.IGNORECASE)
""" "Three stars above it": what was named last is meant, where "beside it" and "around it" mean the picture."""
_VERB_ROLES = {
    "titled": "title",
    "entitled": "title",
    "captioned": "caption",
    "labelled": "label",
    "labeled": "label",
    "headlined": "headline",
}
_FILLERS = frozenset(
    "in on at of the a an to with and its it by as is written set printed "
    "lettered placed centred centered big large small huge tiny medium very "
    "clean elegant simple modern classic "
    "colour color coloured colored style underneath below above under over "
    "beneath beside next left right top bottom middle centre center corner side "
    "along edge them flag picture image "
    "across near just directly canvas page poster card sheet upper lower both flags each round around inside".split()
)
_SHOWN = re.compile(
    r"^(?P<head>.*?\b(?:of|with|showing|shows|featuring|for|bearing|depicting"
    rf"|around)\s+)(?P<mark>{ANY})$",
    re.IGNORECASE,
)
_TYPE_END = re.compile(
    r"\b(?:serif|sans|bold|italic|script|cursive|condensed|monospace|monospaced"
    r"|typewriter|display|blackletter|gothic|handwritten|calligraphic)$",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"(?:on|against|over|with|all\s+on)?\s*(?:an?\s+|the\s+)?(?P<colours>[\w\s-]{3,60}?)\s+background"
    r"|background\s*[:=–—-]?\s*(?P<after>[\w\s-]{3,60}?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the sentences of a designed sheet rest on."""

    reference: str
    """What "above it" means; empty where nothing is fixed."""
    is_sheet: bool
    """The request is for a flat, designed thing; anything else keeps its own sentence."""
    choice: int
    """Varies what the request leaves open."""
    counts: bool
    """The advice on counting was read: say by what counted things stand."""
    places: bool
    """The advice on places was read: say where things go."""


def arrange(marked: Marked, sheet: Sheet) -> str:
    """The request's sentences in words, rearranged where the sheet allows it."""
    done: list[str] = []
    for sentence in _SENTENCE.split(_BULLET.sub("", marked.text)):
        if sentence.strip():
            done += _arranged(sentence.strip(), marked, sheet) if sheet.is_sheet else [sentence.strip()]
    return " ".join(_said(sentence, marked, sheet) for sentence in done if _bare(marked.unmark(sentence)))


def _said(sentence: str, marked: Marked, sheet: Sheet) -> str:
    """The sentence in words; one that has lost its "I'd like" or "could you draw" begins anew and asks no more."""
    said = marked.unmark(_full_stop(_between_both(sentence, sheet))).strip()
    if marked.unmark(sentence[:1]):
        return said[:1].upper() + said[1:] if sheet.is_sheet else said
    said = re.sub(r"\?$", ".", said.lstrip(" ,;:"))
    return said[:1].upper() + said[1:]


def _arranged(sentence: str, marked: Marked, sheet: Sheet) -> list[str]:
    beneath = _PLACED_FIRST.fullmatch(sentence.rstrip("."))
    if beneath and marked.kind(beneath["mark"]) == "lettering":
        how = _typed((beneath["how"] or "").strip())
        where = _anchored(beneath["where"].lower(), marked, sheet)
        return [f"Set the words {beneath['mark']} {how} {where}".replace("  ", " ")]
    if _POINTING.match(sentence):
        return [sentence]
    pieces = _with_tails(_pieces(sentence.rstrip(".")), marked)
    main, parts = pieces[0], list(zip(pieces[1::2], pieces[2::2], strict=True))
    own: list[str] = []
    free = _free_side(sentence, sheet)
    pending = ""
    for index, (separator, piece) in enumerate(parts):
        context = _Context(
            before=pieces[2 * index].strip(),
            others=(*pieces[: 2 * index + 1 : 2], *pieces[2 * index + 4 :: 2]),
            after=pieces[2 * index + 4 : 2 * index + 5],
        )
        said = _own_sentence(piece.strip(), marked, sheet, context, free=free)
        if said:
            own.append(said)
            pending = pending or separator
            continue
        main += (
            separator
            if "," not in pending and not pending
            else pending
            if pending.strip() in {"with", "and"}
            else separator
        ) + piece
        pending = ""
    alone = _own_sentence(main.strip(), marked, sheet, _ALONE, free=free) if not own and not parts else ""
    return [alone] if alone else [_centred(main.strip(), marked, sheet, alone=not own), *own]


def _pieces(sentence: str) -> list[str]:
    """The sentence cut at commas and "and", with what parts them between; "left and right of it" stays whole."""
    pieces = _CUT.split(sentence)
    index = 1
    while index < len(pieces) - 1:
        before, after = pieces[index - 1].rpartition(" ")[2], pieces[index + 1].partition(" ")[0]
        if pieces[index].strip().lower() == "and" and _PAIRED.fullmatch(before) and _PAIRED.fullmatch(after):
            pieces[index - 1 : index + 2] = ["".join(pieces[index - 1 : index + 2])]
        else:
            index += 2
    return pieces


_PAIRED = re.compile(
    r"left|right|top|bottom|above|below|front|behind|side|sides|red|orange|yellow|green|blue|purple|violet|pink|brown"
    r"|black|white|grey|gray|gold|golden|silver|bold|italic|big|small|large",
    re.IGNORECASE,
)


def _with_tails(pieces: list[str], marked: Marked) -> list[str]:
    """The pieces with places and arrangements put back to what they are said of: "two drums, in a row at the top"."""
    whole = pieces[:1]
    for separator, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if not re.search(ANY, piece) and "," in separator and _is_placing(piece) and _is_setting(piece, marked):
            whole[-1] += separator + piece
        else:
            whole += [separator, piece]
    return whole


def _is_placing(piece: str) -> bool:
    return any(_placing(piece)) or next(find_arrangements(piece), None) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What stands in the same sentence as a piece."""

    before: str
    """The piece next before it."""
    others: tuple[str, ...]
    after: list[str]
    """The piece next after it, if there is one."""


_ALONE = _Context(before="", others=(), after=[])


def _own_sentence(piece: str, marked: Marked, sheet: Sheet, context: _Context, *, free: str) -> str:
    spoken_of = any(_OF_TEXT.search(other) for other in context.others)
    needed = spoken_of or any(_OF_THE_LAST.search(after) for after in context.after)
    lettering = "" if needed else _lettering(piece, marked, sheet, free=free)
    return lettering or _counted(piece, marked, sheet, context) or _background(piece)


def _lettering(piece: str, marked: Marked, sheet: Sheet, *, free: str) -> str:
    for pattern in _LETTERING:
        match = pattern.fullmatch(piece)
        if not match or marked.kind(match["mark"]) != "lettering" or not _is_setting(match["rest"], marked):
            continue
        fields = match.groupdict()
        role = fields.get("role") or _VERB_ROLES.get((fields.get("verb") or "").lower(), "words")
        if re.search(r"\b(?:sign|book|shirt|board|wall|page|screen|showing|of)\b", role, re.IGNORECASE):
            return ""
        rest = _typed(match["rest"].strip())
        placed = any(_placing(rest)) or bool(re.search(r"\b(?:above|below|under|over|beneath|underneath)\b", rest))
        if sheet.places and not placed:
            rest = f"{rest} {free}".strip()
        rest = _anchored(rest, marked, sheet)
        return f"Set the {role} {match['mark']} {rest}".strip()
    return ""


def _typed(rest: str) -> str:
    """The kind of type with its noun: "in bold serif" as "in bold serif type"."""
    pieces = re.split(
        r"(?=\s+(?:above|below|under|over|beneath|at|on|along|near|across"
        r"|underneath)\b)",
        rest,
        maxsplit=1,
    )
    if _TYPE_END.search(pieces[0]):
        pieces[0] = re.sub(r"\bin\s+an?\s+", "in ", pieces[0], flags=re.IGNORECASE) + " type"
    return "".join(pieces)


def _counted(piece: str, marked: Marked, sheet: Sheet, context: _Context) -> str:
    """The counted things in a sentence that says by what they stand, where the request leaves it to be understood."""
    if not sheet.counts or not piece or not marked.marks("counted", piece[:1]):
        return ""
    rest = piece[1:].strip()
    if marked.unmark(piece[0])[:1].isupper():
        return ""  # it opens its sentence already
    if not _is_setting(rest, marked) or rest.startswith((":", "-", "–", "—")):
        return ""
    anchored = _anchored(rest, marked, sheet)
    of_another = _OF_THE_LAST.search(rest) and not marked.marks("reference", context.before[-1:])
    noun = re.escape(marked.unmark(piece[0]).rpartition(" ")[2])
    is_spoken_of = any(re.search(rf"\bthe\s+{noun}\b", marked.unmark(other)) for other in context.others)
    if anchored == rest or of_another or is_spoken_of:
        return ""
    spread = "evenly spaced " if re.match(r"(?:all\s+)?around\b", rest, re.IGNORECASE) else ""
    return f"Draw {piece[0]} {spread}{anchored}".strip()


_SIZES = ("large and whole", "medium-sized and whole", "very large and whole", "large and whole")
"""How large a reference is that nothing sizes, by attempt."""


def _background(piece: str) -> str:
    match = _BACKGROUND.fullmatch(piece)
    if not match:
        return ""
    said = match["colours"] or match["after"]
    left = said
    for colour in reversed(list(find_colours(left))):
        left = left[: colour.start] + left[colour.end :]
    plain = not re.sub(
        r"\b(?:and|plain|solid|flat|to|gradient|soft|simple|light|pale|dark|deep"
        r"|bright)\b|[\s,-]",
        "",
        left.lower(),
    )
    return f"The background is {said.strip()}" if plain and len(left) < len(said) else ""


def _centred(main: str, marked: Marked, sheet: Sheet, *, alone: bool) -> str:
    """The main sentence; a reference that closes it, and that nothing places, is given the middle of the sheet."""
    match = _SHOWN.fullmatch(main)
    size = _SIZES[sheet.choice % len(_SIZES)]
    if not sheet.places and not alone:
        return main
    if len(main) == 1 and marked.marks("reference", main):
        alone = alone and len(marked.text.strip(" .")) == 1
        return f"{main}, {size} in the centre of the picture" if alone else main
    if match and marked.kind(match["mark"]) == "reference" and words.SHEET.search(match["head"]):
        return f"{main}, {size} in the centre"
    return main


def _is_setting(rest: str, marked: Marked) -> bool:
    """Whether a tail only says how and where: kind of type, colour, place, relation to a reference."""
    if marked.marks("lettering", rest) or marked.marks("counted", rest):
        return False
    left = rest
    for finder in (find_colours, find_arrangements, find_places, find_relations):
        for found in reversed(list(finder(left))):
            left = left[: found.start] + " " + left[found.end :]
    left = words.TYPEFACE.sub(" ", left)
    left = re.sub(ANY, " ", left)
    return all(word.lower() in _FILLERS for word in re.findall(r"[\w'’-]+", left))


_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+(?:two\s+)?|both\s+)flags\b", re.IGNORECASE)
_BETWEEN_BARE = re.compile(r"\bbetween(?:\s+them\b|\s*$)", re.IGNORECASE)


def _between_both(text: str, sheet: Sheet, *, bare: bool = False) -> str:
    """ "Between the flags" by their ordinals, where there are two references."""
    if not sheet.reference.startswith("both"):
        return text
    said = "between the first reference image and the second reference image"
    text = _BETWEEN.sub(lambda match: said[:1].upper() + said[1:] if match[0][0].isupper() else said, text)
    return _BETWEEN_BARE.sub(said, text) if bare else text


def _anchored(rest: str, marked: Marked, sheet: Sheet) -> str:
    """A relation with what it relates to: "above" alone, "above it" and "above the flag" mean the reference."""
    if not sheet.reference or marked.marks("reference", rest):
        return rest
    rest = re.sub(
        r"\b(?:on|to|at)\s+its\s+(left|right)(?:\s+side)?$",
        rf"to the \1 of {sheet.reference}",
        rest,
        flags=re.IGNORECASE,
    )
    rest = _between_both(rest, sheet, bare=True)
    return re.sub(
        r"\b(above|below|under|over|beneath|underneath|beside|around|next\s+to"
        r"|to\s+the\s+(?:left|right)\s+of)(?:\s+(?:it|them|the\s+flags?|the\s+picture"
        r"|the\s+image))?$",
        rf"\1 {sheet.reference}",
        rest,
        flags=re.IGNORECASE,
    )


def _free_side(sentence: str, sheet: Sheet) -> str:
    """Where lettering goes that nothing places: away from what already has a side."""
    above = re.search(r"\b(?:above|over|on\s+top|at\s+the\s+top|along\s+the\s+top)\b", sentence, re.IGNORECASE)
    below = re.search(
        r"\b(?:below|under|beneath|underneath|at\s+the\s+bottom"
        r"|along\s+the\s+bottom)\b",
        sentence,
        re.IGNORECASE,
    )
    if above and not below:
        return "at the bottom"
    if below and not above:
        return "at the top"
    return "at the bottom" if sheet.choice % 2 else "at the top"


def _placing(text: str) -> tuple[bool, bool]:
    return bool(next(find_places(text), None)), bool(next(find_relations(text), None))


def _bare(sentence: str) -> str:
    return sentence.strip(" .,;:!?")


def _full_stop(sentence: str) -> str:
    sentence = sentence.strip().rstrip(",;")
    return sentence if sentence[-1:] in {".", "!", "?", "…", ":"} else f"{sentence}."
