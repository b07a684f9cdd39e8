"""Turns ↔ JSON values, exactly: what is kept of a conversation, whatever keeps it."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from assistant.datatypes import Turn

# To be raised when a field of what a turn holds changes its meaning; a changed shape is noticed without it.
VERSION = 1


def turn_record(turn: Turn) -> dict[str, Any]:
    """Return a turn as JSON values: an object a dataclass, named like its fields, and an array a tuple.

    ``answer.passages`` come out empty: rankings are large and can be made again.
    """
    kept = replace(turn, answer=replace(turn.answer, passages=()))
    return {"version": VERSION, "turn": _plain(kept)}


def read_turn(record: Any) -> Turn:
    """Return the turn of a record; raise ValueError, saying where, for a record of another version or shape.

    Its quotes are what was read when the turn was kept: the document may have changed since.
    """
    if not isinstance(record, dict) or record.keys() != {"version", "turn"}:
        raise ValueError(f"This is no record of a turn: {_short(record)}.")
    if type(record["version"]) is not int or record["version"] != VERSION:
        raise ValueError(f"The record has version {_short(record['version'])}; this program reads version {VERSION}.")
    turn: Turn = _read(record["turn"], Turn, "turn")
    return turn


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _read(value: Any, kind: Any, where: str) -> Any:
    """Return the value as the type that a field is declared with; ``where`` names the field in messages."""
    if is_dataclass(kind):
        return _read_fields(value, kind, where)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _read_items(value, parts, where)
    if origin in (Union, UnionType):
        (some,) = (part for part in parts if part is not NoneType)
        return None if value is None else _read(value, some, where)
    # A whole number stands for a float too: other writers of JSON leave out the ".0"
    fits = value in parts if origin is Literal else type(value) in ((int, float) if kind is float else (kind,))
    return value if fits else _refuse(value, str(parts or kind.__name__), where)


def _read_fields(value: Any, kind: Any, where: str) -> Any:
    types = _field_types(kind)
    if not isinstance(value, dict) or not _needed(kind) <= value.keys() <= types.keys():
        _refuse(value, f"a {kind.__name__} with {', '.join(types)}", where)
    return kind(**{name: _read(part, types[name], f"{where}.{name}") for name, part in value.items()})


def _read_items(value: Any, parts: Sequence[Any], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _refuse(value, "an array", where)
    kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
    if len(value) != len(kinds):
        _refuse(value, f"{len(kinds)} values", where)
    return tuple(_read(item, part, f"{where}[{n}]") for n, (item, part) in enumerate(zip(value, kinds, strict=True)))


@cache
def _field_types(kind: type[Any]) -> dict[str, Any]:
    """Return the declared type of every field, cached: looking them up takes longer than reading them."""
    return get_type_hints(kind)


@cache
def _needed(kind: type[Any]) -> frozenset[str]:
    """Return the fields without a default: a record kept before one with a default was there is read with it."""
    return frozenset(field.name for field in fields(kind) if field.default is MISSING)


def _refuse(value: Any, wanted: str, where: str) -> Any:
    raise ValueError(f"{where} should be {wanted} but is {_short(value)}.")


def _short(value: Any) -> str:
    """Return how a value reads, in ASCII so that any terminal and any database can show it."""
    return ascii(value)[:80]
