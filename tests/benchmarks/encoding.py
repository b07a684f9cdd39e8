"""Print how fast and how faithful encoder and reader are: ``python -m tests.benchmarks.encoding [--rounds N]``.

Against the same weights in single precision, as sentence-transformers' own loop (``SentenceTransformer.encode(texts)``) and
transformers' BERT compute them; the reader also against bfloat16. Variants take turns on the same texts and medians are
given, so that the ratios hold on a machine that has other work. Questions and passages are those of the twelve held-out plan
documents; what is found is the share of a question's answering sentences that stand in the first 1, 5 and 20 of all passages.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from tests.benchmarks.results import kept
from vectorstore.datatypes import Passage
from vectorstore.embeddings import BUNDLED_FOLDER, load_encoder
from vectorstore.index_parts import chunk_text
from vectorstore.reranking import (
    READER_FOLDER,
    collate,
    encode_pair,
    load_model,
    load_reader,
    load_tokenizer,
    make_passage,
)
from vectorstore.training.examples import Asked, Corpus, held_out_documents, read_corpus, read_rows

DATA = Path(__file__).resolve().parents[2] / "vectorstore" / "training" / "data"
CUTS = (1, 5, 20)
# Texts a round, and passages read for a question
PASSAGES, SENTENCES, READ = 16, 64, 5

Vectors = NDArray[np.float32]
Pair = tuple[str, list[Passage]]


@click.command(help=__doc__)
@click.option("--rounds", default=12, show_default=True, help="How often each variant is timed.")
@kept("encoding")
def main(rounds: int) -> None:
    """Measure and print the tables."""
    questions = DATA / "plan-questions.jsonl.xz"
    corpus = read_corpus([questions], [DATA / "plan-documents.jsonl.xz"])
    names = sorted(held_out_documents(row["doc"] for row in read_rows(questions)))
    near = _print_encoder(corpus, names, rounds)
    _print_reader(_pairs(corpus, names, near)[: 2 * rounds])


def _print_encoder(corpus: Corpus, names: Sequence[str], rounds: int) -> Vectors:
    """Print the encoder's table; return the similarities of questions and passages."""
    # First, because it sets how threads wait before torch starts them
    ours = load_encoder()
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(BUNDLED_FOLDER), device="cpu")
    asked = _asked(corpus, names)
    questions = [question.text for question in asked]
    passages = [chunk_text(corpus.documents[name], chunk) for name in names for chunk in corpus.chunks[name]]
    sentences = [s.span.of(d.text) for d in map(corpus.documents.__getitem__, names) for s in d.sentences]
    print(f"encoder, {len(questions)} questions, {len(passages)} passages; medians of {rounds} rounds")
    for name, texts, count, run in (
        ("passages/s", passages, PASSAGES, ours.encode_passages),
        ("sentences/s", sentences, SENTENCES, ours.encode_passages),
        ("questions/s, one at a time", questions, 1, ours.encode_questions),
    ):
        parts = [_part(texts, count, number) for number in range(rounds)]
        _print_times(name, _times(parts, {"plain": plain.encode, "ours": run}), count)
    exact = (
        plain.encode(questions, prompt="query: ", normalize_embeddings=True),
        plain.encode(passages, prompt="passage: ", normalize_embeddings=True),
    )
    eight = ours.encode_questions(questions), ours.encode_passages(passages)
    for name, left, right in zip(("questions", "passages"), exact, eight, strict=True):
        cosines = np.einsum("nd,nd->n", left, right)
        print(f"  cosine of {name:10} mean {cosines.mean():.5f}  least {cosines.min():.5f}")
    for name, (query, passage) in (("plain", exact), ("ours", eight)):
        recalls = _recalls(query @ passage.T, _gold(corpus, names, asked))
        print(f"  {name:6}" + "".join(f"  recall@{cut} {value:.3f}" for cut, value in zip(CUTS, recalls, strict=True)))
    similar: Vectors = eight[0] @ eight[1].T
    return similar


