"""Groups of attempts made by hand, for tests of what is learned from them."""

from collections.abc import Mapping, Sequence

from genevolve.records import (
    Answer,
    Attempt,
    Failure,
    FoundImage,
    Group,
    JudgeInfo,
    Malformed,
    Message,
    PolicyInfo,
    Program,
    Reference,
    Request,
    Sampling,
    StopReason,
    ToolboxInfo,
    ToolCall,
    Trajectory,
    Turn,
    Verdict,
    digest_of,
)

SYSTEM = "You answer requests for pictures. Search for facts, choose a flag, and read a skill before the title."


def search(*queries: str) -> ToolCall:
    """A call of `search`."""
    return ToolCall(name="search", arguments={"queries": list(queries), "top_k": 5})


def image_search(query: str) -> ToolCall:
    """A call of `image_search`."""
    return ToolCall(name="image_search", arguments={"query": query, "top_k": 5})


def skill(name: str) -> ToolCall:
    """A call of `query_knowledge`."""
    return ToolCall(name="query_knowledge", arguments={"skill_name": name})


def attempt(
    request: Request,
    number: int = 0,
    *,
    does: Sequence[ToolCall | Malformed] = (),
    prompt: str | None = "a quiet picture",
    references: Sequence[str] = (),
    image: Mapping[str, float] | None = None,
    text_required: bool = True,
    program: float | None = None,
    rationale: str = "",
    stop: StopReason = StopReason.ANSWERED,
    failure: Failure | None = None,
    mended: tuple[str, ...] = (),
) -> Attempt:
    """One attempt; `references` are titles of the pictures that its program uses, `image` and `program` its marks."""
    images = tuple(
        FoundImage(
            ref=f"IMG_{place:03d}",
            digest=digest_of(title),
            title=title,
            image_url=f"https://pictures.example/{place}.png",
            found_by="pictures",
        )
        for place, title in enumerate(references, 1)
    )
    actions = [*does, *([Answer(prompt=prompt)] if prompt else [])]
    heard = [Message.of("system", SYSTEM), Message.of("user", request.text)]
    turns = tuple(
        Turn(
            heard=tuple(heard) if not place else (Message.of("user", f"answer {place}"),),
            reply=f"<think>step {place}</think>",
            action=action,
            seconds=0,
        )
        for place, action in enumerate(actions)
    )
    trajectory = Trajectory(
        id=digest_of(request.id, number),
        request=request,
        attempt=number,
        policy=PolicyInfo(name="scripted"),
        prompt_digest="p",
        toolbox=ToolboxInfo(tools=("search", "image_search", "query_knowledge"), skills="s"),
        sampling=Sampling(),
        images=images,
        turns=turns,
        program=Program(
            prompt=prompt, references=tuple(Reference(ref=found.ref, digest=found.digest) for found in images)
        )
        if prompt
        else None,
        mended=mended,
        stop=stop,
        failure=failure,
    )
    judged = {"rationale": rationale, "judge": JudgeInfo(name="hand")}
    return Attempt(
        trajectory=trajectory,
        image_verdict=image
        and Verdict(of="r", kind="image", scores=dict(image), text_required=text_required, **judged),
        program_verdict=None
        if program is None
        else Verdict(of=trajectory.id, kind="program", scores={"sufficiency": program}, **judged),
    )


def group(*attempts: Attempt) -> Group:
    """The attempts as a group at the request of the first."""
    return Group(request=attempts[0].trajectory.request, attempts=attempts)
