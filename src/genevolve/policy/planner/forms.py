"""The forms of the clauses that describe a country, as patterns: what leads to the value, how it is read, what follows.

They are tried in order; a form whose value cannot be read is passed over.
"""

import re
from dataclasses import dataclass

from .nodes import Relation

_WHOSE = (
    r"(?:(?:whose(?:\s+own)?|(?:where|in\s+which)\s+(?:the|its|their)|with\s+(?:its|a|an|the)"
    r"|(?:which|that)\s+has\s+(?:its|a|an|the)?|ha(?:s|ving)\s+(?:its|a|an|the)?|its(?:\s+own)?|the)\s*)"
)
_COPULA = (
    r"(?:\b(?:city\s+)?(?:is|are|was|being)(?:\s+(?:called|named|known\s+as|at|in))?\b"
    r"|['’]s(?:\s+(?:called|named|known\s+as))?\b|\b(?:named|called|known\s+as)\b|:)"
)
_IS = (
    rf"\s*(?:{_COPULA}|\b(?:includes?|at|in|of)\b(?=\s+(?:the\s+city|(?-i:[A-ZÀ-Þ])))|,)?"
    r"\s*(?:the\s+city\s+of\s+)?[\"“']?"
)
_WITH = r"(?:with|(?:which|that)\s+has|ha(?:s|ving))\s+"
_AS = r"[\"”']?\s+(?:as|for|is)\s+(?:its\s+|the\s+|a\s+|an\s+|their\s+)?"
_ROLE_CAPITAL = (
    r"(?:national\s+|administrative\s+|current\s+)?"
    r"(?:capital(?:\s+city)?|capitals|capital\s+cities|seat\s+of\s+(?:its\s+|the\s+)?government)\b"
)
_ROLE_MONEY = (
    r"(?:official\s+|national\s+|local\s+|only\s+)?(?:currency|currencies|money"
    r"|legal\s+tender|monetary\s+unit|unit\s+of\s+currency)\b"
)
_ROLE_LANGUAGE = (
    r"(?:(?:only|sole|single|main|official|national|primary)\s+){0,3}(?:languages?|tongue)\b(?:\s+of\s+government)?"
)
_ROLE_DEMONYM = r"(?:demonym|adjective)\b"
_THE_MONEY = (
    r"(?:the\s+|an?\s+)?(?:(?:currency|money)\s+(?:(?:that\s+is\s+)?(?:called|named|known\s+as)\s+)?(?:the\s+)?)?"
)
_THE_LANGUAGE = r"(?:(?:the|a)\s+(?:official\s+)?language\s+(?:called\s+|of\s+)?|(?:the\s+)(?=\w+\s+language\b))?"
_A_LANGUAGE = r"(?:\s+language\b)?"
_THEY = (
    r"(?:they|people|the\s+people|one|you|everyone|locals|the\s+locals"
    r"|its\s+people|we|shoppers|inhabitants|citizens)"
)
_WHERE = rf"(?:where|in\s+which)\s+(?:{_THEY}\s+)?(?:can\s+|must\s+|all\s+|mostly\s+|officially\s+)?"
_PLACED = (
    r"(?:that\s+(?:is|lies|sits)\s+|which\s+(?:is|lies)\s+|is\s+|lying\s+|lies\s+"
    r"|located\s+|situated\s+|found\s+|sandwiched\s+|wedged\s+|squeezed\s+)*"
)
_WHICH = r"(?:that|which|who)?\s*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to say something of a country."""

    relation: Relation
    before: re.Pattern[str]
    value: str
    """How the value is read: name, proper name, money, language, region, nodes or none."""
    after: re.Pattern[str]
    only: bool = False
    tight: bool = False


def _form(relation: Relation, before: str, value: str, after: str = "", **kind: bool) -> Form:
    return Form(
        relation=relation,
        before=re.compile(before, re.IGNORECASE),
        value=value,
        after=re.compile(after, re.IGNORECASE),
        **kind,
    )


