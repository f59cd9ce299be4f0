"""JSON as text, of which some values are others and all else stays as it is written."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

__all__ = ["JsonObject", "after_comma", "after_space", "between_members", "edited", "name_at", "value_at"]

#: The value that begins at a position of a text, and where it ends.
value_at = json.JSONDecoder().raw_decode
# A byte order mark may begin the text.
_SPACE = re.compile(r"\ufeff?[ \t\r\n]*")
_COMMA = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
# A list of numbers, and one of them.
_NUMBERS, _NUMBER = re.compile(r"\[[^\[\]{}\"]*\]"), re.compile(r"[^\s,\[\]]+")


class JsonObject(NamedTuple):
    """A JSON object as it is written, and what it holds."""

    text: str
    fields: dict[str, Any]


class _Member(NamedTuple):
    """A name and a value in the text of an object: where the name begins and ends, and where the value does."""

    name: str
    start: int
    name_end: int
    value: int
    end: int


def _members(text: str) -> list[_Member]:
    """The members of an object."""
    members = []
    position = after_space(text, 1)
    while text[position] != "}":
        name, name_end, value = name_at(text, position)
        _, end = value_at(text, value)
        members.append(_Member(name, position, name_end, value, end))
        position = after_comma(text, end)
    return members


def between_members(text: str) -> str:
    """What stands between the members of an object: a comma, and space."""
    members = _members(text)
    return text[members[0].end : members[1].start] if len(members) > 1 else ", "


def edited(like: JsonObject, fields: dict[str, Any]) -> str:
    """An object with these fields, laid out as another one; what is equal in both is written as it is there."""
    text, members = like.text, _members(like.text)
    if not members:
        return json.dumps(fields)
    first, last = members[0], members[-1]
    opening, closing, colon = text[: first.start], text[last.end :], text[first.name_end : first.value]
    pieces: list[str] = []
    end = first.start
    for one in members:
        lead, end = text[end : one.start], one.end
        if one.name in fields:
            value, before = fields[one.name], text[one.value : one.end]
            same = value == like.fields[one.name]
            pieces += [
                lead if pieces else opening,
                text[one.start : one.value],
                before if same else _value(value, before),
            ]
    for name, value in fields.items():
        if name not in like.fields:
            lead = between_members(text) if pieces else opening
            pieces += [lead, json.dumps(name), colon, json.dumps(value)]
    return "".join([*pieces, closing])


def _value(value: Any, like: str) -> str:
    """A value in JSON; a list of numbers laid out as another one of as many."""
    if isinstance(value, list) and _NUMBERS.fullmatch(like) and len(_NUMBER.findall(like)) == len(value):
        numbers = iter(value)
        return _NUMBER.sub(lambda _: json.dumps(next(numbers)), like)
    return json.dumps(value)


def name_at(text: str, position: int) -> tuple[str, int, int]:
    """The name of a member of an object, where it ends, and where its value begins, past the colon."""
    name, end = value_at(text, position)
    return name, end, after_space(text, after_space(text, end) + 1)


def after_space(text: str, position: int) -> int:
    """Where the first character from position on that is not white space stands, or the text ends."""
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()


def after_comma(text: str, position: int) -> int:
    """Past the comma and space that may follow."""
    found = _COMMA.match(text, position)
    assert found is not None
    return found.end()
