"""The KScore judge, from an attempt to a verdict."""

import asyncio
import json
import time
from collections.abc import Mapping

import pytest

from genevolve.errors import JudgeError, UsageError
from genevolve.judge import JudgeSettings, open_judge
from genevolve.judge.kscore import KSCORE
from genevolve.judge.vlm import VisionJudge
from genevolve.records import Usage, Verdict, digest_bytes, verdict_id
from genevolve.store.images import ImageStore
from genevolve.testing.chat_server import ChatServer, Fault, PlainReply
from genevolve.testing.judge_server import PROMPT_TOKENS, JudgeServer, Seen
from support.judged import TARGET, attempt_at, colour_of, drawn_attempt, judge_of, kscores, number_of
from support.pictures import make_png
from support.programs import jpeg

AXES = ("faithfulness", "visual_correctness", "text_accuracy", "aesthetics")
RIGHT = json.dumps(kscores(40))  # 40 is 1111 in base three: every axis a half


def by_number(seen: Seen) -> Mapping[str, object]:
    return kscores(number_of(seen))


def says(images: ImageStore, server: ChatServer, key: str = "", **settings: object) -> VisionJudge:
    """A judge whose replies are written out."""
    chosen = JudgeSettings.model_validate({"model": "GenEvolve", **settings})
    return VisionJudge(KSCORE, server.url, images=images, settings=chosen, key=key)


async def test_a_verdict_has_the_scores_the_words_and_who_gave_them(images):
    attempt = drawn_attempt(images, 5)  # 5 is 12 in base three: 1, a half, 0, 0
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images, temperature=0.25)
        verdict = await judge.judge(attempt)
        await judge.close()

    assert verdict.failure is None
    assert verdict.scores == {
        "faithfulness": 1.0, "visual_correctness": 0.5, "text_accuracy": 0.0, "aesthetics": 0.0,
    }  # fmt: skip
    assert verdict.text_required is True
    assert verdict.rationale == "The number is 5."
    assert json.loads(verdict.raw) == kscores(5)
    assert verdict.repairs == ()
    assert verdict.usage == Usage(prompt_tokens=PROMPT_TOKENS, completion_tokens=len(verdict.raw))
    assert verdict.seconds > 0
    assert (verdict.of, verdict.kind, verdict.judge) == (attempt.render.id, "image", judge.info)
    assert verdict.id == verdict_id(attempt.render.id, "image", judge.info)
    assert (judge.info.name, judge.info.model, judge.info.settings) == ("kscore", "judge", {"temperature": 0.25})
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


async def test_the_judge_sees_the_rubric_the_request_and_the_generated_image_before_the_target(images):
    seen: list[Seen] = []

    def answer(shown: Seen) -> Mapping[str, object]:
        seen.append(shown)
        return by_number(shown)

    async with JudgeServer(answer) as server:
        judge = judge_of(server, KSCORE, images, temperature=0.0, max_tokens=777)
        await judge.judge(drawn_attempt(images, 60))
        await judge.close()

    [shown], [call] = seen, server.heard
    assert shown.rubric == KSCORE.text()
    assert shown.text.startswith("The request:\n\nA poster of number 60\n\nThe first image is the GENERATED")
    assert shown.text.endswith(KSCORE.form.in_words())
    generated, target = map(colour_of, shown.pictures)
    assert generated == (60, 60, 60)
    assert all(abs(a - b) < 3 for a, b in zip(target, TARGET, strict=True))
    assert all(picture.startswith(b"\xff\xd8\xff") for picture in shown.pictures)
    assert (call.settings["temperature"], call.settings["max_tokens"]) == (0.0, 777)
    schema = call.settings["response_format"]
    assert schema["type"] == "json_schema"
    assert schema["json_schema"]["strict"] is True
    assert schema["json_schema"]["schema"]["properties"]["aesthetics"] == {"type": "number", "enum": [0, 0.5, 1]}


async def test_where_no_text_is_needed_its_score_is_a_half_and_the_verdict_says_so(images):
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(drawn_attempt(images, 82))
        await judge.close()

    assert verdict.text_required is False
    assert verdict.scores["text_accuracy"] == 0.5


