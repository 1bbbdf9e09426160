"""Writes the program: the user's words, with what was found out put in, and the skills' advice applied.

Nothing that was asked for is left out. What the rules understand is said more
plainly (exact counts, quoted lettering, ordinals for references); what they do
not understand stands as the user wrote it.
"""

import re
from dataclasses import dataclass

from ...language.asking import find_courtesies, find_frames
from ...language.nouns import counted as counted_noun
from ...language.nouns import singular
from ...language.numbers import COLLECTIVES, count_in_words
from ...language.ordinals import find_mentions, ordinal
from . import words
from .answers import Known
from .clauses import Sheet, arrange
from .counts import Counted
from .marks import Edit, Marked, mark
from .names import spoken
from .nodes import Asked, Named
from .observations import Picture
from .plan import Depicted, Outcome, Plan
from .relations import FLAG_SHEETS
from .request import Reading

_OWN_PICTURE = re.compile(
    r"\b(?:(?:my|this|the\s+(?:attached|given|provided|supplied|uploaded|enclosed"
    r"|included|brought))(?:\s+(?:own|first|reference))?|the\s+reference)\s+"
    r"(?:pictures?|photos?|photographs?|images?|drawing|snapshot|scan|references?)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"“”]+", re.IGNORECASE)
_ID = re.compile(r"\bIMG_\d+\b|\bimages/[\w/]+\.\w+", re.IGNORECASE)
_ABOVE = re.compile(r"\b(?:on|in|at)\s+(?:the\s+)?(above|below)\b(?!\s+\w+ed\b)", re.IGNORECASE)
_PLEASE = re.compile(r"(?:,\s*|(?<=\w)[^\S\n]+)please\b|\bplease\b,?\s?", re.IGNORECASE)
_DETERMINED = re.compile(
    r"\b(?:exactly|only|just|the|these|those|all|first|last|my|your|its|their|an?"
    r"|precisely|than|least|most|about|around|nearly|almost|up\s+to|all\s+of|set\s+of|each\s+of)\s+$",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"\b(?:stripes?|legs?|arms?|eyes?|heads?|wings?|wheels?|sides?|points?|horns?"
    r"|tails?|teeth|fingers?|petals?|layers?|"
    r"stor(?:e?y|ies)|floors?|windows?|doors?|bands?|colou?rs?|columns?|rows?|shel(?:f|ves)|drawers?|steps?|branch(?:es)?|people|players?|panels?)$",
    re.IGNORECASE,
)
"""Things that are part of another or of a crowd: counted, but never lined up apart from each other."""
_FLAG_SHEET = re.compile(rf"(an?\s+|the\s+)?(?:\w+\s+)?flags?\s+({FLAG_SHEETS})\b", re.IGNORECASE)
_NO_ADJECTIVE = frozenset(
    "of with and in on for to from by at near over under behind above below showing shows featuring bearing holding "
    "has is are the a an that its beside depicting carrying wearing displaying around as like".split()
)
_LEFT_OPEN = re.compile(r"\b(?:an?|the|one|two|my|its)\s+(?P<adjectives>(?:[\w-]+\s+){1,3})$", re.IGNORECASE)

