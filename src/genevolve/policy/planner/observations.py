"""What a conversation holds, read back from its messages: the planner keeps no state of its own."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from ...records import Message

TOOLS = frozenset({"search", "image_search", "query_knowledge"})

_HEADING = re.compile(r"\[(?P<tool>search|image_search|query_knowledge): (?P<query>.*)\]$")
_END = re.compile(r"\[end of (?:results|skill)\]$")
_TEXT_HIT = re.compile(r"\d+\. title: (?P<title>.*)$")
_PICTURE = re.compile(r"(?P<ref>IMG_\d{3,}): title: (?P<title>.*)$")
_TITLE_FIRST = re.compile(r"title: (?P<title>.*?) \((?P<ref>IMG_\d{3,})\)$")
_FIELD = re.compile(r"\s+(?P<key>url|snippet|page_url|local_path|licence): (?P<value>.*)$")
_CALL = re.compile(r"<tool_call>\s*(\{.*\})\s*</tool_call>", re.DOTALL)
_REMINDERS = ("Your last reply could not be used", "Your answer cannot be drawn as it stands")
_BROUGHT = "The user brought these pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text hit of a search."""

    title: str
    url: str = ""
    snippet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One image as an observation lists it."""

    ref: str
    title: str
    page_url: str = ""
    query: str = ""
    """What found it; "brought" where the user brought it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One thing that the planner asked for."""

    tool: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that the conversation tells."""

    request: str
    brought: tuple[Picture, ...]
    tools: frozenset[str]
    """The tools that the system prompt lists."""
    calls: tuple[Call, ...]
    """What was asked, in order; a search of several queries counts once for each."""
    tool_calls: int
    replies: int
    documents: tuple[Document, ...]
    pictures: tuple[Picture, ...]
    """Found ones, in order, each once."""
    failed: tuple[str, ...]
    """Queries that a tool could not answer."""
    skills: frozenset[str]
    """Skills that were read."""
    is_last: bool
    """Only an answer is accepted now."""
    complaints: int
    """Reminders about answers, so far."""

    def asked(self, tool: str, query: str) -> bool:
        """Whether this was asked before, answered or not."""
        return Call(tool=tool, query=query) in self.calls


def read_conversation(messages: tuple[Message, ...]) -> Seen:
    """What the messages tell; malformed ones tell nothing."""
    users = [message for message in messages if message.role == "user"]
    replies = [message.text for message in messages if message.role == "assistant"]
    request, brought = _read_request(users[0]) if users else ("", ())
    asked = [call for reply in replies if (call := _called(reply))]
    later = [message.text for message in users[1:]] + [m.text for m in messages if m.role == "tool"]
    observed = _Observed()
    for text in later:
        observed.read(text)
    return Seen(
        request=request,
        brought=brought,
        tools=_tools_of(next((message.text for message in messages if message.role == "system"), "")),
        calls=tuple(call for calls in asked for call in calls),
        tool_calls=len(asked),
        replies=len(replies),
        documents=tuple(observed.documents),
        pictures=tuple(observed.pictures.values()),
        failed=tuple(observed.failed),
        skills=frozenset(observed.skills),
        is_last=any("FINAL STEP" in text for text in later if not text.lstrip().startswith("<tool_response>")),
        complaints=sum(text.lstrip().startswith(_REMINDERS[1]) for text in later),
    )


class _Observed:
    """Gathers what tool responses hold, one line at a time."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.pictures: dict[str, Picture] = {}
        self.failed: list[str] = []
        self.skills: set[str] = set()

    def read(self, text: str) -> None:
        if not text.lstrip().startswith("<tool_response>"):
            return
        tool, query = "", ""
        for line in text.splitlines():
            heading = _HEADING.match(line)
            if heading:
                tool, query = heading["tool"], heading["query"]
            elif _END.match(line):
                tool = ""
            elif tool:
                self._line(line, tool=tool, query=query)

    def _line(self, line: str, *, tool: str, query: str) -> None:
        if line.startswith(("search failed:", "image search failed:", "image_search failed:")):
            self.failed.append(query)
        elif tool == "search":
            self._document(line)
        elif tool == "image_search":
            self._picture(line, query)
        elif tool == "query_knowledge" and not line.startswith(("You asked this before", "there is no skill")):
            self.skills.add(query.strip())

    def _document(self, line: str) -> None:
        if hit := _TEXT_HIT.match(line):
            self.documents.append(Document(title=hit["title"]))
        elif self.documents and (field := _FIELD.match(line)) and field["key"] in {"url", "snippet"}:
            last = self.documents[-1]
            url = field["value"] if field["key"] == "url" else last.url
            snippet = field["value"] if field["key"] == "snippet" else last.snippet
            self.documents[-1] = Document(title=last.title, url=url, snippet=snippet)

    def _picture(self, line: str, query: str) -> None:
        if hit := _PICTURE.match(line) or _TITLE_FIRST.match(line):
            self.pictures.setdefault(hit["ref"], Picture(ref=hit["ref"], title=hit["title"], query=query))
        elif self.pictures and (field := _FIELD.match(line)) and field["key"] == "page_url":
            last = next(reversed(self.pictures.values()))
            self.pictures[last.ref] = Picture(ref=last.ref, title=last.title, page_url=field["value"], query=last.query)


def _read_request(message: Message) -> tuple[str, tuple[Picture, ...]]:
    texts = [part.text for part in message.parts if part.kind == "text"]
    brought: list[Picture] = []
    for text in texts[1:]:
        if text.lstrip().startswith(_BROUGHT):
            hits = (_PICTURE.match(line) or _TITLE_FIRST.match(line) for line in text.splitlines())
            brought += [Picture(ref=hit["ref"], title=hit["title"], query="brought") for hit in hits if hit]
    return (texts[0] if texts else ""), tuple(brought)


def _called(reply: str) -> tuple[Call, ...]:
    """The calls in one of the planner's own replies; none in an answer."""
    match = _CALL.search(reply)
    if not match:
        return ()
    try:
        call: object = json.loads(match[1])
    except ValueError:
        return ()
    if not isinstance(call, dict):
        return ()
    fields = cast("dict[str, Any]", call)
    name, arguments = fields.get("name"), fields.get("arguments")
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return ()
    return tuple(Call(tool=name, query=query) for query in _queries(cast("dict[str, Any]", arguments)))


def _queries(arguments: dict[str, Any]) -> Iterator[str]:
    for value in (arguments.get(key) for key in ("queries", "query", "skill_name")):
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (query for query in cast("list[object]", value) if isinstance(query, str))


def _tools_of(system: str) -> frozenset[str]:
    """The tools listed as one JSON object a line inside <tools>; all of them where there is no list."""
    listed = re.search(r"<tools>(.*?)</tools>", system, re.DOTALL)
    if not listed:
        return TOOLS
    return frozenset(re.findall(r'"name":\s*"(\w+)"', listed[1])) & TOOLS
