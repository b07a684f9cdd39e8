"""PDF → text: lines joined to paragraphs, tables row by row, without running heads; and where each page begins."""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vectorstore.blocks import label_at
from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.folding import fold_width
from vectorstore.table_lines import headings_of, table_lines

if TYPE_CHECKING:
    from pdfplumber.page import Page

# What is read in the time a file may take
_PAGES_LIMIT = 600
_END = b"%%EOF"
_TAIL = 4096
# In ems: narrow blanks that are written between Chinese characters are not seen
_GAP = 0.18
_NUMBERED = re.compile(r"第[〇零一二三四五六七八九十百\d]{1,7}[章节条编篇]")  # 第五十六条 组织
_GAP_CHINESE = 0.35
# Heads and feet stand in the outer parts of a page
_EDGE = 0.13
_EDGE_LINES = 3
_REPEATED = 0.5
_PAGE_NUMBER = re.compile(
    r"[-—–―－·•~\s]*(?:第?\s*\d{1,4}\s*页?|[ivxIVX]{1,6})[-—–―－·•~\s]*|第?\s*\d{1,4}\s*页?\s*(?:/|of|,|，)?\s*共?\s*\d{1,4}\s*页?"
)
_LEAST_CHARACTERS = 12
_COLUMN_LINES = 8
# The share of lines that may run across both columns
_ACROSS = 0.15
_UNREADABLE_SHARE = 0.1
_PICTURE_PAGES = 0.3
# Watermarks are turned too, and are no more than this
_TURNED_SHARE = 0.2
_TERMINALS = "。!?;:"
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…]")
_TABLE_KEPT = 0.9
# Apple writes 人 as the radical U+2F08, which looks the same and is another character; by a fault of the same program
# U+2F1C stands for 口 as well as for 又, so it is replaced only where it can't be 又
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6) if code != 0x2F1C}
_MOUTH = re.compile("(?<=[人户出入进港窗门路关渡缺])\u2f1c")
_RADICALS |= {
    ord(radical): plain
    for radical, plain in zip(
        "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "民虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
}
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page or a row of a table, with its place in points from the page's left and upper edge.

    ``column`` is 0 for a line of the whole page, 1 or 2 for one of a column of text.
    """

    text: str
    left: float
    right: float
    top: float
    size: float
    page: int
    column: int = 0
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class _Margins:
    """Between which edges paragraphs are set, in points, and whether their first lines are set in."""

    left: float
    right: float
    set_in: bool = False


def read_pdf(data: bytes) -> Extracted:
    """Return a PDF's text, a line for each paragraph and row, and where each page begins.

    Lines that reach the right margin go on in the next one; running heads and page numbers are left out. Raise
    DocumentError where the file is locked or damaged, or holds pictures of pages instead of text.
    """
    if _END not in data[-_TAIL:]:
        # What is left of it would be read without a word of what is missing
        raise DocumentError("the PDF is damaged: its end is missing. Download or copy it again.")
    pages = _read_pages(data)
    kept = _without_repeats(_without_heads(pages))
    return _joined(kept)


@dataclass(frozen=True, slots=True)
class _PageLines:
    number: int
    height: float
    lines: tuple[_Line, ...]
    characters: int
    turned: int
    is_picture: bool


def _read_pages(data: bytes) -> list[_PageLines]:
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    damaged = (PDFException, PdfminerException, MalformedPDFException, ValueError, TypeError, KeyError, AssertionError)
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            _check_length(len(pdf.pages))
            pages = []
            headings: list[str] = []
            for page in pdf.pages:
                read, headings = _read_page(page, headings)
                pages.append(read)
                page.close()
    except (*damaged, IndexError, AttributeError, ZeroDivisionError, OSError) as error:
        if isinstance(error, PDFPasswordIncorrect) or "PasswordIncorrect" in repr(error):
            raise DocumentError(
                "the PDF is locked with a password. Open it, print it to a new PDF or save it without one and try again."
            ) from error
        raise DocumentError(
            f"the PDF is damaged ({type(error).__name__}: {error}). Open it in a PDF reader, print it to a new PDF and try "
            "again."
        ) from error
    _check_text(pages)
    return pages


def _check_length(pages: int) -> None:
    if not pages:
        raise DocumentError("the PDF has no pages. Save it again from the program it was made with.")
    if pages > _PAGES_LIMIT:
        raise DocumentError(f"the PDF has {pages} pages, more than a document may ({_PAGES_LIMIT}). Split it.")


def _check_text(pages: Sequence[_PageLines]) -> None:
    """Raise DocumentError where a PDF's text is not all there: pages that are pictures, fonts that name no characters."""
    text = "".join(line.text for page in pages for line in page.lines)
    pictures = [page for page in pages if page.is_picture and page.characters < _LEAST_CHARACTERS]
    sparse = len(text) < _LEAST_CHARACTERS * (len(pages) if pictures else 1)
    if sparse or len(pictures) > _PICTURE_PAGES * len(pages):
        raise DocumentError(
            f"the PDF has hardly any text ({len(text)} characters on {len(pages)} pages); its pages are pictures, as from "
            "a scanner. Run it through an OCR program first, and add the PDF or .txt that it makes."
        )
    if sum(page.turned for page in pages) > _TURNED_SHARE * len(text):
        raise DocumentError(
            "much of the PDF's text is turned on its side, so its lines can't be told. Turn these pages upright and print "
            "them to a new PDF, or save the document as .docx."
        )
    unreadable = text.count("(cid:") * 6 + sum(
        unicodedata.category(char) in ("Co", "Cn") or char == "\ufffd" for char in text
    )
    if unreadable > _UNREADABLE_SHARE * len(text):
        raise DocumentError(
            "the PDF's fonts don't say which characters they show, so its text can't be read. Run it through an OCR "
            "program, or save the document again as .docx or .txt."
        )


def _read_page(page: "Page", headings: list[str]) -> tuple[_PageLines, list[str]]:
    """Return the lines of a page in reading order, and the headings of the table that may go on on the next page."""
    inside = page.filter(lambda item: _is_inside(page, item)).dedupe_chars(tolerance=0.5)
    tables = _tables(inside)
    text = inside.filter(lambda item: item["object_type"] != "char" or not any(_in_box(item, t.bbox) for t in tables))
    lines = _column_lines(text)
    rows: list[_Line] = []
    for table in tables:
        made, headings = _table_rows(table, page, headings)
        rows += made
    merged = _placed(lines, rows)
    area = sum(image["width"] * image["height"] for image in page.images)
    return (
        _PageLines(
            page.page_number,
            float(page.height),
            tuple(merged),
            sum(len(line.text) for line in merged),
            sum(map(_is_turned, page.chars)),
            area > 0.3 * page.width * page.height,
        ),
        headings if rows and _ends_with_table(merged, float(page.height)) else [],
    )


def _ends_with_table(lines: Sequence[_Line], height: float) -> bool:
    """Tell whether nothing but the foot of the page stands below its last table."""
    last = max(number for number, line in enumerate(lines) if line.is_row)
    return all(line.top > (1 - _EDGE) * height for line in lines[last + 1 :])


def _is_inside(page: "Page", item: dict[str, Any]) -> bool:
    """Tell whether a character stands on the page and upright; what hangs over its edge is not seen, a watermark not read."""
    if item["object_type"] != "char":
        return True
    middle, centre = (item["top"] + item["bottom"]) / 2, (item["x0"] + item["x1"]) / 2
    left, top, right, bottom = page.bbox
    return bool(left <= centre <= right and top <= middle <= bottom and not _is_turned(item))


def _is_turned(char: dict[str, Any]) -> bool:
    """Tell whether a character's baseline rises or falls: that of a watermark, or of a page laid on its side."""
    along, up = char["matrix"][:2]
    return bool(abs(up) > 0.1 * abs(along))


def _in_box(item: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    middle, centre = (item["top"] + item["bottom"]) / 2, (item["x0"] + item["x1"]) / 2
    return bool(box[0] <= centre <= box[2] and box[1] <= middle <= box[3])


def _tables(page: "Page") -> list[Any]:
    """Return the ruled tables of a page that hold cells side by side and all the text within their lines."""
    if len(page.rects) + len(page.lines) + len(page.curves) < 4:
        return []
    found = []
    for table in page.find_tables():
        rows = table.extract()
        several = sum(len([cell for cell in row if cell and cell.strip()]) > 1 for row in rows)
        written = sum(len("".join((cell or "").split())) for row in rows for cell in row)
        there = sum(not char["text"].isspace() for char in page.chars if _in_box(char, table.bbox))
        if several > 1 and written >= _TABLE_KEPT * there > 0:
            found.append(table)
    return found


def _table_rows(table: Any, page: "Page", headings: list[str]) -> tuple[list[_Line], list[str]]:
    """Return a table's rows as lines, and its headings: its own, or those of the page before where it goes on."""
    rows = [[(cell or "").strip() for cell in row] for row in table.extract()]
    own = headings_of(rows)
    known = headings if not own and headings and len(headings) == len(rows[0]) else None
    left, top, right, bottom = table.bbox
    texts = table_lines(rows, headings=known)
    height = (bottom - top) / max(1, len(texts))
    lines = [
        _Line(_clean(text), left, right, top + number * height, 0.0, page.page_number, is_row=True)
        for number, text in enumerate(texts)
    ]
    return lines, own or known or []


def _placed(lines: list[_Line], rows: list[_Line]) -> list[_Line]:
    """Return lines with the rows of tables put in before the first line that stands below them."""
    merged = list(lines)
    for row in rows:
        place = next((n for n, line in enumerate(merged) if line.top > row.top and not line.is_row), len(merged))
        merged.insert(place, row)
    return merged


def _column_lines(page: "Page") -> list[_Line]:
    """Return a page's lines in reading order: column by column where a gutter parts the page, between lines across it."""
    lines = _page_lines(page)
    gutter = _gutter(page, lines)
    if gutter is None:
        return lines
    across = [
        line for line in lines if line.left < gutter.left and line.right > gutter.right and _fills(page, line, gutter)
    ]
    left, top, right, bottom = page.bbox
    ordered: list[_Line] = []
    for line in [*across, None]:
        end = bottom if line is None else line.top - 0.5
        halves = ((left, top, gutter.left, end), (gutter.left, top, right, end)) if end > top else ()
        for column, half in enumerate(halves, 1):
            ordered += [replace(found, column=column) for found in _page_lines(page.filter(_within(half)))]
        if line is not None:
            ordered.append(line)
            top = line.top + 0.9 * line.size
    return ordered


def _within(box: tuple[float, float, float, float]) -> Callable[[dict[str, Any]], bool]:
    return lambda item: _in_box(item, box)


def _fills(page: "Page", line: _Line, gutter: "_Margins") -> bool:
    """Tell whether a line writes into the gutter: one that spans the page, not one from each column."""
    strip = (gutter.left, line.top, gutter.right, line.top + line.size * 1.2)
    return any(_in_box(char, strip) for char in page.chars if not char["text"].isspace())


def _page_lines(page: "Page") -> list[_Line]:
    found = page.extract_text_lines(return_chars=True, strip=True, y_tolerance=4)
    return [_line(line, page.page_number) for line in found if line["text"].strip()]


def _line(line: dict[str, Any], page: int) -> _Line:
    sizes = Counter(round(float(char["size"]), 1) for char in line["chars"])
    size = sizes.most_common(1)[0][0]
    return _Line(_clean(_spaced(line["chars"])), float(line["x0"]), float(line["x1"]), float(line["top"]), size, page)


def _spaced(characters: Sequence[dict[str, Any]]) -> str:
    """Return the text of a line with a blank wherever there is a gap to be seen; between Chinese characters a wide one.

    Blanks in the file are not counted: browsers print some where the source of the page had a line end.
    """
    text, before = "", None
    for char in (char for char in characters if not char["text"].isspace()):
        if before is not None:
            chinese = _CJK.match(before["text"]) and _CJK.match(char["text"]) and not _NUMBERED.fullmatch(text)
            least = _GAP_CHINESE if chinese else _GAP
            text += " " if char["x0"] - before["x1"] > least * char["size"] else ""
        text += char["text"]
        before = char
    return text


def _clean(text: str) -> str:
    return _UNWRITTEN.sub("", _MOUTH.sub("口", text.translate(_RADICALS))).strip()


def _gutter(page: "Page", lines: Sequence[_Line]) -> _Margins | None:
    """Return the blank strip near the middle that parts nearly all lines of a page in two columns, None without one."""
    if len(lines) < _COLUMN_LINES:
        return None
    size = sorted(line.size for line in lines)[len(lines) // 2]
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    chars = [char for char in page.chars if not char["text"].isspace()]
    written: dict[int, set[int]] = {}
    for char in chars:
        for place in range(int(char["x0"]), int(char["x1"]) + 1):
            written.setdefault(place, set()).add(round(char["top"]))
    rows = len({round(char["top"]) for char in chars})
    middle = range(int(left + 0.3 * (right - left)), int(left + 0.7 * (right - left)))
    strip = _longest([place for place in middle if len(written.get(place, ())) <= _ACROSS * rows])
    if len(strip) < size:
        return None
    found = _Margins(strip[0], strip[-1])
    return found if _is_set_in_columns(chars, found, size) else None


def _longest(places: Sequence[int]) -> list[int]:
    runs: list[list[int]] = [[]]
    for place in places:
        if runs[-1] and place != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(place)
    return max(runs, key=len)


def _is_set_in_columns(chars: Sequence[dict[str, Any]], gutter: _Margins, size: float) -> bool:
    """Tell columns of text, whose lines reach the gutter, from the columns of a table without rules."""
    before = [char for char in chars if char["x1"] <= gutter.left + 1]
    ends: dict[int, float] = {}
    for char in before:
        ends[round(char["top"])] = max(char["x1"], ends.get(round(char["top"]), 0))
    full = sum(end >= gutter.left - 3 * size for end in ends.values())
    return 0.25 * len(chars) <= len(before) <= 0.75 * len(chars) and full * 2 >= len(ends)


def _without_heads(pages: Sequence[_PageLines]) -> list[_PageLines]:
    """Leave out page numbers, and lines that stand at the same height of most pages, whatever numbers are in them."""
    seen = Counter(key for page in pages for key in {_head(line) for line in _edges(page)})
    often = {key for key, count in seen.items() if count >= max(2, _REPEATED * len(pages)) and len(pages) > 2}
    kept = []
    for page in pages:
        dropped = {id(line) for line in _edges(page) if _head(line) in often or _PAGE_NUMBER.fullmatch(line.text)}
        kept.append(replace(page, lines=tuple(line for line in page.lines if id(line) not in dropped)))
    return kept


def _edges(page: _PageLines) -> list[_Line]:
    outer = [line for line in page.lines if not _EDGE * page.height < line.top < (1 - _EDGE) * page.height]
    ends = (*page.lines[:_EDGE_LINES], *page.lines[-_EDGE_LINES:])
    return [line for line in outer if any(line is end for end in ends) and not line.is_row]


def _head(line: _Line) -> tuple[str, int]:
    return re.sub(r"\d+", "0", "".join(line.text.split())), round(line.top / 6)


def _without_repeats(pages: Sequence[_PageLines]) -> list[list[_Line]]:
    """Leave out lines with which a page begins because the page before showed them at its end."""
    kept: list[list[_Line]] = []
    for page in pages:
        before = [line.text for line in kept[-1]] if kept else []
        texts = [line.text for line in page.lines]
        most = min(len(before), len(texts), 8)
        same = next((n for n in range(most, 0, -1) if before[-n:] == texts[:n] and _tells(texts[:n])), 0)
        kept.append(list(page.lines[same:]))
    return kept


def _tells(texts: Sequence[str]) -> bool:
    return sum(map(len, texts)) >= 15 and (len(texts) > 1 or texts[0][-1] not in _TERMINALS + "。")


def _joined(pages: Sequence[Sequence[_Line]]) -> Extracted:
    """Join lines to paragraphs, over the ends of pages too, and note where each page's first line begins."""
    margins = _all_margins([line for page in pages for line in page if not line.is_row])
    pieces: list[str] = []
    length = 0
    starts: list[PageStart] = []
    before: _Line | None = None
    for line in (line for page in pages for line in page):
        if before is not None:
            pieces.append(_between(before, line, margins))
            length += len(pieces[-1])
        if before is None or before.page != line.page:
            starts.append(PageStart(length, line.page))
        pieces.append(line.text)
        length += len(line.text)
        before = line
    return Extracted("".join([*pieces, "\n"]) if pieces else "", tuple(starts))


def _all_margins(lines: Sequence[_Line]) -> dict[tuple[int, int], _Margins]:
    """Return the margins of every column of every page; pages of few lines have those of the whole document."""
    whole = {column: _margins([line for line in lines if line.column == column]) for column in range(3)}
    columns: dict[tuple[int, int], list[_Line]] = {}
    for line in lines:
        columns.setdefault((line.page, line.column), []).append(line)
    return {key: _margins(found, whole[key[1]]) for key, found in columns.items()}


def _margins(lines: Sequence[_Line], whole: _Margins | None = None) -> _Margins:
    """Return between which edges paragraphs are set: where several lines begin and end."""
    if len(lines) < 6 and whole:
        return whole
    lefts = Counter(round(line.left / 3) for line in lines if len(line.text) > 12)
    rights = Counter(round(line.right / 3) for line in lines if len(line.text) > 12)
    least = max(2, len(lines) // 12)
    left = min((edge for edge, count in lefts.items() if count >= least), default=min(lefts, default=0))
    right = max((edge for edge, count in rights.items() if count >= 2), default=max(rights, default=0))
    first = [line for line in lines if 1.2 * line.size < line.left - left * 3 < 3.5 * line.size]
    return _Margins(left * 3.0, right * 3.0, len(first) * 10 >= len(lines))


def _between(line: _Line, below: _Line, margins: Mapping[tuple[int, int], _Margins]) -> str:
    """Return what stands between two lines: a line end between paragraphs, a blank or nothing within one."""
    rows = line.is_row or below.is_row
    if rows or not _goes_on(line, below, margins[line.page, line.column], margins[below.page, below.column]):
        return "\n"
    return "" if _CJK.match(line.text[-1]) or _CJK.match(below.text[0]) else " "


def _goes_on(line: _Line, below: _Line, here: _Margins, there: _Margins) -> bool:
    leaves = (line.column == 0) != (below.column == 0)
    if leaves or abs(line.size - below.size) > 0.15 * max(line.size, below.size):
        return False
    ends = fold_width(line.text[-1]) in _TERMINALS
    # A mark that may not begin a line is pushed over, with the character before it
    full = line.right >= here.right - 2.2 * line.size
    # Where paragraphs are set in, what can't be broken (50%,县(市、) may leave a line shorter
    full = full or (here.set_in and there.set_in and not ends and len(line.text) > 12 and line.right > 0.8 * here.right)
    set_in = below.left > there.left + 1.2 * below.size
    labelled = label_at(fold_width(below.text), 0, len(below.text))[0] is not None
    centred = line.left > here.left + 3.5 * line.size
    short = line.right < here.right - 0.8 * line.size
    # A sentence's end is that of the paragraph, unless the line is full and paragraphs show their beginnings
    return full and not set_in and not centred and not (ends and (labelled or short or not here.set_in))
