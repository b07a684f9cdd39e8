"""A system and questions → its figures: time, recall, memory."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from tests.benchmarks.memory import most_memory
from tests.benchmarks.rivals.datatypes import Piece, System
from tests.benchmarks.score import COVER, covered, match_documents

CUTS = (1, 5, 20)
BUDGET = 2500
# So many pieces hold the budget's characters, however short they are
_DEEP = 100

Place = tuple[str, int, int]


def measure(system: System, cases: Sequence[dict[str, Any]], folder: Path, *, kept: Path) -> dict[str, float]:
    """Return the figures of a system over the texts in a folder, measured in this process; what it keeps goes to ``kept``.

    Times are in seconds and milliseconds, memory in megabytes; recalls are shares, the mean over the questions.
    """
    names, texts = match_documents(cases, folder)
    started = time.perf_counter()
    system.index(texts, kept)
    seconds = time.perf_counter() - started
    system.search("预热", max(CUTS))
    rows = [_ask(system, case["turns"][0], names, texts) for case in cases]
    return {"index_seconds": seconds, **_means(rows), "peak_mb": most_memory()}


def core_evidence(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what an answer must quote; nothing where the documents don't answer."""
    return [row for row in turn.get("evidence", ()) if row["need"] == "core"] if turn["answerable"] else []


def _ask(system: System, turn: Mapping[str, Any], names: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, Any]:
    started = time.perf_counter()
    found = system.search(turn["q"], max(CUTS))
    elapsed = (time.perf_counter() - started) * 1000
    # Short pieces leave room in the budget that more of them fill; that search is not timed
    deep = system.search(turn["q"], _DEEP).pieces
    quotes = _places(found.quotes, texts)
    wanted = [_spans(row, names, texts) for row in core_evidence(turn)]
    return {
        "ms": elapsed,
        "lengths": [len(piece.text) for piece in found.pieces],
        **{f"recall@{cut}": _recall(wanted, _places(found.pieces[:cut], texts)) for cut in CUTS},
        f"recall_{BUDGET}": _recall(wanted, list(_first_characters(_places(deep, texts), BUDGET))),
        "quote_recall": _recall(wanted, quotes),
        "quote_characters": sum(end - start for _, start, end in quotes),
    }


def _places(pieces: Sequence[Piece], texts: Mapping[str, str]) -> list[Place]:
    """Return where pieces stand; stop where a system names a place that is not that of its words."""
    for piece in pieces:
        if piece.start < 0 or not texts[piece.document].startswith(piece.text, piece.start):
            raise click.ClickException(f"{piece.document}: {piece.text[:40]!r} does not stand at {piece.start}.")
    return [(piece.document, piece.start, piece.start + len(piece.text)) for piece in pieces]


def _spans(row: Mapping[str, Any], names: Mapping[str, str], texts: Mapping[str, str]) -> list[Place]:
    """Return every place where a row of evidence or one of its alternatives stands, as score.py takes them."""
    spans = []
    for quote in (row, *row.get("alt", ())):
        name, at = names[quote["doc"]], -1
        while (at := texts[name].find(quote["quote"], at + 1)) >= 0:
            spans.append((name, at, at + len(quote["quote"])))
    return spans


def _recall(wanted: Sequence[Sequence[Place]], places: Sequence[Place]) -> float:
    return statistics.mean(max(covered(span, places) for span in spans) >= COVER for spans in wanted)


def _first_characters(places: Sequence[Place], budget: int) -> Iterator[Place]:
    """Yield the places that a budget of characters holds, the last one cut where it ends."""
    for document, start, end in places:
        if budget <= 0:
            return
        yield document, start, min(end, start + budget)
        budget -= end - start


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    times = [row["ms"] for row in rows]
    lengths = [length for row in rows for length in row["lengths"]]
    means = {key: statistics.mean(row[key] for row in rows) for key in rows[0] if key not in ("ms", "lengths")}
    return {
        "median_ms": float(np.median(times)),
        "p95_ms": float(np.percentile(times, 95)),
        **means,
        "piece_characters": statistics.mean(lengths) if lengths else 0.0,
    }
