"""``provenance.toml`` ↔ what people say of documents where the text says it wrongly or not at all."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from vectorstore.datatypes import Period, Provenance
from vectorstore.errors import DocumentError

CORRECTIONS = "provenance.toml"
NOTHING = Provenance()
_FIELDS = tuple(field.name for field in fields(Provenance))
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


def read_corrections(path: Path) -> dict[str, Provenance]:
    """Return the corrections of a file by document path, none where there is no file; raise DocumentError if damaged."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: provenance for name, values in table.items() if (provenance := make_provenance(values))}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
        raise DocumentError(
            f"{path}: can't be read ({error}). Each table names a file and gives any of title, district, parent, "
            'issuer, date, kind as text and period as "2023" or "2023-2025". Correct the file or delete it.'
        ) from error


def corrections_text(corrections: Mapping[str, Provenance]) -> str:
    """Return the TOML that ``read_corrections`` reads back, tables by path; raise ValueError for a lone surrogate."""
    tables = (_table(path, said) for path, said in sorted(corrections.items()))
    text = "\n".join(tables)
    text.encode("utf-8")
    return text


def make_provenance(values: Mapping[str, Any] | None) -> Provenance | None:
    """Return what a table of TOML or JSON values says; raise ValueError for a field or a value that can't be meant."""
    if values is None:
        return None
    unknown = set(values) - set(_FIELDS)
    if unknown:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
    for name, value in values.items():
        if name != "period" and value is not None and not isinstance(value, str):
            raise ValueError(f"{name} = {value} isn't text in quotes")
    return Provenance(**{**values, "period": _period(values.get("period"))})


def typed_provenance(values: Mapping[str, str]) -> Provenance:
    """Return what a person typed, blanks as not said; raise DocumentError for a date or a period that can't be one."""
    said = {name: " ".join(value.split()) or None for name, value in values.items()}
    if (date := said.get("date")) and not _DATE.fullmatch(date):
        raise DocumentError(f"{date!r} isn't a date. Give it as 2024-03-06 or 2024-03.")
    if (period := said.get("period")) and not re.fullmatch(r"\d{4}(-\d{4})?", period):
        raise DocumentError(f"{period!r} isn't a period. Give it as 2023 or 2023-2025.")
    try:
        return make_provenance(said) or NOTHING
    except ValueError as error:
        raise DocumentError(f"This can't be said of a document: {error}. Give the years in their order.") from error


def merged(below: Provenance | None, above: Provenance | None) -> Provenance | None:
    """Return two corrections as one: what the second leaves open is taken from the first."""
    if below is None or above is None:
        return above or below
    return replace(below, **{name: value for name in _FIELDS if (value := getattr(above, name)) is not None})


def _table(path: str, said: Provenance) -> str:
    values = {**asdict(said), "period": str(said.period) if said.period else None}
    lines = [f"{name} = {_quoted(value)}\n" for name, value in values.items() if value is not None]
    return "".join([f"[{_quoted(path)}]\n", *lines])


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, except that TOML wants DEL escaped and knows no surrogate pairs
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _period(value: str | int | dict[str, int] | None) -> Period | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return Period(value["start"], value["end"])
    start, _, end = str(value).partition("-")
    period = Period(int(start), int(end or start))
    if period.end < period.start:
        raise ValueError(f"{period} runs backwards")
    return period
