"""Small files of the formats that are read: PDFs and Word documents written by hand, web pages from text."""

import io
import zipfile
from collections.abc import Sequence

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# A4 in points
_WIDTH, _HEIGHT = 595, 842


def pdf(
    pages: Sequence[Sequence[tuple[float, float, str]]],
    *,
    size: float = 12,
    extra: str = "",
    trailer: str = "",
    unnamed: bool = False,
) -> bytes:
    """Return a PDF: for each page its texts as (points from the left, points from the top, text), ``extra`` drawn on each.

    The font is one that every PDF program knows; each character is as wide as it is high. With ``unnamed`` nothing says
    which characters it shows.
    """
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    objects.append("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>")
    objects.append(
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/FontDescriptor 5 0 R"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>"
    )
    objects.append(
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880"
        "/Descent -120/CapHeight 880/StemV 93>>"
    )
    if unnamed:
        objects[2] = objects[2].replace("UniGB-UCS2-H", "Identity-H")
        objects[3] = objects[3].replace("(GB1)", "(Identity)")
    kids = []
    for texts in pages:
        shown = [
            f"BT /F1 {size} Tf {x} {_HEIGHT - y} Td <{text.encode('utf-16-be').hex()}> Tj ET" for x, y, text in texts
        ]
        stream = "\n".join([*shown, extra])
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_WIDTH} {_HEIGHT}]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {len(objects) + 2} 0 R>>"
        )
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    return _assembled(objects, trailer)


def page_of_lines(
    lines: Sequence[str], *, left: float = 80, top: float = 100, step: float = 20
) -> list[tuple[float, float, str]]:
    """Return the texts of a page for lines one below the other; blanks at a line's beginning set it in by its size."""
    texts = []
    for number, line in enumerate(lines):
        set_in = len(line) - len(line.lstrip("\u3000"))
        texts.append((left + 12 * set_in, top + step * number, line.lstrip("\u3000")))
    return texts


def ruled_table(left: float, top: float, widths: Sequence[float], rows: int, step: float = 20) -> str:
    """Return the strokes of a table's rules."""
    right, bottom = left + sum(widths), top + rows * step
    edges = [left + sum(widths[:n]) for n in range(len(widths) + 1)]
    across = [f"{left} {_HEIGHT - top - n * step} m {right} {_HEIGHT - top - n * step} l S" for n in range(rows + 1)]
    down = [f"{edge} {_HEIGHT - top} m {edge} {_HEIGHT - bottom} l S" for edge in edges]
    return "\n".join([*across, *down])


def docx(body: str, *, numbering: str = "", styles: str = "", **parts: str) -> bytes:
    """Return a Word document of the XML that stands in its body (``w:`` is bound)."""
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }
    if numbering:
        files["word/numbering.xml"] = f'<w:numbering xmlns:w="{_WORD}">{numbering}</w:numbering>'
    if styles:
        files["word/styles.xml"] = f'<w:styles xmlns:w="{_WORD}">{styles}</w:styles>'
    return packed({**files, **parts})


def packed(files: dict[str, str]) -> bytes:
    """Return a zip archive of texts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def paragraph(text: str, *, properties: str = "") -> str:
    """Return the XML of a paragraph."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return the XML of a table of plain cells."""
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def web_page(body: str, *, title: str = "", charset: str = "utf-8", says: str | None = None) -> bytes:
    """Return a web page in an encoding; ``says`` is the one that its head names, None for the real one, "" for none."""
    says = charset if says is None else says
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={says}">' if says else ""
    return f"<!DOCTYPE html><html><head>{meta}<title>{title}</title></head><body>{body}</body></html>".encode(charset)


def _assembled(objects: Sequence[str], trailer: str) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(data)
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>"
    return data + f"{end}\nstartxref\n{start}\n%%EOF\n".encode("latin-1")
