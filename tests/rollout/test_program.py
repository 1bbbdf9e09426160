"""Which answers can be drawn as they stand, and what becomes of the others."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.records import Answer, AnsweredReference, FoundImage, Limits
from genevolve.rollout import build, faults, mend

LIMITS = Limits()


def found(number: int, title: str = "Flag of Chad") -> FoundImage:
    ref = f"IMG_{number:03d}"
    return FoundImage(
        ref=ref,
        digest=f"{number:032x}",
        title=title,
        image_url=f"https://flags.example/{number}.png",
        page_url="https://flags.example/page",
        found_by="flag",
    )


IMAGES = (found(1), found(2, "Flag of Mali"), found(3, "Flag of Niger"), found(1000, "A sunset"))


def answer(prompt: str, *refs: str, note: str = "") -> Answer:
    return Answer(prompt=prompt, references=tuple(AnsweredReference(img_id=ref, note=note) for ref in refs))


VALID = [
    answer("A calm sea."),
    answer("The first reference image fills the top.", "IMG_002"),
    answer("Set the reference image in a golden frame.", "IMG_001"),
    answer("Both reference images side by side.", "IMG_003", "IMG_1000"),
    answer("Reference image 1 above reference image 2.", "IMG_001", "IMG_002"),
    answer('A shop sign "www.bakery.example" over a door.', note="x"),
    answer('A contact sheet with the caption "IMG_4032".'),
    answer("A 24/7 diner and/or kiosk, black/white tiles, 1.5:1."),
]


@pytest.mark.parametrize("valid", VALID)
def test_a_valid_answer_has_no_faults_and_mending_leaves_its_words_alone(valid):
    assert faults(valid, IMAGES, limits=LIMITS) == []
    mended = mend(valid, IMAGES, limits=LIMITS)

    assert mended.program == build(valid, IMAGES)
    assert mended.program.prompt == valid.prompt
    assert [reference.ref for reference in mended.program.references] == [r.img_id for r in valid.references]
    assert mended.changes == ()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (answer("The first reference image.", "IMG_009"), "no tool returned; the images found are IMG_001 to IMG_1000"),
        (answer("Both reference images.", "IMG_001", "IMG_001"), "IMG_001 is listed 2 times"),
        (
            answer("The first, second and third: all reference images.", "IMG_001", "IMG_002", "IMG_003"),
            "3 references are listed; at most 2",
        ),
        (answer("Both reference images.", "IMG_1000", "IMG_003"), "not sorted by their number"),
        (answer("The third reference image.", "IMG_001", "IMG_002"), '"the third reference image", and 2 are listed'),
        (answer("The second reference image.", "IMG_001"), '"the second reference image", and 1 is listed'),
        (answer("Both reference images.", "IMG_001"), "speaks of two reference images, and 1 is listed"),
        (answer("Copy the reference image."), "none is listed"),
        (answer("A red star.", "IMG_002"), 'never names "the first reference image"'),
        (answer("The first reference image.", "IMG_001", "IMG_002"), 'never names "the second reference image"'),
        (answer("The flag of img_1."), "holds the image id 'img_1'"),
        (answer("As on https://flags.example/1.png, red."), "web address 'https://flags.example/1.png'"),
        (answer('The words "https://flags.example/1.png".'), "web address"),
        (answer("Copy images/ab/abcd.png exactly."), "file path 'images/ab/abcd.png'"),
        (answer("Copy C:\\pictures\\me.jpg exactly."), "file path"),
        (answer(" \n"), "gen_prompt is empty"),
        (answer("red star " * 3000), "27,000 characters; at most 20,000"),
    ],
)
def test_each_fault_is_named_in_words_the_policy_can_act_on(broken, words):
    assert words in " | ".join(faults(broken, IMAGES, limits=LIMITS))


def test_with_no_image_found_an_unknown_id_says_so():
    assert "no image was found so far" in faults(answer("The first reference image.", "IMG_001"), (), limits=LIMITS)[0]


@pytest.mark.parametrize(
    ("broken", "prompt", "refs"),
    [
        # What was listed out of order is sorted, and the words follow: what was second is now first.
        (
            answer("The second reference image left of the first reference image.", "IMG_003", "IMG_001"),
            "The first reference image left of the second reference image.",
            ["IMG_001", "IMG_003"],
        ),
        # Of too many, those that the prompt names are kept, and renumbered.
        (
            answer("Put the first reference image beside the third reference image.", "IMG_001", "IMG_002", "IMG_003"),
            "Put the first reference image beside the second reference image.",
            ["IMG_001", "IMG_003"],
        ),
        # A phrase that leans on a dropped reference goes with its preposition, a whole sentence where it can.
        (
            answer('A poster "FASO" with the flag of the second reference image in red.', "IMG_001", "IMG_009"),
            'A poster "FASO" with the flag in red. Use the first reference image.',
            ["IMG_001"],
        ),
        (
            answer("A calm sea at dusk. The first reference image sets the colours.", "IMG_009"),
            "A calm sea at dusk.",
            [],
        ),
        # Quoted words are never lost with a sentence.
        (
            answer('A wall. The second reference image says "OPEN".', "IMG_001", "IMG_009"),
            'A wall. A picture says "OPEN". Use the first reference image.',
            ["IMG_001"],
        ),
        (
            answer("Both reference images, twice.", "IMG_002", "IMG_002"),
            "the first reference image, twice.",
            ["IMG_002"],
        ),
        # Ids become ordinals; an id that only the text names joins the list.
        (
            answer("The flag in IMG_003 over a sea.", "IMG_003"),
            "The flag in the first reference image over a sea.",
            ["IMG_003"],
        ),
        (
            answer("IMG_001 beside the image IMG_003.", "IMG_003"),
            "The first reference image beside the second reference image.",
            ["IMG_001", "IMG_003"],
        ),
        (
            answer("The first reference image (IMG_002) in a frame.", "IMG_002"),
            "The first reference image in a frame.",
            ["IMG_002"],
        ),
        (answer("A flag like IMG_077 on a pole."), "A flag on a pole.", []),
        # Addresses go, with the brackets or the preposition that held them.
        (
            answer("A flag (https://flags.example/1.png) on a pole, from images/ab/abcd.png."),
            "A flag on a pole.",
            [],
        ),
        # One wrong ordinal beside one unnamed reference can only mean that one.
        (answer("Use the second reference image.", "IMG_002"), "Use the first reference image.", ["IMG_002"]),
        # What was listed and never named is named, with its note.
        (
            answer("A calm sea.", "IMG_002", note="the flag, whole."),
            "A calm sea. Use the first reference image: the flag, whole.",
            ["IMG_002"],
        ),
        (
            answer("A calm sea.", "IMG_002", note="as in IMG_001"),
            "A calm sea. Use the first reference image.",
            ["IMG_002"],
        ),
        (answer("Copy the reference image onto a mug."), "Copy a picture onto a mug.", []),
    ],
)
def test_what_is_clearly_meant_is_kept_and_every_change_is_said(broken, prompt, refs):
    mended = mend(broken, IMAGES, limits=LIMITS)

    assert mended.program is not None
    assert mended.program.prompt == prompt
    assert [reference.ref for reference in mended.program.references] == refs
    assert mended.changes


def test_an_empty_answer_leaves_nothing_to_draw_and_says_so():
    mended = mend(answer("  "), IMAGES, limits=LIMITS)

    assert mended.program is None
    assert mended.changes


@pytest.mark.parametrize("unit", ["IMG_009, ", "the third reference image ", "both reference images ", "a/a/a/", '"'])
def test_an_overlong_prompt_is_cut_and_mended_within_seconds(unit):
    began = time.process_time()
    mended = mend(answer("A sea. " + unit * (190_000 // len(unit)), "IMG_001"), IMAGES, limits=LIMITS)

    # Mending all 190,000 characters took a minute; the most that is drawn takes a second.
    assert time.process_time() - began < 10
    assert mended.program is None or len(mended.program.prompt) <= 20_000


PIECES = st.sampled_from(
    [
        "the first reference image", "The second reference image's border", "reference image 3", "7th reference image",
        "both reference images", "all of the reference images", "the reference image", "IMG_001", "(IMG_003)", "img-9",
        "image IMG_002", "https://flags.example/1.png", "(www.x.example)", "images/ab/abcd.png", ".", ". ", ", ",
        " of ", " from ", '"FASO"', '"', "'", " in ", "A red star", "\n", "\u2028", " and ", "reference images one",
        "first", "reference", " image 2", "the", "🟥", "(", ")", "[", "]", "’s",
    ]
)  # fmt: skip
PROMPTS = st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=14).map("".join)
REFS = st.lists(st.sampled_from(["IMG_001", "IMG_002", "IMG_003", "IMG_1000", "IMG_009", "flag.png", ""]), max_size=5)


@given(PROMPTS, REFS, st.integers(0, 3), st.sampled_from(["", "the flag", "IMG_002", "of the third reference image"]))
def test_whatever_was_answered_mending_ends_in_a_valid_program_or_in_none(prompt, refs, most, note):
    limits = Limits(max_references=most)
    broken = answer(prompt, *refs, note=note)
    mended = mend(broken, IMAGES, limits=limits)

    if mended.program is None:
        assert mended.changes
        return
    program = mended.program
    again = Answer(
        prompt=program.prompt,
        references=tuple(AnsweredReference(img_id=r.ref, note=r.note) for r in program.references),
    )
    assert faults(again, IMAGES, limits=limits) == []
    assert bool(mended.changes) == bool(faults(broken, IMAGES, limits=limits))
