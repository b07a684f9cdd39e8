"""Documents as an index keeps them: read when they are needed, and checked."""

import pytest

from tests.conftest import CLOUD_POINTS, STONE_ACTIONS
from vectorstore.datatypes import Document, PageStart, Period, Provenance
from vectorstore.documents import read_document
from vectorstore.errors import StoreError
from vectorstore.kept_documents import check_kept, open_documents, write_document

PAGES = (PageStart(0, 1), PageStart(40, 2))
CORRECTED = Provenance(district="云溪街道", period=Period(2024, 2025), kind="work points")
CLOUD = read_document("云溪/要点.txt", CLOUD_POINTS, overrides=CORRECTED, pages=PAGES)
STONE = read_document("青石.txt", f"\ufeff{STONE_ACTIONS}\r\n\ud800")


@pytest.fixture
def kept(tmp_path):
    """Return an index folder with two documents, and what its manifest says of them."""
    pages = {"pages": [[page.start, page.number] for page in PAGES]}
    entries = [
        {"path": document.path, **write_document(tmp_path, n, document)} for n, document in enumerate((CLOUD, STONE))
    ]
    return tmp_path, [{**entries[0], **pages}, entries[1]]


@pytest.mark.parametrize("name", Document.__dataclass_fields__)
def test_a_kept_document_says_what_the_document_said(kept, name):
    folder, entries = kept
    for document, opened in zip((CLOUD, STONE), open_documents(folder, entries), strict=True):
        assert getattr(opened, name) == getattr(document, name)


def test_a_kept_document_finds_pages_and_headings_as_the_document_does(kept):
    opened, _ = open_documents(*kept)
    assert [opened.page_of(offset) for offset in (0, 39, 40)] == [1, 1, 2]
    assert [opened.headings(s.section) for s in opened.sentences] == [
        CLOUD.headings(s.section) for s in CLOUD.sentences
    ]


def test_nothing_is_read_to_tell_what_a_document_is(kept):
    folder, entries = kept
    (folder / "texts" / "00000.txt").unlink()
    opened, _ = open_documents(folder, entries)
    assert (opened.id, opened.path, opened.provenance) == (CLOUD.id, CLOUD.path, CLOUD.provenance)
    with pytest.raises(StoreError, match=r"kept text of 云溪/要点\.txt can't be read.*plans index"):
        _ = opened.text


@pytest.mark.parametrize("name", ["00001.txt", "00001.json"])
def test_a_changed_byte_is_an_error_that_names_the_document_and_the_remedy(kept, name):
    folder, entries = kept
    path = folder / "texts" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(StoreError, match=r"青石\.txt.*plans index"):
        _ = open_documents(folder, entries)[1].sentences
    with pytest.raises(StoreError, match=r"青石\.txt.*plans index"):
        check_kept(folder, entries[1])
    check_kept(folder, entries[0])


def test_an_outline_that_is_gone_is_an_error(kept):
    folder, entries = kept
    (folder / "texts" / "00000.json").unlink()
    with pytest.raises(StoreError, match=r"00000\.json can't be read.*plans index"):
        _ = open_documents(folder, entries)[0].sections
