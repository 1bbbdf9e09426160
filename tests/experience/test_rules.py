import pytest

from genevolve.experience.contrast import contrast
from genevolve.experience.rules import RuleWriter, write_by_rule
from genevolve.experience.write import WritingTally, experience_of, write_experiences
from genevolve.records import Failure, Malformed, Request, StopReason, experience_id
from support.groups import attempt, group, image_search, search, skill

REQUEST = Request(id="r1", text='the flag of the country whose capital is Accra, titled "GOLD COAST"')
GOOD = {"faithfulness": 1, "visual_correctness": 1, "text_accuracy": 1, "aesthetics": 0.5}


def lesson(*attempts, rewards):
    return write_by_rule(contrast(group(*attempts), rewards)).lesson


def test_the_aspects_that_failed_are_named_the_worst_first():
    bad = GOOD | {"text_accuracy": 0, "faithfulness": 0.5}

    told = lesson(attempt(REQUEST, 0, image=GOOD), attempt(REQUEST, 1, image=bad), rewards=[0.9, 0.2])

    assert told.failure_avoidance == (
        "Take most care of the words to be read in the picture and the things that were asked for, their number and "
        "their places: there the weaker attempt failed."
    )


def test_a_skill_that_only_the_better_attempt_read_is_advised():
    reads = attempt(REQUEST, 0, does=[skill("text_rendering")], image=GOOD)
    bad = attempt(REQUEST, 1, image=GOOD | {"text_accuracy": 0})

    told = lesson(reads, bad, rewards=[0.9, 0.2])

    assert told.knowledge_activation == (
        "Read text_rendering before writing the prompt, and follow what is said there."
    )


def test_a_choice_that_the_rest_of_the_group_speaks_against_is_not_advised():
    # The best read the skill, and so did two whose text failed; those who did not read it did well:
    # with it (1 + 0 + 0) / 3, without it (0 + 1 + 1) / 3.
    reads, fails = [skill("text_rendering")], GOOD | {"text_accuracy": 0}
    attempts = [
        attempt(REQUEST, 0, does=reads, image=GOOD),
        attempt(REQUEST, 1, image=fails),
        attempt(REQUEST, 2, does=reads, image=fails),
        attempt(REQUEST, 3, does=reads, image=fails),
        attempt(REQUEST, 4, image=GOOD),
        attempt(REQUEST, 5, image=GOOD),
    ]

    told = lesson(*attempts, rewards=[0.9, 0.1, 0.2, 0.2, 0.8, 0.8])

    assert told.knowledge_activation == ""


def test_the_wording_that_the_weaker_prompt_lacked_is_advised():
    exact = attempt(REQUEST, 0, prompt='A flag at the top, below it "GOLD COAST" over three red stars', image=GOOD)
    vague = attempt(REQUEST, 1, prompt="A flag and a title", image=GOOD | {"text_accuracy": 0})

    told = lesson(exact, vague, rewards=[0.9, 0.2])

    assert "Put the words to be read into quotation marks" in told.prompt_construction
    assert "Say how many there are" in told.prompt_construction
    assert "Name the colour of each thing" in told.prompt_construction
    assert "Say where each thing stands" in told.prompt_construction


def test_a_question_is_repeated_only_where_each_of_its_words_gives_nothing_away():
    bad = GOOD | {"visual_correctness": 0}
    other = attempt(REQUEST, 1, does=[image_search("gold coast")], image=bad)

    by_the_request = attempt(REQUEST, 0, does=[image_search("flag capital Accra")], image=GOOD)
    by_the_answer = attempt(REQUEST, 0, does=[image_search("flag of ghana")], image=GOOD)

    assert lesson(by_the_request, other, rewards=[0.9, 0.2]).search_strategy == "Ask for “flag capital accra”."
    told = lesson(by_the_answer, other, rewards=[0.9, 0.2]).search_strategy
    assert told.startswith("Ask in other words")
    assert "ghana" not in told
    nothing_else = attempt(REQUEST, 1, image=bad)
    assert lesson(by_the_answer, nothing_else, rewards=[0.9, 0.2]).search_strategy == (
        "Look for pictures with image_search; the weaker attempt had none to choose from."
    )


