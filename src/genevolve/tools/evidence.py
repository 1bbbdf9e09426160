"""What one trajectory has gathered: its images under their ids, and what it asked."""

from typing import Literal

from ..language.text import fold, one_line
from ..records import FoundImage, ImagePart
from ..store.images import ImageStore
from .defuse import defuse

MAX_URL_CHARS = 2000

Listing = Literal["full", "id_last", "brief"]
"""How an observation lists what was found.

- full: with its addresses, the id of an image before its title.
- id_last: the same, the id after the title. Who reads from left to right knows then what an id stands for.
- brief: titles and ids alone, the id last, for a policy that can use no address.
"""


class Evidence:
    """The state of one attempt that tools read and add to."""

    def __init__(self, store: ImageStore, *, text_only: bool = False, listing: Listing = "full") -> None:
        self.store = store
        """Where the run keeps its images."""
        self.text_only = text_only
        """Images are named to the policy and not shown."""
        self.listing: Listing = listing
        """How found things are listed."""
        self._images: dict[str, FoundImage] = {}
        self._asked: set[tuple[str, str]] = set()

    @property
    def images(self) -> tuple[FoundImage, ...]:
        """The images, in the order in which they were found."""
        return tuple(self._images.values())

    def knows(self, digest: str) -> bool:
        """Whether this picture was found before."""
        return digest in self._images

    def add(
        self,
        digest: str,
        *,
        title: str,
        image_url: str,
        found_by: str,
        page_url: str | None = None,
        licence: str | None = None,
        author: str | None = None,
    ) -> FoundImage:
        """The image under the next id, or under the id that the same picture already has."""
        if digest not in self._images:
            self._images[digest] = FoundImage(
                ref=f"IMG_{len(self._images) + 1:03d}",
                digest=digest,
                title=defuse(title) or "untitled",
                image_url=one_line(image_url, max_chars=MAX_URL_CHARS),
                page_url=page_url and one_line(page_url, max_chars=MAX_URL_CHARS),
                licence=licence and defuse(licence),
                author=author and defuse(author),
                found_by=one_line(found_by, max_chars=400),
            )
        return self._images[digest]

    def lines(self, image: FoundImage) -> list[str]:
        """How an image stands in an observation: its id and title, then where it is and where it came from."""
        id_first = self.listing == "full"
        lines = [f"{image.ref}: title: {image.title}" if id_first else f"title: {image.title} ({image.ref})"]
        if self.listing == "brief":
            return lines
        if image.found_by != "brought":
            lines.append(f"   url: {defuse(image.image_url)}")
        path = self.store.path(image.digest)
        lines.append(f"   local_path: {path.relative_to(self.store.folder.parent).as_posix()}")
        lines += [f"   page_url: {defuse(image.page_url)}"] if image.page_url else []
        lines += [f"   licence: {image.licence}"] if image.licence else []
        return lines

    def shown(self, images: list[FoundImage]) -> tuple[ImagePart, ...]:
        """The images as parts of a message; none where the policy reads text only."""
        return () if self.text_only else tuple(ImagePart(digest=image.digest, ref=image.ref) for image in images)

    def was_asked(self, tool: str, query: str) -> bool:
        """Whether this was asked before and answered; small differences of writing do not count."""
        return (tool, fold(query)) in self._asked

    def note_asked(self, tool: str, query: str) -> None:
        """Remembers that this was asked and answered."""
        self._asked.add((tool, fold(query)))
