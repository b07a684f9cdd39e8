"""BM25 over the terms of texts. The only file that knows bm25s."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import StoreError
from vectorstore.postings import Postings
from vectorstore.tokens import character_pairs, tokenize

# Okapi's usual setting; chunks are of similar length, so that b matters little.
_K1, _B = 1.5, 0.75

_REMEMBERED = 4
# Beside the files of bm25s: how often a term stands in a text, and how many terms a text has
_COUNTS, _LENGTHS = "counts.npy", "lengths.npy"

# Texts → the terms of each
Tokenizer = Callable[[Sequence[str]], list[list[str]]]


def tokenize_each(texts: Sequence[str]) -> list[list[str]]:
    """Return the terms of every text."""
    return [tokenize(text) for text in texts]


class LexicalIndex:
    """A BM25 ranking (Robertson & Zaragoza 2009, in Lucene's variant) over a fixed list of texts."""

    def __init__(self, ranker: Any, postings: Postings) -> None:
        self._ranker = ranker
        self.postings = postings
        self.size = len(postings.lengths)
        # The parts of a question ask for the same words one after the other
        self._known_scores = lru_cache(maxsize=_REMEMBERED)(self._scores)

    @classmethod
    def build(cls, texts: Sequence[str], *, tokenizer: Tokenizer = tokenize_each) -> "LexicalIndex":
        """Return the index of the texts; a text's number is its place in the sequence.

        ``tokenizer`` gives the terms that ``tokens.tokenize`` gives; that of a TokenCache cuts each text only once.
        """
        return cls.of(Postings.of(tokenizer(texts)))

    @classmethod
    def of(cls, postings: Postings) -> "LexicalIndex":
        """Return the index of the texts whose postings these are."""
        import bm25s

        ranker = bm25s.BM25(k1=_K1, b=_B, method="lucene")
        ranker.scores = {
            "data": _weights(postings),
            "indices": postings.texts,
            "indptr": postings.bounds,
            "num_docs": len(postings.lengths),
        }
        ranker.vocab_dict = dict(postings.vocabulary)
        ranker.nonoccurrence_array = None  # Lucene's variant has none
        return cls(ranker, postings)

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Return the index of so many texts saved in a folder, its arrays mapped from disk.

        Raise StoreError when it is damaged.
        """
        import bm25s

        try:
            ranker = bm25s.BM25.load(folder, mmap=True)
            # Plain views of the mapped files: every look into numpy's own class for them takes five times as long
            held = ranker.scores = {name: np.asarray(values) for name, values in ranker.scores.items()}
            counts, lengths = (
                np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False)) for name in (_COUNTS, _LENGTHS)
            )
            postings = Postings(ranker.vocab_dict, held["indptr"], held["indices"], counts, lengths)
            if len(lengths) != size:
                raise ValueError(f"{len(lengths)} texts where {size} were written")
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise StoreError(
                f"The word index in {folder} can't be read ({error}). Run `plans index` to build the index again."
            ) from error
        return cls(ranker, postings)

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        self._ranker.save(folder, show_progress=False)
        np.save(folder / _COUNTS, self.postings.counts, allow_pickle=False)
        np.save(folder / _LENGTHS, self.postings.lengths, allow_pickle=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return how well each text matches the words of the query: shape (size,), read-only, 0 for no word in common."""
        return self._known_scores(query)

    def _scores(self, query: str) -> NDArray[np.float32]:
        terms = [term for term in tokenize(query) if term in self.postings.vocabulary]
        found = self._ranker.get_scores(terms) if terms else np.zeros(self.size)
        scores: NDArray[np.float32] = np.asarray(found, dtype=np.float32)
        scores.flags.writeable = False
        return scores

    def holding(self, string: str) -> NDArray[np.int32] | None:
        """Return the numbers of the texts that may hold a folded string, in order: all that do, and few others.

        None where its characters tell nothing (a mark): any text may hold it.
        """
        pairs, others = character_pairs(string)
        # A character alone stands in so many terms that it only serves where there is nothing else
        parts = [run for run in others if run.isascii() or not pairs]
        lists = [*([self._with_all(pairs)] if pairs else ()), *(self._with_any(part) for part in parts)]
        return reduce(partial(np.intersect1d, assume_unique=True), lists) if lists else None

    def _with_all(self, terms: Sequence[str]) -> NDArray[np.int32]:
        """Return the numbers of the texts that have all of these terms."""
        lists = [self._postings(term) for term in dict.fromkeys(terms)]
        found, *rest = sorted(lists, key=len)
        for longer in rest:
            if not len(found):
                break
            places = np.searchsorted(longer, found)
            found = found[longer[np.minimum(places, len(longer) - 1)] == found]
        return found

    def _with_any(self, part: str) -> NDArray[np.int32]:
        """Return the numbers of the texts that have a term which holds this part."""
        lists = [self._postings(term) for term in self._terms_by_script[part.isascii()] if part in term]
        return np.unique(np.concatenate(lists)) if lists else np.zeros(0, dtype=np.int32)

    def _postings(self, term: str) -> NDArray[np.int32]:
        return np.asarray(self.postings.of_term(term)[0], dtype=np.int32)

    @cached_property
    def _terms_by_script(self) -> dict[bool, list[str]]:
        """Terms of figures and Latin letters (True), and those with Chinese characters."""
        terms: dict[bool, list[str]] = {True: [], False: []}
        for term in self.postings.vocabulary:
            terms[term.isascii()].append(term)
        return terms


def okapi_rarity(held: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """Return how much terms count that so many of the texts hold, in Lucene's variant: shape of ``held``."""
    rarity: NDArray[np.float64] = np.log(1 + (texts - held + 0.5) / (held + 0.5))
    return rarity


def okapi_norm(lengths: NDArray[np.int32], mean: float) -> NDArray[np.float64]:
    """Return what a count is weighed against in texts of these lengths, where their mean is so many terms."""
    return _K1 * (1 - _B + _B * lengths.astype(np.float64) / max(1e-9, mean))


def _weights(postings: Postings) -> NDArray[np.float32]:
    """Return what each posting adds to the score of its text, as bm25s works it out for whole lists of terms."""
    held, texts = np.diff(postings.bounds), len(postings.lengths)
    norm = okapi_norm(postings.lengths, float(postings.lengths.mean()) if texts else 0.0)
    counts = postings.counts.astype(np.float64)
    weights: NDArray[np.float64] = np.repeat(okapi_rarity(held, texts), held) * counts / (counts + norm[postings.texts])
    return weights.astype(np.float32)
