"""Print how well passages are found: ``python -m tests.benchmarks.retrieval --help``.

Recall of answering passages among the first 1 and 5, for each encoder named, words alone, and both fused alike (the
product also ranks sentences, and weighs: ``vectorstore/retrieval.py``): over the twelve held-out plan documents, each alone and all together, and over the paragraphs of CMRC 2018's development
set. A question counts by the share of its answering sentences that stand in the first passages.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.results import kept
from vectorstore.embeddings import Encoder, load_encoder
from vectorstore.index_parts import chunk_text
from vectorstore.lexical import LexicalIndex
from vectorstore.training.examples import Corpus, held_out_documents, read_corpus, read_rows

CUTS = (1, 5)
_RRF = 60.0

# gold[q][t]: the share of question q's evidence that text t holds
Scores = NDArray[np.float32]


@click.command(help=__doc__)
@click.option("--questions", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--documents", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--general", type=click.Path(exists=True, path_type=Path), help="CMRC 2018 development set.")
@click.option("--model", "models", multiple=True, default=("",), help="An encoder's folder; the bundled one if none.")
@kept("retrieval")
def main(questions: Path, documents: Path, general: Path | None, models: tuple[str, ...]) -> None:
    """Rank and print the table."""
    corpus = read_corpus([questions], [documents])
    names = sorted(held_out_documents(row["doc"] for row in read_rows(questions)))
    click.echo(f"{'texts':34} {'ranking':28} " + " ".join(f"recall@{cut}" for cut in CUTS))
    encoders = {model or "bundled": load_encoder(model or None) for model in models}
    _print_rows("held-out plans, all together", [_set_of(corpus, names)], encoders)
    _print_rows("held-out plans, each alone", [_set_of(corpus, [name]) for name in names], encoders)
    if general:
        _print_rows("CMRC 2018 dev", [_general_set(general)], encoders)


Set = tuple[list[str], list[str], Scores]


def _set_of(corpus: Corpus, names: Sequence[str]) -> Set:
    asked = [a for a in corpus.of(names) if a.gold]
    chunks = [(name, chunk) for name in names for chunk in corpus.chunks[name]]
    texts = [chunk_text(corpus.documents[name], chunk) for name, chunk in chunks]
    gold = np.zeros((len(asked), len(texts)), dtype=np.float32)
    for row, question in enumerate(asked):
        for column, (name, chunk) in enumerate(chunks):
            if name == question.document:
                inside = sum(chunk.first <= number <= chunk.last for number in question.gold)
                gold[row, column] = inside / len(question.gold)
    return [question.text for question in asked], texts, gold


def _general_set(path: Path) -> Set:
    rows = [row for row in read_rows(path) if row["answer_start"] >= 0]
    contexts = list(dict.fromkeys(row["context"] for row in rows))
    place = {context: n for n, context in enumerate(contexts)}
    gold = np.zeros((len(rows), len(contexts)), dtype=np.float32)
    for n, row in enumerate(rows):
        gold[n, place[row["context"]]] = 1.0
    return [row["question"] for row in rows], contexts, gold


def _print_rows(name: str, sets: Sequence[Set], encoders: dict[str, Encoder]) -> None:
    found: dict[str, list[NDArray[np.float32]]] = {}
    for questions, texts, gold in sets:
        words = _word_scores(questions, texts)
        _add(found, "words", gold, words)
        for label, encoder in encoders.items():
            near = encoder.encode_questions(questions) @ encoder.encode_passages(texts).T
            _add(found, f"vectors, {Path(label).name}", gold, near)
            _add(found, f"fused, {Path(label).name}", gold, _fused(words, near))
    for label, recalls in found.items():
        means = np.concatenate(recalls).mean(axis=0)
        click.echo(f"{name:34} {label:28} " + " ".join(f"{mean:8.3f}" for mean in means))


def _word_scores(questions: Sequence[str], texts: Sequence[str]) -> Scores:
    index = LexicalIndex.build(texts)
    return np.stack([index.scores(question) for question in questions])


def _fused(*scores: Scores) -> Scores:
    ranks = [np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable") for score in scores]
    fused: Scores = np.sum([1 / (_RRF + 1 + rank) for rank in ranks], axis=0)
    return fused


def _add(found: dict[str, list[NDArray[np.float32]]], label: str, gold: Scores, scores: Scores) -> None:
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(gold, order, axis=1)
    recalls = np.stack([ranked[:, :cut].sum(axis=1) for cut in CUTS], axis=1)
    found.setdefault(label, []).append(recalls)


if __name__ == "__main__":
    main()
