"""One attempt in full: what was thought, asked and found, the program and the origin of its words, the verdicts."""

from dataclasses import dataclass, field
from itertools import pairwise

from ..experience.choices import queries_of
from ..language.ordinals import find_all_mentions, find_lone_mentions, find_mentions
from ..records import (
    Answer,
    FoundImage,
    Malformed,
    Message,
    Program,
    Render,
    ToolCall,
    Trajectory,
    Turn,
    Verdict,
)
from ..store.budget import Prices
from .gather import Shown
from .provenance import Source, Span, provenance
from .reading import HeardKind, heard_kinds, observed, placed_in_words, questions_of, refs_shown, thought_of

Json = dict[str, object]

_REPEATED_FROM = 300
"""Characters from which a text is kept once for several attempts."""


@dataclass(slots=True)
class Texts:
    """Long texts that several attempts share, such as system prompts and skills: each is kept once."""

    kept: list[str] = field(default_factory=list[str])
    _place: dict[str, int] = field(default_factory=dict[str, int])

    def keep(self, text: str) -> str | int:
        """The text itself where it is short, else its place among those that are kept."""
        if len(text) < _REPEATED_FROM:
            return text
        place = self._place.setdefault(text, len(self.kept))
        if place == len(self.kept):
            self.kept.append(text)
        return place


def attempt_details(shown: Shown, texts: Texts, *, prices: Prices) -> Json:
    """All that the page says of an attempt, and the gallery does not."""
    trajectory = shown.trajectory
    return {
        "id": shown.id,
        "facts": _facts(trajectory),
        "request": texts.keep(trajectory.request.text),
        "turns": [_turn(trajectory, number, texts, prices) for number in range(len(trajectory.turns))],
        "images": {image.ref: _image(image) for image in trajectory.images},
        "program": trajectory.program and _program(trajectory, trajectory.program),
        "mended": list(trajectory.mended),
        "failure": trajectory.failure and trajectory.failure.model_dump(),
        "renders": [_render(render, shown.verdicts.get(render.id, ()), prices) for render in shown.renders],
        "verdicts": [_verdict(verdict, prices) for verdict in shown.verdicts.get(shown.id, ())],
    }


def sources_of(trajectory: Trajectory) -> list[Source]:
    """What the policy had read when it wrote its program."""
    sources = [Source(origin="request", name="the request", text=trajectory.request.text)]
    for answered in questions_of(trajectory):
        if answered.tool == "query_knowledge":
            sources.append(Source(origin="skill", name=answered.query, text=answered.said))
        else:
            read = "\n".join(f"{hit.get('title', '')}\n{hit.get('snippet', '')}" for hit in answered.hits)
            sources.append(Source(origin="evidence", name=answered.query, text=read))
    titles = "\n".join(image.title for image in trajectory.images)
    return [*sources, Source(origin="evidence", name="titles of pictures", text=titles)]


def program_pieces(program: Program, spans: list[Span]) -> list[Json]:
    """The prompt in pieces: each with its origin, the name of its source, and the references that it names."""
    prompt, count = program.prompt, len(program.references)
    named = [(m.start, m.end, [m.number]) for m in find_mentions(prompt) if 1 <= m.number <= count]
    named += [(start, end, list(range(1, count + 1))) for start, end in find_all_mentions(prompt) if count]
    if count == 1 and not named:
        named = [(start, end, [1]) for start, end in find_lone_mentions(prompt)]
    borders = {0, len(prompt), *(edge for start, end, _ in named for edge in (start, end))}
    borders |= {edge for span in spans for edge in (span.start, span.end)}
    edges = sorted(borders)
    pieces: list[Json] = []
    for start, end in pairwise(edges):
        span = next((span for span in spans if span.start <= start and end <= span.end), None)
        references = next((numbers for a, b, numbers in named if a <= start and end <= b), None)
        piece: Json = {"text": prompt[start:end]}
        if span:
            piece |= {"origin": span.source.origin, "source": span.source.name}
        if references:
            piece["references"] = references
        pieces.append(piece)
    return pieces


