"""The judges that compute: what was drawn, or what a program says, against the recipe of the request.

The recipe alone says what is wanted; the request's words are never read. Every
check is kept in the verdict's `raw`, so that it can be seen which one failed. A
request without a recipe, or a drawing without a scene, makes a failed verdict.
"""

import asyncio
import time

from PIL import Image

from ...errors import ImageError, JudgeError, StoreError
from ...records import Attempt, Failure, JudgeInfo, Render, Verdict, VerdictKind, digest_of
from ...records.recipe import Recipe
from ...store.images import ImageStore, open_picture
from .beauty import AXIS as AESTHETICS
from .beauty import beauty_level, measure_beauty, quality
from .checks import Check, in_json, in_words, level, share
from .looks import check_looks
from .ocr import Reader, check_read_words
from .program import check_program, program_level
from .seen import Seen
from .standing import Standing, find_standing
from .things import check_things
from .words import AXIS as TEXT
from .words import check_words

PICTURES_BY = "version 2"
"""Of the rules for pictures; raised when an equal picture comes to be scored differently."""
PROGRAMS_BY = "version 1"
"""Of the rules for programs, likewise."""


class ComputedJudge:
    """Four axes of a drawing that has a scene."""

    def __init__(self, images: ImageStore, *, reads_pixels: bool = False) -> None:
        """Judge drawings of a run.

        Args:
            images: where drawn and wanted images are.
            reads_pixels: text accuracy is judged by what a recogniser reads, instead of by the scene.

        Raises:
            MissingExtraError: that recogniser is not installed.
        """
        self._images = images
        self._reader = Reader() if reads_pixels else None

    @property
    def kind(self) -> VerdictKind:
        """It looks at the drawn image."""
        return "image"

    @property
    def info(self) -> JudgeInfo:
        """Text read from the pixels makes a judge of another name."""
        if self._reader is None:
            return JudgeInfo(name="computed", rubric=digest_of("computed", PICTURES_BY))
        reader = self._reader.version
        return JudgeInfo(
            name="computed-ocr", rubric=digest_of("computed-ocr", PICTURES_BY), settings={"reader": reader}
        )

    def lacks(self, attempt: Attempt) -> str | None:
        """A recipe, a picture, or the scene of what was drawn, where one is not there."""
        render = attempt.render
        if attempt.trajectory.request.recipe is None:
            return _NO_RECIPE
        if render is None or render.image is None:
            why = f": {render.failure.what}" if render and render.failure else ""
            return f"there is no picture to look at{why}. Draw it again and judge then."
        if render.scene is None:
            return (
                f"the renderer {render.renderer.name!r} tells no scene; expected one, as the sketch makes. "
                "Draw with the sketch, or judge with a model."
            )
        return None

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt that was drawn."""
        render, recipe = attempt.render, attempt.trajectory.request.recipe
        assert render is not None, "only attempts with a render have their image judged"
        blank = Verdict(of=render.id, kind=self.kind, judge=self.info)
        if lacking := self.lacks(attempt):
            where = "request" if recipe is None else "render"
            return blank.but(failure=Failure(whose="world", where=where, what=lacking))
        assert recipe is not None, "a request that lacks nothing has a recipe"
        return await asyncio.to_thread(self._judge, blank, render, recipe)

    def _judge(self, blank: Verdict, render: Render, recipe: Recipe) -> Verdict:
        start = time.perf_counter()
        try:
            verdict = self._scored(blank, render, recipe)
        except (JudgeError, ImageError, StoreError) as error:
            failure = Failure(whose="world", where=f"judge {blank.judge.name}", what=str(error))
            verdict = blank.but(failure=failure)
        return verdict.but(seconds=time.perf_counter() - start)

    def _scored(self, blank: Verdict, render: Render, recipe: Recipe) -> Verdict:
        seen = self._seen(render)
        wanted = {one.digest: self._opened(one.digest) for one in recipe.references}
        standing = find_standing(recipe, seen.scene)
        things, looks = check_things(recipe, standing, seen), check_looks(recipe, standing, seen, wanted)
        words = self._words(recipe, standing, seen)
        beauty = measure_beauty(seen)
        scores = {
            "faithfulness": level(things),
            "visual_correctness": level(looks),
            TEXT: level(words) if recipe.texts else 0.5,
            AESTHETICS: beauty_level(beauty),
        }
        checks = [*things, *looks, *words]
        weak = ", ".join(f"{one.name} {one.value:.2f}" for one in beauty if one.value < 1)
        said = f"{in_words(checks)}; aesthetics {quality(beauty):.2f}{f' ({weak})' if weak else ''}"
        raw = in_json([*checks, *beauty], quality=quality(beauty))
        return blank.but(scores=scores, text_required=bool(recipe.texts), rationale=said, raw=raw)

    def _words(self, recipe: Recipe, standing: Standing, seen: Seen) -> list[Check]:
        if self._reader is None:
            return check_words(recipe, standing, seen)
        return check_read_words(recipe, seen, self._reader.lines(seen.image)) if recipe.texts else []

    def _seen(self, render: Render) -> Seen:
        assert render.image is not None, "a drawing that lacks nothing has a picture"
        assert render.scene is not None, "and a scene"
        image = _in_mode(self._opened(render.image), "RGB")
        if image.size != (render.scene.width, render.scene.height):
            raise JudgeError(
                f"the picture has {image.width}x{image.height} pixels and its scene "
                f"{render.scene.width}x{render.scene.height}; expected the same. Draw it again."
            )
        return Seen(image, render.scene)

    def _opened(self, digest: str) -> Image.Image:
        """A stored picture in RGB, or in RGBA where parts of it are clear."""
        image = open_picture(self._images.read(digest))
        return _in_mode(image, "RGBA" if image.has_transparency_data else "RGB")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


class ComputedProgramJudge:
    """Whether a program states what its request wants, in five levels."""

    @property
    def kind(self) -> VerdictKind:
        """It reads the program; the drawn image is not looked at."""
        return "program"

    @property
    def info(self) -> JudgeInfo:
        """Its name and the version of its rules."""
        return JudgeInfo(name="computed-program", rubric=digest_of("computed-program", PROGRAMS_BY))

    def lacks(self, attempt: Attempt) -> str | None:
        """A recipe or a program, where one is not there."""
        if attempt.trajectory.request.recipe is None:
            return _NO_RECIPE
        return None if attempt.trajectory.program else "there is no program to judge; roll the request out again"

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt that ended with a program."""
        trajectory, start = attempt.trajectory, time.perf_counter()
        blank = Verdict(of=trajectory.id, kind=self.kind, judge=self.info)
        recipe, program = trajectory.request.recipe, trajectory.program
        if lacking := self.lacks(attempt):
            where = "request" if recipe is None else "rollout"
            return blank.but(failure=Failure(whose="world", where=where, what=lacking))
        assert recipe is not None, "an attempt that lacks nothing has a recipe"
        assert program is not None, "and a program"
        checks = check_program(recipe, program)
        return blank.but(
            scores={"sufficiency": program_level(checks)},
            rationale=in_words(checks),
            raw=in_json(checks, share=share(checks)),
            seconds=time.perf_counter() - start,
        )


_NO_RECIPE = (
    "the request has no recipe, which is all that this judge knows of what is wanted; expected a request that was "
    "made from one. Judge with a model instead."
)
