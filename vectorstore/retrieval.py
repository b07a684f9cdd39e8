"""Rankings → fused hits."""

from collections.abc import Sequence

from vectorstore.chunk_table import ChunkTable
from vectorstore.datatypes import Chunk, Hit

# Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009) with the paper's constant.
_RRF = 60.0
# Weights of words, passage vectors and sentence vectors. Over questions on the ten calibration documents, each searched alone,
# evidence among the first 1 / 5 / 18: words alone 0.63 / 0.77 / 0.89, passages 0.73 / 0.91 / 0.98, sentences 0.80 / 0.94 / 0.98,
# all alike 0.73 / 0.91 / 0.97, these 0.78 / 0.93 / 0.98. Words stay for names that vectors don't know.
_WORDS, _PASSAGES, _SENTENCES = 0.25, 1.0, 2.0


def fuse(rankings: Sequence[tuple[float, Sequence[str]]]) -> dict[str, float]:
    """Return the fused score of every id that stands in any ranking; each ranking comes with its weight."""
    scores: dict[str, float] = {}
    for weight, ranking in rankings:
        for rank, id_ in enumerate(ranking):
            scores[id_] = scores.get(id_, 0.0) + weight / (_RRF + rank + 1)
    return scores


def rank_chunks(
    chunks: ChunkTable,
    *,
    words: Sequence[Chunk],
    near_chunks: Sequence[tuple[str, float]],
    near_sentences: Sequence[tuple[tuple[str, int], float]],
    limit: int,
) -> tuple[Hit, ...]:
    """Return the best ``limit`` of the chunks, fused from three rankings: words, chunk vectors, sentence vectors.

    ``words`` are chunks and ``near_chunks`` ids, best first, ``near_sentences`` speaks of (document, sentence number).
    A chunk ranks among the sentence vectors where its best sentence does. Ties go by id.
    """
    near = [chunk for id_, _ in near_chunks if (chunk := chunks.find(id_))]
    holding = (chunks.holding(*place) for place, _ in near_sentences)
    sentences = dict.fromkeys(chunk for chunk in holding if chunk)
    by_id = {chunk.id: chunk for chunk in (*words, *near, *sentences)}
    ranked = [[chunk.id for chunk in ranking] for ranking in (words, near, sentences)]
    scores = fuse(list(zip((_WORDS, _PASSAGES, _SENTENCES), ranked, strict=True)))
    word_rank, dense_rank = _ranks(ranked[0]), _ranks(ranked[1])
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))[:limit]
    return tuple(Hit(by_id[id_], scores[id_], word_rank.get(id_), dense_rank.get(id_)) for id_ in best)


def _ranks(ids: Sequence[str]) -> dict[str, int]:
    return {id_: rank for rank, id_ in enumerate(ids)}
