"""Fine-tune the base encoder on questions over plan documents: ``python -m vectorstore.training.train_encoder --help``.

Contrastive learning (InfoNCE, van den Oord, Li & Vinyals 2018) in the setting the product searches in: a batch is one
document, its questions against its passages, or against its sentences; what answers a question is its positive, the rest
of the document are its negatives, those the untrained encoder ranks first among them. Questions of CMRC 2018 with their
paragraphs keep what the encoder knows at large, and so does the mean of the weights before and after (Wortsman et al.
2022, robust fine-tuning). The word embeddings stay as they are, so that other models on this base can share them.
"""

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import Document
from vectorstore.embeddings import Encoder, load_encoder
from vectorstore.index_parts import chunk_text, sentence_text
from vectorstore.training.examples import Asked, Corpus, read_rows, read_training
from vectorstore.training.optimizing import optimize

SEED = 7
TEMPERATURE = 0.02
RATE = 3e-5
# Questions, and passages or sentences, that share a batch
QUESTIONS, PASSAGES, SENTENCES = 24, 24, 64
GENERAL_BATCH = 16
MAX_TOKENS = 288
# Share of the trained weights in the mean with the weights before
TRAINED = 0.6


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions against texts: ``answers[q, t]`` tells whether text t answers question q."""

    questions: tuple[str, ...]
    texts: tuple[str, ...]
    answers: NDArray[np.bool_]


@click.command(help=__doc__)
@click.option("--base", required=True, type=click.Path(exists=True, path_type=Path), help="What bundle_encoder wrote.")
@click.option("--questions", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--documents", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--leave-out", multiple=True, help="A document whose questions are kept for calibration.")
@click.option("--general", type=click.Path(exists=True, path_type=Path), help="CMRC 2018 training set.")
@click.option("--batches", "count", default=80, show_default=True, help="Batches of plan documents, five seconds each.")
@click.option("--general-batches", default=20, show_default=True)
@click.option("--work", required=True, type=click.Path(path_type=Path), help="Folder for the state of the training.")
@click.option("--output", required=True, type=click.Path(path_type=Path))
def main(
    *,
    base: Path,
    questions: tuple[Path, ...],
    documents: tuple[Path, ...],
    leave_out: tuple[str, ...],
    general: Path | None,
    count: int,
    general_batches: int,
    work: Path,
    output: Path,
) -> None:
    """Train and write a sentence-transformers folder."""
    work.mkdir(parents=True, exist_ok=True)
    corpus, train = read_training(questions, documents, leave_out)
    batches = [
        *islice(_document_batches(corpus, train, load_encoder(str(base))), count),
        *_general_batches(general, general_batches),
    ]
    random.Random(SEED).shuffle(batches)
    click.echo(f"{len(train)} questions, {len(batches)} batches")
    model = _load(base)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimize(model, batches, lambda batch: _loss(model, batch), groups=[{"params": parameters, "lr": RATE}], work=work)
    _write(model, before, base, output)


def _document_batches(corpus: Corpus, train: Sequence[Asked], encoder: Encoder) -> Iterator[Batch]:
    """Yield two batches for every document: some of its questions against its passages, and against its sentences."""
    draw = random.Random(SEED)
    names = sorted({asked.document for asked in train})
    draw.shuffle(names)
    for name in names:
        asked = [a for a in train if a.document == name and a.gold]
        draw.shuffle(asked)
        document, chunks = corpus.documents[name], corpus.chunks[name]
        passages = [chunk_text(document, chunk) for chunk in chunks]
        vectors = encoder.encode_passages(passages)
        part = asked[:QUESTIONS]
        gold = np.array([[any(c.first <= n <= c.last for n in a.gold) for c in chunks] for a in part])
        near = encoder.encode_questions([a.text for a in part]) @ vectors.T
        yield _batch(part, passages, gold, near, PASSAGES)
        # Sentences of the nearest passages are the ones hard to tell apart
        yield _sentence_batch(document, part, near, corpus)


def _sentence_batch(document: Document, part: Sequence[Asked], near: NDArray[np.float32], corpus: Corpus) -> Batch:
    owner = np.zeros(len(document.sentences), dtype=np.int64)
    for number, chunk in enumerate(corpus.chunks[document.id]):
        owner[chunk.first : chunk.last + 1] = number
    texts = [sentence_text(document, number) for number in range(len(document.sentences))]
    answers = np.array([[n in a.gold for n in range(len(texts))] for a in part])
    return _batch(part, texts, answers, near[:, owner], SENTENCES)


def _batch(
    part: Sequence[Asked], texts: Sequence[str], answers: NDArray[np.bool_], near: NDArray[np.float32], limit: int
) -> Batch:
    """Return a batch of every answering text and the nearest others, up to ``limit`` texts or those that answer."""
    chosen = dict.fromkeys(int(t) for t in np.flatnonzero(answers.any(axis=0)))
    ranks = np.argsort(-near, axis=1, kind="stable")
    for t in ranks.T.ravel():
        if len(chosen) >= limit:
            break
        chosen.setdefault(int(t))
    columns = sorted(chosen)[: 2 * limit]
    return Batch(tuple(a.text for a in part), tuple(texts[t] for t in columns), answers[:, columns])


def _general_batches(path: Path | None, count: int) -> Iterator[Batch]:
    rows = read_rows(path) if path else []
    random.Random(SEED).shuffle(rows)
    for start in range(0, min(len(rows), count * GENERAL_BATCH), GENERAL_BATCH):
        part = rows[start : start + GENERAL_BATCH]
        contexts = list(dict.fromkeys(row["context"] for row in part))
        answers = np.array([[row["context"] == context for context in contexts] for row in part])
        yield Batch(tuple(row["question"] for row in part), tuple(contexts), answers)


def _load(base: Path) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(SEED)
    options = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = SentenceTransformer(str(base), device="cpu", local_files_only=True, config_kwargs=options).float()
    model.max_seq_length = MAX_TOKENS
    for parameter in model[0].auto_model.embeddings.parameters():
        parameter.requires_grad = False
    return model


def _loss(model: Any, batch: Batch) -> Any:
    """Return InfoNCE over the texts, of each question's positives the mean; other positives are no negatives."""
    import torch

    answers = torch.from_numpy(batch.answers)
    asked = answers.any(dim=1)
    scores = (_encode(model, batch.questions, "query") @ _encode(model, batch.texts, "passage").T).float() / TEMPERATURE
    silent = scores.masked_fill(answers, float("-inf")).logsumexp(dim=1, keepdim=True)
    losses = torch.logaddexp(scores, silent) - scores
    mean = (losses * answers).sum(dim=1) / answers.sum(dim=1).clamp(min=1)
    return mean[asked].mean()


def _encode(model: Any, texts: Sequence[str], prompt: str) -> Any:
    import torch

    tokens = model.tokenize([model.prompts[prompt] + text for text in texts])
    return torch.nn.functional.normalize(model(tokens)["sentence_embedding"].float(), dim=1)


def _write(model: Any, before: dict[str, Any], base: Path, output: Path) -> None:
    """Write the mean of the weights before and after, in half precision, with the tokenizer as it was."""
    from safetensors.torch import save

    prefix = "0.auto_model." if any(name.startswith("0.auto_model.") for name in before) else "0.model."
    kept = {}
    for name, value in model.state_dict().items():
        mean = TRAINED * value + (1 - TRAINED) * before[name] if value.is_floating_point() else value
        kept[name.removeprefix(prefix)] = mean.half().contiguous() if value.is_floating_point() else mean
    shutil.copytree(base, output, dirs_exist_ok=True)
    (output / "model.safetensors").write_bytes(save(kept, metadata={"format": "pt"}))
    click.echo(f"wrote {output}")


if __name__ == "__main__":
    main()
