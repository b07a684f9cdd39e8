"""Train the selectors on questions with known evidence: ``python -m assistant.training.train_selection --help``.

The first weighs numbers about sentences; the second weighs them together with what the reader says. Twelve documents are held
out for testing and never trained on. The second is fitted on the documents that the reader was not trained on
(``--calibrate``, the reader's ``--leave-out``), from the first's predictions for documents it has not seen. Every threshold
comes from predictions for unseen documents, five folds. Questions on other subjects (``--off-topic``, rows with
``question``) teach the gates what no plan answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Facet, Question
from assistant.evidence import NAMES, Candidate, describe, find_candidates
from assistant.judgements import JUDGED, Part, judge
from assistant.questions import read_question
from assistant.selection import MODEL, READING_MODEL, Selector, choose, gate_inputs
from vectorstore.datatypes import Scope
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store
from vectorstore.training.examples import answering_sentences, held_out_documents, read_rows

FOLDS = 5
# Share of answerable questions that the gate must let pass, on documents the model has not seen: without a reader, with one.
# With one the half per cent buys 3.5 % of the near misses on the held-out documents (0.709 -> 0.744 refused).
KEEP, KEEP_READING = 0.97, 0.965
# Share of answerable questions of which the reader says less than of any other: where it says no more of a part of a
# comparison, that part is silent.
SURE_OF_NOTHING = 0.01
# Questions on other subjects, beside the near misses among the questions
OFF_TOPIC = 300
RECALL_WEIGHTS = (0.8, 1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class Example:
    """A question over one document: its candidates, their features and which of them answer."""

    id: str
    kind: str
    question: Question
    candidates: tuple[Candidate, ...]
    document: str
    answerable: bool
    features: NDArray[np.float32]
    labels: NDArray[np.bool_]
    evidence: int

    @property
    def lengths(self) -> NDArray[np.float32]:
        """Characters of each candidate."""
        return np.array([len(candidate.sentence.span) for candidate in self.candidates], dtype=np.float32)


@click.command(help=__doc__)
@click.option("--questions", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--documents", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--off-topic", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--calibrate", multiple=True, required=True, help="A document the reader was not trained on.")
@click.option("--reader", help="Folder of the reader; the bundled one if none is named.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for the index.")
@click.option("--output", type=click.Path(path_type=Path), default=MODEL.parent, show_default=True)
def main(
    *,
    questions: tuple[Path, ...],
    documents: Path,
    off_topic: Path,
    calibrate: tuple[str, ...],
    reader: str | None,
    work: Path,
    output: Path,
) -> None:
    """Build the index, describe every candidate, train, choose the thresholds, print the figures, write the models."""
    store = index_documents(documents, work, reader)
    names = {document.id for document in store.documents}
    rows = [row for path in questions for row in read_rows(path) if row["doc"] in names]
    held_out = held_out_documents(row["doc"] for row in read_rows(questions[0]))
    examples = make_examples([*rows, *spread_off_topic(read_rows(off_topic), sorted(names))], store)
    train = [example for example in examples if example.document not in held_out]
    test = [example for example in examples if example.document in held_out]
    first, unseen = fit(train, NAMES, keep=KEEP)
    report("without a reader, unseen documents (five folds)", first, train, unseen)
    report("without a reader, held-out documents", first, test, [first.probabilities(e.features) for e in test])
    save(first, output / MODEL.name)
    kept = [n for n, example in enumerate(train) if example.document in calibrate]
    judged = judge_examples([train[n] for n in kept], [unseen[n] for n in kept], store)
    second, unseen = fit(judged, (*NAMES, *JUDGED), keep=KEEP_READING)
    report("with the reader, unseen documents (five folds)", second, judged, unseen)
    test = judge_examples(test, [first.probabilities(e.features) for e in test], store)
    report("with the reader, held-out documents", second, test, [second.probabilities(e.features) for e in test])
    report_subject(second, [*judged, *test])
    save(second, output / READING_MODEL.name)


def spread_off_topic(rows: Sequence[dict[str, Any]], documents: Sequence[str]) -> list[dict[str, Any]]:
    """Return some of the questions, spread evenly, each as an unanswerable one over one of the documents."""
    step = max(1, len(rows) // OFF_TOPIC)
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


def index_documents(documents: Path, work: Path, reader: str | None) -> VectorStore:
    """Return a store of the training documents, in the work folder."""
    folder = work / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for row in read_rows(documents):
        (folder / f"{row['doc']}.txt").write_bytes(row["text"].encode("utf-8"))
    with click.progressbar(length=100, label="index") as bar:

        def show(stage: str, done: int, total: int) -> None:
            if stage == "embed":
                bar.update(done * 100 // total - bar.pos)

        return build_store(
            work / "store",
            [folder],
            model=model_identity(),
            encoder=load_encoder,
            reader=lambda: load_reader(reader),
            on_progress=show,
        )[0]


def make_examples(rows: Sequence[dict[str, Any]], store: VectorStore) -> list[Example]:
    """Return an example for each row: retrieved and described as in an answer about this document alone."""
    with click.progressbar(rows, label="describe") as bar:
        return [_example(row, store) for row in bar]


def _example(row: dict[str, Any], store: VectorStore) -> Example:
    document = store.document(row["doc"])
    question = _within(read_question(row["q"], (), store), document.id)
    facet = question.facets[0]
    vector = store.encode(question.topic)
    hits = store.retrieve(question.topic, scope=facet.scope, limit=30, vector=vector)
    candidates = find_candidates(question, hits, store)
    gold = answering_sentences(document, row["quotes"])
    return Example(
        id=row["id"],
        kind=row["kind"],
        question=question,
        candidates=candidates,
        document=document.id,
        answerable=bool(row["quotes"]),
        features=describe(question, facet, candidates, store, vector),
        labels=np.array([candidate.number in gold for candidate in candidates], dtype=np.bool_),
        evidence=len(gold),
    )


def _within(question: Question, document: str) -> Question:
    """Return the question asked of one document only, as if its district had been understood."""
    facet = Facet("", Scope(documents=(document,)), question.facets[0].period)
    return replace(question, facets=(facet,), compares=False)


def judge_examples(
    examples: Sequence[Example], first: Sequence[NDArray[np.float32]], store: VectorStore
) -> list[Example]:
    """Return the examples with the reader's columns beside their features; ``first`` are probabilities without it."""
    with click.progressbar(length=len(examples), label="read") as bar:
        judged = []
        for example, probabilities in zip(examples, first, strict=True):
            facet = example.question.facets[0]
            (judgement,) = judge(example.question, [Part(facet, example.candidates, probabilities)], store)
            judged.append(replace(example, features=np.hstack([example.features, judgement.columns])))
            bar.update(1)
    return judged