async def test_a_reply_with_a_fault_is_answered_once_with_the_fault(images):
    wrong = json.dumps({**kscores(82), "text_accuracy": 1})
    async with ChatServer([wrong, RIGHT]) as server:
        judge = says(images, server)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.failure is None
    assert verdict.raw == RIGHT
    assert [note.partition(":")[0] for note in verdict.repairs] == ["the reply could not be used"]
    system, question, heard, repair = server.heard[1]["messages"]
    assert [system, question] == server.heard[0]["messages"]
    assert (heard["role"], heard["content"]) == ("assistant", wrong)
    assert '"text_accuracy_na" is true and "text_accuracy" is 1;' in repair["content"]
    first, second = (len(payload["messages"]) for payload in server.heard)
    assert (first, second) == (2, 4)


async def test_tokens_are_summed_over_calls_and_unknown_where_one_was_not_counted(images):
    async with JudgeServer(by_number, misbehaves=1.0, kinds=["nan"]) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()
    async with JudgeServer(by_number, counts=False) as server:
        uncounted = judge_of(server, KSCORE, images)
        assert (await uncounted.judge(drawn_attempt(images))).usage is None
        await uncounted.close()

    assert verdict.usage is not None
    assert verdict.usage.prompt_tokens == 2 * PROMPT_TOKENS
    assert verdict.usage.completion_tokens > len(verdict.raw)


async def test_two_replies_with_a_fault_are_a_failed_verdict_with_the_words_kept_and_no_score(images):
    async with ChatServer(["no.", PlainReply(text=RIGHT, cut_off=True)]) as server:
        judge = says(images, server)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.scores == {}
    assert verdict.text_required is None
    assert verdict.raw == RIGHT
    assert verdict.failure is not None
    assert (verdict.failure.whose, verdict.failure.where) == ("world", "judge kscore")
    assert "cut off at the token limit" in verdict.failure.what
    assert "no JSON object" in verdict.repairs[0]
    assert len(server.heard) == 2


async def test_thoughts_are_kept_in_the_record_and_not_said_again(images):
    async with ChatServer([PlainReply(thought='{"faithfulness": 1}', text="no."), RIGHT]) as server:
        judge = says(images, server)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.failure is None
    assert server.heard[1]["messages"][2]["content"] == "no."


async def test_a_server_without_schemas_is_asked_without_from_then_on(images):
    async with JudgeServer(by_number, takes_schema=False) as server:
        judge = judge_of(server, KSCORE, images)
        verdicts = [await judge.judge(drawn_attempt(images, number)) for number in range(10)]
        await judge.close()

    assert server.refused == {"response_format": 1}
    assert all("response_format" not in call.settings for call in server.heard)
    assert [verdict.scores for verdict in verdicts] == [
        {axis: kscores(number)[axis] for axis in AXES} for number in range(10)
    ]


async def test_a_model_that_takes_no_temperature_is_asked_without_and_each_verdict_says_so(images):
    async with JudgeServer(by_number, takes_temperature=False, takes_schema=False) as server:
        judge = judge_of(server, KSCORE, images)
        verdicts = [await judge.judge(drawn_attempt(images, number)) for number in range(3)]
        await judge.close()

    assert server.refused == {"response_format": 1, "temperature": 1}
    assert all("temperature" not in call.settings for call in server.heard)
    assert all("asked without a temperature" in verdict.repairs[0] for verdict in verdicts)
    assert all(verdict.failure is None for verdict in verdicts)


async def test_a_refusal_of_something_else_drops_nothing(images):
    async with ChatServer([RIGHT], sees_pictures=False) as server:
        judge = says(images, server)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.failure is not None
    assert "cannot take pictures: name one that can" in verdict.failure.what
    assert len(server.heard) == 1


async def test_a_request_without_a_target_is_a_failed_verdict_and_nothing_is_sent(images):
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(drawn_attempt(images, target=False))
        await judge.close()

    assert verdict.failure is not None
    assert "the request 'r1' has no target image" in verdict.failure.what
    assert verdict.failure.where == "request"
    assert judge.lacks(drawn_attempt(images, target=False)) == verdict.failure.what
    assert judge.lacks(drawn_attempt(images)) is None
    assert not server.heard


