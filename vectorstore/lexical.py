"""BM25 over the terms of texts. The only file that knows bm25s."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import StoreError
from vectorstore.tokens import tokenize

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