FORMS: tuple[Form, ...] = (
    _form(Relation.CAPITAL, rf"{_WHOSE}{_ROLE_CAPITAL}{_IS}", "name", r"[\"”']?"),
    _form(Relation.CAPITAL, rf"['’]s\s+{_ROLE_CAPITAL}\s*{_COPULA}\s*", "name"),
    _form(Relation.CURRENCY, rf"['’]s\s+{_ROLE_MONEY}\s*{_COPULA}\s*{_THE_MONEY}", "money"),
    _form(Relation.LANGUAGE, rf"['’]s\s+{_ROLE_LANGUAGE}\s*{_COPULA}\s*", "language"),
    _form(Relation.CAPITAL, rf"{_WITH}(?:the\s+city\s+of\s+)?[\"“']?", "name", rf"{_AS}{_ROLE_CAPITAL}"),
    _form(
        Relation.CAPITAL,
        r"(?:of\s+which|for\s+which|that|which|where)\s+",
        "name",
        rf"\s+(?:is|serves\s+as)\s+(?:the\s+|its\s+|a\s+)?{_ROLE_CAPITAL}(?:\s+of\b)?",
    ),
    _form(
        Relation.CAPITAL,
        rf"{_WHICH}(?:calls|counts|names|has\s+chosen|has\s+made|made)\s+(?:the\s+city\s+of\s+)?",
        "name",
        rf"\s+(?:as\s+)?(?:its|their)\s+{_ROLE_CAPITAL}",
    ),
    _form(Relation.CAPITAL, rf"{_WHICH}(?:is\s+)?(?:governed|ruled|run|administered)\s+from\s+", "name"),
    _form(Relation.CURRENCY, rf"{_WHOSE}{_ROLE_MONEY}{_IS}{_THE_MONEY}", "money"),
    _form(Relation.CURRENCY, rf"{_WITH}{_THE_MONEY}", "money", rf"{_AS}{_ROLE_MONEY}"),
    _form(
        Relation.CURRENCY,
        rf"{_WHERE}(?:pays?|shops?|trades?|buys?\s+\w+|purchases?\s+\w+)\s+(?:\w+\s+)?"
        rf"(?:with|in|using|by)\s+{_THE_MONEY}",
        "money",
    ),
    _form(
        Relation.CURRENCY,
        rf"{_WHERE}(?:uses?|spends?)\s+{_THE_MONEY}",
        "money",
        r"(?:\s+(?:as|for)\s+(?:its\s+|their\s+|the\s+)?(?:\w+\s+)?(?:currency"
        r"|money))?",
    ),
    _form(
        Relation.CURRENCY,
        r"(?:where|in\s+which)\s+(?:the\s+)?",
        "money",
        r"\s+(?:is|are)\s+(?:used|spent|accepted|legal\s+tender|(?:the\s+"
        rf"|its\s+)?{_ROLE_MONEY})",
    ),
    _form(
        Relation.CURRENCY,
        rf"{_WHICH}(?:pays?|paying|trades?|trading)\s+(?:with|in|using)\s+{_THE_MONEY}",
        "money",
    ),
    _form(
        Relation.CURRENCY,
        rf"{_WHICH}(?:uses|using|spends|spending|use)\s+{_THE_MONEY}",
        "money",
        r"(?:\s+(?:as|for)\s+(?:its\s+|their\s+|the\s+)?(?:\w+\s+)?(?:currency"
        r"|money))?",
    ),
    _form(Relation.LANGUAGE, rf"{_WHOSE}{_ROLE_LANGUAGE}{_IS}", "language", _A_LANGUAGE),
    _form(Relation.LANGUAGE, rf"{_WITH}", "language", rf"{_AS}{_ROLE_LANGUAGE}"),
    _form(Relation.LANGUAGE, rf"{_WHERE}(?:speaks?|talks?)\s+{_THE_LANGUAGE}", "language", _A_LANGUAGE),
    _form(
        Relation.LANGUAGE,
        r"whose\s+(?:people|citizens|inhabitants)\s+(?:speak|talk)\s+",
        "language",
        _A_LANGUAGE,
    ),
    _form(Relation.LANGUAGE, r"where\s+(?:is|are)\s+", "language", r"\s+(?:\w+\s+)?(?:spoken|official)"),
    _form(
        Relation.LANGUAGE,
        r"where\s+do(?:es)?\s+(?:\w+\s+){1,2}?speak\s+",
        "language",
    ),
    _form(
        Relation.CURRENCY,
        r"where\s+(?:is|are)\s+(?:the\s+)?",
        "money",
        rf"\s+(?:used|spent|accepted|legal\s+tender|(?:the\s+)?{_ROLE_MONEY})",
    ),
    _form(
        Relation.CURRENCY,
        rf"where\s+(?:do(?:es)?|can)\s+(?:\w+\s+){{1,2}}?(?:use|spend|pay\s+(?:with|in))\s+{_THE_MONEY}",
        "money",
    ),
    _form(
        Relation.LANGUAGE,
        r"(?:where|in\s+which)\s+",
        "language",
        r"\s+(?:is|are)\s+(?:(?:officially\s+|mainly\s+)?spoken|(?:an?\s+|the\s+"
        rf"|its\s+)?{_ROLE_LANGUAGE}|official)",
    ),
    _form(
        Relation.LANGUAGE,
        rf"{_WHICH}(?:officially\s+)?(?:speaks?|speaking)\s+{_THE_LANGUAGE}",
        "language",
        _A_LANGUAGE,
    ),
    _form(Relation.BORDERS, rf"{_WHOSE}(?:only|sole|single|one)\s+(?:land\s+)?neighbou?rs?{_IS}", "nodes", only=True),
    _form(Relation.BORDERS, rf"{_WHOSE}(?:land\s+)?neighbou?rs?{_IS}(?:only|just)\s+", "nodes", only=True),
    _form(
        Relation.BORDERS,
        rf"{_WHOSE}(?:only|sole|single|one)\s+(?:land\s+)?(?:borders?|frontiers?)\s+(?:is|are)\s+with\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS, rf"{_WITH}", "nodes", rf"{_AS}(?:only|sole|single|one)\s+(?:land\s+)?neighbou?r", only=True
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:borders?|bordering|neighbou?rs|adjoins|touches)\s+(?:only|just"
        r"|nothing\s+but)\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:(?:is\s+)?(?:completely|entirely|wholly|fully"
        r"|totally)\s+)?(?:is\s+)?(?:surrounded|enclosed|encircled)\s+(?:completely\s+"
        r"|entirely\s+)?(?:only\s+)?by\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:lies\s+|is\s+)?(?:completely|entirely|wholly|fully"
        r"|totally)\s+(?:inside|within)(?:\s+of)?\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:is\s+)?(?:borders?|bordering|bordered\s+by|neighbou?rs"
        r"|neighbou?ring|adjoins?|adjoining|touches|touching|abuts?"
        r"|abutting)(?:\s+on)?\s+(?:both\s+)?",
        "nodes",
    ),
    _form(
        Relation.BORDERS,
        r"(?:(?:that|which)\s+)?(?:shares?|sharing|has|having|with)\s+(?:its|an?|the"
        r"|their)\s+only\s+(?:land\s+)?border\s+with\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        r"(?:(?:that|which)\s+)?(?:shares?|sharing|ha(?:s|ve|ving)|with)\s+(?:(?:a|its"
        r"|their|all|of|only|one|land|common|both|the)\s+){0,4}(?:borders?"
        r"|frontiers?)\s+with\s+(?:both\s+)?",
        "nodes",
    ),
    _form(
        Relation.BORDERS,
        rf"{_PLACED}(?:right\s+)?(?:next(?:\s+door)?\s+to|adjacent\s+to|beside)\s+(?:both\s+)?",
        "nodes",
    ),
    _form(Relation.BORDERS, rf"{_PLACED}(?:right\s+)?between\s+", "nodes", tight=True),
    _form(
        Relation.NOT,
        r"(?:(?:that|which)\s+)?(?:is\s+not|isn['’]t|but\s+not|other\s+than|except(?:\s+for)?)\s+",
        "nodes",
    ),
    _form(Relation.CAPITAL, r"(?:with\s+)?(?:its\s+|the\s+)?capital(?:\s+city)?:?\s+(?=(?-i:[A-ZÀ-Þ]))", "name"),
    _form(Relation.CAPITAL, r"is\s+(?=(?-i:[A-ZÀ-Þ]))", "name", rf"\s+(?:the\s+)?{_ROLE_CAPITAL}(?:\s+of\b)?"),
    _form(Relation.LANGUAGE, r"is\s+(?=(?-i:[A-ZÀ-Þ]))", "language", rf"\s+(?:an?\s+|the\s+)?{_ROLE_LANGUAGE}"),
    _form(
        Relation.LANGUAGE,
        rf"{_WITH}",
        "language",
        r"\s+(?:among|as\s+one\s+of)\s+(?:its|the|their)\s+(?:official\s+|national\s+)?languages\b",
    ),
    _form(
        Relation.CURRENCY,
        r"whose\s+(?:people|citizens|inhabitants|shops)\s+(?:pay\s+(?:in|with)|use|spend|take|accept)\s+"
        rf"{_THE_MONEY}",
        "money",
    ),
    _form(Relation.BORDERS, rf"{_WHICH}only\s+(?:borders|bordering|touches|neighbou?rs)\s+", "nodes", only=True),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:(?:completely|entirely|wholly|fully|totally)\s+)?(?:surrounds"
        r"|encloses|encircles|surrounding|enclosing)\s+",
        "nodes",
    ),
    _form(Relation.BORDERS, rf"{_WHOSE}neighbou?rs?\s+(?:are|is|include)\s+(?:both\s+)?", "nodes"),
    _form(
        Relation.DEMONYM,
        rf"{_WHOSE}(?:people|citizens|inhabitants)\s+(?:are|is)\s+(?:called|known\s+as"
        r"|named)?\s*(?:the\s+)?",
        "name",
    ),
    _form(Relation.DEMONYM, rf"{_WHOSE}{_ROLE_DEMONYM}{_IS}", "name", r"[\"”']?"),
    _form(Relation.DEMONYM, rf"{_WITH}[\"“']?", "name", rf"{_AS}{_ROLE_DEMONYM}"),
    _form(Relation.REGION, rf"{_PLACED}(?:in|of|from|on\s+the\s+continent\s+of|on)\s+", "region"),
    _form(
        Relation.LANDLOCKED,
        rf"{_WHICH}(?:is\s+)?(?:landlocked|without\s+(?:a\s+|any\s+)?(?:coast|coastline"
        r"|sea|access\s+to\s+the\s+sea)|ha(?:s|ving)\s+no\s+(?:coast|coastline"
        r"|access\s+to\s+the\s+sea|sea\s+coast)|with\s+no\s+(?:coast|coastline"
        r"|access\s+to\s+the\s+sea))\b",
        "none",
    ),
    _form(
        Relation.ALIAS,
        rf"{_WHICH}(?:is\s+|was\s+)?(?:(?:formerly|previously|once|also|officially)\s+)?(?:called|named|known\s+as)\s+",
        "proper name",
    ),
    _form(
        Relation.CITY,
        r"(?:(?:where|in\s+which)\s+|(?:that|which)\s+(?:contains|has|includes)\s+"
        r"|containing\s+|home\s+to\s+)(?:the\s+city\s+(?:of\s+)?)?",
        "proper name",
        r"(?:\s+(?:is|lies|stands|sits)\b(?:\s+(?:found|located|situated))?)?",
    ),
)

BARE_FORMS: tuple[Form, ...] = (
    _form(Relation.CAPITAL, rf"{_ROLE_CAPITAL}\s*{_COPULA}\s*[\"“']?", "name", r"[\"”']?"),
    _form(Relation.CURRENCY, rf"{_ROLE_MONEY}\s*{_COPULA}\s*{_THE_MONEY}", "money"),
    _form(Relation.LANGUAGE, rf"{_ROLE_LANGUAGE}\s*{_COPULA}\s*", "language", _A_LANGUAGE),
    _form(Relation.BORDERS, rf"neighbou?rs?\s*{_COPULA}\s*(?:both\s+)?", "nodes"),
)
"""What may follow another clue without "its" or "whose": "and capital is …"."""
FIRST_FORMS: tuple[Form, ...] = (_form(Relation.CURRENCY, rf"{_WITH}(?:the|its)\s+", "unit"),)
"""What only stands right after "the country": "that has the forint"."""
