"""Skills: what an agent may read about writing for a renderer, one Markdown file each.

A file opens with front matter, `key: value` lines between two lines of `---`:

    ---
    name: text_rendering                     its canonical name: small letters, digits and underscores
    title: Text rendering
    aliases: text, typography                other names, separated by commas; may be left out
    triggers: quoted words; a sign or title  when to use it, short conditions separated by semicolons
    ---
    the text that the agent reads

A folder of a user's own adds skills, and one with the name of a bundled skill replaces it.
"""

import difflib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import SkillError

BUNDLED = Path(__file__).parent
MAX_BYTES = 64_000
"""A longer file would not fit beside a conversation."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_FENCE = "---"
_REQUIRED = ("name", "title", "triggers")
_KNOWN = frozenset({*_REQUIRED, "aliases"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One piece of advice, and when to ask for it."""

    name: str
    """Canonical: "text_rendering"."""
    title: str
    aliases: tuple[str, ...] = ()
    """Other names under which it may be asked for."""
    triggers: tuple[str, ...]
    """Conditions of a request under which it is worth reading."""
    text: str
    """What the agent reads, as Markdown, without the front matter."""

    @property
    def when(self) -> str:
        """Its triggers on one line, for a list of skills."""
        return "; ".join(self.triggers)


class Skills:
    """All the skills of a run, found by name or alias; iterates in the order of their names."""

    def __init__(self, skills: dict[str, Skill]) -> None:
        self._by_name = dict(sorted(skills.items()))
        self._by_alias = {alias: skill for skill in self._by_name.values() for alias in skill.aliases}

    def get(self, name: str) -> Skill:
        """The skill of that name or alias; case, spaces and hyphens do not matter.

        Raises:
            SkillError: there is none; the message has the nearest names.
        """
        key = _canonical(name)
        skill = self._by_name.get(key) or self._by_alias.get(key)
        if skill:
            return skill
        if not self._by_name:
            raise SkillError("there are no skills in this run; go on without")
        near = difflib.get_close_matches(key[:200], [*self._by_name, *self._by_alias], n=3, cutoff=0.5)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        shown = name if len(name) <= 80 else name[:79] + "…"
        raise SkillError(f"there is no skill {shown!r}; expected one of {', '.join(self._by_name)}.{meant}")

    def __iter__(self) -> Iterator[Skill]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (_canonical(name) in self._by_name or _canonical(name) in self._by_alias)

    @cached_property
    def listed(self) -> str:
        """All of them for a prompt: a line each, with when to read it."""
        return "\n".join(f"- {skill.name}: {skill.when}" for skill in self)

    @cached_property
    def digest(self) -> str:
        """Names these skills as an agent reads them: equal digests mean equal texts, triggers and aliases."""
        sha = hashlib.sha256()
        for skill in self:
            for field in (skill.name, skill.title, ",".join(skill.aliases), skill.when, skill.text):
                sha.update(field.encode("utf-8") + b"\0")
        return sha.hexdigest()


def load_skills(extra: Path | None = None) -> Skills:
    """The bundled skills, with those of the folder `extra` added or put in place of bundled ones of the same name.

    Raises:
        SkillError: the folder or one of its files cannot be read as skills; the message names file and line.
    """
    skills = _read_folder(BUNDLED)
    if extra is not None:
        skills = _joined(skills, _read_folder(extra))
    return Skills(skills)


def read_skill(path: Path) -> Skill:
    """The skill in one Markdown file.

    Raises:
        SkillError: it cannot be read, or its front matter is malformed; the message names file and line.
    """
    lines = _read_lines(path)
    if not lines or lines[0].strip() != _FENCE:
        raise _at(path, 1, f"a skill begins with a line of {_FENCE!r}; put its name, title and triggers after it")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        raise _at(path, 1, f"the front matter is never closed; put a line of {_FENCE!r} after its last key")
    fields = _fields(path, lines[1:end])
    text = "\n".join(lines[end + 1 :]).strip()
    if not text:
        raise _at(path, end + 1, "nothing follows the front matter; write the advice that the agent is to read")
    return Skill(
        name=fields["name"],
        title=fields["title"],
        aliases=tuple(_canonical(alias) for alias in fields.get("aliases", "").split(",") if alias.strip()),
        triggers=tuple(part.strip() for part in fields["triggers"].split(";") if part.strip()),
        text=text,
    )


def _joined(bundled: dict[str, Skill], own: dict[str, Skill]) -> dict[str, Skill]:
    """Own skills win: a bundled skill gives up an alias that an own skill uses as its name or alias."""
    taken = {*own, *(alias for skill in own.values() for alias in skill.aliases)}
    kept = {
        name: Skill(
            name=skill.name,
            title=skill.title,
            aliases=tuple(alias for alias in skill.aliases if alias not in taken),
            triggers=skill.triggers,
            text=skill.text,
        )
        for name, skill in bundled.items()
        if name not in own
    }
    return kept | own


def _read_folder(folder: Path) -> dict[str, Skill]:
    if not folder.is_dir():
        raise SkillError(f"{str(folder)!r} is not a folder; expected one that holds a Markdown file for each skill")
    paths = sorted(path for path in folder.glob("[!.]*.md") if path.stem.upper() != "README")
    if not paths:
        raise SkillError(f"{str(folder)!r} holds no skills; expected a Markdown file (.md) for each skill")
    skills: dict[str, Skill] = {}
    owner: dict[str, Path] = {}
    for path in paths:
        skill = read_skill(path)
        for name in {skill.name, *skill.aliases}:
            if name in owner:
                raise _at(path, 1, f"the name {name!r} is taken by {owner[name].name!r}; choose another")
            owner[name] = path
        skills[skill.name] = skill
    return skills


def _read_lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SkillError(f"cannot read {str(path)!r}: {error.strerror}; check the path and its permissions") from error
    if len(data) > MAX_BYTES:
        raise SkillError(f"{str(path)!r} has {len(data):,} bytes, past the limit of {MAX_BYTES:,}; make it shorter")
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _at(path, line, "this is not UTF-8; save the file as UTF-8") from error


def _fields(path: Path, lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon or not value:
            raise _at(
                path,
                number,
                f"{line.strip()[:80]!r} is no `key: value`; write both on one line",
            )
        if key not in _KNOWN:
            raise _at(path, number, f"the key {key[:80]!r} is not known; expected one of {', '.join(sorted(_KNOWN))}")
        if key in fields:
            raise _at(path, number, f"the key {key!r} stands here a second time; keep one")
        if key == "name" and not _NAME.fullmatch(value):
            raise _at(path, number, f"{value[:80]!r} is no name; expected small letters, digits and underscores")
        fields[key] = value
    missing = [key for key in _REQUIRED if key not in fields]
    if missing:
        raise _at(path, 1, f"the front matter lacks {' and '.join(missing)}; add a line such as `{missing[0]}: …`")
    return fields


def _at(path: Path, line: int, message: str) -> SkillError:
    return SkillError(f"{str(path)!r}, line {line}: {message}")


def _canonical(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())
