"""Quotes side by side → aspects: rows of a comparison, named by words that stand in the quotes themselves."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Aspect, Quote
from vectorstore.folding import fold
from vectorstore.tokens import content_words, rarity, tagged_words

# Two quotes without a word in common are about the same where each is the other's nearest and they are this close.
# Cosines of the bundled encoder lie between 0.75 and 0.95; pairs of neighbouring items rarely pass 0.9.
_SAME_MEANING = 0.9
# Words that every plan uses say nothing of an aspect: their rarity in Chinese at large is below this.
_TELLING = 0.4


def find_aspects(
    columns: Sequence[Sequence[int]], quotes: Sequence[Quote], vectors: NDArray[np.float32], *, topic: str
) -> tuple[Aspect, ...]:
    """Return the rows of a comparison, those that most columns share first.

    ``columns`` are positions in ``quotes``; ``vectors`` are theirs, of shape (quotes, d). Each quote stands in one
    row. Words shared across columns make rows greedily; what is left is paired by meaning or stands alone. A label
    is a word of its quotes and none of the topic's.
    """
    owner = {number: column for column, numbers in enumerate(columns) for number in numbers}
    asked = frozenset(content_words(fold(topic)))
    terms = {number: _terms(quotes[number], asked) for number in owner}
    rows = _shared_rows(owner, terms)
    left = [number for number in owner if not any(number in members for _, members in rows)]
    rows += _rest(left, owner, terms, vectors)
    return tuple(_aspect(label, members, owner, len(columns)) for label, members in rows)


def _terms(quote: Quote, asked: frozenset[str]) -> Mapping[str, float]:
    """Return the telling words of a quote with their weight: rare and long ones tell more."""
    view = fold(quote.text)
    nouns = [word for _, word, tag in tagged_words(view) if len(word) > 1 and tag[:1] in ("n", "j", "l", "i", "v")]
    words = [word for word in nouns if not any(word in other or other in word for other in asked)]
    return {word: rarity(word) * min(4, len(word)) for word in dict.fromkeys(words) if rarity(word) >= _TELLING}


def _shared_rows(owner: Mapping[int, int], terms: Mapping[int, Mapping[str, float]]) -> list[tuple[str, list[int]]]:
    """Take, again and again, the word that stands in the most columns, and the quotes that hold it."""
    rows: list[tuple[str, list[int]]] = []
    left = dict(owner)
    while True:
        holders: dict[str, list[int]] = {}
        for number in left:
            for word in terms[number]:
                holders.setdefault(word, []).append(number)
        shared = {word: numbers for word, numbers in holders.items() if len({owner[n] for n in numbers}) > 1}
        if not shared:
            return rows
        weight = {word: sum(terms[n][word] for n in numbers) for word, numbers in shared.items()}
        best = min(shared, key=lambda word: (-len({owner[n] for n in shared[word]}), -weight[word], word))
        rows.append((best, shared[best]))
        left = {number: column for number, column in left.items() if number not in shared[best]}


def _rest(
    left: Sequence[int],
    owner: Mapping[int, int],
    terms: Mapping[int, Mapping[str, float]],
    vectors: NDArray[np.float32],
) -> list[tuple[str, list[int]]]:
    """Return rows for quotes that share no word: pairs of one meaning, else each with its most telling word."""
    rows, done = [], set()
    for number in left:
        if number in done:
            continue
        partner = _partner(number, [n for n in left if n not in done], owner, vectors)
        members = [number, partner] if partner is not None else [number]
        done |= set(members)
        rows.append((_label(terms[number]), members))
    return _merge(rows)


def _partner(number: int, left: Sequence[int], owner: Mapping[int, int], vectors: NDArray[np.float32]) -> int | None:
    others = [other for other in left if owner[other] != owner[number]]
    nearest = max(others, key=lambda other: (float(vectors[number] @ vectors[other]), -other), default=None)
    if nearest is None or float(vectors[number] @ vectors[nearest]) < _SAME_MEANING:
        return None
    back = [other for other in left if owner[other] != owner[nearest]]
    mutual = max(back, key=lambda other: (float(vectors[nearest] @ vectors[other]), -other)) == number
    return nearest if mutual else None


def _label(terms: Mapping[str, float]) -> str:
    """Return the most telling word; a quote without one has no label."""
    return min(terms, key=lambda word: (-terms[word], word), default="")


def _merge(rows: Sequence[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    merged: dict[str, list[int]] = {}
    for label, members in rows:
        merged.setdefault(label, []).extend(members)
    return list(merged.items())


def _aspect(label: str, members: Sequence[int], owner: Mapping[int, int], columns: int) -> Aspect:
    cells = tuple(tuple(sorted(n for n in members if owner[n] == column)) for column in range(columns))
    return Aspect(label, cells)