def _print_reader(pairs: Sequence[Pair]) -> None:
    import torch

    tokenizer, reader = load_tokenizer(), load_reader()
    if reader is None:
        raise click.ClickException("There is no reader.")
    single, half = load_model(READER_FOLDER), load_model(READER_FOLDER).to(torch.bfloat16)
    variants: dict[str, Callable[[Pair], Vectors]] = {
        "plain": partial(_plain_scores, single, tokenizer),
        "bfloat16": partial(_plain_scores, half, tokenizer),
        "ours": lambda pair: _joined(
            (s.sentences, s.passage) for s in reader.read([(pair[0], passage) for passage in pair[1]])
        ),
    }
    print(f"\nreader, {len(pairs)} questions with {READ} passages each; log-odds against plain")
    _print_times("passages/s", _times(pairs, variants), READ)
    scores = {name: np.concatenate([score(pair) for pair in pairs]) for name, score in variants.items()}
    for name in ("bfloat16", "ours"):
        moved = np.abs(scores[name] - scores["plain"])
        rank = float(spearmanr(scores[name], scores["plain"]).statistic)
        print(f"  {name:8}  moved by {moved.mean():.4f}, at most {moved.max():.3f}; rank correlation {rank:.5f}")


def _plain_scores(model: Any, tokenizer: Any, pair: Pair) -> Vectors:
    """Return the scores of a question's passages, read one at a time by transformers' BERT."""
    import torch

    with torch.inference_mode():
        rows = [model(*collate([encode_pair(tokenizer, pair[0], passage)])) for passage in pair[1]]
    return _joined((sentences[0].float().tolist(), float(whole[0])) for sentences, whole in rows)


def _joined(scores: Any) -> Vectors:
    return np.array([value for sentences, whole in scores for value in (*sentences, whole)], dtype=np.float32)


def _part(texts: Sequence[str], count: int, number: int) -> list[str]:
    """Return so many texts, spread over all of them, others for each number."""
    return list(islice(texts, number, None, max(1, len(texts) // count)))[:count]


def _times(parts: Sequence[Any], variants: dict[str, Callable[[Any], Any]]) -> dict[str, list[float]]:
    for run in variants.values():
        run(parts[0])
    times: dict[str, list[float]] = {name: [] for name in variants}
    for part in parts:
        for name, run in variants.items():
            started = time.perf_counter()
            run(part)
            times[name].append(time.perf_counter() - started)
    return times


def _print_times(name: str, times: dict[str, list[float]], count: int) -> None:
    print(
        f"  {name:27}" + "".join(f"  {key} {count / statistics.median(row):8.2f}" for key, row in times.items()), end=""
    )
    for key in list(times)[:-1]:
        ratio = statistics.median(a / b for a, b in zip(times[key], times["ours"], strict=True))
        print(f"   ours/{key} {ratio:.2f}", end="")
    print()


def _asked(corpus: Corpus, names: Sequence[str]) -> list[Asked]:
    return [question for question in corpus.of(names) if question.gold]


def _gold(corpus: Corpus, names: Sequence[str], asked: Sequence[Asked]) -> Vectors:
    """Return the share of each question's answering sentences that each passage holds."""
    chunks = [(name, chunk) for name in names for chunk in corpus.chunks[name]]
    gold = np.zeros((len(asked), len(chunks)), dtype=np.float32)
    for row, question in enumerate(asked):
        for column, (name, chunk) in enumerate(chunks):
            if name == question.document:
                inside = sum(chunk.first <= number <= chunk.last for number in question.gold)
                gold[row, column] = inside / len(question.gold)
    return gold


def _recalls(similar: Vectors, gold: Vectors) -> list[float]:
    ranked = np.take_along_axis(gold, np.argsort(-similar, axis=1, kind="stable"), axis=1)
    return [float(ranked[:, :cut].sum(axis=1).mean()) for cut in CUTS]


def _pairs(corpus: Corpus, names: Sequence[str], similar: Vectors) -> list[Pair]:
    """Return questions with the passages nearest to them, the questions spread over the documents."""
    chunks = [(corpus.documents[name], chunk) for name in names for chunk in corpus.chunks[name]]
    order = np.argsort(-similar, axis=1, kind="stable")[:, :READ]
    pairs = []
    for question, places in zip(_asked(corpus, names), order, strict=True):
        read = [(document, range(chunk.first, chunk.last + 1)) for document, chunk in (chunks[p] for p in places)]
        pairs.append((question.text, [make_passage(document, numbers) for document, numbers in read]))
    return [pairs[n] for n in np.random.default_rng(0).permutation(len(pairs))]


if __name__ == "__main__":
    main()
