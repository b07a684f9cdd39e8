"""Quotes of each part of a question → Comparison: the parts side by side, the silent ones said to be so."""

from collections.abc import Sequence

from assistant.datatypes import Cell, Comparison, Question, Quote
from vectorstore.datatypes import Period
from vectorstore.store import VectorStore


def compare(question: Question, parts: Sequence[Sequence[Quote]], store: VectorStore | None) -> Comparison:
    """Return one cell a part, in the question's order; ``parts`` are the quotes of each, in the answer's order."""
    cells, start = [], 0
    for facet, quotes in zip(question.facets, parts, strict=True):
        cells.append(Cell(facet.label, tuple(range(start, start + len(quotes)))))
        start += len(quotes)
    by_district = len(question.districts) > 1
    differ = by_district and store is not None and _periods_differ(parts, store)
    return Comparison("district" if by_district else "period", tuple(cells), differ)


def _periods_differ(parts: Sequence[Sequence[Quote]], store: VectorStore) -> bool:
    """Tell whether some two parts speak of times that do not overlap: a 2020 report beside a 2023-2025 plan."""
    periods = [_periods(quotes, store) for quotes in parts if quotes]
    pairs = ((first, second) for n, first in enumerate(periods) for second in periods[n + 1 :])
    return any(first and second and not _overlap(first, second) for first, second in pairs)


def _periods(quotes: Sequence[Quote], store: VectorStore) -> list[Period]:
    said = (store.document(quote.document).provenance.period for quote in quotes)
    return [period for period in said if period]


def _overlap(first: Sequence[Period], second: Sequence[Period]) -> bool:
    return any(a.start <= b.end and b.start <= a.end for a in first for b in second)
