"""Train what tells questions about plans from all else: ``python -m assistant.training.train_off_topic --help``.

Logistic regression over the vectors of topics (what a question searches for), questions over the training documents
against small talk, errands and general knowledge. The threshold lets 99.5 % of the questions pass, each judged by a model
that has not seen it.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from assistant.off_topic import MODEL, OffTopic
from assistant.questions import read_question
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.store import VectorStore
from vectorstore.training.examples import held_out_documents, read_rows

FOLDS = 10
KEEP = 0.995
# Weak: 384 numbers of unit vectors can only be told apart with large weights
INVERSE_PENALTY = 100.0


@click.command(help=__doc__)
@click.option("--questions", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--off-topic", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--store", required=True, type=click.Path(exists=True, path_type=Path), help="Of the training documents.")
@click.option("--output", type=click.Path(path_type=Path), default=MODEL, show_default=True)
def main(*, questions: tuple[Path, ...], off_topic: Path, store: Path, output: Path) -> None:
    """Train, choose the threshold, print the figures, write the model."""
    opened = VectorStore.open(store, encoder=load_encoder, model=model_identity())
    rows = [row for path in questions for row in read_rows(path)]
    held_out = held_out_documents(row["doc"] for row in read_rows(questions[0]))
    train = _vectors([row["q"] for row in rows if row["doc"] not in held_out], opened)
    test = _vectors([row["q"] for row in rows if row["doc"] in held_out], opened)
    off = _vectors([row["q"] for row in read_rows(off_topic)], opened)
    model, unseen = _fit(train, off)
    click.echo(f"{len(train)} questions: {(unseen[: len(train)] <= model.threshold).mean():.3f} pass, unseen")
    click.echo(f"{len(off)} on other subjects: {(unseen[len(train) :] > model.threshold).mean():.3f} refused, unseen")
    click.echo(f"{len(test)} over held-out documents: {(model.probability(test) <= model.threshold).mean():.3f} pass")
    np.savez_compressed(output, encoder=model.encoder, weights=model.weights, threshold=model.threshold)
    click.echo(f"wrote {output}")


def _vectors(texts: Sequence[str], store: VectorStore) -> NDArray[np.float32]:
    topics = [read_question(text, (), store).topic for text in texts]
    return load_encoder().encode_questions(topics).astype(np.float32)


def _fit(questions: NDArray[np.float32], off: NDArray[np.float32]) -> tuple[OffTopic, NDArray[np.float64]]:
    """Return the model, and the probability of each example from one that has not seen it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    vectors = np.concatenate([questions, off])
    labels = np.repeat([0, 1], [len(questions), len(off)])
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000, class_weight="balanced")
    unseen: NDArray[np.float64] = cross_val_predict(regression, vectors, labels, cv=FOLDS, method="predict_proba")[:, 1]
    regression.fit(vectors, labels)
    weights = np.append(regression.coef_[0], regression.intercept_[0]).astype(np.float64)
    threshold = float(np.quantile(unseen[: len(questions)], KEEP))
    return OffTopic(model_identity(), weights, threshold), unseen


if __name__ == "__main__":
    main()
