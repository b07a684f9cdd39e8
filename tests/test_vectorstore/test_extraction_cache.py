"""Each file is extracted once; a cache that is damaged or can't be written costs time, never an answer."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore import extraction_cache
from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.extraction import StoppedError
from vectorstore.extraction_cache import ExtractionCache


class Counting:
    """Reads bytes as UTF-8 and remembers what it was given."""

    def __init__(self, error=None):
        self.given = []
        self.error = error

    def __call__(self, kind, data):
        self.given.append((kind, data))
        if self.error:
            raise self.error
        return Extracted(data.decode(), (PageStart(0, 1),))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store" / "extracted.sqlite3"


def read(file, *texts, extractor=None, kind="pdf"):
    cache = ExtractionCache(file, extractor or Counting())
    found = [cache.extract(kind, text.encode()) for text in texts]
    cache.forget_unused()
    return found


def test_a_known_file_is_not_extracted_again(file):
    first, second = Counting(), Counting()
    assert read(file, "推进工作。", extractor=first) == read(file, "推进工作。", extractor=second)
    assert (len(first.given), len(second.given)) == (1, 0)


def test_pages_are_kept_with_the_text(file):
    read(file, "推进工作。")
    assert read(file, "推进工作。") == [Extracted("推进工作。", (PageStart(0, 1),))]


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back_as_it_was(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("cache") / "extracted.sqlite3"
    assert read(file, text) == read(file, text)


def test_other_bytes_of_the_same_length_are_another_file(file):
    read(file, "推进工作。")
    assert read(file, "完成任务。")[0].text == "完成任务。"


def test_the_same_bytes_read_as_another_kind_are_another_file(file):
    read(file, "推进工作。")
    again = Counting()
    read(file, "推进工作。", extractor=again, kind="html")
    assert len(again.given) == 1


def test_another_version_of_the_extractor_reads_the_file_again(file, monkeypatch):
    read(file, "推进工作。")
    monkeypatch.setattr(extraction_cache, "EXTRACTOR_VERSION", "next")
    again = Counting()
    read(file, "推进工作。", extractor=again)
    assert len(again.given) == 1


def test_that_a_file_cannot_be_read_is_known_too(file):
    refusing, again = Counting(DocumentError("it is locked.")), Counting()
    for extractor in (refusing, again):
        with pytest.raises(DocumentError, match=r"^it is locked\.$"):
            ExtractionCache(file, extractor).extract("pdf", b"x")
    assert again.given == []


def test_a_file_that_was_stopped_from_outside_is_tried_again(file):
    with pytest.raises(StoppedError):
        ExtractionCache(file, Counting(StoppedError("stopped"))).extract("pdf", b"x")
    assert read(file, "x")[0].text == "x"


def test_what_two_indexes_in_a_row_do_not_hold_is_forgotten(file):
    read(file, "甲", "乙")
    for _ in range(2):
        read(file, "乙")
    again = Counting()
    read(file, "甲", "乙", extractor=again)
    assert [data.decode() for _, data in again.given] == ["甲"]


@pytest.mark.parametrize("damage", [b"", b"no database at all, however long it may be" * 99])
def test_a_damaged_cache_is_replaced(file, damage):
    read(file, "推进工作。")
    file.write_bytes(damage)
    assert read(file, "推进工作。")[0].text == "推进工作。"
    again = Counting()
    read(file, "推进工作。", extractor=again)
    assert again.given == []


def test_a_damaged_cache_is_set_aside(file):
    read(file, "推进工作。")
    file.write_bytes(b"no database" * 999)
    read(file, "推进工作。")
    assert file.with_name("extracted.sqlite3.damaged").exists()


def test_a_damaged_text_is_extracted_again(file):
    read(file, "推进工作。")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE texts SET extracted = ?", (b'{"text": "other", "pages": []}',))
    assert read(file, "推进工作。")[0].text == "推进工作。"


def test_where_nothing_can_be_written_files_are_read_all_the_same(tmp_path):
    (tmp_path / "file").touch()
    assert read(tmp_path / "file" / "extracted.sqlite3", "推进工作。")[0].text == "推进工作。"


def test_a_store_of_plain_text_has_no_cache(file):
    ExtractionCache(file).forget_unused()
    assert not file.parent.exists()
