"""Parts of a text and tables → what other programs open: Markdown, Word, Excel, CSV.

Characters that a format can't hold (lone surrogates; in Word and Excel also control characters) become U+FFFD.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.styles.style import ParagraphStyle

QUOTE_STYLE, SOURCE_STYLE = "Plan Quote", "Plan Source"
_WORD_FONT, _LATIN_FONT = "宋体", "Times New Roman"
_CELL_LIMIT = 32_767  # characters, Excel's own
_COLUMN_WIDTH = 40
_FORMULA = ("=", "+", "-", "@")

_SURROGATES = re.compile("[\ud800-\udfff]")
# What XML 1.0 leaves out
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile(r"\r\n?")
# *强调*, [链接], <标签>, 表|格, &amp;; at the start of a line also "- 一", "+ 一", "===", ":-" and "1. 一", "1) 一"
_MARKS = re.compile(r"[\\`*_\[\]<>#~|&$]|^[-+=:]", re.MULTILINE)
_ITEM = re.compile(r"^(\d+)([.)])", re.MULTILINE)
# Blanks that a reader of Markdown would strip, and line breaks at the end
_EDGES = re.compile(r"^[ \t\xa0\u2000-\u200a\u3000]+|[ \t\xa0\u2000-\u200a\u3000]+$|\n+\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` 0 is the title of the whole."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Remark:
    """A paragraph of the product's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation, and below it where it stands."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a head, all of one width; ``name`` is that of its sheet, ``note`` a remark below."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]
    note: str = ""


Part = Heading | Remark | Quotation | Table


def encodable(text: str) -> str:
    """Return a text with lone surrogates replaced, so that it can be written as UTF-8."""
    return _SURROGATES.sub("\ufffd", text)


def markdown_text(parts: Iterable[Part]) -> str:
    """Return parts as Markdown (CommonMark with GitHub's tables) that renders to the very characters of each text."""
    return encodable("\n\n".join(_markdown(part) for part in parts)) + "\n"


def word_bytes(parts: Iterable[Part], *, landscape: bool = False) -> bytes:
    """Return parts as a Word document (docx) on A4; quotations and their sources have styles of their own."""
    import docx

    document = docx.Document()
    _set_page(document, landscape)
    _set_styles(document)
    for part in parts:
        _add_to_word(part, document)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def workbook_bytes(tables: Iterable[Table]) -> bytes:
    """Return tables as an Excel workbook (xlsx), a sheet each; texts are text cells, never formulas.

    A text longer than Excel holds in a cell (32,767 characters) is cut and ends with "…".
    """
    from openpyxl import Workbook  # type: ignore[import-untyped]

    workbook = Workbook()
    workbook.remove(workbook.active)
    for table in tables:
        _fill_sheet(workbook.create_sheet(table.name), table)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def csv_bytes(tables: Iterable[Table]) -> bytes:
    """Return tables as CSV, an empty row between them: UTF-8 with a byte-order mark, by which Excel knows it.

    A text that begins with = + - or @ gets an apostrophe in front, or Excel would take it for a formula.
    """
    stream = StringIO(newline="")
    writer = csv.writer(stream)
    for number, table in enumerate(tables):
        writer.writerows([()] if number else [])
        writer.writerows([_csv_value(value) for value in row] for row in _all_rows(table))
    return encodable(stream.getvalue()).encode("utf-8-sig")


def _markdown(part: Part) -> str:
    match part:
        case Heading(text, level):
            return f"{'#' * (level + 1)} {_one_line(text)}"
        case Remark(text):
            return _one_line(text)
        case Quotation(text, source):
            return "> " + _escaped(text).replace("\n", "\n> ") + "\n\n" + _one_line(source)
        case Table():
            return _markdown_table(part)


def _markdown_table(table: Table) -> str:
    head, *rows = ([_one_line(str(value)) for value in row] for row in (table.head, *table.rows))
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join([*lines, *(["", _one_line(table.note)] if table.note else [])])


