"""Any file → its text, by what it is and not by its name, or an error that says what to do; never a crash."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import CLOUD_POINTS
from tests.test_vectorstore.format_files import docx, packed, page_of_lines, paragraph, pdf, web_page
from vectorstore.datatypes import Extracted
from vectorstore.docx_texts import read_docx
from vectorstore.errors import DocumentError
from vectorstore.file_kinds import kind_of
from vectorstore.html_texts import read_html
from vectorstore.pdf_texts import read_pdf
from vectorstore.readers import SUFFIXES, find_files, read_file

TEXT = "云溪街道推进城市更新,新增停车泊位200个,改造路口3处。"
PAGE = web_page(f"<h1>工作要点</h1><p>{TEXT}</p>")
WORD = docx(paragraph("一、城市更新") + paragraph(TEXT))
PDF = pdf([page_of_lines([TEXT, "完成任务。"])])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
READERS = {"html": read_html, "docx": read_docx, "pdf": read_pdf}


def in_this_process(kind, data):
    """Read a file as the process of its own would."""
    return READERS[kind](data)


@pytest.fixture
def reading(tmp_path):
    """Return a function that reads bytes as a file of a name."""

    def read(data, name):
        (tmp_path / name).write_bytes(data)
        return read_file(tmp_path / name, extractor=in_this_process).text

    return read


def stream(name):
    return OLE + name.encode("utf-16-le") + b"\x00" * 600


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PAGE, "计划.html"),
        (PAGE, "计划.htm"),
        (WORD, "计划.docx"),
        (PDF, "计划.pdf"),
        (PDF, "计划.PDF"),
        (PAGE, "计划.doc"),
        (PAGE, "计划.txt"),
        (PDF, "计划.txt"),
        (WORD, "计划.pdf"),
        (PDF, "计划.docx"),
        (WORD, "计划.html"),
        (WORD, "计划"),
        (TEXT.encode(), "计划.html"),
    ],
)
def test_a_file_is_read_as_what_it_is_whatever_its_name_says(reading, data, name):
    assert TEXT in reading(data, name).replace("\n", "")


@pytest.mark.parametrize("name", ["计划.txt", "计划.md"])
def test_plain_text_stays_as_it_is(reading, name):
    text = f"\ufeff{CLOUD_POINTS}\r\n<p>不是网页</p> \r"
    assert reading(text.encode(), name) == text


def test_plain_text_goes_to_no_extractor(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")

    def none(kind, data):
        raise AssertionError(kind)

    assert read_file(tmp_path / "a.txt", extractor=none) == Extracted(TEXT)


@pytest.mark.slow
def test_other_formats_are_read_in_a_process_of_their_own(tmp_path):
    (tmp_path / "a.pdf").write_bytes(PDF)
    assert read_file(tmp_path / "a.pdf") == read_pdf(PDF)


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (stream("WordDocument"), "计划.doc", r"old Word file.*save it as \.docx"),
        (stream("WordDocument"), "计划.docx", r"old Word file.*save it as \.docx"),
        (stream("EncryptedPackage"), "计划.docx", r"locked with a password.*without one"),
        (stream("Workbook"), "计划.xls", r"spreadsheet.*\.docx"),
        (stream("PowerPoint Document"), "计划.ppt", r"presentation.*\.docx"),
        (OLE, "计划.wps", r"old Office file.*save it as \.docx"),
        (packed({"xl/workbook.xml": ""}), "计划.xlsx", r"spreadsheet"),
        (packed({"ppt/presentation.xml": ""}), "计划.pptx", r"presentation"),
        (packed({"OFD.xml": ""}), "计划.ofd", r"OFD.*save it as \.pdf"),
        (packed({"计划.txt": TEXT}), "计划.zip", r"archive\. Unpack it"),
        (packed({"计划/word/a.docx": TEXT}), "计划.docx", r"no Word document\. Unpack it if it is an archive"),
        (b"Rar!\x1a\x07\x01\x00", "计划.rar", r"archive\. Unpack it"),
        (b"7z\xbc\xaf\x27\x1c\x00", "计划.7z", r"archive\. Unpack it"),
        (b"\x89PNG\r\n\x1a\n", "计划.png", r"picture.*OCR"),
        (b"\xff\xd8\xff\xe0", "计划.pdf", r"picture.*OCR"),
        (b"{\\rtf1\\ansi", "计划.doc", r"Rich Text.*save it as \.docx"),
        (b"From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related", "计划.mht", r"web archive.*HTML"),
        (b"", "计划.pdf", r"empty.*Remove it"),
        (b"", "计划.docx", r"empty.*Remove it"),
        (b"", "计划.html", r"empty|can't"),
        (TEXT.encode(), "计划.pdf", r"its name says \.pdf.*save it again"),
        (TEXT.encode(), "计划.csv", r"only .* files can be read"),
        (b"\x00\x01\x02" * 99, "计划.txt", r"not a text file"),
    ],
)
def test_a_file_that_cannot_be_read_says_which_it_is_and_what_to_do(reading, data, name, says):
    with pytest.raises(DocumentError, match=f"{name}: .*{says}"):
        reading(data, name)


def test_documents_of_all_formats_are_found_in_a_folder(tmp_path):
    for name in ("a.txt", "b.md", "c.html", "d.HTM", "e.docx", "f.pdf", "g.doc", "h.png", "i.xlsx"):
        (tmp_path / name).touch()
    assert "".join(path.stem for path in find_files(tmp_path)) == "abcdefg"


def test_an_old_file_beside_its_newer_form_is_not_found(tmp_path):
    for name in ("计划.doc", "计划.docx"):
        (tmp_path / name).touch()
    assert [path.name for path in find_files(tmp_path)] == ["计划.docx"]


def text_or_refusal(data, suffix):
    """Return whether bytes read as a file of this suffix give a text or are refused; anything else is a fault."""
    try:
        kind = kind_of(data, suffix)
        text = data.decode("utf-8", "replace") if kind == "text" else READERS[kind](data).text
    except DocumentError as error:
        return str(error)
    return text


WHOLE = st.sampled_from([PAGE, WORD, PDF])
SUFFIX = st.sampled_from([*SUFFIXES, ".doc", ""])


@settings(max_examples=60)
@given(WHOLE, st.floats(0, 1), SUFFIX)
def test_a_file_cut_short_gives_text_or_a_refusal(data, share, suffix):
    assert text_or_refusal(data[: int(len(data) * share)], suffix) is not None


@settings(max_examples=60)
@given(WHOLE, st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=30), SUFFIX)
def test_a_file_with_bytes_changed_gives_text_or_a_refusal(data, changes, suffix):
    changed = bytearray(data)
    for place, byte in changes:
        changed[int(place * len(data))] = byte
    assert text_or_refusal(bytes(changed), suffix) is not None


@settings(max_examples=60)
@given(
    st.sampled_from([b"", b"%PDF-1.5\n", b"PK\x03\x04word/document.xml", b"<html><body>"]),
    st.binary(max_size=600),
    SUFFIX,
)
def test_noise_gives_text_or_a_refusal(head, noise, suffix):
    assert text_or_refusal(head + noise, suffix) is not None


@pytest.mark.slow
def test_hundreds_of_damaged_files_never_crash_and_never_hang(tmp_path):
    chance = random.Random(7)
    for number in range(500):
        data = bytearray(chance.choice([PAGE, WORD, PDF]))
        for _ in range(chance.choice([1, 10, 100])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.choice([len(data), chance.randrange(len(data))])]
        assert text_or_refusal(bytes(data), chance.choice(SUFFIXES)) is not None, number
