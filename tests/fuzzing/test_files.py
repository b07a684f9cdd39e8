"""Any bytes → a text or a refusal with a remedy, in bounded time; a text in any encoding of Chinese offices → that text.

Web pages, Word documents and PDFs are read in this process, as in their own; a few go through the process they are read
in, which takes half a second to start.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.cases import share, share_when_small
from tests.fuzzing.files import (
    anything,
    damaged_pages,
    damaged_pdfs,
    damaged_words,
    noise,
    simplified,
    suffixes,
    traditional,
)
from vectorstore.datatypes import Extracted
from vectorstore.docx_texts import read_docx
from vectorstore.encodings import decode
from vectorstore.errors import DocumentError
from vectorstore.file_kinds import KINDS, kind_of
from vectorstore.html_texts import read_html
from vectorstore.pdf_texts import read_pdf
from vectorstore.readers import read_file

SECONDS = 10
READERS = {"html": read_html, "docx": read_docx, "pdf": read_pdf}
REMEDY = re.compile(r"\b(?:Save|save|Remove|Open|Unpack|Read|Split|Download|Leave|Check|Try|Run|Turn|Free|name it)\b")


def in_this_process(kind, data):
    return READERS[kind](data)


@contextmanager
def refusing(*, naming: str = "") -> Iterator[None]:
    """Let a refusal pass that names a file and says what to do, in bounded time; any other error is a fault."""
    began = time.process_time()
    said = None
    try:
        yield
    except DocumentError as error:
        said = str(error)
    assert said is None or (naming in said and REMEDY.search(said)), said
    assert time.process_time() - began < SECONDS


def assert_is_text(extracted: Extracted) -> None:
    """A text can be kept as UTF-8, and its pages begin inside of it, in order."""
    extracted.text.encode("utf-8")
    starts = [page.start for page in extracted.pages]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(extracted.text) for start in starts)
    numbers = [page.number for page in extracted.pages]
    assert numbers == sorted(set(numbers))


@pytest.mark.slow
@share_when_small(0.3)
@given(damaged_pages)
def test_a_damaged_web_page_gives_a_text_or_a_remedy(data):
    with refusing():
        assert_is_text(read_html(data))


@share_when_small(0.5)
@given(damaged_words)
def test_a_damaged_word_document_gives_a_text_or_a_remedy(data):
    with refusing():
        assert_is_text(read_docx(data))


@share_when_small(0.2)
@given(damaged_pdfs)
def test_a_damaged_pdf_gives_a_text_or_a_remedy(data):
    with refusing():
        assert_is_text(read_pdf(data))


@given(noise | damaged_pages | damaged_words | damaged_pdfs, suffixes)
def test_any_bytes_are_of_a_kind_or_refused_with_a_remedy(data, suffix):
    with refusing():
        assert kind_of(data, suffix) in KINDS


@share_when_small(0.5)
@given(noise | st.binary(max_size=3000) | damaged_pages)
def test_any_bytes_are_characters_or_refused_with_a_remedy(data):
    with refusing():
        decode(data).encode("utf-8")


@share_when_small(0.2)
@given(anything, suffixes)
def test_any_file_gives_a_text_or_a_remedy_that_names_it(tmp_path_factory, data, suffix):
    path = tmp_path_factory.getbasetemp() / f"计划{suffix}"
    path.write_bytes(data)
    with refusing(naming=str(path)):
        extracted = read_file(path, extractor=in_this_process)
        assert extracted.text.strip()
        assert_is_text(extracted)


@pytest.mark.slow
@share(0.01, least=2)
@given(anything, suffixes)
def test_a_file_in_a_process_of_its_own_gives_the_same_as_in_this_one(tmp_path_factory, data, suffix):
    path = tmp_path_factory.getbasetemp() / f"同{suffix}"
    path.write_bytes(data)
    assert outcome(path) == outcome(path, extractor=in_this_process)


def outcome(path, **how):
    """Return a file's text and pages, or what was said of it."""
    try:
        return read_file(path, **how)
    except DocumentError as error:
        return str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
@share_when_small(0.3)
@given(text=simplified)
def test_a_simplified_text_is_the_same_in_every_encoding(encoding, text):
    assert decode(text.encode(encoding)).removeprefix("\ufeff") == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "big5", "gb18030"])
@share_when_small(0.3)
@given(text=traditional)
def test_a_traditional_text_is_the_same_in_every_encoding(encoding, text):
    assert decode(text.encode(encoding)).removeprefix("\ufeff") == text
