import json
import random

import pytest

from genevolve.chat import ChatClient
from genevolve.errors import BudgetError, UsageError
from genevolve.experience.asked import ModelWriter, read_lesson
from genevolve.experience.contrast import contrast
from genevolve.experience.write import WriterSettings, WritingTally, open_writer, write_experiences
from genevolve.http.client import CallLimits
from genevolve.records import Lesson, Request
from genevolve.store.budget import Budget, Prices
from genevolve.testing.chat_server import FAULTS, ChatServer, PlainReply
from genevolve.testing.replies import random_reply
from support.groups import attempt, group, image_search, skill

REQUEST = Request(id="r1", text="the flag of the country whose capital is Accra, with a title")
SLOTS = tuple(Lesson.model_fields)
ADVICE = Lesson(
    search_strategy="Find the country by its capital first.",
    knowledge_activation="Read text_rendering before the title.",
    failure_avoidance="The title failed: write it out, letter by letter.",
)


def reply(**slots):
    return json.dumps({**ADVICE.model_dump(), **slots})


def pair():
    high = attempt(
        REQUEST,
        0,
        does=[image_search("flag of Ghana"), skill("text_rendering")],
        prompt='The first reference image, and the title "GHANA" in bold.',
        references=["Flag of Ghana"],
        image={"text_accuracy": 1, "faithfulness": 1},
        program=0.75,
        rationale="the title is <b>clear</b>",
    )
    low = attempt(REQUEST, 1, prompt="a flag of IMG_001", image={"text_accuracy": 0, "faithfulness": 1}, program=0.5)
    return contrast(group(high, low), [0.9, 0.3])


async def write(server, **how):
    client = ChatClient(server.url, model="GenEvolve", limits=CallLimits(tries=2, seconds=how.pop("seconds", 20)))
    writer = ModelWriter(client, settings=WriterSettings(writer="model", model="GenEvolve", **how))
    written = await writer.write(pair())
    await writer.close()
    return written


