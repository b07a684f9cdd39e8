"""Train the selector on questions with known evidence: ``python -m assistant.training.train_selection --help``.

Reads questions and documents as (xz-compressed) JSON lines: ``{"id", "doc", "kind", "q", "quotes"}`` and
``{"doc", "text"}``. Twelve documents are held out for testing and never trained on; every threshold comes from
predictions for documents that the predicting model has not seen (five folds over the rest). Questions on other
subjects (``--off-topic``, rows with ``question``) teach the gate what no plan answers.
"""

import json
import lzma
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Facet, Question
from assistant.evidence import NAMES, Candidate, describe, find_candidates
from assistant.questions import read_question
from assistant.selection import MODEL, Selector, choose, gate_inputs
from vectorstore.datatypes import Document, Scope
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.store import VectorStore, build_store

HELD_OUT = 12
FOLDS = 5
# Share of answerable questions that the gate must let pass, on documents the model has not seen.
KEEP = 0.97
# Questions on other subjects, beside 500 near misses among the questions
OFF_TOPIC = 300
RECALL_WEIGHTS = (0.8, 1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class Example:
    """A question over one document: its candidates' features and which of them answer."""

    id: str
    document: str
    kind: str
    answerable: bool
    features: NDArray[np.float32]
    labels: NDArray[np.bool_]
    lengths: NDArray[np.float32]
    evidence: int


@click.command(help=__doc__)
@click.argument("questions", type=click.Path(exists=True, path_type=Path))
@click.argument("documents", type=click.Path(exists=True, path_type=Path))
@click.option("--off-topic", type=click.Path(exists=True, path_type=Path), help="Questions about anything else.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for the index and the features.")
@click.option("--output", type=click.Path(path_type=Path), default=MODEL, show_default=True)
def main(questions: Path, documents: Path, off_topic: Path | None, work: Path, output: Path) -> None:
    """Build the index, describe every candidate, train, choose the thresholds, print the figures, write the model."""
    store = _index(documents, work)
    rows = _read(questions) + (_off_topic(_read(off_topic), store) if off_topic else [])
    examples = list(_examples(rows, store))
    held_out = held_out_documents([document.id for document in store.documents])
    train = [example for example in examples if example.document not in held_out]
    test = [example for example in examples if example.document in held_out]
    unseen = _predict_unseen(train)
    selector = _fit_thresholds(_fit(train), train, unseen)
    _report("five folds, unseen documents", selector, train, unseen)
    _report("held-out documents", selector, test, [selector.probabilities(example.features) for example in test])
    _save(selector, output)


def held_out_documents(ids: Iterable[str]) -> frozenset[str]:
    """Return the documents never trained on: the twelve with the smallest digest of their names."""
    ordered = sorted(ids, key=lambda id_: sha256(id_.encode()).hexdigest())
    return frozenset(ordered[:HELD_OUT])


def _read(path: Path) -> list[dict[str, Any]]:
    opener: Callable[..., Any] = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _off_topic(rows: Sequence[dict[str, Any]], store: VectorStore) -> list[dict[str, Any]]:
    """Return some of the questions, spread evenly, each as an unanswerable one over one of the documents."""
    step = max(1, len(rows) // OFF_TOPIC)
    documents = [document.id for document in store.documents]
    return [
        {
            "id": f"off-{n}",
            "doc": documents[n % len(documents)],
            "kind": "off-topic",
            "q": row["question"],
            "quotes": [],
        }
        for n, row in enumerate(rows[::step])
    ]


def _index(documents: Path, work: Path) -> VectorStore:
    folder = work / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for row in _read(documents):
        (folder / f"{row['doc']}.txt").write_bytes(row["text"].encode("utf-8"))
    with click.progressbar(length=100, label="index") as bar:

        def show(stage: str, done: int, total: int) -> None:
            if stage == "embed":
                bar.update(done * 100 // total - bar.pos)

        return build_store(work / "store", [folder], model=model_identity(), encoder=load_encoder, on_progress=show)[0]


def _examples(rows: Sequence[dict[str, Any]], store: VectorStore) -> Iterable[Example]:
    with click.progressbar(rows, label="describe") as bar:
        for row in bar:
            yield _example(row, store)


def _example(row: dict[str, Any], store: VectorStore) -> Example:
    document = store.document(row["doc"])
    question, facet = _within(read_question(row["q"], (), store), document.id)
    vector = store.encode(question.topic)
    hits = store.retrieve(question.topic, scope=facet.scope, limit=30, vector=vector)
    candidates = find_candidates(question, hits, store)
    gold = {number for quote in row["quotes"] for number in _sentences_of(document, quote)}
    return Example(
        id=row["id"],
        document=document.id,
        kind=row["kind"],
        answerable=bool(row["quotes"]),
        features=describe(question, facet, candidates, store, vector),
        labels=np.array([candidate.number in gold for candidate in candidates]),
        lengths=_lengths(candidates),
        evidence=len(gold),
    )


def _within(question: Question, document: str) -> tuple[Question, Facet]:
    """Return the question asked of one document only, as if its district had been understood."""
    facet = Facet("", Scope(documents=(document,)), question.facets[0].period)
    return replace(question, facets=(facet,), compares=False), facet


def _sentences_of(document: Document, quote: str) -> list[int]:
    """Return the sentences at least half of which lies in some place where the quote stands."""
    found, at = [], document.text.find(quote)
    while at >= 0:
        for number, sentence in enumerate(document.sentences):
            shared = min(at + len(quote), sentence.span.end) - max(at, sentence.span.start)
            if shared > 0.5 * len(sentence.span):
                found.append(number)
        at = document.text.find(quote, at + 1)
    return found


def _lengths(candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    return np.array([len(candidate.sentence.span) for candidate in candidates], dtype=np.float32)


def _fit(examples: Sequence[Example]) -> Selector:
    from sklearn.ensemble import HistGradientBoostingClassifier

    features = np.concatenate([example.features for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=24, min_samples_leaf=60, l2_regularization=5.0,
        max_features=0.5, random_state=7, early_stopping=False,
    )  # fmt: skip
    model.fit(features, labels)
    return _export(model)


def _export(model: Any) -> Selector:
    """Return a scikit-learn model's trees as plain arrays, so that answering needs no pickle."""
    trees = [stage[0].nodes for stage in model._predictors]
    size = max(len(nodes) for nodes in trees)
    shape = (len(trees), size)
    feature, left, right = np.full(shape, -1, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    threshold, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for row, nodes in enumerate(trees):
        inner = nodes["is_leaf"] == 0
        part = slice(0, len(nodes))
        feature[row, part] = np.where(inner, nodes["feature_idx"], -1)
        threshold[row, part] = np.where(inner, nodes["num_threshold"], 0)
        left[row, part], right[row, part] = nodes["left"], nodes["right"]
        value[row, part] = np.where(inner, 0, nodes["value"])
    bias = float(np.ravel(model._baseline_prediction)[0])
    gate = np.zeros(1, np.float64)
    return Selector(NAMES, feature, threshold, left, right, value, bias, gate, 0.5, 1.0)


def _predict_unseen(examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    """Return each example's probabilities from a model that has not seen its document."""
    documents = sorted({example.document for example in examples})
    fold = {document: place % FOLDS for place, document in enumerate(documents)}
    unseen: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(examples)
    for number in range(FOLDS):
        selector = _fit([example for example in examples if fold[example.document] != number])
        for place, example in enumerate(examples):
            if fold[example.document] == number:
                unseen[place] = selector.probabilities(example.features)
    return unseen


def _fit_thresholds(selector: Selector, examples: Sequence[Example], unseen: Sequence[NDArray[np.float32]]) -> Selector:
    """Return the selector with its gate and the weight of recall chosen on predictions for unseen documents."""
    from sklearn.linear_model import LogisticRegression

    pairs = [(e, p) for e, p in zip(examples, unseen, strict=True) if len(p)]
    inputs = np.stack([gate_inputs(NAMES, e.features, p) for e, p in pairs])
    answerable = np.array([e.answerable for e, _ in pairs])
    center, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.05, max_iter=5000).fit((inputs - center) / spread, answerable)
    # The standardization is folded into the weights: the gate reads the numbers as they are
    slopes = model.coef_[0] / spread
    weights = np.append(slopes, model.intercept_[0] - float(slopes @ center)).astype(np.float64)
    passing = 1 / (1 + np.exp(-(inputs @ weights[:-1] + weights[-1])))
    threshold = float(np.quantile(passing[answerable], 1 - KEEP))
    figures = {weight: _figures(weight, examples, unseen) for weight in RECALL_WEIGHTS}
    # Completeness counts most: the largest weight that costs at most a hundredth of the best F1
    best = max(f1 for f1, _ in figures.values())
    weight = max(weight for weight, (f1, _) in figures.items() if f1 >= best - 0.01)
    for each, (f1, complete) in figures.items():
        click.echo(
            f"recall weight {each:4}: F1 {f1:.3f}  complete {complete:.3f}{'  <- taken' if each == weight else ''}"
        )
    return replace(selector, gate_weights=weights, gate_threshold=threshold, recall_weight=weight)


def _figures(
    weight: float, examples: Sequence[Example], probabilities: Sequence[NDArray[np.float32]]
) -> tuple[float, float]:
    """Return mean F1 (evidence recall × character precision) and the share of complete answers, where there is one."""
    scores, complete = [], []
    for example, probability in zip(examples, probabilities, strict=True):
        if not example.answerable:
            continue
        chosen = choose(probability, recall_weight=weight)
        right = [n for n in chosen if example.labels[n]]
        recall = len(right) / max(1, example.evidence)
        precision = float(example.lengths[right].sum() / max(1.0, example.lengths[chosen].sum()))
        scores.append(2 * recall * precision / (recall + precision) if right else 0.0)
        complete.append(float(recall == 1))
    return float(np.mean(scores)), float(np.mean(complete))


def _report(
    name: str, selector: Selector, examples: Sequence[Example], probabilities: Sequence[NDArray[np.float32]]
) -> None:
    click.echo(f"{name}: {len(examples)} questions")
    for kind in ("all", *sorted({example.kind for example in examples})):
        pairs = [(e, p) for e, p in zip(examples, probabilities, strict=True) if kind in ("all", e.kind)]
        kept = [selector.passes(e.features, p) == e.answerable for e, p in pairs]
        some, none = (
            [k for k, (e, _) in zip(kept, pairs, strict=True) if e.answerable],
            [k for k, (e, _) in zip(kept, pairs, strict=True) if not e.answerable],
        )
        figures = _figures(selector.recall_weight, [e for e, _ in pairs], [p for _, p in pairs]) if some else (0.0, 0.0)
        reach = np.mean([e.labels.sum() >= e.evidence for e, _ in pairs if e.answerable]) if some else 0.0
        click.echo(
            f"  {kind:13} n={len(pairs):4}  F1 {figures[0]:.3f}  complete {figures[1]:.3f}  all candidates {reach:.3f}"
            f"  answers kept {np.mean(some) if some else 0:.3f}  silence kept {np.mean(none) if none else 0:.3f}"
        )


def _save(selector: Selector, output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        output, names=np.array(selector.names), feature=selector.feature, threshold=selector.threshold,
        left=selector.left, right=selector.right, value=selector.value, bias=selector.bias,
        gate_weights=selector.gate_weights, gate_threshold=selector.gate_threshold, recall_weight=selector.recall_weight,
    )  # fmt: skip
    click.echo(f"wrote {output} ({output.stat().st_size // 1024} KB)")


if __name__ == "__main__":
    main()
