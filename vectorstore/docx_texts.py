"""Word document → text: paragraphs and tables in their order, numbers as Word would draw them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vectorstore.datatypes import Extracted
from vectorstore.errors import DocumentError
from vectorstore.list_numbers import ListNumbers, attribute, child, children, name_of, read_numbers, value
from vectorstore.table_lines import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element

# A plan of 500 pages unpacks to 20 MB; XML is 10 to 30 times as long as it is packed
_UNPACKED_LIMIT = 200 * 2**20
_RATIO_LIMIT = 200
_RATIO_FROM = 5 * 2**20
_ENTRIES_LIMIT = 10_000
_CELLS_LIMIT = 500_000
# document2.xml is what some servers write
_MAIN = re.compile(r"word/document\d*\.xml")
_ENCRYPTED = 1
# What a reader of the printed page does not see: deleted text, commands of fields, the second form of a drawing
_UNSEEN = frozenset(
    re.findall(
        r"\w+",
        "del moveFrom delText instrText Fallback rt pPr rPr sdtPr sdtEndPr tblPr tblGrid trPr tcPr sectPr",
    )
)
_HOLDERS = frozenset(["sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"])
_MARKS = {"tab": " ", "cr": "\n", "noBreakHyphen": "-"}
_CONTENTS_STYLE = re.compile(r"(?i)toc ?\d")


def read_docx(data: bytes) -> Extracted:
    """Return a Word document's text, a line for each paragraph and row; headers, footers and notes are left out.

    With changes tracked, what was deleted is left out and what was inserted is in. Raise DocumentError where the file
    is damaged, is no Word document or unpacks to more than a document may.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_size(package)
            main = next((name for name in package.namelist() if _MAIN.fullmatch(name)), "")
            document, styles, numbering = (
                _part(package, name) for name in (main, "word/styles.xml", "word/numbering.xml")
            )
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, SyntaxError) as error:
        # lxml's errors of syntax are Python's
        raise DocumentError(
            f"the Word file is damaged ({error}). Open it in Word or LibreOffice, save it as a new .docx and try again."
        ) from error
    body = child(document, "body")
    if body is None:
        raise DocumentError(
            "this is no Word document. Unpack it if it is an archive, else save it as .docx in Word or LibreOffice."
        )
    numbers = read_numbers(numbering, styles)
    lines = (line.strip() for text in _blocks(body, numbers) for line in text.split("\n"))
    text = "".join(f"{line}\n" for line in lines if line)
    if not text and any(name_of(node) in ("drawing", "pict") for node in body.iter()):
        raise DocumentError(
            "it holds pictures and no text. Read them with an OCR program and save that as .txt or .docx."
        )
    return Extracted(text)


def _check_size(package: zipfile.ZipFile) -> None:
    entries = package.infolist()
    total = sum(entry.file_size for entry in entries)
    tight = any(e.file_size > _RATIO_FROM and e.file_size > _RATIO_LIMIT * max(1, e.compress_size) for e in entries)
    if total > _UNPACKED_LIMIT or tight or len(entries) > _ENTRIES_LIMIT:
        raise DocumentError(
            f"it unpacks to {total // 2**20} MB in {len(entries)} parts, more than a document may. Save its text alone "
            "as a new .docx and try again."
        )
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError("it is locked with a password. Open it, save it without one and try again.")


def _part(package: zipfile.ZipFile, name: str) -> "_Element | None":
    """Return the root of a part of the package, None where it has no such part."""
    from lxml import etree

    if name not in package.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(package.read(name), parser)
    if root.getroottree().docinfo.doctype:
        raise ValueError("it defines entities, which Word never does")
    return root


def _blocks(holder: "_Element", numbers: ListNumbers) -> Iterator[str]:
    """Yield the paragraphs and rows below an element, text boxes after the paragraph they hang on."""
    for node in holder:
        name = name_of(node)
        if name == "p" and not _is_contents(node):
            yield numbers.of(node) + "".join(_words(node))
            for box in _boxes(node):
                yield from _blocks(box, numbers)
        elif name == "tbl":
            yield from table_lines(_grid(node, numbers))
        elif name in _HOLDERS:
            yield from _blocks(node, numbers)
        elif name == "altChunk":
            raise DocumentError(
                "parts of it are files within the file. Open it in Word, save it as a new .docx and try again."
            )


def _is_contents(paragraph: "_Element") -> bool:
    """Tell whether a paragraph is a line of the table of contents, which repeats the headings with their pages."""
    return bool(_CONTENTS_STYLE.match(value(child(child(paragraph, "pPr"), "pStyle")) or ""))


def _words(node: "_Element") -> Iterator[str]:
    """Yield the text of a paragraph in its order, without that of the text boxes in it."""
    for below in node:
        name = name_of(below)
        if name in _UNSEEN or name == "txbxContent" or (name == "r" and _is_hidden(below)):
            continue
        if name == "t":
            yield below.text or ""
        elif name in _MARKS:
            yield _MARKS[name]
        elif name == "br":
            yield "" if attribute(below, "type") in ("page", "column") else "\n"
        else:
            yield from _words(below)


def _is_hidden(run: "_Element") -> bool:
    mark = child(child(run, "rPr"), "vanish")
    return mark is not None and value(mark) not in ("0", "false", "off")


def _boxes(node: "_Element") -> Iterator["_Element"]:
    for below in node:
        name = name_of(below)
        if name == "txbxContent":
            yield below
        elif name not in _UNSEEN:
            yield from _boxes(below)


def _grid(table: "_Element", numbers: ListNumbers) -> list[list[str]]:
    """Return the cells of a table, those that span rows or columns in every one of them."""
    rows: list[list[str]] = []
    cells = 0
    for row in _below(table, "tr"):
        line: list[str] = []
        for cell in _below(row, "tc"):
            shape = child(cell, "tcPr")
            width = value(child(shape, "gridSpan")) or "1"
            text = _cell(cell, numbers) if not _continues(shape) else _above(rows, len(line))
            line += [text] * max(1, min(64, int(width) if width.isdecimal() else 1))
        rows.append(line)
        cells += len(line)
        if cells > _CELLS_LIMIT:
            raise DocumentError(f"a table has more than {_CELLS_LIMIT} cells. Leave it out and save the text alone.")
    return rows


def _below(node: "_Element", name: str) -> Iterator["_Element"]:
    for below in node:
        if name_of(below) == name and not children(child(below, "trPr"), "del"):
            yield below
        elif name_of(below) in _HOLDERS:
            yield from _below(below, name)


def _cell(cell: "_Element", numbers: ListNumbers) -> str:
    return "\n".join(text for text in _blocks(cell, numbers) if text.strip())


def _continues(shape: "_Element | None") -> bool:
    mark = child(shape, "vMerge")
    return mark is not None and value(mark) != "restart"


def _above(rows: list[list[str]], place: int) -> str:
    return rows[-1][place] if rows and place < len(rows[-1]) else ""