def test_pictures_are_told_apart_by_words_of_their_titles_that_give_nothing_away():
    bad = GOOD | {"visual_correctness": 0}

    told = lesson(
        attempt(REQUEST, 0, references=["Flag of Ghana"], image=GOOD),
        attempt(REQUEST, 1, references=["The title of the capital"], image=bad),
        rewards=[0.9, 0.2],
    )
    by_names = lesson(
        attempt(REQUEST, 0, references=["Ghana"], image=GOOD),
        attempt(REQUEST, 1, references=["Guinea"], image=bad),
        rewards=[0.9, 0.2],
    )

    assert told.reference_selection == "Choose a picture whose title says “flag”, not one whose title says “capital”."
    assert by_names.reference_selection.startswith("Compare every candidate")


@pytest.mark.parametrize(
    ("best", "worst", "words"),
    [(["Flag of Ghana"], [], "Use a reference picture"), ([], ["Flag of Guinea"], "Do without a reference picture")],
)
def test_having_a_reference_or_none_is_told(best, worst, words):
    told = lesson(
        attempt(REQUEST, 0, references=best, image=GOOD),
        attempt(REQUEST, 1, references=worst, image=GOOD | {"visual_correctness": 0}),
        rewards=[0.9, 0.2],
    )

    assert told.reference_selection.startswith(words)


def test_the_tools_that_only_the_better_attempt_called_are_advised():
    told = lesson(
        attempt(REQUEST, 0, does=[search("Accra"), skill("text_rendering")], image=GOOD),
        attempt(REQUEST, 1, image=GOOD | {"faithfulness": 0}),
        rewards=[0.9, 0.2],
    )

    assert "Look facts up with search" in told.search_strategy
    assert "query_knowledge" not in told.search_strategy


def test_an_attempt_that_stumbled_teaches_how_not_to():
    silent = attempt(
        REQUEST,
        1,
        does=[Malformed(problem="no tags"), search("Accra"), search("Accra")],
        prompt=None,
        stop=StopReason.OUT_OF_TURNS,
        failure=Failure(whose="policy", where="rollout", what="no answer"),
    )

    told = lesson(attempt(REQUEST, 0, image=GOOD), silent, rewards=[0.9, 0.0])

    assert told.failure_avoidance == (
        "End every reply with exactly one well-formed tool call or answer. Do not ask the same thing twice. "
        "Answer before the turns run out."
    )


async def test_an_experience_says_where_it_came_from_and_a_pair_without_a_difference_gives_none():
    high, low = attempt(REQUEST, 0, image=GOOD), attempt(REQUEST, 1, image=GOOD | {"text_accuracy": 0})
    same = group(attempt(REQUEST, 2), attempt(REQUEST, 3))
    both = [contrast(group(high, low), [0.9, 0.2]), contrast(same, [0.9, 0.2])]

    (made,), tally = await write_experiences(both, writer=RuleWriter(), step=7)

    assert (made.request_id, made.request_text, made.step) == ("r1", REQUEST.text, 7)
    assert (made.best, made.worst) == (high.trajectory.id, low.trajectory.id)
    assert made.gap == pytest.approx(0.7)
    assert made.axes == {"text_accuracy": 1, "aesthetics": 0, "faithfulness": 0, "visual_correctness": 0}
    assert made.id == experience_id(best=made.best, worst=made.worst, writer=RuleWriter.info)
    assert tally == WritingTally(written=1, dropped={}, unwritten={"nothing to say": 1}, repaired=0)
    assert experience_of(both[1], write_by_rule(both[1]), RuleWriter.info) is None
