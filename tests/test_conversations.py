"""Conversations over city reports, played through ``take_turn``: who is meant in each turn, and every quote in its place.

The reports are official documents that do not come with the project: ``PLANS_CITY_REPORTS`` names a folder that holds
them as ``<city>.txt``. Without it these tests are skipped. ``tests/benchmarks/score.py`` gives all the figures.
"""

import json
import os
from pathlib import Path

import pytest

from assistant.chat import take_turn

CONVERSATIONS = Path(__file__).parent / "conversations" / "city_reports.jsonl"
REPORTS = os.environ.get("PLANS_CITY_REPORTS", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REPORTS, reason="PLANS_CITY_REPORTS names no folder of city reports"),
]


def conversations():
    return [json.loads(line) for line in CONVERSATIONS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Return (store, expected turn, turn) of every turn of every conversation."""
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.reranking import load_reader
    from vectorstore.store import build_store

    cities = {row["doc"] for case in conversations() for turn in case["turns"] for row in turn["evidence"]}
    roots = [Path(REPORTS) / f"{city}.txt" for city in sorted(cities)]
    folder = tmp_path_factory.mktemp("cities")
    store, errors = build_store(folder, roots, model=model_identity(), encoder=load_encoder, reader=load_reader)
    assert errors == ()
    rows = []
    for case in conversations():
        history = ()
        for expected in case["turns"]:
            history = (*history, take_turn(expected["q"], history, store))
            rows.append((store, expected, history[-1]))
    return rows


def test_the_cities_meant_are_understood_through_the_conversation(played):
    named = [(expected, turn) for _, expected, turn in played if expected["districts"]]
    right = [set(turn.answer.districts) == set(expected["districts"]) for expected, turn in named]
    assert sum(right) / len(right) >= 0.95


def test_every_quote_stands_at_its_place(played):
    for store, _, turn in played:
        for quote in turn.answer.quotes:
            assert quote.text == quote.span.of(store.document(quote.document).text)


def test_no_quote_of_a_comparison_comes_from_another_city(played):
    for _, _, turn in played:
        comparison = turn.answer.comparison
        for cell in comparison.cells if comparison and comparison.by == "district" else ():
            assert {turn.answer.quotes[number].district for number in cell.quotes} <= {cell.label}
