"""BM25 over the terms of texts. The only file that knows bm25s."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import StoreError
from vectorstore.tokens import character_pairs, tokenize

# Okapi's usual setting; chunks are of similar length, so that b matters little.
_K1, _B = 1.5, 0.75

# Texts → the terms of each
Tokenizer = Callable[[Sequence[str]], list[list[str]]]


def tokenize_each(texts: Sequence[str]) -> list[list[str]]:
    """Return the terms of every text."""
    return [tokenize(text) for text in texts]


class LexicalIndex:
    """A BM25 ranking (Robertson & Zaragoza 2009, in Lucene's variant) over a fixed list of texts."""

    def __init__(self, ranker: Any, size: int) -> None:
        self._ranker = ranker
        self.size = size

    @classmethod
    def build(cls, texts: Sequence[str], *, tokenizer: Tokenizer = tokenize_each) -> "LexicalIndex":
        """Return the index of the texts; a text's number is its place in the sequence.

        ``tokenizer`` gives the terms that ``tokens.tokenize`` gives; that of a TokenCache cuts each text only once.
        """
        import bm25s

        ranker = bm25s.BM25(k1=_K1, b=_B, method="lucene")
        # bm25s can't index an empty collection or one without terms
        ranker.index([terms or ["\0"] for terms in tokenizer(texts)] or [["\0"]], show_progress=False)
        return cls(ranker, len(texts))

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Return the index saved in a folder, its arrays mapped from disk; raise StoreError when it is damaged."""
        import bm25s

        try:
            ranker = bm25s.BM25.load(folder, mmap=True)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise StoreError(
                f"The word index in {folder} can't be read ({error}). Run `plans index` to build the index again."
            ) from error
        return cls(ranker, size)

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        self._ranker.save(folder, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return how well each text matches the words of the query: shape (size,), 0 for no word in common."""
        known = self._ranker.vocab_dict
        terms = [term for term in tokenize(query) if term in known]
        if not terms or not self.size:
            return np.zeros(self.size, dtype=np.float32)
        scores: NDArray[np.float32] = np.asarray(self._ranker.get_scores(terms), dtype=np.float32)
        return scores[: self.size]

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
        number = self._ranker.vocab_dict.get(term)
        if number is None:
            return np.zeros(0, dtype=np.int32)
        bounds = self._ranker.scores["indptr"]
        return np.asarray(self._ranker.scores["indices"][int(bounds[number]) : int(bounds[number + 1])], dtype=np.int32)

    @cached_property
    def _terms_by_script(self) -> dict[bool, list[str]]:
        """Terms of figures and Latin letters (True), and those with Chinese characters."""
        terms: dict[bool, list[str]] = {True: [], False: []}
        for term in self._ranker.vocab_dict:
            terms[term.isascii()].append(term)
        return terms
