"""Vectors in a real Chroma folder."""

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectorstore import dense
from vectorstore.dense import DenseIndex, copy_vectors, digest_of
from vectorstore.errors import StoreError
from vectorstore.index_parts import Owned

IDS = ["云溪#0", "云溪#1", "青石#0", "青石#1"]
OWNERS = ["云溪", "云溪", "青石", "青石"]
VECTORS = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
EAST = VECTORS[0]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = DenseIndex.create(tmp_path_factory.mktemp("dense"), "sentences")
    index.add(IDS, VECTORS, OWNERS)
    return index


def test_the_nearest_come_first_with_their_cosines(index):
    found = index.nearest(EAST, 2)
    assert [id_ for id_, _ in found] == ["云溪#0", "云溪#1"]
    assert [cosine for _, cosine in found] == pytest.approx([1.0, 0.8], abs=1e-6)


def test_equally_near_vectors_come_by_id(index):
    assert [id_ for id_, _ in index.nearest(EAST, 4)][2:] == ["青石#0", "青石#1"]


def test_only_the_documents_named_are_searched(index):
    assert {id_ for id_, _ in index.nearest(EAST, 4, documents=["青石"])} == {"青石#0", "青石#1"}


def test_no_documents_named_gives_nothing(index):
    assert index.nearest(EAST, 4, documents=[]) == []


def test_a_document_that_is_not_there_gives_nothing(index):
    assert index.nearest(EAST, 4, documents=["松岭"]) == []


def test_asking_for_more_than_there_is_gives_all(index):
    assert len(index.nearest(EAST, 100)) == index.count() == 4


def test_vectors_come_in_the_order_asked_for(index):
    assert index.vectors(["青石#1", "云溪#0"]) == pytest.approx(VECTORS[[3, 0]])


def test_a_vector_asked_for_twice_comes_twice(index):
    assert index.vectors(["青石#1", "云溪#0", "青石#1"]) == pytest.approx(VECTORS[[3, 0, 3]])


def test_an_empty_index_gives_nothing(tmp_path):
    assert DenseIndex.create(tmp_path, "sentences").nearest(EAST, 3) == []


def test_more_vectors_than_one_batch_are_all_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(dense, "_BATCH", 3)
    index = DenseIndex.create(tmp_path, "sentences")
    index.add(IDS, VECTORS, OWNERS)
    assert index.count() == 4
    assert [id_ for id_, _ in index.nearest(VECTORS[3], 1)] == ["青石#1"]


def test_an_index_opened_again_finds_the_same(tmp_path):
    created = DenseIndex.create(tmp_path, "sentences")
    created.add(IDS, VECTORS, OWNERS)
    assert DenseIndex.open(tmp_path, "sentences").nearest(EAST, 4) == created.nearest(EAST, 4)


