"""Print how long answers take, stage by stage: ``python -m tests.benchmarks.stages [CONVERSATIONS] [--documents FOLDER]``.

CONVERSATIONS is a file as ``plans ask --batch`` takes it; without it questions are made from the documents' headings.
Stages are those of one answer: understand the question, encode it, retrieve, describe the candidate sentences, weigh them,
have the likeliest passages read, choose.
"""

import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from assistant.chat import take_turn
from assistant.collection import SEEDS
from assistant.datatypes import Question
from assistant.evidence import describe, find_candidates
from assistant.judgements import Part, judge
from assistant.questions import read_question
from assistant.selection import READING_MODEL, choose, load_selector
from tests.benchmarks.results import kept
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store


@click.command(help=__doc__)
@click.argument("conversations", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--documents", default=SEEDS, type=click.Path(exists=True, path_type=Path), show_default="the seeds")
@kept("stages")
def main(conversations: Path | None, documents: Path) -> None:
    """Index the documents, ask the questions, print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        store, _ = build_store(
            Path(folder), [documents], model=model_identity(), encoder=load_encoder, reader=load_reader
        )
        sentences = sum(len(document.sentences) for document in store.documents)
        seconds = time.perf_counter() - started
        print(
            f"index: {len(store.documents)} documents, {len(store.chunks)} passages, {sentences} sentences, {seconds:.1f} s"
        )
        take_turn("预热", (), store)
        questions = _questions_of(conversations) if conversations else list(_made_questions(store))
        _print_stages(questions, store)


def _questions_of(conversations: Path) -> list[str]:
    rows = (json.loads(line) for line in conversations.read_text(encoding="utf-8").splitlines() if line.strip())
    return [turn["q"] for row in rows for turn in row["turns"]]


def _made_questions(store: VectorStore) -> Iterator[str]:
    for document in store.documents:
        for section in document.sections[:20]:
            yield f"{document.provenance.district or ''}{section.heading.of(document.text)[:20]}有哪些举措?"


def _print_stages(questions: list[str], store: VectorStore) -> None:
    times: dict[str, list[float]] = defaultdict(list)
    for text in questions:
        _time_stages(text, store, times)
    # Not in one loop: the reader remembers what it has just read
    for text in questions:
        _timed("whole answer", times, lambda text=text: take_turn(text, (), store))
    print(f"\n{'stage':14} {'median ms':>10} {'95th ms':>10}   over {len(questions)} questions, each alone")
    for stage, values in times.items():
        ordered = sorted(values)
        print(f"{stage:14} {statistics.median(ordered):10.1f} {ordered[int(len(ordered) * 0.95)]:10.1f}")


def _time_stages(text: str, store: VectorStore, times: dict[str, list[float]]) -> None:
    question: Question = _timed("understand", times, lambda: read_question(text, (), store))
    facet = question.facets[0]
    vector = _timed("encode", times, lambda: store.encode(question.topic))
    hits = _timed("retrieve", times, lambda: store.retrieve(question.topic, scope=facet.scope, limit=90, vector=vector))
    candidates = find_candidates(question, hits, store)
    features = _timed("describe", times, lambda: describe(question, facet, candidates, store, vector))
    first = _timed("weigh", times, lambda: load_selector().probabilities(features))
    (judgement,) = _timed("read", times, lambda: judge(question, [Part(facet, candidates, first)], store))
    selector = load_selector(READING_MODEL)
    judged = np.hstack([features, judgement.columns])
    weight = selector.recall_weight
    _timed("choose", times, lambda: choose(selector.probabilities(judged), recall_weight=weight))


def _timed(stage: str, times: dict[str, list[float]], work: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    result = work()
    times[stage].append((time.perf_counter() - started) * 1000)
    return result


if __name__ == "__main__":
    main()
