"""Conversations and comparisons → files to take along, in which quotations stand character for character."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, get_args

from assistant.datatypes import Answer, Aspect, Comparison, Question, Quote, Turn, Verdict
from assistant.formats import (
    Heading,
    Part,
    Quotation,
    Remark,
    Table,
    csv_bytes,
    encodable,
    markdown_text,
    word_bytes,
    workbook_bytes,
)
from assistant.rendering import understood_labels, understood_periods
from assistant.wording import say

_VERDICTS = get_args(Verdict)


def conversation_markdown(title: str, turns: Sequence[Turn]) -> str:
    """Return a conversation as Markdown: questions, how they were understood, and numbered quotes with their places."""
    return markdown_text(_conversation(title, turns))


def conversation_docx(title: str, turns: Sequence[Turn]) -> bytes:
    """Return a conversation as a Word document, with the same content as in Markdown."""
    return word_bytes(_conversation(title, turns))


def conversation_json(title: str, turns: Sequence[Turn]) -> str:
    """Return a conversation as JSON: ``start`` and ``end`` are code points, numbers of quotes count from 0."""
    record = {"title": title, "turns": [_turn_record(turn) for turn in turns]}
    return encodable(json.dumps(record, ensure_ascii=False, indent=1))


def comparison_csv(answer: Answer) -> bytes:
    """Return a comparison as CSV: aspects by columns, then the quotes, then the figures, an empty row between them.

    UTF-8 with a byte-order mark; a text that begins with = + - or @ gets an apostrophe in front, so that it does
    not become a formula. Raise ValueError for an answer that compares nothing.
    """
    return csv_bytes(_tables(answer))


def comparison_xlsx(answer: Answer) -> bytes:
    """Return a comparison as an Excel workbook with a sheet for the aspects, the quotes and the figures, if any.

    Raise ValueError for an answer that compares nothing.
    """
    return workbook_bytes(_tables(answer))


def comparison_docx(answer: Answer) -> bytes:
    """Return a comparison as a Word document of the same tables; raise ValueError for an answer that compares nothing."""
    parts: list[Part] = [Heading(answer.question.text, 0)]
    for table in _tables(answer):
        parts += [Heading(table.name, 1), table]
    return word_bytes(parts, landscape=True)


def judged_cases(title: str, turns: Sequence[Turn], verdicts: Mapping[int, str]) -> str:
    """Return the judged turns of a conversation as one line of a gold set (without line break); "" if none is judged.

    ``verdicts`` go by the number of the turn, from 0. Turns before the last judged one stay, as follow-ups need them.
    A turn with the key ``verdict`` is to be completed by a person. Raise ValueError for a verdict that is none.
    """
    unknown = sorted(set(verdicts.values()) - set(_VERDICTS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such verdict; use one of {', '.join(_VERDICTS)}")
    last = max((number for number in range(len(turns)) if number in verdicts), default=-1)
    if last < 0:
        return ""
    kept = turns[: last + 1]
    cases = [_case_turn(turn, verdicts.get(number)) for number, turn in enumerate(kept)]
    record = {"id": _case_id(title, kept), "kind": _case_kind(kept, cases), "turns": cases}
    return encodable(json.dumps(record, ensure_ascii=False))


def _conversation(title: str, turns: Sequence[Turn]) -> Iterator[Part]:
    yield Heading(title, 0)
    for number, turn in enumerate(turns, 1):
        yield Heading(f"{number}. {turn.question.text}", 1)
        yield Remark(_understood_text(turn.question))
        yield from _answer_parts(turn.answer)


def _understood_text(question: Question) -> str:
    corrected = "、".join(meant for _, meant in question.corrected)
    labels = (*understood_labels(question), *(((say().ABOUT_CORRECTED, corrected),) if corrected.strip() else ()))
    said = [f"{name}：{value}" for name, value in labels]
    return " · ".join([*said, *map(say().carried_text, question.carried)])


def _answer_parts(answer: Answer) -> Iterator[Part]:
    if not answer.found:
        yield from _not_found(answer)
    elif answer.comparison:
        yield from _compared(answer, answer.comparison)
    else:
        yield from (_quotation(quote, number) for number, quote in enumerate(answer.quotes, 1))


def _not_found(answer: Answer) -> Iterator[Part]:
    yield Remark(say().reason_text(answer, (say().KNOWN_DISTRICTS,)))
    if answer.elsewhere:
        yield Remark(say().elsewhere_text(answer.elsewhere))
    if answer.nearest:
        yield Remark(f"{say().NEAREST}：")
        yield from (Quotation(quote.text, _source(quote)) for quote in answer.nearest)


def _compared(answer: Answer, comparison: Comparison) -> Iterator[Part]:
    yield _aspects(comparison, lambda number: f"[{number + 1}]", between=" ")
    for cell in comparison.cells:
        yield Heading(cell.label, 2)
        yield from (_quotation(answer.quotes[number], number + 1) for number in cell.quotes)
        if not cell.found:
            yield Remark(say().NOT_MENTIONED)


def _quotation(quote: Quote, number: int) -> Quotation:
    return Quotation(quote.text, f"[{number}] {_source(quote)}")


def _source(quote: Quote) -> str:
    place = f"{quote.document}:{quote.span.start}-{quote.span.end}"
    parts = (quote.title, quote.district, " › ".join(quote.path), say().place_text(quote.paragraph, quote.page), place)
    return f"—— {' · '.join(part for part in parts if part)}"


def _tables(answer: Answer) -> list[Table]:
    comparison = answer.comparison
    if comparison is None:
        raise ValueError(f"{answer.question.text[:40]}: this answer compares nothing, so it has no table")
    columns = {number: cell.label for cell in comparison.cells for number in cell.quotes}
    rows = tuple(_quote_row(number, quote, columns[number]) for number, quote in enumerate(answer.quotes))
    figures = tuple((f.measure, f.value, f.unit, f.written, columns[f.quote], f.quote + 1) for f in comparison.figures)
    quoted = _aspects(comparison, lambda n: f"[{n + 1}] {answer.quotes[n].text}\n{_source(answer.quotes[n])}")
    return [
        quoted,
        Table(say().QUOTES, say().QUOTE_HEAD, rows),
        *([Table(say().FIGURES, say().FIGURE_HEAD, figures)] if figures else []),
    ]


def _aspects(comparison: Comparison, show: Callable[[int], str], *, between: str = "\n") -> Table:
    """Return aspects by columns; a comparison without any has one row, so that the silent columns are seen."""
    aspects = comparison.aspects or (Aspect("", tuple(cell.quotes for cell in comparison.cells)),)
    rows = tuple(
        (
            aspect.label or say().NOT_KNOWN,
            *(between.join(map(show, numbers)) or say().NOT_MENTIONED for numbers in aspect.cells),
        )
        for aspect in aspects
    )
    head = (say().ASPECT, *(cell.label for cell in comparison.cells))
    return Table(say().SIDE_BY_SIDE, head, rows, say().PERIODS_DIFFER if comparison.periods_differ else "")


def _quote_row(number: int, quote: Quote, column: str) -> tuple[str | int, ...]:
    source = (quote.title, quote.district or say().NOT_KNOWN, " › ".join(quote.path), quote.paragraph, quote.page or "")
    return (number + 1, column, quote.text, *source, quote.document, quote.span.start, quote.span.end)


def _turn_record(turn: Turn) -> dict[str, Any]:
    question, answer = turn.question, turn.answer
    return {
        "question": question.text,
        "understood": {
            "districts": list(question.districts),
            "periods": understood_periods(question),
            "topic": question.topic,
            "asks": question.asks,
            "carried": [asdict(carried) for carried in question.carried],
        },
        "found": answer.found,
        "reason": answer.reason,
        "quotes": [_quote_record(quote) for quote in answer.quotes],
        "comparison": asdict(answer.comparison) if answer.comparison else None,
        "nearest": [_quote_record(quote) for quote in answer.nearest],
    }


def _quote_record(quote: Quote) -> dict[str, Any]:
    place = {"document": quote.document, "start": quote.span.start, "end": quote.span.end}
    source = {
        "title": quote.title, "district": quote.district, "path": list(quote.path), "paragraph": quote.paragraph,
        "page": quote.page,
    }  # fmt: skip
    return {"text": quote.text, **place, **source}


def _case_turn(turn: Turn, verdict: str | None) -> dict[str, Any]:
    """Return a turn of a gold set; only an answer that was called good is evidence, of places and of districts."""
    question, answer = turn.question, turn.answer
    good = verdict == "good"
    answerable = answer.found if good or verdict is None else verdict != "should-not-answer"
    case = {
        "q": question.text,
        "answerable": answerable,
        "districts": list(answer.districts if good else question.districts),
        "evidence": [{"doc": q.document, "quote": q.text, "need": "core"} for q in answer.quotes if good],
        "must": [],
    }
    silent = _silent(answer) if good else []
    unfinished = {} if good or verdict == "should-not-answer" else {"verdict": verdict}
    return {**case, **({"silent": silent} if silent else {}), **unfinished}


def _silent(answer: Answer) -> list[str]:
    comparison = answer.comparison
    if comparison is None or comparison.by != "district" or not answer.found:
        return []
    return [
        facet.scope.districts[0]
        for facet, cell in zip(answer.question.facets, comparison.cells, strict=True)
        if not cell.found
    ]


def _case_kind(turns: Sequence[Turn], cases: Sequence[Mapping[str, Any]]) -> str:
    question = turns[0].question
    if len(turns) > 1:
        return "followup"
    if not cases[0]["answerable"]:
        return "unanswerable"
    if question.compares:
        return "compare" if len(question.districts) > 1 else "timeline"
    return "fact" if question.asks == "figure" else question.asks


def _case_id(title: str, turns: Sequence[Turn]) -> str:
    words = "\n".join([title, *(turn.question.text for turn in turns)])
    return f"judged-{sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