def _one_line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    """Return a text whose marks are shown, not obeyed; a line break is a backslash at the end of the line."""
    marked = _MARKS.sub(r"\\\g<0>", _LINE_BREAK.sub("\n", text))
    numbered = _ITEM.sub(r"\1\\\2", marked)
    return _EDGES.sub(_references, numbered).replace("\n", "\\\n")


def _references(blanks: re.Match[str]) -> str:
    return "".join(f"&#{ord(blank)};" for blank in blanks.group())


def _set_page(document: "WordDocument", landscape: bool) -> None:
    from docx.enum.section import WD_ORIENTATION
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENTATION.LANDSCAPE if landscape else WD_ORIENTATION.PORTRAIT
    # The template names its own maker
    document.core_properties.author = document.core_properties.comments = ""


def _set_styles(document: "WordDocument") -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt, RGBColor

    quote, source = (document.styles.add_style(n, WD_STYLE_TYPE.PARAGRAPH) for n in (QUOTE_STYLE, SOURCE_STYLE))
    for style in (quote, source):
        style.base_style = document.styles["Normal"]
        style.paragraph_format.left_indent = Mm(8)
    quote.paragraph_format.space_after = Pt(2)
    quote.paragraph_format.keep_with_next = True
    source.font.size, source.font.color.rgb = Pt(9), RGBColor(0x59, 0x59, 0x59)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", QUOTE_STYLE, SOURCE_STYLE):
        _set_font(document.styles[name])


def _set_font(style: "ParagraphStyle") -> None:
    """Set the fonts of a style; without one for East Asian text, Word takes whatever the theme names."""
    from docx.oxml.ns import qn

    style.font.name = _LATIN_FONT
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[attribute]
    fonts.set(qn("w:eastAsia"), _WORD_FONT)
    # Quotation marks and dashes are in both fonts; in a Chinese text they are wide
    fonts.set(qn("w:hint"), "eastAsia")


def _add_to_word(part: Part, document: "WordDocument") -> None:
    match part:
        case Heading(text, level):
            document.add_heading(_xml_text(text), level)
        case Remark(text):
            document.add_paragraph(_xml_text(text))
        case Quotation(text, source):
            document.add_paragraph(_xml_text(text), QUOTE_STYLE)
            document.add_paragraph(_xml_text(source), SOURCE_STYLE)
        case Table():
            _add_table_to_word(part, document)


def _add_table_to_word(table: Table, document: "WordDocument") -> None:
    drawn = document.add_table(rows=0, cols=len(table.head), style="Table Grid")
    for row in (table.head, *table.rows):
        for cell, value in zip(drawn.add_row().cells, row, strict=True):
            cell.text = _xml_text(str(value))
    for cell in drawn.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    # Without a paragraph between them, Word makes one table of two
    document.add_paragraph(_xml_text(table.note))


# The library comes without types
def _fill_sheet(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    for row, values in enumerate(_all_rows(table), 1):
        for column, value in enumerate(values, 1):
            _fill_cell(sheet.cell(row, column), value)
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    for column in range(1, len(table.head) + 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = _width(table, column - 1)
    sheet.freeze_panes = "A2"


def _fill_cell(cell: Any, value: str | int | float) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    text = _xml_text(value)
    cell.value = text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - 1] + "…"
    # Otherwise a text like =1+1 is a formula and one like #N/A an error; the prefix keeps it text when it is edited
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA)


def _width(table: Table, column: int) -> int:
    longest = max(len(str(row[column])) for row in (table.head, *table.rows))
    return min(_COLUMN_WIDTH, 2 * longest + 2)


def _csv_value(value: str | int | float) -> str | int | float:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _all_rows(table: Table) -> Sequence[tuple[str | int | float, ...]]:
    return (table.head, *table.rows, *(((), (table.note,)) if table.note else ()))


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", _LINE_BREAK.sub("\n", text))
