"""Word indexes and vectors of several layers, searched as if they were one."""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.dense import DenseIndex
from vectorstore.lexical import LexicalIndex, okapi_norm, okapi_rarity
from vectorstore.tokens import tokenize

_REMEMBERED = 4


class Words(Protocol):
    """A ranking of texts by the words of a query."""

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return how well each text matches the words of the query: shape (texts,), read-only, 0 for no word in common."""

    def holding(self, string: str) -> NDArray[np.int32] | None:
        """Return the numbers of the texts that may hold a folded string, in order; None where that can't be told."""


class Vectors(Protocol):
    """Vectors by id, with the cosine of the nearest to a query."""

    def count(self) -> int:
        """Return how many vectors there are."""

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of these ids, in their order: shape (n, d)."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Return up to ``limit`` (id, cosine), nearest first."""

    def nearest_in(self, vector: NDArray[np.float32], limit: int, documents: Set[str]) -> list[tuple[str, float]]:
        """Return what ``nearest`` does for some of the documents."""


class LayeredWords:
    """The word indexes of layers as one: texts are numbered through, and those that are not shown score 0.

    The score of a text depends on how many of all texts have a word and how long they are, so that scores of layers can't
    be put together: they are worked out from the postings, as ``LexicalIndex`` does for one.
    """

    def __init__(self, indexes: Sequence[LexicalIndex], shown: NDArray[np.bool_]) -> None:
        """``shown`` is of shape (texts of all layers), in their order."""
        self._indexes = indexes
        self._first = np.cumsum([0, *(index.size for index in indexes)])
        self._shown = shown
        self._known_scores = lru_cache(maxsize=_REMEMBERED)(self._scores)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return how well each text matches the words of the query: shape (texts,), read-only, 0 for no word in common."""
        return self._known_scores(query)

    def holding(self, string: str) -> NDArray[np.int32] | None:
        """Return the numbers of the texts that may hold a folded string, in order; None where that can't be told."""
        found = []
        for index, first in zip(self._indexes, self._first, strict=False):
            numbers = index.holding(string)
            if numbers is None:
                return None
            found.append(numbers + int(first))
        held = np.concatenate(found)
        return held[self._shown[held]].astype(np.int32)

    @cached_property
    def _norm(self) -> NDArray[np.float64]:
        lengths = np.concatenate([index.postings.lengths for index in self._indexes])
        return okapi_norm(lengths, float(lengths[self._shown].mean()) if self._shown.any() else 0.0)

    def _scores(self, query: str) -> NDArray[np.float32]:
        scores = np.zeros(int(self._first[-1]), dtype=np.float32)
        texts = int(self._shown.sum())
        for term in tokenize(query):
            numbers, counts = self._postings(term)
            rarity = okapi_rarity(np.array([len(numbers)]), texts)
            scores[numbers] += (rarity * counts / (counts + self._norm[numbers])).astype(np.float32)
        scores.flags.writeable = False
        return scores

    def _postings(self, term: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the shown texts that have a term, and how often."""
        numbers, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for index, first in zip(self._indexes, self._first, strict=False):
            texts, often = index.postings.of_term(term)
            numbers.append(texts.astype(np.int64) + int(first))
            counts.append(often.astype(np.int64))
        held, often_held = np.concatenate(numbers), np.concatenate(counts)
        shown = self._shown[held]
        return held[shown], often_held[shown]


class LayeredVectors:
    """The vectors of layers as one: of a document those in the layer that shows it."""

    def __init__(
        self,
        indexes: Sequence[DenseIndex],
        hidden: Sequence[int],
        layers: Mapping[str, int],
        owner: Callable[[str], str],
    ) -> None:
        """``hidden`` are how many vectors of each layer are not shown, ``layers`` the number of each document's layer.

        ``owner`` gives the document of an id.
        """
        self._indexes = indexes
        self._hidden = hidden
        self._layers = layers
        self._owner = owner

    def count(self) -> int:
        """Return how many vectors there are, with those that are not shown."""
        return sum(index.count() for index in self._indexes)

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of these ids, in their order: shape (n, d)."""
        layers = np.array([self._layers[self._owner(id_)] for id_ in ids], dtype=int)
        rows = [(np.flatnonzero(layers == layer), index) for layer, index in enumerate(self._indexes)]
        found = [(own, index.vectors([ids[int(row)] for row in own])) for own, index in rows if len(own)]
        vectors = np.empty((len(ids), found[0][1].shape[1]), dtype=np.float32)
        for own, part in found:
            vectors[own] = part
        return vectors

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Return up to ``limit`` (id, cosine), nearest first."""
        found = []
        for layer, index in enumerate(self._indexes):
            near = index.nearest(vector, limit + self._hidden[layer] if limit > 0 else 0)
            found += [(id_, cosine) for id_, cosine in near if self._layers.get(self._owner(id_)) == layer]
        return _best(found, limit)

    def nearest_in(self, vector: NDArray[np.float32], limit: int, documents: Set[str]) -> list[tuple[str, float]]:
        """Return what ``nearest`` does for some of the documents."""
        found = []
        for layer, index in enumerate(self._indexes):
            if own := frozenset(id_ for id_ in documents if self._layers[id_] == layer):
                found += index.nearest_in(vector, limit, own)
        return _best(found, limit)


def _best(found: Sequence[tuple[str, float]], limit: int) -> list[tuple[str, float]]:
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[: max(0, limit)]
