"""Vectors in a real Chroma folder."""

import numpy as np
import pytest

from vectorstore import dense
from vectorstore.dense import DenseIndex
from vectorstore.errors import StoreError

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
