"""Text that can be stored and shown: no lone surrogates, no control characters where one line is meant."""

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def well_formed(text: str) -> str:
    """The text with every lone surrogate, which UTF-8 cannot hold, as U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def one_line(text: str, *, max_chars: int = 200) -> str:
    """The text on one line, without control characters, cut with an ellipsis."""
    visible = text[: max_chars * 8]
    if not visible.isprintable():  # most text is, and need not be looked at letter by letter
        visible = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else " " for c in visible)
    folded = " ".join(visible.split())
    return folded if len(folded) <= max_chars else folded[: max_chars - 1].rstrip() + "…"


def fold(text: str) -> str:
    """The text for comparing: lower case, accents removed, typographic apostrophes and spaces made plain."""
    if text.isascii():
        return " ".join(text.split()).lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ʼ", "'"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACE.sub(" ", plain).strip().casefold()