def fit(
    examples: Sequence[Example], names: tuple[str, ...], *, keep: float
) -> tuple[Selector, list[NDArray[np.float32]]]:
    """Return a selector with its thresholds, and the probabilities of every example from one that has not seen it."""
    unseen = _predict_unseen(examples, names)
    return _fit_thresholds(_fit(examples, names), examples, unseen, keep=keep), unseen


def _fit(examples: Sequence[Example], names: tuple[str, ...]) -> Selector:
    from sklearn.ensemble import HistGradientBoostingClassifier

    features = np.concatenate([example.features for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=24, min_samples_leaf=60, l2_regularization=5.0,
        max_features=0.5, random_state=7, early_stopping=False,
    )  # fmt: skip
    model.fit(features, labels)
    return _export(model, names)


def _export(model: Any, names: tuple[str, ...]) -> Selector:
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
    return Selector(names, feature, threshold, left, right, value, bias, gate, 0.5, 1.0, -np.inf)


def _predict_unseen(examples: Sequence[Example], names: tuple[str, ...]) -> list[NDArray[np.float32]]:
    """Return each example's probabilities from a model that has not seen its document."""
    documents = sorted({example.document for example in examples})
    fold = {document: place % FOLDS for place, document in enumerate(documents)}
    unseen: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(examples)
    for number in range(FOLDS):
        selector = _fit([example for example in examples if fold[example.document] != number], names)
        for place, example in enumerate(examples):
            if fold[example.document] == number:
                unseen[place] = selector.probabilities(example.features)
    return unseen


def _fit_thresholds(
    selector: Selector, examples: Sequence[Example], unseen: Sequence[NDArray[np.float32]], *, keep: float
) -> Selector:
    """Return the selector with its gate and the weight of recall chosen on predictions for unseen documents."""
    from sklearn.linear_model import LogisticRegression

    pairs = [(e, p) for e, p in zip(examples, unseen, strict=True) if len(p)]
    inputs = np.stack([gate_inputs(selector.names, e.features, p) for e, p in pairs])
    answerable = np.array([e.answerable for e, _ in pairs])
    center, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.05, max_iter=5000).fit((inputs - center) / spread, answerable)
    # The standardization is folded into the weights: the gate reads the numbers as they are
    slopes = model.coef_[0] / spread
    weights = np.append(slopes, model.intercept_[0] - float(slopes @ center)).astype(np.float64)
    passing = 1 / (1 + np.exp(-(inputs @ weights[:-1] + weights[-1])))
    most = np.array([_most_read(selector.names, e) for e, _ in pairs])
    least = float(np.quantile(most[answerable], SURE_OF_NOTHING)) if "read" in selector.names else -np.inf
    threshold = float(np.quantile(passing[answerable], 1 - keep))
    figures = {weight: _figures(weight, examples, unseen) for weight in RECALL_WEIGHTS}
    # Completeness counts most: the largest weight that costs at most a hundredth of the best F1
    best = max(f1 for f1, _ in figures.values())
    weight = max(weight for weight, (f1, _) in figures.items() if f1 >= best - 0.01)
    for each, (f1, complete) in figures.items():
        click.echo(
            f"recall weight {each:4}: F1 {f1:.3f}  complete {complete:.3f}{'  <- taken' if each == weight else ''}"
        )
    return replace(selector, gate_weights=weights, gate_threshold=threshold, recall_weight=weight, least_read=least)


