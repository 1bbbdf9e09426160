"""Words by which people ask for a picture and that are no part of it: greetings, thanks, "I need", "could you make"."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_OPENS = r"(?:^|(?<=[.!?;:\n]))\s*"
_ENDS = r"(?=\s*(?:[.!?…]|$))"
_GREETING = (
    r"(?:hi|hello|hey|greetings|good\s+(?:morning|afternoon|evening|day))"
    r"(?:\s+(?:there|all|everyone|everybody|folks|team))?"
)
_COURTESY = re.compile(
    # The one that greets may be addressed, the one that thanks may say for what.
    rf"{_OPENS}(?P<greeting>{_GREETING}(?:,\s*(?:just\s+)?a?\s*quick\s+(?:one|question|request))?(?=\s*(?:[,!.:;–—]|$)))"
    r"|(?:(?:^|(?<=[.!?;:\n,–—]))\s*)(?P<thanks>(?:(?:and\s+)?(?:many\s+|with\s+|a\s+thousand\s+)?thanks|thank\s+you"
    r"|cheers|much\s+appreciated)(?:\s+(?:a\s+lot|a\s+million|so\s+much|very\s+much|again|in\s+advance"
    rf"|for\s+(?:your|the|any|all)\s+[\w' ]{{1,30}}))*{_ENDS})"
    rf"|{_OPENS}(?P<closing>that(?:['’]s|\s+is|\s+will\s+be|\s+would\s+be)\s+(?:all|it|everything)(?:\s+for\s+now)?"
    rf"{_ENDS})"
    rf"|{_OPENS}(?P<favour>(?:could|can|would|will)\s+you\s+(?:please\s+)?(?:do|manage|try)\s+(?:that|this|it|so)"
    r"(?:\s+for\s+(?:me|us))?(?:,?\s+please)?(?=\s*[?.!]))"
    rf"|{_OPENS}(?P<aside>(?:just\s+a\s+)?quick\s+(?:one|question|request)(?=\s*[:,.!–—-]))",
    re.IGNORECASE,
)
_MAKING = (
    r"(?:make|draw|create|design|paint|sketch|produce|generate|prepare|do|put\s+together|come\s+up\s+with"
    r"|give|get|show|build)"
)
_WANTING = (
    r"(?:(?:would|['’]d)\s+(?:like|love|want|need)|need|want|wish\s+for|could\s+use|look(?:ing)?\s+for"
    r"|think(?:ing)?\s+of|hoping\s+for|promised"
    r"|(?:making|designing|drawing|creating|preparing|planning))"
)
_FIRST = r"(?:i|we)(?:\s+(?:am|are|have|had|was|were)|['’](?:m|re|ve|d))?"
_LEAD = r"(?:(?:so|well|now|then|also|and|plus|basically|actually)\s*,?\s+)*"
_TO_MAKE = rf"(?:\s+(?:to\s+{_MAKING}(?:\s+(?:me|us|it))?|you\s+to\s+{_MAKING}(?:\s+(?:me|us|it))?))?"
_FRAME = re.compile(
    rf"{_OPENS}(?:{_GREETING}\s*,\s*)?{_LEAD}(?:(?P<wish>(?:i|we)(?:['’](?:m|re|d))?\s*(?:(?:also|really|just|would|am|are|only)\s+)*"
    rf"{_WANTING}{_TO_MAKE})"
    rf"|(?P<request>(?:could|can|would|will)\s+you\s+(?:please\s+|also\s+)*{_MAKING}(?:\s+(?:me|us|it))?)"
    r"|(?P<help>(?:could|can|would|will)\s+you\s+(?:please\s+)?help\s+(?:me|us)\s+"
    rf"(?:with|(?:to\s+)?{_MAKING}))"
    rf"|(?P<let>let(?:['’]s|\s+us)\s+(?:{_MAKING}|have))|(?P<looking>looking\s+for|could\s+use))\s",
    re.IGNORECASE,
)
_TALK = re.compile(
    # Who asks tells of himself first: "We lost our old sign and need another", "My daughter asked me for a card".
    rf"{_OPENS}{_LEAD}(?:{_FIRST}\b[^.!?;:\n\"“”„«»\ufffc]{{0,90}}?\b(?:{_WANTING}|asked\s+(?:for|to\s+{_MAKING})){_TO_MAKE}"
    rf"|(?:my|our)\s+[\w'’ -]{{2,40}}?\s(?:asked|told|wants?|needs?|would\s+like)\s+(?:me|us)\s+(?:for|to\s+{_MAKING})"
    r"|(?:my|our)\s+[\w'’ -]{2,40}?\s(?:wants?|needs?|would\s+like)"
    r"|here(?:['’]s|\s+is|\s+are)\s+(?:what|how)\s+(?:i|we)\s+(?:want|need|would\s+like)(?:\s+it)?)\s",
    re.IGNORECASE,
)


def find_courtesies(text: str) -> Iterator[Span]:
    """Where the text greets, thanks or closes: "Hi there!", "Many thanks in advance.", "Could you do that?"."""
    for match in _COURTESY.finditer(text):
        yield match.span(match.lastgroup or 0)


def find_frames(text: str) -> Iterator[Span]:
    """Where a sentence begins by wishing for what it names: "I'd like", "Could you make me", "Let's draw"."""
    for match in _FRAME.finditer(text):
        yield match.start() + len(match[0]) - len(match[0].lstrip()), match.end()


def find_asking(text: str) -> Iterator[Span]:
    """Everything that asks and shows nothing: courtesies, frames, and what those who ask tell of themselves first.

    Quoted passages should be blanked first: what stands in quotes is to be drawn.
    """
    talk = ((match.start() + len(match[0]) - len(match[0].lstrip()), match.end()) for match in _TALK.finditer(text))
    spans = sorted([*find_courtesies(text), *find_frames(text), *talk], key=lambda span: (span[0], -span[1]))
    done = 0
    for start, end in spans:
        if end > done:
            yield max(start, done), end
            done = end
