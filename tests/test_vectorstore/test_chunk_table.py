"""The chunks of an index by number, id, document and sentence."""

import numpy as np
import pytest

from vectorstore.chunk_table import ChunkTable
from vectorstore.datatypes import Chunk, Span
from vectorstore.errors import StoreError

DOCUMENTS = ["云溪", "空", "青石:二"]
CHUNKS = (
    Chunk("云溪", Span(0, 90), 0, 1),
    Chunk("云溪", Span(100, 190), 2, 4),
    Chunk("云溪", Span(1000, 1190), 5, 5),
    Chunk("青石:二", Span(3, 50), 0, 3),
)


@pytest.fixture(params=["made", "loaded"])
def table(request, tmp_path):
    made = ChunkTable.of(CHUNKS, DOCUMENTS)
    if request.param == "made":
        return made
    made.save(tmp_path / "chunks.npy")
    return ChunkTable.load(tmp_path / "chunks.npy", DOCUMENTS)


def test_chunks_come_back_by_their_numbers(table):
    assert tuple(table[number] for number in range(len(table))) == CHUNKS


def test_chunks_of_a_document_are_its_own_in_reading_order(table):
    assert [table.of_document(id_) for id_ in (*DOCUMENTS, "没有")] == [CHUNKS[:3], (), CHUNKS[3:], ()]


def test_every_chunk_is_found_by_its_id(table):
    assert [table.find(chunk.id) for chunk in CHUNKS] == list(CHUNKS)


@pytest.mark.parametrize("id_", ["云溪:1-90", "云溪:0-91", "没有:0-90", "云溪", "云溪:x-y", "空:0-1"])
def test_an_id_that_no_chunk_has_finds_none(table, id_):
    assert table.find(id_) is None


def test_a_sentence_is_found_in_the_chunk_that_holds_it(table):
    assert [table.holding("云溪", number) for number in range(7)] == [
        *[CHUNKS[0]] * 2,
        *[CHUNKS[1]] * 3,
        CHUNKS[2],
        None,
    ]


def test_the_best_are_those_with_the_highest_scores_and_ties_go_by_id(table):
    best = table.best(np.array([1.0, 0.0, 2.0, 2.0], dtype=np.float32), 10)
    assert best == [(CHUNKS[2], 2.0), (CHUNKS[3], 2.0), (CHUNKS[0], 1.0)]
    assert table.best(np.array([1.0, 3.0, 2.0, 2.0], dtype=np.float32), 2) == [(CHUNKS[1], 3.0), (CHUNKS[2], 2.0)]


def test_a_narrowed_table_finds_chunks_of_its_documents_only(table):
    narrowed = table.narrowed(["青石:二"])
    assert [narrowed.find(chunk.id) for chunk in CHUNKS] == [None, None, None, CHUNKS[3]]
    assert narrowed.holding("云溪", 0) is None
    assert narrowed.best(np.ones(4, dtype=np.float32), 10) == [(CHUNKS[3], 1.0)]
    assert table.find(CHUNKS[0].id) == CHUNKS[0]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"x" * 200])
def test_a_damaged_table_is_an_error_that_says_what_to_do(tmp_path, content):
    (tmp_path / "chunks.npy").write_bytes(content)
    with pytest.raises(StoreError, match=r"chunks\.npy.*plans index"):
        ChunkTable.load(tmp_path / "chunks.npy", DOCUMENTS)


def test_a_table_that_names_more_documents_than_there_are_is_damaged(tmp_path):
    ChunkTable.of(CHUNKS, DOCUMENTS).save(tmp_path / "chunks.npy")
    with pytest.raises(StoreError, match="damaged"):
        ChunkTable.load(tmp_path / "chunks.npy", DOCUMENTS[:1])
