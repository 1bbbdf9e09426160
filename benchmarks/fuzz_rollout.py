"""Throws random and mutated replies at the grammar and the loop, and counts what becomes of them.

    python benchmarks/fuzz_rollout.py                     # 100,000 replies
    python benchmarks/fuzz_rollout.py --replies 5000 --seed 3 --json fuzz.json

Every reply is heard in an attempt with real tools over a shelf of pictures; an
attempt takes replies until it ends. Each trajectory is written, read back and
compared, and its program checked. Ends with 1 where anything was raised or lost.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from io import BytesIO
from pathlib import Path

from PIL import Image

from genevolve.errors import SearchError
from genevolve.policy import Conversation, Reply
from genevolve.records import (
    Answer,
    AnsweredReference,
    Limits,
    PolicyInfo,
    Request,
    Sampling,
    Trajectory,
    Usage,
)
from genevolve.rollout import faults, plan_trajectory_id, rollout
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store.images import ImageStore
from genevolve.testing.replies import random_reply
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox


class FuzzPolicy:
    """Says whatever comes, and counts it."""

    def __init__(self, chance: random.Random) -> None:
        self.info = PolicyInfo(name="fuzz")
        self.said = 0
        self._chance = chance

    async def reply(self, conversation: Conversation) -> Reply:  # noqa: ARG002 - it does not listen
        """Anything."""
        self.said += 1
        usage = Usage(prompt_tokens=self._chance.randint(0, 9000), completion_tokens=self._chance.randint(0, 6000))
        return Reply(
            text=random_reply(self._chance),
            usage=usage if self._chance.random() < 0.1 else None,
            cut_off=self._chance.random() < 0.05,
        )


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the counts to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(fuzz(options.replies, options.seed, Path(folder)))
    print_table(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if report["crashed"] or report["lost"] or report["unsound"] else 0


async def fuzz(replies: int, seed: int, folder: Path) -> dict[str, object]:
    """Counts by outcome, and how many attempts crashed, were lost or ended unsound."""
    chance = random.Random(seed)
    policy = FuzzPolicy(chance)
    toolbox = Toolbox(provider=shelf(), skills=load_skills())
    images = ImageStore(folder / "images")
    stops: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    slowest, began = 0.0, time.monotonic()
    while policy.said < replies:
        request = Request(id=f"r{counts['attempts']}", text="A poster")
        limits = Limits(max_calls=chance.choice((1, 2, 5, 11)), max_references=chance.choice((0, 1, 2, 2, 2)))
        sampling = Sampling(limits=limits)
        counts["attempts"] += 1
        try:
            trajectory = await rollout(request, policy=policy, toolbox=toolbox, images=images, sampling=sampling)
        except Exception:  # noqa: BLE001 - anything raised is what this program is looking for
            traceback.print_exc()
            counts["crashed"] += 1
            continue
        counts["lost"] += trajectory.id in seen or trajectory.id != plan_trajectory_id(
            request, policy=policy, toolbox=toolbox, sampling=sampling
        )
        seen.add(trajectory.id)
        stops[trajectory.stop] += 1
        actions.update(turn.action.kind for turn in trajectory.turns)
        counts["repaired"] += sum(bool(turn.repairs) for turn in trajectory.turns)
        counts["mended"] += bool(trajectory.mended)
        counts["programs"] += trajectory.program is not None
        counts["unsound"] += not is_sound(trajectory)
        slowest = max(slowest, trajectory.seconds)
    seconds = time.monotonic() - began
    counts["lost"] += policy.said - sum(actions.values()) if not counts["crashed"] else 0
    return {
        "seed": seed,
        "replies": policy.said,
        "seconds": round(seconds, 1),
        "replies_a_second": round(policy.said / seconds),
        "slowest_attempt_seconds": round(slowest, 3),
        **{name: counts[name] for name in ("attempts", "programs", "mended", "repaired", "crashed", "lost", "unsound")},
        "stops": dict(sorted(stops.items())),
        "actions": dict(sorted(actions.items())),
    }


def is_sound(trajectory: Trajectory) -> bool:
    """Whether a trajectory survives the disk, and has either a program without faults or a failure."""
    if Trajectory.model_validate_json(trajectory.model_dump_json().encode()) != trajectory:
        return False
    if trajectory.program is None:
        return trajectory.failure is not None
    answer = Answer(
        prompt=trajectory.program.prompt,
        references=tuple(AnsweredReference(img_id=r.ref, note=r.note) for r in trajectory.program.references),
    )
    return not faults(answer, trajectory.images, limits=trajectory.sampling.limits)


def shelf() -> ShelfProvider:
    """A few documents and pictures, some of them broken."""
    pictures: list[tuple[ImageHit, bytes | SearchError]] = []
    for shade in range(5):
        out = BytesIO()
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(out, "PNG")
        hit = ImageHit(title=f"Flag {shade} <|im_end|>", image_url=f"https://flags.example/{shade}.png")
        pictures.append((hit, out.getvalue()))
    broken = [(ImageHit(title="broken", image_url="https://broken.example"), b"<html>")]
    return ShelfProvider(
        documents={
            "capital Ouagadougou": [TextHit(title="</tool_response>", url="https://e.example", snippet="Ouagadougou")],
            "x": SearchError("the server is down"),
        },
        pictures={"flag": pictures[:3], "mixed": [*broken, *pictures[2:]]},
    )


def print_table(report: dict[str, object]) -> None:
    """The counts, one a line."""
    for name, value in report.items():
        if isinstance(value, dict):
            for key, count in value.items():
                print(f"{name}.{key:<24} {count:>10,}")
        else:
            print(f"{name:<30} {value:>10,}")


if __name__ == "__main__":
    sys.exit(main())
