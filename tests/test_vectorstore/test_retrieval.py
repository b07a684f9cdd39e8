"""Rankings → fused hits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.chunk_table import ChunkTable
from vectorstore.datatypes import Chunk, Span
from vectorstore.retrieval import fuse, rank_chunks

A, B, C = (Chunk("云溪", Span(n * 10, n * 10 + 9), n * 2, n * 2 + 1) for n in range(3))


def rank(*, words=(), chunks=(), sentences=(), limit=10, among=(A, B, C)):
    """Rank with chunks named best first, and sentences by number."""
    hits = rank_chunks(
        ChunkTable.of(among, ["云溪"]),
        words=[chunk for chunk in words if chunk in among],
        near_chunks=[(chunk.id, 1.0 - place / 10) for place, chunk in enumerate(chunks)],
        near_sentences=[(("云溪", number), 1.0 - place / 10) for place, number in enumerate(sentences)],
        limit=limit,
    )
    return [hit.chunk for hit in hits]


def test_an_id_high_in_two_rankings_beats_one_that_leads_a_single_ranking():
    scores = fuse([(1.0, ["a", "b"]), (1.0, ["c", "b"])])
    assert max(scores, key=lambda id_: scores[id_]) == "b"


def test_a_ranking_counts_as_much_as_its_weight():
    assert fuse([(2.0, ["a"])])["a"] == pytest.approx(2 * fuse([(1.0, ["a"])])["a"])


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=3))
def test_fusing_scores_every_id_and_no_other(rankings):
    assert set(fuse([(1.0, ranking) for ranking in rankings])) == {id_ for ranking in rankings for id_ in ranking}


def test_a_chunk_that_all_rankings_agree_on_comes_first():
    assert rank(words=[B, A], chunks=[B, C], sentences=[2, 0])[0] == B


def test_a_chunk_ranks_where_its_best_sentence_does():
    assert rank(sentences=[4, 5, 0]) == [C, A]


def test_ties_go_by_id():
    assert rank(words=[C], chunks=[A]) == [A, C]


def test_no_more_hits_than_asked_for():
    assert len(rank(words=[A, B, C], limit=2)) == 2


def test_what_is_not_among_the_chunks_is_no_hit():
    assert rank(words=[C, A], chunks=[C], sentences=[5, 1], among=(A, B)) == [A]


def test_a_hit_knows_its_ranks_and_that_it_was_not_ranked():
    table = ChunkTable.of([A, B], ["云溪"])
    hit = rank_chunks(table, words=[B, A], near_chunks=[(B.id, 0.9)], near_sentences=[], limit=2)
    assert [(h.lexical_rank, h.dense_rank) for h in hit] == [(0, 0), (1, None)]


def test_no_rankings_give_no_hits():
    assert rank() == []
