"""Terms of texts → how often each term stands in each text; what is known of most texts serves when others change."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A key is the number of a term and that of a text, so that sorted keys are the postings in their order
_BITS = 32


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term, in the order of ``vocabulary``, the texts that hold it and how often.

    ``bounds`` (terms + 1) are the places of each term's postings in ``texts`` and ``counts``; ``lengths`` (texts) are the
    numbers of terms that the texts have.
    """

    vocabulary: Mapping[str, int]
    bounds: NDArray[np.int64]
    texts: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, terms: Sequence[Sequence[str]]) -> "Postings":
        """Return the postings of texts given by their terms."""
        none = np.zeros(0, dtype=np.int32)
        empty = cls({}, np.zeros(1, dtype=np.int64), none, none, none)
        return empty.changed(none, np.arange(len(terms)), terms)

    def of_term(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the numbers of the texts that hold a term, rising, and how often each does."""
        number = self.vocabulary.get(term)
        if number is None:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
        start, end = self.bounds[number : number + 2]
        return self.texts[start:end], self.counts[start:end]

    def changed(
        self, places: NDArray[np.integer[Any]], added: NDArray[np.integer[Any]], terms: Sequence[Sequence[str]]
    ) -> "Postings":
        """Return the postings of other texts: of those here at their new numbers, and of some that are added.

        ``places`` (texts) are the new numbers of the texts here, rising, -1 for one that is gone; ``added`` those of the
        added, of which ``terms`` are the terms.
        """
        vocabulary = dict(self.vocabulary)
        keys, counts = self._keys_at(places)
        new_keys, new_counts = _counted(added, terms, vocabulary)
        at = np.searchsorted(keys, new_keys)
        keys, counts = np.insert(keys, at, new_keys), np.insert(counts, at, new_counts)
        held = np.bincount(keys >> _BITS, minlength=len(vocabulary))
        number = np.cumsum(held > 0) - 1
        lengths = np.zeros(int((places >= 0).sum()) + len(added), dtype=np.int32)
        lengths[places[places >= 0]] = self.lengths[places >= 0]
        lengths[added] = [len(own) for own in terms]
        return Postings(
            {term: int(number[n]) for term, n in vocabulary.items() if held[n]},
            np.concatenate([[0], np.cumsum(held[held > 0])]).astype(np.int64),
            (keys & ((1 << _BITS) - 1)).astype(np.int32),
            counts.astype(np.int32),
            lengths,
        )

    def _keys_at(self, places: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the keys of the postings whose texts are still there, at their new places, and their counts."""
        texts = places[self.texts]
        terms = np.repeat(np.arange(len(self.bounds) - 1, dtype=np.int64), np.diff(self.bounds))
        still = texts >= 0
        return (terms[still] << _BITS) | texts[still], self.counts[still]


def _counted(
    numbers: NDArray[np.integer[Any]], terms: Sequence[Sequence[str]], vocabulary: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return keys, sorted, and counts of the terms of texts with these numbers; new terms get the next numbers."""
    pairs = [
        ((vocabulary.setdefault(term, len(vocabulary)) << _BITS) | int(number), count)
        for number, own in zip(numbers, terms, strict=True)
        for term, count in Counter(own).items()
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    table = table[np.argsort(table[:, 0], kind="stable")]
    return table[:, 0], table[:, 1].astype(np.int32)
