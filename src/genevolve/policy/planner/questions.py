"""Riddles that are not said of a country: "Where is the tugrik used?", "Pay in pula:", "the people who speak Amharic".

They tell what "that country" and "its flag" mean later in the request. Without
such a later mention they are no riddles and stay the user's words.
"""

import re
from dataclasses import dataclass, replace

from .clues import read_clauses
from .descriptions import ATTRIBUTES, LOOK, attribute_of, described_at, is_every, read_entities
from .nodes import Asked, Clue, Described, Found, Named, Node, Relation

_QUESTION = re.compile(
    r"\b(?:(?:in|of|for)\s+)?(?P<which>(?:which|what)\s+(?:(?:is|are|was)\s+(?P<what>))?)"
    r"(?=(?:[\w-]+\s+){0,3}(?:country|nation|state)\b)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"(?:^|(?<=[.!?\n]))\s*(?P<lead>(?:(?:please|first|now|so|well|ok(?:ay)?),?\s+)*(?:find|take|pick|choose|consider"
    r"|identify|imagine|remember|think\s+(?:of|about)|look\s+up|start\s+(?:with|from)|guess|work\s+out"
    r"|(?:this|it|everything|the\s+(?:\w+\s+)?\w+)\s+(?:is|will\s+be)\s+(?:all\s+)?about"
    r"|(?:the|my|our)\s+(?:topic|subject|theme|country|nation|answer)\s+is"
    r"|(?:i|we)\s+(?:have|mean|am\s+thinking\s+of|are\s+thinking\s+of)|(?:i['’]m|we['’]re)\s+thinking\s+of))\s+",
    re.IGNORECASE,
)
_SET = re.compile(r"(?:\s+in\s+mind)?\s*[.!?:]+(?=\s|$)", re.IGNORECASE)
_CAPITAL_OF_WHICH = re.compile(
    r"\s+is\s+(?:the\s+|an?\s+)?(?P<role>(?:national\s+)?capital(?:\s+city)?"
    r"|(?:official\s+)?currency|(?:official\s+)?language|only\s+neighbou?r"
    r"|neighbou?r)"
    r"\s+of\s+(?:which|what|some|a\s+certain|one|a)\s+(?:country|nation|state)\b",
    re.IGNORECASE,
)
_ROLE_RELATIONS = {"capital": Relation.CAPITAL, "currency": Relation.CURRENCY, "language": Relation.LANGUAGE}
_WHAT_IS = re.compile(
    rf"\b(?:what|which)(?:['’]s|\s+is|\s+are)\s+(?:the\s+)?(?:names?\s+of\s+(?:the\s+)?)?{LOOK}"
    rf"(?P<attribute>{ATTRIBUTES}|names?)\s+(?:of|in|for)\s+",
    re.IGNORECASE,
)
_WRITE_IT = re.compile(
    r"\b(?:write|spell|letter|print|type|put|set|add|show|paint|draw)\s+(?:out\s+)?"
    r"(?P<it>it|that|this|its\s+name|the\s+answer|that\s+(?:name|word))(?=\s+(?:out\b|in\b|as\b|above|below|under|over"
    r"|on\b|at\b|with\b|large|big|across|beneath)|\s*[,.;!?]|\s*$)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:^|[.!?:;\n]\s*|\b(?:people|those|everyone|anybody|anyone|folk|folks)\s+(?=who|that))")
_SUBJECT = re.compile(r"(?:(?:they|people|you|we|locals|i|who|that)\s+(?:all\s+|can\s+|must\s+)?)?", re.IGNORECASE)
_TELLS = re.compile(
    r"(?:where|whose|pay|pays|paying|speak|speaks|speaking|use|uses|using|spend|spending|shop|trade)\b"
    r"|(?:(?:the|its|their)\s+)?(?:[a-z]+\s+)?(?:capital(?:\s+city)?|currency|money|language)\s*"
    r"(?:['’]s\b|\bis\b|\bare\b|:)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:its|their|(?:that|this|the)\s+(?:same\s+)?(?:country|nation|state|place|flag|land))\b", re.IGNORECASE
)
_TELLING = frozenset({Relation.CURRENCY, Relation.LANGUAGE, Relation.CAPITAL, Relation.DEMONYM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A country that the text has begun to speak of without naming it."""

    node: Described
    start: int


def find_questions(text: str) -> list[Found]:
    """Sentences that only ask, before "its flag" is wished for."""
    found: list[Found] = []
    for match in _CAPITAL_OF_WHICH.finditer(text):
        begin = max(text.rfind(mark, 0, match.start()) for mark in ".?!\n;,:") + 1
        begin += len(text[begin : match.start()]) - len(text[begin : match.start()].lstrip())
        value = re.sub(r"^(?:the|a|an)\s+", "", text[begin : match.start()], flags=re.IGNORECASE)
        if not value or len(value.split()) > 6:
            continue
        role = match["role"].lower()
        relation = next((r for word, r in _ROLE_RELATIONS.items() if word in role), Relation.BORDERS)
        clue = Clue(relation=relation, values=(Named(name=value),))
        node = Described(clues=(clue,), words=f"the country whose {relation.value} is {value}")
        found.append(_sentence(text, node, begin, match.end()))
    for match in _QUESTION.finditer(text):
        at = match.end("which") if match["what"] is not None else match.start("which")
        read = None if _within(match.start(), found) else described_at(text, at)
        if read:
            node = replace(read[0], words=re.sub(r"^\w+", "the", read[0].words))
            found.append(_sentence(text, node, match.start(), read[1]))
    found += _settings(text, found)
    for match in _WHAT_IS.finditer(text):
        read = None if _within(match.start(), found) else read_entities(text, match.end(), several=False)
        if read:
            words = match["attribute"]
            asked = Asked(attribute=attribute_of(words), of=read[0][0], every=is_every(words))
            question = _sentence(text, asked, match.start(), read[1])
            found += [question] if question.is_question else []
    return found


def _settings(text: str, found: list[Found]) -> list[Found]:
    """Sentences that only set what the next speak of: "Find the country whose …", "I have … in mind"."""
    settings: list[Found] = []
    for match in _SETTING.finditer(text):
        read = None if _within(match.start("lead"), found) else described_at(text, match.end())
        end = _SET.match(text, read[1]) if read else None
        if read and end and _LATER.search(text, end.end()):
            settings.append(Found(nodes=(read[0],), start=match.start("lead"), end=end.end(), is_question=True))
    return settings


def find_answers(text: str, questions: list[Found]) -> list[Found]:
    """ "Write it below": where the answer to a question goes."""
    found: list[Found] = []
    for question in questions:
        match = _WRITE_IT.search(text, question.end)
        if question.is_question and match and isinstance(question.nodes[0], Asked):
            start, end = match.span("it")
            found.append(Found(nodes=question.nodes, start=start, end=end, as_text=True))
    return found


def find_topics(text: str) -> tuple[list[Found], list[Topic]]:
    """Sentences that only tell which country is meant, and phrases that tell it beside what they ask to be drawn."""
    found: list[Found] = []
    topics: list[Topic] = []
    for opening in _OPENING.finditer(text):
        subject = _SUBJECT.match(text, opening.end())
        begin = subject.end() if subject else opening.end()
        clues, end = read_clauses(text, begin, read_nodes=_no_nodes) if _TELLS.match(text, begin) else ([], begin)
        if not clues or not {clue.relation for clue in clues} <= _TELLING or not _LATER.search(text, end):
            continue
        start = opening.end()
        node = Described(clues=tuple(clues), words=f"the country ({' '.join(text[start:end].split())})")
        closing = re.compile(r"(?:\s+there)?\s*[?.!:;]+(?=\s|$)").match(text, end)
        if closing and not opening[0].rstrip().lower().endswith(("people", "those", "one", "body", "folk", "folks")):
            found.append(Found(nodes=(node,), start=start, end=closing.end(), is_question=True))
        else:
            topics.append(Topic(node=node, start=start))
    return found, topics


def _no_nodes(text: str, pos: int) -> tuple[tuple[Node, ...], int] | None:  # noqa: ARG001 - a reader of its kind
    return None


def _within(start: int, found: list[Found]) -> bool:
    return any(one.start <= start < one.end for one in found)


def _sentence(text: str, node: Node, start: int, end: int) -> Found:
    begins = not text[:start].strip() or text[:start].rstrip()[-1] in ".?!:\n"
    mark = re.compile(r"\s*[?.!]+(?=\s|$)").match(text, end) if begins else None
    return Found(nodes=(node,), start=start, end=mark.end() if mark else end, is_question=mark is not None)
