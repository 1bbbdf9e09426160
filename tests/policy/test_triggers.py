"""Which skills a request asks for: exactly those whose conditions hold."""

import pytest

from support.attempts import Attempt, skills_read

TEXT, COUNT, PLACE, BIND = "text_rendering", "quantity_counting", "spatial_layout", "attribute_binding"
INVENT, BODY, MATTER, LOOK = (
    "creative_drawing",
    "anatomy_body_coherence",
    "physical_material_consistency",
    "aesthetic_drawing",
)


@pytest.mark.parametrize(
    ("request_text", "skills"),
    [
        ("a photo of a bench", set()),
        ("a yellow t-shirt", set()),
        ("a corgi", set()),
        ("the flag of Chad", set()),
        ("a photo of one cup", set()),
        ("a phone from 1998", set()),
        ("a bowl on a table", set()),
        ("a sign that says 'Don't Panic!'", {TEXT}),
        ("the word START on a street", {TEXT}),
        ("a card titled Hello World", {TEXT}),
        ("a photo of five trains", {COUNT}),
        ("a dozen eggs in a bowl", {COUNT}),
        ("a plate without bananas", {COUNT}),
        ("exactly one cup in a cupboard", {COUNT}),
        ("a dog to the left of a chair", {PLACE}),
        ("a bird in the top right corner", {PLACE}),
        ("a photo of yellow kite on the left and purple elephant on the right", {PLACE, BIND}),
        ("a white cat, a green bench and a red elephant", {BIND}),
        ("two knives on the left and three forks on the right", {COUNT, PLACE}),
        ("an egg shaped like a cube", {INVENT}),
        ("peace", {INVENT}),
        ("a woman with long hair", {BODY}),
        ("a cellist on a stage", {BODY}),
        ("a raccoon playing a piano", {INVENT, BODY}),
        ("a metal spoon beside a cup", {MATTER, PLACE}),
        ("a volcano erupting", {MATTER}),
        ("a watercolour of a harbour", {LOOK}),
        ("Downtown Sydney at sunrise. Detailed ink wash.", {LOOK}),
        ('A poster of the flag of Chad, title "FASO" in bold serif, three red stars above', {TEXT, COUNT, PLACE, LOOK}),
        ("the flag of Chad and the flag of Romania", {PLACE}),
        ("the flag of the country where people speak Dzongkha", set()),
    ],
)
async def test_a_request_asks_for_exactly_these_skills(attempt: Attempt, request_text: str, skills: set[str]):
    assert skills_read(await attempt(request_text)) == skills
