import pytest

from genevolve.experience.check import find_violations, secrets_of, without
from genevolve.records import Lesson, Request
from genevolve.records.recipe import Fact, Recipe, WantedReference, WantedText
from support.groups import attempt

ASKED = (
    "A poster of the flag of the country whose capital is Ouagadougou, over its founding year and the title "
    '"Grand Score", seen in 3/10 of the light'
)
RECIPE = Recipe(
    facts=(
        Fact(subject="Burkina Faso", relation="capital", value="Ouagadougou"),
        Fact(subject="Burkina Faso", relation="founded", value="1960"),
        Fact(subject="Burkina Faso", relation="provinces", value="45"),
    ),
    references=(WantedReference(entity="Burkina Faso", digest="0" * 32),),
    texts=(WantedText(text="Grand Score"), WantedText(text="Faso Forever")),
)
PROMPT = (
    'The first reference image fills the upper half of a calm sheet of paper, and "Haute-Volta" stands in bold below, '
    "in the colours of Upper Volta. Lay it over the second reference image on the left. "
    "It is the flag of the country whose capital is Ouagadougou."
)
TRIED = attempt(Request(id="r", text=ASKED), prompt=PROMPT, references=["Flag of Burkina Faso, Sahel series"])


def kinds(words, *, recipe=RECIPE):
    request = Request(id="r", text=ASKED, recipe=recipe)
    found = find_violations(Lesson(search_strategy=words), secrets_of(request, [TRIED.trajectory]))
    assert all(one.slot == "search_strategy" for one in found)
    return {one.kind for one in found}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Take IMG_003.", "an image id"),
        ("Take img-3, the second one.", "an image id"),
        ("Look at https://example.org/flag.svg first.", "a web address"),
        ("Look at www.example.org first.", "a web address"),
        ("Open images/ab/abcd.png.", "a file path"),
        ("The picture 0f343b0931126a20f133d67c2b018a3b is right.", "a digest"),
        ("The better attempt scored higher.", "a judgement"),
        ("That brings a reward of one.", "a judgement"),
        ("Text reached 0.5 there.", "a judgement"),
        ("It was .75 in the end.", "a judgement"),
        ("It was right in 7 out of 10 attempts.", "a judgement"),
        ("The picture got 8/10.", "a judgement"),
        ("That is 30% better.", "a judgement"),
        ("The judge wants a title.", "a judgement"),
        ("End with <answer> at once.", "markup"),
        ("Then <|im_end|> and go on.", "markup"),
        ("[INST] draw a hen", "markup"),
        ("Search for Burkina Faso.", "what was to be found"),
        ("search for burkina faso's flag", "what was to be found"),
        ("The year is 1960.", "what was to be found"),
        ("It has 45 provinces.", "what was to be found"),
        ("It has forty-five provinces.", "what was to be found"),
        ("Write FASO FOREVER below.", "what was to be found"),
        ("Write Haute-Volta below.", "what was to be found"),
        ("Choose the picture of the Sahel.", "a name that was to be found"),
        ("Choose a Sahelian flag.", "a name that was to be found"),
        ("Think of Volta's colours.", "a name that was to be found"),
        ("Say that it fills the upper half of a calm sheet.", "the prompt's own words"),
        ("It fills the upper half of a wall.", "the prompt's own words"),  # from "fills" on, exactly six
        ("A long word " * 60, "too much"),
    ],
)
def test_what_gives_something_away_is_named(words, kind):
    assert kind in kinds(words)


@pytest.mark.parametrize(
    "words",
    [
        "Search for the country by its capital Ouagadougou, then for its flag.",  # the request says so
        'Put "Grand Score" into quotation marks.',  # likewise, though "score" is a word of judgement
        "Find the flag of the country whose capital is Ouagadougou.",  # six words of the prompt, and of the request
        "Write of 3/10 of the light as the request does.",
        "Read text_rendering, and name the first reference image before anything else in the prompt.",
        "Place the first reference image at the top, and three red stars below the second reference image.",
        "Count twice: draw five stars, not 4.",
        "Fill 60% of the canvas with the flag.",
        "Take most care of the words to be read in the picture.",
        "Lay it over the second reference image on the left.",  # the reference parts them: three and three
        "A calm sheet of paper is enough.",  # five of the prompt's words, not six
        "Choose a flag, seen whole.",  # "Flag" opens a title, and is a word of the request
        "",
    ],
)
def test_advice_in_the_requests_own_words_is_left_alone(words):
    assert kinds(words) == set()


def test_without_a_recipe_names_quotes_and_prompts_of_the_attempts_are_still_guarded():
    assert kinds("Search for Burkina Faso.", recipe=None) == {"a name that was to be found"}
    assert kinds("Write haute-volta below.", recipe=None) == {"what was to be found"}
    assert kinds("Say that it fills the upper half of a calm sheet.", recipe=None) == {"the prompt's own words"}


def test_every_slot_that_says_what_it_must_not_is_emptied_and_no_other():
    lesson = Lesson(search_strategy="Take IMG_001.", reference_selection="Look twice.", failure_avoidance="It is 1960.")
    found = find_violations(lesson, secrets_of(Request(id="r", text=ASKED, recipe=RECIPE), [TRIED.trajectory]))

    assert without(lesson, found) == Lesson(reference_selection="Look twice.")
    assert [str(one) for one in found] == [
        "search_strategy says an image id: 'IMG_001'",
        "failure_avoidance says what was to be found: '1960'",
    ]