@pytest.mark.parametrize(("which", "words"), [("image", "the generated image"), ("target", "the target image")])
@pytest.mark.parametrize("damage", ["gone", "torn", "no picture", "another"])
async def test_a_picture_that_cannot_be_shown_is_named_and_nothing_is_sent(images, which, words, damage):
    attempt = drawn_attempt(images)
    path = images.path(attempt.render.image if which == "image" else attempt.trajectory.request.target)
    if damage == "gone":
        path.unlink()
    else:
        damaged = {"torn": path.read_bytes()[:40], "no picture": b"<html>", "another": make_png((9, 9, 9))}
        path.write_bytes(damaged[damage])
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(attempt)
        await judge.close()

    assert verdict.failure is not None
    assert verdict.failure.what.startswith(f"{words} cannot be shown to the judge, and nothing was sent")
    assert not server.heard


async def test_a_drawing_that_failed_is_not_judged(images):
    attempt = attempt_at(drawn_attempt(images).trajectory.request)
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(attempt)
        await judge.close()

    assert verdict.failure is not None
    assert "no drawn image" in verdict.failure.what


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("break_off", "broke off"),
        ("hang", "did not answer within 0.3 seconds"),
        ("html", "no JSON"),
        ("no_choices", "no choice with a message"),
        ("no_content", "a message without content"),
        ("redirect", "answered 302"),
        ("key_refused", "Set GENEVOLVE_JUDGE_KEY"),
    ],
)
async def test_a_server_that_fails_is_a_failed_verdict_in_words_and_a_paid_call_is_not_repeated(
    images, fault: Fault, words
):
    async with ChatServer([RIGHT], faults=[fault] * 5) as server:
        judge = says(images, server, key="sk-judge-secret", seconds=0.3)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.scores == {}
    assert verdict.failure is not None
    assert verdict.failure.what.startswith("the judge's server (http://127.0.0.1:")
    assert words in verdict.failure.what
    assert "sk-judge-secret" not in verdict.model_dump_json()
    assert len(server.heard) == 1


async def test_half_a_character_in_a_reply_does_not_reach_the_file(images):
    broken = {**kscores(40), "rationale": "\ud83d is half"}
    async with JudgeServer(lambda _: broken, misbehaves=0.5, kinds=["half_a_character"], seed=3) as server:
        judge = judge_of(server, KSCORE, images)
        verdicts = [await judge.judge(drawn_attempt(images, number)) for number in range(8)]
        await judge.close()

    assert {verdict.rationale for verdict in verdicts if not verdict.failure} == {"\ufffd is half"}
    assert any(verdict.raw.startswith("\ufffd") for verdict in verdicts)
    for verdict in verdicts:
        verdict.model_dump_json().encode()


async def test_one_rate_holds_for_all_that_is_sent_repairs_included(images):
    async with JudgeServer(by_number, misbehaves=1.0, kinds=["prose_only"]) as server:
        judge = judge_of(server, KSCORE, images, rpm=600)
        began = time.monotonic()
        await asyncio.gather(*(judge.judge(drawn_attempt(images, number)) for number in range(3)))
        seconds = time.monotonic() - began
        await judge.close()

    assert len(server.heard) == 6  # a question and a repair each
    assert seconds > 0.45  # six calls at ten a second: the last begins after 0.5 s, less the clock's grain


def test_another_rubric_form_or_temperature_is_another_judge(images, tmp_path):
    own = tmp_path / "own.md"
    own.write_text("Be kind.\n", encoding="utf-8")

    def info(**settings: object) -> object:
        chosen = JudgeSettings.model_validate({"model": "m", **settings})
        return VisionJudge(KSCORE, "http://127.0.0.1:9", images=images, settings=chosen).info

    assert info() == info(rpm=5, tries=2, parallel=3)
    assert len({repr(one) for one in (info(), info(rubric=str(own)), info(temperature=1.0), info(model="n"))}) == 4


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), (b" \n", "is empty"), (b"\xff\xfe", "UTF-8")])
def test_a_rubric_that_cannot_be_used_is_refused_before_any_work(images, tmp_path, content, words):
    path = tmp_path / "rubric.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        VisionJudge(KSCORE, "http://127.0.0.1:9", images=images, settings=JudgeSettings(rubric=str(path)))