@pytest.mark.slow
def test_all_of_a_thousand_vectors_are_ranked_like_an_exact_search_ranks_them(tmp_path):
    vectors = np.random.default_rng(7).normal(size=(1000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = DenseIndex.create(tmp_path, "sentences")
    index.add([str(n) for n in range(1000)], vectors, ["云溪"] * 1000)
    exact = np.argsort(-(vectors @ vectors[5]))[:50]
    assert [int(id_) for id_, _ in index.nearest(vectors[5], 50)] == exact.tolist()


def test_a_missing_index_is_an_error_that_names_the_folder_and_the_remedy(tmp_path):
    with pytest.raises(StoreError, match=r"chroma.*plans index"):
        DenseIndex.open(tmp_path / "chroma", "sentences")


def test_a_damaged_database_is_an_error_that_names_the_folder_and_the_remedy(tmp_path):
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"chroma.*plans index"):
        DenseIndex.open(tmp_path / "chroma", "sentences")


# An index made from the one before


@pytest.fixture
def written(tmp_path):
    """Return a folder of vectors that a test may change, and its digest."""
    folder = tmp_path / "written"
    DenseIndex.create(folder, "sentences").add(IDS, VECTORS, OWNERS)
    return folder, digest_of(folder)


def copied(written, tmp_path):
    copy_vectors(written[0], tmp_path / "copied", digest=written[1])
    return DenseIndex.open(tmp_path / "copied", "sentences")


def test_a_copy_finds_what_the_first_finds(written, tmp_path):
    assert copied(written, tmp_path).nearest(EAST, 4) == DenseIndex.open(written[0], "sentences").nearest(EAST, 4)


def test_a_copy_that_is_changed_holds_what_is_wanted_and_nothing_else(written, tmp_path, monkeypatch):
    monkeypatch.setattr(dense, "_MOST_REMOVED", 1)
    index = copied(written, tmp_path)
    index.change([IDS[1], IDS[2]], [IDS[2], "松岭#0"], VECTORS[[3, 1]], ["青石", "松岭"])
    assert index.count() == 4
    wanted = [IDS[0], IDS[2], IDS[3], "松岭#0"]
    assert index.vectors(wanted) == pytest.approx(VECTORS[[0, 3, 3, 1]])
    assert [id_ for id_, _ in index.nearest(VECTORS[1], 1)] == ["松岭#0"]


def test_changing_a_copy_leaves_the_first_as_it_was(written, tmp_path):
    before = DenseIndex.open(written[0], "sentences").nearest(EAST, 4)
    copied(written, tmp_path).change([], ["松岭#0"], VECTORS[[0]], ["松岭"])
    assert DenseIndex.open(written[0], "sentences").nearest(EAST, 9) == before
    assert digest_of(written[0]) == written[1]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return an index of 300 vectors of 30 documents, and the vectors."""
    vectors = np.random.default_rng(7).normal(size=(300, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folder = tmp_path_factory.mktemp("many")
    index = DenseIndex.create(folder, "sentences")
    index.add([f"{n // 10}#{n % 10}" for n in range(300)], vectors, [str(n // 10) for n in range(300)])
    owned = Owned(lambda document: [f"{document}#{n}" for n in range(10)], lambda document: 10)
    return DenseIndex.open(folder, "sentences", owned), vectors


@pytest.mark.parametrize(("read", "overfetched"), [(300, 0), (0, 300), (0, 0)], ids=["read", "overfetched", "filtered"])
@pytest.mark.parametrize("documents", [["3"], ["1", "2", "29"], [str(n) for n in range(1, 30)]], ids=len)
def test_the_nearest_of_some_documents_are_the_same_in_every_way(many, monkeypatch, read, overfetched, documents):
    index, vectors = many
    monkeypatch.setattr(dense, "_LOOKED_THROUGH", 0)
    monkeypatch.setattr(dense, "_READ", read)
    monkeypatch.setattr(dense, "_OVERFETCHED", overfetched)
    ids = [f"{document}#{n}" for document in documents for n in range(10)]
    found = index.nearest_in(vectors[4], 7, documents)
    rows = [10 * int(document) + n for document in documents for n in range(10)]
    best = sorted(zip(ids, (vectors[rows] @ vectors[4]).tolist(), strict=True), key=lambda pair: -pair[1])[:7]
    assert [id_ for id_, _ in found] == [id_ for id_, _ in best]
    assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in best], abs=1e-5)


def test_there_is_nothing_near_in_no_documents(many):
    assert many[0].nearest_in(many[1][0], 7, []) == []


def test_an_index_of_which_much_was_removed_over_time_is_to_be_written_anew(written, tmp_path):
    index = copied(written, tmp_path)
    index.change([IDS[3]], [IDS[3]], VECTORS[[0]], [OWNERS[3]])
    with pytest.raises(StoreError, match=r"2 vectors were removed.*anew"):
        index.change([IDS[3]], [IDS[3]], VECTORS[[3]], [OWNERS[3]])


def test_vectors_of_another_length_are_to_be_written_anew(written, tmp_path):
    with pytest.raises(StoreError, match=r"dimension of 3, got 5.*plans index"):
        copied(written, tmp_path).change([], ["松岭#0"], np.eye(1, 5, dtype=np.float32), ["松岭"])


@pytest.mark.slow
def test_graphs_that_are_not_those_written_are_not_copied(tmp_path):
    vectors = np.random.default_rng(7).normal(size=(1100, 8)).astype(np.float32)
    DenseIndex.create(tmp_path / "written", "sentences").add([str(n) for n in range(1100)], vectors, ["云溪"] * 1100)
    digest = digest_of(tmp_path / "written")
    graph = next((tmp_path / "written").glob("*/data_level0.bin"))
    graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match=r"written are not those that were written"):
        copy_vectors(tmp_path / "written", tmp_path / "copied", digest=digest)


def test_a_damaged_database_is_not_copied(written, tmp_path):
    (written[0] / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"can't be copied.*not a database"):
        copied(written, tmp_path)


def test_a_database_that_is_being_read_is_copied(written, tmp_path):
    with closing(sqlite3.connect(written[0] / "chroma.sqlite3")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM embeddings").fetchone()
        assert copied(written, tmp_path).count() == 4


@pytest.mark.slow
@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 1)), unique_by=lambda row: row[0]))
def test_whatever_changes_the_changed_copy_is_the_index_written_anew(forty, tmp_path_factory, changes):
    folder, digest, vectors = forty
    copy = tmp_path_factory.mktemp("copies") / "copy"
    copy_vectors(folder, copy, digest=digest)
    index = DenseIndex.open(copy, "sentences")
    gone = {number for number, change in changes if change}
    moved = {number: vectors[number - 1] for number, change in changes if not change}
    ids = [number for number in range(43) if number not in gone]
    rows = np.stack([moved.get(number, vectors[number]) for number in ids])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "_MOST_REMOVED", 99)
        new = [number for number in ids if number in moved or number >= 40]
        rows_of = dict(zip(ids, rows, strict=True))
        index.change(
            [str(number) for number in (gone | set(moved)) if number < 40],
            [str(number) for number in new],
            np.stack([rows_of[number] for number in new]),
            ["云溪"] * len(new),
        )
    assert index.count() == len(ids)
    assert index.vectors([str(number) for number in ids]) == pytest.approx(rows, abs=1e-6)
    shutil.rmtree(copy)


@pytest.fixture(scope="module")
def forty(tmp_path_factory):
    """Return a folder of forty vectors, its digest, and these and three more vectors."""
    vectors = np.random.default_rng(7).normal(size=(43, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folder = tmp_path_factory.mktemp("forty") / "chroma"
    DenseIndex.create(folder, "sentences").add([str(n) for n in range(40)], vectors[:40], ["云溪"] * 40)
    return folder, digest_of(folder), vectors


def test_vectors_that_were_read_are_those_of_their_ids_after_a_change(tmp_path):
    index = DenseIndex.create(tmp_path / "chroma", "sentences")
    index.add([f"a#{n}" for n in range(8)], np.eye(8, dtype=np.float32), ["a"] * 8)
    assert np.array_equal(index.vectors(["a#1", "a#0", "a#1"]), np.eye(8, dtype=np.float32)[[1, 0, 1]])
    index.change(["a#1"], ["a#1"], np.eye(1, 8, 5, dtype=np.float32), ["a"])
    assert np.array_equal(index.vectors(["a#1", "a#0"]), np.eye(8, dtype=np.float32)[[5, 0]])


def test_more_vectors_than_are_kept_in_memory_are_read_rightly(tmp_path, monkeypatch):
    monkeypatch.setattr(dense, "_REMEMBERED", 2)
    index = DenseIndex.create(tmp_path / "chroma", "sentences")
    index.add([f"a#{n}" for n in range(4)], np.eye(4, dtype=np.float32), ["a"] * 4)
    for rows in ([0, 1], [1, 2, 0], [3, 2], [0, 1, 2, 3]):
        assert np.array_equal(index.vectors([f"a#{n}" for n in rows]), np.eye(4, dtype=np.float32)[rows])
