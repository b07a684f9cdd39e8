"""Bytes and suffix → what a file is, whatever its name says, or what to do with one that can't be read."""

import re
from typing import Literal, get_args

from vectorstore.errors import DocumentError

Kind = Literal["text", "html", "docx", "pdf"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SUFFIX_OF: dict[Kind, str] = {"text": ".txt", "html": ".html", "docx": ".docx", "pdf": ".pdf"}
TEXT_SUFFIXES = (".txt", ".md")
HTML_SUFFIXES = (".html", ".htm")

_HEAD = 1024
_HTML = re.compile(
    rb"(?is)\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])"
)
_TAG = re.compile(rb"<\s*(?:[a-zA-Z]\s*\x00?){1,12}[^<>]{0,400}>")
_WORD = "Open it in Word or LibreOffice and save it as .docx"
_PICTURE = "it is a picture. Read its text with an OCR program and save that as .txt or as a PDF with text."
_ARCHIVE = "it is an archive. Unpack it and add the documents in it."
_SHEET = "it is a spreadsheet. Save the part that is a plan as .docx or .txt and add that."
_SLIDES = "it is a presentation. Save its text as .docx or .txt and add that."
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"II*\x00", _PICTURE),
    (b"MM\x00*", _PICTURE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"\x1f\x8b\x08", _ARCHIVE),
    (b"BZh9", _ARCHIVE),
    (b"\xfd7zXZ\x00", _ARCHIVE),
    (b"{\\rtf", f"it is in Rich Text Format. {_WORD}."),
    (b"MZ\x90\x00", "it is a program, not a document. Remove it."),
    (b"\x7fELF", "it is a program, not a document. Remove it."),
    (b"SQLite format 3\x00", "it is a database, not a document. Remove it."),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of the streams in a compound file, as they stand in its directory (UTF-16), and what they make of it
_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "it is locked with a password. Open it in Word, save it without one and try again."),
    ("WordDocument", f"it is an old Word file. {_WORD}."),
    ("Workbook", _SHEET),
    ("PowerPoint Document", _SLIDES),
    ("WpsDocument", f"it is a WPS file. {_WORD} (WPS can do so too)."),
)
# Names of entries in a zip archive and what they make of it; the first that is there counts
_ENTRIES: tuple[tuple[bytes, str | None], ...] = (
    (b"word/document", None),
    (b"xl/workbook.xml", _SHEET),
    (b"ppt/presentation.xml", _SLIDES),
    (b"OFD.xml", "it is an OFD file. Open it in an OFD reader (WPS, 数科) and save it as .pdf or .docx."),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", f"it is an OpenDocument text. {_WORD}."),
    (b"mimetypeapplication/vnd.oasis", _SHEET),
    (b"word/", None),
)


def kind_of(data: bytes, suffix: str) -> Kind:
    """Return what a file is, from its bytes and, for plain text alone, its suffix (in lower case).

    Raise DocumentError, which says what to do and names no file, where it is of a kind that can't be read.
    """
    head = data[:_HEAD]
    if b"%PDF-" in head:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    if data.startswith(_OLE):
        raise DocumentError(_ole_refusal(data))
    if refusal := next((says for magic, says in _MAGIC if data.startswith(magic)), _later_magic(head)):
        raise DocumentError(refusal)
    if _HTML.match(data[:65536]):
        return "html"
    if suffix in TEXT_SUFFIXES:
        return "text"
    if suffix in HTML_SUFFIXES:
        return "html" if _TAG.search(data[:65536]) else "text"
    raise DocumentError(_not_what_it_says(data, suffix))


def _later_magic(head: bytes) -> str | None:
    """Return what to do with a file whose mark does not stand at its beginning alone, None where it has none."""
    if head[:2] == b"BM" and b"\x00\x00\x00\x00" in head[:16]:
        return _PICTURE
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _PICTURE
    if head[257:262] == b"ustar":
        return _ARCHIVE
    if b"multipart/related" in head and b"MIME-Version" in head:
        return "it is a web archive. Open it in a browser and save the page as HTML only."
    return None


def _zip_kind(data: bytes) -> Kind:
    for name, refusal in _ENTRIES:
        if name in data:
            if refusal:
                raise DocumentError(refusal)
            return "docx"
    raise DocumentError(_ARCHIVE)


def _ole_refusal(data: bytes) -> str:
    found = (refusal for name, refusal in _STREAMS if name.encode("utf-16-le") in data)
    return next(found, f"it is an old Office file. {_WORD}.")


def _not_what_it_says(data: bytes, suffix: str) -> str:
    if not data.strip():
        return "the file is empty. Remove it or put the document's text into it."
    if suffix in (".docx", ".pdf"):
        return (
            f"its name says {suffix}, but the file is something else or damaged. Open it in the program it was made with "
            f"and save it again as {suffix}; if it is plain text, name it .txt."
        )
    return f"only .txt, .md, .html, .htm, .docx and .pdf files can be read. {_WORD}, or its text as UTF-8 .txt."
