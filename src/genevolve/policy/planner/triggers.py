"""Which skills a request asks for: the conditions that the skills' front matter states, as rules over a reading."""

import re

from . import words
from .request import Reading

ORDER = (
    "text_rendering",
    "quantity_counting",
    "spatial_layout",
    "attribute_binding",
    "creative_drawing",
    "anatomy_body_coherence",
    "physical_material_consistency",
    "aesthetic_drawing",
)
"""Where calls run short, the skills whose neglect shows most come first."""

_NO_BODY = re.compile(
    r"\bhair\s+dr[iy]ers?|\bclock\s+face|\beye\s+(?:level|of)\b|\bfirst\s+hand"
    r"|\bby\s+hand|\bpalm[\s-]+(?:tree|lea|beach|oil)|\bhand[\s-]+(?:painted|lettered|drawn|written|made)",
    re.IGNORECASE,
)
_NO_MATERIAL = re.compile(
    r"\b(?:iced?|ice)[\s-]+(?:tea|cream|hockey|skat\w+)|\brosetta\s+stone"
    r"|\bglass(?:es)?\s+of\b",
    re.IGNORECASE,
)
_NOT_STYLE = re.compile(
    r"\bpaint(?:ed|ing)\s+(?:it|the)\b|\b(?:a|the)\s+paintings?\s+(?:on|hanging"
    r"|by)\b",
    re.IGNORECASE,
)
_ACTING = 40
"""An animal acts where what people do stands within so many characters after it."""


def skills_for(reading: Reading, *, pictures: int) -> dict[str, str]:
    """The skills to ask for, the most needed first, each with the words of the request that call for it.

    Args:
        reading: what the rules found.
        pictures: how many references the program may show.
    """
    free = _NO_BODY.sub(" ", reading.free)
    reasons = {
        "text_rendering": "words must be readable" if reading.wants_text else "",
        "quantity_counting": _counting(reading),
        "spatial_layout": "things have places"
        if reading.is_placed
        else "two references share the canvas"
        if pictures > 1
        else "",
        "attribute_binding": _binding(reading),
        "creative_drawing": _creative(free),
        "anatomy_body_coherence": _anatomy(free),
        "physical_material_consistency": _first(_NO_MATERIAL.sub(" ", free), words.MATERIAL, words.PHYSICS),
        "aesthetic_drawing": _first(_NOT_STYLE.sub(" ", free), words.STYLE),
    }
    return {name: reasons[name] for name in ORDER if reasons[name]}


def _counting(reading: Reading) -> str:
    several = next((one for one in reading.counted if one.count > 1), None)
    if several:
        return f"“{reading.text[several.start : several.end]}” will be counted"
    return "something must be absent or single" if reading.is_absent else ""


def _binding(reading: Reading) -> str:
    nouns = {noun for _, noun in reading.bindings}
    attributes = {attribute for attribute, _ in reading.bindings}
    if len(nouns) > 1 and len(attributes) > 1:
        return "different things have different looks (" + ", ".join(f"{a} {n}" for a, n in reading.bindings[:3]) + ")"
    return ""


def _creative(bare: str) -> str:
    found = _first(bare, words.CREATIVE)
    if found:
        return found
    if len(bare.split()) <= 3 and (idea := words.IDEA.search(bare)):
        return f"“{idea[0]}” is an idea and needs a scene"
    actor = _acting_animal(bare)
    return f"“{actor}” does not happen by itself" if actor else ""


def _anatomy(bare: str) -> str:
    found = _first(bare, words.PEOPLE, words.BODY)
    if found:
        return found
    actor = _acting_animal(bare)
    return f"“{actor}” needs a body that can" if actor else ""


def _acting_animal(bare: str) -> str:
    for animal in words.ANIMAL.finditer(bare):
        clause = re.split(r"[.;,]", bare[animal.end() : animal.end() + _ACTING])[0]
        role = re.match(r"\s+(?:[\w-]+\s+)?", clause)
        if role and (job := words.PEOPLE.match(clause, role.end()) or words.PEOPLE.match(clause.lstrip())):
            return f"{animal[0]} {job[0]}"
        action = words.HUMAN_ACTION.search(clause)
        if action and not words.PEOPLE.search(clause[: action.start()]):
            return bare[animal.start() : animal.end() + action.end()]
    return ""


def _first(bare: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        found = pattern.search(bare)
        if found:
            return f"“{found[0].lower()}”"
    return ""
