"""Train the reader on questions over plan documents: ``python -m vectorstore.training.train_reader --help``.

The lower layers of the base encoder learn to score every sentence of a passage for a question (and the passage as a
whole), seen in its place: see ``vectorstore/reranking.py``. Each epoch draws, for every question, passages that answer it and
passages of the same document near it that don't. (A passage of another document would often answer as well: such pairs are
read and labelled before they are trained on.) Questions of CMRC 2018 come first.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from vectorstore.datatypes import Document, Passage, Span
from vectorstore.documents import outlines_of
from vectorstore.embeddings import Encoder, load_encoder
from vectorstore.folding import fold
from vectorstore.index_parts import chunk_text
from vectorstore.lexical import LexicalIndex
from vectorstore.reranking import (
    CONFIG,
    WEIGHTS,
    WORD_EMBEDDINGS,
    Encoded,
    collate,
    digest_of,
    encode_pair,
    load_model,
    load_tokenizer,
    make_model,
    make_passage,
)
from vectorstore.sentences import split_sentences
from vectorstore.training.examples import Asked, Corpus, read_rows, read_training
from vectorstore.training.optimizing import optimize

SEED = 7
# Eight of the encoder's twelve layers: the upper ones are shaped for one vector a text and are dearest to do without
LAYERS = 8
RATE, HEAD_RATE = 8e-5, 4e-4
BATCH_TOKENS = 2000
EPOCHS = 2
# Passages of a question in one epoch: those that answer, and near ones that don't
POSITIVES, NEGATIVES, SILENT = 2, (1, 2), (2, 2)
OTHER_OUTLINES = 0.12  # share of questions that also get the headings of some section that don't answer
NEAR = 8  # how far down the ranking a negative may stand
PASSAGE_WEIGHT = 0.3
GENERAL_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Example:
    """The tokens of a question and a passage, and which of the sentences answer."""

    encoded: Encoded
    answers: tuple[bool, ...]


@click.command(help=__doc__)
@click.option("--base", required=True, type=click.Path(exists=True, path_type=Path), help="What bundle_encoder wrote.")
@click.option("--questions", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--documents", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--leave-out", multiple=True, help="A document whose questions are kept for calibration.")
@click.option("--general", type=click.Path(exists=True, path_type=Path), help="CMRC 2018 training set.")
@click.option("--general-questions", default=1200, show_default=True)
@click.option("--epochs", default=EPOCHS, show_default=True)
@click.option("--layers", default=LAYERS, show_default=True)
@click.option("--rate", default=RATE, show_default=True, help="Highest learning rate of the layers.")
@click.option("--start", type=click.Path(exists=True, path_type=Path), help="A reader's folder to go on from.")
@click.option("--mean", is_flag=True, help="Write the mean of the weights begun with (--start) and those reached.")
@click.option("--work", required=True, type=click.Path(path_type=Path), help="Folder for the state of the training.")
@click.option("--output", required=True, type=click.Path(path_type=Path))
def main(
    *,
    base: Path,
    questions: tuple[Path, ...],
    documents: tuple[Path, ...],
    leave_out: tuple[str, ...],
    general: Path | None,
    general_questions: int,
    epochs: int,
    layers: int,
    rate: float,
    start: Path | None,
    mean: bool,
    work: Path,
    output: Path,
) -> None:
    """Train and write a reader's folder."""
    work.mkdir(parents=True, exist_ok=True)
    corpus, train = read_training(questions, documents, leave_out)
    near = _mine(corpus, train, lambda: load_encoder(str(base)), work / "near.json")
    tokenizer = load_tokenizer()
    draw = random.Random(SEED)
    batches = _batches(list(_general(general, general_questions, tokenizer, draw)), draw)
    for _ in range(epochs):
        batches += _batches(list(_examples(corpus, train, near, tokenizer, draw)), draw)
    click.echo(f"{len(train)} questions, {len(batches)} batches")
    model = _start(base, layers) if start is None else _go_on(start)
    heads = [*model.sentence.parameters(), *model.passage.parameters()]
    body = [p for p in model.bert.parameters() if p.requires_grad]
    groups = [{"params": body, "lr": rate}, {"params": heads, "lr": HEAD_RATE * rate / RATE}]
    optimize(model, batches, lambda batch: _loss(model, batch), groups=groups, work=work)
    if mean and start is not None:
        _average(model, load_model(start))
    write_reader(model, output)


