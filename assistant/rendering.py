"""Answers → what a terminal or a program reads."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from assistant.datatypes import Answer, Cell, Comparison, Question, Quote
from assistant.places import read_places
from assistant.wording import say
from vectorstore.datatypes import Document, Scope
from vectorstore.provenance import display_title
from vectorstore.store import VectorStore

_PASSAGES = 50


def answer_record(answer: Answer, store: VectorStore, *, milliseconds: float | None = None) -> dict[str, Any]:
    """Return an answer as JSON values: places are code points of the file, ``document`` is its path in the folder."""
    record: dict[str, Any] = {
        "found": answer.found,
        "districts": list(answer.districts),
        "quotes": [_quote_record(quote, store) for quote in answer.quotes],
        "passages": [
            {"document": _path(hit.chunk.document, store), "start": hit.chunk.span.start, "end": hit.chunk.span.end}
            for hit in answer.passages[:_PASSAGES]
        ],
        "comparison": _comparison_record(answer),
        "aspects": _aspect_records(answer),
        "figures": _figure_records(answer),
        "reason": answer.reason,
        "nearest": [_quote_record(quote, store) for quote in answer.nearest],
        "elsewhere": list(answer.elsewhere),
    }
    if milliseconds is not None:
        record["ms"] = round(milliseconds, 1)
    return record


def document_record(document: Document, store: VectorStore) -> dict[str, Any]:
    """Return what is known of a document as JSON values; unknown is null."""
    said = document.provenance
    return {
        "document": document.path,
        "title": said.title,
        "district": said.district,
        "parent": said.parent,
        "issuer": said.issuer,
        "date": said.date,
        "period": str(said.period) if said.period else None,
        "kind": said.kind,
        "passages": len(store.chunks_of(document.id)),
    }


def answer_text(answer: Answer, store: VectorStore) -> str:
    """Return an answer for a terminal: numbered quotes with their places, or why there is none and what is nearest."""
    if not answer.found:
        return _not_found_text(answer, store)
    if answer.comparison:
        blocks = _aspects_text(answer.comparison) + [_cell_text(cell, answer) for cell in answer.comparison.cells]
        note = [say().PERIODS_DIFFER] if answer.comparison.periods_differ else []
        return "\n\n".join([*blocks, *note])
    return "\n\n".join(_quote_text(number, quote) for number, quote in enumerate(answer.quotes, 1))


def document_text(document: Document, store: VectorStore) -> str:
    """Return a line about a document."""
    said = document.provenance
    parts = (
        said.parent,
        said.district,
        display_title(said, document.id),
        str(said.period or ""),
        say().kind_word(said.kind),
    )
    return f"{' · '.join(part for part in parts if part)}  [{document.path}, {len(store.chunks_of(document.id))} 段]"


def understood_labels(question: Question) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of the districts, periods, topic and kind of answer that were understood, as far as there are any."""
    labels = (
        (say().ABOUT_DISTRICT, "、".join(question.districts)),
        (say().ABOUT_PERIOD, "、".join(understood_periods(question))),
        (say().ABOUT_TOPIC, question.topic),
        (say().ABOUT_ASKS, say().ASKS[question.asks]),
    )
    return tuple((name, value) for name, value in labels if value.strip())


def scope_labels(scope: Scope) -> tuple[str, ...]:
    """Return what questions are restricted to, in words; nothing where they are not."""
    years = (say().year_text(str(year)) for year in scope.years)
    kinds = (say().kind_word(kind) for kind in scope.kinds)
    return (*scope.districts, *years, *kinds, *scope.documents)


def quote_with_source(quote: Quote) -> str:
    """Return a quote and where it stands, to be put into another text."""
    path = "".join(f" › {heading}" for heading in quote.path)
    return f"“{quote.text}” —— {quote.title}{path} · {say().place_text(quote.paragraph, quote.page)}"


def understood_periods(question: Question) -> list[str]:
    """Return the periods that the parts of a question are about, in its words; without any, its years."""
    periods = list(dict.fromkeys(facet.period for facet in question.facets if facet.period))
    return periods or [say().year_text(str(year)) for year in question.years]


def _not_found_text(answer: Answer, store: VectorStore) -> str:
    lines = [say().reason_text(answer, [place.name for place in read_places(store.documents)])]
    if answer.elsewhere:
        lines.append(say().elsewhere_text(answer.elsewhere))
    if answer.nearest:
        lines += [f"{say().NEAREST}:", *(f"  · {_source(quote)}\n    {quote.text}" for quote in answer.nearest)]
    return "\n".join(lines)


def _aspects_text(comparison: Comparison) -> list[str]:
    """Return a line for each aspect, with the numbers of its quotes column by column, where there are several."""
    if len(comparison.aspects) < 2:
        return []
    labels = [cell.label for cell in comparison.cells]
    rows = [(aspect.label, zip(labels, aspect.cells, strict=True)) for aspect in comparison.aspects]
    return ["\n".join(f"{label or say().NOT_KNOWN}: {_columns_text(columns)}" for label, columns in rows)]


def _columns_text(columns: Iterable[tuple[str, Sequence[int]]]) -> str:
    return " · ".join(
        f"{label} {''.join(f'[{n + 1}]' for n in numbers) or say().NOT_MENTIONED}" for label, numbers in columns
    )


def _cell_text(cell: Cell, answer: Answer) -> str:
    body = [_quote_text(number + 1, answer.quotes[number]) for number in cell.quotes] or [f"  {say().NOT_MENTIONED}"]
    return "\n".join([f"【{cell.label}】", *body])


def _quote_text(number: int, quote: Quote) -> str:
    return f"[{number}] “{quote.text}”\n    —— {_source(quote)}"


def _source(quote: Quote) -> str:
    path = " › ".join(quote.path)
    return f"{quote.title}{' › ' + path if path else ''} · {say().place_text(quote.paragraph, quote.page)} ({quote.document}:{quote.span.start}-{quote.span.end})"


def _quote_record(quote: Quote, store: VectorStore) -> dict[str, Any]:
    return {
        "document": _path(quote.document, store),
        "start": quote.span.start,
        "end": quote.span.end,
        "text": quote.text,
        "district": quote.district,
        "title": quote.title,
        "path": list(quote.path),
        "paragraph": quote.paragraph,
        "page": quote.page,
    }


def _comparison_record(answer: Answer) -> list[dict[str, Any]] | None:
    """Return a row a column; columns that are periods of one district name both."""
    comparison = answer.comparison
    if comparison is None:
        return None
    rows = []
    for facet, cell in zip(answer.question.facets, comparison.cells, strict=True):
        row: dict[str, Any] = {"district": facet.scope.districts[0], "found": cell.found, "quotes": list(cell.quotes)}
        rows.append(row if comparison.by == "district" else {**row, "period": cell.label})
    return rows


def _aspect_records(answer: Answer) -> list[dict[str, Any]]:
    aspects = answer.comparison.aspects if answer.comparison else ()
    return [{"label": aspect.label, "cells": [list(numbers) for numbers in aspect.cells]} for aspect in aspects]


def _figure_records(answer: Answer) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in answer.comparison.figures] if answer.comparison else []


def _path(document: str, store: VectorStore) -> str:
    return store.document(document).path