ADVICE = {
    "quantity_counting": "Each is whole and clearly visible, apart from the others.",
    "text_rendering": "All text is crisp and legible, exactly as written; no other text.",
    "attribute_binding": "Each object keeps its own colour, size and texture.",
    "creative_drawing": "The subject stays recognisable; everything else is natural and realistic.",
    "anatomy_body_coherence": "Every figure is whole and natural, with correct proportions.",
    "physical_material_consistency": "Textures are realistic, in soft light from one side with natural shadows.",
    "spatial_layout": "Each object is whole and in its own place.",
}
"""One sentence from each skill that was read; they name nothing that could be drawn a second time."""
COMPOSITIONS = (
    "The composition is calm and balanced, with clear margins.",
    "The composition is simple, with generous margins.",
    "The composition is strong, with narrow margins.",
    "The composition is quiet, slightly off centre.",
)
"""What attempts vary where the request leaves it open."""
IDEA_ADVICE = "The subject is clear, in one simple scene without text."
LIT_ADVICE = "Textures are realistic."
FALLBACK = "A plain, evenly lit, empty background."


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The program as the planner means it."""

    prompt: str
    references: tuple[tuple[str, str], ...]
    """Id and note, ascending by number."""


def write_program(plan: Plan, *, max_chars: int, complaints: int = 0) -> Written:
    """The program for a plan.

    Args:
        plan: what is known.
        max_chars: how long the user's part of the prompt may be; what goes past it is cut at a word.
        complaints: answers that were refused so far; each makes the next one plainer.
    """
    references = plan.references if complaints < 2 else ()
    ordinals = {picture.ref: number for number, picture in enumerate(references, 1)}
    marked = mark(plan.reading.text, _edits(plan, ordinals))
    skills = plan.seen.skills if complaints < 1 else frozenset[str]()
    sheet = Sheet(
        reference=_only_anchor(ordinals),
        is_sheet=bool(words.SHEET.search(plan.reading.bare)) or bool(_shown(plan, ordinals)),
        choice=plan.choice,
        counts="quantity_counting" in skills,
        places="spatial_layout" in skills or "text_rendering" in skills,
    )
    body = arrange(marked, sheet) + _clean(plan.reading.rest, len(references))
    body = _ended(" ".join(body.split())) or FALLBACK
    body = _fitted(body[0].upper() + body[1:], max_chars)
    parts = [body, *_unnamed(body, references), *_advice(plan, marked, skills)]
    return Written(
        prompt=" ".join(parts),
        references=tuple((picture.ref, _note(picture, plan)) for picture in references),
    )


def _shown(plan: Plan, ordinals: dict[str, int]) -> list[Depicted]:
    return [one for one in plan.depicted if one.picture and one.picture.ref in ordinals and one.wanted.kind]


def _only_anchor(ordinals: dict[str, int]) -> str:
    """What "above it" means on a sheet: the one reference, or both."""
    return "the first reference image" if len(ordinals) == 1 else "both reference images" if ordinals else ""


def _edits(plan: Plan, ordinals: dict[str, int]) -> list[Edit]:
    reading = plan.reading
    edits = [Edit(start=one.start, end=one.end, kind="lettering", words=quoted(one.text)) for one in reading.letterings]
    for outcome in plan.outcomes:
        edits += _outcome_edit(outcome, reading, ordinals)
    for one in plan.named:
        if one.picture and one.picture.ref in ordinals:
            said = f"{reading.text[one.start : one.end]} (as in {_reference(ordinals[one.picture.ref])})"
            edits.append(Edit(start=one.start, end=one.end, kind="words", words=said))
    edits += [edit for one in reading.counted if (edit := _count_edit(one, plan))]
    edits += _own_pictures(reading.bare, plan, ordinals)
    edits += _forbidden(reading.bare, len(ordinals))
    edits += [Edit(start=m.start(), end=m.end(), kind="words", words="") for m in _PLEASE.finditer(reading.bare)]
    asking = (*find_courtesies(reading.bare), *find_frames(reading.bare))
    edits += [Edit(start=start, end=end, kind="words", words="") for start, end in asking]
    for match in _ABOVE.finditer(reading.bare):
        place = "at the top" if match[1].lower() == "above" else "at the bottom"
        edits.append(Edit(start=match.start(), end=match.end(), kind="words", words=place))
    return edits


def _outcome_edit(outcome: Outcome, reading: Reading, ordinals: dict[str, int]) -> list[Edit]:
    text, found, answers = reading.text, outcome.found, outcome.answers
    names = [name for answer in answers if isinstance(answer, Known) for name in answer.names]
    if not names or (not outcome.depicted and len(names) < len(answers)):
        return []
    said = text[found.start : found.end]
    if found.is_question:
        return [Edit(start=found.start, end=found.end, kind="words", words="")]
    if outcome.is_text:
        return [Edit(start=found.start, end=found.end, kind="lettering", words=listed([quoted(n) for n in names]))]
    if not outcome.depicted:
        edit = Edit(
            start=found.start,
            end=found.end,
            kind="words",
            words=_as_begun(text, found.start, listed([spoken(name) for name in names])),
        )
        return [edit] if [*names] != [said] else []
    phrases = [_phrase(one, ordinals) for one in outcome.depicted]
    is_shown = any(one.picture and one.picture.ref in ordinals for one in outcome.depicted)
    is_named = all(isinstance(node, Asked) and isinstance(node.of, Named) for node in found.nodes)
    if is_named and not is_shown and all(one.wanted.name in said for one in outcome.depicted):
        return []  # nothing was found out: the user's words say it best
    whole = listed(phrases)
    if sheet := _FLAG_SHEET.match(said):
        whole = f"{sheet[1] or 'a '}{sheet[2]} with {whole}"
    begin = max([found.start - 40, 0, *(other.end for other in reading.unknowns if other.end <= found.start)])
    before = _LEFT_OPEN.search(text, begin, found.start)
    adjectives = before and not _NO_ADJECTIVE.intersection(before["adjectives"].lower().split())
    if adjectives and not re.match(r"(?:the|an?|both|two|that|this|its|their)\b", said, re.IGNORECASE):
        # "a small waving flag of Japan": the article stands apart from the noun, so the noun must stay one.
        whole = re.sub(r"^(the \w+ reference image) \(the (.*)\)$", r"\2 as in \1", whole)
        whole = whole.removeprefix("the ")
    return [
        Edit(
            start=found.start,
            end=found.end,
            kind="reference" if is_shown else "words",
            words=_as_begun(text, found.start, whole),
        )
    ]


def _phrase(one: Depicted, ordinals: dict[str, int]) -> str:
    name = one.wanted.spoken
    if one.picture and one.picture.ref in ordinals:
        return f"{_reference(ordinals[one.picture.ref])} ({name})"
    return name


def _reference(number: int) -> str:
    return f"the {ordinal(number)} reference image"


def _count_edit(one: Counted, plan: Plan) -> Edit | None:
    """ "three knifes" as "three knives", and as "exactly three knives" once the advice on counting was read."""
    text, advised = plan.reading.text, "quantity_counting" in plan.seen.skills
    number = " ".join(text[one.start : one.number_end].lower().split())
    if number in COLLECTIVES and not number.endswith("dozen"):
        return None
    phrase = text[one.number_end : one.end].strip()
    if re.search(r"\bflags$", phrase, re.IGNORECASE) and any(found.wanted.kind for found in plan.depicted):
        return None  # the references are the flags, and no more are to be drawn
    is_told = one.count == 1 and " " in phrase and (words.PEOPLE.match(phrase) or words.ANIMAL.match(phrase))
    last = phrase.rpartition(" ")[2]
    # "six fish swam" has no plural to mend, and "three snowmen" is one.
    is_open = one.count > 1 and singular(last) == last and (" " in phrase or last.lower().endswith("men"))
    things = phrase if is_told or is_open else counted_noun(phrase, one.count)
    value = count_in_words(one.count)
    before = text[max(0, one.start - 14) : one.start]
    exactly = "exactly " if advised and one.count > 1 and not _DETERMINED.search(before) else ""
    said = f"{exactly}{value} {things}{_arrangement(one, plan) if advised else ''}"
    if text[one.start].isupper():
        said = said[0].upper() + said[1:]
    return Edit(start=one.start, end=one.end, kind="counted" if one.count > 1 else "words", words=said)


def _arrangement(one: Counted, plan: Plan) -> str:
    """An arrangement in which the things can be counted at a glance, where a short request leaves it open."""
    reading = plan.reading
    several = [other for other in reading.counted if other.count > 1]
    is_open = len(several) == 1 and not reading.is_placed and not plan.outcomes and len(reading.text.split()) <= 10
    is_open = is_open and not _DETERMINED.search(reading.text[max(0, one.start - 14) : one.start])
    if not is_open or not 3 <= one.count <= 10 or reading.text[one.end :].strip(" .") or _PARTS.search(one.phrase):
        return ""
    forms = ("in a row", "in a row", "in an arc", "in a row") if one.count in {3, 4, 5, 7} else ("in a grid",)
    return f" {forms[plan.choice % len(forms)]}"


def _own_pictures(bare: str, plan: Plan, ordinals: dict[str, int]) -> list[Edit]:
    """ "my photo" becomes the ordinal of the picture that the user brought."""
    brought = [ordinals[picture.ref] for picture in plan.seen.brought if picture.ref in ordinals]
    if not brought:
        return []
    edits: list[Edit] = []
    for match in _OWN_PICTURE.finditer(bare):
        if next(find_mentions(bare[match.start() : match.end() + 4]), None):
            continue
        several = match[0].endswith("s") and len(brought) > 1
        numbers = brought if several else [brought[min(len(edits), len(brought) - 1)]]
        said = listed([_reference(number) for number in numbers])
        edits.append(
            Edit(start=match.start(), end=match.end(), kind="reference", words=_as_begun(bare, match.start(), said))
        )
    return edits


def _forbidden(bare: str, count: int) -> list[Edit]:
    """What a program may not hold: ids, addresses, and ordinals of references that it does not have."""
    edits = [
        Edit(start=match.start(), end=match.end(), kind="words", words="the picture") for match in _ID.finditer(bare)
    ]
    edits += [
        Edit(start=m.start(), end=m.end(), kind="words", words="the linked page") for m in _ADDRESS.finditer(bare)
    ]
    for mention in find_mentions(bare):
        if mention.number > count:
            edits.append(Edit(start=mention.start, end=mention.end, kind="words", words="picture"))
    return edits


def _clean(rest: str, count: int) -> str:
    return mark_out(rest, _forbidden(rest, count)) if rest else ""


def mark_out(text: str, edits: list[Edit]) -> str:
    """The text with edits made at once."""
    marked: Marked = mark(text, edits)
    return marked.unmark(marked.text)


def _unnamed(body: str, references: tuple[Picture, ...]) -> list[str]:
    """A sentence for each reference that the body does not name."""
    named = {mention.number for mention in find_mentions(body)}
    sentences: list[str] = []
    for number, picture in enumerate(references, 1):
        if number in named:
            continue
        what = "as the main subject" if number == 1 and picture.query == "brought" else "clearly visible"
        sentences.append(f"Show {_reference(number)} {what}, whole and recognisable.")
    return sentences


def _advice(plan: Plan, marked: Marked, skills: frozenset[str]) -> list[str]:
    read = [skill for skill in plan.skills if skill in skills]
    lines = [line for skill in read if (line := _line(skill, plan, marked))]
    if "aesthetic_drawing" in read or plan.choice:
        lines.append(COMPOSITIONS[plan.choice % len(COMPOSITIONS)])
    return lines


def _line(skill: str, plan: Plan, marked: Marked) -> str:
    """The sentence of a skill, where it fits what is asked."""
    free, kinds = plan.reading.free, {edit.kind for edit in marked.edits}
    if skill == "text_rendering" and "lettering" not in kinds:
        return ""
    if skill == "quantity_counting" and not any(
        c.count > 1 and not _PARTS.search(c.phrase) for c in plan.reading.counted
    ):
        return ""
    if skill == "creative_drawing" and words.IDEA.fullmatch(free.strip(" .")):
        return IDEA_ADVICE
    if skill == "physical_material_consistency" and words.LIGHT.search(free):
        return LIT_ADVICE
    return ADVICE.get(skill, "")


def _note(picture: Picture, plan: Plan) -> str:
    if picture.query == "brought":
        return "the user's own picture: keep its subject, shapes and colours"
    one = next((one for one in plan.depicted if one.picture == picture), None)
    what = one.wanted.spoken if one else picture.title
    if one and one.wanted.kind:
        return f"{what}: copy its colours, proportions and emblems exactly, whole and undistorted"
    return f"{what}: copy how it looks"


def quoted(text: str) -> str:
    """The words in double quotation marks, of whichever kind they do not hold themselves."""
    text = " ".join(text.split())
    return f"“{text}”" if '"' in text else f'"{text}"'


def listed(items: list[str]) -> str:
    """ "A", "A and B" or "A, B and C"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _as_begun(text: str, start: int, new: str) -> str:
    """The new words with a capital where they begin a sentence."""
    begins = not text[:start].strip() or text[:start].rstrip()[-1] in ".!?"
    return new[0].upper() + new[1:] if begins and new else new


def _fitted(body: str, max_chars: int) -> str:
    if len(body) <= max_chars:
        return body
    kept = body[:max_chars]
    at = max(kept.rfind(". ", max_chars // 2) + 1, kept.rfind(" ", max_chars // 2))
    return _ended(kept[:at] if at > 0 else kept)


def _ended(text: str) -> str:
    text = re.sub(r"\s+([,.;:!?])", r"\1", text).strip(" ,;")
    return (
        text
        if not text or (text[-1] in '.!?…。！？"”' and text[-2:-1] in {"", *".!?"}) or text[-1] in ".!?…。！？"
        else f"{text}."
    )