async def test_a_model_is_told_both_attempts_their_judgement_and_the_group_and_its_lesson_is_kept():
    async with ChatServer([reply()]) as server:
        written = await write(server)

    assert written.lesson == ADVICE
    assert (written.violations, written.reason, written.repairs) == ((), None, ())
    assert written.usage is not None
    (call,) = server.heard
    system, user = (message["content"] for message in call["messages"])
    assert all(f'"{slot}"' in system for slot in SLOTS)
    for told in (
        REQUEST.text,
        "called image_search (query: flag of Ghana",
        'Its prompt: The first reference image, and the title "GHANA" in bold.',
        "Its first reference: “Flag of Ghana”",
        "The picture was judged: text_accuracy 1, faithfulness 1",
        "The program was judged: sufficiency 0.75",
        "because: the title is ‹b>clear‹/b>",
        "- text_accuracy: 1 against 0; higher with: a prompt that names every reference by its number (1 of 2)",
        "higher with: read the skill text_rendering (1 of 2)",
    ):
        assert told in user
    assert call["temperature"] == 0
    schema = call["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["required"] == list(SLOTS)


async def test_neither_ids_nor_addresses_nor_tags_reach_the_model():
    async with ChatServer([reply()]) as server:
        await write(server)

    told = server.heard[0]["messages"][1]["content"]
    for hidden in ("IMG_", "https://", "<", pair().best.trajectory.id):
        assert hidden not in told


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("I cannot help with that.", "not one JSON object"),
        (reply()[:-40], "not one JSON object"),
        (f"{reply()} {reply()}", "not one JSON object"),
        (f'{reply()[:-1]}, "search_strategy": "again"}}', "not one JSON object"),
        ("[]", "JSON and no object"),
        (json.dumps({"search_strategy": "look"}), "it lacks knowledge_activation"),
        (reply(score=1), "it has score"),
        (reply(search_strategy=None), "search_strategy is no text"),
        (reply(search_strategy=["look"]), "search_strategy is no text"),
        ("", "not one JSON object"),
        ("[" * 5000, "not one JSON object"),
        (PlainReply(text=reply(), cut_off=True), "cut off at the token limit"),
        (reply(search_strategy="Search for Ghana."), "search_strategy says what was to be found: 'ghana'"),
        (reply(reference_selection="Take IMG_001."), "reference_selection says an image id: 'IMG_001'"),
        (reply(failure_avoidance="It scored 0.3."), "failure_avoidance says a judgement: 'scored'"),
    ],
)
async def test_a_reply_that_will_not_do_is_complained_of_and_asked_for_once_more(first, words):
    async with ChatServer([first, reply()]) as server:
        written = await write(server)

    assert written.lesson == ADVICE
    (complaint,) = written.repairs
    assert words in complaint
    again = server.heard[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert again[3]["content"] == complaint
    assert again[:2] == server.heard[0]["messages"]
    assert written.usage is not None
    # The server counts a token for each byte of a reply and of its (no) calls, "[]", and one that ends it.
    said = first.text if isinstance(first, PlainReply) else first
    assert written.usage.completion_tokens == len(said.encode()) + 3 + len(reply()) + 3


async def test_slots_that_give_something_away_twice_are_dropped_and_the_rest_is_kept():
    leaks = reply(search_strategy="Search for Ghana.")

    async with ChatServer([leaks, leaks]) as server:
        written = await write(server)

    assert written.lesson == ADVICE.but(search_strategy="")
    assert [one.kind for one in written.violations] == ["what was to be found"]  # "GHANA" stands in the prompt
    assert len(server.heard) == 2


async def test_of_two_replies_that_both_leak_the_one_that_leaves_more_is_taken():
    some = reply(search_strategy="Search for Ghana.")
    more = reply(search_strategy="Search for Ghana.", failure_avoidance="It scored 0.3.")

    async with ChatServer([some, more]) as server:
        written = await write(server)

    assert written.lesson == ADVICE.but(search_strategy="")


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        (["no", "no"], "unreadable"),
        ([reply(**dict.fromkeys(SLOTS, "Ghana"))] * 2, "nothing admissible"),
        ([reply(**dict.fromkeys(SLOTS, ""))], "nothing to say"),
    ],
)
async def test_where_nothing_is_left_there_is_no_lesson_and_the_reason_is_told(replies, reason):
    async with ChatServer(replies) as server:
        written = await write(server)

    assert (written.lesson, written.reason, written.failure) == (None, reason, None)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"drip", "hang"}))
async def test_a_server_that_fails_is_a_result_and_never_an_exception(fault):
    async with ChatServer([reply()], faults=lambda _: fault) as server:
        written = await write(server)

    assert (written.lesson, written.reason) == (None, "world")
    assert written.failure is not None
    assert (written.failure.whose, written.failure.where) == ("world", "experience writer")


async def test_a_server_that_hangs_is_given_up():
    async with ChatServer([reply()], faults=lambda _: "hang") as server:
        written = await write(server, seconds=0.2)

    assert written.reason == "world"


async def test_when_the_server_dies_before_the_repair_what_was_admissible_is_kept():
    async with ChatServer([reply(search_strategy="Search for Ghana.")], faults=[None, "html"]) as server:
        written = await write(server)

    assert written.lesson == ADVICE.but(search_strategy="")
    assert written.failure is not None


async def test_what_a_server_does_not_take_is_left_out_and_not_sent_again():
    refused = ("response_format", "temperature")

    def refusal(payload):
        return next((f"{name} is not supported here" for name in refused if name in payload), "")

    async with ChatServer([reply()]) as server:
        server.refuse_with(refusal)
        client = ChatClient(server.url, model="GenEvolve")
        writer = ModelWriter(client, settings=WriterSettings(writer="model", model="GenEvolve"))
        lessons = [(await writer.write(pair())).lesson for _ in range(2)]
        await writer.close()

    assert lessons == [ADVICE, ADVICE]
    assert [sum(name in call for name in refused) for call in server.heard] == [2, 1, 0, 0]