def _average(model: Any, other: Any) -> None:
    """Give a model the mean of its weights and another's: both lie in one basin, and their errors partly cancel.

    (Model soups: Wortsman et al. 2022.)
    """
    import torch

    with torch.no_grad():
        for own, theirs in zip(model.parameters(), other.parameters(), strict=True):
            own.copy_((own + theirs) / 2)


def write_reader(model: Any, output: Path) -> None:
    """Write a reader in half precision, without the word embeddings it shares with the encoder."""
    from safetensors.torch import save

    output.mkdir(parents=True, exist_ok=True)
    weights = model.state_dict()
    words = weights.pop(WORD_EMBEDDINGS)
    bert = json.loads(model.bert.config.to_json_string(use_diff=False))
    kept = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "pad_token_id")  # fmt: skip
    config = {"bert": {name: bert[name] for name in kept}, "word_embeddings": digest_of(words)}
    (output / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (output / WEIGHTS).write_bytes(save({name: value.half().contiguous() for name, value in weights.items()}))
    click.echo(f"wrote {output}")


def _start(base: Path, layers: int) -> Any:
    """Return a reader whose body is the lower part of the base encoder."""
    import torch
    from safetensors.torch import load_file

    torch.manual_seed(SEED)
    config = json.loads((base / CONFIG).read_bytes())
    shape = {"num_hidden_layers": layers, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = make_model(config | shape)
    weights = {f"bert.{name}": value.float() for name, value in load_file(base / WEIGHTS).items()}
    model.load_state_dict({n: v for n, v in weights.items() if n in model.state_dict()}, strict=False)
    return _with_words_fixed(model)


def _go_on(folder: Path) -> Any:
    """Return a reader that has been trained before, to be trained further."""
    import torch

    torch.manual_seed(SEED)
    return _with_words_fixed(load_model(folder))


def _with_words_fixed(model: Any) -> Any:
    for parameter in model.bert.embeddings.parameters():
        parameter.requires_grad = False
    return model


def _loss(model: Any, batch: Sequence[Example]) -> Any:
    """Return the cross-entropy of every sentence, each passage counting as one to three sentences, and of the passages."""
    import torch

    ids, mask, pool = collate([example.encoded for example in batch])
    sentences, passages = model(ids, mask, pool)
    answers, weights = (
        torch.zeros_like(sentences, dtype=torch.float32),
        torch.zeros_like(sentences, dtype=torch.float32),
    )
    for n, example in enumerate(batch):
        count = max(example.encoded.owners) + 1
        answers[n, :count] = torch.tensor(example.answers[:count], dtype=torch.float32)
        weights[n, :count] = 1 / count**0.5
    function = torch.nn.functional.binary_cross_entropy_with_logits
    of_sentences = function(sentences.float(), answers, weight=weights, reduction="sum") / weights.sum()
    of_passages = function(passages.float(), answers.amax(dim=1))
    return of_sentences + PASSAGE_WEIGHT * of_passages


def _mine(corpus: Corpus, train: Sequence[Asked], load: Callable[[], Encoder], path: Path) -> dict[str, list[int]]:
    """Return for each question the chunks of its document that words and vectors rank first."""
    if path.is_file():
        return {id_: [int(n) for n in numbers] for id_, numbers in json.loads(path.read_text()).items()}
    import torch

    names = sorted({asked.document for asked in train})
    with torch.autocast("cpu", torch.bfloat16), click.progressbar(names, label="mine") as bar:
        encoder = load()
        vectors = {}
        for name in bar:
            texts = [chunk_text(corpus.documents[name], chunk) for chunk in corpus.chunks[name]]
            vectors[name] = encoder.encode_passages(texts).astype(np.float32)
        asked_vectors = encoder.encode_questions([asked.text for asked in train]).astype(np.float32)
    words = {
        name: LexicalIndex.build([chunk_text(corpus.documents[name], c) for c in corpus.chunks[name]]) for name in names
    }
    near = {}
    for asked, vector in zip(train, asked_vectors, strict=True):
        dense = np.argsort(-(vectors[asked.document] @ vector), kind="stable")
        lexical = np.argsort(-words[asked.document].scores(asked.text), kind="stable")
        ranks = np.zeros(len(dense))
        for order in (dense, lexical):
            ranks[order] += 1 / (60 + np.arange(len(order)))
        near[asked.id] = [int(n) for n in np.argsort(-ranks, kind="stable")[:NEAR]]
    path.write_text(json.dumps(near, ensure_ascii=False))
    return near


def _examples(
    corpus: Corpus, train: Sequence[Asked], near: dict[str, list[int]], tokenizer: Any, draw: random.Random
) -> Iterator[Example]:
    for asked in train:
        chunks = corpus.chunks[asked.document]
        right = [n for n, c in enumerate(chunks) if any(c.first <= number <= c.last for number in asked.gold)]
        wrong = [n for n in near[asked.id] if n not in right]
        # The nearest are the hardest: the first two thirds of the time, one further down else
        picked = _pick(wrong, draw.randint(*(NEGATIVES if right else SILENT)), draw)
        answering = draw.sample(right, min(POSITIVES, len(right)))
        for n in [*answering, *picked]:
            numbers = range(chunks[n].first, chunks[n].last + 1)
            yield _example(tokenizer, asked.text, corpus.documents[asked.document], numbers, asked.gold)
        outline = _outline(corpus.documents[asked.document], asked.gold, draw)
        if outline:
            yield _example(tokenizer, asked.text, corpus.documents[asked.document], outline, asked.gold)


def _example(
    tokenizer: Any, question: str, document: Document, numbers: Sequence[int], gold: frozenset[int]
) -> Example:
    encoded = encode_pair(tokenizer, question, make_passage(document, numbers))
    return Example(encoded, tuple(number in gold for number in numbers))


def _outline(document: Document, gold: frozenset[int], draw: random.Random) -> tuple[int, ...]:
    """Return the sentences that open the parts of a section, read as one passage: one that answers, or now and then another."""
    outlines = [numbers for numbers in outlines_of(document).values() if len(numbers) > 1]
    answering = [numbers for numbers in outlines if len(gold & set(numbers)) > 1]
    if answering:
        return max(answering, key=lambda numbers: (len(gold & set(numbers)), -numbers[0]))
    return draw.choice(outlines) if outlines and draw.random() < OTHER_OUTLINES else ()


def _pick(ranked: Sequence[int], count: int, draw: random.Random) -> list[int]:
    left = list(ranked)
    picked: list[int] = []
    while left and len(picked) < count:
        place = 0 if draw.random() < 0.66 else draw.randrange(len(left))
        picked.append(left.pop(place))
    return picked


def _general(path: Path | None, count: int, tokenizer: Any, draw: random.Random) -> Iterator[Example]:
    """Yield the part of a paragraph that answers a question at large, and now and then another part of it."""
    rows = read_rows(path) if path else []
    draw.shuffle(rows)
    for row in rows[:count]:
        context, answer = row["context"], Span(row["answer_start"], row["answer_start"] + len(row["answer"]))
        for part in _parts(split_sentences(fold(context), Span(0, len(context)))):
            answers = tuple(bool(span.overlap(answer)) for span in part)
            if any(answers) or draw.random() < 0.3:
                passage = Passage("", tuple(span.of(context) for span in part))
                yield Example(encode_pair(tokenizer, row["question"], passage), answers)


def _parts(spans: Sequence[Span]) -> Iterator[list[Span]]:
    part: list[Span] = []
    for span in spans:
        if part and span.end - part[0].start > GENERAL_CHARACTERS:
            yield part
            part = []
        part.append(span)
    if part:
        yield part


def _batches(examples: list[Example], draw: random.Random) -> list[list[Example]]:
    """Return batches of up to ``BATCH_TOKENS`` tokens with padding, of examples of like length, in random order."""
    draw.shuffle(examples)
    length: Callable[[Example], int] = lambda example: len(example.encoded.ids)  # noqa: E731
    batches: list[list[Example]] = []
    for start in range(0, len(examples), 1000):
        part: list[Example] = []
        for example in sorted(examples[start : start + 1000], key=length):
            if part and length(example) * (len(part) + 1) > BATCH_TOKENS:
                batches.append(part)
                part = []
            part.append(example)
        batches.append(part)
    draw.shuffle(batches)
    return [batch for batch in batches if batch]


if __name__ == "__main__":
    main()