def _most_read(names: tuple[str, ...], example: Example) -> float:
    return float(example.features[:, names.index("read")].max()) if "read" in names else 0.0


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


def report(
    name: str, selector: Selector, examples: Sequence[Example], probabilities: Sequence[NDArray[np.float32]]
) -> None:
    """Print the figures of each kind of question."""
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


def report_subject(selector: Selector, examples: Sequence[Example]) -> None:
    """Print how much of the words of unanswerable questions stands in the nearest sentences and above them."""
    near, other = (
        np.array([_nearest_cover(selector, e) for e in examples if not e.answerable and (e.kind == "off-topic") is off])
        for off in (False, True)
    )
    click.echo(f"words of the question that stand nearest: {len(near)} near misses, {len(other)} on other subjects")
    for share in (0.25, 0.3, 0.35, 0.4, 0.5):
        click.echo(f"  at least {share:4}: {(near >= share).mean():.3f} and {(other >= share).mean():.3f}")


def _nearest_cover(selector: Selector, example: Example) -> float:
    best = np.argsort(-selector.probabilities(example.features), kind="stable")[:3]
    return float(example.features[best, NAMES.index("cover_both")].max(initial=0.0))


def save(selector: Selector, output: Path) -> None:
    """Write a selector as plain arrays."""
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        output, names=np.array(selector.names), feature=selector.feature, threshold=selector.threshold,
        left=selector.left, right=selector.right, value=selector.value, bias=selector.bias,
        gate_weights=selector.gate_weights, gate_threshold=selector.gate_threshold, recall_weight=selector.recall_weight,
        least_read=selector.least_read,
    )  # fmt: skip
    click.echo(f"wrote {output} ({output.stat().st_size // 1024} KB)")


if __name__ == "__main__":
    main()