@pytest.mark.parametrize(
    "written",
    [reply(), f"```json\n{reply()}\n```", f"```\n{reply()}\n```", f"<think>{{}} hm</think>\n{reply()}\n"],
)
def test_the_object_may_stand_in_a_fence_or_after_thoughts(written):
    assert read_lesson(written) == ADVICE


@pytest.mark.parametrize("seed", range(50))
def test_whatever_is_replied_is_a_lesson_or_a_complaint_in_words(seed):
    chance = random.Random(seed)
    for _ in range(20):
        read = read_lesson(random_reply(chance))
        assert isinstance(read, str)
        assert read


def test_what_no_file_can_hold_is_cleaned_out_of_a_slot():
    read = read_lesson(reply(search_strategy="look\ud800 at\nthe flag\u0000"))

    assert isinstance(read, Lesson)
    assert read.search_strategy == "look at the flag"


async def test_a_steps_lessons_are_written_side_by_side_and_counted():
    async with ChatServer([reply()], faults=[None, "html"]) as server:
        settings = WriterSettings(writer="model", model="GenEvolve", base_url=server.url)
        writer = open_writer(settings)
        assert isinstance(writer, ModelWriter)
        experiences, tally = await write_experiences([pair(), pair(), pair()], writer=writer, step=2)
        await writer.close()

    assert tally == WritingTally(written=2, dropped={}, unwritten={"world": 1}, repaired=0)
    assert [(one.lesson, one.step, str(one.writer)) for one in experiences] == [(ADVICE, 2, "model:GenEvolve")] * 2
    assert experiences[0].axes == {"text_accuracy": 1, "sufficiency": 0.25, "faithfulness": 0}


async def test_a_budget_admits_each_question_and_one_that_nobody_took_costs_nothing():
    budget = Budget(usd=0.05, prices=Prices(writer=0.02))
    async with ChatServer([reply()], faults=["key_refused"]) as server:
        writer = open_writer(WriterSettings(writer="model", model="GenEvolve", base_url=server.url), budget=budget)
        assert isinstance(writer, ModelWriter)
        lessons = [(await writer.write(pair())).lesson for _ in range(3)]
        with pytest.raises(BudgetError, match=r"could pass the budget of 0\.05 USD"):
            await writer.write(pair())
        await writer.close()

    assert lessons == [None, ADVICE, ADVICE]
    assert budget.calls == {"writer": 3}
    assert budget.spent_usd == pytest.approx(0.04)


def test_a_writer_without_an_address_a_model_or_readable_instructions_is_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("GENEVOLVE_WRITER_URL", raising=False)
    with pytest.raises(UsageError, match="no server is named"):
        open_writer(WriterSettings(writer="model", model="m"))
    with pytest.raises(UsageError, match="no model is named"):
        open_writer(WriterSettings(writer="model", base_url="http://localhost:1/v1"))
    empty = tmp_path / "empty.md"
    empty.write_text(" \n")
    for path, words in ((empty, "are empty"), (tmp_path / "none.md", "cannot be read")):
        with pytest.raises(UsageError, match=words):
            open_writer(
                WriterSettings(writer="model", model="m", base_url="http://localhost:1/v1", instructions=str(path))
            )


async def test_instructions_of_ones_own_are_sent_and_are_part_of_who_the_writer_is(tmp_path):
    own = tmp_path / "own.md"
    own.write_text("Say it in five texts.", encoding="utf-8")
    client = ChatClient("http://localhost:1/v1", model="m")
    bundled = ModelWriter(client, settings=WriterSettings(writer="model"))

    assert ModelWriter(client, settings=WriterSettings(instructions=str(own))).info != bundled.info
    async with ChatServer([reply()]) as server:
        await write(server, instructions=str(own))
    assert server.heard[0]["messages"][0]["content"] == "Say it in five texts."