async def test_a_rubric_of_ones_own_is_what_the_judge_is_told(images, tmp_path):
    own = tmp_path / "own.md"
    own.write_text("Use {braces} as you like.\n", encoding="utf-8")
    async with JudgeServer(by_number) as server:
        judge = judge_of(server, KSCORE, images, rubric=str(own))
        assert (await judge.judge(drawn_attempt(images))).failure is None
        await judge.close()

    assert server.heard[0].messages[0] == "Use {braces} as you like.\n"


async def test_the_only_model_is_taken_and_a_refused_key_is_told_before_any_work(images):
    async with JudgeServer(by_number, models=["only"], key="sk-right") as server:
        judge = judge_of(server, KSCORE, images, key="sk-right", model=None)
        with pytest.raises(UsageError, match="--judge-model"):
            _ = judge.info
        await judge.prepare()
        assert judge.info.model == "only"
        await judge.close()
        wrong = judge_of(server, KSCORE, images, key="sk-wrong")
        with pytest.raises(UsageError, match="Set GENEVOLVE_JUDGE_KEY"):
            await wrong.prepare()
        await wrong.close()


async def test_several_models_or_a_server_that_is_gone_leave_no_model_to_ask(images):
    async with JudgeServer(by_number, models=["a", "b"]) as server:
        judge = judge_of(server, KSCORE, images, model=None)
        with pytest.raises(UsageError, match="has 2 models; name one with --judge-model: a, b"):
            await judge.prepare()
        await judge.close()
    gone = judge_of(server, KSCORE, images, model=None, tries=1)
    with pytest.raises(JudgeError, match=r"cannot be reached.*Is it running"):
        await gone.judge(drawn_attempt(images))
    await gone.close()


KEYS = {"GENEVOLVE_JUDGE_KEY": "sk-of-the-judge", "OPENAI_API_KEY": "sk-of-openai"}


@pytest.mark.parametrize(
    ("where", "keys", "shown"),
    [
        ("flag", KEYS, "sk-of-the-judge"),
        ("flag", {"OPENAI_API_KEY": "sk-of-openai"}, "sk-of-openai"),
        ("GENEVOLVE_JUDGE_URL", KEYS, "sk-of-the-judge"),
        ("GENEVOLVE_JUDGE_URL", {"OPENAI_API_KEY": "sk-of-openai"}, None),
        ("OPENAI_API_BASE", KEYS, "sk-of-openai"),
    ],
)
async def test_a_judges_address_and_the_key_that_belongs_to_it_come_from_the_environment(
    images, monkeypatch, where, keys, shown
):
    for name in ("GENEVOLVE_JUDGE_URL", "GENEVOLVE_JUDGE_KEY", "OPENAI_API_BASE", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    async with JudgeServer(by_number, key=shown or "") as server:
        settings = JudgeSettings(judge="kscore", model="judge")
        if where == "flag":
            monkeypatch.setenv("GENEVOLVE_JUDGE_URL", "http://127.0.0.1:9")
            settings = settings.but(base_url=server.url)
        else:
            monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9")
            monkeypatch.setenv(where, server.url)
        judge = open_judge(settings, images=images)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.failure is None
    assert {call.key for call in server.heard} == {shown}


def test_a_judge_without_an_address_is_refused(images, monkeypatch):
    for name in ("GENEVOLVE_JUDGE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="give --judge-url or set GENEVOLVE_JUDGE_URL"):
        open_judge(JudgeSettings(judge="kscore"), images=images)


def test_a_jpeg_reaches_the_judge_byte_for_byte(images):
    """The picture that is judged is the picture that was drawn."""
    data = jpeg((320, 200))
    attempt = attempt_at(drawn_attempt(images).trajectory.request, image=images.add(data))

    async def once() -> JudgeServer:
        async with JudgeServer(lambda _: kscores(0)) as server:
            judge = judge_of(server, KSCORE, images)
            await judge.judge(attempt)
            await judge.close()
        return server

    assert asyncio.run(once()).heard[0].pictures[0] == digest_bytes(data)
