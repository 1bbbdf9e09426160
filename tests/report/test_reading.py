"""What a response of a tool, and each message of a conversation, is read as."""

import pytest

from genevolve.records import Request
from genevolve.report.reading import heard_kinds, observed, questions_of, refs_shown, thought_of
from genevolve.rollout import rollout
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store import ImageStore
from genevolve.testing.scripted import ScriptedPolicy
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox
from support.pictures import make_png

SHELF = ShelfProvider(
    documents={"capital": [TextHit(title="Chad", url="https://a.example/chad", snippet="Its capital is N'Djamena.")]},
    pictures={
        "flag": [
            (
                ImageHit(
                    title="Flag of Chad",
                    image_url="https://a.example/1.png",
                    page_url="https://a.example/flag",
                    licence="CC0",
                    author="Ann",
                ),
                make_png((0, 0, 200)),
            ),
            (ImageHit(title="Flag of Mali", image_url="https://a.example/2.png"), make_png((0, 200, 0))),
        ]
    },
)
ASKED = '{"name": "search", "arguments": {"queries": ["capital", "rivers"]}}'
SEARCH = f"<think>Which city?</think><tool_call>{ASKED}</tool_call>"
FLAG = '<tool_call>{"name": "image_search", "arguments": {"query": "flag"}}</tool_call>'
SKILL = '<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "text_rendering"}}</tool_call>'
ANSWER = '<answer>{"gen_prompt": "The first reference image", "reference_images": [{"img_id": "IMG_001"}]}</answer>'
WRONG = '<answer>{"gen_prompt": "The first reference image", "reference_images": [{"img_id": "IMG_077"}]}</answer>'


async def attempt(images, *says, listing="full"):
    return await rollout(
        Request(id="r1", text="the flag of Chad"),
        policy=ScriptedPolicy(*says, repeat_last=True),
        toolbox=Toolbox(provider=SHELF, skills=load_skills(), listing=listing),
        images=images,
    )


@pytest.fixture
def images(tmp_path):
    return ImageStore(tmp_path / "images")


async def test_a_search_is_read_by_question_with_what_was_found_for_each(images):
    capital, rivers = questions_of(await attempt(images, SEARCH, ANSWER))
    assert (capital.tool, capital.query, rivers.query) == ("search", "capital", "rivers")
    assert capital.hits == [{"title": "Chad", "url": "https://a.example/chad", "snippet": "Its capital is N'Djamena."}]
    assert capital.said == ""
    assert (rivers.hits, rivers.said) == ([], "no results")


@pytest.mark.parametrize("listing", ["full", "id_last", "brief"])
async def test_pictures_are_read_by_their_ids_however_they_are_listed(images, listing):
    (found,) = questions_of(await attempt(images, FLAG, ANSWER, listing=listing))
    assert (found.tool, found.refs, found.said) == ("image_search", ["IMG_001", "IMG_002"], "")


async def test_a_skill_is_its_words(images):
    (read,) = questions_of(await attempt(images, SKILL, ANSWER))
    assert (read.tool, read.query) == ("query_knowledge", "text_rendering")
    assert read.said == load_skills().get("text_rendering").text


async def test_a_question_asked_again_says_so(images):
    _, again = questions_of(await attempt(images, FLAG, FLAG, ANSWER))
    assert (again.refs, again.said) == ([], "You asked this before; the results are above.")


def test_what_failed_and_what_has_no_heading_is_kept_as_words():
    failed, loose = observed("[search: x]\nsearch failed: timed out\n[end of results]\nsomething else")
    assert (failed.query, failed.said) == ("x", "search failed: timed out")
    assert (loose.tool, loose.said) == ("", "something else")
    assert observed("") == ()


async def test_every_message_is_known_for_what_it_is(images):
    made = await attempt(images, "I would rather chat.", FLAG, WRONG, ANSWER)
    kinds = [[kind for kind, _ in heard_kinds(made, number)] for number in range(len(made.turns))]
    assert kinds == [["system", "request"], ["reminder"], ["observation"], ["refusal"]]


async def test_the_last_call_is_announced_and_a_tool_call_after_that_is_answered_with_a_reminder(images):
    made = await attempt(images, *([SEARCH.replace("rivers", str(n)) for n in range(10)]), FLAG)
    ten, eleven = heard_kinds(made, 10), len(made.turns)
    assert [kind for kind, _ in ten] == ["observation", "notice"]
    assert eleven == 11  # the published limit: nothing is heard after it


async def test_thoughts_and_shown_pictures_are_told(images):
    made = await attempt(images, SEARCH, FLAG, ANSWER)
    assert [thought_of(turn) for turn in made.turns] == ["Which city?", "", ""]
    assert refs_shown(made.turns[2].heard[0]) == ("IMG_001", "IMG_002")
