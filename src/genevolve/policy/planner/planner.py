"""The planner: a policy without a model, which reads, searches, chooses and writes by rules.

It keeps nothing between replies. Each reply reads the whole conversation anew
and says the next thing: search, look for a picture, read a skill, or answer.
"""

import json
from collections.abc import Iterable, Mapping

from ...records import Limits, PolicyInfo
from ..base import Conversation, Reply
from .answers import MAX_QUERIES, Known, Need, Open
from .choose import ACCEPTED, score
from .nodes import Attribute
from .observations import Seen, read_conversation
from .plan import Depicted, Plan, make_plan
from .write import write_program

TOP_K = 5
CHARS_A_TOKEN = 4
"""The estimate that a rollout's limits go by where no server counts."""


class Planner:
    """A policy by rules; equal conversations and seeds give equal replies."""

    def __init__(self) -> None:
        self._info = PolicyInfo(name="planner", dialect="tagged")

    @property
    def info(self) -> PolicyInfo:
        """Who it is."""
        return self._info

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply, in the tagged dialect; never fails, whatever the messages hold."""
        seen = read_conversation(conversation.messages)
        limits = conversation.sampling.limits
        plan = make_plan(seen, choice=conversation.sampling.seed or 0, max_references=limits.max_references)
        calls_left = _calls_left(seen, limits)
        step = _next_step(plan, calls_left) if calls_left > 0 else None
        return Reply(text=step or _answer(plan, limits, ran_out=calls_left <= 0))


def _calls_left(seen: Seen, limits: Limits) -> int:
    """Tool calls that may still be made; the last reply belongs to the answer."""
    if seen.is_last or seen.complaints:
        return 0
    return min(limits.max_tool_calls - seen.tool_calls, limits.max_calls - seen.replies - 1)


def _next_step(plan: Plan, calls_left: int) -> str | None:
    """The next call: facts before pictures, pictures before advice; None when nothing is lacking."""
    return _search(plan) or _look(plan) or _read_skill(plan, calls_left)


def _search(plan: Plan) -> str | None:
    needs = plan.needs
    if not needs:
        return None
    queries = list(dict.fromkeys(query for need in needs for query in need.queries))[:MAX_QUERIES]
    reasons = [_learnt(plan), *dict.fromkeys(need.why for need in needs)]
    return _call("search", {"queries": queries, "top_k": TOP_K}, think=reasons)


def _look(plan: Plan) -> str | None:
    room = plan.max_references - len(plan.seen.brought)
    for one in plan.depicted[: max(room, 0)]:
        if one.picture or not one.need:
            continue
        again = plan.seen.asked("image_search", one.wanted.queries[0])
        why = (
            f"None of the pictures so far is {_the(one)}; I try another wording."
            if again
            else f"I need a picture of {_the(one)}."
        )
        return _call("image_search", {"query": one.need[0], "top_k": TOP_K}, think=[_learnt(plan), why])
    return None


def _read_skill(plan: Plan, calls_left: int) -> str | None:
    if "query_knowledge" not in plan.seen.tools or calls_left <= 0:
        return None
    for name, reason in plan.skills.items():
        if not plan.seen.asked("query_knowledge", name):
            chosen = "" if any(plan.seen.asked("query_knowledge", skill) for skill in plan.skills) else _chosen(plan)
            why = (
                f"I read how to write for {name.replace('_', ' ')}, because {reason}."
                if " " in reason and not reason.startswith("“")
                else f"I read how to write for {name.replace('_', ' ')}: the request says {reason}."
            )
            return _call("query_knowledge", {"skill_name": name}, think=[chosen, why])
    return None


def _answer(plan: Plan, limits: Limits, *, ran_out: bool) -> str:
    """The answer, its prompt cut where the whole reply would not fit the limit."""
    room = limits.max_reply_tokens * CHARS_A_TOKEN
    max_chars = room
    said = _answer_of(plan, max_chars, ran_out=ran_out)
    while len(said) > room and max_chars > 100:
        max_chars = int(max_chars * min(0.9 * room / len(said), 0.9))
        said = _answer_of(plan, max_chars, ran_out=ran_out)
    return said


def _answer_of(plan: Plan, max_chars: int, *, ran_out: bool) -> str:
    written = write_program(plan, max_chars=max_chars, complaints=plan.seen.complaints)
    think = [_chosen(plan) if not plan.seen.skills or plan.seen.is_last else ""]
    think += [*_lacking(plan), *_tradeoffs(plan, ran_out=ran_out)]
    if len(plan.seen.request) > max_chars:
        think.append(f"The request is longer than a reply may be; I keep about {max_chars:,} characters of it.")
    think.append(f"I write the program with {_number(len(written.references))}.")
    body = {
        "gen_prompt": written.prompt,
        "reference_images": [{"img_id": ref, "note": note} for ref, note in written.references],
    }
    return f"{_think(think)}\n<answer>{_json(body)}</answer>"


def _learnt(plan: Plan) -> str:
    """What the evidence says, where the last steps brought some."""
    sentences: list[str] = []
    for outcome in plan.outcomes:
        for answer in outcome.answers:
            if isinstance(answer, Known) and answer.because:
                told = " ".join(f"“{_short(sentence)}.”" for sentence in answer.because[:3])
                doubt = f" But {answer.doubt}." if answer.doubt else ""
                sentences.append(f"The evidence: {told} So it is {' and '.join(answer.names[:4])}.{doubt}")
    return " ".join(dict.fromkeys(sentences))


def _chosen(plan: Plan) -> str:
    """Which pictures were taken, and which were refused."""
    lines: list[str] = []
    for one in plan.depicted:
        if one.picture:
            lines.append(f"{one.picture.ref} “{_short(one.picture.title)}” shows {_the(one)}.")
        elif any(plan.seen.asked("image_search", query) for query in one.wanted.queries):
            best = max(plan.seen.pictures, key=lambda picture: score(one.wanted, picture), default=None)
            near = (
                f" The nearest was “{_short(best.title)}”." if best and 0 < score(one.wanted, best) < ACCEPTED else ""
            )
            lines.append(f"No picture that I found is {_the(one)}, so I use none rather than a wrong one.{near}")
    return " ".join(lines)


def _lacking(plan: Plan) -> Iterable[str]:
    """What could not be found out, and which searches failed."""
    told: dict[str, None] = {}
    for outcome in plan.outcomes:
        for answer in outcome.answers:
            if isinstance(answer, Open):
                told[f"{answer.why} I keep the user's words."] = None
            elif isinstance(answer, Need):
                said = _short(plan.reading.text[outcome.found.start : outcome.found.end])
                told[f"There is no call left to find out “{said}”; I keep the user's words."] = None
    yield from told
    if plan.seen.failed:
        yield f"The search failed for “{_short(plan.seen.failed[0])}”; I go on without it."


def _tradeoffs(plan: Plan, *, ran_out: bool) -> Iterable[str]:
    if plan.seen.complaints:
        yield "My last answer could not be drawn, so I write a plainer one."
    unread = [name for name in plan.skills if not plan.seen.asked("query_knowledge", name)]
    if ran_out and unread and not plan.seen.complaints and "query_knowledge" in plan.seen.tools:
        yield f"No call is left to read {', '.join(unread)}."
    left_out = [one for one in plan.depicted if one.wanted.kind is Attribute.FLAG][plan.max_references :]
    if left_out:
        yield f"A program takes at most {plan.max_references} references; the rest is said in words."


def _the(one: Depicted) -> str:
    return one.wanted.spoken


def _number(count: int) -> str:
    return {0: "no reference", 1: "one reference"}.get(count, f"{count} references")


def _short(text: str) -> str:
    """Foreign words inside a thought: one line, no brackets that could be read as tags."""
    line = " ".join(text.split()).replace("<", "‹").replace(">", "›")
    return line if len(line) <= 160 else line[:159] + "…"


def _call(name: str, arguments: Mapping[str, object], *, think: Iterable[str]) -> str:
    return f"{_think(think)}\n<tool_call>{_json({'name': name, 'arguments': arguments})}</tool_call>"


def _think(lines: Iterable[str]) -> str:
    said = " ".join(line for line in lines if line).replace("<", "‹").replace(">", "›")
    return f"<think>{said}</think>"


def _json(value: Mapping[str, object]) -> str:
    """JSON whose strings cannot close a tag of the dialect."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
