"""Makes a program of an answer that has faults, where the policy cannot be asked again.

What is clearly meant is kept and the rest dropped; every change is said in
words. The order of the steps is their logic: ids in the text become ordinals of
the list as it was written, then the list is put right, then the text follows it.
"""

from collections import Counter
from dataclasses import dataclass

from ..language.ordinals import find_mentions, numbers_named, ordinal, renumber
from ..language.text import one_line
from ..records import Answer, AnsweredReference, FoundImage, Limits, Program
from .leaks import find_leaks
from .phrases import Span, drop_phrase, name_in_place_of_id, remove_with_lead
from .program import BOTH, MAX_PROMPT_CHARS, UNNUMBERED, build, faults, image_number

MAX_ROUNDS = 4
"""Dropping one phrase can bring another together; more rounds than this were never needed in the fuzz."""

_NO_QUOTES = dict.fromkeys(map(ord, "\"'“”‘’«»「」„"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A program and what was changed to get it; no program where nothing could be kept."""

    program: Program | None
    changes: tuple[str, ...] = ()


def mend(answer: Answer, images: tuple[FoundImage, ...], *, limits: Limits) -> Mended:
    """The program that an answer clearly means; an answer without faults is built unchanged."""
    if not faults(answer, images, limits=limits):
        return Mended(program=build(answer, images))
    changes: list[str] = []
    if len(answer.prompt) > MAX_PROMPT_CHARS:
        # Room is left for the sentences that name references.
        answer = answer.but(prompt=answer.prompt[: MAX_PROMPT_CHARS - 1000].rpartition(" ")[0])
        changes.append(f"the prompt was cut to {len(answer.prompt):,} characters")
    for _ in range(MAX_ROUNDS):
        answer = _mend_once(answer, images, limits, changes)
        if not faults(answer, images, limits=limits):
            return Mended(program=build(answer, images), changes=tuple(dict.fromkeys(changes)))
        if not answer.prompt.strip():
            break
    return Mended(program=None, changes=(*dict.fromkeys(changes), "nothing was left that could be drawn"))


def _mend_once(answer: Answer, images: tuple[FoundImage, ...], limits: Limits, changes: list[str]) -> Answer:
    prompt, listed = _ids_to_ordinals(answer, images, limits, changes)
    kept = _choose(listed, prompt, images, limits, changes)
    place = _new_places(listed, kept)
    prompt = _follow(prompt, place, listed, images, changes)
    prompt = _remove_addresses(prompt, images, changes)
    prompt = _fix_unnumbered(prompt, len(kept), changes)
    prompt = _name_the_unnamed(prompt, kept, changes)
    return Answer(prompt=prompt, references=tuple(kept))


def _ids_to_ordinals(
    answer: Answer, images: tuple[FoundImage, ...], limits: Limits, changes: list[str]
) -> tuple[str, list[AnsweredReference]]:
    """The prompt with image ids as ordinals of the list; a known image that only the text names joins the list."""
    listed = list(answer.references)
    known = {image_number(image.ref): image.ref for image in images}
    prompt = answer.prompt
    for leak in reversed([leak for leak in find_leaks(prompt, images) if leak.kind == "image id"]):
        ref = known.get(leak.number, f"IMG_{leak.number:03d}")
        refs = [reference.img_id for reference in listed]
        if ref not in refs and ref in known.values() and len(set(refs) & set(known.values())) < limits.max_references:
            listed.append(AnsweredReference(img_id=ref))
            refs.append(ref)
            changes.append(f"{ref}, which only the prompt named, was added to the references")
        if ref in refs:
            prompt = name_in_place_of_id(prompt, leak, refs.index(ref) + 1)
            changes.append(f"the id {leak.text} in the prompt became an ordinal")
        else:
            prompt = drop_phrase(prompt, Span(leak.start, leak.end), instead=_title(ref, images))
            changes.append(f"the id {leak.text} in the prompt, which is no reference, was dropped")
    return prompt, listed


def _choose(
    listed: list[AnsweredReference],
    prompt: str,
    images: tuple[FoundImage, ...],
    limits: Limits,
    changes: list[str],
) -> list[AnsweredReference]:
    """The references that are kept, sorted by number; of too many, those that the prompt names come first."""
    known = {image.ref for image in images}
    named = numbers_named(prompt, count=len(listed))
    usable: dict[str, tuple[bool, AnsweredReference]] = {}
    for position, reference in enumerate(listed, 1):
        ref = one_line(reference.img_id, max_chars=40)
        if reference.img_id not in known:
            changes.append(f"{ref}, which no tool returned, was dropped from the references")
        elif reference.img_id in usable:
            changes.append(f"{ref} was listed again and was taken once")
        else:
            usable[reference.img_id] = (position not in named, reference)
    by_need = sorted(usable.values(), key=lambda entry: entry[0])
    for _, reference in by_need[limits.max_references :]:
        changes.append(f"{reference.img_id} was dropped: at most {limits.max_references} references can be used")
    kept = [reference for _, reference in by_need[: limits.max_references]]
    in_order = sorted(kept, key=lambda reference: image_number(reference.img_id))
    if [r for r in listed if r in kept][: len(kept)] != in_order:
        changes.append("the references were sorted by number")
    return in_order


def _new_places(listed: list[AnsweredReference], kept: list[AnsweredReference]) -> dict[int, int]:
    """By place in the list as written, the place among the kept; dropped ones are absent."""
    new = {reference.img_id: number for number, reference in enumerate(kept, 1)}
    return {position: new[reference.img_id] for position, reference in enumerate(listed, 1) if reference.img_id in new}


def _follow(
    prompt: str,
    place: dict[int, int],
    listed: list[AnsweredReference],
    images: tuple[FoundImage, ...],
    changes: list[str],
) -> str:
    """The prompt with its ordinals brought to the new places; phrases about dropped references are dropped."""
    place = place | _only_possible(prompt, place, len(listed))
    for mention in reversed([m for m in find_mentions(prompt) if m.number not in place]):
        ref = listed[mention.number - 1].img_id if 1 <= mention.number <= len(listed) else ""
        prompt = drop_phrase(prompt, Span(mention.start, mention.end), instead=_title(ref, images))
        changes.append(f'what the prompt said of "the {ordinal(mention.number)} reference image" was dropped')
    moved = {m.number for m in find_mentions(prompt) if place.get(m.number, m.number) != m.number}
    for number in sorted(moved):
        changes.append(f'"the {ordinal(number)} reference image" became "the {ordinal(place[number])} reference image"')
    return renumber(prompt, lambda number: place.get(number, number)) if moved else prompt


def _only_possible(prompt: str, place: dict[int, int], count: int) -> dict[int, int]:
    """One ordinal past the end of the list beside one reference that is never named can only mean that one."""
    numbers = {mention.number for mention in find_mentions(prompt)}
    unnamed = set(place.values()) - {place[number] for number in numbers if number in place}
    wrong = {number for number in numbers if number > count}
    unnumbered = UNNUMBERED.search(prompt)
    return {wrong.pop(): unnamed.pop()} if len(wrong) == len(unnamed) == 1 and not unnumbered else {}


def _remove_addresses(prompt: str, images: tuple[FoundImage, ...], changes: list[str]) -> str:
    leaks = [leak for leak in find_leaks(prompt, images) if leak.kind != "image id"]
    for leak in reversed(leaks):
        prompt = remove_with_lead(prompt, Span(leak.start, leak.end))
    kinds = Counter(leak.kind for leak in leaks)
    changes += [f"{times} {kind}{'es' if kind.endswith('s') else 's'} removed from the prompt" if times > 1
                else f"a {kind} was removed from the prompt" for kind, times in kinds.items()]  # fmt: skip
    return prompt


def _fix_unnumbered(prompt: str, count: int, changes: list[str]) -> str:
    """Words that speak of references in general, where there are fewer than they say."""
    if count == 1 and (both := list(BOTH.finditer(prompt))):
        for match in reversed(both):
            prompt = prompt[: match.start()] + "the first reference image" + prompt[match.end() :]
        changes.append("words about two references became about the only one")
    if count == 0 and (general := list(UNNUMBERED.finditer(prompt))):
        for match in reversed(general):
            prompt = drop_phrase(prompt, Span(match.start(), match.end()), instead="a picture")
        changes.append("words about references were dropped, as there is none")
    return prompt


def _name_the_unnamed(prompt: str, kept: list[AnsweredReference], changes: list[str]) -> str:
    named = numbers_named(prompt, count=len(kept))
    for number, reference in enumerate(kept, 1):
        if number in named:
            continue
        note = one_line(reference.note, max_chars=300).rstrip(".;, ")
        if not note or any(True for _ in find_mentions(note)) or find_leaks(note, ()):
            sentence = f"Use the {ordinal(number)} reference image."
        else:
            sentence = f"Use the {ordinal(number)} reference image: {note}."
        prompt = f"{prompt.rstrip()} {sentence}".lstrip()
        changes.append(f"a sentence that names the {ordinal(number)} reference image was added")
    return prompt


def _title(ref: str, images: tuple[FoundImage, ...]) -> str:
    """What a dropped image can be called in words."""
    title = next((image.title for image in images if image.ref == ref), "").translate(
        dict.fromkeys(map(ord, "\"'“”‘’«»"))
    )
    clear = title and title != "untitled" and len(title) <= 80
    if not clear or any(True for _ in find_mentions(title)) or find_leaks(title, images) or UNNUMBERED.search(title):
        return "a picture"
    return title
