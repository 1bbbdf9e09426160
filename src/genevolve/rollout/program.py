"""From an answer, as the policy wrote it, to a program that can be drawn: what is wrong with it, and its building."""

import re
from collections import Counter

from ..language.ordinals import find_mentions, numbers_named, ordinal
from ..language.text import one_line
from ..records import Answer, FoundImage, Limits, Program, Reference
from .leaks import find_leaks

MAX_PROMPT_CHARS = 20_000
"""More than the published token limit lets a reply hold; it bounds what a policy with other limits can cost us."""

_THING = r"reference\s+(?:image|picture|photo(?:graph)?)s?"
BOTH = re.compile(rf"\b(?:both|the\s+two)\s+(?:of\s+)?(?:the\s+)?{_THING}\b", re.IGNORECASE)
"""Speaks of exactly two references."""
UNNUMBERED = re.compile(
    rf"\b(?:the|this|that|your|given|provided|supplied|both|all|each|every)\s+(?:of\s+)?(?:the\s+)?(?:two\s+)?{_THING}\b"
    r"(?!\s+(?:number\s+|no\.?\s*|#\s*)?[0-9])",
    re.IGNORECASE,
)
"""Speaks of references without saying which."""


def image_number(ref: str) -> int:
    """The number of an image id, by which references are sorted: IMG_1000 comes after IMG_999."""
    return int(ref.removeprefix("IMG_"))


def faults(answer: Answer, images: tuple[FoundImage, ...], *, limits: Limits) -> list[str]:
    """Why an answer cannot be drawn as it stands, each in words that the policy can act on; empty for a valid one."""
    return [
        *_faults_of_list(answer, images, limits),
        *_faults_of_ordinals(answer),
        *_faults_of_text(answer, images),
    ]


def build(answer: Answer, images: tuple[FoundImage, ...]) -> Program:
    """The program of an answer without faults, its prompt unchanged."""
    by_ref = {image.ref: image for image in images}
    return Program(
        prompt=answer.prompt,
        references=tuple(
            Reference(ref=reference.img_id, digest=by_ref[reference.img_id].digest, note=reference.note)
            for reference in answer.references
        ),
    )


def _faults_of_list(answer: Answer, images: tuple[FoundImage, ...], limits: Limits) -> list[str]:
    known = {image.ref for image in images}
    refs = [reference.img_id for reference in answer.references]
    found: list[str] = []
    for ref in dict.fromkeys(ref for ref in refs if ref not in known):
        had = f"the images found are {_span(images)}" if images else "no image was found so far"
        found.append(f"reference_images names {one_line(ref, max_chars=40)!r}, which no tool returned; {had}")
    found += [f"{ref} is listed {times} times; list it once" for ref, times in Counter(refs).items() if times > 1]
    if len(refs) > limits.max_references:
        found.append(f"{len(refs)} references are listed; at most {limits.max_references} can be used")
    numbers = [image_number(ref) for ref in refs if ref in known]
    if numbers != sorted(numbers):
        found.append("the references are not sorted by their number; list the lower number first, and count from there")
    return found


def _faults_of_ordinals(answer: Answer) -> list[str]:
    count = len(answer.references)
    listed = f"{count} {'is' if count == 1 else 'are'} listed"
    missing = sorted({m.number for m in find_mentions(answer.prompt) if not 1 <= m.number <= count})
    found = [
        f'the prompt names "the {ordinal(number)} reference image", and {listed} in reference_images'
        for number in missing[:3]
    ]
    if count != 2 and BOTH.search(answer.prompt):
        found.append(f"the prompt speaks of two reference images, and {listed} in reference_images")
    elif count == 0 and UNNUMBERED.search(answer.prompt):
        found.append("the prompt speaks of a reference image, and none is listed in reference_images")
    named = numbers_named(answer.prompt, count=count)
    found += [
        f'{one_line(reference.img_id, max_chars=40)} is listed and the prompt never names "the {ordinal(number)} '
        'reference image"; say what to take from it, or leave it out'
        for number, reference in enumerate(answer.references, 1)
        if number not in named
    ]
    return found


def _faults_of_text(answer: Answer, images: tuple[FoundImage, ...]) -> list[str]:
    if not answer.prompt.strip():
        return ["gen_prompt is empty; describe the picture"]
    if len(answer.prompt) > MAX_PROMPT_CHARS:
        return [f"gen_prompt has {len(answer.prompt):,} characters; at most {MAX_PROMPT_CHARS:,} can be drawn"]
    return [
        f"the prompt holds the {leak.kind} {one_line(leak.text, max_chars=60)!r}; "
        'the renderer knows images only as "the first reference image", "the second reference image"'
        for leak in find_leaks(answer.prompt, images)[:3]
    ]


def _span(images: tuple[FoundImage, ...]) -> str:
    return images[0].ref if len(images) == 1 else f"{images[0].ref} to {images[-1].ref}"
