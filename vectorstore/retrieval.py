"""Rankings → fused hits."""

from collections.abc import Iterable, Mapping, Sequence

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
    chunks: Sequence[Chunk],
    *,
    word_scores: Mapping[str, float],
    near_chunks: Sequence[tuple[str, float]],
    near_sentences: Sequence[tuple[tuple[str, int], float]],
    limit: int,
) -> tuple[Hit, ...]:
    """Return the best ``limit`` of the chunks, fused from three rankings: words, chunk vectors, sentence vectors.

    ``word_scores`` and ``near_chunks`` speak of chunk ids, ``near_sentences`` of (document, sentence number).
    A chunk ranks among the sentence vectors where its best sentence does. Ties go by id.
    """
    by_id = {chunk.id: chunk for chunk in chunks}
    words = sorted((id_ for id_ in word_scores if id_ in by_id), key=lambda id_: (-word_scores[id_], id_))
    dense = [id_ for id_, _ in near_chunks if id_ in by_id]
    sentences = _chunks_of(near_sentences, chunks)
    scores = fuse([(_WORDS, words[: len(chunks)]), (_PASSAGES, dense), (_SENTENCES, sentences)])
    word_rank, dense_rank = _ranks(words), _ranks(dense)
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))[:limit]
    return tuple(Hit(by_id[id_], scores[id_], word_rank.get(id_), dense_rank.get(id_)) for id_ in best)


def _chunks_of(near_sentences: Iterable[tuple[tuple[str, int], float]], chunks: Sequence[Chunk]) -> list[str]:
    owner = {(c.document, number): c.id for c in chunks for number in range(c.first, c.last + 1)}
    ids = (owner.get(place) for place, _ in near_sentences)
    return list(dict.fromkeys(id_ for id_ in ids if id_ is not None))


def _ranks(ids: Sequence[str]) -> dict[str, int]:
    return {id_: rank for rank, id_ in enumerate(ids)}
