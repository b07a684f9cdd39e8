"""Quotes of each part of a question → Comparison: the parts side by side, the silent ones said to be so."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.aspects import find_aspects, shared_words
from assistant.datatypes import Aspect, Cell, Comparison, Figure, Question, Quote
from assistant.figures import find_figures
from vectorstore.datatypes import Period
from vectorstore.store import VectorStore

_ONE_THING = ("figure", "when", "who")


def compare(question: Question, parts: Sequence[Sequence[Quote]], store: VectorStore) -> Comparison:
    """Return one cell a part, in the question's order; ``parts`` are the quotes of each, in the answer's order."""
    cells, start = [], 0
    for facet, found in zip(question.facets, parts, strict=True):
        cells.append(Cell(facet.label, tuple(range(start, start + len(found)))))
        start += len(found)
    quotes = [quote for found in parts for quote in found]
    columns = [cell.quotes for cell in cells]
    aspects = _aspects(question, columns, quotes, store)
    return Comparison(
        by="district" if len(question.districts) > 1 else "period",
        cells=tuple(cells),
        aspects=aspects,
        figures=_comparable(find_figures(quotes), aspects),
        periods_differ=len(question.districts) > 1 and _periods_differ(parts, store),
    )


def _aspects(
    question: Question, columns: Sequence[Sequence[int]], quotes: Sequence[Quote], store: VectorStore
) -> tuple[Aspect, ...]:
    """Return the rows; one where a figure, a date or a body is asked for, as that is what is set side by side."""
    if not quotes:
        return ()
    if question.asks in _ONE_THING:
        texts = ["".join(quotes[number].text for number in numbers) for numbers in columns if numbers]
        return (Aspect(shared_words(question.topic, texts), tuple(tuple(numbers) for numbers in columns)),)
    return find_aspects(columns, quotes, _vectors(quotes, store), topic=question.topic)


def _vectors(quotes: Sequence[Quote], store: VectorStore) -> NDArray[np.float32]:
    """Return the vectors of the quotes' first sentences: shape (quotes, d)."""
    places = []
    for quote in quotes:
        sentences = store.document(quote.document).sentences
        number = next(n for n, sentence in enumerate(sentences) if sentence.span.start == quote.span.start)
        places.append((quote.document, number))
    return store.sentence_vectors(places)


def _comparable(figures: Sequence[Figure], aspects: Sequence[Aspect]) -> tuple[Figure, ...]:
    """Return the numbers whose unit stands in several columns of one row."""
    kept: dict[Figure, None] = {}
    for aspect in aspects:
        column = {number: place for place, numbers in enumerate(aspect.cells) for number in numbers}
        here = [figure for figure in figures if figure.quote in column]
        for unit in dict.fromkeys(figure.unit for figure in here):
            same = [figure for figure in here if figure.unit == unit]
            if len({column[figure.quote] for figure in same}) > 1:
                kept.update(dict.fromkeys(same))
    return tuple(kept)


def _periods_differ(parts: Sequence[Sequence[Quote]], store: VectorStore) -> bool:
    """Tell whether some two parts speak of times that do not overlap: a 2020 report beside a 2023-2025 plan."""
    periods = [_periods(quotes, store) for quotes in parts if quotes]
    pairs = ((first, second) for n, first in enumerate(periods) for second in periods[n + 1 :])
    return any(first and second and not _overlap(first, second) for first, second in pairs)


def _periods(quotes: Sequence[Quote], store: VectorStore) -> list[Period]:
    said = (store.document(quote.document).provenance.period for quote in quotes)
    return [period for period in said if period]


def _overlap(first: Sequence[Period], second: Sequence[Period]) -> bool:
    return any(a.overlaps(b) for a in first for b in second)
