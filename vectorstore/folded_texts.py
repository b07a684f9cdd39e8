"""Which documents a string stands in, by the word index of their sentences: texts are read only to make sure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import Document
from vectorstore.documents import folded

# Answers kept, so that a name asked for at every turn is looked up once
_REMEMBERED = 20_000


class Texts(Protocol):
    """Folded texts that strings are looked up in; a ``str`` is one."""

    def __contains__(self, string: str, /) -> bool:
        """Tell whether a folded string stands in them."""

    def count(self, string: str, /) -> int:
        """Return about how often it does."""


class FoldedTexts:
    """The texts of documents, folded.

    ``sentences_with`` gives the numbers of the sentences that may hold a string, None where it can't tell; ``first`` is
    the number of each document's first sentence, with the number of all sentences at the end.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        sentences_with: Callable[[str], NDArray[np.int32] | None],
        first: NDArray[np.int64],
        allowed: NDArray[np.bool_] | None = None,
    ) -> None:
        self._documents = documents
        self._sentences_with = sentences_with
        self._first = first
        self._allowed = allowed
        self._known: dict[str, bool] = {}

    def narrowed(self, allowed: NDArray[np.bool_]) -> "FoldedTexts":
        """Return the texts of those documents only that are marked as allowed: shape (documents,)."""
        return FoldedTexts(self._documents, self._sentences_with, self._first, allowed)

    def __contains__(self, string: str) -> bool:
        """Tell whether a folded string stands in any of the documents."""
        if string not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[string] = next(self.holders(string), None) is not None
        return self._known[string]

    def count(self, string: str) -> int:
        """Return how many sentences hold all pairs of characters of a folded string."""
        found = self._sentences_with(string)
        return 0 if found is None else len(found)

    def holders(self, string: str) -> Iterator[Document]:
        """Yield the documents that a folded string stands in, in their order; each is read when it is asked for.

        For figures none is read: digits are parts of one word wherever they stand.
        """
        found = (self._documents[number] for number in self._candidates(string))
        sure = string.isascii() and string.isdecimal()
        return found if sure else (document for document in found if string in folded(document))

    def _candidates(self, string: str) -> list[int]:
        found = self._sentences_with(string)
        if found is None:
            numbers = np.arange(len(self._documents))
        else:
            numbers = np.unique(np.searchsorted(self._first, found, side="right") - 1)
        if self._allowed is not None:
            numbers = numbers[self._allowed[numbers]]
        return [int(number) for number in numbers]