def _facts(trajectory: Trajectory) -> Json:
    policy, sampling = trajectory.policy, trajectory.sampling
    return {
        "policy": policy.name,
        "model": policy.model,
        "dialect": policy.dialect,
        "weights": policy.weights,
        "search": trajectory.toolbox.provider,
        "tools": list(trajectory.toolbox.tools),
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "seconds": trajectory.seconds,
    }


def _turn(trajectory: Trajectory, number: int, texts: Texts, prices: Prices) -> Json:
    turn = trajectory.turns[number]
    usage = turn.usage
    said: Json = {
        "heard": [_heard(kind, message, texts) for kind, message in heard_kinds(trajectory, number)],
        "thought": thought_of(turn),
        "reply": turn.reply,
        "action": _action(turn),
        "repairs": list(turn.repairs),
        "cut_off": turn.cut_off,
        "seconds": turn.seconds,
        "tokens": usage and [usage.prompt_tokens, usage.completion_tokens],
        "cost": _turn_cost(turn, prices),
    }
    if turn.native_calls:
        said["native_calls"] = list(turn.native_calls)
    return said


def _heard(kind: HeardKind, message: Message, texts: Texts) -> Json:
    heard: Json = {"kind": kind, "text": texts.keep(message.text), "shown": list(refs_shown(message))}
    if kind == "observation":
        heard["answers"] = [
            {"tool": a.tool, "query": a.query, "hits": a.hits, "refs": a.refs, "said": texts.keep(a.said)}
            for a in observed(message.text)
        ]
    return heard


def _action(turn: Turn) -> Json:
    match turn.action:
        case ToolCall(name=name, arguments=arguments):
            return {"kind": "call", "tool": name, "queries": list(queries_of(turn.action)), "arguments": arguments}
        case Answer():
            return {"kind": "answer"}
        case Malformed(problem=problem):
            return {"kind": "malformed", "problem": problem}


def _turn_cost(turn: Turn, prices: Prices) -> float | None:
    """What the reply and the call that it made cost, as far as prices are known."""
    costs: list[float | None] = []
    if turn.usage:
        spent = turn.usage
        costs.append(prices.of("policy", prompt_tokens=spent.prompt_tokens, reply_tokens=spent.completion_tokens))
    if isinstance(turn.action, ToolCall) and turn.action.name in {"search", "image_search"}:
        each = prices.search if turn.action.name == "search" else prices.image_search
        costs.append(None if each is None else each * len(queries_of(turn.action)))
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _image(image: FoundImage) -> Json:
    return image.model_dump(exclude={"ref"}, exclude_none=True)


def _program(trajectory: Trajectory, program: Program) -> Json:
    return {
        "prompt": program_pieces(program, provenance(program.prompt, sources_of(trajectory))),
        "references": [reference.model_dump() for reference in program.references],
    }


def _render(render: Render, verdicts: tuple[Verdict, ...], prices: Prices) -> Json:
    how = render.renderer
    scene = render.scene
    return {
        "renderer": " ".join(filter(None, [how.name, how.model])),
        "seed": how.seed,
        "size": [scene.width, scene.height] if scene else None,
        "picture": render.image,
        "failure": render.failure and render.failure.model_dump(),
        "seconds": render.seconds,
        "cost": prices.of("render"),
        "scene": [placed_in_words(item) for item in scene.items] if scene else [],
        "not_understood": list(scene.not_understood) if scene else [],
        "verdicts": [_verdict(verdict, prices) for verdict in verdicts],
    }


def _verdict(verdict: Verdict, prices: Prices) -> Json:
    usage = verdict.usage
    return {
        "judge": " ".join(filter(None, [verdict.judge.name, verdict.judge.model])),
        "kind": verdict.kind,
        "scores": verdict.scores,
        "text_required": verdict.text_required,
        "rationale": verdict.rationale,
        "raw": verdict.raw,
        "repairs": list(verdict.repairs),
        "failure": verdict.failure and verdict.failure.model_dump(),
        "seconds": verdict.seconds,
        "tokens": usage and [usage.prompt_tokens, usage.completion_tokens],
        "cost": prices.of("judge"),
    }
