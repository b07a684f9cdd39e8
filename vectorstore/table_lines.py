"""Cells of a table → one line a row, each cell with the heading of its column."""

import re
from collections.abc import Sequence

# 序号 and the like open a row of headings even in a table of two columns
_OPENS_HEADINGS = re.compile(r"(?:序号|编号|项目|指标|名称|类别|任务|内容|单位|年份|年度|时间)")
_NOT_HEADING = re.compile(r"[。;；!！?？]|\d(?!\d*年)")
_HEADING_LENGTH = 15
_JOINED = re.compile(r"(?<=[^\x00-\u2e7f])\s*\n\s*(?=[^\x00-\u2e7f])")


def table_lines(rows: Sequence[Sequence[str]], *, headings: Sequence[str] | None = None) -> list[str]:
    """Return a line for each row of a table that says something.

    A cell is written ``heading:cell`` where the table names its columns, cells are parted by `` | ``; a row of one
    cell stands alone. ``headings`` are those that are known, None to look for them in the first full row.
    """
    plain = [[one_line(cell) for cell in row] for row in rows]
    number, found = _headings(plain) if headings is None else (-1, list(headings))
    lines = [_row_line(row, found) for place, row in enumerate(plain) if place != number]
    kept = [line for line in lines if line]
    # Headings without a row below them are all the table says
    return kept if kept or number < 0 else [_row_line(plain[number], [])]


def headings_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of a table's columns, an empty list where it does not name them."""
    return _headings([[one_line(cell) for cell in row] for row in rows])[1]


def one_line(text: str) -> str:
    """Return a text without line ends; between Chinese characters nothing takes their place, elsewhere a blank."""
    return " ".join(_JOINED.sub("", text.strip()).split())


def _headings(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Return which row names the columns and what it says; (-1, []) where none does."""
    for number, row in enumerate(rows[:3]):
        if len({cell for cell in row if cell}) > 1:
            return (number, list(row)) if _names_columns(row) and number + 1 < len(rows) else (-1, [])
    return -1, []


def _names_columns(row: Sequence[str]) -> bool:
    short = all(0 < len(cell) <= _HEADING_LENGTH and not _NOT_HEADING.search(cell) for cell in row)
    return short and len(set(row)) == len(row) and (len(row) > 2 or bool(_OPENS_HEADINGS.match(row[0])))


def _row_line(row: Sequence[str], headings: Sequence[str]) -> str:
    cells = [(place, cell) for place, cell in enumerate(row) if cell and (place == 0 or cell != row[place - 1])]
    if len(cells) == 1 or len(headings) != len(row):
        return " | ".join(cell for _, cell in cells)
    return " | ".join(f"{headings[place]}:{cell}" for place, cell in cells)
