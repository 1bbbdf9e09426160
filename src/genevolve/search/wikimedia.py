"""Wikimedia: articles of Wikipedia, and pictures of Commons with licence, author and page. It needs no key.

The operators ask for a User-Agent that says who asks, for one request at a time,
and for waiting as long as Retry-After says.
"""

import asyncio
from typing import Any, Self

from ..errors import SearchError
from ..http.client import CallLimits, HttpClient
from ..http.user_agent import user_agent
from ..language.text import one_line
from .base import ImageHit, TextHit
from .network import SEARCH_LIMITS, address_from_environment
from .wire import Fields, address, entries, inner, text, unlike

WIKIPEDIA_URL = "https://en.wikipedia.org/w/api.php"
COMMONS_URL = "https://commons.wikimedia.org/w/api.php"

THUMBNAIL_WIDTH = 1280
"""The smallest of the widths that Wikimedia serves (20 … 960, 1280, 1920, 3840) that is past a drawing's 1,024."""
_MOST_CHARS = 300
"""The service refuses longer queries."""
_SNIPPET_CHARS = 700


class Wikimedia:
    """Speaks with the MediaWiki APIs of Wikipedia and Commons."""

    name = "wikimedia"
    advice = {"key_refused": "Set GENEVOLVE_CONTACT to an address or page that says who asks; Wikimedia wants one."}
    downloads_at_once = 2
    """What the operators ask of programs that fetch pictures."""

    def __init__(
        self, *, text_url: str = WIKIPEDIA_URL, images_url: str = COMMONS_URL, limits: CallLimits = SEARCH_LIMITS
    ) -> None:
        """A client of the two APIs, given as the addresses of their `api.php`."""
        self._text_url = text_url
        self._images_url = images_url
        self._client = HttpClient("wikimedia", headers={"User-Agent": user_agent()}, limits=limits)
        self._turn: asyncio.Lock | None = None

    @classmethod
    def from_environment(cls, *, limits: CallLimits = SEARCH_LIMITS) -> Self:
        """At WIKIPEDIA_API_URL (of another language, say) and COMMONS_API_URL, else at the public ones.

        Raises:
            UsageError: an address is none.
        """
        return cls(
            text_url=address_from_environment("WIKIPEDIA_API_URL", WIKIPEDIA_URL),
            images_url=address_from_environment("COMMONS_API_URL", COMMONS_URL),
            limits=limits,
        )

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:
        """Articles for a query, each with its beginning."""
        pages = await self._ask(
            self._text_url,
            query,
            top_k,
            prop="extracts|info",
            exintro="1",
            explaintext="1",
            exlimit="max",
            inprop="url",
        )
        return unlike([_document(page) for page in pages], by=lambda hit: hit.url, most=top_k)

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Files of Commons for a query, at a width that is served from its caches."""
        pages = await self._ask(
            self._images_url,
            f"filetype:bitmap|drawing {query}",
            top_k,
            gsrnamespace="6",
            prop="imageinfo",
            iiprop="url|size|mime|extmetadata",
            iiurlwidth=str(THUMBNAIL_WIDTH),
            iiextmetadatafilter="LicenseShortName|UsageTerms|Artist|Credit|ImageDescription",
        )
        return unlike([_picture(page) for page in pages], by=lambda hit: hit.image_url, most=top_k)

    async def close(self) -> None:
        """Close the connections."""
        self._turn = None
        await self._client.close()

    async def _ask(self, url: str, query: str, top_k: int, **what: str) -> list[Fields]:
        asked = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "generator": "search",
            "gsrsearch": query[:_MOST_CHARS],
            "gsrlimit": str(top_k),
            **what,
        }
        self._turn = self._turn or asyncio.Lock()
        async with self._turn:
            answer = await self._client.get(url, asked)
        return _pages(answer)


def _pages(answer: Any) -> list[Fields]:
    """The pages in the order of the search, which is told by number and not by place."""
    found = entries(answer, "query", "pages", who="wikimedia")
    if "error" in answer:  # errors come with status 200
        error = inner(answer, "error")
        raise SearchError(f"wikimedia answered: {one_line(text(error, 'info', 'code') or 'an error')}")
    if found is None and not {"batchcomplete", "query"} & set(answer):
        raise SearchError(
            "wikimedia answered in a form that is not its own: expected query.pages. Is its address right?"
        )
    return sorted(found or [], key=lambda page: _whole_number(page.get("index")))


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) else 1_000_000


def _document(page: Fields) -> TextHit:
    return TextHit(
        title=text(page, "title"),
        url=address(page, "canonicalurl", "fullurl"),
        snippet=one_line(text(page, "extract"), max_chars=_SNIPPET_CHARS),
    )


def _picture(page: Fields) -> ImageHit:
    info = next(iter(entries(page, "imageinfo", who="wikimedia") or []), Fields())
    told = inner(info, "extmetadata")
    return ImageHit(
        title=_title(page, told),
        # The thumbnail of a drawing or a TIFF is a PNG or a JPEG; that of a small picture is the picture.
        image_url=address(info, "thumburl", "url"),
        page_url=address(info, "descriptionurl") or None,
        licence=text(inner(told, "LicenseShortName"), "value") or text(inner(told, "UsageTerms"), "value") or None,
        author=one_line(text(inner(told, "Artist"), "value") or text(inner(told, "Credit"), "value")) or None,
    )


def _title(page: Fields, told: Fields) -> str:
    """The file's name in words, and what its description adds to it."""
    name = text(page, "title").partition(":")[2].rpartition(".")[0].replace("_", " ")
    description = text(inner(told, "ImageDescription"), "value")
    if not description or description.lower() in name.lower():
        return name
    return one_line(f"{name}: {description}" if name else description)
